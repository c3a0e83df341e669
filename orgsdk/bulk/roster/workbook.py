"""Read a sheet of an Excel workbook as a table of texts.

openpyxl is read, and not python-calamine, which is 20 times faster: calamine returns an error such as `#N/A` as an
empty cell, and loses the zeros that the number format `00000` shows. Both may name another user.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, cast

from orgsdk._distribution import install_advice
from orgsdk._messages import count_noun
from orgsdk.bulk.roster.header import HeaderRepeats
from orgsdk.bulk.roster.oneroster_export import DAMAGED, reason_to_refuse
from orgsdk.errors import Advice, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    from orgsdk.bulk.roster.problems import ProblemCollector

MAX_WORKBOOK_BYTES: Final = 100_000_000
"""Largest number of bytes of a workbook, packed. It is in memory."""

SHEET_ADVICE: Final = Advice('Pass sheet="NAME".', command="--sheet NAME selects one")

_PRECISE: Final = 10**15  # a spreadsheet keeps 15 digits
_ZEROS = re.compile(r"0{2,}\Z")
# A format that shows more than the number: text in quotes or behind a backslash, or zeros with something between them.
_SHOWS_MORE = re.compile(r'"[^"]*\w[^"]*"|\\\w|^[^.]*0[^.]*0')
# Source: ECMA-376 part 1, 18.3.1.54.
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_BINARY = "xl/workbook.bin"
_MAX_SHOWN_SHEETS = 20
_NUMBERED: Final = frozenset({"external_id", "username", "phone"})


def is_workbook(stream: BinaryIO) -> bool:
    """Return whether a zip is an Excel workbook."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return any(name.startswith("xl/workbook.") for name in archive.namelist())
    except (*DAMAGED, OSError):
        return False


class Value(NamedTuple):
    """The text of a cell, and what it was: a text, a number, a date or another value.

    The kind `fraction` is a number with decimals, and `shown otherwise` one whose format shows other characters.
    """

    text: str
    kind: str


class MergedCells(NamedTuple):
    """Cells that are shown as one. Only the first of them has a value. Columns are counted from 0, as positions are."""

    first_line: int
    last_line: int
    first_column: int
    last_column: int

    @property
    def shown(self) -> str:
        """What the cell is for."""
        if self.first_line == self.last_line:
            return "several columns"
        return f"lines {self.first_line} to {self.last_line}"


class Sheet:
    """One sheet: its rows as (line, cells), and `header` with the line of it.

    `hidden` is the number of hidden sheets with data, which are not read, and `merged` are the merged cells.
    """

    def __init__(
        self,
        name: str,
        rows: Iterator[tuple[int, list[Value]]],
        header_line: int | None,
        hidden: int,
        merged: Sequence[MergedCells] = (),
    ) -> None:
        self.name: str = name
        self.hidden: int = hidden
        self._merged = merged
        self._rows = rows
        self._first: dict[tuple[str, int], int] = {}
        self.header: tuple[str, ...] = ()
        self.header_line: int = 1
        for line, values in rows:
            cells = [value.text for value in values]
            if (line == header_line) if header_line is not None else any(cells):
                self.header, self.header_line = tuple(_trimmed(cells)), line
                break
        self._repeats = HeaderRepeats(self.header)

    @property
    def notes(self) -> list[str]:
        """Which sheet is read, if others with data are hidden, and what was passed over."""
        hidden = f"{count_noun(self.hidden, 'hidden sheet')} with data not read" if self.hidden else ""
        return [*([f"the sheet {self.name[:100]!r} is read; {hidden}"] if hidden else []), *self._repeats.notes]

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        width = len(self.header)
        for line, values in self._rows:
            cells = [value.text for value in values]
            padded = [*cells, *[""] * (width - len(cells))]
            if any(cells) and not self._repeats.has(padded):
                for position, value in enumerate(values):
                    if value.text:
                        self._first.setdefault((value.kind, position), line)
                yield line, padded if any(padded[width:]) else padded[:width]

    def problems(self, fields: Mapping[str, int]) -> list[tuple[int, str]]:
        """Return the lines and what is wrong with the types of the values, when all rows have been read.

        `fields` are the positions of the fields that are read.
        """
        found: list[tuple[int, str]] = []
        for name, position in fields.items():
            found += (
                (
                    max(one.first_line, self.header_line + 1),
                    f"the {name} is one cell for {one.shown}: unmerge the cells",
                )
                for one in self._merged
                if one.last_line > self.header_line and one.first_column <= position <= one.last_column
            )
            text, number, day = (self._first.get((kind, position)) for kind in ("text", "number", "date"))
            if day is not None:
                found.append((day, f"the {name} is a date, and may have been another text: format the column as text"))
            fraction = self._first.get(("fraction", position))
            if fraction is not None and name in _NUMBERED:
                found.append((fraction, f"the {name} is a number with a decimal point: format the column as text"))
            shown = self._first.get(("shown otherwise", position))
            if shown is not None and name in _NUMBERED:
                message = (
                    f"the {name} is a number that its format shows with other characters: format the column as text"
                )
                found.append((shown, message))
            if name == "external_id" and text is not None and number is not None:
                kinds = "a text, but in line {} a number" if text > number else "a number, but in line {} a text"
                where = kinds.format(min(text, number))
                message = f"the {name} is {where}, and numbers have no leading zeros: format the column as text"
                found.append((max(text, number), message))
        return found


