"""Read and search accounts (facts/logto.md section 7)."""

from collections import Counter

import httpx
import pytest

from orgsdk.sandbox.logto.records import StoredUser
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.roster import Person

pytestmark = pytest.mark.anyio


async def _total(api: httpx.AsyncClient, *params: tuple[str, str]) -> int:
    response = await api.get("/api/users", params=list(params))
    assert response.status_code == 200, response.text
    return int(response.headers["total-number"])


async def test_users_are_sorted_newest_first(api: httpx.AsyncClient) -> None:
    users = (await api.get("/api/users?page_size=100")).json()
    created = [user["createdAt"] for user in users]
    assert created == sorted(created, reverse=True)
    assert len(set(created)) == 30


@pytest.mark.parametrize(
    ("params", "total"),
    [
        ([("search", "person_03")], 1),
        ([("search", "PERSON_03")], 1),
        ([("search", "person")], 0),
        ([("search", "%@example.org")], 20),
        ([("search.primaryEmail", "person0_@%")], 7),
        ([("search.primary_email", "person00@example.org")], 1),
        ([("search.username", "PERSON_03"), ("mode.username", "exact")], 1),
        ([("search.username", "PERSON_03"), ("mode.username", "exact"), ("isCaseSensitive", "true")], 0),
        ([("search.username", "person_0_"), ("mode", "exact")], 0),
        (
            [("search.username", "person_03"), ("search.username", "person_04"), ("mode.username", "exact")],
            2,
        ),
        ([("search.name", "Ada%"), ("search.username", "%_01"), ("joint", "and")], 1),
        ([("search.username", "%_01"), ("search.primaryEmail", "%03@%")], 2),
        ([("search.name", "nr0[1-3]$"), ("mode.name", "posix")], 3),
        ([("search.name", "NR0[1-3]"), ("mode.name", "posix"), ("isCaseSensitive", "1")], 0),
        ([("search.name", "[[:alpha:]]"), ("mode.name", "posix")], 0),
        ([("search.name", "Ada Nr(01|02)"), ("mode", "similar_to"), ("isCaseSensitive", "true")], 2),
        ([("search.name", "%Nr._"), ("mode", "similar_to"), ("isCaseSensitive", "true")], 0),
        ([("search.username", "person\\_03")], 1),
        ([("search.primaryPhone", "1202%")], 1),
        ([("q", "nobody")], 30),
    ],
)
async def test_users_can_be_searched(api: httpx.AsyncClient, params: list[tuple[str, str]], total: int) -> None:
    assert await _total(api, *params) == total


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (
            "search.bogusField=x",
            "Search field `bogus_field` is not valid, expect one of id, primary_email, primary_phone, username, name.",
        ),
        (
            "search=x&mode=nope",
            "Search match mode `nope` is not valid, expect one of exact, like, similar_to, posix.",
        ),
        (
            "search.name=x&mode.name=nope",
            "Search match mode `nope` for field `name` is not valid, expect one of exact, like, similar_to, posix.",
        ),
        ("search=x&joint=nor", "Search joint mode `nor` is not valid, expect one of and, or."),
        ("search=", "Search value cannot be empty."),
        ("search.id=&search.id=x&mode.id=exact", "Search value cannot be empty."),
        (
            "search=a&search=b",
            "Only one search value is allowed when search mode is not `exact`.",
        ),
        ("search=a&mode=similar_to", "Cannot use case-insensitive match for `similar to`."),
        (
            "search.a.b=x",
            "Unsupported nested search field path `a.b` detected. Only the first level field is supported.",
        ),
    ],
)
async def test_an_invalid_search_is_rejected(api: httpx.AsyncClient, query: str, reason: str) -> None:
    response = await api.get(f"/api/users?{query}")
    assert response.status_code == 400
    assert response.json() == {
        "code": "request.invalid_input",
        "data": {},
        "message": f"Input is invalid. {reason}",
    }


@pytest.mark.parametrize("query", ["search.name=(&mode.name=posix", "search=%00", "search=a%5C"])
async def test_a_pattern_that_the_database_rejects_is_an_internal_error(api: httpx.AsyncClient, query: str) -> None:
    response = await api.get(f"/api/users?{query}")
    assert (response.status_code, response.json()) == (500, {"message": "Internal server error."})


async def test_members_of_an_organization_can_be_excluded(api: httpx.AsyncClient, state: LogtoState) -> None:
    assert await _total(api, ("excludeOrganizationId", state.organization_id)) == 0
    assert await _total(api, ("excludeOrganizationId", "missing")) == 30
    both = await api.get("/api/users?excludeRoleId=a&excludeOrganizationId=b")
    assert (both.status_code, set(both.json())) == (400, {"code", "message"})


