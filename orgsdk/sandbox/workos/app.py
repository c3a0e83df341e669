"""The WorkOS server as an ASGI app: read a request, authorize it, call its handler, send the response."""

import math
import secrets

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from orgsdk.sandbox.workos.api import (
    domains,
    events,
    invitations,
    memberships,
    one_time_codes,
    organizations,
    permissions,
    role_assignments,
    roles,
    users,
    webhook_endpoints,
)
from orgsdk.sandbox.workos.errors import ValidationStyle, WorkOSError, forbidden, unauthorized
from orgsdk.sandbox.workos.formats import encode
from orgsdk.sandbox.workos.http import QueryParameters, Router, WorkOSRequest, WorkOSResponse, json_response
from orgsdk.sandbox.workos.state import RateWindow, WorkOSState

ROUTES = (
    *organizations.ROUTES,
    *domains.ROUTES,
    *users.ROUTES,
    *one_time_codes.ROUTES,
    *memberships.ROUTES,
    *invitations.ROUTES,
    *roles.ROUTES,
    *permissions.ROUTES,
    *role_assignments.ROUTES,
    *events.ROUTES,
    *webhook_endpoints.ROUTES,
)

_ROUTERS = {emulator: Router(route for route in ROUTES if route.is_in(emulator=emulator)) for emulator in (False, True)}

Headers = list[tuple[str, str]]


def create_app(state: WorkOSState) -> Starlette:
    """Return an ASGI app that serves this state like WorkOS."""
    return Starlette(routes=[_WorkOSRoute(state)])


class _WorkOSRoute(BaseRoute):
    """Match every request: Starlette's own patterns decode a path before they split it, and ids may hold a slash."""

    def __init__(self, state: WorkOSState) -> None:
        self._state = state

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL if scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        raw_path: bytes = scope["raw_path"]
        request = WorkOSRequest(
            state=self._state,
            method=scope["method"],
            path=raw_path.decode("latin-1"),
            query=QueryParameters(scope["query_string"]),
            headers=headers,
            body=body,
        )
        response, more = respond(request)
        # Echoed if the client sent one (facts, section 1).
        lines = [("x-request-id", headers.get("x-request-id") or f"req_{secrets.token_hex(12)}"), *more]
        if response.body:
            lines.append(("content-type", "application/json; charset=utf-8"))
        if response.status != 204:
            lines.append(("content-length", str(len(response.body))))
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines]
        await send({"type": "http.response.start", "status": response.status, "headers": raw})
        await send({"type": "http.response.body", "body": response.body})


def respond(request: WorkOSRequest) -> tuple[WorkOSResponse, Headers]:
    """Return the response to a request, with the headers of the rate limit. Pure but for the clock."""
    state = request.state
    if request.method == "GET" and request.path == "/health":
        return json_response({"status": "ok"}), []
    style: ValidationStyle = "plain"
    headers: Headers = []
    try:
        api_key = authorize(request)
        window = state.count_request(api_key)
        headers = rate_headers(window, state.rate_limit[0])
        if window.used > state.rate_limit[0]:
            seconds = max(1, math.ceil(window.resets_at - state.clock()))
            headers.append(("retry-after", str(seconds)))
            raise WorkOSError(429, "Rate limit exceeded.", code="rate_limit_exceeded")
        match = _ROUTERS[state.variant.is_emulator].find(request.method, request.path)
        style = match.route.invalid
        if request.is_write and state.api_keys[api_key].read_only:
            raise forbidden()
        return match.route.handler(request.at(match.params)), headers
    except WorkOSError as error:
        status, body = error.response(style, emulator=state.variant.is_emulator)
        return WorkOSResponse(status, encode(body)), headers


def authorize(request: WorkOSRequest) -> str:
    """Return the API key of a request.

    Args:
        request: The request.

    Returns:
        The key.

    Raises:
        WorkOSError: 401 for a missing or unknown key. The scheme's name is compared without case (RFC 9110, 11.1).
    """
    scheme, _, api_key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and api_key.strip() in request.state.api_keys:
        return api_key.strip()
    raise unauthorized()


def rate_headers(window: RateWindow, limit: int) -> Headers:
    """Return the headers with the limit, the remaining requests, and the time of the reset in epoch seconds."""
    return [
        ("x-ratelimit-limit", str(limit)),
        ("x-ratelimit-remaining", str(max(limit - window.used, 0))),
        ("x-ratelimit-reset", str(math.ceil(window.resets_at))),
    ]
