"""The Flat server as one ASGI app."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from orgsdk.sandbox.flat import account, invitations, lti, oauth, user_access, user_changes, users
from orgsdk.sandbox.flat.errors import answer_crash, answer_http_exception
from orgsdk.sandbox.flat.ratelimit import RateLimitMiddleware
from orgsdk.sandbox.flat.state import FlatState

_ROOMS = (account, users, user_changes, user_access, invitations, lti, oauth)


def create_app(state: FlatState) -> Starlette:
    """Return an app that serves the state under `/v2`, and tokens at `/oauth/access_token`."""
    app = Starlette(
        # In this order: a path of words stands before the one that takes any word in its place.
        routes=[route for room in _ROOMS for route in room.routes(state)],
        middleware=[Middleware(RateLimitMiddleware, state=state)],
        exception_handlers={
            HTTPException: answer_http_exception,
            Exception: answer_crash,
        },
    )
    # An API does not redirect `/v2/me/` to `/v2/me`; it does not know the path.
    app.router.redirect_slashes = False
    return app
