"""What every operation shares: the token's check, and a plain function from a call to a response."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import URL, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from orgsdk.sandbox.flat.auth import ADMIN_ROLES, Requirement, authorize, bearer_token
from orgsdk.sandbox.flat.body import Body, parse_body
from orgsdk.sandbox.flat.errors import FlatError, refusal
from orgsdk.sandbox.flat.records import FlatUser
from orgsdk.sandbox.flat.state import FlatState

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Call:
    """Hold an authorized request, read to its end."""

    actor: FlatUser
    """The account the token speaks for."""
    is_admin: bool
    url: URL
    query: QueryParams
    path: Mapping[str, str]
    content_type: str
    content: bytes

    def json(self) -> Body:
        """Return the fields of the body, which must be a JSON object."""
        return parse_body(self.content_type, self.content)


def endpoint(state: FlatState, requirement: Requirement, handle: Callable[[FlatState, Call], Response]) -> Endpoint:
    """Return an endpoint that calls the operation when the request's token may."""

    async def respond(request: Request) -> Response:
        content = await request.body()
        try:
            return handle(state, _call(state, requirement, request, content))
        except FlatError as error:
            return refusal(error)

    return respond


def _call(state: FlatState, requirement: Requirement, request: Request, content: bytes) -> Call:
    token = authorize(bearer_token(request.scope), state.tokens, requirement, now=state.clock())
    actor = state.own_account if token.user_id is None else state.users.get(token.user_id)
    if actor is None:
        raise FlatError(401, "UNAUTHORIZED", "The account of this access token is gone")
    # The server's own token stays an admin's whatever a test makes of that account: nobody locks himself out.
    role = "admin" if token.user_id is None else actor.role
    if not requirement.admits(role):
        raise FlatError(403, "FORBIDDEN", f"This operation is not for the organization role {role}")
    return Call(
        actor=actor,
        is_admin=role in ADMIN_ROLES,
        url=request.url,
        query=request.query_params,
        path=request.path_params,
        content_type=request.headers.get("content-type", ""),
        content=content,
    )
