"""Create, update and delete organizations, members and their roles (facts/logto.md sections 6 and 7)."""

import httpx
import pytest

from orgsdk.sandbox.logto.records import StoredOrganizationRole
from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio

NO_ROW = (422, "entity.relation_foreign_key_not_found")
REPEATED = (422, "entity.unique_integrity_violation")


def _error_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def _ids(state: LogtoState, count: int) -> list[str]:
    return [user.id for user in state.store.users][:count]


@pytest.fixture
async def org(api: httpx.AsyncClient) -> str:
    """A new organization."""
    return str((await api.post("/api/organizations", json={"name": "Band"})).json()["id"])


async def test_create_returns_the_organization(api: httpx.AsyncClient, org: str) -> None:
    assert len(org) == 12
    again = await api.post("/api/organizations", json={"name": "Band"})
    assert again.status_code == 201
    assert again.json()["id"] != org
    listed = await api.get("/api/organizations", params={"q": "Band"})
    assert listed.headers["total-number"] == "2"


async def test_update_keeps_missing_fields(api: httpx.AsyncClient, org: str) -> None:
    path = f"/api/organizations/{org}"
    await api.patch(path, json={"description": "d", "customCss": "a{}", "isMfaRequired": True})
    changed = (await api.patch(path, json={"description": "", "tenantId": "other", "createdAt": 1})).json()
    assert changed["description"] is None
    assert (changed["customCss"], changed["isMfaRequired"], changed["tenantId"]) == ("a{}", True, "default")
    assert (await api.get(path)).json() == changed
    for body in ({"tenantId": "other"}, {"createdAt": 1}, {"id": "x"}):
        assert _error_of(await api.patch(path, json=body)) == (422, "entity.invalid_input")
    # An empty update is rejected before the organization is read.
    assert _error_of(await api.patch("/api/organizations/missing", json={})) == (422, "entity.invalid_input")


async def test_deleting_an_organization_deletes_its_relations(
    api: httpx.AsyncClient, state: LogtoState, org: str
) -> None:
    user_id = _ids(state, 1)[0]
    role_id = next(role.id for role in state.store.roles if role.type == "User")
    path = f"/api/organizations/{org}"
    await api.post(f"{path}/users", json={"userIds": [user_id]})
    await api.post(f"{path}/jit/email-domains", json={"emailDomain": "x.example"})
    await api.post(f"{path}/jit/roles", json={"organizationRoleIds": [role_id]})
    invitation = {"invitee": "a@example.org", "organizationId": org, "expiresAt": 9_000_000_000_000}
    await api.post("/api/organization-invitations", json=invitation)
    assert (await api.delete(path)).status_code == 204
    assert _error_of(await api.delete(path)) == (404, "entity.not_found")
    assert (await api.get(f"{path}/users")).json() == []
    assert (await api.get(f"{path}/jit/email-domains")).json() == []
    assert _error_of(await api.get(f"{path}/jit/roles")) == (404, "entity.not_exists_with_id")
    assert (await api.get("/api/organization-invitations")).json() == []
    organizations = (await api.get(f"/api/users/{user_id}/organizations")).json()
    assert org not in {organization["id"] for organization in organizations}


async def test_adding_members_is_atomic(api: httpx.AsyncClient, state: LogtoState, org: str) -> None:
    path = f"/api/organizations/{org}/users"
    first, second = _ids(state, 2)
    assert _error_of(await api.post(path, json={"userIds": [first, "missing"]})) == NO_ROW
    assert (await api.get(path)).json() == []
    response = await api.post(path, json={"userIds": [first, second, first]})
    assert (response.status_code, response.json()) == (201, {"userIds": [first, second, first]})
    assert {user["id"] for user in (await api.get(path)).json()} == {first, second}


async def test_existing_members_keep_their_roles(api: httpx.AsyncClient, state: LogtoState, org: str) -> None:
    path = f"/api/organizations/{org}/users"
    first, second, third = _ids(state, 3)
    role_id = next(role.id for role in state.store.roles if role.name == "teacher")
    await api.post(path, json={"userIds": [first, second]})
    await api.post(f"{path}/roles", json={"userIds": [first, second], "organizationRoleIds": [role_id]})
    await api.post(path, json={"userIds": [first]})
    assert (await api.put(path, json={"userIds": [first, third]})).status_code == 204
    roles = {user["id"]: [role["id"] for role in user["organizationRoles"]] for user in (await api.get(path)).json()}
    assert roles == {first: [role_id], third: []}
    # A user who joins again has no roles.
    await api.put(path, json={"userIds": [second]})
    assert (await api.get(f"{path}/{second}/roles")).json() == []


async def test_replacing_members_of_an_unknown_organization(api: httpx.AsyncClient, state: LogtoState) -> None:
    path = "/api/organizations/missing/users"
    assert (await api.put(path, json={"userIds": []})).status_code == 204
    assert _error_of(await api.put(path, json={"userIds": _ids(state, 1)})) == NO_ROW
    long = "x" * 22
    for body in ({"userIds": [long]}, {"userIds": [*_ids(state, 1), long]}):
        assert _error_of(await api.put(path, json=body)) == (422, "entity.value_too_long")


