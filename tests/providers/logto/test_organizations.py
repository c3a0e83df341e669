"""Organizations of a Logto tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import InvalidArgumentError, NotFoundError, UnsupportedError
from orgsdk.providers.logto.organizations import CREATION_MARK
from orgsdk.sandbox.logto.seed import ORGANIZATIONS

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import SentRequests

pytestmark = pytest.mark.anyio


async def test_an_organization_is_created_updated_and_removed(client: OrgClient[Logto], sent: SentRequests) -> None:
    made = await client.organizations.create("Quartet", description="four of them")
    assert (made.name, made.description, made.adopted) == ("Quartet", "four of them", False)
    assert await client.organizations.get(made.id) == made
    changed = await client.organizations.update(made.id, name="Quintet")
    assert (changed.name, changed.description) == ("Quintet", "four of them")
    assert (await client.organizations.update(made.id, description=None)).description is None
    await client.organizations.remove(made.id)
    with pytest.raises(NotFoundError):
        await client.organizations.get(made.id)
    with pytest.raises(NotFoundError) as caught:
        await client.organizations.remove(made.id)
    assert (caught.value.status_code, caught.value.code) == (404, "entity.not_found")


async def test_an_empty_update_only_reads(client: OrgClient[Logto], sent: SentRequests) -> None:
    made = await client.organizations.create("Quartet")
    sent.clear()
    assert await client.organizations.update(made.id) == made
    # Logto refuses an empty PATCH (facts/logto.md, section 6).
    assert sent() == [f"GET /organizations/{made.id}"]


async def test_a_new_organization_has_the_creation_mark_and_no_description_by_default(
    client: OrgClient[Logto],
) -> None:
    one, two = await client.organizations.create("Twins"), await client.organizations.create("Twins")
    marks = [made.raw["customData"] for made in (one, two)]
    assert all(isinstance(mark, dict) and list(mark) == [CREATION_MARK] for mark in marks)
    assert marks[0] != marks[1]
    assert one.id != two.id
    assert one.description is None


async def test_special_characters_in_a_query_are_escaped(client: OrgClient[Logto]) -> None:
    for name in ("100% Brass", "Brass_Band", "back\\slash"):
        await client.organizations.create(name)
    for query, expected in (("%", "100% Brass"), ("s_b", "Brass_Band"), ("k\\s", "back\\slash")):
        assert [found.name async for found in client.organizations.list(query=query)] == [expected]
    assert len(await client.organizations.list().collect()) == len(ORGANIZATIONS) + 3


async def test_all_capabilities_but_a_default_organization_are_implemented(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    with pytest.raises(UnsupportedError, match=r"Name one: client.organization\('id'\)"):
        client.organization()
    provider = client.provider
    with pytest.raises(
        InvalidArgumentError, match=r"Logto needs an organization's id.* client\.organizations\.list\(\)"
    ):
        provider.invitations(None)
    for capability in client.capabilities:
        resource, _, verb = capability.value.partition(".")
        operations = {
            "organizations": provider.organizations,
            "users": provider.users("o1"),
            "accounts": provider.accounts(),
            "invitations": provider.invitations("o1"),
            "roles": provider.roles,
        }
        if resource in operations and "(" not in verb:
            # A declared verb is implemented here. The contract's own method raises.
            assert type(vars(type(operations[resource])).get(verb)).__name__ == "function", capability
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize("hostile", ["", ".", "..", "a/b"])
async def test_a_hostile_id_is_refused_without_a_request(
    client: OrgClient[Logto], sandbox: Sandbox, hostile: str
) -> None:
    for call in (
        lambda: client.organizations.remove(hostile),
        lambda: client.organization("o1").users.remove(hostile, account="keep"),
        lambda: client.organization("o1").users.remove(hostile, account="delete"),
        lambda: client.organization("o1").users.get(hostile),
        lambda: client.organization("o1").users.add(["ok", hostile]),
        lambda: client.organization("o1").users.set_roles(hostile, []),
        lambda: client.organization("o1").users.remove_roles(hostile, ["admin"]),
        lambda: client.organization("o1").invitations.remove(hostile),
        lambda: client.organization("o1").invitations.accept("i1", user_id=hostile),
        lambda: client.organization("o1").invitations.create("a@b.c", inviter_id=hostile),
        lambda: client.accounts.remove(hostile, account="delete"),
        lambda: client.accounts.update(hostile, name="n"),
    ):
        with pytest.raises(InvalidArgumentError):
            await call()
    assert len(sandbox.requests) == 0
