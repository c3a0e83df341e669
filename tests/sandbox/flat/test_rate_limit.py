"""The rate limit: a 403 without Retry-After."""

import pytest
from httpx import AsyncClient, Response
from starlette.types import Message, Receive, Scope, Send

from orgsdk.sandbox.flat.app import RateLimitMiddleware, count_request
from orgsdk.sandbox.flat.auth import TokenInfo
from orgsdk.sandbox.flat.state import FlatState, RateWindow

pytestmark = pytest.mark.anyio


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(state: FlatState) -> Clock:
    clock = Clock(1_700_000_000.5)
    state.clock = clock
    return clock


def rate_limit_of(response: Response) -> tuple[int, int, int]:
    limit, remaining, reset = (int(response.headers[f"X-RateLimit-{n}"]) for n in ("Limit", "Remaining", "Reset"))
    return limit, remaining, reset


@pytest.mark.parametrize(("path", "status"), [("/me", 200), ("/nope", 404), ("/organizations/users?limit=0", 400)])
async def test_every_response_has_the_rate_limit_headers(
    http: AsyncClient, clock: Clock, path: str, status: int
) -> None:
    response = await http.get(path)
    assert response.status_code == status
    assert rate_limit_of(response) == (7200, 7199, 1_700_003_601)


async def test_exceeding_the_limit_is_403_until_the_reset(http: AsyncClient, state: FlatState, clock: Clock) -> None:
    state.rate_limit = 2
    assert [rate_limit_of(await http.get("/me"))[1] for _ in range(2)] == [1, 0]
    refused = await http.get("/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "API_RATE_LIMIT_EXCEEDED")
    assert rate_limit_of(refused) == (2, 0, 1_700_003_601)
    assert "Retry-After" not in refused.headers
    clock.now = 1_700_003_600.4
    assert (await http.get("/me")).status_code == 403
    clock.now = 1_700_003_601
    assert rate_limit_of(await http.get("/me")) == (2, 1, 1_700_007_201)


async def test_remaining_can_be_negative(http: AsyncClient, state: FlatState) -> None:
    state.rate_limit = 0
    state.rate_remaining_below_zero = True
    assert [rate_limit_of(await http.get("/me"))[1] for _ in range(2)] == [-1, -2]


async def test_each_token_has_a_separate_limit(http: AsyncClient, state: FlatState) -> None:
    state.rate_limit = 1
    state.tokens["other"] = TokenInfo()
    statuses = [
        (await http.get("/me", headers={"Authorization": f"Bearer {token}"})).status_code
        for token in (state.token, "other", state.token)
    ]
    assert statuses == [200, 200, 403]


async def test_other_protocols_are_passed_on(state: FlatState) -> None:
    reached: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        return None

    await RateLimitMiddleware(app, state)({"type": "lifespan"}, receive, send)
    assert (reached, state.rate_windows) == (["lifespan"], {})


def test_a_window_ends_exactly_at_its_reset_time() -> None:
    assert count_request(None, 10.0) == RateWindow(used=1, resets_at=3610.0)
    assert count_request(RateWindow(5, 3610.0), 3609.9) == RateWindow(6, 3610.0)
    assert count_request(RateWindow(5, 3610.0), 3610.0) == RateWindow(1, 7210.0)
