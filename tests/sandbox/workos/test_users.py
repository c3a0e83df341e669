"""Accounts of the environment."""

from typing import Any

import httpx
import pytest

from orgsdk.sandbox.workos.state import WorkOSState
from tests.sandbox.workos.calls import MEMBERSHIPS, USERS, codes, make_user

pytestmark = pytest.mark.anyio

BCRYPT = "$2b$12$" + "a" * 53


async def test_create_get_and_list(api: httpx.AsyncClient) -> None:
    made = await make_user(
        api,
        "Ada@example.org",
        first_name="Ada",
        last_name="Lovelace",
        email_verified=True,
        external_id="x/1",
        metadata={"group": "5A"},
        password="correct horse",
        phone="ignored",
    )
    assert {name: made[name] for name in ("email", "name", "email_verified", "external_id", "metadata")} == {
        "email": "Ada@example.org",
        "name": "Ada Lovelace",
        "email_verified": True,
        "external_id": "x/1",
        "metadata": {"group": "5A"},
    }
    assert not made.keys() & {"password", "phone"}
    assert (await api.get(f"{USERS}/{made['id']}")).json() == made
    assert (await api.get(f"{USERS}/external_id/x%2F1")).json() == made
    assert (await api.get(USERS)).json()["data"][0] == made


@pytest.mark.parametrize("fields", [{}, {"first_name": None, "metadata": None, "external_id": None, "password": None}])
async def test_an_address_is_enough(api: httpx.AsyncClient, state: WorkOSState, fields: dict[str, Any]) -> None:
    made = await make_user(api, "a@example.org", **fields)
    assert (made["first_name"], made["name"], made["email_verified"], made["metadata"]) == (None, None, False, {})
    assert state.store.users[made["id"]].password is None


async def test_an_address_belongs_to_one_account(api: httpx.AsyncClient) -> None:
    response = await api.post(USERS, json={"email": "PERSON00@EXAMPLE.ORG"})
    assert codes(response) == (400, "user_creation_error")
    assert [error["code"] for error in response.json()["errors"]] == ["email_not_available"]


