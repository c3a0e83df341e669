"""The Flat server as an ASGI app, and its rate limit (facts/flat.md, Rate limit)."""

import math
from dataclasses import replace

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orgsdk.sandbox.flat import invitations, lti, tokens, users
from orgsdk.sandbox.flat.auth import bearer_token
from orgsdk.sandbox.flat.errors import crash_response, error_response, http_exception_response
from orgsdk.sandbox.flat.state import FlatState, RateWindow

WINDOW_SECONDS = 3600.0


def count_request(window: RateWindow | None, now: float) -> RateWindow:
    """Return the window after one more request, or a new window if the last one has ended."""
    if window is None or now >= window.resets_at:
        return RateWindow(used=1, resets_at=now + WINDOW_SECONDS)
    return replace(window, used=window.used + 1)


def rate_headers(window: RateWindow, limit: int, *, below_zero: bool) -> dict[str, str]:
    """Return the headers with the limit, the remaining requests, and the time of the reset (UTC epoch seconds)."""
    remaining = limit - window.used
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining if below_zero else max(remaining, 0)),
        "X-RateLimit-Reset": str(math.ceil(window.resets_at)),
    }


class RateLimitMiddleware:
    """Count the requests of each token, and reject them with 403 when the limit is reached."""

    def __init__(self, app: ASGIApp, state: FlatState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The limit belongs to a token; a request for a token has none.
        if scope["type"] != "http" or scope["path"] == "/oauth/access_token":
            await self._app(scope, receive, send)
            return
        state = self._state
        token = bearer_token(scope) or ""
        window = state.rate_windows[token] = count_request(state.rate_windows.get(token), state.clock())
        limit = state.rate_limit
        headers = rate_headers(window, limit, below_zero=state.rate_remaining_below_zero)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        app = self._app
        if window.used > limit:
            # 403 without Retry-After, not 429 (facts/flat.md, Rate limit).
            app = error_response(403, "API_RATE_LIMIT_EXCEEDED", "You have exceeded your rate limit")
        await app(scope, receive, send_with_headers)


_MODULES = (users, tokens, invitations, lti)


def create_app(state: FlatState) -> Starlette:
    """Return an app that serves this state under `/v2`, and tokens at `/oauth/access_token`."""
    app = Starlette(
        routes=[route for module in _MODULES for route in module.routes(state)],
        middleware=[Middleware(RateLimitMiddleware, state=state)],
        exception_handlers={
            HTTPException: http_exception_response,
            Exception: crash_response,
        },
    )
    # Flat does not redirect `/v2/me/` to `/v2/me`: the path is unknown.
    app.router.redirect_slashes = False
    return app
