"""The roster: its rows (`UserSpec`), and the problems that a reader reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

Field: TypeAlias = Literal["external_id", "username", "email", "phone", "name", "given_name", "family_name"]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)
"""What a row can say of a person beside roles, in the order in which it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSpec:
    """Describe one person as a roster wants them.

    None, and empty text, means that the source says nothing: what the provider has is left as it is, never cleared.
    `external_id` is the person's id in the system that the roster comes from. `roles` are names or ids of roles.
    `enabled` is False where the source says that the person is gone (OneRoster's `tobedeleted`). `origin` names the
    row in problems, plan and report.

    Example: `UserSpec(username="ada", email="ada@example.org", roles=("teacher",), origin="roster.csv, line 2")`
    """

    external_id: str | None = None
    username: str | None = None
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    roles: tuple[str, ...] | None = None
    enabled: bool = True
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class RosterProblem:
    """Name one thing that is wrong with a source, and the row where it stands.

    `message` names columns, rows and ids, never a person's address.
    """

    origin: str | None
    message: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.message}" if self.origin else self.message


@dataclass(frozen=True, slots=True)
class Roster:
    """Hold a checked source: what `plan` takes.

    `name` says where it came from, `fingerprint` is the SHA-256 of what was read. `columns` is the header, so that
    a changed one is noticed; empty where there is none. `incomplete` is True where the source is known not to be
    whole: people are planned from it all the same, and nobody is removed for missing in it.
    """

    users: Sequence[UserSpec] = field(repr=False)
    name: str
    fingerprint: str
    columns: tuple[str, ...] = ()
    incomplete: bool = False
