"""Tokens within calls: after a rejected token, and without a token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
import pytest
from pydantic import SecretStr

from orgsdk.errors import AuthenticationError, DecodeError, NotSentError, OrgError, RateLimitError, ServerError
from orgsdk.providers.http.adoption import is_response_lost
from orgsdk.transport import ClientCredentials, TokenCache
from orgsdk.transport.backends.failures import RequestNotSent, ResponseLost, ResponseTimedOut, ResponseUnreadable
from tests.transport.middleware.conftest import CREATE, READ, REPLACE, reply

if TYPE_CHECKING:
    from orgsdk.transport import Request, Response
    from orgsdk.transport.backends.base import OutgoingRequest
    from tests.transport.middleware.conftest import Connect, Step, Wire

pytestmark = pytest.mark.anyio

UNAUTHORIZED = reply(401, b'{"message": "unauthorized"}')


@dataclass
class Tenant:
    """Provider that issues numbered tokens, and accepts those in `accepts`."""

    accepts: set[str] = field(default_factory=set)
    token_steps: list[Step] = field(default_factory=list)
    expires_in: int = 3600
    issued: int = 0
    requests: int = 0

    def __call__(self, outgoing: OutgoingRequest) -> Response | Exception:
        assert outgoing.authorization is not None
        header = outgoing.authorization.get_secret_value()
        if outgoing.url.endswith("/token"):
            assert header.startswith("Basic ")
            self.issued += 1
            step = self.token_steps.pop(0) if self.token_steps else None
            if step is None:
                body = f'{{"access_token": "t{self.issued}", "expires_in": {self.expires_in}}}'
                return reply(200, body.encode())
            assert not callable(step)
            return step
        self.requests += 1
        return reply() if header.removeprefix("Bearer ") in self.accepts else UNAUTHORIZED

    def source(self) -> TokenCache:
        return TokenCache(ClientCredentials(("app", SecretStr("s3cret")), path="/token", parameters={}))


def tenant(
    wire: Connect, *accepts: str, token_steps: list[Step] | None = None, latency: float = 0.0
) -> tuple[Tenant, Wire]:
    found = Tenant(set(accepts), token_steps or [])
    return found, wire(found, latency=latency, auth=found.source())


async def test_one_token_serves_all(wire: Connect) -> None:
    provider, to = tenant(wire, "t1", latency=0.1)
    async with anyio.create_task_group() as tasks:
        for _ in range(200):
            tasks.start_soon(to.send)
    assert (provider.issued, provider.requests) == (1, 200)


@pytest.mark.parametrize("request_", [READ, CREATE, REPLACE])
async def test_a_rejected_token_is_replaced_and_the_request_sent_once_more(wire: Connect, request_: Request) -> None:
    provider, to = tenant(wire, "t2")
    await to.send(request_)
    assert (provider.issued, provider.requests) == (2, 2)
    await to.send(request_)
    assert (provider.issued, provider.requests) == (2, 3)


async def test_a_token_rejected_for_many_calls_is_replaced_once(wire: Connect) -> None:
    provider, to = tenant(wire, "t1", latency=0.1)
    await to.send()
    provider.accepts = {"t2"}
    async with anyio.create_task_group() as tasks:
        for _ in range(16):
            tasks.start_soon(to.send)
    assert (provider.issued, provider.requests) == (2, 1 + 2 * 16)


async def test_a_provider_that_rejects_every_token_causes_no_loop(wire: Connect) -> None:
    provider, to = tenant(wire)
    for _ in range(100):
        with pytest.raises(AuthenticationError, match="unauthorized"):
            await to.send()
    # The first call fetches two tokens and sends both; afterwards a call costs one request.
    assert (provider.issued, provider.requests) == (2, 101)


async def test_the_kept_token_works_when_the_provider_accepts_it(wire: Connect) -> None:
    provider, to = tenant(wire)
    with pytest.raises(AuthenticationError):
        await to.send()
    provider.accepts = {"t2"}
    await to.send()
    provider.accepts = {"t3"}
    await to.send()
    assert provider.issued == 3


async def test_an_accepted_token_is_replaced_each_time_it_is_rejected(wire: Connect) -> None:
    provider, to = tenant(wire, "t1")
    for number in range(1, 6):
        provider.accepts = {f"t{number}"}
        await to.send()
        assert provider.issued == number


async def test_an_expiring_token_is_replaced_in_advance(wire: Connect) -> None:
    provider, to = tenant(wire, "t1", "t2")
    await to.send()
    await anyio.sleep(3539)
    await to.send()
    assert provider.issued == 1
    await anyio.sleep(2)
    await to.send()
    assert (provider.issued, provider.requests) == (2, 3)


@pytest.mark.parametrize("status", [400, 401])
async def test_a_wrong_secret_costs_at_most_three_token_requests(wire: Connect, status: int) -> None:
    provider, to = tenant(wire, token_steps=[reply(status, b'{"message": "invalid client"}')] * 2000)

    async def fail() -> None:
        with pytest.raises(AuthenticationError, match="sign-in was refused: invalid client"):
            await to.send()

    for _ in range(10):
        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(fail)
        await anyio.sleep(600)
    assert provider.issued <= 3
    assert provider.requests == 0


async def test_a_sign_in_rejected_for_another_reason_is_tried_again(wire: Connect) -> None:
    provider, to = tenant(wire, "t2", token_steps=[reply(403, b'{"message": "blocked"}')])
    with pytest.raises(AuthenticationError, match="blocked"):
        await to.send()
    await to.send()
    assert provider.issued == 2


# A call without a token was not sent


@pytest.mark.parametrize("request_", [READ, CREATE, REPLACE])
@pytest.mark.parametrize(
    "step",
    [ResponseLost("reset"), ResponseTimedOut("slow"), RequestNotSent("refused"), reply(500), reply(503), reply(429)],
    ids=repr,
)
async def test_a_failed_token_request_is_retried(wire: Connect, request_: Request, step: Step) -> None:
    provider, to = tenant(wire, "t3", token_steps=[step, step])
    await to.send(request_)
    assert (provider.issued, provider.requests) == (3, 1)


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
async def test_a_write_without_a_token_was_not_carried_out(
    wire: Connect, step: Step, kind: type[OrgError], text: str
) -> None:
    provider, to = tenant(wire, token_steps=[step] * 3)
    with pytest.raises(kind, match=f"^{text}") as caught:
        await to.send(CREATE, timeout=1000)
    assert type(caught.value) is kind
    assert not is_response_lost(caught.value)
    assert provider.requests == 0


@pytest.mark.parametrize("step", [ResponseLost("reset"), reply(500)], ids=repr)
async def test_a_write_with_a_rejected_token_and_a_failing_token_endpoint_is_sent_later(
    wire: Connect, step: Step
) -> None:
    provider, to = tenant(wire, "t1")
    await to.send()
    provider.accepts, provider.token_steps = {"t4"}, [step] * 2
    await to.send(CREATE)
    assert (provider.issued, provider.requests) == (4, 3)
