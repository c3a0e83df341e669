"""Convert the records of a file to rows, by the layout of a preset."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final, TypedDict, cast, get_args

from orgsdk.arguments import describe_name
from orgsdk.bulk.roster.cells import ValueProblem, clean_name
from orgsdk.bulk.roster.columns import KEYS, suggest
from orgsdk.bulk.roster.dates import ReadingDay
from orgsdk.bulk.roster.json_rows import look_up
from orgsdk.bulk.roster.presets.preset import EMPTY, ENABLED, Layout, NotAUser, Record, Words, fold_name
from orgsdk.bulk.roster.roles import RoleMapping, RolesOfUsers
from orgsdk.bulk.roster.rows import OnError, RowOptions, RowReader, Rows, read_keys
from orgsdk.bulk.roster.spec import FIELDS, State, UserSpec
from orgsdk.bulk.roster.states import NO, STATE_ADVICE, YES, StateMapping
from orgsdk.errors import Advice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_STATES: Final = get_args(State)
_ORGS: Final = "organizations of the row"
_IS_ELSEWHERE: Final = "the row has other organizations"
ORG_ADVICE: Final = Advice('Pass org="NAME".', command="--org NAME reads the users of one organization")
_MAX_SHOWN_ORGS: Final = 10
_FLAGS: Final = frozenset({*YES, *NO})


class ReaderArguments(TypedDict):
    """What `read_csv`, `read_json` and `read_jsonl` take alike."""

    columns: Mapping[str, str] | None
    ignore: Collection[str]
    roles: RoleMapping | None
    enabled: StateMapping | None
    rows: Rows
    omit_shared_emails: bool | Collection[str]
    on_error: OnError
    encoding: str | None
    complete: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """The arguments of `read_roster` that say how a file is read."""

    columns: Mapping[str, str] | None = None
    ignore: Collection[str] = ()
    row_options: RowOptions = field(default_factory=RowOptions)
    items: str | None = None
    org: str | None = None
    primary_only: bool = False
    on: date | None = None
    id_prefixes: Mapping[str, str] = field(default_factory=dict[str, str])
    delimiter: str | None = None
    encoding: str | None = None
    header_line: int | None = None
    sheet: str | None = None
    complete: bool | None = None

    def of_readers(self, rows: RowOptions) -> ReaderArguments:
        """Return the arguments for the reader of a file of own columns, with the options of the rows of that file."""
        return {
            "columns": self.columns,
            "ignore": self.ignore,
            "roles": rows.roles,
            "enabled": rows.enabled,
            "rows": rows.rows,
            "omit_shared_emails": rows.omit_shared_emails,
            "on_error": rows.on_error,
            "encoding": self.encoding,
            "complete": self.complete,
        }


class PresetRows:
    """Read records by a layout, into a `RowReader`.

    Args:
        layout: The layout.
        options: The arguments of the caller.
        role: The role of each row, besides those in its columns.
        only_role: The columns of roles are not read.
        orgs: The organizations whose users are read; None for all of them.
        roles_of: The roles in a file of their own, if the export has one.

    Attributes:
        reader: Collects the rows and their problems.
        passed_over: Counts the records that are not users, by their kind.
        day: The day for which the rows are read.
    """

    def __init__(
        self,
        layout: Layout,
        options: ReadOptions,
        *,
        role: str | None = None,
        only_role: bool = False,
        orgs: Collection[str] | None = None,
        roles_of: RolesOfUsers | None = None,
    ) -> None:
        kind = "memberships" if layout.rows_are_memberships else options.row_options.rows
        self.reader: RowReader = RowReader(replace(options.row_options, rows=kind))
        self.passed_over: Counter[str] = Counter()
        self._layout, self._role, self._orgs, self._roles_of = layout, role, orgs, roles_of
        self.day: ReadingDay = ReadingDay(options.on) if roles_of is None else roles_of.day
        self._found_orgs: dict[str, str] = {}
        self._separators = re.compile(f"[{re.escape(layout.separators)}]")
        self._mapped = {name: self._normalized(column) for name, column in (options.columns or {}).items()}
        ignored = {self._normalized(name) for name in options.ignore}
        self._columns: dict[str, tuple[str, ...]] = {}
        for name in (*FIELDS, "roles"):
            columns = (self._mapped[name],) if name in self._mapped else layout.columns_of(name)
            if used := tuple(column for column in columns if column not in ignored):
                self._columns[name] = used
        if only_role and "roles" not in self._mapped:
            self._columns.pop("roles", None)
        self._fields = tuple(name for name in FIELDS if name in self._columns)
        self._states = self._state_words(ignored, options.row_options.enabled)

    def _state_words(self, ignored: Collection[str], enabled: StateMapping | None) -> dict[str, Words]:
        stated = {self._mapped[name] for name in ("state", "enabled") if name in self._mapped}
        # The system of a column that the caller maps is not known.
        columns = dict.fromkeys(stated, _USUAL_WORDS) if stated else self._layout.states
        mapped: dict[str, State] = {
            clean_name(word).casefold(): ("active" if state else "suspended") if isinstance(state, bool) else state
            for word, state in (enabled or {}).items()
        }
        return {column: {**words, **mapped} for column, words in columns.items() if column not in ignored}

    def _normalized(self, name: str) -> str:
        if self._layout.kind == "json":
            return name
        return self._layout.normalize(name) or fold_name(name)

    def names(self, header: Iterable[str]) -> list[str]:
        """Return the names of a header as they are compared."""
        return [self._layout.normalize(clean_name(name)) for name in header]

    def check_header(self, header: list[str]) -> list[str]:
        """Return what is wrong with the columns of a table, given as they are compared."""
        problems = [
            f"there is no column {column!r} for {name}{suggest(column, header)}"
            for name, column in self._mapped.items()
            if column not in header
        ]
        used = {column for columns in self._columns.values() for column in columns} | self._states.keys()
        problems += [f"two columns have the name {column!r}" for column in sorted(used) if header.count(column) > 1]
        wanted = sorted({column for key in KEYS for column in self._columns.get(key, ())})
        if self._layout.mark is not None and wanted and not set(wanted).intersection(header):
            # The labels of a system may be translated.
            problems.append(f"none of the columns {', '.join(map(repr, wanted))} is there{suggest(wanted[0], header)}")
        return problems

    def has_states(self, header: Collection[str]) -> bool:
        """Return whether a table has a column that states who is suspended."""
        return not self._states.keys().isdisjoint(header)

    def positions(self, header: Sequence[str]) -> dict[str, int]:
        """Return the position of the first column of each field in a header, given as it is compared."""
        return {
            name: header.index(column)
            for name, columns in self._columns.items()
            for column in columns[:1]
            if column in header
        }

    def field_of(self, column: str) -> str | None:
        """Return the field that a column fills, or `state`; None if it is not read."""
        name = self._normalized(column)
        if name in self._states:
            return "state"
        return next((field_name for field_name, columns in self._columns.items() if name in columns), None)

    def add(self, record: Record, origin: str) -> None:
        """Add the row of a record to the roster, unless it is not one of a user. A problem is reported."""
        self.reader.cells.origin = origin
        row: Record = record
        try:
            row = self._prepare(record)
            if self._orgs is not None:
                self._add_elsewhere(row)
            if self._is_in_orgs(row) and (spec := self._read_row(row, origin)) is not None:
                self.reader.add(spec)
        except NotAUser as kind:
            self.passed_over[str(kind)] += 1
        except ValueProblem as problem:
            self.reader.reject(origin, problem, self._key_cells(row))

    def _prepare(self, record: Record) -> Record:
        layout = self._layout
        row = record if layout.prepare is None else layout.prepare(record)
        if layout.prepare_on is not None:
            row = layout.prepare_on(row, self.day)
        if layout.roles_by_org is None:
            return row
        every = roles = [(org.casefold(), org, role) for org, role in layout.roles_by_org(row)]
        if self._orgs is not None:
            wanted = {org.casefold() for org in self._orgs}
            roles = [found for found in every if found[0] in wanted]
        for folded, org, _ in roles:
            self._found_orgs.setdefault(folded, org)
        return {
            **row,
            _ORGS: ",".join(org for _, org, _ in roles),
            _IS_ELSEWHERE: len(roles) < len(every),
            "roles": [role for _, _, role in roles],
        }

    def problem_of_orgs(self) -> str | None:
        """Return what is wrong if the roles of the file are of several organizations."""
        if len(self._found_orgs) < 2:  # one is right
            return None
        shown = ", ".join(sorted(self._found_orgs.values(), key=str.casefold)[:_MAX_SHOWN_ORGS])
        return f"the roles are of {len(self._found_orgs):,} organizations ({shown}): name the one whose users are meant"

    def mapped_names(self) -> dict[str, str]:
        """Return the columns that the caller mapped, by their fields."""
        return self._mapped

    def _key_cells(self, row: Record) -> Iterator[tuple[str, object]]:
        for name in KEYS:
            for column in self._columns.get(name, ()):
                value = look_up(row, column)
                if value:
                    yield name, str(value) if isinstance(value, int) else value
                    break

    def _is_in_orgs(self, row: Record) -> bool:
        if self._layout.roles_by_org is not None:
            return self._orgs is None or bool(row[_ORGS])
        if self._orgs is None or self._layout.org is None:
            return True
        return not self._orgs_of(row, self._layout.org).isdisjoint(self._orgs)

    def _orgs_of(self, row: Record, column: str) -> set[str]:
        return {name for org in str(row.get(column) or "").split(",") if (name := org.strip())}

    def _add_elsewhere(self, row: Record) -> None:
        """Record the user of a row that names an organization which is not read."""
        is_elsewhere = bool(row.get(_IS_ELSEWHERE))
        if self._layout.org is not None:
            is_elsewhere |= not self._orgs_of(row, self._layout.org).issubset(self._orgs or ())
        if not is_elsewhere and self._roles_of is None:
            return
        keys, _ = read_keys(self._key_cells(row))
        if self._roles_of is not None:
            is_elsewhere |= self._roles_of.elsewhere.get(keys.get("external_id", ""), False)
        if is_elsewhere:
            try:
                state, _ = self._state(row)
            except ValueProblem:
                state = "active"
            self.reader.add_elsewhere(keys, state)

    def _read_row(self, row: Record, origin: str) -> UserSpec | None:
        fields = self._table_texts(row) if self._layout.kind == "table" else self._object_texts(row)
        names = self._role_names(row) if self._roles_of is None else self._roles_of.of(fields["external_id"] or "")
        if names is None and self._roles_of is not None:
            return None
        roles: tuple[str, ...] | None = None
        if self._roles_of is not None and names == []:
            roles = ()  # all of them have ended
        elif names is not None and (roles := self.reader.roles.read(names)) is None:
            return None
        state, word = self._state(row)
        return UserSpec(**fields, roles=roles, state=state, word=word, origin=origin)

    def _table_texts(self, row: Record) -> dict[str, str | None]:
        cells = [_first_cell(row, self._columns[name]) for name in self._fields]
        return dict(zip(self._fields, self.reader.cells.read_row(cells, self._fields), strict=True))

    def _object_texts(self, row: Record) -> dict[str, str | None]:
        return {name: self._first(row, name) for name in self._fields}

    def _first(self, row: Record, name: str) -> str | None:
        for column in self._columns[name]:
            text = self._read(look_up(row, column), name)
            if text is not None:
                return text
        return None

    def _role_names(self, row: Record) -> list[str] | None:
        constant = [] if self._role is None else [self._role]
        values = [value for column in self._columns.get("roles", ()) if (value := look_up(row, column)) is not None]
        if not (values or constant):
            return None
        found = next(filter(None, values), None)
        parts = cast("list[object]", found) if isinstance(found, list) else self._separators.split(str(found or ""))
        names = [text for part in parts if (text := self._read(part, "role"))]
        return [*constant, *names]

    def _state(self, row: Record) -> tuple[State, str | None]:
        strictest: tuple[State, str | None] = ("active", None)
        for column, words in self._states.items():
            value = look_up(row, column)
            if not isinstance(value, str | int | None):
                raise ValueProblem(f"{column} must be true, false, a text or a whole number")
            # 0 is a word, and not an empty cell.
            text = str(value).lower() if isinstance(value, bool) else clean_name("" if value is None else str(value))
            state = words.get(text.casefold())
            if state is None:
                raise ValueProblem(_unknown_word(column, text, words), advice=STATE_ADVICE)
            if _STATES.index(state) > _STATES.index(strictest[0]):
                strictest = (state, f"{column} {text}" if text.casefold() in _FLAGS else text or None)
        return strictest

    def _read(self, value: object, name: str) -> str | None:
        if self._layout.kind == "table":
            return self.reader.cells.read_cell(str(value or ""), name)
        if isinstance(value, list) and len(cast("list[object]", value)) == 1:
            value = cast("list[object]", value)[0]
        if value is None:
            return None
        if isinstance(value, str):
            return self.reader.cells.read_json_text(value, name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise ValueProblem(f"the {name} must be text or a whole number")


_USUAL_WORDS: Final[Words] = {**ENABLED, **EMPTY, **dict(zip(_STATES, _STATES, strict=True)), "inactive": "suspended"}


def _first_cell(row: Record, columns: Iterable[str]) -> str:
    """Return the first cell of these columns that is not empty."""
    for column in columns:
        value = row.get(column)
        if value and (text := str(value)).strip():
            return text
    return ""


def _unknown_word(column: str, text: str, words: Words) -> str:
    known = ", ".join(word or "empty" for word in words)
    seen = f"has the unknown word {describe_name(text)}" if text else "is empty"
    return f"{column} {seen}: known are {known}"
