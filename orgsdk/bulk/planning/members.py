"""Members in a plan's memory: how they are compared with a row, and their fingerprint."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orgsdk.bulk.roster import keys
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.domain import FIELD_CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.roster.spec import Field, UserSpec
    from orgsdk.domain import Capability, User


@dataclass(frozen=True, slots=True)
class Member:
    """Hold of a user what a row can say."""

    id: str
    external_id: str | None
    username: str | None
    email: str | None
    phone: str | None
    name: str | None
    given_name: str | None
    family_name: str | None
    roles: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Member({self.id!r})"


def to_members(users: Iterable[User], known_roles: dict[tuple[str, ...], tuple[str, ...]]) -> list[Member]:
    """Cut users to members; equal tuples of roles become one, which `known_roles` remembers."""
    return [
        Member(
            user.id,
            user.external_id,
            user.username,
            user.email,
            user.phone,
            user.name,
            user.given_name,
            user.family_name,
            known_roles.setdefault(user.roles, user.roles),
        )
        for user in users
    ]


_NO_DIGIT = re.compile(r"\D")


def supported_fields(capabilities: frozenset[Capability]) -> tuple[Field, ...]:
    """Give the fields that a provider with these capabilities has a place for."""
    return tuple(name for name in FIELDS if name not in FIELD_CAPABILITIES or FIELD_CAPABILITIES[name] in capabilities)


def row_fields(row: UserSpec, kept: Iterable[Field]) -> dict[str, str]:
    """Give what a row says in the fields that are kept, composed and trimmed; what it says nothing of is left out."""
    said: dict[str, str] = {}
    for name in kept:
        value: str | None = getattr(row, name)
        cleaned = keys.normalize_text(value) if value else ""
        if cleaned:
            said[name] = cleaned
    return said


def changed_fields(said: Mapping[str, str], member: Member, policy: Policy) -> dict[str, str]:
    """Give what of a row is to be changed of its user."""
    return {
        name: wanted
        for name, wanted in said.items()
        if name in policy.update and not is_same_value(name, wanted, getattr(member, name))
    }


def is_same_value(name: str, wanted: str, has: str | None) -> bool:
    """Tell whether two values of the field `name` mean the same, however they are spelled."""
    if wanted == has:
        return True
    if not has:
        return False
    if name == "phone":
        # A provider keeps the digits alone (Logto), however they were written.
        return _NO_DIGIT.sub("", wanted) == _NO_DIGIT.sub("", has)
    if name == "email":
        try:
            return keys.email_key(wanted) == keys.email_key(has)
        except ValueError:
            return False
    return wanted == keys.normalize_text(has)


def unsupported_field_notes(
    rows: Iterable[UserSpec], capabilities: frozenset[Capability], provider: str
) -> tuple[str, ...]:
    """Say which fields of the rows the provider has no place for, and how many rows have something in them."""
    missing = set(FIELDS) - set(supported_fields(capabilities))
    counted = Counter(name for row in rows for name in missing if getattr(row, name))
    return tuple(f"{name}: {provider} has no place for it; {counted[name]:,} rows name one" for name in sorted(counted))


# `json.dumps` makes one for each call, which costs as much as the encoding.
_JSON = json.JSONEncoder(separators=(",", ":"))


def fingerprint(user: User | Member, fields: Iterable[Field] = FIELDS) -> str:
    """Give a short digest of who a user is, of the fields that a plan can change, and of the roles, in any order.

    `fields` are those that the provider keeps: what it makes of others, as Flat makes the name to show of two, would
    change with them.
    """
    said = [user.id, *[getattr(user, name) for name in fields], sorted(user.roles)]
    return hashlib.sha256(_JSON.encode(said).encode()).hexdigest()[:32]
