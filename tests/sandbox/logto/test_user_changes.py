"""Create, update and delete accounts (facts/logto.md sections 5, 6 and 7)."""

import hashlib
from typing import Any

import httpx
import pytest

from orgsdk.sandbox.logto.formats import normalize_phone
from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio

NOT_FOUND = (404, "entity.not_found")


def _error_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def _create(api: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    response = await api.post("/api/users", json=body)
    assert response.status_code == 200, response.text
    made: dict[str, Any] = response.json()
    return made


async def test_accounts_created_at_once_are_all_listed(api: httpx.AsyncClient) -> None:
    made = [(await _create(api))["id"] for _ in range(50)]
    walked: list[str] = []
    for page in range(1, 9):
        walked += [user["id"] for user in (await api.get(f"/api/users?page_size=10&page={page}")).json()]
    assert len(set(walked)) == len(walked) == 80
    assert walked[:50] == made[::-1]


async def test_unique_fields_are_checked(api: httpx.AsyncClient) -> None:
    ada = await _create(api, username="ada", primaryEmail="Ada@example.com", primaryPhone="4915112345678")
    for body, code in (
        ({"username": "ada"}, "username"),
        ({"primaryEmail": "aDA@EXAMPLE.com"}, "email"),
        ({"primaryPhone": "49015112345678"}, "phone"),
        ({"username": "ada", "primaryEmail": "ada@example.com"}, "username"),
    ):
        refused = (422, f"user.{code}_already_in_use")
        assert _error_of(await api.post("/api/users", json=body)) == refused
        other = await _create(api)
        assert _error_of(await api.patch(f"/api/users/{other['id']}", json=body)) == refused
        assert (await api.patch(f"/api/users/{ada['id']}", json=body)).status_code == 200
    await _create(api, username="ADA")


@pytest.mark.parametrize(
    ("digits", "stored"),
    [
        ("610412345678", "61412345678"),
        ("49015112345678", "4915112345678"),
        ("4915112345678", "4915112345678"),
        ("353087123456", "35387123456"),
        ("390612345678", "390612345678"),
        ("12025550144", "12025550144"),
        ("123", "123"),
        ("61012", "61012"),
    ],
)
async def test_phone_numbers_are_normalized(api: httpx.AsyncClient, digits: str, stored: str) -> None:
    assert (await _create(api, primaryPhone=digits))["primaryPhone"] == stored == normalize_phone(digits)


async def test_empty_texts_become_null(api: httpx.AsyncClient) -> None:
    user = await _create(api, username="ada", name="", avatar="", primaryPhone="4915112345678")
    assert (user["name"], user["avatar"]) == (None, None)
    emptied = {"username": "", "primaryPhone": "", "primaryEmail": "", "name": "", "avatar": ""}
    changed = (await api.patch(f"/api/users/{user['id']}", json=emptied)).json()
    assert all(changed[name] is None for name in emptied)
    for name in ("username", "primaryEmail", "primaryPhone"):
        assert _error_of(await api.post("/api/users", json={name: ""})) == (400, "guard.invalid_input")
    assert (await api.post("/api/users", json={"avatar": None})).status_code == 200
    assert _error_of(await api.post("/api/users", json={"name": None})) == (400, "guard.invalid_input")


async def test_custom_data_is_replaced_or_merged(api: httpx.AsyncClient) -> None:
    data = {"b": {"x": 1}, "a": 1}
    user = await _create(api, customData=data, profile={"locale": "en", "address": {"country": "X"}, "unknown": 1})
    path = f"/api/users/{user['id']}"
    assert user["profile"] == {"locale": "en", "address": {"country": "X"}}
    merged = await api.patch(f"{path}/custom-data", json={"customData": {"b": {"y": 2}, "a": None}})
    assert merged.text == '{"a":null,"b":{"y":2}}'
    assert (await api.get(f"{path}/custom-data")).json() == merged.json()
    profile = await api.patch(f"{path}/profile", json={"profile": {"address": {"region": "Y"}, "givenName": "Ada"}})
    assert profile.text == '{"givenName":"Ada","locale":"en","address":{"region":"Y"}}'
    replaced = await api.patch(path, json={"customData": {}, "profile": {"nickname": "a"}})
    assert (replaced.json()["customData"], replaced.json()["profile"]) == ({}, {"nickname": "a"})


async def test_an_update_sets_updated_at(api: httpx.AsyncClient, state: LogtoState) -> None:
    now = state.clock()
    user = await _create(api)
    assert user["createdAt"] == user["updatedAt"] == now * 1000
    state.clock = lambda: now + 5
    path = f"/api/users/{user['id']}"
    changed = (await api.patch(f"{path}/is-suspended", json={"isSuspended": True})).json()
    assert (changed["createdAt"], changed["updatedAt"]) == (now * 1000, (now + 5) * 1000)
    assert changed["isSuspended"] is True
    state.clock = lambda: now + 9
    await api.patch(f"{path}/custom-data", json={"customData": {}})
    assert (await api.get(path)).json()["updatedAt"] == (now + 9) * 1000


async def test_passwords_can_be_set_and_verified(api: httpx.AsyncClient, state: LogtoState) -> None:
    user = await _create(api, password="secret")
    path = f"/api/users/{user['id']}"

    async def verify(password: str) -> int:
        return (await api.post(f"{path}/password/verify", json={"password": password})).status_code

    assert user["hasPassword"] is True
    assert (await verify("secret"), await verify("Secret")) == (204, 422)
    assert "secret" not in repr(state.store.users.get(user["id"]))
    changed = await api.patch(f"{path}/password", json={"password": "x"})
    assert changed.json()["hasPassword"] is True
    assert (await verify("secret"), await verify("x")) == (422, 204)
    shown = (await api.get(path, params={"includePasswordHash": "true"})).json()
    assert shown["passwordAlgorithm"] == "Argon2i"
    assert shown["passwordDigest"].startswith("$argon2i$")


@pytest.mark.parametrize(("algorithm", "status"), [("SHA256", 204), ("MD5", 422), ("Bcrypt", 422)])
async def test_imported_digests_can_be_verified(api: httpx.AsyncClient, algorithm: str, status: int) -> None:
    digest = hashlib.sha256(b"secret").hexdigest()
    user = await _create(api, passwordDigest=digest, passwordAlgorithm=algorithm)
    assert user["hasPassword"] is True
    response = await api.post(f"/api/users/{user['id']}/password/verify", json={"password": "secret"})
    assert response.status_code == status


async def test_an_account_can_have_no_password(api: httpx.AsyncClient) -> None:
    user = await _create(api)
    path = f"/api/users/{user['id']}"
    assert (await api.get(f"{path}/has-password")).json() == {"hasPassword": False}
    refused = await api.post(f"{path}/password/verify", json={"password": "x"})
    assert _error_of(refused) == (422, "session.invalid_credentials")
    assert _error_of(await api.patch(f"{path}/password", json={"password": ""})) == (400, "guard.invalid_input")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {}),
        ("DELETE", "", None),
        ("GET", "/custom-data", None),
        ("PATCH", "/custom-data", {"customData": {}}),
        ("PATCH", "/profile", {"profile": {}}),
        ("PATCH", "/password", {"password": "x"}),
        ("POST", "/password/verify", {"password": "x"}),
        ("GET", "/has-password", None),
        ("PATCH", "/is-suspended", {"isSuspended": True}),
        ("GET", "/roles", None),
        ("POST", "/roles", {"roleIds": []}),
        ("PUT", "/roles", {"roleIds": []}),
        ("DELETE", "/roles/x", None),
    ],
)
async def test_an_unknown_account_is_404(
    api: httpx.AsyncClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    assert _error_of(await api.request(method, f"/api/users/missing{path}", json=body)) == NOT_FOUND


async def test_deleting_an_account_deletes_its_relations(api: httpx.AsyncClient, state: LogtoState) -> None:
    user_id = next(iter(state.store.users)).id
    path = f"/api/users/{user_id}"
    role = (await api.post("/api/roles", json={"name": "r", "description": "d"})).json()
    await api.post(f"{path}/roles", json={"roleIds": [role["id"]]})
    assert (await api.delete(path)).status_code == 204
    assert _error_of(await api.get(path)) == NOT_FOUND
    members = await api.get(f"/api/organizations/{state.organization_id}/users?page_size=100")
    assert members.headers["total-number"] == "29"
    assert user_id not in {member["id"] for member in members.json()}
    assert state.store.user_roles.of(user_id) == ()


async def test_roles_of_the_tenant_can_be_assigned(api: httpx.AsyncClient) -> None:
    roles = [(await api.post("/api/roles", json={"name": name, "description": "d"})).json() for name in "abc"]
    ids = [role["id"] for role in roles]
    machine = {"name": "m", "description": "d", "type": "MachineToMachine"}
    machine_id = (await api.post("/api/roles", json=machine)).json()["id"]
    assert _error_of(await api.post("/api/roles", json=machine)) == (422, "role.name_in_use")
    path = f"/api/users/{(await _create(api))['id']}/roles"
    await api.post(path, json={"roleIds": ids[:2]})
    again = await api.post(path, json={"roleIds": ids[1:]})
    assert (again.status_code, again.json()) == (201, {"roleIds": ids[1:], "addedRoleIds": ids[2:]})
    page = await api.get(path, params={"page_size": 2})
    assert ([role["id"] for role in page.json()], page.headers["total-number"]) == (ids[:2], "3")
    for method in ("POST", "PUT"):
        missing = await api.request(method, path, json={"roleIds": [ids[0], "missing"]})
        assert _error_of(missing) == (404, "entity.not_exists_with_id")
        assert missing.json()["message"] == "The roles with ID `missing` does not exist."
    assert [role["id"] for role in (await api.get(path)).json()] == ids
    assert _error_of(await api.post(path, json={"roleIds": [machine_id]})) == (422, "user.invalid_role_type")
    assert [role["id"] for role in (await api.get(path)).json()] == ids
    replaced = await api.put(path, json={"roleIds": ids[:1]})
    assert (replaced.status_code, replaced.json()) == (200, {"roleIds": ids[:1]})
    assert [role["id"] for role in (await api.get(path)).json()] == ids[:1]
    assert (await api.delete(f"{path}/{ids[0]}")).status_code == 204
    assert _error_of(await api.delete(f"{path}/{ids[0]}")) == NOT_FOUND


async def test_replacing_with_a_machine_role_is_an_error_after_the_other_roles_are_gone(api: httpx.AsyncClient) -> None:
    roles = [(await api.post("/api/roles", json={"name": name, "description": "d"})).json() for name in "ab"]
    kept, lost = [role["id"] for role in roles]
    machine = {"name": "m", "description": "d", "type": "MachineToMachine"}
    machine_id = (await api.post("/api/roles", json=machine)).json()["id"]
    path = f"/api/users/{(await _create(api))['id']}/roles"
    await api.post(path, json={"roleIds": [kept, lost]})
    error = await api.put(path, json={"roleIds": [kept, machine_id]})
    assert _error_of(error) == (422, "entity.db_constraint_violated")
    assert [role["id"] for role in (await api.get(path)).json()] == [kept]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("search=%25score%25", ["score_editor", "score_reader"]),
        ("search.name=%25READER", ["score_reader"]),
        ("search.name=%25READER&isCaseSensitive=true", []),
        ("search.description=%25reads%25", ["score_reader", "librarian"]),
        ("search.name=librarian&search.name=score_reader&mode.name=exact", ["score_reader", "librarian"]),
        ("search.name=score%25&search.description=%25reads%25&joint=and", ["score_reader"]),
    ],
)
async def test_an_accounts_roles_are_searched(api: httpx.AsyncClient, query: str, names: list[str]) -> None:
    descriptions = {"score_editor": "writes", "score_reader": "reads one", "librarian": "reads many"}
    ids = [
        (await api.post("/api/roles", json={"name": name, "description": description})).json()["id"]
        for name, description in descriptions.items()
    ]
    path = f"/api/users/{(await _create(api))['id']}/roles"
    await api.post(path, json={"roleIds": ids})
    found = await api.get(f"{path}?page_size=1&{query}")
    assert found.headers["total-number"] == str(len(names))
    assert [role["name"] for role in (await api.get(f"{path}?{query}")).json()] == names


async def test_an_accounts_roles_are_searched_by_their_own_fields(api: httpx.AsyncClient) -> None:
    path = f"/api/users/{(await _create(api))['id']}/roles"
    error = await api.get(f"{path}?search.username=x")
    assert _error_of(error) == (400, "request.invalid_input")
    assert "expect one of id, name, description." in error.json()["message"]
