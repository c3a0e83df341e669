"""Values that a provider would refuse, because another user has them: they are left out of a plan.

`matching` finds the users who have a key of a row. This module is about the unique fields that a policy does not match
by, such as phone numbers, about values that several rows have, and about accounts that no row matches.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol, cast

from orgsdk.bulk.roster.keys import KEY_FUNCTIONS, username_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.writes import Write
    from orgsdk.bulk.roster.keys import Key
    from orgsdk.domain import UserFieldName

    class Holders(Protocol):
        """Users whose values can be read one field at a time."""

        def values(self, name: UserFieldName) -> Iterator[tuple[str, str]]: ...


_MAX_SHOWN: Final = 10
_NO_DIGIT: Final = re.compile(r"\D")
_Value = tuple["UserFieldName", str]


class UniqueValues:
    """Leave out the values that other users have.

    `names` are the unique fields that rows are not matched by, and `keys` those that they are matched by: of those, an
    update may need a value of an account that is no member. `accounts` are such accounts.

    A value is free if its holder gives it up in the same plan: by an update, or by the deletion of the account. Of
    several writes that need one value, the first one gets it.
    """

    def __init__(
        self,
        names: Collection[UserFieldName],
        keys: Collection[UserFieldName],
        members: Holders,
        accounts: Iterable[Member],
        *,
        distinguishes_case: bool,
    ) -> None:
        self._names: list[UserFieldName] = sorted(names)
        self._all: list[UserFieldName] = [*self._names, *sorted(keys)]
        self._members = members
        self._accounts = accounts
        self._distinguishes_case = distinguishes_case

    def leave_out(self, writes: Sequence[Write]) -> tuple[list[Write], tuple[str, ...]]:
        """Return the writes without these values, renumbered, and a note that names their rows.

        A new user is not created without a value of a key, since the row may be of the user who has it.
        """
        needed = {value for write in writes for value in self._needed(write)}
        if not needed:
            return list(writes), ()
        holders = self._holders(needed)
        left_out: dict[int, dict[UserFieldName, str]] = {}
        while found := self._conflicts(writes, holders, left_out):
            # A value that is left out is not given up either, so that others may not get it.
            for number, name, holder in found:
                left_out.setdefault(number, {})[name] = holder
        if not left_out:
            return list(writes), ()
        remaining = [rest for write in writes if (rest := _without(write, left_out.get(write.number, {}))) is not None]
        lines = [_line(write, names) for write in writes if (names := left_out.get(write.number))]
        return [replace(write, number=number) for number, write in enumerate(remaining)], (_note(lines),)

    def _holders(self, needed: Collection[_Value]) -> dict[_Value, str]:
        """Return the id of the user who has each of these values."""
        found: dict[_Value, str] = {}
        for name in self._all:
            if all(other != name for other, _ in needed):
                continue
            accounts = ((one.id, text) for one in self._accounts if (text := getattr(one, name)))
            for users in (self._members.values(name) if name in self._names else (), accounts):
                for user_id, text in users:
                    value: _Value = (name, self._comparable(name, text))
                    if value in needed:
                        found.setdefault(value, user_id)
        return found

    def _conflicts(
        self, writes: Sequence[Write], holders: Mapping[_Value, str], left_out: Mapping[int, Collection[str]]
    ) -> list[tuple[int, UserFieldName, str]]:
        """Return the writes that need a value which another user keeps or gets: number, field and the user."""
        freed = {value for write in writes for value in self._freed(write, left_out.get(write.number, ()))}
        taken = {value: (user, f"user {user}") for value, user in holders.items() if value not in freed}
        found: list[tuple[int, UserFieldName, str]] = []
        for write in writes:
            user = write.user_id or write.key
            if write.kind == "create" and any(name in KEY_FUNCTIONS for name in left_out.get(write.number, ())):
                continue
            for value in self._needed(write):
                if value[0] in left_out.get(write.number, ()):
                    continue
                holder, shown = taken.setdefault(value, (user, write.origin or f"user {user}"))
                if holder != user:
                    found.append((write.number, value[0], shown))
        return found

    def _needed(self, write: Write) -> Iterator[_Value]:
        if write.kind in {"create", "update"}:
            yield from self._values(write.fields, self._names if write.kind == "create" else self._all)

    def _freed(self, write: Write, left_out: Collection[str]) -> Iterator[_Value]:
        if write.kind == "update" or (write.kind == "remove" and write.account == "delete"):
            yield from (value for value in self._values(write.before, self._all) if value[0] not in left_out)

    def _values(self, fields: Mapping[str, str | None], names: Iterable[UserFieldName]) -> Iterator[_Value]:
        for name in names:
            if text := fields.get(name):
                yield name, self._comparable(name, text)

    def _comparable(self, name: str, text: str) -> str:
        if name == "phone":
            return _NO_DIGIT.sub("", text) or text
        if name == "username" and not self._distinguishes_case:
            return username_key(text).casefold()
        try:
            return KEY_FUNCTIONS[cast("Key", name)](text)
        except ValueError:
            return text


def _without(write: Write, names: Collection[str]) -> Write | None:
    if not names:
        return write
    fields = {name: value for name, value in write.fields.items() if name not in names}
    if not fields or (write.kind == "create" and any(name in KEY_FUNCTIONS for name in names)):
        return None
    return replace(write, fields=fields, before={name: write.before[name] for name in fields if name in write.before})


def _line(write: Write, left_out: Mapping[UserFieldName, str]) -> str:
    shown = ", ".join(f"{name} of {holder}" for name, holder in left_out.items())
    return f"{write.origin or write.user_id or 'a row'} ({shown})"


def _note(lines: Sequence[str]) -> str:
    more = len(lines) - _MAX_SHOWN
    shown = [*lines[:_MAX_SHOWN], *([f"and {more:,} more"] if more > 0 else [])]
    return (
        "these rows need a value that another user has and that must be unique here, so it is left out, and a new user "
        f"is not created without a key: {'; '.join(shown)}; if it is the same user, match by that field too "
        "(Policy.match_by); if not, correct one of them"
    )
