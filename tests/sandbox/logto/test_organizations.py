"""Read organizations, members and roles."""

import httpx
import pytest

from orgsdk.sandbox.logto.errors import message_for
from orgsdk.sandbox.logto.records import StoredOrganization, StoredOrganizationRole
from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio


async def test_organizations_are_in_heap_order(api: httpx.AsyncClient, state: LogtoState) -> None:
    names = [row["name"] for row in (await api.get("/api/organizations")).json()]
    assert names == ["Harmony School", "Melody Academy", "Rhythm Workshop", "Tempo House"]
    school = state.store.organizations.get(state.organization_id)
    assert school is not None
    state.store.organizations.put(school)
    names = [row["name"] for row in (await api.get("/api/organizations")).json()]
    assert names[-1] == "Harmony School"


@pytest.mark.parametrize(
    ("q", "found"),
    [("HARM", 1), ("m%y", 2), ("r_ythm", 1), ("%", 4), ("", 4), ("zz", 0), ("\\", 0), ("o\\%", 0)],
)
async def test_organizations_can_be_searched(api: httpx.AsyncClient, q: str, found: int) -> None:
    response = await api.get("/api/organizations", params={"q": q})
    assert response.headers["total-number"] == str(found)


async def test_organizations_can_be_searched_by_id(api: httpx.AsyncClient, state: LogtoState) -> None:
    response = await api.get("/api/organizations", params={"q": state.organization_id})
    assert [row["id"] for row in response.json()] == [state.organization_id]


@pytest.mark.parametrize("switch", ["true", "1", "yes", "TRUE"])
async def test_featured_users_are_optional(api: httpx.AsyncClient, switch: str) -> None:
    rows = (await api.get("/api/organizations", params={"showFeatured": switch})).json()
    assert [row["usersCount"] for row in rows] == [30, 1, 0, 0]
    assert [len(row["featuredUsers"]) for row in rows] == [3, 1, 0, 0]
    assert set(rows[0]["featuredUsers"][0]) == {"id", "avatar", "name"}


async def test_a_repeated_parameter_is_rejected_as_an_array(api: httpx.AsyncClient) -> None:
    response = await api.get("/api/organizations?q=a&q=b")
    assert (response.status_code, response.json()["code"]) == (400, "guard.invalid_input")
    assert response.json()["details"].startswith('Error in key path "q": (invalid_type)')


async def test_get_returns_one_organization(api: httpx.AsyncClient, state: LogtoState) -> None:
    assert (await api.get(f"/api/organizations/{state.organization_id}")).json()["name"] == "Harmony School"
    missing = await api.get("/api/organizations/' or 1=1")
    assert missing.status_code == 404
    assert missing.json() == {
        "code": "entity.not_exists_with_id",
        "message": "The organizations with ID `' or 1=1` does not exist.",
    }
    upper = await api.get(f"/api/organizations/{state.organization_id.upper()}")
    assert upper.status_code == 404


async def test_messages_are_translated(api: httpx.AsyncClient) -> None:
    async def message(language: str) -> str:
        response = await api.get("/api/organizations/x", headers={"accept-language": language})
        assert response.json()["code"] == "entity.not_exists_with_id"
        return str(response.json()["message"])

    assert await message("de") == "organizations mit ID `x` existiert nicht."
    assert await message("fr, de;q=0.5") == "organizations mit ID `x` existiert nicht."
    assert await message("fr") == "The organizations with ID `x` does not exist."


def test_messages_exist_in_chinese() -> None:
    # `proto.accept_language_zh`
    code = "user.username_already_in_use"
    assert message_for(code, "zh-CN", {}) == "\u8be5\u7528\u6237\u540d\u5df2\u88ab\u4f7f\u7528\u3002"
    assert message_for(code, "de", {}).isascii()


async def test_members_are_sorted_by_user_id(api: httpx.AsyncClient, state: LogtoState) -> None:
    members: list[dict[str, object]] = []
    for page in (1, 2, 3):
        response = await api.get(
            f"/api/organizations/{state.organization_id}/users", params={"page": page, "page_size": 10}
        )
        members += response.json()
    ids = [str(member["id"]) for member in members]
    assert ids == sorted(ids)
    assert len(set(ids)) == 30
    assert "hasPassword" not in members[0]
    roles = [member["organizationRoles"] for member in members]
    assert all(isinstance(role, list) and len(role) == 1 for role in roles)


@pytest.mark.parametrize(("q", "found"), [("PERSON_0", 11), ("nr07", 1), ("@example.org", 20), ("", 30)])
async def test_members_can_be_searched(api: httpx.AsyncClient, state: LogtoState, q: str, found: int) -> None:
    response = await api.get(f"/api/organizations/{state.organization_id}/users", params={"q": q})
    assert response.headers["total-number"] == str(found)


async def test_members_can_be_filtered_by_role(api: httpx.AsyncClient, state: LogtoState) -> None:
    roles = {row["name"]: row["id"] for row in (await api.get("/api/organization-roles")).json()}
    path = f"/api/organizations/{state.organization_id}/users"
    teachers = await api.get(path, params={"organizationRoleId": roles["teacher"]})
    assert teachers.headers["total-number"] == "4"
    both = await api.get(path, params={"organizationRoleId": roles["teacher"], "q": "_03"})
    assert [row["username"] for row in both.json()] == ["person_03"]
    assert both.json()[0]["organizationRoles"] == [{"id": roles["teacher"], "name": "teacher"}]
    assert (await api.get(path, params={"organizationRoleId": "none"})).json() == []
    empty = await api.get(path, params={"organizationRoleId": ""})
    assert (empty.status_code, empty.json()["code"]) == (400, "guard.invalid_input")


async def test_an_unknown_organization_has_no_members(api: httpx.AsyncClient) -> None:
    response = await api.get("/api/organizations/missing/users")
    assert (response.status_code, response.json(), response.headers["total-number"]) == (200, [], "0")


async def test_roles_of_a_user_who_is_not_a_member_are_rejected(api: httpx.AsyncClient, state: LogtoState) -> None:
    state.store.organizations.put(StoredOrganization("o", "o", 1))
    user_id = next(iter(state.store.users)).id
    for organization_id, wanted in (("o", user_id), ("missing", user_id), (state.organization_id, "missing")):
        response = await api.get(f"/api/organizations/{organization_id}/users/{wanted}/roles")
        assert (response.status_code, response.json()["code"]) == (422, "organization.require_membership")


async def test_roles_are_sorted_by_name_upper_case_first(api: httpx.AsyncClient, state: LogtoState) -> None:
    state.store.roles.put(StoredOrganizationRole("x", "Zookeeper"))
    rows = (await api.get("/api/organization-roles")).json()
    assert [row["name"] for row in rows] == ["Zookeeper", "admin", "importer", "student", "teacher"]
    assert [row["type"] for row in rows].count("MachineToMachine") == 1
    assert {scope["name"] for scope in rows[-1]["scopes"]} == {"invite:members", "read:members"}
    assert rows[-1]["resourceScopes"][0]["resource"]["name"] == "Score library"


async def test_get_returns_a_role_without_scopes(api: httpx.AsyncClient) -> None:
    listed = (await api.get("/api/organization-roles", params={"q": "teach"})).json()[0]
    role = await api.get(f"/api/organization-roles/{listed['id']}")
    assert set(role.json()) == {"tenantId", "id", "name", "description", "type"}
    missing = await api.get("/api/organization-roles/missing")
    assert (missing.status_code, missing.json()["code"]) == (404, "entity.not_found")
