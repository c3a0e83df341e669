"""`…/email_change` and `…/email_verification`: codes that are sent to an address (document)."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from orgsdk.sandbox.workos.api.users import check_new_email, find_user, shown
from orgsdk.sandbox.workos.body import TEXT, read_fields
from orgsdk.sandbox.workos.errors import WorkOSError, conflict, refused
from orgsdk.sandbox.workos.formats import wire_time
from orgsdk.sandbox.workos.http import Route, WorkOSRequest, WorkOSResponse, json_response
from orgsdk.sandbox.workos.records import OneTimeCode, SentMail, StoredUser
from orgsdk.sandbox.workos.state import WorkOSState

_DAY = 24 * 3600 * 1000
_MOST_ATTEMPTS = 5

Purpose = Literal["email_change", "email_verification"]


def _send(state: WorkOSState, user: StoredUser, purpose: Purpose, email: str) -> OneTimeCode:
    """Send a new code to an address, and return it. The old one ends."""
    now = state.now()
    recent = [moment for moment in state.code_times.get(user.id, []) if moment > now - _DAY]
    if len(recent) >= state.mail_quota:
        raise WorkOSError(429, "The daily quota of e-mails is used up.", code="daily_quota_exceeded")
    state.code_times[user.id] = [*recent, now]
    digits = int.from_bytes(hashlib.sha256(state.new_token().encode()).digest()) % 1_000_000
    code = OneTimeCode(email, now, now + round(state.code_ttl * 1000), f"{digits:06}")
    state.codes[purpose, user.id] = code
    state.mails.append(SentMail(email, purpose, code.code))
    return code


def _redeem(
    state: WorkOSState, user: StoredUser, purpose: Purpose, given: str, refuse_used: Callable[[str], WorkOSError]
) -> OneTimeCode | None:
    """Return the code of a user if it is the given one, or None if none was sent."""
    sent = state.codes.get((purpose, user.id))
    if sent is None:
        return None
    if sent.used:
        raise refuse_used(f"{purpose}_code_previously_used")
    if sent.expires_at <= state.now():
        raise refused(f"{purpose}_code_expired")
    if given != sent.code:
        state.codes[purpose, user.id] = replace(sent, failures=sent.failures + 1)
        if purpose == "email_change" and sent.failures + 1 >= _MOST_ATTEMPTS:
            raise WorkOSError(429, "Too many attempts. Send a new code.", code="email_change_too_many_attempts")
        raise refused(f"{purpose}_code_incorrect")
    return sent


def _store(state: WorkOSState, sent: OneTimeCode, purpose: Purpose, user: StoredUser) -> StoredUser:
    """Use the code up, and store the account with its verified address."""
    state.codes[purpose, user.id] = replace(sent, used=True)
    changed = replace(user, email=sent.email, email_verified=True, updated_at=state.creation_time())
    state.store.users.put(changed)
    state.emit("user.updated", shown(state, changed))
    return changed


def send_email_change(request: WorkOSRequest) -> WorkOSResponse:
    """Send a code to a new address."""
    state, user = request.state, find_user(request.state, request.params["id"])
    email = read_fields(request).required(new_email=TEXT)["new_email"]
    if email == user.email:
        raise conflict("email_change_not_needed")
    check_new_email(state, user, email, status=409)
    code = _send(state, user, "email_change", email)
    return json_response(
        {
            "object": "email_change",
            "user": shown(state, user),
            "new_email": email,
            "expires_at": wire_time(code.expires_at),
            "created_at": wire_time(code.created_at),
        }
    )


def confirm_email_change(request: WorkOSRequest) -> WorkOSResponse:
    """Change to the new address with its code."""
    state, user = request.state, find_user(request.state, request.params["id"])
    given = read_fields(request).required(code=TEXT)["code"]
    sent = _redeem(state, user, "email_change", given, conflict)
    if sent is None:
        raise conflict("no_pending_email_change")
    # Another account may have taken it in the meantime.
    check_new_email(state, user, sent.email, status=409)
    changed = _store(state, sent, "email_change", user)
    return json_response({"object": "email_change_confirmation", "user": shown(state, changed)})


def send_verification(request: WorkOSRequest) -> WorkOSResponse:
    """Send a code to the present address."""
    state, user = request.state, find_user(request.state, request.params["id"])
    if user.email_verified:
        raise refused("email_already_verified")
    _send(state, user, "email_verification", user.email)
    return json_response({"user": shown(state, user)})


def confirm_verification(request: WorkOSRequest) -> WorkOSResponse:
    """Verify the present address with its code."""
    state, user = request.state, find_user(request.state, request.params["id"])
    given = read_fields(request).required(code=TEXT)["code"]
    sent = _redeem(state, user, "email_verification", given, refused)
    if user.email_verified:
        raise refused("email_previously_verified")
    if sent is None or sent.email != user.email:
        raise refused("email_verification_code_incorrect")
    return json_response({"user": shown(state, _store(state, sent, "email_verification", user))})


_USER = "/user_management/users/{id}"

ROUTES = (
    Route("POST", f"{_USER}/email_change/send", send_email_change, "coded", only="document"),
    Route("POST", f"{_USER}/email_change/confirm", confirm_email_change, "coded", only="document"),
    Route("POST", f"{_USER}/email_verification/send", send_verification),
    Route("POST", f"{_USER}/email_verification/confirm", confirm_verification, "coded"),
)
