"""Tokens within calls: what a refused one leads to, and what a call that has none is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
import pytest
from pydantic import SecretStr

from orgsdk.errors import AuthenticationError, DecodeError, NotSentError, OrgError, RateLimitError, ServerError
from orgsdk.providers.http.adoption import is_response_lost
from orgsdk.transport import ClientCredentials, TokenCache
from orgsdk.transport.backends.base import RequestNotSent, ResponseLost, ResponseTimedOut, ResponseUnreadable
from tests.transport.middleware.conftest import CREATE, READ, REPLACE, reply

if TYPE_CHECKING:
    from orgsdk.transport import Request, Response
    from orgsdk.transport.backends.base import OutgoingRequest
    from tests.transport.middleware.conftest import Connect, Step, Wire

pytestmark = pytest.mark.anyio

UNAUTHORIZED = reply(401, b'{"message": "unauthorized"}')


@dataclass
class Tenant:
    """Sell numbered tokens and answer by them."""

    accepts: set[str] = field(default_factory=set)
    sale: list[Step] = field(default_factory=list)
    expires_in: int = 3600
    sold: int = 0
    asked: int = 0

    def __call__(self, outgoing: OutgoingRequest) -> Response | Exception:
        assert outgoing.authorization is not None
        header = outgoing.authorization.get_secret_value()
        if outgoing.url.endswith("/token"):
            assert header.startswith("Basic ")
            self.sold += 1
            step = self.sale.pop(0) if self.sale else None
            if step is None:
                body = f'{{"access_token": "t{self.sold}", "expires_in": {self.expires_in}}}'
                return reply(200, body.encode())
            assert not callable(step)
            return step
        self.asked += 1
        return reply() if header.removeprefix("Bearer ") in self.accepts else UNAUTHORIZED

    def source(self) -> TokenCache:
        return TokenCache(ClientCredentials(("app", SecretStr("s3cret")), path="/token", parameters={}))


def tenant(wire: Connect, *accepts: str, sale: list[Step] | None = None, latency: float = 0.0) -> tuple[Tenant, Wire]:
    found = Tenant(set(accepts), sale or [])
    return found, wire(found, latency=latency, auth=found.source())


async def test_one_token_serves_all(wire: Connect) -> None:
    shop, to = tenant(wire, "t1", latency=0.1)
    async with anyio.create_task_group() as tasks:
        for _ in range(200):
            tasks.start_soon(to.send)
    assert (shop.sold, shop.asked) == (1, 200)


@pytest.mark.parametrize("request_", [READ, CREATE, REPLACE])
async def test_a_refused_token_is_replaced_once_and_the_request_sent_once_more(
    wire: Connect, request_: Request
) -> None:
    shop, to = tenant(wire, "t2")
    await to.send(request_)
    assert (shop.sold, shop.asked) == (2, 2)
    await to.send(request_)
    assert (shop.sold, shop.asked) == (2, 3)


async def test_a_token_that_is_refused_to_many_at_once_is_replaced_once(wire: Connect) -> None:
    shop, to = tenant(wire, "t1", latency=0.1)
    await to.send()
    shop.accepts = {"t2"}
    async with anyio.create_task_group() as tasks:
        for _ in range(16):
            tasks.start_soon(to.send)
    assert (shop.sold, shop.asked) == (2, 1 + 2 * 16)


async def test_a_provider_that_refuses_every_token_is_not_asked_in_a_loop(wire: Connect) -> None:
    shop, to = tenant(wire)
    for _ in range(100):
        with pytest.raises(AuthenticationError, match="unauthorized"):
            await to.send()
    # The first call buys two tokens and shows both; from then on a call costs one request.
    assert (shop.sold, shop.asked) == (2, 101)


async def test_and_is_well_again_when_it_takes_the_token_that_was_kept(wire: Connect) -> None:
    shop, to = tenant(wire)
    with pytest.raises(AuthenticationError):
        await to.send()
    shop.accepts = {"t2"}
    await to.send()
    shop.accepts = {"t3"}
    await to.send()
    assert shop.sold == 3


async def test_a_token_that_was_taken_is_replaced_whenever_it_is_refused(wire: Connect) -> None:
    shop, to = tenant(wire, "t1")
    for number in range(1, 6):
        shop.accepts = {f"t{number}"}
        await to.send()
        assert shop.sold == number


async def test_a_token_that_ends_is_replaced_ahead_of_it(wire: Connect) -> None:
    shop, to = tenant(wire, "t1", "t2")
    await to.send()
    await anyio.sleep(3539)
    await to.send()
    assert shop.sold == 1
    await anyio.sleep(2)
    await to.send()
    assert (shop.sold, shop.asked) == (2, 3)


@pytest.mark.parametrize("status", [400, 401])
async def test_a_bad_secret_costs_three_token_calls_at_most(wire: Connect, status: int) -> None:
    shop, to = tenant(wire, sale=[reply(status, b'{"message": "invalid client"}')] * 2000)

    async def fail() -> None:
        with pytest.raises(AuthenticationError, match="sign-in was refused: invalid client"):
            await to.send()

    for _ in range(10):
        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(fail)
        await anyio.sleep(600)
    assert shop.sold <= 3
    assert shop.asked == 0


async def test_a_sign_in_that_is_refused_for_another_reason_may_end_well(wire: Connect) -> None:
    shop, to = tenant(wire, "t2", sale=[reply(403, b'{"message": "blocked"}')])
    with pytest.raises(AuthenticationError, match="blocked"):
        await to.send()
    await to.send()
    assert shop.sold == 2


# A call that has no token has not been sent


@pytest.mark.parametrize("request_", [READ, CREATE, REPLACE])
@pytest.mark.parametrize(
    "step",
    [ResponseLost("reset"), ResponseTimedOut("slow"), RequestNotSent("refused"), reply(500), reply(503), reply(429)],
    ids=repr,
)
async def test_a_token_that_comes_late_is_waited_for(wire: Connect, request_: Request, step: Step) -> None:
    shop, to = tenant(wire, "t3", sale=[step, step])
    await to.send(request_)
    assert (shop.sold, shop.asked) == (3, 1)


@pytest.mark.parametrize(
    ("step", "kind", "text"),
    [
        (
            ResponseLost("reset"),
            NotSentError,
            "acme create_thing: no access token: acme token: the connection",
        ),
        (
            ResponseTimedOut("slow"),
            NotSentError,
            "acme create_thing: no access token: acme token: no response in",
        ),
        (
            RequestNotSent("refused"),
            NotSentError,
            "acme create_thing: no access token: acme token: could not",
        ),
        (reply(500), ServerError, r"acme token \[500\]"),
        (reply(429), RateLimitError, r"acme token \[429\]"),
        (ResponseUnreadable("cut off"), DecodeError, "acme token: the response cannot be read"),
        (reply(200, b"{}"), DecodeError, "sign-in token: the token endpoint returned no token"),
        (reply(400), AuthenticationError, r"acme token \[400\]"),
    ],
)
async def test_a_write_without_a_token_is_known_as_not_carried_out(
    wire: Connect, step: Step, kind: type[OrgError], text: str
) -> None:
    shop, to = tenant(wire, sale=[step] * 3)
    with pytest.raises(kind, match=f"^{text}") as caught:
        await to.send(CREATE, timeout=1000)
    assert type(caught.value) is kind
    assert not is_response_lost(caught.value)
    assert shop.asked == 0


@pytest.mark.parametrize("step", [ResponseLost("reset"), reply(500)], ids=repr)
async def test_a_write_whose_token_was_refused_and_cannot_be_replaced_was_not_carried_out(
    wire: Connect, step: Step
) -> None:
    shop, to = tenant(wire, "t1")
    await to.send()
    shop.accepts, shop.sale = {"t4"}, [step] * 2
    await to.send(CREATE)
    assert (shop.sold, shop.asked) == (4, 3)
