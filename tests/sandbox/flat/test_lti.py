"""LTI credentials and configurations."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from httpx import AsyncClient

from orgsdk.sandbox.flat.auth import TokenInfo
from orgsdk.sandbox.flat.records import object_id
from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

CREDENTIALS, CONFIGURATIONS = "/organizations/lti/credentials", "/organizations/lti/configurations"
URLS = {
    "accessTokenUrl": "https://lms.example.org/token",
    "authorizationUrl": "https://lms.example.org/auth",
    "jwksUrl": "https://lms.example.org/jwks",
}
MANUAL = {"mode": "1p3-manual", "platformIss": "https://lms.example.org", "clientId": "c1", **URLS}
DEPLOYMENT = {"mode": "1p3-deployment", "deploymentType": "schoology", "deploymentId": "d1"}
DYNAMIC = {"mode": "1p3-dynamic", "platformInfo": {"name": "Moodle", "url": "moodle"}, "locale": "fr-BE"}
MODES: list[dict[str, Any]] = [{"mode": "1p1-manual", "name": "Canvas", "lms": "canvas"}, MANUAL, DEPLOYMENT, DYNAMIC]

As = Callable[[str], dict[str, str]]


@pytest.fixture
def as_member(state: FlatState) -> As:
    """Return a function that returns the headers with the token of a member, with every scope."""

    def headers(username: str) -> dict[str, str]:
        state.tokens[username] = TokenInfo(user_id=object_id("user", username))
        return {"Authorization": f"Bearer {username}"}

    return headers


async def create(http: AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    response = await http.post(CONFIGURATIONS, json=body)
    assert response.status_code == 200, response.text
    created: dict[str, Any] = response.json()
    return created


# Credentials


async def test_credentials_can_be_created_and_revoked(http: AsyncClient, state: FlatState) -> None:
    state.clock = lambda: 1_700_000_000.0
    created = (await http.post(CREDENTIALS, json={"name": "Ours", "lms": "moodle"})).json()
    assert created == {
        "id": created["id"],
        "name": "Ours",
        "lms": "moodle",
        "organization": state.organization_id,
        "creator": state.own_account.id,
        "creationDate": "2023-11-14T22:13:20.000Z",
        "consumerKey": created["consumerKey"],
        "consumerSecret": created["consumerSecret"],
        "enableEmailMatching": True,
    }
    assert (await http.get(CREDENTIALS)).json() == [created]
    assert created["consumerSecret"] not in repr(state.lti)
    assert (await http.delete(f"{CREDENTIALS}/{created['id']}")).status_code == 204
    again = await http.delete(f"{CREDENTIALS}/{created['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "NOT_FOUND")
    assert (await http.get(CREDENTIALS)).json() == []


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"lms": "moodle"}, "name"),
        ({"name": "Ours"}, "lms"),
        ({"name": "x" * 301, "lms": "moodle"}, "name"),
        ({"name": "Ours", "lms": "google"}, "lms"),
        ({"name": None, "lms": "moodle"}, "name"),
    ],
)
async def test_invalid_credentials_are_rejected(http: AsyncClient, body: dict[str, Any], param: str) -> None:
    response = await http.post(CREDENTIALS, json=body)
    assert (response.status_code, response.json()["param"]) == (400, param)


async def test_teachers_need_the_organizations_permission_for_credentials(
    http: AsyncClient, state: FlatState, as_member: As
) -> None:
    body = {"name": "Ours", "lms": "moodle"}
    refused = await http.get(CREDENTIALS, headers=as_member("zoe"))
    assert (refused.status_code, refused.json()["message"]) == (403, "Not admin of an organization")
    assert (await http.post(CREDENTIALS, json=body, headers=as_member("zoe"))).status_code == 403
    assert (await http.delete(f"{CREDENTIALS}/x", headers=as_member("zoe"))).status_code == 403
    state.lti_teachers_allowed = True
    created = (await http.post(CREDENTIALS, json=body, headers=as_member("zoe"))).json()
    assert created["creator"] == object_id("user", "zoe")
    assert (await http.get(CREDENTIALS, headers=as_member("zoe"))).json() == [created]
    assert (await http.get(CREDENTIALS, headers=as_member("pupil1"))).status_code == 403


# Configurations


async def test_one_list_has_both_versions(http: AsyncClient) -> None:
    created = [await create(http, body) for body in MODES]
    assert (await http.get(CONFIGURATIONS)).json() == created
    assert [each["ltiVersion"] for each in created] == ["1p1", "1p3", "1p3", "1p3"]
    assert [each.get("mode") for each in created] == [None, "1p3-manual", "1p3-deployment", "1p3-dynamic"]
    # The credentials of LTI 1.1 are the same object by its old name.
    (credentials,) = (await http.get(CREDENTIALS)).json()
    assert [credentials[name] for name in ("id", "consumerKey", "consumerSecret")] == [
        created[0][name] for name in ("id", "consumerKey", "consumerSecret")
    ]
    assert (await http.delete(f"{CREDENTIALS}/{created[1]['id']}")).status_code == 404
    for each in created:
        assert (await http.delete(f"{CONFIGURATIONS}/{each['id']}")).status_code == 204
    assert (await http.get(CREDENTIALS)).json() == (await http.get(CONFIGURATIONS)).json() == []


async def test_lti_1p1_accepts_any_lms(http: AsyncClient) -> None:
    created = await create(http, {"mode": "1p1-manual", "lms": "homemade"})
    assert (created["lms"], created["status"]) == ("homemade", "ready-to-use")
    (credentials,) = (await http.get(CREDENTIALS)).json()
    assert credentials["lms"] == "other"
    assert "name" not in credentials


async def test_a_manual_configuration_is_ready_when_it_is_complete(http: AsyncClient) -> None:
    assert (await create(http, MANUAL))["status"] == "ready-to-use"
    created = await create(http, {"mode": "1p3-manual", "enableEmailMatching": False})
    assert (created["status"], created["enableEmailMatching"]) == ("incomplete-setup", False)
    changes = {"platformIss": "https://lms.example.org", "platformName": "Ours", "clientId": "c2", **URLS}
    updated = (await http.put(f"{CONFIGURATIONS}/{created['id']}", json=changes)).json()
    assert updated == created | changes | {"status": "ready-to-use"}


async def test_a_deployment_belongs_to_a_platform(http: AsyncClient) -> None:
    created = await create(http, DEPLOYMENT | {"deploymentBreakdownId": "b1"})
    assert (created["deploymentKey"], created["deploymentMode"]) == ("schoology", "multi")
    assert (created["deploymentId"], created["deploymentBreakdownId"]) == ("d1", "b1")
    changes = {"deploymentId": "d2", "enableEmailMatching": False}
    updated = (await http.put(f"{CONFIGURATIONS}/{created['id']}", json=changes)).json()
    assert updated == created | changes


async def test_a_dynamic_configuration_is_incomplete_until_its_registration(
    http: AsyncClient, state: FlatState
) -> None:
    created = await create(http, DYNAMIC)
    assert (created["status"], created["platformName"]) == ("incomplete-setup", "Moodle")
    assert (created["registrationTokenUsed"], created["registrationCompletionDate"]) == (False, None)
    assert created["registrationUrl"].endswith(f"/register?token={created['registrationToken']}&locale=fr")
    kept = state.lti[created["id"]]
    state.lti[kept.id] = replace(kept, fields={**kept.fields, "registrationCompletionDate": state.date()})
    assert (await http.get(CONFIGURATIONS)).json()[0]["status"] == "ready-to-use"
    state.lti[kept.id] = replace(kept, last_used_date=state.date())
    assert (await http.get(CONFIGURATIONS)).json()[0]["status"] == "in-use"


async def test_credentials_have_the_date_of_their_last_use(http: AsyncClient, state: FlatState) -> None:
    created = await create(http, {"mode": "1p1-manual"})
    state.lti[created["id"]] = replace(state.lti[created["id"]], last_used_date="2026-01-01T00:00:00.000Z")
    assert (await http.get(CREDENTIALS)).json()[0]["lastUsage"] == "2026-01-01T00:00:00.000Z"


async def test_only_admins_see_secrets(http: AsyncClient, as_member: As) -> None:
    for body in MODES:
        await create(http, body)
    shown = (await http.get(CONFIGURATIONS, headers=as_member("zoe"))).json()
    secret = {"consumerSecret", "registrationToken", "registrationUrl"}
    assert [secret & each.keys() for each in shown] == [set()] * 4
    assert (await http.get(CONFIGURATIONS, headers=as_member("pupil1"))).status_code == 403
    for response in (
        await http.post(CONFIGURATIONS, json=MANUAL, headers=as_member("zoe")),
        await http.put(f"{CONFIGURATIONS}/{shown[1]['id']}", json={}, headers=as_member("zoe")),
        await http.delete(f"{CONFIGURATIONS}/{shown[1]['id']}", headers=as_member("zoe")),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "mode"),
        ({"mode": "1p3"}, "mode"),
        ({"mode": "1p1-manual", "name": 1}, "name"),
        (MANUAL | {"jwksUrl": "lms"}, "jwksUrl"),
        (MANUAL | {"jwksUrl": "https://[::1"}, "jwksUrl"),
        (MANUAL | {"enableEmailMatching": "yes"}, "enableEmailMatching"),
        ({"mode": "1p3-deployment", "deploymentId": "d1"}, "deploymentType"),
        ({"mode": "1p3-deployment", "deploymentType": "canvas"}, "deploymentId"),
        (DEPLOYMENT | {"deploymentType": "classlink"}, "clientId"),
        (DYNAMIC | {"platformInfo": "Moodle"}, "platformInfo"),
        (DYNAMIC | {"platformInfo": {"name": 1}}, "platformInfo.name"),
        (DYNAMIC | {"locale": 1}, "locale"),
    ],
)
async def test_an_invalid_configuration_is_rejected(
    http: AsyncClient, state: FlatState, body: dict[str, Any], param: str
) -> None:
    response = await http.post(CONFIGURATIONS, json=body)
    assert (response.status_code, response.json()["param"]) == (400, param)
    assert state.lti == {}


@pytest.mark.parametrize(
    ("created", "changes", "param"),
    [
        (DEPLOYMENT, {"clientId": "c2"}, "clientId"),
        (MANUAL, {"deploymentBreakdownId": "b1"}, "deploymentBreakdownId"),
        (DYNAMIC, {"enableEmailMatching": None}, "enableEmailMatching"),
        ({"mode": "1p1-manual"}, {}, None),
    ],
)
async def test_an_invalid_update_is_rejected(
    http: AsyncClient, created: dict[str, Any], changes: dict[str, Any], param: str | None
) -> None:
    configuration = await create(http, created)
    response = await http.put(f"{CONFIGURATIONS}/{configuration['id']}", json=changes)
    assert (response.status_code, response.json().get("param")) == (400, param)


async def test_an_unknown_configuration_is_404(http: AsyncClient) -> None:
    assert (await http.put(f"{CONFIGURATIONS}/nothing", json={})).status_code == 404
    assert (await http.delete(f"{CONFIGURATIONS}/nothing")).status_code == 404
