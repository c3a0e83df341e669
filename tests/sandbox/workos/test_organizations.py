"""Organizations and their domains."""

from typing import Any

import httpx
import pytest

from orgsdk.sandbox.workos.seed import ORGANIZATIONS as SEEDED
from orgsdk.sandbox.workos.state import WorkOSState
from tests.sandbox.workos.calls import INVITATIONS, MEMBERSHIPS, ROLES, USERS, codes, make_organization

pytestmark = pytest.mark.anyio

ORGANIZATIONS = "/organizations"


async def test_create_get_and_list(api: httpx.AsyncClient) -> None:
    made = await make_organization(
        api,
        "Acme",
        external_id="a/b c%",
        metadata={"tier": "gold"},
        domain_data=[{"domain": "Acme.example.com", "state": "verified"}],
        domains=["acme.example.net"],
        unknown="ignored",
    )
    assert made["name"] == "Acme"
    assert made["external_id"] == "a/b c%"
    assert made["metadata"] == {"tier": "gold"}
    assert {domain["domain"]: domain["state"] for domain in made["domains"]} == {
        "acme.example.com": "verified",
        "acme.example.net": "pending",
    }
    assert (await api.get(f"{ORGANIZATIONS}/{made['id']}")).json() == made
    assert (await api.get(f"{ORGANIZATIONS}/external_id/a%2Fb%20c%25")).json() == made
    assert (await api.get(ORGANIZATIONS)).json()["data"][0] == made
    assert "unknown" not in made


async def test_names_need_not_be_unique(api: httpx.AsyncClient) -> None:
    first, second = [await make_organization(api, "Twin") for _ in range(2)]
    assert first["id"] != second["id"]


async def test_search_and_domains_filter_the_list(api: httpx.AsyncClient) -> None:
    async def names(**query: str) -> list[str]:
        return [one["name"] for one in (await api.get(ORGANIZATIONS, params=query)).json()["data"]]

    assert await names() == [*SEEDED][::-1]
    assert await names(search="ACAD") == ["Melody Academy"]
    both = "Melody-Academy.example.org,harmony-school.example.org"
    assert await names(domains=both) == ["Melody Academy", "Harmony School"]
    assert await names(domains="nowhere.example") == []


async def test_an_update_changes_the_given_fields_alone(api: httpx.AsyncClient) -> None:
    made = await make_organization(api, "Acme", external_id="x1", metadata={"a": "1", "b": "2"}, domains=["a.example"])
    path = f"{ORGANIZATIONS}/{made['id']}"
    unchanged = (await api.put(path, json={})).json()
    assert {**unchanged, "updated_at": made["updated_at"]} == made
    changed = (await api.put(path, json={"name": "New", "metadata": {"a": "3"}, "stripe_customer_id": "cus_1"})).json()
    assert (changed["name"], changed["metadata"], changed["external_id"]) == ("New", {"a": "3"}, "x1")
    assert changed["stripe_customer_id"] == "cus_1"
    assert changed["domains"] == made["domains"]
    cleared = (await api.put(path, json={"external_id": None, "metadata": None, "domain_data": []})).json()
    assert (cleared["external_id"], cleared["metadata"], cleared["domains"]) == (None, {}, [])
    assert (await api.get(f"{ORGANIZATIONS}/external_id/x1")).status_code == 404


