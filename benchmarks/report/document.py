"""The page: `docs/performance.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.report.summary import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.report.section import Section, Table

PICTURE = "performance.png"
_INTRODUCTION = """\
# Performance

This page is written by `python -m benchmarks`, which measures everything below in one run and takes about a quarter
of an hour; nothing here is typed by hand, but [the limits](#limits). `python -m benchmarks --quick` takes two
minutes, proves nothing and writes nothing; names such as `listing overhead` select what is measured. It needs the
extra `bench`.

All contenders take turns, each in a process that is there before the clock runs, and a ratio is of runs of one
round: what else the machine does meets both. Shown is the median and, in brackets, the lowest and the highest
round. The server answers on the loopback interface from a process of its own, with answers that were made before; a
raw socket that only reads what it sends shows how far it is from being in the way. CPU seconds are of the client's
process, user and system."""

_LIMITS = """\
## Limits

{limits}"""


def page(sections: Sequence[Section], machine: Sequence[str], limits: str) -> str:
    """Give the page as Markdown."""
    parts = [_INTRODUCTION, "\n".join(f"- {line}" for line in machine)]
    parts.append("## Numbers to reach\n\n" + _markdown(summary(sections)))
    parts.append(f"![The measurements as a picture: the same numbers as in the tables below.]({PICTURE})")
    parts.append(_LIMITS.format(limits=limits.strip()))
    for section in sections:
        parts.append(f"## {section.title}\n\n{section.how}")
        parts += [f"**{table.title}**\n\n{_markdown(table)}" for table in section.tables]
    return "\n\n".join(parts) + "\n"


def _markdown(table: Table) -> str:
    rules = ["---", *("---:" for _ in table.header[1:])]
    lines = [table.header, rules, *table.rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
