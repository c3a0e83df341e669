"""What may be sent of an account, and what keeps it from being stored."""

from orgsdk.sandbox.logto.body import Fields, columns
from orgsdk.sandbox.logto.database import jsonb, refuse_long, refuse_nul_within
from orgsdk.sandbox.logto.errors import RequestError
from orgsdk.sandbox.logto.formats import EMAIL, PHONE, URL, USERNAME
from orgsdk.sandbox.logto.phones import normalized
from orgsdk.sandbox.logto.records import JsonObject
from orgsdk.sandbox.logto.store import Store
from orgsdk.sandbox.logto.zod import (
    Format,
    Schema,
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
_ADDRESS = ("formatted", "streetAddress", "locality", "region", "postalCode", "country")
_PROFILE = (
    *("familyName", "givenName", "middleName", "nickname", "preferredUsername", "profile", "website", "gender"),
    *("birthdate", "zoneinfo", "locale"),
)
# The order in which a profile comes back, whatever order it was sent in (`user.profile.patch`).
PROFILE = shape(**dict.fromkeys(_PROFILE, _TEXT), address=optional(shape(**dict.fromkeys(_ADDRESS, _TEXT))))


def _or_empty(form: Format | None = None) -> Schema:
    return optional(nullable(either(string(form=form), literal(""))))


_SHARED = {"avatar": _or_empty(URL), "customData": optional(json_object), "profile": optional(PROFILE)}
CREATION = shape(
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
CHANGE = shape(
    username=_or_empty(USERNAME),
    primaryEmail=_or_empty(EMAIL),
    primaryPhone=_or_empty(PHONE),
    name=_or_empty(),
    **_SHARED,
)

_LONGEST_TEXT = 128
_LONGEST_AVATAR = 2048


def stored_columns(fields: Fields) -> Fields:
    """Return the columns to write, a telephone number in its normal form."""
    stored = columns(fields)
    if phone := stored.get("primary_phone"):
        stored["primary_phone"] = normalized(phone)
    if "custom_data" in stored:
        stored["custom_data"] = jsonb(stored["custom_data"])
    return stored


def check_storable(stored: Fields) -> None:
    """Raise what PostgreSQL refuses: a NUL, and a text too long for its column (`user.create.name_129`)."""
    refuse_nul_within(stored.values())
    refuse_long(_LONGEST_TEXT, *(stored.get(name) for name in ("username", "primary_email", "primary_phone", "name")))
    refuse_long(_LONGEST_AVATAR, stored.get("avatar"))


def refuse_taken(store: Store, stored: Fields, *, own_id: str | None = None) -> None:
    """Raise the 422 of what another account has: a username in this case, an address in any, or a number."""
    username, email, phone = (stored.get(name) for name in ("username", "primary_email", "primary_phone"))
    refuse_nul_within((username, email, phone))
    others = [user for user in store.users if user.id != own_id]
    if username and any(user.username == username for user in others):
        raise RequestError(422, "user.username_already_in_use")
    if email and any((user.primary_email or "").lower() == email.lower() for user in others):
        raise RequestError(422, "user.email_already_in_use")
    if phone and any(user.primary_phone == phone for user in others):
        raise RequestError(422, "user.phone_already_in_use")


def profile_in_order(profile: JsonObject) -> dict[str, object]:
    """Return a profile in the order it comes back."""
    return {name: profile[name] for name in (*_PROFILE, "address") if name in profile}