def _trimmed(cells: Sequence[str]) -> list[str]:
    cut = list(cells)
    while cut and not cut[-1].strip():
        cut.pop()
    return cut


@contextmanager
def open_sheet(
    data: bytes, name: str, problems: ProblemCollector, sheet: str | None, header_line: int | None
) -> Generator[Sheet]:
    """Yield the sheet of a workbook that has users.

    Raises `SourceError` if the workbook cannot be read, or if several visible sheets have data and `sheet` is None.
    Raises `ConfigurationError` if the extra `excel` is not installed.
    """
    _check_archive(data, name, problems)
    with _open(data, name, problems, values=True) as workbook:
        filled = [
            one
            for one in workbook.worksheets
            if any(any(cell.value is not None for cell in row) for row in one.iter_rows())
        ]
        visible = [one for one in filled if one.sheet_state == "visible"]
        titles = [one.title for one in (visible if sheet is None else workbook.worksheets)]
        chosen = [one for one in (visible if sheet is None else workbook.worksheets) if sheet in {None, one.title}]
        if len(chosen) != 1:
            shown = ", ".join(titles[:_MAX_SHOWN_SHEETS])
            wrong = "no visible sheet has data" if not titles else f"which sheet has the users? Sheets: {shown}"
            problems.fail(name, wrong, advice=SHEET_ADVICE if titles else None)
        found = chosen[0]
        formulas = _unsaved_formulas(data, name, problems, found.title)
        rows = (
            (line, [_value_of(cell, is_formula=(line, column) in formulas) for column, cell in enumerate(row, 1)])
            for line, row in enumerate(found.iter_rows(), 1)
        )
        merged = list(_merged_cells(data, cast("ReadOnlyWorksheet", found)))
        yield Sheet(found.title, rows, header_line, len(filled) - len(visible), merged)


def _merged_cells(data: bytes, sheet: ReadOnlyWorksheet) -> Iterator[MergedCells]:
    """Yield the merged cells of a sheet, which openpyxl does not read in this mode."""
    path = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read(path) if path in archive.namelist() else b""
    for found in _MERGED.finditer(text):
        left, top, right, bottom = found.groups()
        yield MergedCells(int(top), int(bottom), _column_number(left), _column_number(right))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _check_archive(data: bytes, name: str, problems: ProblemCollector) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if _BINARY in archive.namelist():
                problems.fail(name, "this is a binary workbook (.xlsb): save it as .xlsx")
            for entry in archive.infolist():
                if reason := reason_to_refuse(entry):
                    problems.fail(name, reason)
    except (*DAMAGED, OSError):
        problems.fail(name, "the workbook is damaged: save it again, or download it again")


@contextmanager
def _open(data: bytes, name: str, problems: ProblemCollector, *, values: bool) -> Generator[Workbook]:
    try:
        import openpyxl
    except ImportError:
        raise ConfigurationError(f"Excel workbooks need openpyxl. {install_advice('excel')}") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts that a roster does not need, such as validations
        try:
            workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=values)
            for sheet in workbook.worksheets:
                # Programs write the size of a sheet that it had before: rows and columns beyond it would be missing.
                cast("ReadOnlyWorksheet", sheet).reset_dimensions()
        except Exception:  # its errors for damaged parts are of many types
            problems.fail(name, "the workbook is damaged: save it again, or download it again")
    try:
        yield workbook
    finally:
        workbook.close()


def _unsaved_formulas(data: bytes, name: str, problems: ProblemCollector, title: str) -> frozenset[tuple[int, int]]:
    """Return the cells with a formula, if the workbook has any: one without a stored value is not an empty cell."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if not any(b"<f" in archive.read(one) for one in archive.namelist() if one.startswith("xl/worksheets/")):
            return frozenset()
    with _open(data, name, problems, values=False) as workbook:
        return frozenset(
            (line, column)
            for line, row in enumerate(workbook[title].iter_rows(), 1)
            for column, cell in enumerate(row, 1)
            if cell.data_type == "f"
        )


def _value_of(cell: Cell | MergedCell, *, is_formula: bool) -> Value:
    value: object = cell.value
    if value is None:
        return Value("#CALC!" if is_formula else "", "other")
    if isinstance(value, bool):
        return Value("true" if value else "false", "other")
    if isinstance(value, int | float):
        return _number(value, str(getattr(cell, "number_format", None) or ""))
    if isinstance(value, datetime):
        return Value(value.date().isoformat() if value.time() == time() else value.isoformat(" "), "date")
    if isinstance(value, date | time):
        return Value(value.isoformat(), "date")
    return Value(str(value), "text")


def _number(value: float, number_format: str) -> Value:
    if value != int(value):
        return Value(repr(value), "fraction")
    if abs(value) >= _PRECISE:
        return Value(f"{value:.14E}", "number")  # its last digits are lost
    # A format such as 00000 shows zeros that the number does not have.
    if _ZEROS.match(number_format):
        return Value(str(int(value)).zfill(len(number_format)), "text")
    # The first part is that of positive numbers; brackets have colours and languages, and `_` is a space.
    first = re.sub(r"\[[^\]]*\]|_.", "", number_format.split(";")[0])
    return Value(str(int(value)), "shown otherwise" if _SHOWS_MORE.search(first) else "number")
