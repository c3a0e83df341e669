"""Look at a roster file: what each column is taken for, how full it is, and which problems its rows have.

Nothing personal is shown in full: values are cut to their first character, unless a column repeats few words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from orgsdk.bulk.roster.columns import find_columns
from orgsdk.bulk.roster.content import UNREADABLE, as_seekable, content_of, read_head
from orgsdk.bulk.roster.header import LOOKAHEAD, describe_header
from orgsdk.bulk.roster.json_stream import JsonItems
from orgsdk.bulk.roster.jsonl_file import read_documents
from orgsdk.bulk.roster.lines import Lines
from orgsdk.bulk.roster.preset_rows import PresetRows, ReadOptions
from orgsdk.bulk.roster.problems import ProblemCollector, UnreadableSource, origin_at
from orgsdk.bulk.roster.recognition import Match, match_json, match_lines, recognize_table
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.bulk.roster.tables import csv_header, open_csv
from orgsdk.bulk.roster.workbook import open_sheet

if TYPE_CHECKING:
    from orgsdk.bulk.roster.lines import Readable
    from orgsdk.bulk.roster.spec import RosterProblem

MAX_INSPECTED_ROWS: Final = 100_000
_MAX_DIFFERENT: Final = 1_000
_MAX_SAMPLES: Final = 3
_MAX_WORDS: Final = 12
_REPEATS: Final = 5
_FREQUENT: Final = 0.2
_MOSTLY: Final = 0.9


@dataclass(slots=True)
class ColumnSummary:
    """One column: the field that it fills, how many rows have a value, and how many different ones.

    Attributes:
        name: Its name.
        read_as: The field that it fills, or `state`; None if it is not read.
        filled: How many rows have a value.
        values: The different values with their counts, at most 1,000.
    """

    name: str
    read_as: str | None
    filled: int = 0
    values: Counter[str] = field(default_factory=Counter[str], repr=False)

    def add(self, value: str) -> None:
        """Count a value."""
        if value:
            self.filled += 1
            if value in self.values or len(self.values) < _MAX_DIFFERENT:
                self.values[value] += 1

    @property
    def has_words(self) -> bool:
        """Whether the column repeats few words, as one of roles or states does. Names and keys never do."""
        if not self.values or self.has_addresses or self.read_as in FIELDS:
            return False
        few = len(self.values) <= _MAX_WORDS and self.filled >= _REPEATS * len(self.values)
        return self.read_as is not None or (few and max(self.values.values()) >= _FREQUENT * self.filled)

    @property
    def has_addresses(self) -> bool:
        """Whether most values are e-mail addresses."""
        return self.filled > 0 and sum(count for value, count in self.values.items() if "@" in value) > (
            _MOSTLY * sum(self.values.values())
        )

    @property
    def samples(self) -> list[str]:
        """The most frequent words with their counts, or the first values, cut."""
        if self.has_words:
            return [f"{_visible(value)[:40]} ({count:,})" for value, count in self.values.most_common(_MAX_SAMPLES)]
        return [cut_value(value) for value in list(self.values)[:_MAX_SAMPLES]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What is known of a file before it is read.

    Attributes:
        name: Its name.
        syntax: `csv`, `json` or `excel`.
        match: The system that it was recognized as; None for a file with columns of its own.
        columns: Its columns.
        rows: The number of its rows.
    """

    name: str
    syntax: str
    match: Match | None
    columns: Sequence[ColumnSummary]
    rows: int


def cut_value(value: str) -> str:
    """Return a value without what is personal: its first character, and of an address the domain's last part."""
    length, value = len(value), _visible(value)
    local, at, domain = value.partition("@")
    if at and local:
        return f"{local[0]}…@{domain[:1]}….{domain.rpartition('.')[2][:10]}"
    return f"{value[:1]}… ({length})" if length > 1 else value


def _visible(value: str) -> str:
    return "".join(character for character in value if character.isprintable())


def inspect_file(stream: Readable, name: str, options: ReadOptions, preset: str | None) -> Inspection:
    """Return the columns of a file, and what they are taken for.

    Raises `SourceError` if it is neither a table nor JSON. A header that may be a row is cut as values are.
    """
    problems = ProblemCollector()
    head, whole = read_head(stream, name)
    content = content_of(head)
    if content in UNREADABLE:
        problems.fail(name, UNREADABLE[content])
    if content.startswith("json") and preset != "csv":
        return _inspect_json(whole, head, name, options, preset, lines=content == "json lines")
    if content == "zip":
        data = whole.read()
        with open_sheet(data, name, problems, options.sheet, options.header_line) as sheet:
            match = recognize_table(sheet.header, preset)
            return _summarize(name, "excel", sheet.header, (cells for _, cells in sheet), match, options)
    match = recognize_table(csv_header(head, options), preset)
    records = open_csv(
        Lines(whole, options.encoding), name, problems, options, match.layout if match is not None else None
    )
    return _summarize(name, "csv", records.header, (cells for _, cells in records), match, options)


