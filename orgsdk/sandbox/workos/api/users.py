"""`/user_management/users`: the accounts of the environment (facts, section 7)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orgsdk.sandbox.workos.api.passwords import read_password
from orgsdk.sandbox.workos.body import BOOLEAN, EMAIL, EXTERNAL_ID, METADATA, TEXT, matching, nullable, read_fields
from orgsdk.sandbox.workos.errors import Emulated, WorkOSError, conflict, not_found, refused
from orgsdk.sandbox.workos.formats import EMAIL_FORM, LOCALE_FORM
from orgsdk.sandbox.workos.http import Route, WorkOSRequest, WorkOSResponse, json_response
from orgsdk.sandbox.workos.pagination import list_response
from orgsdk.sandbox.workos.records import StoredUser
from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.sandbox.workos.wire import membership_object, user_object

_EMAIL_IN_USE = "A user with this email address exists."
_LOCALE = nullable(matching(LOCALE_FORM, lambda _name: refused("invalid_locale")))


def shown(state: WorkOSState, user: StoredUser) -> dict[str, object]:
    """Return an account as the variant shows it."""
    return user_object(user, emulator=state.variant.is_emulator)


def find_user(state: WorkOSState, user_id: str) -> StoredUser:
    """Return an account, or raise 404."""
    user = state.store.users.get(user_id)
    if user is None:
        raise not_found("User", user_id)
    return user


def find_by_email(state: WorkOSState, email: str) -> StoredUser | None:
    """Return the account with an address. The emulator compares with case (facts, section 5)."""
    found = state.store.users.having("email", email.casefold())
    return next((user for user in found if not state.variant.is_emulator or user.email == email), None)


def list_users(request: WorkOSRequest) -> WorkOSResponse:
    """List the accounts, or those of an organization, whose members may be inactive (facts, section 2)."""
    state, query = request.state, request.query
    users, email = state.store.users, query.text("email")
    organization_id = query.text("organization_id") or query.text("organization")
    index = users.order if not organization_id else state.store.members(organization_id)
    if not email:
        return list_response(request, users, state.rendered.user, index=index)
    found = find_by_email(state, email)
    matching = users.index("email", email.casefold())

    def keep(user: StoredUser) -> bool:
        return found is not None and user.id == found.id and index.has((user.created_at, user.id))

    return list_response(request, users, state.rendered.user, index=matching, keep=keep)


def get_user(request: WorkOSRequest) -> WorkOSResponse:
    """Return one account."""
    return WorkOSResponse(200, request.state.rendered.user(find_user(request.state, request.params["id"])))


def get_user_by_external_id(request: WorkOSRequest) -> WorkOSResponse:
    """Return the account with an external id."""
    key = request.params["external_id"]
    user = request.state.store.users.first("external_id", key)
    if user is None:
        raise not_found("User", key)
    return WorkOSResponse(200, request.state.rendered.user(user))


def _creation_error(code: str, message: str, emulated: Emulated | None = None) -> WorkOSError:
    errors = [{"code": code, "message": message}]
    return WorkOSError(400, "Could not create user.", code="user_creation_error", errors=errors, emulated=emulated)


def create_user(request: WorkOSRequest) -> WorkOSResponse:
    """Create an account. An address belongs to one account, compared without case."""
    state, fields = request.state, read_fields(request)
    values = fields.required(email=EMAIL)
    values |= fields.given(
        first_name=nullable(TEXT),
        last_name=nullable(TEXT),
        name=nullable(TEXT),
        email_verified=nullable(BOOLEAN),
        external_id=EXTERNAL_ID,
        metadata=METADATA,
    )
    values["email_verified"] = bool(values.get("email_verified"))
    values |= read_password(state, fields)
    if find_by_email(state, values["email"]) is not None:
        # The service's answer by facts, section 3; the document has the code alone.
        taken = Emulated(409, "user_already_exists")
        raise _creation_error("email_not_available", _EMAIL_IN_USE, taken)
    if _has_taken_external_id(state, values, None):
        # The document has the code at update alone; a pair is unique here too (facts, section 5).
        raise _creation_error("external_id_already_used", "A user with this external id exists.")
    moment = state.creation_time()
    user = StoredUser(state.new_id("user_", moment), moment, moment, **values)
    state.store.users.put(user)
    state.emit("user.created", shown(state, user))
    return json_response(shown(state, user), 201)


def _has_taken_external_id(state: WorkOSState, values: Mapping[str, Any], user_id: str | None) -> bool:
    key = values.get("external_id")
    if key is None or not state.variant.unique_values:
        return False
    return any(other.id != user_id for other in state.store.users.having("external_id", key))


def update_user(request: WorkOSRequest) -> WorkOSResponse:
    """Change the fields in the request. Names cannot be cleared (document)."""
    state, fields = request.state, read_fields(request)
    before = find_user(state, request.params["id"])
    name = TEXT if fields.strict else nullable(TEXT)
    changes = fields.given(
        first_name=name,
        last_name=name,
        name=name,
        email_verified=BOOLEAN,
        external_id=EXTERNAL_ID,
        metadata=METADATA,
    )
    changes |= read_password(state, fields)
    if state.variant.updates_email:
        changes |= fields.given(locale=_LOCALE) | _changed_email(state, before, fields.given(email=TEXT))
    if _has_taken_external_id(state, changes, before.id):
        raise refused("external_id_already_used")
    user = replace(before, **changes, updated_at=state.creation_time())
    state.store.users.put(user)
    state.emit("user.updated", shown(state, user))
    return json_response(shown(state, user))


def _changed_email(state: WorkOSState, user: StoredUser, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the new address, or nothing if it is the present one. A new address is not verified."""
    email = given.get("email")
    if email is None or email == user.email:
        return {}
    check_new_email(state, user, email, status=400)
    return {"email": email, "email_verified": False}