async def test_a_machine_role_is_rejected_before_an_unknown_one(
    api: httpx.AsyncClient, state: LogtoState, org: str
) -> None:
    machine = next(role.id for role in state.store.roles if role.type == "MachineToMachine")
    member = _ids(state, 1)[0]
    path = f"/api/organizations/{org}/users"
    await api.post(path, json={"userIds": [member]})
    refused = (422, "entity.db_constraint_violated")
    both = {"organizationRoleIds": ["missing", machine]}
    assert _error_of(await api.post(f"{path}/roles", json={"userIds": [member], **both})) == refused
    assert _error_of(await api.put(f"{path}/{member}/roles", json=both)) == refused
    assert _error_of(await api.post(f"{path}/{member}/roles", json={"organizationRoleNames": ["importer"]})) == refused


async def test_bulk_roles_reject_unknown_ids(api: httpx.AsyncClient, state: LogtoState, org: str) -> None:
    role_id = next(role.id for role in state.store.roles if role.type == "User")
    for organization_id in ("missing", org):
        body = {"userIds": _ids(state, 1), "organizationRoleIds": [role_id]}
        assert _error_of(await api.post(f"/api/organizations/{organization_id}/users/roles", json=body)) == NO_ROW
    body = {"userIds": ["x" * 22], "organizationRoleIds": [role_id]}
    too_long = (422, "entity.value_too_long")
    assert _error_of(await api.post(f"/api/organizations/{org}/users/roles", json=body)) == too_long


async def test_membership_is_checked_before_the_body(api: httpx.AsyncClient, state: LogtoState, org: str) -> None:
    path = f"/api/organizations/{org}/users/{_ids(state, 1)[0]}/roles"
    for method in ("POST", "PUT"):
        response = await api.request(method, path, json={"organizationRoleIds": 5})
        assert _error_of(response) == (422, "organization.require_membership")
    assert _error_of(await api.delete(f"{path}/missing")) == (422, "organization.require_membership")


async def test_roles_can_be_given_by_name(api: httpx.AsyncClient, state: LogtoState) -> None:
    path = f"/api/organizations/{state.organization_id}/users/{_ids(state, 1)[0]}/roles"
    body = {"organizationRoleNames": ["teacher", "teacher", "student"]}
    response = await api.post(path, json=body)
    assert len(response.json()["organizationRoleIds"]) == 2
    assert [role["name"] for role in (await api.get(path)).json()] != []
    assert {role["name"] for role in (await api.get(path)).json()} == {"admin", "teacher", "student"}
    unknown = await api.put(path, json={"organizationRoleNames": ["a", "Teacher", "b"]})
    assert _error_of(unknown) == (422, "organization.role_names_not_found")
    assert "a, Teacher, and b" in unknown.json()["message"]


async def test_roles_are_sorted_by_name_in_members_and_by_id_in_their_list(
    api: httpx.AsyncClient, state: LogtoState
) -> None:
    member = _ids(state, 1)[0]
    for role_id, name in (("a", "Zeta"), ("b", "alpha")):
        state.store.roles.put(StoredOrganizationRole(role_id, name))
    path = f"/api/organizations/{state.organization_id}/users"
    await api.put(f"{path}/{member}/roles", json={"organizationRoleIds": ["b", "a"]})
    shown = next(user for user in (await api.get(f"{path}?page_size=100")).json() if user["id"] == member)
    assert [role["name"] for role in shown["organizationRoles"]] == ["Zeta", "alpha"]
    assert [role["id"] for role in (await api.get(f"{path}/{member}/roles")).json()] == ["a", "b"]


async def test_email_domains_can_be_changed(api: httpx.AsyncClient, org: str) -> None:
    path = f"/api/organizations/{org}/jit/email-domains"
    assert (await api.put(path, json={"emailDomains": ["a.example", "b.example"]})).status_code == 204
    paged = await api.get(path, params={"page": 2, "page_size": 1})
    assert [row["emailDomain"] for row in paged.json()] == ["b.example"]
    assert paged.headers["total-number"] == "2"
    assert "total-number" not in (await api.get(path)).headers
    assert _error_of(await api.put(path, json={"emailDomains": ["c.example"] * 2})) == REPEATED
    assert _error_of(await api.post(path, json={"emailDomain": "x" * 129})) == (422, "entity.value_too_long")
    assert len((await api.get(path)).json()) == 2
    assert (await api.put(path, json={"emailDomains": []})).status_code == 204
    assert (await api.get(path)).json() == []
    missing = "/api/organizations/missing/jit/email-domains"
    assert (await api.put(missing, json={"emailDomains": []})).status_code == 204
    assert _error_of(await api.post(missing, json={"emailDomain": "x"})) == NO_ROW


async def test_lists_show_each_change_at_once(api: httpx.AsyncClient, state: LogtoState) -> None:
    members = f"/api/organizations/{state.organization_id}/users"

    async def listed(path: str) -> list[str]:
        response = await api.get(path, params={"page_size": 100})
        assert response.headers["total-number"] == str(len(response.json()))
        return [row["id"] for row in response.json()]

    before, accounts = await listed(members), await listed("/api/users")
    created = (await api.post("/api/users", json={"username": "added"})).json()["id"]
    await api.post(members, json={"userIds": [created]})
    await api.delete(f"{members}/{before[0]}")
    assert await listed(members) == sorted([*before[1:], created])
    assert await listed("/api/users") == [created, *accounts]
    await api.delete(f"/api/users/{created}")
    assert await listed(members) == before[1:]
    assert await listed("/api/users") == accounts
