"""Recognize which system wrote a file: by the names of its columns, or the shape of its JSON."""

from __future__ import annotations

import io
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from orgsdk._messages import similar_name
from orgsdk.bulk.roster.columns import find_columns
from orgsdk.bulk.roster.json_rows import decode_object
from orgsdk.bulk.roster.json_stream import JsonItems
from orgsdk.bulk.roster.lines import Lines
from orgsdk.bulk.roster.presets import PRESETS
from orgsdk.bulk.roster.presets.accounts import FIREBASE
from orgsdk.bulk.roster.problems import UnreadableSource
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from orgsdk.bulk.roster.lines import Readable
    from orgsdk.bulk.roster.presets.preset import Layout, Preset

OWN_FORMATS: Final = ("csv", "json", "excel")
"""Names for files whose columns have the names of fields, or are mapped to them."""

MAX_OBJECTS: Final = 100
"""Number of objects by which a JSON file is recognized."""


class Match(NamedTuple):
    """The preset and the layout that a file was recognized as."""

    preset: Preset
    layout: Layout


def preset_names() -> tuple[str, ...]:
    """Return the names that `read_roster` accepts as preset."""
    return (*PRESETS, *OWN_FORMATS)


def check_preset(name: str | None) -> None:
    """Raise `InvalidArgumentError` if there is no preset of this name."""
    if name is not None and name not in preset_names():
        near = similar_name(name, preset_names())
        hint = f"did you mean {near!r}? The presets are" if near else "pass one of"
        raise InvalidArgumentError(f"Unknown preset {name[:100]!r}: {hint} {', '.join(preset_names())}.")


def _candidates(name: str | None) -> Iterator[Match]:
    for preset in PRESETS.values() if name is None else [PRESETS[name]] if name in PRESETS else []:
        for layout in preset.layouts:
            yield Match(preset, layout)


def match_table(header: Sequence[str], name: str | None) -> Match | None:
    """Return what a table with this header is, of all presets or of one of them; None if it is none of them."""
    for match in _candidates(name):
        if match.layout.kind == "table" and match.layout.has_header(header):
            return match
    if name in {None, FIREBASE.name} and _is_firebase(header):
        return Match(FIREBASE, next(one for one in FIREBASE.layouts if one.header))
    return None


def recognize_table(header: Sequence[str], name: str | None) -> Match | None:
    """Return what a table with this header is, as `match_table`; None for one whose columns are read by their names.

    A file of which each column has the name of a field needs no preset.
    """
    if name in OWN_FORMATS:
        return None
    if name is None:
        layout, wrong = find_columns(header, None, ())
        if layout.positions and not wrong:
            return None
    return match_table(header, name)


def is_oneroster_1_1(header: Sequence[str]) -> bool:
    """Return whether a table is the users.csv of OneRoster 1.1 or 1.2, which is read with its manifest."""
    return {"sourcedid", "enableduser"} <= {column.strip().casefold() for column in header}


def _is_firebase(cells: Sequence[str]) -> bool:
    # Firebase writes no header: the line is one of a user.
    width = len(FIREBASE.layouts[0].header)
    return len(cells) == width and not cells[-1] and cells[2].strip().casefold() in {"true", "false"}


def match_objects(list_at: str, objects: Iterable[Mapping[str, object]], name: str | None) -> Match | None:
    """Return what a list of objects is, of all presets or of one of them; None if it is none of them.

    `list_at` is the name beside which the list is; empty for an array and for one object per line.
    """
    names = set(_paths(objects))
    for match in _candidates(name):
        if match.layout.kind == "json" and match.layout.list_at == list_at and match.layout.has_header(names):
            return match
    return None


def match_json(stream: Readable, encoding: str | None, name: str | None) -> Match | None:
    """Return what a JSON file is, by the first objects of its list; None if it is none of the presets."""
    items = JsonItems(Lines(stream, encoding).chunks())
    list_at = ""
    objects: list[Mapping[str, object]] = []
    with suppress(UnreadableSource):  # the reader reports it
        for _, item in islice(items, MAX_OBJECTS):
            if not objects and items.lists:
                list_at = items.lists[-1]
            if isinstance(item, dict):
                objects.append(cast("Mapping[str, object]", item))
    return match_objects(list_at, objects, name)


def match_lines(head: bytes, encoding: str | None, name: str | None) -> Match | None:
    """Return what a file with one JSON object per line is, by its first bytes; None if it is none of the presets."""
    objects: list[Mapping[str, object]] = []
    with suppress(UnreadableSource):
        for line in islice(Lines(io.BytesIO(head), encoding), MAX_OBJECTS):
            with suppress(ValueError, RecursionError):  # the last line may be cut
                document = decode_object(line)
                if isinstance(document, dict):
                    objects.append(cast("Mapping[str, object]", document))
    return match_objects("", objects, name)


def _paths(objects: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield the names in objects, and the dotted names of the objects in them."""
    for document in objects:
        for name, value in document.items():
            yield name
            if isinstance(value, dict):
                yield from (f"{name}.{inner}" for inner in cast("Mapping[str, object]", value))
