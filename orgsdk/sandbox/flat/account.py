"""The account a token speaks for (official document, getAuthenticatedUser)."""

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orgsdk.sandbox.flat.auth import READ_OWN_ACCOUNT
from orgsdk.sandbox.flat.operation import Call, endpoint
from orgsdk.sandbox.flat.parameters import flag
from orgsdk.sandbox.flat.state import FlatState
from orgsdk.sandbox.flat.wire import own_view


def routes(state: FlatState) -> list[Route]:
    """Return the routes of the account operations."""
    return [Route("/v2/me", endpoint(state, READ_OWN_ACCOUNT, _get_authenticated_user), methods=["GET"])]


def _get_authenticated_user(state: FlatState, call: Call) -> Response:
    if flag(call.query, "onlyId"):
        return JSONResponse({"id": call.actor.id})
    return JSONResponse(own_view(call.actor, state.organization_id))
