"""Read the items of a JSON array, or of the list in an object, one by one: a file of any size takes little memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NoReturn

from orgsdk.bulk.roster.json_rows import DECODER
from orgsdk.bulk.roster.lines import MAX_RECORD_LENGTH
from orgsdk.bulk.roster.problems import UnreadableSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LIST_NAMES: Final = ("users", "data", "Resources", "Users")
"""Names of the list of users in the exports of Keycloak, Firebase, Supabase, WorkOS, Cognito, and in SCIM."""

_MAX_VALUE_LENGTH = 1 << 26
# An incomplete literal, number or escape at the end of the text.
_LONGEST_TOKEN = 20
_SPACES = " \t\n\r"


class JsonItems:
    """Yield the items of a list in JSON as (line, item), and record what is beside the list.

    Args:
        chunks: The text, in parts of any length.
        path: The names of the objects around the list, from the outside; None for an array, or for an object in which
            one of `LIST_NAMES` has a list.

    Attributes:
        beside: The other values of the object that contains the list.
        lists: The names in the outer object that have a list.
        is_object: Whether the file is an object, and not an array.

    Iterating raises `UnreadableSource` where the text is not JSON.
    """

    def __init__(self, chunks: Iterable[str], path: tuple[str, ...] | None = None) -> None:
        self.beside: dict[str, object] = {}
        self.lists: list[str] = []
        self.is_object: bool = False
        self.found: bool = False
        self._chunks = iter(chunks)
        self._path = path
        self._text, self._position = "", 0
        self._line, self._counted = 1, 0

    def __iter__(self) -> Iterator[tuple[int, object]]:
        first = self._peek()
        if first == "[" and not self._path:
            yield from self._items()
        elif first == "{":
            self.is_object = True
            yield from self._members(self._path or ())
        else:
            self._fail("the file is neither an array nor an object of JSON" if first else "the file is empty")
        if self._peek():
            self._fail(
                "there is text after the end of the JSON: if each line is an object, read the file as JSON Lines"
            )

    def _members(self, path: tuple[str, ...]) -> Iterator[tuple[int, object]]:
        names: set[str] = set()
        self._expect("{")
        while self._peek() != "}":
            name = self._value(MAX_RECORD_LENGTH)
            if not isinstance(name, str):
                self._fail("the file is not JSON (a name of an object is not a text)")
            if name in names:
                self._fail("the file is not JSON (a name occurs twice)")
            names.add(name)
            self._expect(":")
            yield from self._member(name, path)
            if self._peek() == ",":
                self._expect(",")
                if self._peek() != '"':
                    self._fail("the file is not JSON (a name is missing after a comma)")
            elif self._peek() != "}":
                self._fail("the file is not JSON, or it is truncated")
        self._expect("}")

    def _member(self, name: str, path: tuple[str, ...]) -> Iterator[tuple[int, object]]:
        kind = self._peek()
        is_wanted = name == path[0] if path else name in LIST_NAMES
        if kind == "[":
            self.lists.append(name)
            if is_wanted and len(path) <= 1:
                if self.found:
                    self._fail("the file has more than one list of users: name one of them")
                self.found = True
                yield from self._items()
                return
        if kind == "{" and is_wanted and len(path) > 1:
            yield from self._members(path[1:])
            return
        self.beside[name] = self._value(_MAX_VALUE_LENGTH)

    def _items(self) -> Iterator[tuple[int, object]]:
        self.found = True
        self._expect("[")
        if self._peek() == "]":
            self._expect("]")
            return
        while True:
            self._peek()
            yield self._current_line(), self._value(MAX_RECORD_LENGTH)
            if self._peek() == "]":
                self._expect("]")
                return
            self._expect(",")

    def _value(self, limit: int) -> object:
        self._peek()
        while True:
            reason = ""
            try:
                value, end = DECODER.raw_decode(self._text, self._position)
            except RecursionError:
                self._fail("the file is not JSON (it is nested too deeply)")
            except json.JSONDecodeError as error:
                reason = error.msg
                if error.pos < len(self._text) - _LONGEST_TOKEN and not reason.startswith("Unterminated"):
                    self._position = error.pos
                    self._fail(f"the file is not JSON ({reason})")
            except ValueError as error:  # its own checks: more text does not help
                self._fail(f"the file is not JSON ({error})")
            else:
                if not self._may_continue(value, end) or not self._fill():
                    if end - self._position > limit:
                        self._fail(f"a value is longer than {limit:,} characters")
                    self._position = end
                    return value
                continue
            if len(self._text) - self._position > limit:
                self._fail(f"a value is longer than {limit:,} characters")
            if not self._fill():
                self._fail(f"the file is not JSON ({reason}), or it is truncated")

    def _may_continue(self, value: object, end: int) -> bool:
        """Return whether a value at the end of the text is a number that may have more digits in the next part."""
        return isinstance(value, int | float) and not self._text[end:].strip("0123456789.eE+-")

    def _peek(self) -> str:
        """Return the next character that is no space; empty at the end."""
        while True:
            text, position = self._text, self._position
            while position < len(text) and text[position] in _SPACES:
                position += 1
            self._position = position
            if position < len(text):
                return text[position]
            if not self._fill():
                return ""

    def _expect(self, character: str) -> None:
        if self._peek() != character:
            self._fail(f"the file is not JSON ({character!r} is missing), or it is truncated")
        self._position += 1

    def _fill(self) -> bool:
        """Read at least as much text as there is, so that the text of a long value is decoded a few times only."""
        self._current_line()
        rest = self._text[self._position :]
        parts, length = [rest], 0
        while length <= len(rest):
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            length += len(chunk)
        self._text, self._position, self._counted = "".join(parts), 0, 0
        return length > 0

    def _current_line(self) -> int:
        self._line += self._text.count("\n", self._counted, self._position)
        self._counted = self._position
        return self._line

    def _fail(self, message: str) -> NoReturn:
        raise UnreadableSource(self._current_line(), message)
