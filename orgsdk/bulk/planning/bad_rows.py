"""Bad rows: raise their problems, or leave the rows out and plan the others."""

from __future__ import annotations

import re
from math import ceil
from typing import TYPE_CHECKING, Final

from orgsdk._messages import count_noun
from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.roster.keys import Key, key_of
from orgsdk.bulk.roster.spec import RejectedRow, RosterProblem
from orgsdk.errors import Advice

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from orgsdk.bulk.planning.matched_rows import RowProblem
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.user_index import UserIndex
    from orgsdk.bulk.roster.spec import Roster, UserSpec

LIMIT_ADVICE: Final = Advice(
    "If the other rows are right, pass a larger Policy.max_bad_rows.",
    command="if the other rows are right, pass a larger --max-bad-rows",
)


class BadRows:
    """The rows of a roster that are planned, and those that are left out because of a problem."""

    def __init__(self, roster: Roster, policy: Policy) -> None:
        self.rows: Sequence[UserSpec] = roster.users
        self.rejected: list[RejectedRow] = list(roster.rejected)
        self._policy = policy
        self._number = len(roster.users) + len(roster.rejected)
        if policy.on_error == "skip":
            self._check(())  # otherwise the rejected rows are raised with the problems of the others

    @property
    def problems(self) -> tuple[RosterProblem, ...]:
        """The problems of the rows that are left out, in the order of the rows in the source."""
        return tuple(sorted((row.problem for row in self.rejected), key=_position))

    def leave_out(self, problems: Sequence[RowProblem]) -> bool:
        """Leave out the rows of the problems; return whether there are any.

        Raises `SourceError` if the policy allows no bad row, or not so many.
        """
        if not problems and not (self.rejected and self._policy.on_error == "raise"):
            return False
        bad: dict[int, RejectedRow] = {}
        known = {id(rejected.spec) for rejected in self.rejected}
        for problem in problems:
            for row in problem.rows:
                if id(row) in known:  # its keys are those of another row
                    continue
                bad.setdefault(id(row), RejectedRow(_problem_of(row, problem), row))
        if self._policy.on_error == "skip":
            self.rejected += bad.values()
            self.rows = [row for row in self.rows if id(row) not in bad]
        self._check(problems)
        return True

    def _check(self, problems: Sequence[RowProblem]) -> None:
        if self._policy.on_error == "raise":
            found = [*(row.problem for row in self.rejected), *(problem.problem for problem in problems)]
            if found:
                raise SourceError(found)
            return
        limit = self._policy.max_bad_rows
        allowed = ceil(round(limit * self._number, 6)) if isinstance(limit, float) else limit
        if len(self.rejected) > allowed:
            bad = len(self.rejected)
            raise SourceError(
                [rejected.problem for rejected in self.rejected],
                summary=f"{count_noun(bad, 'row')} of {self._number:,} {'is' if bad == 1 else 'are'} bad, "
                f"at most {allowed:,} may be",
                remedy=LIMIT_ADVICE if bad < self._number else None,
            )


def find_spared(
    rejected: Sequence[RejectedRow], index: UserIndex, named: Collection[str]
) -> tuple[set[str], str | None]:
    """Return the ids of the members that rows which were left out name, and why one of the rows may be any member's.

    `named` are the ids of the members that other rows name. A row that names no member of its own is a new user's only
    if it has a readable key of no member, and no other key that cannot be read.
    """
    spared: set[str] = set()
    claimed = set(named)
    reason: str | None = None
    found = [[index.ids_like([key]) for key in index.keys_of(one.spec)] if one.spec else [] for one in rejected]
    for one, ids_by_key in sorted(zip(rejected, found, strict=True), key=lambda pair: len(set[str]().union(*pair[1]))):
        ids = set[str]().union(*ids_by_key)
        spared |= ids
        if own := sorted(ids - claimed):
            claimed.add(own[0])
        elif not ids_by_key:
            reason = reason or "a row that was left out has no readable key"
        elif _has_unreadable_key(one, index.kinds):
            reason = reason or "a row that was left out has a key that cannot be read, and no other key of its own"
        elif all(ids_by_key):
            reason = reason or "a row that was left out has only keys of other rows"
    return spared, reason


def _has_unreadable_key(rejected: RejectedRow, kinds: Collection[Key]) -> bool:
    """Return whether a row that was left out has a value for one of these keys that is no valid key."""
    spec = rejected.spec
    return not set(kinds).isdisjoint(rejected.unreadable) or any(
        spec is not None and getattr(spec, kind) and key_of(kind, spec) is None for kind in kinds
    )


def _position(problem: RosterProblem) -> list[tuple[int, str]]:
    """Return the origin with its numbers as numbers: line 10 is after line 9."""
    parts = re.split(r"([0-9]+)", problem.origin or "")
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _problem_of(row: UserSpec, problem: RowProblem) -> RosterProblem:
    """Return the problem of one of its rows."""
    first = problem.problem
    if row is problem.rows[0]:
        return first
    where = first.origin or "another row"
    return RosterProblem(row.origin, f"it is left out with {where}, whose problem concerns both: {first.message}")
