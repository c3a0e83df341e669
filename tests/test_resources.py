"""Users, counts, organizations and roles: the same behaviour on both providers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import ConflictError, NotFoundError, Organization
from orgsdk.sandbox.flat.records import object_id
from orgsdk.sandbox.logto.seed import ORGANIZATIONS, organization_id, role_id, user_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk import OrgClient
    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connected

    Enrol = Callable[[str, str | None], str]

pytestmark = pytest.mark.anyio

# hwright is the first of the roster: Harry Wright, an admin.
HARRY = {"flat": object_id("user", "hwright"), "logto": user_id("hwright")}
NOBODY = {"flat": "0123456789abcdef01234567", "logto": "nobodyhere12"}


@pytest.fixture
def enrol(either: Connected, sandbox: Sandbox) -> Enrol:
    """Return a function that adds a member with a username and an email address, and returns the id."""

    def flat(username: str, email: str | None) -> str:
        users = sandbox.flat.users
        like = users[HARRY["flat"]]
        found = replace(like, id=object_id("user", username), username=username, email=email, sequence=len(users) + 1)
        users[found.id] = found
        return found.id

    def logto(username: str, email: str | None) -> str:
        store = sandbox.logto.store
        like = store.users.get(HARRY["logto"])
        assert like is not None
        store.users.put(replace(like, id=user_id(username), username=username, primary_email=email))
        store.memberships.put(sandbox.logto.organization_id, user_id(username))
        return user_id(username)

    return {"flat": flat, "logto": logto}[either.name]


def asked(sandbox: Sandbox, either: Connected) -> list[str]:
    """Return the requests for users, without the token request and the check of the organization."""
    return [seen.query for seen in sandbox.requests if seen.path not in {"/oidc/token", "/v2/me"}]


# get


async def test_get_returns_the_user_with_one_request(either: Connected, sandbox: Sandbox) -> None:
    harry = await either.org.users.get(HARRY[either.name])
    assert (harry.id, harry.username, harry.roles) == (HARRY[either.name], "hwright", ("admin",))
    assert len(asked(sandbox, either)) == 1


async def test_get_of_an_unknown_user_raises(either: Connected, sandbox: Sandbox) -> None:
    with pytest.raises(NotFoundError, match=f"no (user|member) {NOBODY[either.name]}") as caught:
        await either.org.users.get(NOBODY[either.name])
    assert (caught.value.provider, caught.value.operation) == (either.name, "list_organization_users")
    # Flat's search may not support ids: the whole list is read.
    assert len(asked(sandbox, either)) == {"flat": 2, "logto": 1}[either.name]


async def test_get_ignores_other_users_in_the_search_result(either: Connected, enrol: Enrol) -> None:
    # The search for the id finds this user by the email address.
    enrol("impostor", f"{HARRY[either.name]}@example.org")
    assert (await either.org.users.get(HARRY[either.name])).username == "hwright"


# find


@pytest.mark.parametrize("address", ["hwright@example.org", "HWright@Example.ORG"])
async def test_find_compares_addresses_case_insensitively(either: Connected, address: str) -> None:
    found = await either.org.users.find(email=address)
    assert found is not None
    assert found.id == HARRY[either.name]


async def test_find_by_username_costs_one_request(either: Connected, sandbox: Sandbox) -> None:
    found = await either.org.users.find(username="hwright")
    assert found is not None
    assert found.id == HARRY[either.name]
    assert len(asked(sandbox, either)) == 1


async def test_find_returns_none_without_an_exact_match(either: Connected) -> None:
    for email in ("nobody@example.org", "hwright", "hwright@example.or"):
        assert await either.org.users.find(email=email) is None
    for username in ("hwrigh", "hwright@example.org", "Harry"):
        assert await either.org.users.find(username=username) is None


async def test_find_refuses_to_choose_between_spellings(either: Connected, enrol: Enrol) -> None:
    enrol("first", "Twin@example.org")
    enrol("second", "twin@Example.org")
    with pytest.raises(ConflictError, match="2 users have this address") as caught:
        await either.org.users.find(email="TWIN@EXAMPLE.ORG")
    assert "twin" not in str(caught.value).lower()


async def test_find_prefers_the_exact_spelling(either: Connected, enrol: Enrol) -> None:
    enrol("first", "Twin@example.org")
    second = enrol("second", "twin@example.org")
    enrol("third", "TWIN@example.org")
    found = await either.org.users.find(email="twin@example.org")
    assert found is not None
    assert found.id == second


async def test_find_compares_usernames_case_sensitively(either: Connected, enrol: Enrol) -> None:
    # At Logto alice and ALICE are different users (facts/logto.md, section 7).
    lower, upper = enrol("alice_q", None), enrol("ALICE_Q", None)
    for username, expected in (("alice_q", lower), ("ALICE_Q", upper)):
        found = await either.org.users.find(username=username)
        assert found is not None
        assert found.id == expected
    assert await either.org.users.find(username="Alice_q") is None


async def test_find_is_not_misled_by_wildcards_of_the_search(either: Connected, enrol: Enrol) -> None:
    enrol("one", "axb@example.org")
    wanted = enrol("two", "a_b@example.org")
    found = await either.org.users.find(email="a_b@example.org")
    assert found is not None
    assert found.id == wanted
    assert await either.org.users.find(email="%") is None


async def test_find_reads_further_pages(either: Connected, enrol: Enrol) -> None:
    for number in range(120):
        enrol(f"crowd{number}", f"{number}.crowd@example.org")
    enrol("crowd", "crowd@example.org")
    found = await either.org.users.find(email="crowd@example.org")
    assert found is not None
    assert found.username == "crowd"


# count


@pytest.mark.parametrize(
    ("query", "role", "expected"),
    [(None, None, 1000), (None, "teacher", 80), ("hwright", None, 1), ("hwright", "teacher", 0)],
)
async def test_count_matches_the_list(
    either: Connected, sandbox: Sandbox, query: str | None, role: str | None, expected: int
) -> None:
    assert await either.org.users.count(query=query, role=role) == expected
    assert len(await either.org.users.list(query=query, role=role).collect()) == expected


async def test_count_costs_one_small_request(either: Connected, sandbox: Sandbox) -> None:
    await either.org.users.count(query="hwright")
    assert asked(sandbox, either) == [{"flat": "q=hwright", "logto": "q=hwright&page=1&page_size=1"}[either.name]]
    path = {"flat": "/v2/organizations/users/count", "logto": f"/api/organizations/{either.organization_id}/users"}
    assert sandbox.requests[-1].path == path[either.name]


# organizations


async def test_get_returns_the_organization(either: Connected) -> None:
    organization = await either.client.organizations.get(either.organization_id)
    assert organization.id == either.organization_id
    assert organization.name == (None if either.name == "flat" else "Harmony School")


async def test_a_missing_organization_is_not_found(either: Connected) -> None:
    # At Logto the list of its members is empty, with status 200 (facts/logto.md, section 6).
    with pytest.raises(NotFoundError) as caught:
        await either.client.organizations.get(NOBODY[either.name])
    assert caught.value.code == (None if either.name == "flat" else "entity.not_exists_with_id")
    assert (caught.value.request_id is None) is (either.name == "flat")


async def test_flat_lists_the_organization_of_the_token(flat: OrgClient, sandbox: Sandbox) -> None:
    page = await flat.organizations.list()
    assert page.items == [Organization(id=sandbox.flat.organization_id)]
    assert (page.total, page.next_cursor) == (1, None)
    assert [seen.path for seen in sandbox.requests] == ["/v2/me"]


async def test_logto_lists_the_organizations_of_the_tenant(logto: OrgClient, sandbox: Sandbox) -> None:
    found = await logto.organizations.list(page_size=3).collect()
    assert {organization.name for organization in found} == set(ORGANIZATIONS)
    assert [seen.query for seen in sandbox.requests][1:] == ["page=1&page_size=3", "page=2&page_size=3"]
    narrowed = await logto.organizations.list(query="melody").collect()
    assert [organization.id for organization in narrowed] == [organization_id("Melody Academy")]


async def test_an_organization_of_flat_is_checked_once_per_client(flat: OrgClient, sandbox: Sandbox) -> None:
    org = flat.organization(sandbox.flat.organization_id)
    await org.users.list(page_size=1)
    await org.users.count()
    await flat.organization(sandbox.flat.organization_id).users.find(username="hwright")
    assert sandbox.requests.count(path_prefix="/v2/me") == 1


async def test_an_organization_of_flat_is_checked_once_for_parallel_calls(flat: OrgClient, sandbox: Sandbox) -> None:
    org = flat.organization(sandbox.flat.organization_id)
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(org.users.count)
    assert sandbox.requests.count(path_prefix="/v2/me") == 1


async def test_users_of_another_organization_are_not_found_at_flat(flat: OrgClient, sandbox: Sandbox) -> None:
    users = flat.organization(NOBODY["flat"]).users
    for ask in (users.list(), users.count(), users.find(username="hwright")):
        with pytest.raises(NotFoundError, match=f"does not belong to organization {NOBODY['flat']}"):
            await ask
    assert [seen.path for seen in sandbox.requests] == ["/v2/me"]


# roles


async def test_flat_has_four_roles_without_a_request(flat: OrgClient, sandbox: Sandbox) -> None:
    page = await flat.roles.list()
    assert [role.name for role in page] == ["user", "teacher", "admin", "accountAdmin"]
    assert [role.name for role in await flat.roles.list(query="ADMIN")] == ["admin", "accountAdmin"]
    assert len(sandbox.requests) == 0


async def test_logto_has_the_roles_of_the_tenant_with_their_scopes(logto: OrgClient, sandbox: Sandbox) -> None:
    roles = await logto.roles.list(page_size=3).collect()
    assert [(role.name, role.kind) for role in roles] == [
        ("admin", "User"),
        ("importer", "MachineToMachine"),
        ("student", "User"),
        ("teacher", "User"),
    ]
    assert roles[-1].id == role_id("teacher")
    assert roles[-1].scopes == ("invite:members", "read:members")
    assert [role.name for role in await logto.roles.list(query="ADM")] == ["admin"]
    assert [seen.query for seen in sandbox.requests][1:3] == ["page=1&page_size=3", "page=2&page_size=3"]


async def test_a_listed_role_filters_users(either: Connected) -> None:
    for role in await either.client.roles.list():
        users = await either.org.users.list(role=role.name, page_size=2)
        assert all(role.name in user.roles for user in users)
        assert len(users) == (0 if role.name in {"accountAdmin", "importer"} else 2)
