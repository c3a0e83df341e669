"""Escaping of CSV cells: no spreadsheet runs one as a formula, and none contains raw control characters."""

from __future__ import annotations

import re
from typing import Final

# Source: OWASP, CSV Injection. East Asian editions of spreadsheets treat the full-width forms like the ASCII ones.
_FORMULA: Final = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
# Control characters, line ends, marks that change the direction of a whole line, halves of surrogate pairs, and
# characters that nobody sees. The joiners (U+200C, U+200D) belong to Persian and Indian scripts.
_CONTROLS: Final = (
    r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2060-\u206f\ud800-\udfff\u00ad\u061c\u180e\u200b\u200e\u200f\ufeff"
)
# Spreadsheets of some countries split cells at other characters than the comma.
_INNER: Final = r"[;,|][\"\s]*"
_UNSAFE = re.compile(rf"^\s*{_FORMULA}|{_INNER}{_FORMULA}|[{_CONTROLS}]")
_INNER_FORMULA = re.compile(rf"({_INNER})({_FORMULA})")
_BACKSLASH_OR_CONTROL = re.compile(rf"[\\{_CONTROLS}]")
_CODE = re.compile(r"\\u[0-9a-f]{4}")
_ESCAPE = re.compile(r"\\(?:\\|u([0-9a-f]{4}))")


def escape_cell(text: str) -> str:
    r"""Return the text of a CSV cell; `unescape_cell` returns exactly `text` again.

    An apostrophe precedes text that a spreadsheet would run as a formula, and text with control characters. In such a
    cell a control character is written as ``\u001b``, and a backslash twice. Other text is unchanged.
    """
    if not (_UNSAFE.search(text) or _is_escaped(text)):
        return text
    plain = _BACKSLASH_OR_CONTROL.sub(lambda found: "\\\\" if found[0] == "\\" else _code(found[0]), text)
    return "'" + _INNER_FORMULA.sub(lambda found: found[1] + _code(found[2]), plain)


def unescape_cell(cell: str) -> str:
    """Return the text that `escape_cell` escaped. Other cells are unchanged, such as ``'t Hooft``."""
    if not _is_escaped(cell):
        return cell
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "\\", cell[1:])


def _is_escaped(cell: str) -> bool:
    if not cell.startswith("'"):
        return False
    text = cell.lstrip("'")
    return _UNSAFE.search(text) is not None or _CODE.search(text) is not None


def _code(character: str) -> str:
    return f"\\u{ord(character):04x}"
