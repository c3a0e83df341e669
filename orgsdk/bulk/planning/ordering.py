"""Order the writes of a plan into waves, and leave out cycles of exchanged values."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from orgsdk.bulk.roster.keys import KEY_FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orgsdk.bulk.planning.writes import Write
    from orgsdk.bulk.roster.keys import Key

# Fields that must be unique among the accounts of a tenant.
_UNIQUE = ("external_id", "username", "email", "phone")
_MAX_SHOWN = 10
_NO_DIGIT: Final = re.compile(r"\D")


def in_waves(writes: Sequence[Write]) -> list[list[Write]]:
    """Group the writes into waves: a write depends only on writes of earlier waves.

    A write depends on the previous one of the same user, and on the one that frees the username, address, phone
    number or external id that it needs. Suspensions and removals that no write waits for come last, so that a run that
    is stopped has removed no member. Writes in a cycle (`find_cycles`) have no order; if a plan contains any, they are
    tried.
    """
    waves, last, cyclic = _in_order(writes)
    return [wave for wave in (*waves, cyclic, last) if wave]


def find_cycles(writes: Sequence[Write]) -> dict[int, tuple[str, ...]]:
    """Return, by number, the writes that have no order, with the fields that each waits for.

    They belong to users who exchange a value among each other, and to users who wait for one of them.
    """
    freed_by = _writes_by_freed_value(writes)
    # Usually no write that frees a value waits for another one: then there is no need to order the writes.
    if not any(value in freed_by for write in writes if write.kind == "update" for value in _needed_values(write)):
        return {}
    _, _, cyclic = _in_order(writes)
    numbers = {write.number for write in cyclic}
    found = {
        write.number: tuple(
            name
            for name, value in _needed_values(write)
            if (other := freed_by.get((name, value))) in numbers and other != write.number
        )
        for write in cyclic
    }
    return {number: names for number, names in found.items() if names}


def without_cycles(writes: Sequence[Write]) -> tuple[list[Write], tuple[str, ...]]:
    """Return the writes without the fields that have no order, renumbered, and a note that names their rows.

    The provider would refuse each of them, because another user still has the value. A temporary username or address
    is no solution: users could sign in with it meanwhile. All other changes of the same users stay.
    """
    cyclic = find_cycles(writes)
    if not cyclic:
        return list(writes), ()
    remaining = [rest for write in writes if (rest := _without_fields(write, cyclic.get(write.number, ()))) is not None]
    numbered = [replace(write, number=number) for number, write in enumerate(remaining)]
    return numbered, (_cycle_note([write for write in writes if write.number in cyclic], cyclic),)


def _without_fields(write: Write, names: Sequence[str]) -> Write | None:
    if not names:
        return write
    fields = {name: value for name, value in write.fields.items() if name not in names}
    if write.kind != "update" or not fields:
        return None  # do not create an account without the value that identifies it
    return replace(write, fields=fields, before={name: write.before[name] for name in fields})


def _cycle_note(left_out: Sequence[Write], cyclic: Mapping[int, Sequence[str]]) -> str:
    shown = [
        f"{write.origin or write.user_id or 'a row'} ({', '.join(cyclic[write.number])})"
        for write in left_out[:_MAX_SHOWN]
    ]
    if len(left_out) > _MAX_SHOWN:
        shown.append(f"and {len(left_out) - _MAX_SHOWN:,} more")
    return (
        "these rows exchange values that must be unique, which no order of writes can do, so the values stay as they "
        f"are: {'; '.join(shown)}; change one of them to another value first, then plan again"
    )


def _in_order(writes: Sequence[Write]) -> tuple[list[list[Write]], list[Write], list[Write]]:
    """Return the waves, the removals that come last, and the writes that have no order."""
    followers, waiting = _dependencies(writes)
    last = [write for write in writes if write.kind in {"suspend", "remove"} and not followers.get(write.number)]
    deferred = {write.number for write in last}
    by_number = {write.number: write for write in writes}
    waves: list[list[Write]] = []
    wave = [write for write in writes if not waiting[write.number] and write.number not in deferred]
    while wave:
        waves.append(wave)
        freed: list[Write] = []
        for write in wave:
            for number in followers.get(write.number, ()):
                waiting[number] -= 1
                if not waiting[number] and number not in deferred:
                    freed.append(by_number[number])
        wave = sorted(freed, key=lambda write: write.number)
    placed = deferred.union(write.number for wave in waves for write in wave)
    return waves, last, [write for write in writes if write.number not in placed]


def _dependencies(writes: Sequence[Write]) -> tuple[dict[int, list[int]], dict[int, int]]:
    """Return the writes that follow each write, and how many writes each one waits for."""
    freed_by = _writes_by_freed_value(writes)
    followers: defaultdict[int, list[int]] = defaultdict(list)
    waiting: dict[int, int] = {}
    latest: dict[str, int] = {}
    for write in writes:
        user = write.user_id or write.key
        first = {freed_by[value] for value in _needed_values(write) if value in freed_by}
        if user in latest:
            first.add(latest[user])
        first.discard(write.number)
        latest[user] = write.number
        waiting[write.number] = len(first)
        for number in first:
            followers[number].append(write.number)
    return followers, waiting


def _writes_by_freed_value(writes: Sequence[Write]) -> dict[tuple[str, str], int]:
    """Return the number of the write that frees each value."""
    return {value: write.number for write in writes for value in _freed_values(write)}


def _freed_values(write: Write) -> Iterator[tuple[str, str]]:
    if write.kind == "update" or (write.kind == "remove" and write.account == "delete"):
        for name in _UNIQUE:
            value = write.before.get(name)
            if value:
                yield name, _comparable(name, value)


def _needed_values(write: Write) -> Iterator[tuple[str, str]]:
    for name in _UNIQUE:
        value = write.fields.get(name)
        if value:
            yield name, _comparable(name, value)


def _comparable(name: str, value: str) -> str:
    """Return a value in the form in which two spellings of it are one, such as of a domain or of composed letters."""
    if name == "phone":
        return _NO_DIGIT.sub("", value) or value.casefold()
    if value.isascii():
        return value.casefold()
    try:
        return KEY_FUNCTIONS[cast("Key", name)](value).casefold()
    except ValueError:
        return value.casefold()
