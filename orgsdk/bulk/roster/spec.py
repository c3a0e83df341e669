"""The roster: its rows (`UserSpec`), and the problems that a reader reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, TypeAlias, get_args

from orgsdk._known_names import HasItems
from orgsdk._parameters import name_constructor_parameters
from orgsdk.bulk.roster.keys import Key
from orgsdk.domain import UserFieldName, UserFieldValues
from orgsdk.errors import Advice

FIELDS: Final[tuple[UserFieldName, ...]] = get_args(UserFieldName)
"""The fields of a row besides roles, in the order in which they are shown."""

State: TypeAlias = Literal["active", "suspended", "gone"]
"""What the source states of a user: a current user, a current user without access, or one who was removed."""


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class UserSpec(UserFieldValues[str | None]):
    """One row of a roster: a user as they should be.

    None, and empty text, mean that the source does not define the field: the provider's value stays, and is never
    cleared.

    Attributes:
        roles: Names or ids of roles; None if the source does not define them.
        state: `"active"`; `"suspended"` if the source lists the user without access; `"gone"` if it marks the user as
            removed (OneRoster's `tobedeleted`).
        word: The source's own word for a state that is not active, such as `DEPROVISIONED`; None if there is none.
        origin: Where the row is in the source; shown in problems, plan and report.

    Example:
        ``UserSpec(username="ada", email="ada@example.org", roles=("teacher",), origin="roster.csv, line 2")``
    """

    roles: tuple[str, ...] | None = None
    state: State = "active"
    word: str | None = None
    origin: str | None = None

    @property
    def enabled(self) -> bool:
        """Whether the user is active: neither suspended nor gone."""
        return self.state == "active"


@dataclass(frozen=True, slots=True)
class RosterProblem:
    """One problem of a roster.

    Attributes:
        origin: Where the row is in the source; None if the problem is not in one row.
        message: What is wrong. It names columns, rows and ids, but no personal data.
        advice: The argument that may solve it, such as ``ignore=`` for a column of another name. None if there is none.
    """

    origin: str | None
    message: str
    advice: Advice | None = None

    def __str__(self) -> str:
        return f"{self.origin}: {self.message}" if self.origin else self.message


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that a reader left out, with ``on_error="skip"``.

    Attributes:
        problem: What is wrong with it.
        spec: The keys that could be read, so that the user is not removed because they are missing; None if there are
            none.
        unreadable: Kinds of keys whose cell has a value that could not be read. If the other keys name no user, the row
            may be any user's.
    """

    problem: RosterProblem
    spec: UserSpec | None = None
    unreadable: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster(HasItems):
    """A checked roster, for `plan`.

    Attributes:
        users: The rows.
        name: Name of the source.
        fingerprint: SHA-256 of the source's contents.
        columns: The header; empty if there is none. A guard compares it with the previous plan's.
        incomplete: True if the source is known to list only a part of the users: no member is removed because it is
            missing.
        rejected: The rows that were left out with ``on_error="skip"``.
        elsewhere: The keys and states of users that the source names in organizations that were not read. None of them
            is gone. A member who is among them did not leave: the account is not deleted.
        role_sources: The source's own names of roles that the reader mapped, by role.
        notes: What the reader passed over, removed from cells or counted. The plan shows them.
        changes_on: The first day on which the same source means something else, because a role begins or ends, or a
            ban ends; None if there is none.
    """

    _items = "users"

    users: Sequence[UserSpec] = field(repr=False)
    name: str
    fingerprint: str
    columns: tuple[str, ...] = ()
    incomplete: bool = False
    notes: tuple[str, ...] = ()
    rejected: Sequence[RejectedRow] = field(default=(), repr=False)
    role_sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"], repr=False)
    changes_on: date | None = None
    elsewhere: Sequence[UserSpec] = field(default=(), repr=False)
