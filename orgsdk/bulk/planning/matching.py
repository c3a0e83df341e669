"""Match the rows of a roster to users by their keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgsdk.bulk.planning.members import Member
from orgsdk.bulk.roster.keys import Key, key_of
from orgsdk.bulk.roster.spec import RosterProblem, UserSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(slots=True)
class MatchedRows:
    """The rows with their users, the rows without one, and the problems that were found."""

    pairs: list[tuple[UserSpec, Member]] = field(default_factory=list[tuple["UserSpec", "Member"]])
    unmatched: list[UserSpec] = field(default_factory=list["UserSpec"])
    problems: list[RosterProblem] = field(default_factory=list[RosterProblem])


def match_rows(rows: Iterable[UserSpec], index: UserIndex) -> MatchedRows:
    """Find the user of each row. Two rows that name one user are a problem.

    A row whose keys belong to two users is a problem too, unless another row names the second user and changes that
    key: users may take over each other's username or address.
    """
    result = MatchedRows()
    taken: dict[str, UserSpec] = {}
    disputed: list[tuple[UserSpec, RowMatch]] = []
    for row in rows:
        try:
            found = index.find(row)
        except AmbiguousError as error:
            result.problems.append(RosterProblem(row.origin, str(error)))
            continue
        if found is None:
            result.unmatched.append(row)
            continue
        first = taken.setdefault(found.member.id, row)
        if first is not row:
            message = f"it names {index.what} {found.member.id}, as {first.origin or 'another row'} does"
            result.problems.append(RosterProblem(row.origin, message))
            continue
        result.pairs.append((row, found.member))
        if found.others:
            disputed.append((row, found))
    for row, found in disputed:
        result.problems += [
            RosterProblem(
                row.origin,
                f"its {found.by} belongs to {index.what} {found.member.id}, its {kind} to {other.id}"
                + (f", named by {taken[other.id].origin or 'another row'}" if other.id in taken else ""),
            )
            for kind, key, other in found.others
            if other.id not in taken or key_of(kind, taken[other.id]) in {None, key}
        ]
    return result


def rows_without_key(rows: Sequence[UserSpec], kinds: tuple[Key, ...]) -> list[RosterProblem]:
    """Return a problem for each row that has no key."""
    message = f"it has no {' or '.join(kinds)}, so no user can be matched"
    return [RosterProblem(row.origin, message) for row in rows if not has_key(row, kinds)]


def has_key(row: UserSpec, kinds: tuple[Key, ...]) -> bool:
    """Return whether a row has one of these keys."""
    return any(key_of(kind, row) is not None for kind in kinds)


class UserIndex:
    """Find users by their keys; `what` is the word for one of them in problems."""

    def __init__(self, members: Iterable[Member], kinds: tuple[Key, ...], what: str) -> None:
        self.kinds = kinds
        self.what = what
        self._by_key: dict[Key, dict[str, Member]] = {kind: {} for kind in kinds}
        self._several: dict[tuple[Key, str], list[Member]] = {}
        for member in members:
            for kind in kinds:
                key = key_of(kind, member)
                if key is None:
                    continue
                first = self._by_key[kind].setdefault(key, member)
                if first is not member:
                    self._several.setdefault((kind, key), [first]).append(member)

    def find(self, row: UserSpec) -> RowMatch | None:
        """Return the user of a row, by the first of its keys that a user has; None if no user has any.

        Raises `AmbiguousError` if several users have a key, or the user that was found by another key has a different
        external id.
        """
        found: RowMatch | None = None
        for kind in self.kinds:
            key = key_of(kind, row)
            member = None if key is None else self._by_key[kind].get(key)
            if key is None or member is None:
                continue
            several = self._several.get((kind, key))
            if several is not None:
                ids = ", ".join(sorted(each.id for each in several))
                raise AmbiguousError(f"its {kind} belongs to {len(several)} {self.what}s: {ids}")
            if found is None:
                found = RowMatch(member, kind)
            elif member is not found.member:
                found.others.append((kind, key, member))
        if found is not None and found.by != "external_id" and _has_other_external_id(row, found.member):
            raise AmbiguousError(
                f"its {found.by} belongs to {self.what} {found.member.id}, which has another external_id: "
                f"the {found.by} was reused, or the external_id was changed"
            )
        return found


@dataclass(slots=True)
class RowMatch:
    """The user of a row, the kind of key that matched, and other users that have one of its other keys."""

    member: Member
    by: Key
    others: list[tuple[Key, str, Member]] = field(default_factory=list["tuple[Key, str, Member]"])


class AmbiguousError(Exception):
    """A row does not name exactly one user."""


def _has_other_external_id(row: UserSpec, member: Member) -> bool:
    wanted, stored = key_of("external_id", row), key_of("external_id", member)
    return None not in (wanted, stored) and wanted != stored
