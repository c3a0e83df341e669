"""From a request to its answer. Pure but for the clock and the randomness of tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orgsdk.sandbox.logto import oidc
from orgsdk.sandbox.logto.answer import HTML, Answer, json_answer, text_answer
from orgsdk.sandbox.logto.api import (
    invitation_changes,
    invitations,
    jit,
    member_changes,
    member_roles,
    members,
    organization_changes,
    organization_role_changes,
    organization_roles,
    organization_scopes,
    organizations,
    resources,
    role_scopes,
    user_changes,
    user_details,
    user_roles,
    users,
)
from orgsdk.sandbox.logto.auth import authorize
from orgsdk.sandbox.logto.call import MANAGEMENT_MOUNT, OIDC_MOUNT, Call, Query
from orgsdk.sandbox.logto.errors import InternalError, MalformedBodyError, RequestError, refuse_nul
from orgsdk.sandbox.logto.routing import Match, Route, Router

if TYPE_CHECKING:
    from orgsdk.sandbox.logto.state import LogtoState

# koa-body's limit; over it Logto answers 404, not 413 (`proto.body_1_1mb`).
BODY_LIMIT = 1024 * 1024

_SIGN_IN_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body></body></html>"


def _status(_call: Call) -> Answer:
    return Answer(204)


MANAGEMENT_ROUTES = (
    Route("GET", "/status", _status, is_protected=False),
    *organizations.ROUTES,
    *organization_changes.ROUTES,
    *members.ROUTES,
    *member_changes.ROUTES,
    *member_roles.ROUTES,
    *jit.ROUTES,
    *organization_roles.ROUTES,
    *organization_role_changes.ROUTES,
    *role_scopes.ROUTES,
    *organization_scopes.ROUTES,
    *invitations.ROUTES,
    *invitation_changes.ROUTES,
    *users.ROUTES,
    *user_changes.ROUTES,
    *user_details.ROUTES,
    *user_roles.ROUTES,
    *resources.ROUTES,
)

_MANAGEMENT = Router(MANAGEMENT_ROUTES)
_OIDC = Router(oidc.ROUTES)


@dataclass(frozen=True, slots=True)
class Request:
    """Hold a request as it came in: the path percent-encoded, header names in lower case."""

    method: str
    path: str
    query: bytes
    scheme: str
    headers: Mapping[str, str]
    body: bytes


def respond(state: "LogtoState", request: Request) -> Answer:
    """Return the answer to a request."""
    call = Call(
        state=state,
        method=request.method,
        path=request.path,
        query=Query(request.query),
        # X-Forwarded-* is not trusted, the Host header is (`proto.forwarded_host`).
        origin=f"{request.scheme}://{request.headers.get('host', '')}",
        headers=request.headers,
        params={},
        body=request.body,
    )
    if _is_under(MANAGEMENT_MOUNT, call.path):
        return _management(call)
    if _is_under(OIDC_MOUNT, call.path):
        return _oidc(call)
    return _experience(call)


def _is_under(mount: str, path: str) -> bool:
    return path == mount or path.startswith(f"{mount}/")


def _management(call: Call) -> Answer:
    match = _MANAGEMENT.find(call.method, call.path.removeprefix(MANAGEMENT_MOUNT))
    if isinstance(match, Answer):
        return match
    try:
        return _handled(call, match)
    except RequestError as error:
        return json_answer(error.body(call.accept_language), status=error.status)
    except MalformedBodyError as error:
        return json_answer({"message": str(error)}, status=400)
    except (InternalError, RecursionError):
        # A body nested deeper than can be read is not known to be anything else.
        return json_answer({"message": "Internal server error."}, status=500)


def _handled(call: Call, match: Match) -> Answer:
    if match.route.is_protected:
        authorize(call)
    if len(call.body) > BODY_LIMIT:
        return text_answer(404, "Not Found")
    refuse_nul(*match.params.values())
    return match.route.handler(replace(call, params=match.params))


def _oidc(call: Call) -> Answer:
    match = _OIDC.find(call.method, call.path.removeprefix(OIDC_MOUNT))
    return oidc.unknown_route(call) if isinstance(match, Answer) else match.route.handler(call)


def _experience(call: Call) -> Answer:
    """Answer what is neither API nor OIDC: the sign-in pages, with 200 (facts/logto.md section 9)."""
    if call.path == "/":
        location = f"{call.origin}/unknown-session"
        text = f"Redirecting to {location}.".encode()
        return Answer(302, text, HTML, (("location", location),), varies_by_origin=False)
    headers = (("cache-control", "no-cache, no-store, must-revalidate"),)
    return Answer(200, _SIGN_IN_PAGE, HTML, headers, varies_by_origin=False)