async def test_get_returns_one_user(api: httpx.AsyncClient) -> None:
    user = (await api.get("/api/users?search=person_00")).json()[0]
    assert user["lastSignInAt"] is not None
    assert user["avatar"].startswith("https://")
    assert user["profile"] == {"givenName": "Ada", "familyName": "Nr00"}
    assert user["customData"] == {"externalId": "S000", "group": "5A"}
    path = f"/api/users/{user['id']}"
    assert (await api.get(path)).json() == user
    more = (await api.get(path, params={"includeSsoIdentities": "yes", "includePasswordHash": "1"})).json()
    assert more == {**user, "ssoIdentities": [], "passwordDigest": None, "passwordAlgorithm": None}
    assert (await api.get(path.upper().replace("/API/USERS", "/api/users"))).status_code == 404


async def test_the_password_hash_can_be_included(api: httpx.AsyncClient, state: LogtoState) -> None:
    state.store.users.put(StoredUser("u", 1, 1, password_digest="x", password_algorithm="Argon2i"))
    user = (await api.get("/api/users/u", params={"includePasswordHash": "true"})).json()
    assert (user["hasPassword"], user["passwordDigest"], user["passwordAlgorithm"]) == (True, "x", "Argon2i")


async def test_the_organizations_of_a_user_are_listed(api: httpx.AsyncClient, state: LogtoState) -> None:
    admin = (await api.get("/api/users?search=person_00")).json()[0]["id"]
    response = await api.get(f"/api/users/{admin}/organizations", params={"page": 1, "page_size": 1})
    assert [row["name"] for row in response.json()] == ["Harmony School", "Melody Academy"]
    assert [role["name"] for role in response.json()[0]["organizationRoles"]] == ["admin"]
    assert {"total-number", "link"}.isdisjoint(response.headers)
    state.store.users.put(StoredUser("lonely", 1, 1))
    assert (await api.get("/api/users/lonely/organizations")).json() == []
    state.store.memberships.put("deleted", "lonely")
    assert (await api.get("/api/users/lonely/organizations")).json() == []
    missing = await api.get("/api/users/missing/organizations")
    assert (missing.status_code, missing.json()["code"]) == (404, "entity.not_found")


async def test_a_changed_user_is_not_served_from_the_cache(api: httpx.AsyncClient, state: LogtoState) -> None:
    path = f"/api/organizations/{state.organization_id}/users"
    for name in ("first", "second"):
        user_id = next(iter(state.store.users)).id
        state.store.users.put(StoredUser(user_id, 1, 1, name=name))
        for listed in ("/api/users", path):
            rows = (await api.get(listed, params={"page_size": 100})).json()
            assert [row["name"] for row in rows if row["id"] == user_id] == [name]


# Measured on a real Logto: facts/logto.md section 4, "Is paging stable?".
@pytest.mark.parametrize(("page_size", "unique", "times"), [(20, 1952, 49), (100, 1992, 9)])
async def test_users_with_one_creation_time_repeat_across_pages(
    api: httpx.AsyncClient, state: LogtoState, page_size: int, unique: int, times: int
) -> None:
    people = [Person(str(n), f"u{n}", None, "A", "B", "student", None) for n in range(2000)]
    state.seed(people, created_at=1_800_000_000_000)
    seen: Counter[str] = Counter()
    for page in range(1, 2000 // page_size + 1):
        response = await api.get("/api/users", params={"page": page, "page_size": page_size})
        assert response.headers["total-number"] == "2000"
        seen.update(user["id"] for user in response.json())
    assert seen.total() == 2000
    assert len(seen) == unique
    assert [count for count in seen.values() if count > 1] == [times]


async def test_equal_creation_times_depend_on_the_page(api: httpx.AsyncClient, state: LogtoState) -> None:
    state.seed([])
    for number in range(200):
        state.store.users.put(StoredUser(f"u{number}", number * 7 % 20, 1))
    seen: Counter[str] = Counter()
    for page in range(1, 21):
        rows = (await api.get("/api/users", params={"page": page, "page_size": 10})).json()
        assert [row["createdAt"] for row in rows] == [20 - page] * 10
        seen.update(row["id"] for row in rows)
    assert seen.total() == 200
    again = (await api.get("/api/users", params={"page_size": 10})).json()
    assert again == (await api.get("/api/users", params={"page_size": 10})).json()
