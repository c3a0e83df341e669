"""Read the roster of one file, of whatever system and syntax."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from orgsdk._messages import count_noun
from orgsdk.bulk.roster.columns import KEYS, find_columns
from orgsdk.bulk.roster.content import UNREADABLE, as_seekable, content_of, named, read_head
from orgsdk.bulk.roster.csv_file import read_csv, read_rows
from orgsdk.bulk.roster.file_context import FileContext, FileRoster
from orgsdk.bulk.roster.header import LOOKAHEAD
from orgsdk.bulk.roster.json_file import read_json
from orgsdk.bulk.roster.json_rows import look_up
from orgsdk.bulk.roster.json_stream import JsonItems
from orgsdk.bulk.roster.jsonl_file import read_documents, read_jsonl
from orgsdk.bulk.roster.lines import Lines
from orgsdk.bulk.roster.preset_rows import ORG_ADVICE, PresetRows, ReadOptions
from orgsdk.bulk.roster.presets import PRESETS
from orgsdk.bulk.roster.problems import COLUMN_ADVICE, ProblemCollector, UnreadableSource, header_advice, origin_at
from orgsdk.bulk.roster.recognition import (
    Match,
    is_oneroster_1_1,
    match_json,
    match_lines,
    match_table,
    recognize_table,
)
from orgsdk.bulk.roster.rows import RowReader
from orgsdk.bulk.roster.spec import Roster
from orgsdk.bulk.roster.tables import csv_header, open_csv, whole_rows
from orgsdk.bulk.roster.workbook import MAX_WORKBOOK_BYTES, Sheet, is_workbook, open_sheet
from orgsdk.errors import Advice, InvalidArgumentError

if TYPE_CHECKING:
    from typing import NoReturn

    from orgsdk.bulk.roster.lines import Readable
    from orgsdk.bulk.roster.presets.preset import Layout, Record

# A column of such a name that a recognized format does not read was added on purpose, or states more.
_TELLING_NAMES: Final = frozenset(
    {"role", "roles", "enabled", "suspended", "active", "status", "disabled", "blocked", "banned", "deleted"}
)
_SYNTAXES: Final = {"json": "JSON", "csv": "CSV, but a workbook or a zip"}
_FILE_ROLE_ADVICE: Final = Advice(
    'Pass the role with the file: read_roster({"pupils.csv": "student"}).',
    command="write the role behind the file, as in pupils.csv=student",
)


def read_file(stream: Readable, name: str, options: ReadOptions, context: FileContext) -> FileRoster:
    """Return the roster of a file.

    Raises `SourceError` for problems in it, and `ConfigurationError` if a workbook needs the extra `excel`.
    """
    return _FileReader(name, options, context).read(stream)


class _FileReader:
    def __init__(self, name: str, options: ReadOptions, context: FileContext) -> None:
        self._name, self._options, self._context = name, options, context
        self._preset = context.preset
        self._rows = options.row_options
        if context.role is not None:
            # The words of a column that is not read are not those that the caller lists.
            self._rows = replace(self._rows, roles=None)

    def read(self, source: Readable) -> FileRoster:
        head, stream = read_head(source, self._name)
        content = content_of(head)
        if content == "zip" and self._preset not in {"csv", "json"}:
            self._check_arguments("a workbook", "delimiter", "encoding", "items")
            return self._read_workbook(stream)
        if content.startswith("json") and self._preset not in {"csv", "excel"}:
            self._check_arguments("JSON", "delimiter", "header_line", "sheet")
            return self._read_lines(stream, head) if content == "json lines" else self._read_json(stream)
        if content in UNREADABLE:
            self._fail(UNREADABLE[content])
        if self._preset in {"json", "excel"} or content == "zip":
            self._fail(f"this is not {_SYNTAXES.get(self._preset or '', 'a workbook')}")
        self._check_arguments("CSV", "sheet", "items")
        return self._read_csv(stream, head)

    def _check_arguments(self, syntax: str, *others: str) -> None:
        """Raise `InvalidArgumentError` for arguments of another syntax: they would have no effect."""
        for argument in others:
            if getattr(self._options, argument) is not None:
                raise InvalidArgumentError(f"is given, but {self._name} is {syntax}: omit it.", argument=argument)

    def _fail(self, message: str, line: int | None = None) -> NoReturn:
        ProblemCollector().fail(self._name if line is None else origin_at(self._name, line), message)

    def _read_csv(self, stream: BinaryIO, head: bytes) -> FileRoster:
        options = self._options
        match = self._match_table(csv_header(head, options), options.header_line or 1)
        if match is None:
            roster = read_csv(
                stream,
                **options.of_readers(self._rows),
                header_line=options.header_line,
                delimiter=options.delimiter,
            )
            return FileRoster(roster)
        reader = self._preset_rows(match.layout)
        lines = Lines(stream, options.encoding)
        records = open_csv(lines, self._name, reader.reader.problems, options, match.layout)
        notes = self._read_table(records.header, records, match.layout, reader, records.header_line)
        return self._finish(match, reader, lines.fingerprint, records.header, (*notes, *records.notes))

    def _read_workbook(self, stream: BinaryIO) -> FileRoster:
        data = stream.read(MAX_WORKBOOK_BYTES + 1)
        if len(data) > MAX_WORKBOOK_BYTES or not is_workbook(io.BytesIO(data)):
            self._fail("this is not an Excel workbook: save it as .xlsx or CSV; if it is a zip of files, pass its path")
        options, digest = self._options, hashlib.sha256(data).hexdigest()
        problems = ProblemCollector()
        with open_sheet(data, self._name, problems, options.sheet, options.header_line) as sheet:
            match = self._match_table(sheet.header, sheet.header_line)
            if match is None:
                return FileRoster(self._read_own_sheet(sheet, digest))
            reader = self._preset_rows(match.layout)
            rows = whole_rows(sheet, self._name, reader.reader.problems)
            notes = self._read_table(sheet.header, rows, match.layout, reader, sheet.header_line)
            positions = reader.positions(reader.names(sheet.header))
            self._check_types(sheet, positions, reader.reader.problems)
        return self._finish(match, reader, digest, sheet.header, (*notes, *sheet.notes))

    def _read_own_sheet(self, sheet: Sheet, digest: str) -> Roster:
        options, reader = self._options, RowReader(self._rows)
        layout, wrong = find_columns(sheet.header, options.columns, options.ignore)
        for problem in wrong:
            advice = COLUMN_ADVICE if layout.positions else None
            reader.problems.add(origin_at(self._name, sheet.header_line), problem, advice=advice)
        if not layout.positions:
            self._find_header(sheet, reader.problems)
        reader.problems.raise_any()
        read_rows(whole_rows(sheet, self._name, reader.problems), layout, self._name, reader)
        self._check_types(sheet, layout.positions, reader.problems)
        return reader.roster(
            name=self._name,
            fingerprint=digest,
            columns=sheet.header,
            incomplete=options.complete is False,
            notes=sheet.notes,
        )

    def _find_header(self, sheet: Sheet, problems: ProblemCollector) -> None:
        """Report the line that seems to be the header, below a title."""
        for line, cells in islice(sheet, LOOKAHEAD):
            layout, _ = find_columns(cells, self._options.columns)
            if layout.positions.keys() & set(KEYS) or match_table(cells, self._preset) is not None:
                problems.add(origin_at(self._name, line), "the header seems to be here", advice=header_advice(line))
                return

    def _check_types(self, sheet: Sheet, positions: Mapping[str, int], problems: ProblemCollector) -> None:
        for line, message in sheet.problems(positions):
            problems.add(origin_at(self._name, line), message)

    def _match_table(self, header: Sequence[str], line: int) -> Match | None:
        preset = self._preset
        found = recognize_table(header, preset)
        if found is None and preset in {None, "oneroster"} and not self._options.columns and is_oneroster_1_1(header):
            self._fail("this is users.csv of OneRoster 1.1 or 1.2: pass the folder or the zip that it is in", line)
        if found is None and preset in PRESETS:
            titles = " or ".join(layout.title for layout in PRESETS[preset].layouts if layout.kind == "table")
            self._fail(
                f"the columns are not those of {titles or PRESETS[preset].title}: pass another preset, or none to "
                "recognize it",
                line,
            )
        return found

    def _read_table(
        self,
        header: Sequence[str],
        records: Iterable[tuple[int, list[str]]],
        layout: Layout,
        reader: PresetRows,
        line: int,
    ) -> list[str]:
        """Read the records, and return what is to note on the columns."""
        problems, names = reader.reader.problems, reader.names(header)
        for wrong in reader.check_header(names):
            problems.add(origin_at(self._name, line), wrong, advice=COLUMN_ADVICE)
        problems.raise_any()
        for number, cells in records:
            reader.add(dict(zip(names, cells, strict=False)), origin_at(self._name, number))
        notes = [
            f"the column {name[:100]!r} is not read"
            for name, known in zip(header, names, strict=True)
            if known in _TELLING_NAMES and reader.field_of(name) is None
        ]
        if layout.states and not reader.has_states(names):
            notes.append("no column states who is suspended, so every row is active")
        return notes

    def _read_json(self, source: BinaryIO) -> FileRoster:
        options = self._options
        stream = as_seekable(source)
        match = None if self._preset == "json" or options.items else match_json(stream, options.encoding, self._preset)
        stream.seek(0)
        if match is None:
            self._check_match()
            roster = read_json(
                named(stream, self._name),
                items=options.items,
                **options.of_readers(self._rows),
            )
            return FileRoster(roster)
        lines = Lines(stream, options.encoding)
        items = JsonItems(lines.chunks(), (match.layout.list_at,) if match.layout.list_at else None)
        numbered = (
            (f"{origin_at(self._name, line)}, item {number}", item) for number, (line, item) in enumerate(items, 1)
        )
        return self._read_objects(numbered, match, lines, items.beside)

    def _read_lines(self, stream: BinaryIO, head: bytes) -> FileRoster:
        options = self._options
        match = None if self._preset == "json" else match_lines(head, options.encoding, self._preset)
        if match is None:
            self._check_match()
            roster = read_jsonl(
                stream,
                **options.of_readers(self._rows),
            )
            return FileRoster(roster)
        lines = Lines(stream, options.encoding)
        return self._read_objects(None, match, lines, {})

    def _check_match(self) -> None:
        if self._preset in PRESETS:
            preset = PRESETS[self._preset]
            titles = " or ".join(layout.title for layout in preset.layouts if layout.kind == "json")
            self._fail(f"the names are not those of {titles}" if titles else f"{preset.title} is no JSON, but a table")

    def _read_objects(
        self, items: Iterable[tuple[str, object]] | None, match: Match, lines: Lines, beside: Mapping[str, object]
    ) -> FileRoster:
        reader = self._preset_rows(match.layout)
        problems = reader.reader.problems
        if items is None:
            items = (
                (origin_at(self._name, line), document)
                for line, document in read_documents(lines, self._name, problems)
            )
        names: dict[str, None] = {}
        missing = reader.mapped_names()
        count = 0
        try:
            for origin, item in items:
                count += 1
                if not isinstance(item, dict):
                    problems.reject(origin, "the item is not an object")
                    continue
                document = cast("Record", item)
                names.update(dict.fromkeys(document))
                missing = {name: path for name, path in missing.items() if look_up(document, path) is None}
                reader.add(document, origin)
        except UnreadableSource as error:
            problems.fail(origin_at(self._name, error.line), str(error))
        for name, path in missing.items():
            problems.add(self._name, f"no object has the name {path!r} for {name}", advice=COLUMN_ADVICE)
        proves = match.layout.proves_whole
        proven = proves is not None and proves(beside, count)
        return self._finish(match, reader, lines.fingerprint, tuple(names), (), proven=proven, ended=lines.ended)

    def _preset_rows(self, layout: Layout) -> PresetRows:
        stem = PurePath(self._name).stem.casefold()
        by_name = next((role for start, role in layout.role_of_file.items() if stem.startswith(start)), None)
        role = self._context.role or layout.role or by_name
        if layout.role_of_file and role is None:
            message = f"only the file's name states the role, such as {next(iter(layout.role_of_file))}.csv"
            ProblemCollector().fail(self._name, message, advice=_FILE_ROLE_ADVICE)
        return PresetRows(
            layout,
            self._options,
            role=role,
            only_role=self._context.role is not None,
            orgs=self._context.orgs,
            roles_of=None if layout.columns_of("roles") or role is not None else self._context.roles_of,
        )

    def _finish(
        self,
        match: Match,
        reader: PresetRows,
        fingerprint: str,
        columns: tuple[str, ...],
        notes: Iterable[str],
        *,
        proven: bool = False,
        ended: bool = True,
    ) -> FileRoster:
        layout, complete = match.layout, self._options.complete
        is_part = layout.partial is not None and complete is None and not proven
        if wrong := reader.problem_of_orgs():
            reader.reader.problems.add(self._name, wrong, advice=ORG_ADVICE)
        if reader.reader.problems and layout.problem_note:
            reader.reader.problems.add(self._name, layout.problem_note)
        roster = reader.reader.roster(
            name=self._name,
            fingerprint=fingerprint,
            columns=columns,
            incomplete=complete is False or is_part or (complete is None and not ended),
            changes_on=reader.day.changes_on,
            notes=(
                f"read as {layout.title} (preset {match.preset.name})",
                *([layout.note] if layout.note else []),
                *([f"read as incomplete, because {layout.partial}"] if is_part else []),
                *self._context.notes(match, self._options),
                *notes,
                *(f"passed over {count_noun(count, kind)}" for kind, count in reader.passed_over.items()),
            ),
        )
        return FileRoster(replace(roster, notes=tuple(f"{self._name}: {note}" for note in roster.notes)), match)
