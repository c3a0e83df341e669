"""Codes that change an address, or verify it."""

import httpx
import pytest

from orgsdk.sandbox.workos.state import WorkOSState
from tests.sandbox.workos.calls import USERS, codes, make_user

pytestmark = pytest.mark.anyio


@pytest.fixture
async def path(api: httpx.AsyncClient) -> str:
    """The path of a user whose address is not verified."""
    return f"{USERS}/{(await make_user(api, 'old@example.org'))['id']}"


async def test_an_address_is_changed_with_its_code(api: httpx.AsyncClient, state: WorkOSState, path: str) -> None:
    sent = await api.post(f"{path}/email_change/send", json={"new_email": "new@example.org"})
    assert (sent.status_code, sent.json()["new_email"]) == (200, "new@example.org")
    (mail,) = state.mails
    assert (mail.to, mail.kind) == ("new@example.org", "email_change")
    wrong = "000000" if mail.secret != "000000" else "111111"
    confirm = f"{path}/email_change/confirm"
    assert codes(await api.post(confirm, json={"code": wrong})) == (400, "email_change_code_incorrect")
    changed = (await api.post(confirm, json={"code": mail.secret})).json()
    assert (changed["user"]["email"], changed["user"]["email_verified"]) == ("new@example.org", True)
    used = await api.post(confirm, json={"code": mail.secret})
    assert codes(used) == (409, "email_change_code_previously_used")


@pytest.mark.parametrize(
    ("new_email", "expected"),
    [
        ("old@example.org", (409, "email_change_not_needed")),
        ("person00@example.org", (409, "email_not_available")),
        ("no address", (422, "invalid_email")),
        (None, (422, "invalid_request_parameters")),
    ],
)
async def test_a_wrong_new_address_is_refused(
    api: httpx.AsyncClient, state: WorkOSState, path: str, new_email: str | None, expected: tuple[int, str]
) -> None:
    assert codes(await api.post(f"{path}/email_change/send", json={"new_email": new_email})) == expected
    assert state.mails == []


async def test_a_change_can_be_forbidden_expired_and_exhausted(
    api: httpx.AsyncClient, state: WorkOSState, path: str
) -> None:
    now, user_id = state.clock(), path.rpartition("/")[2]
    send, confirm, body = f"{path}/email_change/send", f"{path}/email_change/confirm", {"new_email": "new@example.org"}
    assert codes(await api.post(confirm, json={"code": "1"})) == (409, "no_pending_email_change")
    state.fixed_emails.add(user_id)
    assert codes(await api.post(send, json=body)) == (409, "email_change_not_allowed")
    state.fixed_emails.clear()
    await api.post(send, json=body)
    for _ in range(4):
        assert codes(await api.post(confirm, json={"code": "no"})) == (400, "email_change_code_incorrect")
    assert codes(await api.post(confirm, json={"code": "no"})) == (429, "email_change_too_many_attempts")
    await make_user(api, "new@example.org")
    right = {"code": state.mails[-1].secret}
    assert codes(await api.post(confirm, json=right)) == (409, "email_not_available")
    state.clock = lambda: now + state.code_ttl
    assert codes(await api.post(confirm, json=right)) == (400, "email_change_code_expired")


async def test_an_address_is_verified_with_its_code(api: httpx.AsyncClient, state: WorkOSState, path: str) -> None:
    confirm = f"{path}/email_verification/confirm"
    assert codes(await api.post(confirm, json={"code": "1"})) == (400, "email_verification_code_incorrect")
    assert (await api.post(f"{path}/email_verification/send")).status_code == 200
    right = {"code": state.mails[-1].secret}
    assert codes(await api.post(confirm, json={"code": "no"})) == (400, "email_verification_code_incorrect")
    assert (await api.post(confirm, json=right)).json()["user"]["email_verified"] is True
    assert codes(await api.post(confirm, json=right)) == (400, "email_verification_code_previously_used")
    assert codes(await api.post(f"{path}/email_verification/send")) == (400, "email_already_verified")
    assert codes(await api.post(confirm, json={})) == (422, "invalid_request_parameters")


async def test_a_verified_address_needs_no_code(api: httpx.AsyncClient, path: str) -> None:
    await api.put(path, json={"email_verified": True})
    response = await api.post(f"{path}/email_verification/confirm", json={"code": "1"})
    assert codes(response) == (400, "email_previously_verified")


async def test_a_code_of_yesterday_has_expired_and_the_quota_is_a_day(
    api: httpx.AsyncClient, state: WorkOSState, path: str
) -> None:
    now = state.clock()
    state.mail_quota = 1
    send = f"{path}/email_verification/send"
    await api.post(send)
    assert codes(await api.post(send)) == (429, "daily_quota_exceeded")
    state.clock = lambda: now + 24 * 3600
    response = await api.post(f"{path}/email_verification/confirm", json={"code": state.mails[0].secret})
    assert codes(response) == (400, "email_verification_code_expired")
    assert (await api.post(send)).status_code == 200


@pytest.mark.parametrize("suffix", ["email_change/send", "email_change/confirm", "email_verification/send"])
async def test_an_unknown_user_is_404(api: httpx.AsyncClient, suffix: str) -> None:
    assert codes(await api.post(f"{USERS}/user_x/{suffix}", json={})) == (404, None)
