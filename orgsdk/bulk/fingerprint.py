"""Telling whether a user was changed since a plan was made. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from orgsdk.bulk.spec import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.bulk.members import Member
    from orgsdk.bulk.spec import Field
    from orgsdk.domain import User

# `json.dumps` makes one for each call, which costs as much as the encoding.
_JSON = json.JSONEncoder(separators=(",", ":"))


def fingerprint(user: User | Member, fields: Iterable[Field] = FIELDS) -> str:
    """Give a short digest of who a user is, of the fields that a plan can change, and of the roles, in any order.

    `fields` are those that the provider keeps: what it makes of others, as Flat makes the name to show of two, would
    change with them.
    """
    said = [user.id, *[getattr(user, name) for name in fields], sorted(user.roles)]
    return hashlib.sha256(_JSON.encode(said).encode()).hexdigest()[:32]
