"""Create, update and remove accounts."""

from dataclasses import replace
from typing import Any

import pytest
from httpx import AsyncClient, Response

from orgsdk.sandbox.flat.auth import TokenInfo
from orgsdk.sandbox.flat.records import AccountRecord, object_id
from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

USERS = "/organizations/users"
ZOE, PUPIL = object_id("user", "zoe"), object_id("user", "pupil1")


def refused(response: Response) -> tuple[int, str, str | None]:
    body = response.json()
    return response.status_code, body["code"], body.get("param")


# Creation


async def test_create_returns_the_account(http: AsyncClient, state: FlatState) -> None:
    response = await http.post(
        USERS,
        json={
            "username": "Neo",
            "password": "matrix",
            "firstname": "Thomas",
            "lastname": "Anderson",
            "email": "Neo@Example.org",
            "locale": "fr_ca",
            "role": "teacher",
            "unknown": [None],
        },
    )
    user_id = response.json()["id"]
    assert response.status_code == 200
    assert response.json() == {
        "id": user_id,
        "type": "user",
        "product": "flatEdu",
        "username": "Neo",
        "picture": None,
        "printableName": "Thomas Anderson",
        "badges": [],
        "organization": state.organization_id,
        "organizationRole": "teacher",
        "firstname": "Thomas",
        "lastname": "Anderson",
        "classRole": "teacher",
        "email": "Neo@Example.org",
    }
    kept = state.users[user_id]
    assert (kept.password, kept.locale) == ("matrix", "fr-CA")
    assert "matrix" not in repr(kept)
    listed = (await http.get(f"{USERS}?direction=desc&limit=1")).json()
    assert listed == [response.json()]


async def test_create_defaults_to_a_user_and_omits_empty_fields(http: AsyncClient, state: FlatState) -> None:
    body = {"username": "neo", "password": "matrix", "firstname": "", "lastname": ""}
    created = (await http.post(USERS, json=body)).json()
    assert (created["organizationRole"], created["printableName"]) == ("user", "neo")
    assert {"firstname", "lastname", "email"}.isdisjoint(created)
    assert state.users[created["id"]].locale == "en"


@pytest.mark.parametrize(
    ("locale", "kept"),
    [("de", "de"), ("EN-gb", "en-GB"), ("fr-BE", "fr"), ("zh_hk", "zh-HK"), ("tlh", "en"), ("", "en")],
)
async def test_the_locale_is_normalized(http: AsyncClient, state: FlatState, locale: str, kept: str) -> None:
    created = await http.post(USERS, json={"username": "neo", "password": "matrix", "locale": locale})
    state.tokens["own"] = TokenInfo(user_id=created.json()["id"])
    assert (await http.get("/me", headers={"Authorization": "Bearer own"})).json()["locale"] == kept


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"username": None}, "username"),
        ({"username": ""}, "username"),
        ({"username": "x" * 31}, "username"),
        ({"username": 1}, "username"),
        ({"password": "12345"}, "password"),
        ({"password": "x" * 1001}, "password"),
        ({"firstname": "x" * 61}, "firstname"),
        ({"lastname": None}, "lastname"),
        ({"email": ""}, "email"),
        ({"email": "neo"}, "email"),
        ({"email": "neo@localhost"}, "email"),
        ({"locale": 1}, "locale"),
        ({"role": "student"}, "role"),
        ({"role": None}, "role"),
    ],
)
async def test_an_invalid_field_is_rejected_and_named(
    http: AsyncClient, state: FlatState, changes: dict[str, Any], param: str
) -> None:
    response = await http.post(USERS, json={"username": "neo", "password": "matrix"} | changes)
    assert refused(response) == (400, "CLIENT_ERROR", param)
    assert len(state.users) == 10


async def test_a_lone_surrogate_is_rejected(http: AsyncClient) -> None:
    content = b'{"username": "\\ud800", "password": "matrix"}'
    response = await http.post(USERS, content=content, headers={"Content-Type": "application/json"})
    assert refused(response) == (400, "CLIENT_ERROR", "username")


