"""`/api/users`: accounts of the tenant, their custom data, profile, password and suspension."""

from dataclasses import replace

from orgsdk.sandbox.logto.api.search import user_search
from orgsdk.sandbox.logto.body import Fields, columns, read_body
from orgsdk.sandbox.logto.errors import RequestError, not_found, refuse_nul
from orgsdk.sandbox.logto.formats import (
    EMAIL,
    PASSWORD_ALGORITHM,
    PHONE,
    SHORT_ID,
    URL,
    USERNAME,
    hash_password,
    normalize_phone,
    password_matches,
)
from orgsdk.sandbox.logto.http import NO_CONTENT, LogtoRequest, LogtoResponse, Route, json_response
from orgsdk.sandbox.logto.pagination import page_response, window_of
from orgsdk.sandbox.logto.postgres import empty_value_list, jsonb, refuse_long, refuse_nul_within
from orgsdk.sandbox.logto.records import JsonObject, StoredUser
from orgsdk.sandbox.logto.store import Store, delete_user
from orgsdk.sandbox.logto.wire import organization_object, role_entities, user_object
from orgsdk.sandbox.logto.zod import (
    Format,
    Schema,
    boolean,
    either,
    enumeration,
    json_object,
    literal,
    nullable,
    optional,
    shape,
    string,
)

_TEXT = optional(string())
_ADDRESS_FIELDS = ("formatted", "streetAddress", "locality", "region", "postalCode", "country")
_PROFILE_FIELDS = (
    *("familyName", "givenName", "middleName", "nickname", "preferredUsername", "profile", "website", "gender"),
    *("birthdate", "zoneinfo", "locale"),
)
# A profile is returned in this order, in whatever order it was sent (`user.profile.patch`).
_PROFILE = shape(
    **dict.fromkeys(_PROFILE_FIELDS, _TEXT), address=optional(shape(**dict.fromkeys(_ADDRESS_FIELDS, _TEXT)))
)


def _or_empty(form: Format | None = None) -> Schema:
    return optional(nullable(either(string(form=form), literal(""))))


_SHARED = {"avatar": _or_empty(URL), "customData": optional(json_object), "profile": optional(_PROFILE)}
_CREATION = shape(
    primaryPhone=optional(string(form=PHONE)),
    primaryEmail=optional(string(form=EMAIL)),
    username=optional(string(form=USERNAME)),
    password=optional(string(least=1)),
    passwordDigest=optional(string(most=256)),
    passwordAlgorithm=optional(
        enumeration("Argon2i", "Argon2id", "Argon2d", "SHA1", "SHA256", "MD5", "Bcrypt", "Legacy")
    ),
    name=_TEXT,
    **_SHARED,
)
_CHANGE = shape(
    username=_or_empty(USERNAME),
    primaryEmail=_or_empty(EMAIL),
    primaryPhone=_or_empty(PHONE),
    name=_or_empty(),
    **_SHARED,
)

_LONGEST_TEXT = 128
_LONGEST_AVATAR = 2048


def _stored_columns(fields: Fields) -> Fields:
    """Return the columns to write, with a phone number in its normal form."""
    stored = columns(fields)
    if phone := stored.get("primary_phone"):
        stored["primary_phone"] = normalize_phone(phone)
    if "custom_data" in stored:
        stored["custom_data"] = jsonb(stored["custom_data"])
    return stored


def _check_storable(stored: Fields) -> None:
    """Raise the error for a NUL, or for a text too long for its column (`user.create.name_129`)."""
    refuse_nul_within(stored.values())
    refuse_long(_LONGEST_TEXT, *(stored.get(name) for name in ("username", "primary_email", "primary_phone", "name")))
    refuse_long(_LONGEST_AVATAR, stored.get("avatar"))


def _refuse_taken(store: Store, stored: Fields, *, own_id: str | None = None) -> None:
    """Raise the 422 for a username, e-mail address (in any case) or phone number of another account."""
    username, email, phone = (stored.get(name) for name in ("username", "primary_email", "primary_phone"))
    refuse_nul_within((username, email, phone))
    others = [user for user in store.users if user.id != own_id]
    if username and any(user.username == username for user in others):
        raise RequestError(422, "user.username_already_in_use")
    if email and any((user.primary_email or "").lower() == email.lower() for user in others):
        raise RequestError(422, "user.email_already_in_use")
    if phone and any(user.primary_phone == phone for user in others):
        raise RequestError(422, "user.phone_already_in_use")


