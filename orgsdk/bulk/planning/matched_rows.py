"""What the matching of rows found: rows with their users, new rows, keys that change their holder, and problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.planning.members import Member
from orgsdk.bulk.roster.keys import Key, key_of
from orgsdk.bulk.roster.spec import RosterProblem, UserSpec
from orgsdk.errors import Advice

if TYPE_CHECKING:
    from collections.abc import Sequence

MIXED_KEYS_ADVICE: Final = Advice(
    "If users exchange addresses or usernames, give their rows external ids, or name the one key that identifies a "
    'user: Policy(match_by=("username",)).',
    command="if users exchange addresses or usernames, give their rows external ids, or name the one key that "
    "identifies a user: --match-by username",
)
EXTERNAL_IDS_ADVICE: Final = Advice(
    'If it is the same user, pass Policy(external_ids="replace") to store the row\'s external id, or "keep" for the '
    "stored one.",
    command="if it is the same user, --external-ids replace stores the row's external id, and --external-ids keep "
    "keeps the stored one",
)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A problem and the rows that are left out because of it; the problem's text names the first of them."""

    problem: RosterProblem
    rows: tuple[UserSpec, ...]


@dataclass(frozen=True, slots=True)
class Transfer:
    """A key of a row that another user has, who is `holder` and whose row `holder_row` does not keep it."""

    row: UserSpec
    kind: Key
    holder: Member
    holder_row: UserSpec


@dataclass(slots=True)
class MatchedRows:
    """The rows with their users, the rows without one, transferred keys, and the problems that were found."""

    pairs: list[tuple[UserSpec, Member]] = field(default_factory=list[tuple["UserSpec", "Member"]])
    unmatched: list[UserSpec] = field(default_factory=list["UserSpec"])
    transfers: list[Transfer] = field(default_factory=list[Transfer])
    problems: list[RowProblem] = field(default_factory=list[RowProblem])


def rows_without_key(rows: Sequence[UserSpec], kinds: tuple[Key, ...]) -> list[RowProblem]:
    """Return a problem for each row that has no key."""
    message = f"it has no {' or '.join(kinds)}, so no user can be matched"
    return [
        RowProblem(RosterProblem(row.origin, message), (row,))
        for row in rows
        if all(key_of(kind, row) is None for kind in kinds)
    ]


def origin_of(row: UserSpec) -> str:
    """Return where a row is, for a message."""
    return row.origin or "another row"
