"""Match the rows of a roster to users by their keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgsdk.bulk.roster.keys import key_of
from orgsdk.bulk.roster.spec import RosterProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.policy import Key
    from orgsdk.bulk.roster.spec import UserSpec


class UserIndex:
    """Find users by their keys; `what` says in problems what they are."""

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

    def find(self, row: UserSpec) -> Match | None:
        """Give the user whom a row names, by the first of its keys that anybody has; None where nobody has one.

        Raises `AmbiguousError` where a key is that of several users, or where the user who was found by another key
        has another external id.
        """
        found: Match | None = None
        for kind in self.kinds:
            key = key_of(kind, row)
            member = None if key is None else self._by_key[kind].get(key)
            if key is None or member is None:
                continue
            several = self._several.get((kind, key))
            if several is not None:
                ids = ", ".join(sorted(each.id for each in several))
                raise AmbiguousError(f"its {kind} is that of {len(several)} {self.what}s: {ids}")
            if found is None:
                found = Match(member, kind)
            elif member is not found.member:
                found.others.append((kind, key, member))
        if found is not None and found.by != "external_id" and _has_other_external_id(row, found.member):
            raise AmbiguousError(
                f"its {found.by} is that of {self.what} {found.member.id}, who has another external_id: "
                "somebody else had it before, or the id was changed"
            )
        return found


@dataclass(slots=True)
class Match:
    """Say who a row's user is, by which key, and who else has one of its other keys."""

    member: Member
    by: Key
    others: list[tuple[Key, str, Member]] = field(default_factory=list["tuple[Key, str, Member]"])


class AmbiguousError(Exception):
    """Tell why a row names no one user."""


def _has_other_external_id(row: UserSpec, member: Member) -> bool:
    wanted, has = key_of("external_id", row), key_of("external_id", member)
    return None not in (wanted, has) and wanted != has


@dataclass(slots=True)
class MatchResult:
    """Hold who was found: rows with their users, rows of nobody, and what was wrong."""

    pairs: list[tuple[UserSpec, Member]] = field(default_factory=list[tuple["UserSpec", "Member"]])
    unmatched: list[UserSpec] = field(default_factory=list["UserSpec"])
    problems: list[RosterProblem] = field(default_factory=list[RosterProblem])


def match_rows(rows: Iterable[UserSpec], index: UserIndex) -> MatchResult:
    """Find the user of each row; two rows of one user are a problem that names both.

    A row whose keys are those of two users is a problem too, unless the other one is named by a row of their own that
    gives the key up: people who take over each other's username or address.
    """
    matched = MatchResult()
    taken: dict[str, UserSpec] = {}
    disputed: list[tuple[UserSpec, Match]] = []
    for row in rows:
        try:
            found = index.find(row)
        except AmbiguousError as error:
            matched.problems.append(RosterProblem(row.origin, str(error)))
            continue
        if found is None:
            matched.unmatched.append(row)
            continue
        first = taken.setdefault(found.member.id, row)
        if first is not row:
            message = f"it names {index.what} {found.member.id}, whom {first.origin or 'another row'} names too"
            matched.problems.append(RosterProblem(row.origin, message))
            continue
        matched.pairs.append((row, found.member))
        if found.others:
            disputed.append((row, found))
    for row, found in disputed:
        matched.problems += [
            RosterProblem(
                row.origin,
                f"its {found.by} is that of {index.what} {found.member.id}, its {kind} that of {other.id}"
                + (f", whom {taken[other.id].origin or 'another row'} names" if other.id in taken else ""),
            )
            for kind, key, other in found.others
            if other.id not in taken or key_of(kind, taken[other.id]) in {None, key}
        ]
    return matched


def rows_without_key(rows: Sequence[UserSpec], kinds: tuple[Key, ...]) -> list[RosterProblem]:
    """Name the rows that say nothing by which their person could be found again."""
    message = f"it has none of {', '.join(kinds)}: nothing tells whom it means"
    return [RosterProblem(row.origin, message) for row in rows if all(key_of(kind, row) is None for kind in kinds)]