@pytest.mark.parametrize("missing", ["username", "password"])
async def test_username_and_password_are_required(http: AsyncClient, missing: str) -> None:
    body = {name: "matrix" for name in ("username", "password") if name != missing}
    assert refused(await http.post(USERS, json=body)) == (400, "CLIENT_ERROR", missing)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_not_an_object_is_rejected(http: AsyncClient, content: bytes) -> None:
    response = await http.post(USERS, content=content, headers={"Content-Type": "application/json"})
    assert refused(response) == (400, "CLIENT_ERROR", None)


async def test_a_body_that_is_not_json_is_rejected(http: AsyncClient) -> None:
    assert refused(await http.post(USERS, data={"username": "neo"})) == (400, "CLIENT_ERROR", None)
    typed = {"Content-Type": "application/json; charset=utf-8"}
    body = b'{"username": "neo", "password": "matrix"}'
    assert (await http.post(USERS, content=body, headers=typed)).status_code == 200


async def test_usernames_are_unique_in_any_case(http: AsyncClient, state: FlatState) -> None:
    body = {"username": "ZOE", "password": "matrix"}
    assert refused(await http.post(USERS, json=body)) == (409, "CLIENT_ERROR", "username")
    state.conflict_status = 400
    assert refused(await http.post(USERS, json=body)) == (400, "CLIENT_ERROR", "username")
    assert (await http.delete(f"{USERS}/{ZOE}")).status_code == 204
    created = await http.post(USERS, json=body)
    assert created.status_code == 200
    assert created.json()["id"] != ZOE


async def test_email_addresses_are_unique_only_if_configured(http: AsyncClient, state: FlatState) -> None:
    body = {"username": "neo", "password": "matrix", "email": "ZOE@example.org"}
    assert (await http.post(USERS, json=body)).status_code == 200
    state.unique_emails = True
    assert refused(await http.post(USERS, json=body | {"username": "trinity"})) == (409, "CLIENT_ERROR", "email")
    assert (await http.post(USERS, json={"username": "trinity", "password": "matrix"})).status_code == 200


# Update


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"username": "z"}, {"username": "z"}),
        ({"username": "ZOE"}, {"username": "ZOE"}),
        ({"firstname": "Z"}, {"firstname": "Z", "printableName": "Z O'Brien"}),
        ({"lastname": "B"}, {"lastname": "B", "printableName": "Zoé B"}),
        ({"email": "z@example.com"}, {"email": "z@example.com"}),
        ({"organizationRole": "user"}, {"organizationRole": "user", "classRole": "student"}),
        ({"password": "secret"}, {}),
        ({}, {}),
        # Only for create.
        ({"role": "admin", "locale": "de"}, {}),
    ],
)
async def test_update_changes_only_the_given_fields(
    http: AsyncClient, state: FlatState, changes: dict[str, Any], shown: dict[str, Any]
) -> None:
    order = list(state.users)
    (before,) = (await http.get(f"{USERS}?q={ZOE}")).json()
    response = await http.put(f"{USERS}/{ZOE}", json=changes)
    assert (response.status_code, response.json()) == (200, before | shown)
    assert (await http.get(f"{USERS}?q={ZOE}")).json() == [response.json()]
    assert state.users[ZOE].password == changes.get("password")
    assert list(state.users) == order


async def test_update_clears_an_empty_name_and_an_admin_has_no_class_role(http: AsyncClient) -> None:
    changes = {"firstname": "", "lastname": "", "organizationRole": "accountAdmin"}
    updated = (await http.put(f"{USERS}/{ZOE}", json=changes)).json()
    assert {"firstname", "lastname", "classRole"}.isdisjoint(updated)
    assert (updated["printableName"], updated["organizationRole"]) == ("zoe", "accountAdmin")