def _order_profile(profile: JsonObject) -> dict[str, object]:
    """Return a profile in the order of Logto's responses."""
    return {name: profile[name] for name in (*_PROFILE_FIELDS, "address") if name in profile}


def list_users(request: LogtoRequest) -> LogtoResponse:
    """List the accounts that match the search, newest first."""
    window = window_of(request.query)
    without_organization = _without_organization(request)
    matches = user_search(request.query)
    store, rendered = request.state.store, request.state.rendered
    found = store.users.listed()
    if matches is not None:
        found = [user for user in found if matches(user)]
    if without_organization:
        members = store.memberships.members(without_organization)
        found = [user for user in found if user.id not in members]
    page = request.state.newest_first.page(found, window.offset, window.limit)
    return page_response(request, window, len(found), [rendered.user(user) for user in page])


def _without_organization(request: LogtoRequest) -> str | None:
    """Return the organization whose members are excluded (`user.list.exclude_organization`)."""
    role_id, organization_id = request.query.text("excludeRoleId"), request.query.text("excludeOrganizationId")
    if role_id and organization_id:
        reason = "Parameter `excludeRoleId` and `excludeOrganizationId` cannot be used at the same time."
        raise RequestError(400, "request.invalid_input", values={"details": reason})
    refuse_nul(organization_id)
    return organization_id


def get_user(request: LogtoRequest) -> LogtoResponse:
    """Return one account."""
    user = user_of(request)
    response = user_object(user, request.state.release)
    if request.query.is_true("includeSsoIdentities"):
        response["ssoIdentities"] = []
    if request.query.is_true("includePasswordHash"):
        response["passwordDigest"] = user.password_digest
        response["passwordAlgorithm"] = user.password_algorithm
    return json_response(response)


def list_user_organizations(request: LogtoRequest) -> LogtoResponse:
    """List the organizations of the account, with its roles in each, without pages."""
    user, store = user_of(request), request.state.store
    response: list[dict[str, object]] = []
    for organization_id in store.memberships.organization_ids(user.id):
        organization = store.organizations.get(organization_id)
        if organization is not None:
            roles = store.member_roles(store.memberships.role_ids(organization_id, user.id) or ())
            response.append({**organization_object(organization), "organizationRoles": role_entities(roles)})
    return json_response(response)


def user_of(request: LogtoRequest) -> StoredUser:
    """Return the account in the path, or raise the 404."""
    user = request.state.store.users.get(request.params["userId"])
    if user is None:
        raise not_found()
    return user


def _user_response(request: LogtoRequest, user: StoredUser) -> LogtoResponse:
    return json_response(user_object(user, request.state.release))


def create_user(request: LogtoRequest) -> LogtoResponse:
    """Create an account, with 200. Every field is optional, even the body (`user.create.no_body`)."""
    stored = _with_digest(_stored_columns(read_body(request, _CREATION)))
    state = request.state
    _refuse_taken(state.store, stored)
    _check_storable(stored)
    moment = state.creation_time()
    user = StoredUser(id=state.new_id(SHORT_ID), created_at=moment, updated_at=moment, **stored)
    state.store.users.put(user)
    return _user_response(request, user)


def _with_digest(stored: Fields) -> Fields:
    """Return the columns with the digest of the password instead of the password."""
    password, digest, algorithm = (
        stored.pop(name, None) for name in ("password", "password_digest", "password_algorithm")
    )
    if password and digest:
        raise RequestError(400, "user.password_and_digest")
    if digest and not algorithm:
        raise RequestError(400, "user.password_algorithm_required")
    if password:
        return {**stored, "password_digest": hash_password(password), "password_algorithm": PASSWORD_ALGORITHM}
    return {**stored, "password_digest": digest, "password_algorithm": algorithm} if digest else stored


