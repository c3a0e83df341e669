"""Invitations: create, send again, revoke, accept, expire."""

from typing import Any

import httpx
import pytest

from orgsdk.sandbox.workos.state import WorkOSState
from tests.sandbox.workos.calls import INVITATIONS, MEMBERSHIPS, codes, make_organization, make_user

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


@pytest.fixture
async def organization_id(api: httpx.AsyncClient) -> str:
    return str((await make_organization(api, "New"))["id"])


async def invite(api: httpx.AsyncClient, email: str, **fields: object) -> dict[str, Any]:
    response = await api.post(INVITATIONS, json={"email": email, **fields})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def test_create_get_and_list(api: httpx.AsyncClient, state: WorkOSState, organization_id: str) -> None:
    inviter = next(iter(state.store.users)).id
    fields = {"organization_id": organization_id, "role_slug": "teacher", "inviter_user_id": inviter, "locale": "fr"}
    made = await invite(api, "a@example.org", **fields)
    assert {name: made[name] for name in ("state", "organization_id", "role_slug", "inviter_user_id")} == {
        "state": "pending",
        "organization_id": organization_id,
        "role_slug": "teacher",
        "inviter_user_id": inviter,
    }
    assert [(mail.to, mail.kind, mail.secret) for mail in state.mails] == [
        ("a@example.org", "invitation", made["token"])
    ]
    assert made["accept_invitation_url"].endswith(made["token"])
    other = await invite(api, "b@example.org")
    assert (other["organization_id"], other["role_slug"]) == (None, None)
    assert (await api.get(f"{INVITATIONS}/{made['id']}")).json() == made
    assert (await api.get(f"{INVITATIONS}/by_token/{made['token']}")).json() == made
    for query, found in (
        ({}, [other, made]),
        ({"email": "A@example.org"}, [made]),
        ({"organization_id": organization_id}, [made]),
        ({"organization_id": organization_id, "email": "b@example.org"}, []),
        ({"organization_id": "org_x"}, []),
    ):
        assert (await api.get(INVITATIONS, params=query)).json()["data"] == found


