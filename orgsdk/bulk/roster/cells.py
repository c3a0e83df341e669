"""Clean the text of a cell: invisible characters, traces of spreadsheets, and words that mean "no value".

A trace that has one meaning is removed and counted, such as ``="00123"``. A trace of a lost value is a problem, such as
``1.23E+11``. Messages do not repeat the value.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from orgsdk._messages import count_noun
from orgsdk.bulk.csv_cells import unescape_cell
from orgsdk.bulk.errors import name_rows
from orgsdk.bulk.roster.keys import INVISIBLE, strip_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.errors import Advice

MAX_VALUE_LENGTH: Final = 1_000
"""Largest number of characters of a value; no provider accepts more."""

_IDENTIFIERS: Final = frozenset({"external_id", "username", "email", "phone"})
_NUMBERED: Final = frozenset({"external_id", "username", "phone"})
_NAMES: Final = frozenset({"name", "given_name", "family_name"})
# More than a note names, so that it shows whether there are others.
_MAX_LINES_IN_NOTE = 4

# Including surrogates: JSON can contain them, but they cannot be sent.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_LINE_SEPARATORS = re.compile(r"[\u2028\u2029]")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# A space of another width; no key has one, and in a name it is a space.
_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LOST_LETTER = "\ufffd"

# A spreadsheet keeps leading zeros with it: the cell is a formula whose result is this text.
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
# In any language: #N/A, #DIV/0!, #NAME?, #BEZUG!, #¡VALOR!, #######. LibreOffice also writes Err:502, and Google
# Sheets Loading...
_ERROR = re.compile(
    r"#[¡¿]?[^\W\d_][\w/ ]*[!?]|#{3,}|#(?:n/[^\W\d_]{1,4}|nv|i/t|н/д|yok|hiányzik|saknas|puuttuu"
    r"|není_k_dispozici|null|ref|value|name|num|div/0|err|error|getting_data)[!?]?|err(?:or)?:\d{3}|loading(?:\.\.\.|…)",
    re.IGNORECASE,
)
# A spreadsheet writes the sign of the exponent. `2E5` may be a real code.
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d*)?E(?:\+\d{1,3}|-\d{2,3})|[+-]?\d+[.,]\d+E[+-]?\d{1,3}", re.IGNORECASE)
_DECIMAL = re.compile(r"[+-]?\d+[.,]0{0,2}")
# `na` and `blank` may be real usernames, unless they are written as programs write a missing value.
_NO_VALUE = re.compile(
    r"null|none|nan|nat|nil|undefined|n/a|n\.a\.?|(?-i:NA)|[<(\[](?:null|none|nan|nil|na|n/a|empty|blank)[>)\]]"
    r"|\\n|[-\u2010-\u2015\u2212_.?*]+",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(?:(?:grand|sub)[ -]?)?totals?:?(?: ?\d+)?"
    r"|(?:gesamt|(?:gesamt)?summe|insgesamt|somme|suma|soma|totale|totaal|razem):?(?: ?\d+)?|page \d+(?: (?:of|/) \d+)?"
    r"|\(?\d+ (?:rows?|records?|users?)(?: affected| selected)?\)?|end of (?:file|report|list)",
    re.IGNORECASE,
)
_TWICE_DECODED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")

# Where one of these is in a row (in lower case, with `|` around each cell), its cells are read one by one.
_UNUSUAL = re.compile(
    r"\|(?:[ '=#<(\[\\*._+-]|\d+[., e]|mailto:|err(?:or)?:|loading[.…]|grand|sub|total|page \d|end of "
    r"|gesamt|summe|insgesamt|somme|suma|soma|totaal|razem"
    r"|n(?:ull|one|a[nt]?|il|/a|\.a\.?) *\||undefined *\|)"
)
_RARE_LETTERS = re.compile(
    "[\x80-\xbf\u0152-\u0192\u02c6\u02dc\u034f\u115f-\u1160\u17b4-\u180f\u2010-\u203a\u20ac-\u2212\u2800\u3164"
    "\ufe00-\ufe0f\ufeff-\uffff\U0001bca0-\U000fffff]"
)
_UNUSUAL_LETTERS = re.compile(f"\ufffd|[\u2010-\u2015\u2212]|{_TWICE_DECODED.pattern}|[{INVISIBLE}]")

_REMOVED = "invisible characters were removed from {cells}"
_QUOTED = 'the form ="…" was removed from {cells}'
_APOSTROPHE = "an apostrophe before the value was removed from {cells}"
_MAILTO = "mailto: was removed from {cells}"
_SPACE = "another space was replaced by a space in {cells}"
_TWICE = "{cells} may have been decoded twice (UTF-8 that was read as another encoding): check the names"
_QUESTION = "{cells} may have lost a letter: there is a question mark in a name"


class ValueProblem(Exception):  # noqa: N818  # internal: readers convert it to `SourceError`
    """A value is invalid. The message does not repeat the value."""

    def __init__(self, message: str, *, advice: Advice | None = None) -> None:
        super().__init__(message)
        self.advice = advice


def has_controls(value: str) -> bool:
    """Return whether a text contains a line break, another control character or a surrogate."""
    return not value.isprintable() and _CONTROLS.search(value) is not None


class CellReader:
    """Read cells, and count what was removed from them.

    `origin` is the row that is read. Set it before the cells of a row are read.
    """

    def __init__(self) -> None:
        self.origin: str = ""
        self._counts: dict[str, tuple[int, list[str]]] = {}

    def count(self, note: str) -> None:
        """Count a cell for a note; `{cells}` in it becomes the number of cells."""
        number, origins = self._counts.get(note, (0, []))
        if len(origins) < _MAX_LINES_IN_NOTE and self.origin not in origins:
            origins.append(self.origin)
        self._counts[note] = number + 1, origins

    @property
    def notes(self) -> list[str]:
        """A note for each kind of change, with the number of cells and the first rows."""
        return [
            f"{note.format(cells=count_noun(number, 'cell'))}: {name_rows(origins)}"
            for note, (number, origins) in self._counts.items()
        ]

    def read_row(self, cells: Sequence[str], fields: Sequence[str]) -> list[str | None]:
        """Return the texts of the cells of a row of CSV, of these fields."""
        joined = f"|{'|'.join(cells)}|"
        if (
            joined.isprintable()
            and len(joined) <= MAX_VALUE_LENGTH
            and "?" not in joined
            and _UNUSUAL.search(joined.lower()) is None
            and (joined.isascii() or not _RARE_LETTERS.search(joined) or not _UNUSUAL_LETTERS.search(joined))
        ):
            return [cell.strip() or None for cell in cells]
        return [self.read_cell(cell, field) for cell, field in zip(cells, fields, strict=True)]

    def read_text(self, cell: str, field: str) -> str | None:
        """Return the text of a cell; None if it is empty."""
        text = self._trim(cell, field)
        if not text:
            return None
        if has_controls(text) or _LINE_SEPARATORS.search(text):
            raise ValueProblem(f"the {field} contains a line break or another control character")
        return self._clean(text, field)

    def read_cell(self, cell: str, field: str) -> str | None:
        """Return the text of a cell of CSV, restored if `escape_cell` escaped it; None if it is empty.

        Control characters are accepted if they were escaped: nothing but a member of the provider has such a value.
        """
        text = cell.strip()
        restored = unescape_cell(text)
        if restored != text:
            _check_length(text, field)
            if has_controls(text):
                raise ValueProblem(f"the {field} contains a line break or another control character")
            if _SURROGATES.search(restored):
                raise ValueProblem(f"the {field} contains half of a surrogate pair")
            self._check_value(restored, field)
            return restored
        return self.read_text(text, field)

    def read_json_text(self, value: str, field: str) -> str | None:
        """Return the text of a JSON value, without the spaces around it; None if it is empty.

        Control characters are accepted, because JSON can only contain them escaped: nothing but a member of the
        provider has such a value.
        """
        if not has_controls(value):
            text = self._trim(value, field)
            return self._clean(text, field) if text else None
        if _SURROGATES.search(value):
            raise ValueProblem(f"the {field} contains half of a surrogate pair")
        # `str.strip` would remove control characters too.
        text = value.strip(" ")
        _check_length(text, field)
        return text

    def _trim(self, cell: str, field: str) -> str:
        text = strip_text(cell, joiners=field in _NAMES)
        if not cell.isascii() and _INVISIBLE.search(cell) and text != cell.strip():
            self.count(_REMOVED)
        _check_length(text, field)
        return text

    def _clean(self, text: str, field: str) -> str | None:
        if field == "role":
            text = self._clean_role(text)
        elif not (text.isascii() and text.isprintable()):
            text = self._clean_letters(text, field)
        if found := _TEXT_FORMULA.fullmatch(text):
            self.count(_QUOTED)
            text = found[1].replace('""', '"').strip()
        if field in _IDENTIFIERS:
            if text[:1] == "'" and text[1:2] and (text[1].isdigit() or text[1] in "=+-@"):
                self.count(_APOSTROPHE)
                text = text[1:].strip()
            if field == "email" and text[:7].lower() == "mailto:":
                self.count(_MAILTO)
                text = text[7:].strip()
        elif field in _NAMES and "?" in text.strip("?"):
            self.count(_QUESTION)
        self._check_value(text, field)
        return text or None

    def _clean_role(self, text: str) -> str:
        cleaned = _SPACES.sub(" ", _INVISIBLE.sub("", text))
        if cleaned != text:
            self.count(_REMOVED)
        if _LOST_LETTER in cleaned:
            raise ValueProblem(_describe_lost_letter("role"))
        return cleaned

    def _clean_letters(self, text: str, field: str) -> str:
        """Check and return a text with other characters than those of ASCII."""
        if _LOST_LETTER in text:
            raise ValueProblem(_describe_lost_letter(field))
        if field in _NAMES:
            spaced = _SPACES.sub(" ", text)
            if spaced != text:
                self.count(_SPACE)
            text = spaced
        elif field in _IDENTIFIERS:
            check_key_letters(text, field)
        if _is_twice_decoded(text):
            self.count(_TWICE)
        return text

    def _check_value(self, text: str, field: str) -> None:
        if _ERROR.fullmatch(text):
            raise ValueProblem(
                f"the {field} is an error of a spreadsheet, such as #N/A: correct the formula, or empty the cell"
            )
        if field in _NUMBERED:
            if _SCIENTIFIC.fullmatch(text):
                raise ValueProblem(
                    f"the {field} is a number in scientific notation, so its last digits are lost: import the column "
                    "as text"
                )
            if _DECIMAL.fullmatch(text):
                raise ValueProblem(
                    f"the {field} is a number with a decimal point, so leading zeros may be lost: import the column as "
                    "text"
                )
        if field in _IDENTIFIERS:
            if _NO_VALUE.fullmatch(text):
                raise ValueProblem(f"the {field} is a word for an empty cell, such as NULL: empty the cell")
            if _TOTAL.fullmatch(text):
                raise ValueProblem(
                    f"the {field} is a line of a report, such as a total: the row has no key. Remove the row"
                )


def check_key_letters(text: str, field: str) -> None:
    """Raise `ValueProblem` if a key contains a character that nobody sees, or another space than U+0020."""
    if text.isascii() or (text.isprintable() and not _INVISIBLE.search(text)):
        return
    found = _INVISIBLE.search(text) or _SPACES.search(text) or _LINE_SEPARATORS.search(text)
    if found:
        raise ValueProblem(f"the {field} contains {_describe_character(found[0])}: remove it")


def clean_name(name: str) -> str:
    """Return the name of a column or a word, without invisible characters; another space becomes a space."""
    name = name.strip()
    return name if name.isascii() else _SPACES.sub(" ", _INVISIBLE.sub("", name)).strip()


def _check_length(text: str, field: str) -> None:
    if len(text) > MAX_VALUE_LENGTH:
        raise ValueProblem(f"the {field} has {len(text):,} characters: at most {MAX_VALUE_LENGTH:,} are allowed")


def _describe_character(character: str) -> str:
    return f"the character U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _describe_lost_letter(field: str) -> str:
    return f"the {field} contains U+FFFD, which replaces a lost letter: export the file again, as UTF-8"


def _is_twice_decoded(text: str) -> bool:
    if not _TWICE_DECODED.search(text):
        return False
    try:
        # cp1252 has no letter for five bytes; a program writes them as control characters.
        text.encode("cp1252", "strict").decode("utf-8")
    except UnicodeEncodeError:
        try:
            text.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return False
    except UnicodeDecodeError:
        return False
    return True
