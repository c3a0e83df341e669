"""What differs between a row and a user. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from orgsdk.bulk import keys
from orgsdk.bulk.spec import FIELDS
from orgsdk.domain import FIELD_CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from orgsdk.bulk.members import Member
    from orgsdk.bulk.policy import Policy
    from orgsdk.bulk.spec import Field, UserSpec
    from orgsdk.domain import Capability

_NO_DIGIT = re.compile(r"\D")


def kept_fields(capabilities: frozenset[Capability]) -> tuple[Field, ...]:
    """Give the fields that a provider with these capabilities has a place for."""
    return tuple(name for name in FIELDS if name not in FIELD_CAPABILITIES or FIELD_CAPABILITIES[name] in capabilities)


def fields_of(row: UserSpec, kept: Iterable[Field]) -> dict[str, str]:
    """Give what a row says in the fields that are kept, composed and trimmed; what it says nothing of is left out."""
    said: dict[str, str] = {}
    for name in kept:
        value: str | None = getattr(row, name)
        cleaned = keys.text(value) if value else ""
        if cleaned:
            said[name] = cleaned
    return said


def differences(said: Mapping[str, str], member: Member, policy: Policy) -> dict[str, str]:
    """Give what of a row is to be changed of its user."""
    return {
        name: wanted
        for name, wanted in said.items()
        if name in policy.update and not is_same(name, wanted, getattr(member, name))
    }


def is_same(name: str, wanted: str, has: str | None) -> bool:
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
            return keys.email(wanted) == keys.email(has)
        except ValueError:
            return False
    return wanted == keys.text(has)


def unkept(rows: Iterable[UserSpec], capabilities: frozenset[Capability], provider: str) -> tuple[str, ...]:
    """Say which fields of the rows the provider has no place for, and how many rows have something in them."""
    missing = set(FIELDS) - set(kept_fields(capabilities))
    counted = Counter(name for row in rows for name in missing if getattr(row, name))
    return tuple(f"{name}: {provider} has no place for it; {counted[name]:,} rows name one" for name in sorted(counted))
