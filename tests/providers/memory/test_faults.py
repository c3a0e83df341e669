"""Fault injection: errors, delays and lost responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import (
    Capability,
    InvalidArgumentError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitError,
    RequestTimeoutError,
    TransportError,
)
from orgsdk.providers.memory.operations import OPERATIONS

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Memory
    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


async def test_fail_applies_to_the_given_number_of_calls_without_effect(
    org: OrganizationHandle, memory: Memory
) -> None:
    error = RateLimitError("slow down", provider="memory", operation="users.create", retry_after=3.0)
    memory.fail("users.create", error, times=2)
    memory.fail("users.create", NotSentError("no network", provider="memory", operation="users.create"))
    raised: list[Exception] = []
    for _ in range(3):
        with pytest.raises((RateLimitError, NotSentError)) as caught:
            await org.users.create(username="ada")
        raised.append(caught.value)
    assert [type(each) for each in raised] == [RateLimitError, RateLimitError, NotSentError]
    assert raised[0] is not raised[1]
    assert isinstance(raised[1], RateLimitError)
    assert (raised[1].retry_after, str(raised[1])) == (3.0, str(error))
    assert await org.users.find(username="ada") is None
    await org.users.create(username="ada")


async def test_every_page_is_a_call(org: OrganizationHandle, memory: Memory) -> None:
    pages = org.users.list(page_size=5).pages()
    assert len(await anext(pages)) == 5
    memory.fail("users.list", NotSentError("no network", provider="memory", operation="users.list"))
    with pytest.raises(NotSentError):
        await anext(pages)


async def test_a_lost_response_has_its_effect(client: OrgClient[Memory], org: OrganizationHandle) -> None:
    client.provider.lose_response("users.create")
    with pytest.raises(OutcomeUnknownError, match="may or may not"):
        await org.users.create(username="ada")
    ada = await org.users.find(username="ada")
    assert ada is not None
    client.provider.lose_response("users.update", times=2)
    for name in ("Ada", "Augusta"):
        with pytest.raises(TransportError, match="before the response arrived"):
            await org.users.update(ada.id, name=name)
    assert (await org.users.get(ada.id)).name == "Augusta"
    client.provider.lose_response("invitations.resend")
    invited = await org.invitations.create("bob@example.com")
    with pytest.raises(OutcomeUnknownError):
        await org.invitations.resend(invited.id)
    assert (await org.invitations.get(invited.id)).raw["messages"] == 2


async def test_an_error_response_is_never_lost(org: OrganizationHandle, memory: Memory) -> None:
    from orgsdk import ConflictError

    memory.lose_response("users.create")
    with pytest.raises(ConflictError):
        await org.users.create(username="user1")


async def test_a_delay_delays_the_call(org: OrganizationHandle, memory: Memory) -> None:
    memory.delay("users.count", 20)
    began = anyio.current_time()
    assert await org.users.count() == 12
    assert anyio.current_time() - began == pytest.approx(20)
    memory.delay("users.count", 0)
    assert await org.users.count() == 12
    assert anyio.current_time() - began == pytest.approx(20)


async def test_a_delay_beyond_the_timeout_has_no_effect(client: OrgClient[Memory], org: OrganizationHandle) -> None:
    client.provider.delay("users.create", 31)
    began = anyio.current_time()
    with pytest.raises(RequestTimeoutError, match="no response within 30 s"):
        await org.users.create(username="ada")
    assert anyio.current_time() - began == pytest.approx(30)
    with pytest.raises(RequestTimeoutError, match=r"no response within 0\.5 s"):
        await client.with_options(timeout=0.5).organization().users.create(username="ada")
    await client.with_options(timeout=60).organization().users.create(username="ada")


async def test_a_call_cancelled_during_its_delay_has_no_effect(org: OrganizationHandle, memory: Memory) -> None:
    memory.delay("users.create", 5)
    with anyio.move_on_after(1) as scope:
        await org.users.create(username="ada")
    assert scope.cancelled_caught
    assert await org.users.find(username="ada") is None


async def test_every_call_can_be_cancelled(org: OrganizationHandle) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        await org.users.create(username="ada")
    assert scope.cancelled_caught
    assert await org.users.find(username="ada") is None


async def test_cleared_faults_no_longer_apply(org: OrganizationHandle, memory: Memory) -> None:
    memory.delay("users.count", 99)
    memory.lose_response("users.count")
    memory.clear_faults()
    assert await org.users.count() == 12


async def test_the_calls_are_counted(org: OrganizationHandle, memory: Memory) -> None:
    await org.users.count()
    await org.invitations.list()
    assert memory.calls == ["users.count", "invitations.list"]


def test_every_method_has_a_capability_of_its_name() -> None:
    assert (
        {str(capability) for capability in Capability} >= OPERATIONS >= {"users.create", "accounts.list", "roles.get"}
    )


@pytest.mark.parametrize("operation", ["users.make", "page.total", "users.list(query=)", "several roles for one user"])
async def test_an_unknown_operation_is_rejected(memory: Memory, operation: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"Unknown operation .*users\.create"):
        memory.lose_response(operation)


async def test_invalid_numbers_are_rejected(memory: Memory) -> None:
    with pytest.raises(InvalidArgumentError, match="times is 0"):
        memory.lose_response("users.create", times=0)
    for seconds in (-1.0, float("nan")):
        with pytest.raises(InvalidArgumentError, match="The delay is"):
            memory.delay("users.create", seconds)
