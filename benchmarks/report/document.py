"""The page docs/performance.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.report.summary import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.report.section import Section, Table

PICTURE = "performance.png"
_INTRODUCTION = """\
# Performance

`python -m benchmarks` writes this page. It takes about a quarter of an hour; only [the limits](#limits) are written
by hand. `python -m benchmarks --quick` takes two minutes and writes nothing; its numbers have no significance. Names
such as `listing overhead` select measurements. The benchmarks need the extra `bench`.

All competitors run in turns, each in a process that is started before the measurement. A ratio is calculated per
round, so that other load on the machine affects both sides. The tables show the median and, in brackets, the lowest
and the highest round. The server runs on the loopback interface in a separate process, with prepared responses; a raw
socket that only reads them shows that the server is not the bottleneck. CPU seconds are those of the client's
process, user and system."""

_LIMITS = """\
## Limits

{limits}"""


def page(sections: Sequence[Section], machine: Sequence[str], limits: str) -> str:
    """Return the page as Markdown."""
    parts = [_INTRODUCTION, "\n".join(f"- {line}" for line in machine)]
    parts.append("## Numbers to reach\n\n" + _markdown(summary(sections)))
    parts.append(f"![Charts of the measurements, with the numbers of the tables below.]({PICTURE})")
    parts.append(_LIMITS.format(limits=limits.strip()))
    for section in sections:
        parts.append(f"## {section.title}\n\n{section.how}")
        parts += [f"**{table.title}**\n\n{_markdown(table)}" for table in section.tables]
    return "\n\n".join(parts) + "\n"


def _markdown(table: Table) -> str:
    rules = ["---", *("---:" for _ in table.header[1:])]
    lines = [table.header, rules, *table.rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
