"""Read a roster from a JSON Lines file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from orgsdk.bulk.roster.columns import (
    MAX_COLUMNS,
    RoleReader,
    ValueProblem,
    check_columns,
    find_columns,
    has_controls,
    read_flag,
    read_text,
    suggest,
)
from orgsdk.bulk.roster.lines import Lines, open_roster_file
from orgsdk.bulk.roster.problems import ProblemCollector, RosterChecker, UnreadableSource, origin_at
from orgsdk.bulk.roster.spec import FIELDS, Roster, UserSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from orgsdk.bulk.roster.columns import RoleMapping
    from orgsdk.bulk.roster.lines import File


def read_jsonl(
    file: File,
    *,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    roles: RoleMapping | None = None,
    encoding: str | None = None,
    complete: bool | None = None,
) -> Roster:
    """Read a file of one JSON object a line into a roster, checked.

    The names in the objects are to their values what `read_csv` takes columns to be; `columns`, `ignore`, `roles` and
    `encoding` are as there. Values are text, or whole numbers for ids; `roles` is a list or one text
    as in CSV, `enabled` true or false. null says nothing, as does a name that is left out.

    An object that was cut is none, and is told; but a file whose last line is not ended may lack further lines: its
    roster is `incomplete`, so that nobody is removed for missing in it. `complete=True` says that the file is whole,
    `complete=False` that it lists a part of the people.

    Raises `SourceError` with every line that is wrong (at most 100), `InvalidArgumentError` for an argument, and
    OSError where the file cannot be opened. It reads the whole file before it returns.

    Example: `read_jsonl("people.jsonl", columns={"external_id": "sis_id", "email": "mail"})`
    """
    check_columns(columns)
    problems = ProblemCollector()
    with open_roster_file(file) as (stream, name):
        lines = Lines(stream, encoding)
        reader = _JsonlReader(name, problems, columns, ignore, RoleReader(roles))
        users = [spec for line, document in _documents(lines, name, problems) if (spec := reader.spec(line, document))]
    reader.check_mapping()
    problems.raise_any()
    return Roster(
        users=users,
        name=name,
        fingerprint=lines.fingerprint,
        columns=tuple(reader.names),
        incomplete=not lines.ended if complete is None else not complete,
    )


def _documents(lines: Lines, name: str, problems: ProblemCollector) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        for line in lines:
            lines.begin_record()
            if not line.strip():
                continue
            try:
                document = json.loads(line, object_pairs_hook=_unique_names, parse_constant=_refuse_constant)
            except (ValueError, RecursionError) as error:
                cut = "" if lines.ended else ", and the file ends without a line end: it may be cut"
                problems.add(origin_at(name, lines.number), f"this is no JSON object ({_reason(error)}){cut}")
                continue
            if isinstance(document, dict):
                yield lines.number, document
            else:
                problems.add(origin_at(name, lines.number), "this is JSON, but no object: write one {…} a line")
    except UnreadableSource as error:
        problems.add(origin_at(name, error.line), str(error))
    if lines.number == 0:
        problems.add(origin_at(name, 1), "the file is empty")


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in it")
    return found


def _refuse_constant(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


def _reason(error: Exception) -> str:
    # Never the document: a person's data stands in it.
    return f"{error.msg}, character {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)


class _JsonlReader:
    """Read objects into people. Which names are in use is settled once a set of names, not once an object."""

    def __init__(
        self,
        name: str,
        problems: ProblemCollector,
        columns: Mapping[str, str] | None,
        ignore: Collection[str],
        roles: RoleReader,
    ) -> None:
        self.names: dict[str, None] = {}
        self._name, self._problems, self._roles = name, problems, roles
        self._columns, self._ignore = columns, ignore
        self._checker = RosterChecker(problems)
        self._layouts: dict[tuple[str, ...], Mapping[str, str] | None] = {}

    def spec(self, line: int, document: dict[str, object]) -> UserSpec | None:
        """Give the person of a line; None where nobody is wanted, or what is wrong was noted."""
        names = tuple(document)
        origin = origin_at(self._name, line)
        try:
            fields = self._layouts[names]
        except KeyError:
            fields = self._layouts[names] = self._lay_out(names, origin)
        if fields is None:
            return None
        try:
            spec = self._read(document, fields, origin)
        except ValueProblem as problem:
            self._problems.add(origin, str(problem))
            return None
        if spec is not None:
            self._checker.check(spec)
        return spec

    def _lay_out(self, names: tuple[str, ...], origin: str) -> Mapping[str, str] | None:
        self.names.update(dict.fromkeys(names))
        if len(self.names) > MAX_COLUMNS:
            self._problems.fail(origin, f"the file has over {MAX_COLUMNS:,} names: its objects are no people")
        if has_controls("".join(names)):
            self._problems.add(origin, "a name has a line break or another control character in it")
            return None
        if self._columns is not None:
            return {field: name for field, name in self._columns.items() if name in names}
        layout, wrong = find_columns(names, ignore=[name for name in self._ignore if name in names])
        for problem in wrong:
            self._problems.add(origin, problem)
        return None if wrong else {field: names[place] for field, place in layout.places.items()}

    def check_mapping(self) -> None:
        """Note the mapped names that no object had."""
        for field, name in (self._columns or {}).items():
            if self.names and name not in self.names:
                self._problems.add(
                    self._name, f"no object has the name {name!r} for {field}{suggest(name, self.names)}"
                )

    def _read(self, document: dict[str, object], fields: Mapping[str, str], origin: str) -> UserSpec | None:
        texts = {
            field: read_text(_text(document[name], field), field) for field, name in fields.items() if field in FIELDS
        }
        held = self._held(document[fields["roles"]]) if "roles" in fields else None
        if held == ():
            return None
        enabled = "enabled" not in fields or _flag(document[fields["enabled"]])
        return UserSpec(**texts, roles=held, enabled=enabled, origin=origin)

    def _held(self, value: object) -> tuple[str, ...] | None:
        if isinstance(value, list):
            names = [read_text(_text(name, "role"), "role") for name in cast("list[object]", value)]
            return self._roles.take([name for name in names if name]) if names else None
        return self._roles.split(_text(value, "roles"))


def _text(value: object, field: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueProblem(f"the {field} is neither text nor a whole number")


def _flag(value: object) -> bool:
    return value if isinstance(value, bool) else read_flag(_text(value, "enabled"), "enabled")
