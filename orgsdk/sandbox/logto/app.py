"""The Logto server as an ASGI app: read a request, authorize it, call its handler, send the response."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from orgsdk.sandbox.logto import oidc
from orgsdk.sandbox.logto.api import invitations, jit, members, organization_template, organizations, user_roles, users
from orgsdk.sandbox.logto.errors import InternalError, MalformedBodyError, RequestError, refuse_nul
from orgsdk.sandbox.logto.http import (
    HTML,
    MANAGEMENT_MOUNT,
    OIDC_MOUNT,
    LogtoRequest,
    LogtoResponse,
    QueryParameters,
    Route,
    RouteMatch,
    Router,
    finish_response,
    json_response,
    text_response,
)
from orgsdk.sandbox.logto.state import MANAGEMENT_SCOPE, LogtoState

# koa-body's limit; a larger body ends in 404, not 413 (`proto.body_1_1mb`).
BODY_LIMIT = 1024 * 1024

# Node's limit for the request line and the headers together (facts/logto.md section 3).
_HEAD_LIMIT = 16 * 1024

_SIGN_IN_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body></body></html>"

ResponseHeaders = list[tuple[str, str]]


def create_app(state: LogtoState) -> Starlette:
    """Return an ASGI app that serves this state like Logto."""
    return Starlette(routes=[_LogtoRoute(state)])


class _LogtoRoute(BaseRoute):
    """Match every request: Starlette's own patterns stop at a line break in the path, Logto's router does not."""

    def __init__(self, state: LogtoState) -> None:
        self._state = state

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL if scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        if body is None:
            return
        status, headers, content = self._respond(scope, body)
        raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    def _respond(self, scope: Scope, body: bytes) -> tuple[int, ResponseHeaders, bytes]:
        if _head_size(scope) > _HEAD_LIMIT:
            return 431, [("connection", "close")], b""
        if not self._state.admits_request():
            text = b"Too Many Requests"
            return 429, [("content-type", "text/plain"), ("content-length", str(len(text)))], text
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        raw_path: bytes = scope["raw_path"]
        raw_request = RawRequest(
            method=scope["method"],
            path=raw_path.decode("latin-1"),
            query=scope["query_string"],
            scheme=scope["scheme"],
            headers=headers,
            body=body,
        )
        return finish_response(respond(self._state, raw_request), raw_request.method, headers)


def _head_size(scope: Scope) -> int:
    line = len(scope["method"]) + len(scope["raw_path"]) + len(scope["query_string"]) + len(" ? HTTP/1.1\r\n")
    return line + sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body, or None if the client disconnected before its end.

    Of a body over the limit only the first part is returned, just over the limit.
    """
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) <= BODY_LIMIT:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


def _status(_call: LogtoRequest) -> LogtoResponse:
    return LogtoResponse(204)


MANAGEMENT_ROUTES = (
    Route("GET", "/status", _status, is_protected=False),
    *organizations.ROUTES,
    *members.ROUTES,
    *jit.ROUTES,
    *organization_template.ROUTES,
    *invitations.ROUTES,
    *users.ROUTES,
    *user_roles.ROUTES,
)

_MANAGEMENT = Router(MANAGEMENT_ROUTES)

_OIDC = Router(oidc.ROUTES)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it was received: the path percent-encoded, header names in lower case."""

    method: str
    path: str
    query: bytes
    scheme: str
    headers: Mapping[str, str]
    body: bytes


def respond(state: LogtoState, raw_request: RawRequest) -> LogtoResponse:
    """Return the response to a request. Pure but for the clock and the random parts of tokens."""
    request = LogtoRequest(
        state=state,
        method=raw_request.method,
        path=raw_request.path,
        query=QueryParameters(raw_request.query),
        # The Host header is used, X-Forwarded-* is not (`proto.forwarded_host`).
        origin=f"{raw_request.scheme}://{raw_request.headers.get('host', '')}",
        headers=raw_request.headers,
        params={},
        body=raw_request.body,
    )
    if _is_under(MANAGEMENT_MOUNT, request.path):
        return _management(request)
    if _is_under(OIDC_MOUNT, request.path):
        return _oidc(request)
    return _experience(request)


def authorize(request: LogtoRequest) -> None:
    """Raise the 401 or 403 for a request without a valid token (facts/logto.md section 2).

    The scheme is compared with case.
    """
    header = request.headers.get("authorization")
    if not header:
        raise RequestError(401, "auth.authorization_header_missing")
    if not header.startswith("Bearer"):
        raise RequestError(401, "auth.authorization_token_type_not_supported", data={"supportedTypes": ["Bearer"]})
    state = request.state
    token = header[len("Bearer") + 1 :]
    claims = state.signer.verify(token, audience=state.resource, now=state.clock())
    if MANAGEMENT_SCOPE not in str(claims.get("scope", "")).split():
        raise RequestError(403, "auth.forbidden")


def _is_under(mount: str, path: str) -> bool:
    return path == mount or path.startswith(f"{mount}/")


def _management(request: LogtoRequest) -> LogtoResponse:
    match = _MANAGEMENT.find(request.method, request.path.removeprefix(MANAGEMENT_MOUNT))
    if isinstance(match, LogtoResponse):
        return match
    try:
        return _handled(request, match)
    except RequestError as error:
        return json_response(error.body(request.accept_language), status=error.status)
    except MalformedBodyError as error:
        return json_response({"message": str(error)}, status=400)
    except (InternalError, RecursionError):
        # No recording shows what Logto returns for a body that is nested too deeply.
        return json_response({"message": "Internal server error."}, status=500)


def _handled(request: LogtoRequest, match: RouteMatch) -> LogtoResponse:
    if match.route.is_protected:
        authorize(request)
    if len(request.body) > BODY_LIMIT:
        return text_response(404, "Not Found")
    refuse_nul(*match.params.values())
    return match.route.handler(replace(request, params=match.params))


def _oidc(request: LogtoRequest) -> LogtoResponse:
    match = _OIDC.find(request.method, request.path.removeprefix(OIDC_MOUNT))
    return oidc.unknown_route(request) if isinstance(match, LogtoResponse) else match.route.handler(request)


def _experience(request: LogtoRequest) -> LogtoResponse:
    """Return a sign-in page, with 200, for a path that is neither API nor OIDC (facts/logto.md section 9)."""
    if request.path == "/":
        location = f"{request.origin}/unknown-session"
        text = f"Redirecting to {location}.".encode()
        return LogtoResponse(302, text, HTML, (("location", location),), varies_by_origin=False)
    headers = (("cache-control", "no-cache, no-store, must-revalidate"),)
    return LogtoResponse(200, _SIGN_IN_PAGE, HTML, headers, varies_by_origin=False)
