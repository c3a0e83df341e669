"""`/api/users/{userId}/…`: custom data, profile, password and suspension of one account."""

from orgsdk.sandbox.logto.answer import NO_CONTENT, Answer, json_answer
from orgsdk.sandbox.logto.api.user_changes import put_changed
from orgsdk.sandbox.logto.api.user_fields import PROFILE, check_storable, profile_in_order
from orgsdk.sandbox.logto.api.users import user_of
from orgsdk.sandbox.logto.body import read_body
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.database import jsonb
from orgsdk.sandbox.logto.errors import RequestError
from orgsdk.sandbox.logto.passwords import ALGORITHM, digest_of, is_password
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.wire import user_object
from orgsdk.sandbox.logto.zod import boolean, json_object, shape, string

_CUSTOM_DATA = shape(customData=json_object)
_PROFILE = shape(profile=PROFILE)
_PASSWORD = shape(password=string(least=1))
_SUSPENSION = shape(isSuspended=boolean)


def get_custom_data(call: Call) -> Answer:
    """Answer the account's custom data."""
    return json_answer(user_of(call).custom_data)


def merge_custom_data(call: Call) -> Answer:
    """Put further members into the custom data; none can be taken out (`user.custom_data.patch_null_value`)."""
    sent = read_body(call, _CUSTOM_DATA)["customData"]
    before = user_of(call)
    merged = {"custom_data": jsonb({**before.custom_data, **sent})}
    check_storable(merged)
    return json_answer(put_changed(call, before, merged).custom_data)


def merge_profile(call: Call) -> Answer:
    """Put further members into the profile."""
    sent = read_body(call, _PROFILE)["profile"]
    before = user_of(call)
    merged = {"profile": profile_in_order({**before.profile, **sent})}
    check_storable(merged)
    return json_answer(put_changed(call, before, merged).profile)


def set_password(call: Call) -> Answer:
    """Set a password, of whatever strength (`user.password.patch`)."""
    password: str = read_body(call, _PASSWORD)["password"]
    stored = {"password_digest": digest_of(password), "password_algorithm": ALGORITHM}
    return json_answer(user_object(put_changed(call, user_of(call), stored)))


def verify_password(call: Call) -> Answer:
    """Tell whether this is the password: 204, or 422."""
    password: str = read_body(call, _PASSWORD)["password"]
    if not is_password(user_of(call), password):
        raise RequestError(422, "session.invalid_credentials")
    return NO_CONTENT


def has_password(call: Call) -> Answer:
    """Tell whether the account has a password."""
    return json_answer({"hasPassword": user_of(call).password_digest is not None})


def suspend(call: Call) -> Answer:
    """Suspend the account, or end that."""
    is_suspended: bool = read_body(call, _SUSPENSION)["isSuspended"]
    return json_answer(user_object(put_changed(call, user_of(call), {"is_suspended": is_suspended})))


ROUTES = (
    Route("GET", "/users/{userId}/custom-data", get_custom_data),
    Route("PATCH", "/users/{userId}/custom-data", merge_custom_data),
    Route("PATCH", "/users/{userId}/profile", merge_profile),
    Route("PATCH", "/users/{userId}/password", set_password),
    Route("POST", "/users/{userId}/password/verify", verify_password),
    Route("GET", "/users/{userId}/has-password", has_password),
    Route("PATCH", "/users/{userId}/is-suspended", suspend),
)
