"""What every operation shares: the token's check, and a plain function from a call to a response."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.datastructures import URL, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from orgsdk.sandbox.flat.auth import Requirement, TokenInfo, authorize, bearer_token
from orgsdk.sandbox.flat.errors import FlatError, refusal
from orgsdk.sandbox.flat.state import FlatState

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Call:
    """Hold an authorized request, read to its end."""

    token: TokenInfo
    url: URL
    query: QueryParams
    path: dict[str, str]
    body: bytes


def endpoint(state: FlatState, requirement: Requirement, handle: Callable[[FlatState, Call], Response]) -> Endpoint:
    """Return an endpoint that calls the operation when the request's token may."""

    async def respond(request: Request) -> Response:
        body = await request.body()
        try:
            token = authorize(bearer_token(request.scope), state.tokens, requirement)
            return handle(state, Call(token, request.url, request.query_params, request.path_params, body))
        except FlatError as error:
            return refusal(error)

    return respond
