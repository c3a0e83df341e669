"""Create, update and delete organization roles and scopes (facts/logto.md sections 6 and 7)."""

import httpx
import pytest

from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio


def _error_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def _role_id(state: LogtoState, name: str) -> str:
    return next(role.id for role in state.store.roles if role.name == name)


@pytest.mark.parametrize("path", ["/api/organization-roles", "/api/organization-scopes"])
async def test_names_are_unique(api: httpx.AsyncClient, path: str) -> None:
    taken = (422, "entity.unique_integrity_violation")
    first = (await api.post(path, json={"name": "one", "description": ""})).json()
    assert (len(first["id"]), first["description"]) == (21, None)
    assert _error_of(await api.post(path, json={"name": "one"})) == taken
    assert (await api.post(path, json={"name": "ONE"})).status_code == 201
    assert _error_of(await api.patch(f"{path}/{first['id']}", json={"name": "ONE"})) == taken
    assert (await api.patch(f"{path}/{first['id']}", json={"name": "one"})).status_code == 200
    assert _error_of(await api.patch(f"{path}/missing", json={"name": "ONE"})) == (404, "entity.not_exists")
    assert _error_of(await api.patch(f"{path}/missing", json={"tenantId": "x"})) == (422, "entity.invalid_input")
    assert _error_of(await api.delete(f"{path}/missing")) == (404, "entity.not_found")


async def test_a_role_can_be_created_with_scopes(api: httpx.AsyncClient, state: LogtoState) -> None:
    scope_ids = [scope.id for scope in state.store.scopes][:2]
    resource_scope_ids = [scope.id for scope in state.store.resource_scopes][:1]
    body = {"name": "conductor", "organizationScopeIds": [*scope_ids, scope_ids[0]], "resourceScopeIds": ["missing"]}
    missing = (422, "entity.relation_foreign_key_not_found")
    assert _error_of(await api.post("/api/organization-roles", json=body)) == missing
    assert (await api.get("/api/organization-roles", params={"q": "conductor"})).json() == []
    role = (await api.post("/api/organization-roles", json={**body, "resourceScopeIds": resource_scope_ids})).json()
    assert "scopes" not in role
    listed = (await api.get("/api/organization-roles", params={"q": "conductor"})).json()[0]
    assert {scope["id"] for scope in listed["scopes"]} == set(scope_ids)
    assert [scope["id"] for scope in listed["resourceScopes"]] == resource_scope_ids


async def test_deleting_a_role_removes_it_everywhere(api: httpx.AsyncClient, state: LogtoState) -> None:
    organization_id, role_id = state.organization_id, _role_id(state, "student")
    jit = f"/api/organizations/{organization_id}/jit/roles"
    await api.post(jit, json={"organizationRoleIds": [role_id]})
    invitation = {
        "invitee": "a@example.org",
        "organizationId": organization_id,
        "expiresAt": 9_000_000_000_000,
        "organizationRoleIds": [role_id, _role_id(state, "teacher")],
    }
    made = (await api.post("/api/organization-invitations", json=invitation)).json()
    assert [role["name"] for role in made["organizationRoles"]] == ["student", "teacher"]
    assert (await api.delete(f"/api/organization-roles/{role_id}")).status_code == 204
    members = (await api.get(f"/api/organizations/{organization_id}/users?page_size=100")).json()
    assert all(role["id"] != role_id for member in members for role in member["organizationRoles"])
    assert (await api.get(jit)).json() == []
    left = (await api.get(f"/api/organization-invitations/{made['id']}")).json()
    assert [role["name"] for role in left["organizationRoles"]] == ["teacher"]


async def test_deleting_a_scope_removes_it_everywhere(api: httpx.AsyncClient, state: LogtoState) -> None:
    teacher = f"/api/organization-roles/{_role_id(state, 'teacher')}/scopes"
    scope_id = (await api.get(teacher)).json()[0]["id"]
    assert (await api.delete(f"/api/organization-scopes/{scope_id}")).status_code == 204
    assert scope_id not in {scope["id"] for scope in (await api.get(teacher)).json()}
    assert _error_of(await api.delete(f"{teacher}/{scope_id}")) == (404, "entity.not_found")


