"""List and count accounts, seed accounts, and `GET /me`."""

import re
from dataclasses import replace
from typing import Any

import pytest
from httpx import AsyncClient

from orgsdk.sandbox import Person, default_roster
from orgsdk.sandbox.flat.auth import TokenInfo
from orgsdk.sandbox.flat.records import AccountRecord, LicenseRecord, object_id
from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

USERS = "/organizations/users"


def license_until(day: str, *, active: bool) -> LicenseRecord:
    return LicenseRecord("f" * 24, f"{day}T23:59:59.000Z", "order", "site", active)


@pytest.fixture
def state(people: list[Person]) -> FlatState:
    """Return the small school with licenses and test accounts that these tests need."""
    state = FlatState(people)
    changes: dict[str, dict[str, Any]] = {
        "zoe": {"license": license_until("2030-01-31", active=True), "last_activity_date": "2026-01-02T00:00:00.000Z"},
        "wang": {"license": license_until("2020-01-31", active=False), "last_activity_date": None},
        "pupil1": {"license": license_until("2031-06-30", active=True), "is_testing_student": True},
        "pupil2": {"last_activity_date": "2026-01-01T00:00:00.000Z"},
    }
    for user in state.users.values():
        plain = replace(user, license=None, last_activity_date="2025-01-01T00:00:00.000Z")
        plain = plain if user.is_testing_student is None else replace(plain, is_testing_student=False)
        state.users[user.id] = replace(plain, **changes.get(user.username, {}))
    return state


async def listed(http: AsyncClient, query: str) -> list[str]:
    response = await http.get(f"{USERS}?{query}")
    assert response.status_code == 200, response.text
    return [user["username"].replace("pupil", "") for user in response.json()]


PUPILS = [str(n) for n in range(1, 8)]

FILTERS = [
    ("role=user", PUPILS),
    ("role=teacher&role=admin", ["principal", "zoe", "wang"]),
    ("role=accountAdmin", []),
    (f"group={object_id('group', '6A')}", ["5", "6", "7"]),
    (f"group={object_id('group', '6A')}&group={object_id('group', '5B')}", PUPILS),
    ("group=5B", []),
    ("q=PUPIL", PUPILS),
    ("q=head%40example.ORG", ["principal"]),
    ("q=%C3%A9lu", ["1"]),
    ("q=o%27brien", ["zoe"]),
    ("q=%E7%8E%8B", ["wang"]),
    (f"q={object_id('user', 'pupil3')}", ["3"]),
    (f"q={object_id('user', 'pupil3')[:-1]}", []),
    ("q=", ["principal", "zoe", "wang", *PUPILS]),
    ("q=adams&role=user&role=teacher", ["2", "3"]),
    ("noActiveLicense=true", ["principal", "wang", *PUPILS[1:]]),
    ("noActiveLicense=false&role=teacher", ["zoe", "wang"]),
    ("testAccounts=only", ["1"]),
    ("testAccounts=exclude", ["principal", "zoe", "wang", *PUPILS[1:]]),
    ("licenseExpirationDate=active", ["zoe", "1"]),
    ("licenseExpirationDate=notActive&role=teacher", ["wang"]),
    ("licenseExpirationDate=2020-01-31", ["wang"]),
    ("licenseExpirationDate=2031-07-01T01:00:00%2B02:00&licenseExpirationDate=2020-01-31", ["wang", "1"]),
    ("licenseExpirationDate=2019-01-31", []),
]


@pytest.mark.parametrize(("query", "usernames"), FILTERS)
async def test_the_list_can_be_filtered(http: AsyncClient, query: str, usernames: list[str]) -> None:
    assert await listed(http, query) == usernames
    count = await http.get(f"{USERS}/count?{query}")
    assert (count.status_code, count.text) == (200, str(len(usernames)))


@pytest.mark.parametrize(
    ("query", "usernames"),
    [
        ("", ["principal", "zoe", "wang", *PUPILS]),
        ("direction=desc", [*PUPILS[::-1], "wang", "zoe", "principal"]),
        ("role=user&sort=lastname", ["4", "2", "3", "5", "6", "7", "1"]),
        ("role=user&sort=lastname&direction=asc", ["4", "2", "3", "5", "6", "7", "1"]),
        ("role=user&sort=lastname&direction=desc", ["1", "7", "6", "5", "3", "2", "4"]),
        ("role=user&sort=firstname", ["5", "3", "1", "2", "4", "6", "7"]),
        ("role=teacher&sort=lastActivityDate", ["wang", "zoe"]),
        ("q=pupil2&sort=licenseExpirationDate", ["2"]),
        ("role=teacher&role=admin&sort=licenseExpirationDate&direction=desc", ["zoe", "wang", "principal"]),
    ],
)
async def test_the_list_can_be_sorted(http: AsyncClient, query: str, usernames: list[str]) -> None:
    assert await listed(http, query) == usernames


async def test_only_ids_returns_strings_or_objects(http: AsyncClient, state: FlatState) -> None:
    ids = [user.id for user in state.users.values() if user.role == "teacher"]
    assert (await http.get(f"{USERS}?onlyIds=true&role=teacher")).json() == ids
    state.only_ids_as = "objects"
    assert (await http.get(f"{USERS}?onlyIds=true&role=teacher")).json() == [{"id": user_id} for user_id in ids]


