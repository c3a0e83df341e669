"""Open a CSV file as a table, as the layout of a preset writes it, and yield the rows of a sheet as those of CSV."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from orgsdk.bulk.roster.csv_records import CsvRecords
from orgsdk.bulk.roster.lines import Lines
from orgsdk.bulk.roster.problems import ProblemCollector, origin_at
from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.bulk.roster.lines import Readable
    from orgsdk.bulk.roster.preset_rows import ReadOptions
    from orgsdk.bulk.roster.presets.preset import Layout
    from orgsdk.bulk.roster.workbook import Sheet


def open_csv(
    lines: Lines, name: str, problems: ProblemCollector, options: ReadOptions, layout: Layout | None = None
) -> CsvRecords:
    """Return the records of a CSV file."""
    return CsvRecords(
        lines,
        name,
        problems,
        options.delimiter,
        whole=options.complete is True,
        header_line=options.header_line,
        header=() if layout is None else layout.header,
        escaped=layout is not None and layout.escapes,
    )


def csv_header(head: bytes, options: ReadOptions) -> tuple[str, ...]:
    """Return the header of a CSV file by its first bytes; empty if it cannot be read."""
    end = max(head.rfind(b"\n"), head.rfind(b"\r")) + 1
    source: Readable = io.BytesIO(head[:end] or head)
    try:
        lines = Lines(source, options.encoding)
        return CsvRecords(
            lines, "", ProblemCollector(), options.delimiter, whole=True, header_line=options.header_line
        ).header
    except OrgError:
        return ()


def whole_rows(sheet: Sheet, name: str, problems: ProblemCollector) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a sheet that are not wider than its header; the others are problems."""
    for line, cells in sheet:
        if len(cells) > len(sheet.header):
            problems.reject(origin_at(name, line), "the row has a value to the right of the header")
        else:
            yield line, cells
