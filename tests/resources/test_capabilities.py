"""Capabilities: an unsupported call raises before the provider is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import Capability, OrgClient, Page, UnsupportedError
from orgsdk.providers.base import AccountOperations, InvitationOperations, UserOperations
from tests.capability_calls import calls, needed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.resources.conftest import Desk

pytestmark = pytest.mark.anyio

# These describe what a provider returns, or how it compares.
CALLS = sorted(set(Capability) - {Capability.TOTAL, Capability.USERS_USERNAME_CASE})


def test_every_capability_but_two_has_a_call(desk: Desk) -> None:
    assert sorted(calls(desk.client, "acme")) == CALLS


@pytest.mark.parametrize("capability", CALLS)
async def test_a_method_checks_its_capability_first(capability: Capability, able: Callable[..., Desk]) -> None:
    desk = able(*needed(capability))

    async def answer() -> None:
        answered: Any = calls(desk.client, "acme")[capability]()
        await answered

    with pytest.raises(UnsupportedError) as caught:
        await answer()
    assert (caught.value.provider, caught.value.operation, caught.value.advice) == ("ledger", capability.value, None)
    assert desk.asked == []


@pytest.mark.parametrize("capability", CALLS)
async def test_a_method_needs_no_other_capability(capability: Capability, able: Callable[..., Desk]) -> None:
    desk = able(capability, *needed(capability))
    answered: Any = calls(desk.client, "acme")[capability]()
    if capability is Capability.DEFAULT_ORGANIZATION:
        assert answered.id is None
        return
    await answered
    assert len(desk.asked) >= 1


async def test_a_third_party_provider_works(desk: Desk) -> None:
    async with OrgClient(desk.ledger) as client:
        assert await client.roles.list() == Page([desk.ledger.answer], total=1)
        assert [role async for role in client.roles.list(page_size=2)] == [desk.ledger.answer]
        assert [asked[1:] for asked in desk.asked if asked[1] == "fetch"] == [("fetch", None, 5), ("fetch", None, 2)]
        assert client.capabilities == frozenset(Capability)
        assert client.provider is desk.ledger
    assert desk.ledger.closed


def test_a_provider_without_a_native_interface(desk: Desk) -> None:
    with pytest.raises(UnsupportedError, match="ledger does not offer native"):
        _ = desk.client.native


async def test_an_error_in_the_block_closes_the_connections(desk: Desk) -> None:
    with pytest.raises(LookupError):
        async with OrgClient(desk.ledger):
            raise LookupError
    assert desk.ledger.closed


@pytest.mark.parametrize("name", ["external_id", "phone", "name", "username", "given_name", "family_name"])
async def test_a_field_without_its_capability_is_rejected(name: str, able: Callable[..., Desk]) -> None:
    verbs = (Capability.ACCOUNTS_LIST, Capability.ACCOUNTS_CREATE, Capability.ACCOUNTS_UPDATE, Capability.USERS_UPDATE)
    client = able(*verbs).client
    given: dict[str, Any] = {name: "12"}
    cleared: dict[str, Any] = {name: None}
    calls: list[Callable[[], Any]] = [
        lambda: client.accounts.create(email="ada@example.org", **given),
        lambda: client.accounts.update("u1", **given),
        lambda: client.accounts.update("u1", **cleared),
        lambda: client.organization("acme").users.update("u1", **given),
    ]
    for call in calls:
        with pytest.raises(UnsupportedError, match=f"does not offer a user's .*{name}"):
            await call()


async def test_usernames_passwords_and_descriptions_without_their_capability_are_rejected(
    able: Callable[..., Desk],
) -> None:
    verbs = ("USERS_FIND", "USERS_CREATE", "USERS_UPDATE", "ACCOUNTS_LIST", "ACCOUNTS_FIND", "ACCOUNTS_CREATE")
    others = ("ORGANIZATIONS_CREATE", "ORGANIZATIONS_UPDATE", "ROLES_CREATE", "ROLES_UPDATE")
    desk = able(*(Capability[name] for name in (*verbs, *others)))
    client, users = desk.client, desk.client.organization("acme").users
    calls: dict[str, list[Callable[[], Any]]] = {
        "a user's username": [lambda: users.find(username="ada"), lambda: client.accounts.find(username="ada")],
        "a user's password": [
            lambda: users.create(email="ada@example.org", password="a long one"),
            lambda: client.accounts.create(email="ada@example.org", password="a long one"),
            lambda: users.update("u1", password="a long one"),
        ],
        "an organization's description": [
            lambda: client.organizations.create("School", description="Old."),
            lambda: client.organizations.update("o1", description="Old."),
            lambda: client.organizations.update("o1", description=None),
        ],
        "a role's description": [
            lambda: client.roles.create("clerk", description="Writes."),
            lambda: client.roles.update("clerk", description="Writes."),
            lambda: client.roles.update("clerk", description=None),
        ],
    }
    for named, forbidden in calls.items():
        for call in forbidden:
            with pytest.raises(UnsupportedError, match=f"does not offer {named}"):
                await call()
    assert desk.ledger.asked == []


async def test_tenant_and_own_ids_have_defaults(desk: Desk) -> None:
    ledger = desk.ledger
    assert (ledger.tenant, await ledger.own_user_id(), await ledger.own_organization_id()) == ("ledger", None, None)
    assert desk.client.organization("acme").provider is ledger


def test_checks_of_drafts_pass_by_default() -> None:
    for operations in (UserOperations, AccountOperations, InvitationOperations):
        bare: Any = type("Bare", (operations,), dict.fromkeys(operations.__abstractmethods__))()
        bare.check_create(object())
        if operations is not InvitationOperations:
            bare.check_update(object())
