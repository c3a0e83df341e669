"""What a roster file is, by its first bytes: a table, JSON, an Excel workbook, a zip or LDIF."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, TypeAlias, cast

from orgsdk.bulk.roster.json_stream import LIST_NAMES

if TYPE_CHECKING:
    from typing import Protocol

    from orgsdk.bulk.roster.lines import Readable

    class _Buffer(Protocol):
        def __len__(self) -> int: ...
        def __setitem__(self, index: slice, value: bytes, /) -> None: ...


Content: TypeAlias = Literal["table", "json", "json lines", "zip", "old excel", "ldif"]

_HEAD_BYTES = 1 << 16
_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # `.xls`, and encrypted workbooks
UNREADABLE: Final[Mapping[str, str]] = {
    "old excel": ("this is an old Excel workbook (.xls), or one with a password: save it as .xlsx without a password"),
    "ldif": "this is LDIF, which is not read: export the users as CSV",
}
"""The problem of a file that no reader can read, by what it is."""

_LDIF = re.compile(r"(?:#(?!TYPE).*\n|\s*\n)*(?:version:\s*1\s*\n|dn:)", re.IGNORECASE)


class _Replay(io.RawIOBase):
    """A stream whose first bytes were read, read from its start again."""

    def __init__(self, head: bytes, rest: Readable, name: str) -> None:
        self._head, self._rest, self.name = head, rest, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: _Buffer, /) -> int:  # type: ignore[override]  # the type of RawIOBase is private
        data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        data = data or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def read_head(stream: Readable, name: str) -> tuple[bytes, BinaryIO]:
    """Return the first bytes of a file, and the file from its start again: a pipe cannot be read twice."""
    head = b""
    while len(head) < _HEAD_BYTES and (more := stream.read(_HEAD_BYTES - len(head))):
        head += more
    return head, io.BufferedReader(_Replay(head, stream, name))


def as_seekable(stream: BinaryIO) -> BinaryIO:
    """Return a file that can be read twice: itself, or its content in memory if it is a pipe or in a zip."""
    return stream if stream.seekable() else io.BytesIO(stream.read())


def content_of(head: bytes) -> Content:
    """Return what a file is by its first bytes."""
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head.startswith(_OLE_MARK):
        return "old excel"
    text = _decode(head).replace("\r\n", "\n").replace("\r", "\n")
    if _LDIF.match(text):
        return "ldif"
    start = text.lstrip()
    if not start.startswith(("{", "[")):
        return "table"
    return "json lines" if _has_lines(start) else "json"


def _decode(head: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "replace")
    return head.decode("utf-8", "replace")


def _has_lines(text: str) -> bool:
    """Return whether the first line is an object of its own, and no object around a list."""
    first, *others = [line for line in text.split("\n", 2) if line.strip()]
    try:
        document: object = json.loads(first)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict):
        return False
    return bool(others) or not any(map(_is_list_of_users, cast("dict[str, object]", document).items()))


def _is_list_of_users(member: tuple[str, object]) -> bool:
    name, value = member
    if not isinstance(value, list):
        return False
    items = cast("list[object]", value)
    return isinstance(items[0], dict) if items else name in LIST_NAMES


class _NamedBytes(io.BytesIO):
    name = ""


def named(stream: BinaryIO, name: str) -> BinaryIO:
    """Return a stream with the name of its file, for the problems."""
    if getattr(stream, "name", None):
        return stream
    found = _NamedBytes(stream.read())
    found.name = name
    return found