@pytest.mark.parametrize(
    ("changes", "status", "param"),
    [
        ({"username": "wang"}, 409, "username"),
        ({"username": "WANG"}, 409, "username"),
        ({"username": ""}, 400, "username"),
        ({"email": ""}, 400, "email"),
        ({"email": None}, 400, "email"),
        ({"firstname": None}, 400, "firstname"),
        ({"password": "short"}, 400, "password"),
        ({"organizationRole": "student"}, 400, "organizationRole"),
    ],
)
async def test_an_invalid_update_changes_nothing(
    http: AsyncClient, state: FlatState, changes: dict[str, Any], status: int, param: str
) -> None:
    before = state.users[ZOE]
    response = await http.put(f"{USERS}/{ZOE}", json={"lastname": "B"} | changes)
    assert refused(response) == (status, "CLIENT_ERROR", param)
    assert state.users[ZOE] is before


# Removal


async def test_removing_deletes_the_account(http: AsyncClient, state: FlatState) -> None:
    before = state.users[PUPIL]
    response = await http.delete(f"{USERS}/{PUPIL}")
    assert (response.status_code, response.content) == (204, b"")
    assert (state.deleted, state.individuals) == ({PUPIL: before}, {})
    assert (await http.get(f"{USERS}?q=pupil1")).json() == []


@pytest.mark.parametrize(("query", "kept"), [("true", True), ("false", False)])
async def test_removing_can_convert_the_account_to_an_individual(
    http: AsyncClient, state: FlatState, query: str, kept: bool
) -> None:
    assert (await http.delete(f"{USERS}/{PUPIL}?convertToIndividual={query}")).status_code == 204
    assert (PUPIL in state.individuals, PUPIL in state.deleted) == (kept, not kept)
    assert PUPIL not in state.users


async def test_an_individual_account_has_no_education_data(http: AsyncClient, state: FlatState) -> None:
    before = state.users[PUPIL]
    assert before.groups
    await http.delete(f"{USERS}/{PUPIL}?convertToIndividual=true")
    plain: AccountRecord = replace(before, class_role=None, groups=(), license=None, is_testing_student=None)
    assert state.individuals[PUPIL] == plain


async def test_removing_rejects_an_invalid_flag(http: AsyncClient, state: FlatState) -> None:
    response = await http.delete(f"{USERS}/{PUPIL}?convertToIndividual=1")
    assert refused(response) == (400, "CLIENT_ERROR", "convertToIndividual")
    assert PUPIL in state.users


async def test_removing_revokes_the_tokens_of_the_account(http: AsyncClient, state: FlatState) -> None:
    state.tokens["delegated"] = TokenInfo(user_id=PUPIL)
    await http.delete(f"{USERS}/{PUPIL}")
    assert (await http.get("/me", headers={"Authorization": "Bearer delegated"})).status_code == 401
    assert (await http.get("/me")).status_code == 200


async def test_the_servers_own_token_stays_valid_without_its_account(http: AsyncClient, state: FlatState) -> None:
    own = state.own_account
    assert (await http.put(f"{USERS}/{own.id}", json={"organizationRole": "user"})).status_code == 200
    assert (await http.get("/me")).json()["organizationRole"] == "user"
    for user_id in list(state.users):
        assert (await http.delete(f"{USERS}/{user_id}")).status_code == 204
    assert (await http.get("/me")).json()["id"] == own.id
    assert (await http.get(f"{USERS}/count")).json() == 0


@pytest.mark.parametrize("user", ["nobody", "count", "f" * 24, "%00", PUPIL.upper()])
async def test_an_unknown_account_is_404(http: AsyncClient, user: str) -> None:
    for response in (await http.put(f"{USERS}/{user}", json={}), await http.delete(f"{USERS}/{user}")):
        assert refused(response) == (404, "NOT_FOUND", None)


async def test_ids_are_the_same_in_every_run_and_not_reused(people: Any, http: AsyncClient) -> None:
    body = {"username": "neo", "password": "matrix"}
    first = (await http.post(USERS, json=body)).json()["id"]
    await http.delete(f"{USERS}/{first}")
    second = (await http.post(USERS, json=body)).json()["id"]
    again = FlatState(people)
    assert [first, second] == [again.next_id("user")[1] for _ in range(2)]
