"""`/api/users`: accounts, created, changed and deleted."""

from dataclasses import replace

from orgsdk.sandbox.logto.answer import NO_CONTENT, Answer, json_answer
from orgsdk.sandbox.logto.api.user_fields import CHANGE, CREATION, check_storable, refuse_taken, stored_columns
from orgsdk.sandbox.logto.api.users import user_of
from orgsdk.sandbox.logto.body import Fields, read_body
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.cascades import delete_user
from orgsdk.sandbox.logto.database import empty_update
from orgsdk.sandbox.logto.errors import RequestError, not_found
from orgsdk.sandbox.logto.ids import SHORT
from orgsdk.sandbox.logto.passwords import ALGORITHM, digest_of
from orgsdk.sandbox.logto.records import User
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.wire import user_object


def create_user(call: Call) -> Answer:
    """Create an account, with 200; nothing is required, not even a body (`user.create.no_body`)."""
    stored = _with_digest(stored_columns(read_body(call, CREATION)))
    state = call.state
    refuse_taken(state.store, stored)
    check_storable(stored)
    moment = state.creation_time()
    user = User(id=state.new_id(SHORT), created_at=moment, updated_at=moment, **stored)
    state.store.users.put(user)
    return json_answer(user_object(user))


def _with_digest(stored: Fields) -> Fields:
    """Return the columns with the password's digest in the place of the password."""
    password, digest, algorithm = (
        stored.pop(name, None) for name in ("password", "password_digest", "password_algorithm")
    )
    if password and digest:
        raise RequestError(400, "user.password_and_digest")
    if digest and not algorithm:
        raise RequestError(400, "user.password_algorithm_required")
    if password:
        return {**stored, "password_digest": digest_of(password), "password_algorithm": ALGORITHM}
    return {**stored, "password_digest": digest, "password_algorithm": algorithm} if digest else stored


def update_user(call: Call) -> Answer:
    """Change what is sent; custom data and profile are replaced as a whole (`user.patch.customdata`)."""
    stored = stored_columns(read_body(call, CHANGE))
    before = user_of(call)
    refuse_taken(call.state.store, stored, own_id=before.id)
    if not stored:
        raise empty_update()
    check_storable(stored)
    return json_answer(user_object(put_changed(call, before, stored)))


def put_changed(call: Call, before: User, stored: Fields) -> User:
    """Store an account with these columns changed, and return it."""
    user = replace(before, **stored, updated_at=call.state.now())
    call.state.store.users.put(user)
    return user


def remove_user(call: Call) -> Answer:
    """Delete an account, with what hangs on it."""
    if not delete_user(call.state.store, call.params["userId"]):
        raise not_found()
    return NO_CONTENT


ROUTES = (
    Route("POST", "/users", create_user),
    Route("PATCH", "/users/{userId}", update_user),
    Route("DELETE", "/users/{userId}", remove_user),
)
