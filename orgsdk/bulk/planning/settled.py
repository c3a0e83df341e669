"""Settled members: those that are as their row describes them, and whose keys no other row has.

No other row concerns them, and nothing is written for them. Most members of most rosters are settled, so that a plan
needs no objects for them and their rows: they are found in the compact stores, and only counted. Keys are compared
loosely, without case, form and zeros at the start, so that whatever looks like a doubt is left to `matching`.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from itertools import compress
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.planning.member_store import COLUMNS, MemberStore
from orgsdk.bulk.planning.members import Member
from orgsdk.bulk.roster.keys import email_key, key_of
from orgsdk.bulk.roster.spec import FIELDS, UserSpec
from orgsdk.bulk.stores.key_index import loose_hash, loose_hashes
from orgsdk.bulk.stores.texts import split_row

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from orgsdk.bulk.roster.keys import Key
    from orgsdk.bulk.stores.rows import RowStore

# The state of a row: no member has one of its keys, one member has and is as it describes, or something else.
_OPEN, _SETTLED, _CONTESTED = 0, 1, 2
_NO_MEMBER: Final = 0xFFFFFFFF
_COLUMN: Final[dict[str, int]] = {name: COLUMNS.index(name) for name in FIELDS}
_IS_OTHER: Final = bytes(state != _SETTLED for state in range(256))
_EXTERNAL_ID: Final = _COLUMN["external_id"]
_EMAIL: Final = _COLUMN["email"]


@dataclass(frozen=True, slots=True)
class Settled:
    """The settled members, counted, and all other rows and members.

    Attributes:
        rows: The other rows, in order.
        members: The other members, in order.
        new: The `id()` of each of these rows that has a key which no other row and no member has.
        contested: Those of these members that have a key of a row.
        count: Number of settled members.
        roles: How many settled members have which roles.
        row_roles: The roles of their rows.
        defined: How many of their rows define each field.
    """

    rows: list[UserSpec]
    members: list[Member]
    new: frozenset[int]
    contested: list[Member]
    count: int
    roles: Counter[tuple[str, ...]]
    row_roles: frozenset[tuple[str, ...]]
    defined: Counter[str]
    _store: MemberStore
    _is_other: bytes

    @property
    def roles_of_all(self) -> Counter[tuple[str, ...]]:
        """How many members, settled or not, have which roles."""
        return self.roles + Counter(member.roles for member in self.members)

    def __iter__(self) -> Iterator[Member]:
        """Yield the settled members; each is made again."""
        for positions, _ in self._store.blocks():
            yield from self._store.take(position for position in positions if not self._is_other[position])


def settle(
    rows: RowStore,
    members: MemberStore,
    *,
    kinds: Sequence[Key],
    compared: Collection[str],
    are_same_roles: Callable[[UserSpec, tuple[str, ...]], bool],
    bad: Iterable[UserSpec] = (),
) -> Settled:
    """Find the settled members.

    Args:
        rows: The rows.
        members: The members.
        kinds: The keys that match rows to members.
        compared: The fields that a plan would update.
        are_same_roles: Whether a plan leaves the roles of a member with these roles as they are, for such a row.
        bad: Rows that were left out. No row or member that has one of their keys is settled.

    Returns:
        The settled members, and all others.
    """
    settling = _Settling(rows, members, kinds, compared, are_same_roles)
    settling.contest_keys_of(bad)
    for positions, block in members.blocks():
        settling.add(positions, block)
    return settling.result()


class _Settling:
    def __init__(
        self,
        rows: RowStore,
        members: MemberStore,
        kinds: Sequence[Key],
        compared: Collection[str],
        are_same_roles: Callable[[UserSpec, tuple[str, ...]], bool],
    ) -> None:
        self._rows = rows
        self._members = members
        self._kinds: list[tuple[Key, int, Callable[[int], Sequence[int]]]] = [
            (kind, _COLUMN[kind], rows.key_index(kind).find) for kind in kinds
        ]
        self._are_same_roles = are_same_roles
        self._same_common: dict[tuple[int, int], bool] = {}
        self._states = bytearray(len(rows))
        self._is_contested = bytearray(len(members))
        self._bad: dict[Key, set[int]] = {kind: set() for kind in kinds}
        self._member_of = array("I", [_NO_MEMBER]) * len(rows)
        # Two new users may not have usernames that differ in case, although no user is matched by them.
        searched: set[Key] = {*kinds, "username"}
        for kind in searched:
            for position in rows.key_index(kind).repeated():
                self._states[position] = _CONTESTED
        fields = {name for name in compared if rows.defined.get(name)} | set(kinds)
        self._compared = sorted(_COLUMN[name] for name in fields)
        self._of_member = itemgetter(*self._compared)
        self._of_row = itemgetter(*(column - 1 for column in self._compared))

    def contest_keys_of(self, specs: Iterable[UserSpec]) -> None:
        for spec in specs:
            for kind, _, find in self._kinds:
                if wanted := loose_hash(kind, getattr(spec, kind)):
                    self._bad[kind].add(wanted)
                    for position in find(wanted):
                        self._states[position] = _CONTESTED

    def add(self, positions: range, block: Sequence[str]) -> None:
        """Find the rows of some members."""
        members = list(map(split_row, block))
        searches = [
            (column, loose_hashes(kind, [member[column] for member in members]), find)
            for kind, column, find in self._kinds
        ]
        states, encoded = self._states, self._rows.encoded
        for offset, member in enumerate(members):
            row: list[str] = []
            touched: list[int] = []
            for column, hashes, find in searches:
                if row and row[column - 1] == member[column]:
                    continue
                found = find(hashes[offset])
                if found:
                    touched += found
                    row = row or split_row(encoded(found[0]))
            if not touched:
                continue
            at, position = touched[0], positions[offset]
            self._is_contested[position] = 1
            if len(touched) == 1 and states[at] == _OPEN and self._is_same(row, member, at, position):
                states[at] = _SETTLED
                self._member_of[at] = position
            else:
                for at in touched:
                    states[at] = _CONTESTED

        for kind, (_, hashes, _) in zip(self._bad, searches, strict=True):
            if self._bad[kind]:
                for position, wanted in zip(positions, hashes, strict=True):
                    if wanted in self._bad[kind]:
                        self._is_contested[position] = 1

    def _is_same(self, row: Sequence[str], member: Sequence[str], at: int, position: int) -> bool:
        """Return whether a row and a member have the same keys, fields and roles."""
        if self._of_row(row) != self._of_member(member):
            for column in self._compared:
                if row[column - 1] and row[column - 1] != member[column]:
                    return False
        # Another external id, or none, does not show that the row is of the user who has one.
        if member[_EXTERNAL_ID] not in {"", row[_EXTERNAL_ID - 1]}:
            return False
        common = self._rows.common_numbers[at], self._members.common_numbers[position]
        is_same = self._same_common.get(common)
        if is_same is None:
            is_same = self._same_common[common] = self._are_unchanged(*common)
        return is_same and _has_valid_email(row[_EMAIL - 1])

    def _are_unchanged(self, of_row: int, of_member: int) -> bool:
        row_roles, state = self._rows.common[of_row][:2]
        roles, is_suspended = self._members.common[of_member]
        # An empty list of roles is counted in a note.
        if state != "active" or is_suspended or row_roles == ():
            return False
        return self._are_same_roles(UserSpec(roles=row_roles), roles)

    def result(self) -> Settled:
        """Return the settled members, and all others."""
        rows, members = self._rows, self._members
        is_other_row = self._states.translate(_IS_OTHER)
        is_other_member = bytearray(b"\1") * len(members)
        for position in compress(self._member_of, map(_SETTLED.__eq__, self._states)):
            is_other_member[position] = 0
        others = rows.take(compress(range(len(rows)), is_other_row))
        other_members = members.take(compress(range(len(members)), is_other_member))
        common = Counter(compress(members.common_numbers, map((0).__eq__, is_other_member)))
        of_rows = set(compress(rows.common_numbers, map((0).__eq__, is_other_row)))
        defined: Counter[str] = Counter({name: rows.defined[name] for name in FIELDS})
        for name in FIELDS:
            defined[name] -= sum(bool(getattr(row, name)) for row in others)
        return Settled(
            rows=others,
            members=other_members,
            new=frozenset(
                id(row)
                for row, state in zip(others, compress(self._states, is_other_row), strict=True)
                if state == _OPEN and any(key_of(kind, row) is not None for kind, _, _ in self._kinds)
            ),
            contested=list(compress(other_members, compress(self._is_contested, is_other_member))),
            count=len(rows) - len(others),
            roles=_sum_by_roles(members, common),
            row_roles=frozenset(roles for number in of_rows if (roles := rows.common[number][0]) is not None),
            defined=defined,
            _store=members,
            _is_other=bytes(is_other_member),
        )


def _sum_by_roles(members: MemberStore, common: Counter[int]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for number, count in common.items():
        found[members.common[number][0]] += count
    return found


def _has_valid_email(email: str) -> bool:
    if not email:
        return True
    if email.isascii():
        address = email.strip()
        return 0 < address.rfind("@") < len(address) - 1
    try:
        email_key(email)
    except ValueError:
        return False
    return True
