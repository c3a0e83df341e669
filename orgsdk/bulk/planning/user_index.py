"""Find users by their keys, as their provider compares keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from orgsdk.bulk.planning.members import Member
from orgsdk.bulk.roster.keys import Key, fold_form, key_of, without_leading_zeros
from orgsdk.domain import Capability

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from orgsdk.bulk.roster.keys import HasKeys

Keys: TypeAlias = "list[tuple[Key, str]]"

STORED_WITH: Final[Mapping[Key, Capability]] = {
    "external_id": Capability.USERS_EXTERNAL_ID,
    "username": Capability.USERS_USERNAME,
}
"""The capability of a provider that stores a kind of key; each provider stores e-mail addresses."""

_DIFFERENCES: Final = {
    "case": "case",
    "form": "the form of characters (letters of full width, a typographic hyphen or apostrophe)",
}


def stored_keys(kinds: tuple[Key, ...], capabilities: Container[Capability]) -> tuple[Key, ...]:
    """Return the kinds of keys that the provider stores."""
    return tuple(kind for kind in kinds if kind not in STORED_WITH or STORED_WITH[kind] in capabilities)


@dataclass(slots=True)
class Hit:
    """A user who has a key of a row. `is_ambiguous`: several users have it."""

    member: Member
    kind: Key
    key: str
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A user whose key differs from that of a row only in case, in the form of characters, or in zeros at the start."""

    member: Member
    kind: Key
    differs_in: Literal["case", "form", "zeros"]

    def problem(self, what: str) -> str:
        """Return the problem of the row; `what` is the word for such a user."""
        if self.differs_in == "zeros":
            return zeros_message(self.kind, what, self.member)
        return (
            f"its {self.kind} differs only in {_DIFFERENCES[self.differs_in]} from that of {what} {self.member.id}, "
            f"which no row names: write it in the same way. If it is another user, the {what} needs a row too"
        )


class UserIndex:
    """Find users by their keys; `what` is the word for one of them in problems.

    `distinguishes_case`: the provider takes usernames that differ only in case for two users. If it is not known, the
    exact spelling goes first.
    """

    def __init__(
        self, members: Iterable[Member], kinds: tuple[Key, ...], what: str, *, distinguishes_case: bool = True
    ) -> None:
        self.kinds = kinds
        self.what = what
        self.distinguishes_case: bool = distinguishes_case
        self._members = members if isinstance(members, list) else list(members)
        self._by_key: dict[Key, dict[str, Member]] = {kind: {} for kind in kinds}
        self._several: dict[tuple[Key, str], list[Member]] = {}
        for member in self._members:
            for kind in kinds:
                key = key_of(kind, member)
                if key is None:
                    continue
                first = self._by_key[kind].setdefault(key, member)
                if first is not member:
                    self._several.setdefault((kind, key), [first]).append(member)

    def keys_of(self, row: HasKeys) -> Keys:
        """Return the keys of a row, in order."""
        return [(kind, key) for kind in self.kinds if (key := key_of(kind, row)) is not None]

    def find(self, keys: Keys) -> list[Hit]:
        """Return the user who has each key, in order. A key without a user is left out."""
        hits: list[Hit] = []
        for kind, key in keys:
            member = self._by_key[kind].get(key)
            if member is not None:
                hits.append(Hit(member, kind, key, (kind, key) in self._several))
            elif kind == "username" and not self.distinguishes_case:
                found = self._by_folded_username.get(key.casefold(), ())
                if found:
                    hits.append(Hit(found[0], kind, key, len(found) > 1))
        return hits

    def only_member(self, keys: Keys) -> Member | None:
        """Return the one user who has every key that any user has in this spelling; None if no or several users do.

        It decides most rows, without a `Hit` for each key.
        """
        found: Member | None = None
        for kind, key in keys:
            member = self._by_key[kind].get(key)
            if member is None:
                if kind == "username" and not self.distinguishes_case:
                    return None  # `find` looks for another spelling
            elif (found is not None and member is not found) or (self._several and (kind, key) in self._several):
                return None
            else:
                found = member
        return found

    def ids_with(self, hit: Hit) -> list[str]:
        """Return the ids of all users who have the key of a hit."""
        found: Sequence[Member] = self._several.get((hit.kind, hit.key), ())
        if not found and hit.kind == "username" and not self.distinguishes_case:
            found = self._by_folded_username.get(hit.key.casefold(), ())
        return sorted(member.id for member in found or (hit.member,))

    def near_misses(self, keys: Keys) -> Iterator[NearMiss]:
        """Yield the users who have nearly a key of a row that matches no user."""
        for kind, key in keys:
            for member in self._by_loose_key.get((kind, loose_key(key)), ()):
                difference = difference_of(key, key_of(kind, member) or "")
                if difference is not None:
                    yield NearMiss(member, kind, difference)

    def ids_like(self, keys: Keys) -> set[str]:
        """Return the ids of all users who have one of the keys, or nearly: in another case or form, or other zeros."""
        return {member.id for kind, key in keys for member in self._by_loose_key.get((kind, loose_key(key)), ())}

    @cached_property
    def _by_loose_key(self) -> dict[tuple[Key, str], list[Member]]:
        found: dict[tuple[Key, str], list[Member]] = {}
        for member in self._members:
            for kind, key in self.keys_of(member):
                found.setdefault((kind, loose_key(key)), []).append(member)
        return found

    @cached_property
    def _by_folded_username(self) -> dict[str, list[Member]]:
        found: dict[str, list[Member]] = {}
        for key, member in self._by_key.get("username", {}).items():
            found.setdefault(key.casefold(), []).append(member)
        return found


def zeros_message(kind: str, what: str, member: Member) -> str:
    """Return the problem of a key that equals a user's but for zeros at the start."""
    return (
        f"its {kind} is that of {what} {member.id} but for zeros at the start, which a spreadsheet may have removed: "
        "export the column as text"
    )


def difference_of(key: str, other: str) -> Literal["case", "form", "zeros"] | None:
    """Return in what two keys differ that may be those of one user; None if they are two users', or equal."""
    folded, folded_other = fold_form(key), fold_form(other)
    if folded == folded_other:
        return None if key == other else "case" if key.casefold() == other.casefold() else "form"
    digits = without_leading_zeros(folded)
    return "zeros" if digits is not None and digits == without_leading_zeros(folded_other) else None


def loose_key(key: str) -> str:
    """Return a key without case, form of characters and zeros at the start, to find keys that look alike."""
    return fold_form(key).lstrip("0")
