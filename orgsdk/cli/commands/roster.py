"""`orgsdk roster inspect`: show how a roster file is read, and write a mapping file for it."""

from __future__ import annotations

import sys
from pathlib import Path  # cyclopts reads the annotations
from typing import TYPE_CHECKING

from cyclopts import App

from orgsdk import bulk
from orgsdk._messages import count_noun
from orgsdk.bulk.private_file import replace_privately
from orgsdk.bulk.roster.inspection import MAX_INSPECTED_ROWS, Inspection, group_problems, inspect_file, mapping_of
from orgsdk.bulk.roster.lines import open_roster_file
from orgsdk.bulk.roster.mapping_file import format_mapping
from orgsdk.cli.errors import UsageError, print_status
from orgsdk.cli.options.common import PathOption
from orgsdk.cli.options.roster import RosterOptions
from orgsdk.cli.output.console import clean
from orgsdk.cli.standard_input import is_standard_input

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

app: App = App(name="roster", help="Show how a roster file is read, and write a mapping file.")
_MAX_SHOWN_PROBLEMS = 20
_MAX_FILES = 6
_MAX_NAME = 60


@app.command
def inspect(file: Path, /, *, write_mapping: PathOption = None, source: RosterOptions = RosterOptions()) -> None:
    """Show what each column of a file is taken for, how full it is, and which problems its rows have.

    Values are cut, so that the output contains no personal data. Nothing is sent.

    Args:
        file: The roster: CSV, JSON or an Excel workbook.
        write_mapping: Write a mapping file, for --mapping. Change it as needed.
    """
    if is_standard_input(file):
        raise UsageError("inspect reads one file: name it")
    if file.is_dir():
        names = sorted(one.name for one in file.iterdir() if one.is_file() and not one.name.startswith("."))
        shown = f" of the folder ({', '.join(names[:_MAX_FILES])}{', …' if len(names) > _MAX_FILES else ''})"
        raise UsageError(
            f"inspect reads one file: name one{shown if names else ''}. orgsdk plan {file} reads the whole folder"
        )
    options, preset = source.reader_options()
    with open_roster_file(file) as (stream, name):
        found = inspect_file(stream, name, options, preset)
    _show(found)
    _show_rows(source, file)
    if write_mapping is not None:
        values, comments = mapping_of(found, options)
        if write_mapping.exists():
            raise UsageError(f"{write_mapping} exists: name another file, or delete it")
        try:
            replace_privately(write_mapping, format_mapping(values, comments).encode())
        except OSError as error:
            raise UsageError(f"{write_mapping}: {error.strerror}") from None
        print_status(f"wrote {write_mapping}; to use it: orgsdk plan {file} --mapping {write_mapping}")


def _show(found: Inspection) -> None:
    system = f"{found.match.layout.title} (preset {found.match.preset.name})" if found.match else "columns of its own"
    more = " or more" if found.rows > MAX_INSPECTED_ROWS else ""
    sys.stdout.write(f"{clean(found.name)}: {found.syntax}, {count_noun(found.rows, 'row')}{more}; {system}\n\n")
    rows = [("column", "read as", "filled", "different", "values")]
    rows += [
        (
            _shortened(clean(column.name)),
            column.read_as or "-",
            f"{column.filled:,}",
            f"{len(column.values):,}",
            clean(", ".join(column.samples)),
        )
        for column in found.columns
    ]
    sys.stdout.write(_table(rows))


def _shortened(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )


def _show_rows(source: RosterOptions, file: Path) -> None:
    """Show the counts of the rows, or their problems."""
    try:
        roster = source.read(file)
    except bulk.SourceError as error:
        sys.stdout.write(f"\n{count_noun(len(error.problems), 'problem')}:\n")
        for message, count, origin in group_problems(error.problems)[:_MAX_SHOWN_PROBLEMS]:
            where = f"{count_noun(count, 'row')}, first {origin}" if count > 1 else origin
            shown = f"{message} ({where})" if where else message
            sys.stdout.write(f"  {clean(shown)}\n")
        for advice in error.advice:
            sys.stdout.write(f"{advice.command}\n")
        return
    sys.stdout.write(
        f"\n{count_noun(len(roster.users), 'user')}{_counts('states', (row.state for row in roster.users))}"
    )
    sys.stdout.write(_counts("roles", (role for row in roster.users for role in row.roles or ())) + "\n")
    for note in roster.notes:
        sys.stdout.write(f"{clean(note)}\n")


def _counts(title: str, words: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    shown = ", ".join(f"{clean(word)} {count:,}" for word, count in sorted(counts.items()))
    return f"; {title}: {shown}" if shown else ""
