"""Events of every kind of change."""

import httpx
import pytest

from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.sandbox.workos.variants import EMULATOR
from tests.sandbox.workos.calls import (
    INVITATIONS,
    MEMBERSHIPS,
    ROLES,
    USERS,
    codes,
    events,
    make_membership,
    make_organization,
    make_user,
)

pytestmark = pytest.mark.anyio


async def test_every_change_is_an_event(api: httpx.AsyncClient) -> None:
    assert await events(api) == []
    user, organization = await make_user(api, "a@example.org"), await make_organization(api, "A", domains=["a.example"])
    own = f"/authorization/organizations/{organization['id']}/roles"
    await api.post(own, json={"slug": "org-a", "name": "A"})
    await api.post(ROLES, json={"slug": "a", "name": "A"})
    membership = await make_membership(api, user["id"], organization["id"], role_slug="a")
    path = f"{MEMBERSHIPS}/{membership['id']}"
    for _ in range(2):  # the second is no event (document)
        await api.put(f"{path}/deactivate")
    await api.put(f"{path}/reactivate")
    invitation = (await api.post(INVITATIONS, json={"email": "b@example.org"})).json()
    await api.post(f"{INVITATIONS}/{invitation['id']}/resend")
    await api.post(f"{INVITATIONS}/{invitation['id']}/revoke")
    await api.put(f"{USERS}/{user['id']}", json={"first_name": "A"})
    await api.put(f"/organizations/{organization['id']}", json={})
    await api.delete(f"{own}/org-a")
    await api.delete(f"/organizations/{organization['id']}")
    await api.delete(f"{USERS}/{user['id']}")
    assert await events(api) == [
        "user.created",
        "organization_domain.created",
        "organization.created",
        "organization_role.created",
        "role.created",
        "organization_membership.created",
        "organization_membership.updated",
        "organization_membership.updated",
        "invitation.created",
        "invitation.resent",
        "invitation.revoked",
        "user.updated",
        "organization.updated",
        "organization_role.deleted",
        "organization_membership.deleted",
        "organization_domain.deleted",
        "organization.deleted",
        "user.deleted",
    ]


async def test_an_event_has_the_object_of_its_time_without_secrets(api: httpx.AsyncClient) -> None:
    made = (await api.post(INVITATIONS, json={"email": "b@example.org"})).json()
    await api.post(f"{INVITATIONS}/{made['id']}/revoke")
    listed = (await api.get("/events", params={"order": "asc"})).json()["data"]
    assert [event["data"]["state"] for event in listed] == ["pending", "revoked"]
    assert made["token"] not in str(listed)


async def test_the_list_is_filtered(api: httpx.AsyncClient, state: WorkOSState) -> None:
    now = state.clock()
    organization = await make_organization(api, "A")
    state.clock = lambda: now + 60
    await make_user(api, "a@example.org")
    await make_organization(api, "B")

    async def names(**query: str) -> list[str]:
        return [event["event"] for event in (await api.get("/events", params=query)).json()["data"]]

    assert await names() == ["organization.created", "user.created", "organization.created"]
    assert await names(events="user.created,user.deleted") == ["user.created"]
    assert await names(organization_id=organization["id"]) == ["organization.created"]
    moment = "2027-01-15T08:00:30Z"
    assert await names(range_start=moment) == ["organization.created", "user.created"]
    assert await names(range_end=moment) == ["organization.created"]
    refused = await api.get("/events", params={"range_start": "soon"})
    assert (refused.status_code, refused.json()["errors"]) == (422, [{"field": "range_start", "code": "invalid"}])


async def test_the_envelope_has_the_next_cursor_alone(api: httpx.AsyncClient, state: WorkOSState) -> None:
    for name in "ABC":
        await make_organization(api, name)
    page = (await api.get("/events", params={"limit": 2})).json()
    assert page["list_metadata"] == {"after": page["data"][1]["id"]}
    last = (await api.get("/events", params={"limit": 2, "after": page["data"][1]["id"]})).json()
    assert (len(last["data"]), last["list_metadata"]) == (1, {"after": None})


async def test_the_emulators_events(api: httpx.AsyncClient, state: WorkOSState) -> None:
    state.variant = EMULATOR
    await make_user(api, "a@example.org")
    await make_organization(api, "A")
    (event,) = (await api.get("/events?events[]=user.created&organization_id=org_x")).json()["data"]
    assert event["id"].startswith("evt_")
    assert "environment_id" in event
    assert codes(await api.get(f"{USERS}/x")) == (404, "not_found")
