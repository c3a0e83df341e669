"""Members in a compact form: compare them with a row, and compute their fingerprint."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, deque
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from orgsdk._messages import count_noun
from orgsdk.bulk.roster import keys
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.domain import USER_FIELDS, UserFieldValues, fields_to_create, fields_to_update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.roster.spec import UserSpec
    from orgsdk.domain import Capability, User, UserFieldName

_NO_DIGIT = re.compile(r"\D")
# `json.dumps` creates an encoder for each call, which costs as much as encoding.
_JSON = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(UserFieldValues[str | None]):
    """The fields of a user that a row can contain. It takes a tenth of the memory of a `User`."""

    id: str
    roles: tuple[str, ...]
    is_suspended: bool | None = None

    def __repr__(self) -> str:
        return f"Member({self.id!r})"


# Copying each field with the slots' setters, in C, takes half the time of calling the constructor.
_COPIES: Final[list[tuple[Callable[[User], object], Callable[[Member, object], None]]]] = [
    (attrgetter(name), getattr(Member, name).__set__) for name in ("id", *FIELDS, "is_suspended")
]


def to_members(users: Iterable[User], known_roles: dict[tuple[str, ...], tuple[str, ...]]) -> list[Member]:
    """Convert users to members; equal tuples of roles are stored once, in `known_roles`."""
    users = list(users)
    members = [object.__new__(Member) for _ in users]
    for get_value, set_value in _COPIES:
        deque(map(set_value, members, map(get_value, users)), maxlen=0)
    for member, user in zip(members, users, strict=True):
        object.__setattr__(member, "roles", known_roles.setdefault(user.roles, user.roles))
    return members


def unsupported_field_notes(
    rows: Iterable[UserSpec], others: Mapping[str, int], capabilities: frozenset[Capability], provider: str
) -> tuple[str, ...]:
    """Return a note for each field of the rows that the provider does not store, with the number of rows.

    `others` is how many other rows define each field.
    """
    missing = set(FIELDS) - {*fields_to_create(capabilities), *fields_to_update(capabilities)}
    counted = Counter(name for row in rows for name in missing if getattr(row, name))
    counted += Counter({name: others.get(name, 0) for name in missing})
    return tuple(f"{name}: {provider} does not store it; {_have_one(counted[name])}" for name in sorted(counted))


def row_fields(row: UserSpec, supported: Iterable[UserFieldName]) -> dict[str, str]:
    """Return the row's values of the supported fields, normalized; empty fields are left out."""
    fields: dict[str, str] = {}
    for name in supported:
        value: str | None = getattr(row, name)
        normalized = keys.normalize_text(value) if value else ""
        if normalized:
            fields[name] = normalized
    return fields


def changed_fields(fields: Mapping[str, str], member: Member, policy: Policy) -> dict[str, str]:
    """Return the fields of a row that differ from its member and that the policy updates."""
    return {
        name: value
        for name, value in fields.items()
        if name in policy.update and not is_same_value(name, value, getattr(member, name))
    }


def is_same_value(name: str, wanted: str, stored: str | None) -> bool:
    """Return whether two values of the field `name` are the same, apart from their spelling."""
    if wanted == stored:
        return True
    if not stored:
        return False
    comparison = USER_FIELDS[name].comparison
    if comparison == "phone":
        # A provider may store the digits only (Logto).
        return _NO_DIGIT.sub("", wanted) == _NO_DIGIT.sub("", stored)
    if comparison == "email":
        try:
            return keys.email_key(wanted) == keys.email_key(stored)
        except ValueError:
            return False
    return wanted == keys.normalize_text(stored)


def fingerprint(user: User | Member, fields: Iterable[UserFieldName] = FIELDS) -> str:
    """Return a short digest of a user's id, fields, roles (in any order) and suspension.

    `fields` are those that the provider stores. A field that it derives from others, such as the display name at
    Flat, would change with them.
    """
    values = [user.id, *[getattr(user, name) for name in fields], sorted(user.roles)]
    if user.is_suspended:
        values.append("suspended")
    return hashlib.sha256(_JSON.encode(values).encode()).hexdigest()[:32]


def _have_one(rows: int) -> str:
    return f"{count_noun(rows, 'row')} {'has' if rows == 1 else 'have'} one"
