"""A small HTML table of records, for notebooks. Every value is escaped. Private to orgsdk."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ROWS: Final = 20
_COLUMNS: Final = ("id", "username", "name", "email", "roles", "status", "description")


def html_table(items: Sequence[object], caption: str) -> str:
    """Return a table of the first items: the usual columns that any of them has.

    Args:
        items: The records. Others are one column with their text.
        caption: The text above the table.

    Returns:
        HTML without scripts or styles.
    """
    shown = items[:MAX_ROWS]
    columns = [name for name in _COLUMNS if any(getattr(item, name, None) not in (None, (), []) for item in shown)]
    lines = [f"<table><caption>{escape(caption)}</caption>"]
    if columns:
        lines.append(_row("th", columns))
    lines += [_row("td", [_text(getattr(one, name, None)) for name in columns] or [str(one)]) for one in shown]
    if len(items) > MAX_ROWS:
        lines.append(_row("td", [f"… {len(items) - MAX_ROWS:,} more"]))
    return "".join([*lines, "</table>"])


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _text(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(str(one) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # of any type
    return "" if value is None else str(value)