def _inspect_json(
    source: BinaryIO, head: bytes, name: str, options: ReadOptions, preset: str | None, *, lines: bool
) -> Inspection:
    problems = ProblemCollector()
    stream = as_seekable(source)
    if lines:
        match = match_lines(head, options.encoding, preset)
        found = [document for _, document in read_documents(Lines(stream, options.encoding), name, problems)]
    else:
        match = match_json(stream, options.encoding, preset)
        stream.seek(0)
        path = match.layout.list_at if match is not None else options.items
        items = JsonItems(Lines(stream, options.encoding).chunks(), tuple(path.split(".")) if path else None)
        try:
            found = [cast("Mapping[str, object]", item) for _, item in items if isinstance(item, dict)]
        except UnreadableSource as error:
            problems.fail(origin_at(name, error.line), str(error))
    records = [dict(_flatten(document)) for document in found[:MAX_INSPECTED_ROWS]]
    names = list(dict.fromkeys(column for record in records for column in record))
    rows = ([record.get(column, "") for column in names] for record in records)
    return _summarize(name, "json", names, rows, match, options)


def _flatten(document: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _flatten(cast("Mapping[str, object]", value), f"{prefix}{name}.")
        elif isinstance(value, bool):
            yield f"{prefix}{name}", str(value).lower()
        elif value is not None and not isinstance(value, list):
            yield f"{prefix}{name}", str(value)


def _summarize(
    name: str,
    syntax: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    match: Match | None,
    options: ReadOptions,
) -> Inspection:
    if match is not None:
        reader = PresetRows(match.layout, options)
        columns = [ColumnSummary(column, reader.field_of(column)) for column in header]
    else:
        columns = [
            ColumnSummary(column, found) for column, found in zip(header, _own_fields(header, options), strict=True)
        ]
    rows = iter(rows)
    first = list(islice(rows, LOOKAHEAD))
    if not any(column.read_as for column in columns) and not describe_header(header, first):
        for column in columns:  # it may be a row with personal data
            column.name = cut_value(column.name)
    count = 0
    for cells in chain(first, rows):
        count += 1
        if count > MAX_INSPECTED_ROWS:
            break
        for column, cell in zip(columns, cells, strict=False):
            column.add(cell.strip())
    return Inspection(name=name, syntax=syntax, match=match, columns=columns, rows=count)


def _own_fields(header: Sequence[str], options: ReadOptions) -> list[str | None]:
    layout, _ = find_columns(header, options.columns, options.ignore)
    fields = {position: field for field, position in layout.positions.items()}
    return [fields.get(position) for position in range(len(header))]


def group_problems(problems: Iterable[RosterProblem]) -> list[tuple[str, int, str | None]]:
    """Return each different problem once: its message, how many rows have it, and the first of them."""
    counts: Counter[str] = Counter()
    first: dict[str, str | None] = {}
    for problem in problems:
        counts[problem.message] += 1
        first.setdefault(problem.message, problem.origin)
    return [(message, count, first[message]) for message, count in counts.most_common()]


def mapping_of(inspection: Inspection, options: ReadOptions) -> tuple[dict[str, object], list[str]]:
    """Return the values and the comments of a mapping file for a file: what was found, and what is left to decide."""
    found = {column.read_as: column.name for column in inspection.columns if column.read_as is not None}
    unread = [column for column in inspection.columns if column.read_as is None and column.name]
    comments = [
        "How orgsdk reads this roster. See the documentation of read_roster for each argument.",
        f"{inspection.name}: {len(inspection.columns)} columns.",
    ]
    values: dict[str, object] = {
        "preset": inspection.match.preset.name if inspection.match is not None else inspection.syntax,
        "encoding": options.encoding,
        "delimiter": options.delimiter,
        "header_line": options.header_line,
        "sheet": options.sheet,
        "items": options.items,
        "org": options.org,
        "primary_only": options.primary_only or None,
        "complete": options.complete,
        "rows": options.row_options.rows if options.row_options.rows != "users" else None,
        "omit_shared_emails": options.row_options.omit_shared_emails is True or None,
        "ignore": list(options.ignore) or None,
        "columns": options.columns or None,
        "enabled": options.row_options.enabled or None,
        "id_prefixes": options.id_prefixes or None,
    }
    mapped = options.row_options.roles
    renamed = cast("Mapping[str, str | None]", mapped if isinstance(mapped, Mapping) else {})
    if renamed:
        values["roles"] = renamed
    if inspection.match is None:
        guesses = {field_name: column.name for field_name, column in _guess(unread).items() if field_name not in found}
        values["columns"] = {**found, **guesses}
        unread = [column for column in unread if column.name not in guesses.values()]
    if unread:
        comments.append("Not read:")
        comments += [f"  {column.name[:100]}" for column in unread]
    for table, field_name in (("roles", "roles"), ("enabled", "state")):
        words = next(
            (column for column in inspection.columns if column.read_as == field_name and column.has_words), None
        )
        if words is not None and table == "roles":
            values[table] = {**{word: word for word in words.values}, **renamed}
    return {key: value for key, value in values.items() if value is not None}, comments


def _guess(columns: Iterable[ColumnSummary]) -> dict[str, ColumnSummary]:
    """Return the columns that seem to be those of the keys: one of addresses, and one of different ids."""
    found: dict[str, ColumnSummary] = {}
    for column in columns:
        if column.has_addresses:
            found.setdefault("email", column)
        elif column.filled and len(column.values) == min(column.filled, _MAX_DIFFERENT) and _looks_like_id(column.name):
            found.setdefault("external_id", column)
    return found


def _looks_like_id(name: str) -> bool:
    words = name.casefold().replace("_", " ").replace("-", " ").split()
    return bool({"id", "nr", "no", "number", "nummer", "sourcedid", "guid", "uuid"} & set(words))