def update_user(request: LogtoRequest) -> LogtoResponse:
    """Update the fields in the request. Custom data and profile are replaced as a whole (`user.patch.customdata`)."""
    stored = _stored_columns(read_body(request, _CHANGE))
    before = user_of(request)
    _refuse_taken(request.state.store, stored, own_id=before.id)
    if not stored:
        raise empty_value_list()
    _check_storable(stored)
    return _user_response(request, _put_changed(request, before, stored))


def _put_changed(request: LogtoRequest, before: StoredUser, stored: Fields) -> StoredUser:
    """Store an account with these columns changed, and return it."""
    user = replace(before, **stored, updated_at=request.state.now())
    request.state.store.users.put(user)
    return user


def remove_user(request: LogtoRequest) -> LogtoResponse:
    """Delete an account, with its memberships, roles and invitations."""
    if not delete_user(request.state.store, request.params["userId"]):
        raise not_found()
    return NO_CONTENT


_CUSTOM_DATA = shape(customData=json_object)
_PROFILE_BODY = shape(profile=_PROFILE)
_PASSWORD = shape(password=string(least=1))
_SUSPENSION = shape(isSuspended=boolean)


def get_custom_data(request: LogtoRequest) -> LogtoResponse:
    """Return the account's custom data."""
    return json_response(user_of(request).custom_data)


def merge_custom_data(request: LogtoRequest) -> LogtoResponse:
    """Add members to the custom data; this cannot remove one (`user.custom_data.patch_null_value`)."""
    sent = read_body(request, _CUSTOM_DATA)["customData"]
    before = user_of(request)
    merged = {"custom_data": jsonb({**before.custom_data, **sent})}
    _check_storable(merged)
    return json_response(_put_changed(request, before, merged).custom_data)


def merge_profile(request: LogtoRequest) -> LogtoResponse:
    """Add members to the profile."""
    sent = read_body(request, _PROFILE_BODY)["profile"]
    before = user_of(request)
    merged = {"profile": _order_profile({**before.profile, **sent})}
    _check_storable(merged)
    return json_response(_put_changed(request, before, merged).profile)


def set_password(request: LogtoRequest) -> LogtoResponse:
    """Set a password; its strength is not checked (`user.password.patch`)."""
    password: str = read_body(request, _PASSWORD)["password"]
    stored = {"password_digest": hash_password(password), "password_algorithm": PASSWORD_ALGORITHM}
    return _user_response(request, _put_changed(request, user_of(request), stored))


def verify_password(request: LogtoRequest) -> LogtoResponse:
    """Return 204 if this is the password, and 422 if not."""
    password: str = read_body(request, _PASSWORD)["password"]
    if not password_matches(user_of(request), password):
        raise RequestError(422, "session.invalid_credentials")
    return NO_CONTENT


def has_password(request: LogtoRequest) -> LogtoResponse:
    """Return whether the account has a password."""
    return json_response({"hasPassword": user_of(request).password_digest is not None})


def suspend(request: LogtoRequest) -> LogtoResponse:
    """Suspend the account, or end the suspension."""
    is_suspended: bool = read_body(request, _SUSPENSION)["isSuspended"]
    return _user_response(request, _put_changed(request, user_of(request), {"is_suspended": is_suspended}))


ROUTES = (
    Route("GET", "/users", list_users),
    Route("GET", "/users/{userId}", get_user),
    Route("GET", "/users/{userId}/organizations", list_user_organizations),
    Route("POST", "/users", create_user),
    Route("PATCH", "/users/{userId}", update_user),
    Route("DELETE", "/users/{userId}", remove_user),
    Route("GET", "/users/{userId}/custom-data", get_custom_data),
    Route("PATCH", "/users/{userId}/custom-data", merge_custom_data),
    Route("PATCH", "/users/{userId}/profile", merge_profile),
    Route("PATCH", "/users/{userId}/password", set_password),
    Route("POST", "/users/{userId}/password/verify", verify_password),
    Route("GET", "/users/{userId}/has-password", has_password),
    Route("PATCH", "/users/{userId}/is-suspended", suspend),
)
