"""The figures of a benchmark: its arguments that are numbers, its tables, and how they get into the documentation."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Final

from benchmarks import machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_END: Final = "<!-- end of the figures -->"


def number(text: str) -> int:
    """Return the whole number of an argument, 1 or more. It may have separators, such as 100,000."""
    try:
        found = int(text.replace(",", "").replace("_", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if found < 1:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return found


def require_quiet_machine() -> None:
    """End the program if the machine is busy: what it measures is published."""
    if (problem := machine.busy()) is not None:
        raise SystemExit(f"{problem} Nothing is measured: published figures are those of a quiet machine.")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int] = ()) -> list[str]:
    """Return the lines of a Markdown table.

    Args:
        head: The names of the columns.
        rows: The cells of each row.
        numbers: Positions of the columns that are aligned to the right.
    """
    right = set(numbers)
    rule = ["---:" if position in right else "---" for position in range(len(head))]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]


def with_figures(page: str, command: str, lines: Iterable[str], about: Iterable[str]) -> str:
    """Return a page of the documentation with these figures instead of the last ones.

    Args:
        page: The page. A comment with the command starts the figures.
        command: The command that measures and writes them, such as ``python -m benchmarks.fleet --write``.
        lines: The figures.
        about: The machine and the versions.
    """
    start = f"<!-- {command} -->"
    text = "\n".join([start, "", *lines, "", "Measured with:", "", *(f"- {line}" for line in about), "", _END])
    return re.sub(f"{re.escape(start)}.*?{re.escape(_END)}", lambda _: text, page, count=1, flags=re.DOTALL)


def write_figures(page: Path, command: str, lines: Iterable[str]) -> None:
    """Write figures, the machine and the versions into a page of the documentation."""
    text = with_figures(page.read_text(encoding="utf-8"), command, lines, machine.describe())
    page.write_text(text, encoding="utf-8")
    print(f"Written: {page}")