async def test_fields_without_a_value_are_omitted(http: AsyncClient, state: FlatState) -> None:
    zoe, pupil = (await http.get(f"{USERS}?q=zoe")).json() + (await http.get(f"{USERS}?q=pupil4")).json()
    assert zoe | {"picture": None, "badges": []} == {
        "id": object_id("user", "zoe"),
        "type": "user",
        "product": "flatEdu",
        "username": "zoe",
        "printableName": "Zoé O'Brien",
        "firstname": "Zoé",
        "lastname": "O'Brien",
        "email": "zoe@example.org",
        "picture": None,
        "badges": [],
        "organization": state.organization_id,
        "organizationRole": "teacher",
        "classRole": "teacher",
        "lastActivityDate": "2026-01-02T00:00:00.000Z",
        "license": {
            "id": "f" * 24,
            "expirationDate": "2030-01-31T23:59:59.000Z",
            "source": "order",
            "mode": "site",
            "active": True,
        },
    }
    assert {"email", "lastname", "license"}.isdisjoint(pupil)
    assert (pupil["printableName"], pupil["isEduTestingStudent"]) == ("Di", False)
    assert pupil["groups"] == [state.groups["5B"]] == [object_id("group", "5B")]


async def test_a_changed_account_is_not_served_from_the_cache(http: AsyncClient, state: FlatState) -> None:
    assert await listed(http, "q=zoe") == ["zoe"]
    zoe: AccountRecord = state.users[object_id("user", "zoe")]
    state.users[zoe.id] = replace(zoe, username="zoë", firstname=None, lastname=None)
    (shown,) = (await http.get(f"{USERS}?q=zo%C3%AB")).json()
    assert (shown["username"], shown["printableName"]) == ("zoë", "zoë")


async def test_the_default_roster_has_every_kind_of_account(http: AsyncClient, state: FlatState) -> None:
    state.seed(default_roster())
    users = (await http.get(f"{USERS}?limit=1000")).json()
    assert len({user["id"] for user in users}) == 1000
    assert all(re.fullmatch("[0-9a-f]{24}", user["id"]) for user in users)
    for field in ("email", "lastActivityDate", "license", "groups", "isEduTestingStudent", "classRole"):
        assert 0 < sum(field in user for user in users) < 1000, field
    assert all("picture" in user for user in users)
    assert 0 < sum(user["picture"] is not None for user in users) < 200
    assert any(user["badges"] for user in users)
    assert {user["organizationRole"] for user in users} == {"user", "teacher", "admin"}
    active = [user["license"]["active"] for user in users if "license" in user]
    assert 0 < sum(active) < len(active)
    assert any(user.get("isEduTestingStudent") for user in users)


def test_the_same_roster_creates_the_same_accounts(people: list[Person]) -> None:
    assert FlatState(people).users == FlatState(people).users
    assert FlatState(people).token != FlatState(people).token


def test_a_repeated_username_is_rejected(people: list[Person]) -> None:
    with pytest.raises(ValueError, match="have the same username"):
        FlatState([*people, people[0]])


def test_seed_resets_settings_and_keeps_token_and_organization(people: list[Person]) -> None:
    state = FlatState(people)
    kept = (state.token, state.organization_id)
    users = state.users.copy()
    state.users.clear()
    state.tokens.clear()
    state.page_cap, state.rate_limit, state.back_relation, state.only_ids_as = 1, 1, "prev", "objects"
    state.seed(people)
    assert state.users == users
    settings: list[object] = [state.page_cap, state.rate_limit, state.back_relation, state.only_ids_as]
    assert settings == [None, 7200, "previous", "strings"]
    assert (state.token, state.organization_id) == kept
    assert list(state.tokens) == [state.token]


# GET /me


async def test_me_is_the_first_admin_of_the_roster(http: AsyncClient, state: FlatState) -> None:
    me = (await http.get("/me")).json()
    assert me["id"] == object_id("user", "principal")
    assert (me["organization"], me["organizationRole"]) == (state.organization_id, "admin")
    assert (me["type"], me["product"], me["username"]) == ("user", "flatEdu", "principal")
    assert "email" not in me


async def test_me_can_return_only_the_id(http: AsyncClient) -> None:
    assert (await http.get("/me?onlyId=true")).json() == {"id": object_id("user", "principal")}
    assert (await http.get("/me?onlyId=false")).json().keys() > {"id"}
    assert (await http.get("/me?onlyId=yes")).json()["param"] == "onlyId"


async def test_me_is_the_account_of_the_token(http: AsyncClient, state: FlatState) -> None:
    state.tokens["delegated"] = TokenInfo(user_id=object_id("user", "pupil1"))
    me = (await http.get("/me", headers={"Authorization": "Bearer delegated"})).json()
    assert (me["username"], me["classRole"]) == ("pupil1", "student")


async def test_me_exists_without_an_admin_in_the_roster(http: AsyncClient, state: FlatState) -> None:
    state.seed([Person("S1", "bob", None, "Bob", "B", "student", None)])
    assert (await http.get("/me")).json()["organizationRole"] == "admin"
    assert [user["username"] for user in (await http.get("/organizations/users")).json()] == ["bob"]