@pytest.mark.parametrize(("days", "seconds"), [({}, 7 * DAY), ({"expires_in_days": 30}, 30 * DAY)])
async def test_it_expires(api: httpx.AsyncClient, state: WorkOSState, days: dict[str, int], seconds: int) -> None:
    now = state.clock()
    made = await invite(api, "a@example.org", **days)
    path = f"{INVITATIONS}/{made['id']}"
    state.clock = lambda: now + seconds - 1
    assert (await api.get(path)).json()["state"] == "pending"
    state.clock = lambda: now + seconds + 1
    assert (await api.get(path)).json()["state"] == "expired"
    assert codes(await api.post(f"{path}/resend")) == (400, "invite_expired")
    for verb in ("revoke", "accept"):
        assert codes(await api.post(f"{path}/{verb}")) == (400, "invite_not_pending")
    # The address can be invited again.
    await invite(api, "a@example.org")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"email": None}, (422, "invalid_request_parameters")),
        ({"email": "no address"}, (422, "invalid_request_parameters")),
        ({"expires_in_days": "7"}, (422, "invalid_request_parameters")),
        ({"locale": "xx"}, (422, "invalid_request_parameters")),
        ({"expires_in_days": 0}, (400, "expires_in_days_too_short")),
        ({"expires_in_days": 31}, (400, "expires_in_days_too_long")),
        ({"organization_id": "org_x"}, (404, None)),
        ({"inviter_user_id": "user_x"}, (404, None)),
        ({"role_slug": "nobody"}, (400, "invalid_role")),
        ({"email": "person00@example.org"}, (400, "user_already_exists")),
        ({"email": "a@nowhere.example"}, (400, "email_domain_not_deliverable")),
    ],
)
async def test_a_wrong_invitation_is_refused(
    api: httpx.AsyncClient, state: WorkOSState, fields: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    state.undeliverable_domains.add("nowhere.example")
    assert codes(await api.post(INVITATIONS, json={"email": "a@example.org", **fields})) == expected
    assert (len(state.store.invitations), state.mails) == (0, [])


async def test_a_member_and_an_invited_address_are_refused(
    api: httpx.AsyncClient, state: WorkOSState, organization_id: str
) -> None:
    school = state.organization_id
    member = {"email": "PERSON00@example.org", "organization_id": school}
    assert codes(await api.post(INVITATIONS, json=member)) == (400, "user_already_organization_member")
    await invite(api, "person00@example.org", organization_id=organization_id)
    again = {"email": "Person00@example.org", "organization_id": organization_id}
    assert codes(await api.post(INVITATIONS, json=again)) == (400, "email_already_invited_to_organization")
    await invite(api, "a@example.org")
    assert codes(await api.post(INVITATIONS, json={"email": "A@example.org"})) == (400, "email_already_invited")
    state.blocked_organizations.add(school)
    blocked = {"email": "b@example.org", "organization_id": school}
    assert codes(await api.post(INVITATIONS, json=blocked)) == (400, "organization_blocked_from_sending_invites")


async def test_sending_again_renews_token_and_expiry(api: httpx.AsyncClient, state: WorkOSState) -> None:
    now = state.clock()
    made = await invite(api, "a@example.org")
    state.clock = lambda: now + DAY
    path = f"{INVITATIONS}/{made['id']}/resend"
    again = (await api.post(path, json={"locale": "de"})).json()
    assert (again["id"], again["state"]) == (made["id"], "pending")
    assert again["token"] != made["token"]
    assert again["expires_at"] > made["expires_at"]
    assert codes(await api.get(f"{INVITATIONS}/by_token/{made['token']}")) == (404, None)
    assert [mail.secret for mail in state.mails] == [made["token"], again["token"]]
    assert codes(await api.post(path, json={"locale": "xx"})) == (422, "invalid_request_parameters")
    state.undeliverable_domains.add("example.org")
    assert codes(await api.post(path)) == (400, "email_domain_not_deliverable")


async def test_a_revoked_invitation_has_ended(api: httpx.AsyncClient) -> None:
    made = await invite(api, "a@example.org")
    path = f"{INVITATIONS}/{made['id']}"
    revoked = await api.post(f"{path}/revoke")
    assert (revoked.status_code, revoked.json()["state"]) == (200, "revoked")
    assert revoked.json()["revoked_at"] is not None
    for verb, code in (
        ("revoke", "invite_not_pending"),
        ("accept", "invite_not_pending"),
        ("resend", "invite_revoked"),
    ):
        assert codes(await api.post(f"{path}/{verb}")) == (400, code)


async def test_accepting_makes_the_account_with_the_address_a_member(
    api: httpx.AsyncClient, organization_id: str
) -> None:
    made = await invite(api, "New@example.org", organization_id=organization_id, role_slug="teacher")
    user = await make_user(api, "new@example.org")
    accepted = (await api.post(f"{INVITATIONS}/{made['id']}/accept")).json()
    assert (accepted["state"], accepted["accepted_user_id"]) == ("accepted", user["id"])
    (member,) = (await api.get(MEMBERSHIPS, params={"organization_id": organization_id})).json()["data"]
    assert (member["user_id"], member["role"], member["status"]) == (user["id"], {"slug": "teacher"}, "active")
    path = f"{INVITATIONS}/{made['id']}"
    for verb, code in (
        ("accept", "invite_not_pending"),
        ("revoke", "invite_not_pending"),
        ("resend", "invite_accepted"),
    ):
        assert codes(await api.post(f"{path}/{verb}")) == (400, code)


async def test_accepting_activates_an_inactive_member(
    api: httpx.AsyncClient, state: WorkOSState, organization_id: str
) -> None:
    user = await make_user(api, "a@example.org")
    body = {"user_id": user["id"], "organization_id": organization_id, "role_slug": "student"}
    member = (await api.post(MEMBERSHIPS, json=body)).json()
    await api.put(f"{MEMBERSHIPS}/{member['id']}/deactivate")
    made = await invite(api, "a@example.org", organization_id=organization_id)
    await api.post(f"{INVITATIONS}/{made['id']}/accept")
    assert (await api.get(f"{MEMBERSHIPS}/{member['id']}")).json()["status"] == "active"


async def test_accepting_without_an_account_makes_no_member(api: httpx.AsyncClient, organization_id: str) -> None:
    made = await invite(api, "a@example.org", organization_id=organization_id)
    accepted = (await api.post(f"{INVITATIONS}/{made['id']}/accept")).json()
    assert (accepted["state"], accepted["accepted_user_id"]) == ("accepted", None)
    assert (await api.get(MEMBERSHIPS, params={"organization_id": organization_id})).json()["data"] == []


@pytest.mark.parametrize(
    ("method", "suffix"),
    [("GET", "x"), ("GET", "by_token/x"), ("POST", "x/accept"), ("POST", "x/resend"), ("POST", "x/revoke")],
)
async def test_an_unknown_invitation_is_404(api: httpx.AsyncClient, method: str, suffix: str) -> None:
    assert codes(await api.request(method, f"{INVITATIONS}/{suffix}")) == (404, None)
