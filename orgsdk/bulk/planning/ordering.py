"""Order the writes of a plan into waves, and leave out cycles of exchanged values."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orgsdk.bulk.planning.writes import Write

# What no two accounts of a tenant may have in common.
_UNIQUE = ("external_id", "username", "email", "phone")


def in_waves(writes: Sequence[Write]) -> list[list[Write]]:
    """Give the writes in waves: what one depends on stands in an earlier wave, and those of one wave do not depend.

    A write depends on the one before it of the same person, and on the one that gives up the username, the address,
    the phone number or the external id that it needs. Removals that nothing waits for come last, so that a run that
    has to be stopped has removed nobody. What `find_cycles` names has no order; a plan that holds such writes all the
    same has them tried as they stand.
    """
    waves, last, circular = _in_order(writes)
    return [wave for wave in (*waves, circular, last) if wave]


def find_cycles(writes: Sequence[Write]) -> dict[int, tuple[str, ...]]:
    """Give, by their numbers, the writes that have no order, and the fields of each for which it waits in vain.

    They are of people who exchange such a value among each other, and of those who wait for one of them.
    """
    giving = _writes_by_freed_value(writes)
    # Nearly always nobody among those who give a value up waits for another: that costs no look at all the writes.
    if not any(value in giving for write in writes if write.kind == "update" for value in _needed_values(write)):
        return {}
    _, _, circular = _in_order(writes)
    numbers = {write.number for write in circular}
    found = {
        write.number: tuple(
            name
            for name, value in _needed_values(write)
            if (giver := giving.get((name, value))) in numbers and giver != write.number
        )
        for write in circular
    }
    return {number: names for number, names in found.items() if names}


def _in_order(writes: Sequence[Write]) -> tuple[list[list[Write]], list[Write], list[Write]]:
    """Give the waves, the removals that come last, and what has no order."""
    followers, waiting = _dependencies(writes)
    last = [write for write in writes if write.kind == "remove" and not followers.get(write.number)]
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


def _writes_by_freed_value(writes: Sequence[Write]) -> dict[tuple[str, str], int]:
    """Give which write gives up each value that others may need."""
    return {value: write.number for write in writes for value in _freed_values(write)}


def _dependencies(writes: Sequence[Write]) -> tuple[dict[int, list[int]], dict[int, int]]:
    """Give who follows each write, and how many each waits for."""
    giving = _writes_by_freed_value(writes)
    followers: defaultdict[int, list[int]] = defaultdict(list)
    waiting: dict[int, int] = {}
    latest: dict[str, int] = {}
    for write in writes:
        person = write.user_id or write.key
        first = {giving[value] for value in _needed_values(write) if value in giving}
        if person in latest:
            first.add(latest[person])
        first.discard(write.number)
        latest[person] = write.number
        waiting[write.number] = len(first)
        for number in first:
            followers[number].append(write.number)
    return followers, waiting


def _freed_values(write: Write) -> Iterator[tuple[str, str]]:
    if write.kind == "update" or (write.kind == "remove" and write.account == "delete"):
        for name in _UNIQUE:
            value = write.before.get(name)
            if value:
                yield name, value.casefold()


def _needed_values(write: Write) -> Iterator[tuple[str, str]]:
    for name in _UNIQUE:
        value = write.fields.get(name)
        if value:
            yield name, value.casefold()


_MAX_SHOWN = 10


def without_cycles(writes: Sequence[Write]) -> tuple[list[Write], tuple[str, ...]]:
    """Give the writes without what has no order, numbered anew, and notes that say whose that is.

    A provider refuses each of such writes for the value that another still has, and to go by way of a made-up
    username or address would have people signed in by it meanwhile. All else of the same people stays.
    """
    circling = find_cycles(writes)
    if not circling:
        return list(writes), ()
    kept = [left for write in writes if (left := _without_fields(write, circling.get(write.number, ()))) is not None]
    numbered = [replace(write, number=number) for number, write in enumerate(kept)]
    return numbered, (_cycle_note([write for write in writes if write.number in circling], circling),)


def _without_fields(write: Write, names: Sequence[str]) -> Write | None:
    if not names:
        return write
    fields = {name: value for name, value in write.fields.items() if name not in names}
    if write.kind != "update" or not fields:
        return None  # nobody is made without the name that they were to have
    return replace(write, fields=fields, before={name: write.before[name] for name in fields})


def _cycle_note(left_out: Sequence[Write], circling: Mapping[int, Sequence[str]]) -> str:
    shown = [
        f"{write.origin or write.user_id or 'a row'} ({', '.join(circling[write.number])})"
        for write in left_out[:_MAX_SHOWN]
    ]
    if len(left_out) > _MAX_SHOWN:
        shown.append(f"and {len(left_out) - _MAX_SHOWN:,} more")
    return (
        "these exchange among each other what no two may have at once, which no order of writes does, so that it stays "
        f"as it is: {'; '.join(shown)}; give one of them another value first, then plan again"
    )
