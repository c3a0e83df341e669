"""Open a CSV file as a table, as the layout of a preset writes it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from orgsdk.bulk.roster.csv_records import CsvRecords
from orgsdk.bulk.roster.lines import Lines
from orgsdk.bulk.roster.problems import ProblemCollector
from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from orgsdk.bulk.roster.lines import Readable
    from orgsdk.bulk.roster.preset_rows import ReadOptions
    from orgsdk.bulk.roster.presets.preset import Layout


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
