"""Read a roster from a JSON Lines file."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, cast

from orgsdk._parameters import name_parameters
from orgsdk.bulk.roster.columns import (
    MAX_COLUMNS,
    RoleMapping,
    RoleReader,
    ValueProblem,
    check_columns,
    check_reader_arguments,
    find_columns,
    has_controls,
    read_json_text,
    read_states,
    suggest,
)
from orgsdk.bulk.roster.lines import File, Lines, open_roster_file
from orgsdk.bulk.roster.problems import COLUMN_ADVICE, ProblemCollector, RosterChecker, UnreadableSource, origin_at
from orgsdk.bulk.roster.spec import FIELDS, Roster, UserSpec

if TYPE_CHECKING:
    from collections.abc import Iterator


@name_parameters
def read_jsonl(
    file: File,
    *,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    roles: RoleMapping | None = None,
    encoding: str | None = None,
    complete: bool | None = None,
) -> Roster:
    """Read and check a file with one JSON object for each line.

    The names in the objects correspond to the columns of `read_csv`. Values are text, or whole numbers for ids;
    `roles` is a list or one text as in CSV, `enabled` true or false, `state` a text. A null or missing value does not
    define the field. The whole file is read before it returns: in an async program, call it in a worker thread.

    Args:
        file: A path, or a file that is open for reading bytes.
        columns: Maps fields to names in the objects; only those names are read.
        ignore: Names that are ignored.
        roles: The names of roles that the file may contain, or a mapping of some of them to the provider's names. A
            user whose only roles map to None is left out.
        encoding: Default: UTF-8, or the encoding of a byte order mark.
        complete: True: the file is complete. False: it lists only a part of the users, so no member is removed
            because it is missing. Default: False if the last line has no line end, because lines may be missing.

    Returns:
        The roster.

    Raises:
        SourceError: Lines are invalid; it lists at most 100 problems.
        InvalidArgumentError: An argument is invalid.
        FileError: The file cannot be opened or read.

    Example:
        ``read_jsonl("people.jsonl", columns={"external_id": "sis_id", "email": "mail"})``
    """
    check_columns(columns)
    check_reader_arguments(ignore=ignore, roles=roles, encoding=encoding, complete=complete)
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
            lines.start_record()
            if not line.strip():
                continue
            try:
                document = json.loads(line, object_pairs_hook=_unique_names, parse_constant=_refuse_constant)
            except (ValueError, RecursionError) as error:
                cut = "" if lines.ended else "; the file ends without a line end and may be truncated"
                problems.add(origin_at(name, lines.number), f"the line is not a JSON object ({_reason(error)}){cut}")
                continue
            if isinstance(document, dict):
                yield lines.number, document
            else:
                problems.add(
                    origin_at(name, lines.number), "the line is not a JSON object: write one {…} for each line"
                )
    except UnreadableSource as error:
        problems.add(origin_at(name, error.line), str(error))
    if lines.number == 0:
        problems.add(origin_at(name, 1), "the file is empty")


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _refuse_constant(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _reason(error: Exception) -> str:
    # Not the document: it contains personal data.
    return f"{error.msg}, character {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)


class _JsonlReader:
    """Convert objects to rows. The names are matched to fields once for each set of names, not for each object."""

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
        """Return the row of a line; None if its roles leave it out, or it has a problem."""
        names = tuple(document)
        origin = origin_at(self._name, line)
        try:
            fields = self._layouts[names]
        except KeyError:
            fields = self._layouts[names] = self._match_names(names, origin)
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

    def _match_names(self, names: tuple[str, ...], origin: str) -> Mapping[str, str] | None:
        self.names.update(dict.fromkeys(names))
        if len(self.names) > MAX_COLUMNS:
            self._problems.fail(origin, f"the file has over {MAX_COLUMNS:,} different names: its objects are not users")
        if has_controls("".join(names)):
            self._problems.add(origin, "a name contains a line break or another control character")
            return None
        if self._columns is not None:
            return {field: name for field, name in self._columns.items() if name in names}
        layout, wrong = find_columns(names, ignore=[name for name in self._ignore if name in names])
        for problem in wrong:
            self._problems.add(origin, problem, advice=COLUMN_ADVICE)
        return None if wrong else {field: names[position] for field, position in layout.positions.items()}

    def check_mapping(self) -> None:
        """Add a problem for each mapped name that no object has."""
        for field, name in (self._columns or {}).items():
            if self.names and name not in self.names:
                self._problems.add(
                    self._name,
                    f"no object has the name {name!r} for {field}{suggest(name, self.names)}",
                    advice=COLUMN_ADVICE,
                )

    def _read(self, document: dict[str, object], fields: Mapping[str, str], origin: str) -> UserSpec | None:
        texts = {
            field: read_json_text(_text(document[name], field), field)
            for field, name in fields.items()
            if field in FIELDS
        }
        roles = self._read_roles(document[fields["roles"]]) if "roles" in fields else None
        if roles == ():
            return None
        state, word = read_states(
            _text(document[fields["state"]], "state") if "state" in fields else None,
            _flag(document[fields["enabled"]]) if "enabled" in fields else None,
        )
        return UserSpec(**texts, roles=roles, state=state, word=word, origin=origin)

    def _read_roles(self, value: object) -> tuple[str, ...] | None:
        if isinstance(value, list):
            names = [read_json_text(_text(name, "role"), "role") for name in cast("list[object]", value)]
            return self._roles.rename([name for name in names if name]) if names else None
        return self._roles.split(_text(value, "roles"))


def _text(value: object, field: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueProblem(f"the {field} must be text or a whole number")


def _flag(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else _text(value, "enabled")