def check_new_email(state: WorkOSState, user: StoredUser, email: str, *, status: int) -> None:
    """Refuse an address that is invalid, that cannot be changed to, or that another account has.

    Args:
        state: State of the server.
        user: The account.
        email: The new address.
        status: 400 for an update, 409 for a change with a code (document).

    Raises:
        WorkOSError: The address is refused.
    """
    make = refused if status == 400 else conflict
    if not EMAIL_FORM.fullmatch(email):
        raise refused("invalid_email") if status == 400 else WorkOSError(422, "Invalid email.", code="invalid_email")
    if user.id in state.fixed_emails:
        raise make("email_change_not_allowed")
    other = find_by_email(state, email)
    if other is not None and other.id != user.id:
        raise make("email_not_available", _EMAIL_IN_USE)


def remove_user(request: WorkOSRequest) -> WorkOSResponse:
    """Delete an account with its memberships. Its invitations stay, and its address is free at once."""
    state = request.state
    user = find_user(state, request.params["id"])
    if user.id in state.fixed_users:
        raise conflict("user_deletion_not_allowed")
    emulator = state.variant.is_emulator
    for membership in state.store.memberships.having("user", user.id):
        state.store.remove_membership(membership)
        deleted = membership_object(membership, emulator=emulator)
        state.emit("organization_membership.deleted", deleted, membership.organization_id)
    state.store.users.remove(user.id)
    state.emit("user.deleted", shown(state, user))
    return WorkOSResponse(204 if emulator else 200)


ROUTES = (
    Route("GET", "/user_management/users", list_users),
    Route("POST", "/user_management/users", create_user, "coded"),
    Route("GET", "/user_management/users/external_id/{external_id}", get_user_by_external_id),
    Route("GET", "/user_management/users/{id}", get_user),
    Route("PUT", "/user_management/users/{id}", update_user, "coded"),
    Route("DELETE", "/user_management/users/{id}", remove_user),
)