async def test_a_domain_that_stays_keeps_its_id(api: httpx.AsyncClient) -> None:
    made = await make_organization(api, "Acme", domains=["a.example", "b.example"])
    data = [{"domain": "a.example", "state": "verified"}, {"domain": "c.example", "state": "pending"}]
    changed = (await api.put(f"{ORGANIZATIONS}/{made['id']}", json={"domain_data": data})).json()
    assert [domain["domain"] for domain in changed["domains"]] == ["a.example", "c.example"]
    assert changed["domains"][0]["id"] == made["domains"][0]["id"]
    assert changed["domains"][0]["state"] == "verified"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (422, None)),
        ({"name": None}, (422, None)),
        ({"name": 5}, (422, None)),
        ({"name": "A", "external_id": ""}, (422, None)),
        ({"name": "A", "external_id": "ä"}, (422, None)),
        ({"name": "A", "external_id": "x" * 129}, (422, None)),
        ({"name": "A", "domains": "a.example"}, (422, None)),
        ({"name": "A", "domains": ["no domain"]}, (422, None)),
        ({"name": "A", "domain_data": [{"domain": "a.example"}]}, (422, None)),
        ({"name": "A", "domain_data": [{"domain": "a.example", "state": "failed"}]}, (422, None)),
        ({"name": "A", "domain_data": ["a.example"]}, (422, None)),
        ({"name": "A", "allow_profiles_outside_organization": "yes"}, (422, None)),
        ({"name": "A", "metadata": []}, (422, None)),
        ({"name": "A", "metadata": {"a": None}}, (400, "invalid_metadata")),
        ({"name": "A", "metadata": {"a": 1}}, (400, "invalid_metadata")),
        ({"name": "A", "metadata": {"k" * 41: "v"}}, (400, "invalid_metadata")),
        ({"name": "A", "metadata": {"k": "v" * 601}}, (400, "invalid_metadata")),
        ({"name": "A", "metadata": {str(n): "v" for n in range(51)}}, (400, "invalid_metadata")),
        ({"name": "A", "external_id": "harmony-school"}, (400, "external_id_already_used")),
        ({"name": "A", "domains": ["HARMONY-school.example.org"]}, (409, None)),
    ],
)
async def test_a_wrong_body_is_refused(
    api: httpx.AsyncClient, body: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    other = await make_organization(api, "Other")
    before = (await api.get(ORGANIZATIONS)).json()
    assert codes(await api.post(ORGANIZATIONS, json=body)) == expected
    # An update may leave out the name.
    if body.get("name") == "A":
        assert codes(await api.put(f"{ORGANIZATIONS}/{other['id']}", json=body)) == expected
    assert (await api.get(ORGANIZATIONS)).json() == before


async def test_a_customer_id_belongs_to_one_organization(api: httpx.AsyncClient) -> None:
    first, second = [await make_organization(api, name) for name in "AB"]
    body = {"stripe_customer_id": "cus_1"}
    for _ in range(2):
        assert (await api.put(f"{ORGANIZATIONS}/{first['id']}", json=body)).status_code == 200
    refused = await api.put(f"{ORGANIZATIONS}/{second['id']}", json=body)
    assert codes(refused) == (400, "stripe_customer_id_already_used")


async def test_an_organization_may_send_its_own_external_id_again(api: httpx.AsyncClient) -> None:
    made = await make_organization(api, "A", external_id="own", domains=["own.example"])
    body = {"external_id": "own", "domains": ["own.example"]}
    assert (await api.put(f"{ORGANIZATIONS}/{made['id']}", json=body)).status_code == 200


@pytest.mark.parametrize("status", [200, 202])
async def test_deletion_takes_memberships_and_domains_along(
    api: httpx.AsyncClient, state: WorkOSState, status: int
) -> None:
    state.organization_deletion_status = status
    organization_id = state.organization_id
    user = next(iter(state.store.users))
    invited = await api.post(INVITATIONS, json={"email": "i@example.org", "organization_id": organization_id})
    role = await api.post(f"/authorization/organizations/{organization_id}/roles", json={"name": "R"})
    response = await api.delete(f"{ORGANIZATIONS}/{organization_id}")
    assert (response.status_code, response.content) == (status, b"")
    assert (await api.get(f"{ORGANIZATIONS}/{organization_id}")).status_code == 404
    assert (await api.delete(f"{ORGANIZATIONS}/{organization_id}")).status_code == 404
    remaining = (await api.get(MEMBERSHIPS, params={"user_id": user.id})).json()["data"]
    assert [one["organization_name"] for one in remaining] == ["Melody Academy"]
    assert (await api.get(USERS, params={"organization_id": organization_id})).json()["data"] == []
    assert (await api.get(f"{USERS}/{user.id}")).status_code == 200
    # These stay behind, readable (facts, section 7).
    assert (await api.get(f"{INVITATIONS}/{invited.json()['id']}")).json()["state"] == "pending"
    assert state.store.roles.get(role.json()["id"]) is not None
    assert (await api.get(ROLES)).status_code == 200


@pytest.mark.parametrize("path", [f"{ORGANIZATIONS}/org_x", f"{ORGANIZATIONS}/external_id/x"])
async def test_an_unknown_organization_is_404(api: httpx.AsyncClient, path: str) -> None:
    response = await api.get(path)
    assert codes(response) == (404, None)
    assert path.rpartition("/")[2] in response.json()["message"]


# Domains


async def test_a_domain_is_made_verified_and_deleted(api: httpx.AsyncClient) -> None:
    organization = await make_organization(api, "Acme")
    body = {"organization_id": organization["id"], "domain": "new.example"}
    made = await api.post("/organization_domains", json=body)
    assert (made.status_code, made.json()["state"]) == (201, "pending")
    path = f"/organization_domains/{made.json()['id']}"
    assert codes(await api.post("/organization_domains", json=body)) == (409, "domain_already_exists")
    verified = await api.post(f"{path}/verify")
    assert (verified.status_code, verified.json()["state"]) == (201, "verified")
    assert codes(await api.post(f"{path}/verify")) == (400, "domain_already_verified")
    assert (await api.get(path)).json() == verified.json()
    shown = (await api.get(f"{ORGANIZATIONS}/{organization['id']}")).json()
    assert shown["domains"] == [verified.json()]
    assert (await api.delete(path)).status_code == 204
    for method in ("GET", "DELETE"):
        assert codes(await api.request(method, path)) == (404, None)
    assert (await api.post(f"{path}/verify")).status_code == 404


@pytest.mark.parametrize(("domain", "status"), [("no domain", 422), ("a.example", 404)])
async def test_a_domain_needs_a_name_and_an_organization(api: httpx.AsyncClient, domain: str, status: int) -> None:
    response = await api.post("/organization_domains", json={"organization_id": "org_x", "domain": domain})
    assert response.status_code == status
