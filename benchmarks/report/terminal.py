"""Tables on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table as Grid

if TYPE_CHECKING:
    from rich.console import Console

    from benchmarks.report.section import Section, Table


def show_section(console: Console, section: Section) -> None:
    """Print a measurement's tables under its title."""
    console.rule(section.title)
    console.print(section.how, style="dim", highlight=False)
    for table in section.tables:
        show(console, table)


def show(console: Console, table: Table) -> None:
    """Print one table."""
    grid = Grid(title=table.title, title_justify="left")
    for number, head in enumerate(table.header):
        grid.add_column(_plain(head), justify="left" if number == 0 else "right", overflow="fold")
    for row in table.rows:
        grid.add_row(*(_plain(cell) for cell in row))
    console.print(grid)


def _plain(cell: str) -> str:
    return cell.replace("**", "").replace("`", "").replace("[", "\\[")