async def test_an_external_id_belongs_to_one_account(api: httpx.AsyncClient) -> None:
    response = await api.post(USERS, json={"email": "new@example.org", "external_id": "S000"})
    assert codes(response) == (400, "user_creation_error")
    assert [error["code"] for error in response.json()["errors"]] == ["external_id_already_used"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"email": 5}, (422, "invalid_request_parameters")),
        ({"email": "no address"}, (422, "invalid_request_parameters")),
        ({"first_name": 5}, (422, "invalid_request_parameters")),
        ({"email_verified": "yes"}, (422, "invalid_request_parameters")),
        ({"metadata": {"a": 1}}, (400, "invalid_metadata")),
        ({"password": "short"}, (400, "password_strength_error")),
        ({"password": "long enough", "password_hash": BCRYPT}, (400, "password_and_password_hash_provided")),
        (
            {"password": "long enough", "password_hash_type": "bcrypt"},
            (400, "password_and_password_hash_type_provided"),
        ),
        ({"password_salt_position": "prefix"}, (400, "password_salt_position_requires_password_hash")),
        ({"password_hash": BCRYPT}, (422, "invalid_request_parameters")),
        ({"password_hash": BCRYPT, "password_hash_type": "md5"}, (422, "invalid_request_parameters")),
        ({"password_hash": "nonsense", "password_hash_type": "bcrypt"}, (400, "invalid_password_hash")),
        ({"password_hash": "", "password_hash_type": "ssha"}, (400, "invalid_password_hash")),
    ],
)
async def test_a_wrong_body_is_refused(
    api: httpx.AsyncClient, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    before = (await api.get(USERS)).json()
    assert codes(await api.post(USERS, json={"email": "new@example.org", **fields})) == expected
    if "email" not in fields:
        user_id = before["data"][0]["id"]
        assert codes(await api.put(f"{USERS}/{user_id}", json=fields)) == expected
    assert (await api.get(USERS)).json() == before


async def test_a_missing_address_is_refused(api: httpx.AsyncClient) -> None:
    assert codes(await api.post(USERS, json={"first_name": "A"})) == (422, "invalid_request_parameters")


async def test_a_password_or_a_hash_is_stored(api: httpx.AsyncClient, state: WorkOSState) -> None:
    made = await make_user(api, "a@example.org", password_hash=BCRYPT, password_hash_type="bcrypt")
    assert state.store.users[made["id"]].password_hash == BCRYPT
    await api.put(f"{USERS}/{made['id']}", json={"password": "long enough"})
    assert state.store.users[made["id"]].password == "long enough"


async def test_an_update_changes_the_given_fields_alone(api: httpx.AsyncClient) -> None:
    made = await make_user(api, "a@example.org", first_name="A", external_id="x1", email_verified=True)
    path = f"{USERS}/{made['id']}"
    assert {**(await api.put(path, json={})).json(), "updated_at": made["updated_at"]} == made
    changed = (await api.put(path, json={"last_name": "B", "locale": "fr-CA", "email": "b@example.org"})).json()
    assert (changed["first_name"], changed["last_name"], changed["locale"]) == ("A", "B", "fr-CA")
    assert (changed["email"], changed["email_verified"]) == ("b@example.org", False)
    assert (await api.get(USERS, params={"email": "a@example.org"})).json()["data"] == []
    cleared = (await api.put(path, json={"external_id": None, "locale": None})).json()
    assert (cleared["external_id"], cleared["locale"]) == (None, None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"first_name": None}, (422, "invalid_request_parameters")),
        ({"email": None}, (422, "invalid_request_parameters")),
        ({"email": "no address"}, (400, "invalid_email")),
        ({"email": "person01@example.org"}, (400, "email_not_available")),
        ({"external_id": "S001"}, (400, "external_id_already_used")),
        ({"locale": "no locale"}, (400, "invalid_locale")),
    ],
)
async def test_a_wrong_update_is_refused(
    api: httpx.AsyncClient, state: WorkOSState, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    user = next(iter(state.store.users))
    assert codes(await api.put(f"{USERS}/{user.id}", json=fields)) == expected
    assert state.store.users[user.id] is user


async def test_the_own_address_in_another_case_is_a_change(api: httpx.AsyncClient, state: WorkOSState) -> None:
    user = next(iter(state.store.users))
    changed = (await api.put(f"{USERS}/{user.id}", json={"email": "person00@EXAMPLE.org"})).json()
    assert changed["email"] == "person00@EXAMPLE.org"


async def test_a_fixed_address_cannot_be_changed(api: httpx.AsyncClient, state: WorkOSState) -> None:
    user = next(iter(state.store.users))
    state.fixed_emails.add(user.id)
    response = await api.put(f"{USERS}/{user.id}", json={"email": "new@example.org"})
    assert codes(response) == (400, "email_change_not_allowed")


async def test_the_list_is_filtered_by_address_and_organization(api: httpx.AsyncClient, state: WorkOSState) -> None:
    alone = await make_user(api, "alone@example.org")
    first = next(iter(state.store.users))

    async def found(**query: str) -> list[str]:
        return [user["id"] for user in (await api.get(USERS, params=query)).json()["data"]]

    assert await found(email="ALONE@example.org") == [alone["id"]]
    assert await found(email="nobody@example.org") == []
    school, academy = [one.id for one in state.store.organizations][:2]
    assert await found(organization_id=academy) == [first.id]
    assert await found(organization=academy) == [first.id]
    assert len(await found(organization_id=school, limit="100")) == 30
    assert await found(organization_id=school, email="alone@example.org") == []
    assert await found(organization_id=school, email=first.email) == [first.id]
    assert await found(organization_id="org_x") == []


async def test_the_list_of_an_organization_has_inactive_members(api: httpx.AsyncClient, state: WorkOSState) -> None:
    academy = [one.id for one in state.store.organizations][1]
    (membership,) = state.store.memberships.having("organization", academy)
    await api.put(f"{MEMBERSHIPS}/{membership.id}/deactivate")
    assert len((await api.get(USERS, params={"organization_id": academy})).json()["data"]) == 1


async def test_deletion_takes_memberships_along_and_frees_the_address(
    api: httpx.AsyncClient, state: WorkOSState
) -> None:
    user = next(iter(state.store.users))
    response = await api.delete(f"{USERS}/{user.id}")
    assert (response.status_code, response.content) == (200, b"")
    for method in ("GET", "DELETE", "PUT"):
        response = await api.request(method, f"{USERS}/{user.id}", json={})
        assert codes(response) == (404, None)
    assert state.store.memberships.having("user", user.id) == []
    again = await make_user(api, user.email, external_id=user.external_id)
    assert again["id"] != user.id
    query = {"organization_id": state.organization_id, "email": user.email}
    assert (await api.get(USERS, params=query)).json()["data"] == []


async def test_a_fixed_user_cannot_be_deleted(api: httpx.AsyncClient, state: WorkOSState) -> None:
    user = next(iter(state.store.users))
    state.fixed_users.add(user.id)
    assert codes(await api.delete(f"{USERS}/{user.id}")) == (409, "user_deletion_not_allowed")
    assert (await api.get(f"{USERS}/{user.id}")).status_code == 200


async def test_half_a_character_becomes_a_replacement(api: httpx.AsyncClient) -> None:
    made = await api.post(USERS, content=b'{"email": "a@example.org", "first_name": "\\ud800"}')
    assert made.json()["first_name"] == "\ufffd"
