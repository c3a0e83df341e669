"""Invitations: create, accept, revoke, expire and send (facts/logto.md sections 7 and 9)."""

from typing import Any

import httpx
import pytest

from orgsdk.sandbox.logto.records import EmailService
from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio

PATH = "/api/organization-invitations"
FINAL = (422, "Input is invalid. The status of the invitation cannot be changed anymore.")
LIMITED = (429, "request.message_rate_limited")


def _error_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def _told(response: httpx.Response) -> tuple[int, str]:
    assert response.json()["code"] == "request.invalid_input"
    return response.status_code, response.json()["message"]


def _body(state: LogtoState, invitee: str = "ada@example.com", **more: Any) -> dict[str, Any]:
    half_an_hour = (state.clock() + 1800) * 1000
    return {"invitee": invitee, "organizationId": state.organization_id, "expiresAt": half_an_hour, **more}


async def _invite(api: httpx.AsyncClient, state: LogtoState, invitee: str = "ada@example.com", **more: Any) -> str:
    response = await api.post(PATH, json=_body(state, invitee, **more))
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def _accept(api: httpx.AsyncClient, invitation_id: str, user_id: str) -> httpx.Response:
    body = {"status": "Accepted", "acceptedUserId": user_id}
    return await api.put(f"{PATH}/{invitation_id}/status", json=body)


async def _revoke(api: httpx.AsyncClient, invitation_id: str) -> httpx.Response:
    return await api.put(f"{PATH}/{invitation_id}/status", json={"status": "Revoked"})


async def _account(api: httpx.AsyncClient, address: str) -> str:
    return str((await api.post("/api/users", json={"primaryEmail": address})).json()["id"])


async def test_an_invitation_expires(api: httpx.AsyncClient, state: LogtoState) -> None:
    now = state.clock()
    invitation_id = await _invite(api, state)
    state.clock = lambda: now + 1800
    assert (await api.get(f"{PATH}/{invitation_id}")).json()["status"] == "Pending"
    state.clock = lambda: now + 1801
    shown = (await api.get(f"{PATH}/{invitation_id}")).json()
    assert (shown["status"], shown["updatedAt"]) == ("Expired", now * 1000)
    assert [row["status"] for row in (await api.get(PATH)).json()] == ["Expired"]
    assert _told(await _revoke(api, invitation_id)) == FINAL
    assert _told(await _accept(api, invitation_id, await _account(api, "ada@example.com"))) == FINAL
    await _invite(api, state)
    assert [row["status"] for row in (await api.get(PATH)).json()] == ["Pending", "Expired"]


@pytest.mark.parametrize("expires_at", [1_800_000_000_000, 1_900_000_000, 0, -1])
async def test_an_expiry_in_the_past_is_rejected(api: httpx.AsyncClient, state: LogtoState, expires_at: float) -> None:
    response = await api.post(PATH, json=_body(state, expiresAt=expires_at))
    assert _told(response) == (400, "Input is invalid. The value of `expiresAt` must be in the future.")


async def test_an_expiry_after_postgresqls_last_timestamp_is_an_internal_error(
    api: httpx.AsyncClient, state: LogtoState
) -> None:
    assert (await api.post(PATH, json=_body(state, expiresAt=1e300))).status_code == 500


async def test_pending_invitations_are_unique_by_case_sensitive_address(
    api: httpx.AsyncClient, state: LogtoState
) -> None:
    first = await _invite(api, state)
    assert _error_of(await api.post(PATH, json=_body(state))) == (422, "entity.unique_integrity_violation")
    await _invite(api, state, "ADA@example.com")
    other = (await api.post("/api/organizations", json={"name": "Other"})).json()["id"]
    await _invite(api, state, organizationId=other)
    await _revoke(api, first)
    await _invite(api, state)
    assert len((await api.get(PATH, params={"invitee": "aDa@EXAMPLE.com"})).json()) == 4
    assert len((await api.get(PATH, params={"invitee": "ada@example.com", "organizationId": other})).json()) == 1
    assert (await api.get(f"{PATH}?organizationId=a&organizationId=b")).status_code == 400


async def test_members_are_matched_by_case_sensitive_address(api: httpx.AsyncClient, state: LogtoState) -> None:
    response = await api.post(PATH, json=_body(state, "Person00@example.org"))
    assert _told(response) == (422, "Input is invalid. The invitee is already a member of the organization.")
    await _invite(api, state, "person00@example.org")


async def test_unknown_references_are_rejected(api: httpx.AsyncClient, state: LogtoState) -> None:
    missing = (422, "entity.relation_foreign_key_not_found")
    for reference in ({"organizationId": "missing"}, {"inviterId": "missing"}, {"organizationRoleIds": ["missing"]}):
        body = _body(state, messagePayload={}, **reference)
        assert _error_of(await api.post(PATH, json=body)) == missing
    assert (await api.get(PATH)).json() == []
    assert state.sent_messages == []


async def test_only_the_invitee_can_accept(api: httpx.AsyncClient, state: LogtoState) -> None:
    role_ids = [role.id for role in state.store.roles if role.type == "User"][:2]
    invitation_id = await _invite(api, state, organizationRoleIds=role_ids)
    other, ada = await _account(api, "bob@example.com"), await _account(api, "ADA@example.com")
    await api.patch(f"/api/users/{ada}/is-suspended", json={"isSuspended": True})
    wrong = "Input is invalid. The accepted user must have the same email as the invitee."
    assert _told(await _accept(api, invitation_id, other)) == (422, wrong)
    assert _error_of(await _accept(api, invitation_id, "missing")) == (404, "entity.not_found")
    accepted = await _accept(api, invitation_id, ada)
    assert (accepted.json()["status"], accepted.json()["acceptedUserId"]) == ("Accepted", ada)
    roles = (await api.get(f"/api/organizations/{state.organization_id}/users/{ada}/roles")).json()
    assert {role["id"] for role in roles} == set(role_ids)
    assert _told(await _accept(api, invitation_id, ada)) == FINAL
    assert (await api.delete(f"{PATH}/{invitation_id}")).status_code == 204
    assert len((await api.get(f"/api/users/{ada}/organizations")).json()) == 1


