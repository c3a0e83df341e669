"""The page docs/performance.md: one picture and three sentences, the method, the tables, then targets and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.report.summary import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.report.section import Section, Table

PICTURE, DETAILS = "performance.png", "performance-details.png"
_METHOD = """\
## Method

`python -m benchmarks` writes this page. It needs `pip install --group bench -e ".[all]"` and an idle machine, and takes
less than 20 minutes. `python -m benchmarks --quick` takes two minutes and writes nothing. Its sizes are too small to
prove anything. Names such as `listing overhead` select measurements.

- **Server.** It runs on the same machine in a process of its own. Its responses are prepared before the measurement.
- **Rounds.** Each client has its own process. In each round, every client runs once. A ratio compares two runs of the
  same round, so other programs slow both.
- **Repetition.** Rounds repeat until the middle half of each ratio is within 10 % of the median. There are at least
  {rounds} rounds and at most {most_rounds}. A time limit can stop them earlier.
- **Numbers.** A number is the median. The brackets hold the middle half of the rounds. CPU time is counted in the
  process of the client.

This page is from the following run:"""


def page(
    sections: Sequence[Section], machine: Sequence[str], limits: str, *, rounds: int = 1, most_rounds: int = 1
) -> str:
    """Return the page as Markdown."""
    parts = ["# Performance", f"![Time to list 100,000 users with orgsdk and with other clients.]({PICTURE})"]
    parts += [" ".join(sentence for section in sections for sentence in section.headlines)]
    parts.append(_METHOD.format(rounds=rounds, most_rounds=most_rounds))
    parts.append("\n".join(f"- {line}" for line in machine))
    parts.append(
        f"![Waiting, parallel pages, creates, one call and memory, with the numbers of the tables.]({DETAILS})"
    )
    for section in sections:
        parts.append(f"## {section.title}\n\n{section.how}")
        parts += [f"**{table.title}**\n\n{_markdown(table)}" for table in section.tables]
    parts.append("## Targets\n\nA target is reached if the median reaches it.\n\n" + _markdown(summary(sections)))
    parts.append(f"## Limits\n\n{limits.strip()}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _markdown(table: Table) -> str:
    rules = ["---", *("---:" for _ in table.header[1:])]
    lines = [table.header, rules, *table.rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
