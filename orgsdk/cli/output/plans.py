"""A plan on stdout: its totals, then its changes by kind, with colours on a terminal."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

from rich.text import Text

from orgsdk.cli.output.console import escape_json, make_console, supports_unicode

if TYPE_CHECKING:
    from orgsdk.bulk import Plan

# The terminal's own colours, which are readable on light and on dark backgrounds.
_STYLES = {"+": "green", "~": "yellow", "-": "red"}
_SIGN = re.compile(r" *([+~-]) ")
_REFUSED = re.compile(r"  REFUSED ")


def write_plan(plan: Plan, limit: int) -> None:
    """Write the plan to stdout; `limit` is the number of writes of each kind."""
    console = make_console()
    width = console.width if sys.stdout.isatty() else None
    lines = plan.summary().splitlines()
    if not plan.is_empty:
        lines += ["", *plan.table(limit=limit, width=width).splitlines()]
    for line in lines:
        console.print(_styled(line), soft_wrap=True)


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
