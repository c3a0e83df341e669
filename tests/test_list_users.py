"""List users: the same code on both providers, and the number of its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import (
    Capability,
    InvalidArgumentError,
    InvalidCursorError,
    NotFoundError,
    PaginationError,
    ServerError,
)
from orgsdk.sandbox import default_roster
from orgsdk.sandbox.faults import Respond
from orgsdk.sandbox.logto.seed import role_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect, Connected

pytestmark = pytest.mark.anyio

ROSTER = {person.username: person for person in default_roster()}
TEACHERS = {person.username for person in ROSTER.values() if person.role == "teacher"}
REQUESTS = {"flat": 1, "logto": 10}


def listed(sandbox: Sandbox) -> list[tuple[str, str]]:
    """Return path and query of every request except token requests."""
    return [(seen.path, seen.query) for seen in sandbox.requests if seen.path != "/oidc/token"]


async def test_every_user_is_listed_once_in_the_largest_pages(either: Connected, sandbox: Sandbox) -> None:
    usernames = [user.username async for user in either.org.users.list()]
    assert len(usernames) == 1000
    assert set(usernames) == set(ROSTER)
    # One more request: Flat checks the organization's id with GET /me, Logto fetches a token.
    assert len(sandbox.requests) == REQUESTS[either.name] + 1


async def test_flat_lists_its_own_organization_with_one_request(flat: OrgClient, sandbox: Sandbox) -> None:
    assert len(await flat.organization().users.list().collect()) == 1000
    assert listed(sandbox) == [("/v2/organizations/users", "limit=1000")]


async def test_logto_lists_with_ten_requests_of_a_hundred(logto: OrgClient, sandbox: Sandbox) -> None:
    org = sandbox.logto.organization_id
    assert len(await logto.organization(org).users.list().collect()) == 1000
    path = f"/api/organizations/{org}/users"
    assert listed(sandbox) == [(path, f"page={number}&page_size=100") for number in range(1, 11)]
    assert sandbox.requests.count(path_prefix="/oidc/token") == 1


async def test_creating_a_paginator_sends_no_request(either: Connected, sandbox: Sandbox) -> None:
    either.org.users.list(query="a", page_size=3)
    either.client.organizations.list()
    either.client.roles.list()
    assert len(sandbox.requests) == 0


async def test_users_have_the_values_of_the_roster(either: Connected) -> None:
    users = await either.org.users.list().collect()
    for user in users:
        person = ROSTER[user.username or ""]
        assert user.email == person.email
        assert (user.given_name, user.family_name) == (person.first_name, person.last_name)
        assert user.name == f"{person.first_name} {person.last_name}"
        role = "user" if either.name == "flat" and person.role == "student" else person.role
        assert user.roles == (role,)
        assert user.raw["id"] == user.id


async def test_awaiting_returns_the_first_page(either: Connected, sandbox: Sandbox) -> None:
    page = await either.org.users.list(page_size=7)
    assert len(page) == 7
    assert page.next_cursor is not None
    assert page.previous_cursor is None
    assert len(sandbox.requests) == 2


async def test_the_total_is_set_if_the_provider_reports_it(either: Connected) -> None:
    page = await either.org.users.list(page_size=3)
    reports_total = Capability.TOTAL in either.client.capabilities
    assert (page.total is not None) is reports_total
    assert page.total in {None, 1000}
    assert reports_total is (either.name == "logto")


@pytest.mark.parametrize("page_size", [1, 99, 100])
async def test_page_size_is_respected(either: Connected, sandbox: Sandbox, page_size: int) -> None:
    assert len(await either.org.users.list(page_size=page_size)) == page_size
    size = "limit" if either.name == "flat" else "page_size"
    assert f"{size}={page_size}" in listed(sandbox)[-1][1].split("&")


async def test_a_cursor_resumes_in_a_new_client(either: Connected, connect: Connect, sandbox: Sandbox) -> None:
    page = await either.org.users.list(page_size=100)
    saved = page.next_cursor
    assert saved is not None
    sandbox.requests.clear()
    other = (await connect(either.name)).organization(either.organization_id)
    rest = [user async for user in other.users.list(cursor=saved)]
    assert {user.id for user in page.items}.isdisjoint(user.id for user in rest)
    assert len(rest) == 900
    # The cursor contains the page size.
    assert len(listed(sandbox)) == 9 + (either.name == "flat")


async def test_a_previous_cursor_returns_the_previous_page(either: Connected) -> None:
    first, second, *_ = [page async for page in either.org.users.list(page_size=100).pages()]
    back = await either.org.users.list(cursor=second.previous_cursor)
    assert [user.id for user in back] == [user.id for user in first]


async def test_resuming_from_each_cursor_lists_every_user(either: Connected) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await either.org.users.list(cursor=cursor, page_size=None if cursor else 100)
        seen += [user.id for user in page]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 1000


async def test_leaving_a_loop_early_requests_no_further_page(either: Connected, sandbox: Sandbox) -> None:
    async for _ in either.org.users.list(page_size=10):
        break
    assert len(sandbox.requests) == 2
    assert len(await either.org.users.list(page_size=10).collect(limit=15)) == 15
    assert len(sandbox.requests) == 4


async def test_a_query_filters_users(either: Connected, sandbox: Sandbox) -> None:
    found = await either.org.users.list(query="harm").collect()
    expected = {
        person.username
        for person in ROSTER.values()
        if any("harm" in (text or "").casefold() for text in (person.username, person.email, _name(person.username)))
    }
    assert {user.username for user in found} == expected
    assert "q=harm" in listed(sandbox)[-1][1].split("&")


def _name(username: str) -> str:
    return f"{ROSTER[username].first_name} {ROSTER[username].last_name}"


async def test_a_role_filters_users(either: Connected, sandbox: Sandbox) -> None:
    found = await either.org.users.list(role="teacher").collect()
    assert {user.username for user in found} == TEACHERS
    assert {user.roles for user in found} == {("teacher",)}
    # One more request: GET /me at Flat, the lookup of the role's id at Logto.
    assert len(listed(sandbox)) == 2


async def test_flat_filters_by_the_name_of_a_role(flat: OrgClient, sandbox: Sandbox) -> None:
    await flat.organization().users.list(query="a b&c", role="accountAdmin")
    assert listed(sandbox) == [("/v2/organizations/users", "q=a+b%26c&role=accountAdmin&limit=1000")]


async def test_logto_filters_by_the_id_of_a_role_looked_up_once(logto: OrgClient, sandbox: Sandbox) -> None:
    org = sandbox.logto.organization_id
    users = logto.organization(org).users.list(role="teacher", page_size=30)
    assert len(await users.collect()) == 80
    path, teacher = f"/api/organizations/{org}/users", role_id("teacher")
    assert listed(sandbox) == [
        ("/api/organization-roles", "q=teacher&page=1&page_size=100"),
        *[(path, f"organizationRoleId={teacher}&page={number}&page_size=30") for number in (1, 2, 3)],
    ]


async def test_a_role_is_not_confused_with_a_similar_name(logto: OrgClient, sandbox: Sandbox) -> None:
    # In the search `q`, "_" matches any letter, so it finds "teacher" too.
    with pytest.raises(NotFoundError, match="unknown role 'teache_'") as caught:
        await logto.organization(sandbox.logto.organization_id).users.list(role="teache_")
    assert (caught.value.provider, caught.value.status_code) == ("logto", None)


async def test_an_unknown_role_is_not_found_at_logto(logto: OrgClient, sandbox: Sandbox) -> None:
    org = logto.organization(sandbox.logto.organization_id)
    for ask in (org.users.list(role="Teacher"), org.users.count(role="Teacher")):
        with pytest.raises(NotFoundError, match="'Teacher'"):
            await ask
    assert sandbox.requests.count(path_prefix="/api/organizations") == 0


async def test_an_unknown_role_is_refused_before_a_request_at_flat(flat: OrgClient, sandbox: Sandbox) -> None:
    with pytest.raises(NotFoundError, match=r"unknown role 'student'\. Roles here: user, teacher, admin, accountAdmin"):
        flat.organization().users.list(role="student")
    with pytest.raises(NotFoundError, match="'student'"):
        await flat.organization().users.count(role="student")
    assert len(sandbox.requests) == 0


async def test_a_cursor_is_valid_only_with_its_filters(either: Connected, sandbox: Sandbox) -> None:
    page = await either.org.users.list(role="teacher", page_size=10)
    sandbox.requests.clear()
    for role, query in ((None, None), ("admin", None), ("teacher", "a")):
        with pytest.raises(InvalidCursorError, match="another list"):
            either.org.users.list(cursor=page.next_cursor, role=role, query=query)
    with pytest.raises(InvalidCursorError, match="page_size=10"):
        either.org.users.list(role="teacher", cursor=page.next_cursor, page_size=20)
    assert len(sandbox.requests) == 0
    assert len(await either.org.users.list(role="teacher", cursor=page.next_cursor).collect()) == 70


async def test_an_empty_query_is_no_filter(either: Connected) -> None:
    assert len(await either.org.users.list(query="").collect()) == 1000
    assert await either.org.users.count(query="") == 1000


async def test_no_match_is_an_empty_page(either: Connected) -> None:
    page = await either.org.users.list(query="nobody is called so")
    assert (page.items, page.next_cursor) == ([], None)


# Prefetching, counting, first items


async def test_prefetching_lists_the_same_with_the_same_requests(either: Connected, sandbox: Sandbox) -> None:
    plain = [user.id async for user in either.org.users.list(page_size=100)]
    asked = sorted(listed(sandbox))
    for window in (1, 4):
        sandbox.requests.clear()
        async with either.org.users.list(page_size=100).prefetch(window) as ahead:
            assert [user.id async for user in ahead] == plain
        # The first list has checked the organization and fetched the token.
        assert sorted(listed(sandbox)) == [one for one in asked if one[0] != "/v2/me"]


async def test_the_default_window_uses_the_largest_pages(either: Connected, sandbox: Sandbox) -> None:
    async with either.org.users.list().prefetch() as ahead:
        assert len([page async for page in ahead.pages()]) == REQUESTS[either.name]
    assert len(sandbox.requests) == REQUESTS[either.name] + 1


@pytest.mark.parametrize("window", [1, 4])
async def test_the_error_of_a_failed_page_has_its_cursor(either: Connected, sandbox: Sandbox, window: int) -> None:
    faults, path = (
        (sandbox.flat_faults, "/v2/organizations/users")
        if either.name == "flat"
        else (sandbox.logto_faults, "/api/organizations/")
    )
    faults.add(Respond(500), path=path, nth=4)
    users = either.client.with_options(max_attempts=1).organization(either.organization_id).users
    found: list[str] = []

    async def walk() -> None:
        async with users.list(page_size=100).prefetch(window) as ahead:
            async for user in ahead:
                found.append(user.id)  # noqa: PERF401  # what came before the error is what counts

    with pytest.raises(ServerError) as caught:
        await walk()
    # With parallel requests, any page can be the fourth.
    assert len(found) == 300 if window == 1 else len(found) % 100 == 0
    rest = [user.id for user in await users.list(cursor=caught.value.cursor).collect()]
    assert len(rest) == 1000 - len(found)
    assert set(rest).isdisjoint(found)


async def test_first_requests_a_page_of_one(either: Connected, sandbox: Sandbox) -> None:
    first = await either.org.users.list().first()
    assert first == (await either.org.users.list(page_size=1)).items[0]
    size = "limit=1" if either.name == "flat" else "page=1&page_size=1"
    assert listed(sandbox)[-2:] == [listed(sandbox)[-1]] * 2
    assert listed(sandbox)[-1][1] == size
    assert await either.org.users.list(query="nobody is called so").first() is None


async def test_collect_with_a_limit_requests_a_page_of_that_size(either: Connected, sandbox: Sandbox) -> None:
    assert len(await either.org.users.list().collect(limit=5)) == 5
    assert listed(sandbox)[-1][1] == ("limit=5" if either.name == "flat" else "page=1&page_size=5")
    sandbox.requests.clear()
    assert len(await either.org.users.list().collect(limit=either.largest_page + 1)) in {101, 1000}
    assert len(sandbox.requests) == (1 if either.name == "flat" else 2)


@pytest.mark.parametrize("role", [None, "teacher"])
async def test_counting_uses_the_cheapest_request(either: Connected, sandbox: Sandbox, role: str | None) -> None:
    users = either.org.users.list(role=role)
    assert await users.count() == await either.org.users.count(role=role) == (1000 if role is None else 80)
    paths = [path for path, _ in listed(sandbox)]
    if either.name == "flat":
        assert paths == ["/v2/me", "/v2/organizations/users/count", "/v2/organizations/users/count"]
    else:
        counted = [query for path, query in listed(sandbox) if path.endswith("/users")]
        assert len(counted) == 2
        assert all(query.endswith("page=1&page_size=1") for query in counted)


async def test_counting_other_lists(either: Connected, sandbox: Sandbox) -> None:
    assert await either.client.organizations.list().count() == len(await either.client.organizations.list().collect())
    assert await either.client.roles.list().count() == len(await either.client.roles.list().collect())
    for number in range(3):
        await either.org.invitations.create(f"guest{number}@example.com", roles=["teacher"])
    sandbox.requests.clear()
    assert await either.org.invitations.list().count() == 3
    assert await either.org.invitations.list(status="pending").count() == 3
    assert await either.org.invitations.list(status="accepted").count() == 0
    # One page each. If a list is empty, Logto needs a request to check that the organization exists.
    assert len(sandbox.requests) <= 4


async def test_max_pages_raises_an_error_that_resumes(either: Connected, sandbox: Sandbox) -> None:
    with pytest.raises(PaginationError, match="max_pages=2") as caught:
        await either.org.users.list(page_size=100, max_pages=2).collect()
    assert len(await either.org.users.list(cursor=caught.value.cursor).collect()) == 800
    for make in (either.client.organizations.list, either.client.roles.list, either.org.invitations.list):
        with pytest.raises(InvalidArgumentError, match="max_pages is 0"):
            make(max_pages=0)


async def test_invitations_of_flat_are_filtered_by_the_client(flat: OrgClient, sandbox: Sandbox) -> None:
    invitations = flat.organization().invitations
    for number in range(5):
        await invitations.create(f"guest{number}@example.com", roles=["teacher"])
    sandbox.requests.clear()
    # The client filters each page, so it requests the largest ones.
    assert len(await invitations.list(status="pending").collect(limit=2)) == 2
    assert await invitations.list(email="GUEST4@example.com").first() is not None
    assert {query for _, query in listed(sandbox)} == {"limit=1000"}
    assert len(sandbox.requests) == 2
