"""A plan on stdout: its totals, then its changes by kind, with colours on a terminal."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

from rich.text import Text

from orgsdk.cli.errors import name_options
from orgsdk.cli.output.console import escape_json, make_console, supports_unicode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from orgsdk.bulk import Plan

# The terminal's own colours, which are readable on light and on dark backgrounds.
_STYLES = {"+": "green", "~": "yellow", "-": "red"}
_SIGN = re.compile(r" *([+~-]) ")
_REFUSED = re.compile(r"  REFUSED ")
_NOTE = re.compile(r"  note: ")


def write_plan(plan: Plan, limit: int) -> None:
    """Write the plan to stdout; `limit` is the number of writes of each kind."""
    console = make_console()
    width = console.width if sys.stdout.isatty() else None
    for line in plan.summary().splitlines():
        text = _styled(name_options(line) if _NOTE.match(line) else line)
        for part in [text] if width is None else _wrapped(text, console):
            console.print(part, soft_wrap=True)
    if not plan.is_empty:
        for line in ("", *plan.table(limit=limit, width=width).splitlines()):
            console.print(_styled(line), soft_wrap=True)


def _wrapped(text: Text, console: Console) -> Iterator[Text]:
    """Yield a line of the summary as lines that fit, broken between words and indented below its start."""
    if text.cell_len <= console.width:
        yield text
        return
    indent = len(text.plain) - len(text.plain.lstrip())
    for number, part in enumerate(text[indent:].wrap(console, console.width - indent - 4)):
        yield Text(" " * (indent + (4 if number else 0))) + part


def _styled(line: str) -> Text:
    text = Text(line)
    if found := _SIGN.match(line):
        is_heading = not line.startswith("  ") or line.startswith("    ")
        text.stylize(_STYLES[found[1]], found.start(1), len(line) if is_heading else found.end(1))
    elif found := _REFUSED.match(line):
        text.stylize("bold red", 2)
    return text


def plan_as_json(plan: Plan) -> str:
    """Return the plan's JSON, which `orgsdk apply` reads, in characters that stdout can encode."""
    text = plan.to_json().decode()
    return escape_json(text) if supports_unicode() else json.dumps(json.loads(text)) + "\n"