async def test_a_members_scopes_come_from_its_roles(api: httpx.AsyncClient, state: LogtoState) -> None:
    member = next(user for user in state.store.users if user.username == "person_01").id
    path = f"/api/organizations/{state.organization_id}/users/{member}"
    await api.post(f"{path}/roles", json={"organizationRoleNames": ["admin"]})
    scopes = (await api.get(f"{path}/scopes")).json()
    ids = [scope["id"] for scope in scopes]
    assert ids == sorted(set(ids))
    assert {scope["name"] for scope in scopes} == {"invite:members", "manage:members", "read:members"}
    assert (await api.get("/api/organizations/missing/users/missing/scopes")).json() == []


async def test_scopes_are_sorted_by_name(api: httpx.AsyncClient, state: LogtoState) -> None:
    everything = await api.get("/api/organization-scopes")
    assert [scope["name"] for scope in everything.json()] == ["invite:members", "manage:members", "read:members"]
    assert "total-number" not in everything.headers
    page = await api.get("/api/organization-scopes", params={"q": "%E", "page_size": 1})
    assert (len(page.json()), page.headers["total-number"]) == (1, "3")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/api/organization-roles/{role}/scopes", "organizationScopeIds"),
        ("/api/organization-roles/{role}/resource-scopes", "scopeIds"),
        ("/api/organizations/{organization}/jit/roles", "organizationRoleIds"),
    ],
)
async def test_all_relations_behave_alike(api: httpx.AsyncClient, state: LogtoState, path: str, key: str) -> None:
    ids = {
        "organizationScopeIds": [scope.id for scope in state.store.scopes],
        "scopeIds": [scope.id for scope in state.store.resource_scopes],
        "organizationRoleIds": [role.id for role in state.store.roles],
    }[key][:2]
    missing = path.format(role="missing", organization="missing")
    path = path.format(role=_role_id(state, "importer"), organization=state.organization_id)

    added = await api.post(path, json={key: [*ids, ids[0]]})
    assert (added.status_code, added.text) == (201, "Created")
    assert added.headers["content-type"] == "text/plain; charset=utf-8"
    assert (await api.post(path, json={key: ids[:1]})).text == "Created"
    assert [row["id"] for row in (await api.get(path)).json()] == sorted(ids)
    page = await api.get(path, params={"page": 2, "page_size": 1})
    assert ([row["id"] for row in page.json()], page.headers["total-number"]) == (sorted(ids)[1:], "2")

    assert _error_of(await api.put(path, json={key: [ids[0]] * 2})) == (422, "entity.unique_integrity_violation")
    assert _error_of(await api.put(path, json={key: ["missing"]})) == (422, "entity.relation_foreign_key_not_found")
    assert _error_of(await api.put(path, json={key: ["x" * 22]})) == (422, "entity.value_too_long")
    assert len((await api.get(path)).json()) == 2
    assert (await api.put(path, json={key: ids[:1]})).status_code == 204
    assert (await api.delete(f"{path}/{ids[0]}")).status_code == 204
    assert _error_of(await api.delete(f"{path}/{ids[0]}")) == (404, "entity.not_found")

    assert (await api.get(missing)).status_code == 404
    assert (await api.put(missing, json={key: []})).status_code == 204
    for method in ("POST", "PUT"):
        response = await api.request(method, missing, json={key: ids})
        assert _error_of(response) == (422, "entity.relation_foreign_key_not_found")


async def test_api_resources_can_be_created(api: httpx.AsyncClient, state: LogtoState) -> None:
    body = {"name": "Library", "indicator": "https://library.example"}
    made = await api.post("/api/resources", json=body)
    assert (made.status_code, made.json()["scopes"], made.json()["accessTokenTtl"]) == (201, [], 3600)
    assert _error_of(await api.post("/api/resources", json=body)) == (422, "entity.unique_integrity_violation")
    assert body["indicator"] in state.resources
    path = f"/api/resources/{made.json()['id']}/scopes"
    scope = await api.post(path, json={"name": "borrow"})
    assert (scope.status_code, scope.json()["description"]) == (201, None)
    assert _error_of(await api.post(path, json={"name": "borrow"})) == (422, "scope.name_exists")
    missing = await api.post("/api/resources/missing/scopes", json={"name": "borrow"})
    assert _error_of(missing) == (422, "entity.relation_foreign_key_not_found")
    role = f"/api/organization-roles/{_role_id(state, 'teacher')}"
    await api.put(f"{role}/resource-scopes", json={"scopeIds": [scope.json()["id"]]})
    shown = (await api.get("/api/organization-roles", params={"q": "teacher"})).json()[0]["resourceScopes"]
    assert shown == [
        {"id": scope.json()["id"], "name": "borrow", "resource": {"id": made.json()["id"], "name": "Library"}}
    ]
