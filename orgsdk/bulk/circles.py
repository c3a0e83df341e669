"""People who exchange usernames or addresses among each other: no order of writes does that. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orgsdk.bulk.ordering import in_circles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orgsdk.bulk.writes import Write

_SHOWN = 10


def without_circles(writes: Sequence[Write]) -> tuple[list[Write], tuple[str, ...]]:
    """Give the writes without what has no order, numbered anew, and notes that say whose that is.

    A provider refuses each of such writes for the value that another still has, and to go by way of a made-up
    username or address would have people signed in by it meanwhile. All else of the same people stays.
    """
    circling = in_circles(writes)
    if not circling:
        return list(writes), ()
    kept = [left for write in writes if (left := _left(write, circling.get(write.number, ()))) is not None]
    numbered = [replace(write, number=number) for number, write in enumerate(kept)]
    return numbered, (_note([write for write in writes if write.number in circling], circling),)


def _left(write: Write, names: Sequence[str]) -> Write | None:
    if not names:
        return write
    fields = {name: value for name, value in write.fields.items() if name not in names}
    if write.kind != "update" or not fields:
        return None  # nobody is made without the name that they were to have
    return replace(write, fields=fields, before={name: write.before[name] for name in fields})


def _note(left_out: Sequence[Write], circling: Mapping[int, Sequence[str]]) -> str:
    shown = [
        f"{write.origin or write.user_id or 'a row'} ({', '.join(circling[write.number])})"
        for write in left_out[:_SHOWN]
    ]
    if len(left_out) > _SHOWN:
        shown.append(f"and {len(left_out) - _SHOWN:,} more")
    return (
        "these exchange among each other what no two may have at once, which no order of writes does, so that it stays "
        f"as it is: {'; '.join(shown)}; give one of them another value first, then plan again"
    )