async def test_an_invitation_with_a_machine_role_cannot_be_accepted(api: httpx.AsyncClient, state: LogtoState) -> None:
    machine = next(role.id for role in state.store.roles if role.type == "MachineToMachine")
    invitation_id = await _invite(api, state, organizationRoleIds=[machine])
    ada = await _account(api, "ada@example.com")
    assert _error_of(await _accept(api, invitation_id, ada)) == (422, "entity.db_constraint_violated")
    assert (await api.get(f"{PATH}/{invitation_id}")).json()["status"] == "Pending"
    assert (await api.get(f"/api/users/{ada}/organizations")).json() == []


async def test_accepting_and_revoking_can_race(api: httpx.AsyncClient, state: LogtoState) -> None:
    # `race.accept_vs_revoke`, round 4: both returned 200, and the user was a member.
    state.status_changes_race = True
    invitation_id, ada = await _invite(api, state), await _account(api, "ada@example.com")
    statuses = [(await _accept(api, invitation_id, ada)).status_code, (await _revoke(api, invitation_id)).status_code]
    assert statuses == [200, 200]
    shown = (await api.get(f"{PATH}/{invitation_id}")).json()
    assert (shown["status"], shown["acceptedUserId"]) == ("Revoked", ada)
    assert len((await api.get(f"/api/users/{ada}/organizations")).json()) == 1


async def test_deleting_an_account_deletes_its_invitations(api: httpx.AsyncClient, state: LogtoState) -> None:
    inviter, ada = await _account(api, "bob@example.com"), await _account(api, "ada@example.com")
    sent = await _invite(api, state, "c@example.com", inviterId=inviter)
    accepted = await _invite(api, state)
    kept = await _invite(api, state, "d@example.com")
    await _accept(api, accepted, ada)
    assert [row["id"] for row in (await api.get(PATH, params={"inviterId": inviter})).json()] == [sent]
    for user_id in (inviter, ada):
        await api.delete(f"/api/users/{user_id}")
    assert [row["id"] for row in (await api.get(PATH)).json()] == [kept]


async def test_sent_messages_are_recorded(api: httpx.AsyncClient, state: LogtoState) -> None:
    await _invite(api, state, "none@example.com")
    invitation_id = await _invite(api, state, messagePayload={"link": "https://x", "unknown": 1})
    await api.post(f"{PATH}/{invitation_id}/message", json={"locale": "de"})
    await api.post(f"{PATH}/{invitation_id}/message")
    assert [(one.to, one.invitation_id, one.payload) for one in state.sent_messages] == [
        ("ada@example.com", invitation_id, {"link": "https://x"}),
        ("ada@example.com", invitation_id, {"locale": "de"}),
        ("ada@example.com", invitation_id, {}),
    ]
    assert {one.organization_id for one in state.sent_messages} == {state.organization_id}
    assert _error_of(await api.post(f"{PATH}/missing/message")) == (404, "entity.not_found")


@pytest.mark.parametrize(
    ("service", "error"),
    [
        ("no_connector", (501, "connector.not_found")),
        ("no_template", (400, "connector.template_not_found")),
        ("server_down", (400, "connector.general")),
    ],
)
async def test_a_failed_email_creates_no_invitation(
    api: httpx.AsyncClient, state: LogtoState, service: EmailService, error: tuple[int, str]
) -> None:
    state.email_service = service
    assert _error_of(await api.post(PATH, json=_body(state, messagePayload={}))) == error
    assert (await api.get(PATH)).json() == []
    invitation_id = await _invite(api, state)
    assert _error_of(await api.post(f"{PATH}/{invitation_id}/message")) == error
    assert state.sent_messages == []


async def test_the_limit_is_ten_messages_in_ten_minutes(api: httpx.AsyncClient, state: LogtoState) -> None:
    now = state.clock()
    invitation_id = await _invite(api, state, messagePayload={})
    message = f"{PATH}/{invitation_id}/message"
    statuses = [(await api.post(message)).status_code for _ in range(10)]
    assert statuses == [204] * 9 + [429]
    other = (await api.post("/api/organizations", json={"name": "Other"})).json()["id"]
    refused = await api.post(PATH, json=_body(state, "ADA@example.com", organizationId=other, messagePayload={}))
    assert _error_of(refused) == LIMITED
    assert "retry-after" not in refused.headers
    await _invite(api, state, "bob@example.com", messagePayload={})
    state.clock = lambda: now + 599
    assert _error_of(await api.post(message)) == LIMITED
    state.clock = lambda: now + 600
    assert (await api.post(message)).status_code == 204
    state.message_limit = (1, 600)
    assert _error_of(await api.post(message)) == LIMITED
    state.message_limit = None
    assert (await api.post(message)).status_code == 204


async def test_a_payload_is_false_or_an_object(api: httpx.AsyncClient, state: LogtoState) -> None:
    response = await api.post(PATH, json=_body(state, messagePayload={"link": 5}))
    assert _error_of(response) == (400, "guard.invalid_input")
    errors = response.json()["data"]["issues"][0]["unionErrors"]
    assert [error["issues"][0]["path"] for error in errors] == [["messagePayload", "link"], ["messagePayload"]]
    await _invite(api, state, messagePayload=False)
    assert state.sent_messages == []
