"""Decode a roster file into numbered lines, and compute its fingerprint."""

from __future__ import annotations

import codecs
import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from orgsdk.bulk.roster.problems import UnreadableSource
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import BinaryIO, TypeAlias

    File: TypeAlias = "str | os.PathLike[str] | BinaryIO"


class Readable(Protocol):
    """Give bytes, at most so many at a time, and none at the end."""

    def read(self, size: int = -1, /) -> bytes:
        """Give the next bytes."""
        ...


MAX_RECORD_LENGTH = 1_000_000
"""How many characters one record may have: memory is bounded by it, and an open quote is noticed by it."""

_CHUNK = 1 << 16
# The longest first: UTF-32's mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, None),
    (codecs.BOM_UTF32_BE, None),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAX_MARK_LENGTH = 4
# Without a mark, whether these fail and how differs from one Python to the next.
_MARKED = frozenset({"utf-16", "utf-32"})
_HOST_NAME_CODECS = frozenset({"idna", "punycode"})  # no file is written in these


@contextmanager
def open_roster_file(file: File) -> Generator[tuple[BinaryIO, str]]:
    """Give the file's bytes and its name; what was opened here is closed here.

    Raises OSError where it cannot be opened, and `InvalidArgumentError` for a file that gives text.
    """
    if isinstance(file, str | os.PathLike):
        path = Path(file)
        with path.open("rb") as stream:
            yield stream, path.name
        return
    if not isinstance(file.read(0), bytes):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise InvalidArgumentError('The file gives text: open it with mode "rb", so that its encoding can be checked.')
    name = getattr(file, "name", None)
    yield file, Path(name).name if isinstance(name, str) and name else "the file"


class Lines:
    r"""Iterate the lines of a file, each with a `\n` where it was ended, by `\n`, `\r\n` or `\r`.

    Without `encoding`, a byte order mark tells UTF-8 and UTF-16 apart, and what has none is UTF-8. `number` is the
    line given last, from 1; `begin_record` gives the next record its room. After the last line, `ended` tells
    whether it was ended, and `fingerprint` is the SHA-256 of all bytes.

    Iterating raises `UnreadableSource` for bytes that do not decode, for NUL, and for a record beyond its room.
    """

    def __init__(self, file: Readable, encoding: str | None = None) -> None:
        if encoding is not None:
            check_encoding(encoding)
        self.number: int = 0
        self.ended: bool = True
        self._file = file
        self._encoding = encoding
        self._digest = hashlib.sha256()
        self._room = MAX_RECORD_LENGTH

    @property
    def fingerprint(self) -> str:
        """Give the SHA-256 of the bytes that were read."""
        return self._digest.hexdigest()

    def begin_record(self) -> None:
        """Let the next line begin a record."""
        self._room = MAX_RECORD_LENGTH

    def __iter__(self) -> Iterator[str]:
        rest = ""
        for text, failure in self._texts():
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                yield self._count(line + "\n")
            if failure is not None:
                raise UnreadableSource(self.number + 1, failure)
            if len(rest) > self._room:
                self._count(rest)
        self.ended = not rest
        if rest:
            yield self._count(rest)

    def _count(self, line: str) -> str:
        self.number += 1
        self._room -= len(line)
        if self._room < 0:
            raise UnreadableSource(
                self.number, f"the record is longer than {MAX_RECORD_LENGTH:,} characters: is a quote open?"
            )
        return line

    def _texts(self) -> Iterator[tuple[str, str | None]]:
        """Give the text chunk by chunk, and with the last of it why nothing can follow."""
        chunk = self._read(at_least=_MAX_MARK_LENGTH)
        encoding, mark = self._choose(chunk)
        decoder = codecs.getincrementaldecoder(encoding)()
        chunk, held = chunk[mark:], ""
        while True:
            failure = None
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                text = bytes(error.object[: error.start]).decode(encoding, "replace")
                failure = _undecodable(error, encoding, named=self._encoding is not None)
            text = held + text
            if (nul := text.find("\0")) >= 0:
                text, failure = text[:nul], _NUL
            # Half of a `\r\n` waits for the next chunk.
            held = "\r" if text.endswith("\r") and chunk and failure is None else ""
            yield text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n"), failure
            if not chunk:
                return
            chunk = self._read()

    def _read(self, *, at_least: int = 1) -> bytes:
        chunk = b""
        while len(chunk) < at_least and (more := self._file.read(_CHUNK)):
            chunk += more
        self._digest.update(chunk)
        return chunk

    def _choose(self, first: bytes) -> tuple[str, int]:
        mark, marked = next(((mark, name) for mark, name in _MARKS if first.startswith(mark)), (b"", "utf-8"))
        if self._encoding is None:
            if marked is None:
                raise UnreadableSource(1, "the file begins as UTF-32 does: save it as UTF-8")
            return marked, len(mark)
        if not mark:
            name = codecs.lookup(self._encoding).name
            if first and name in _MARKED:
                raise UnreadableSource(1, f"the file has no byte order mark: name {name}-le or {name}-be")
            return self._encoding, 0
        # `utf-16` and `utf-8-sig` take their mark themselves; the names without it would leave it in the header.
        if marked is None or not _is_encoding(self._encoding, marked):
            raise UnreadableSource(
                1, f"the file begins with the byte order mark of {marked or 'utf-32'}: leave encoding out"
            )
        return marked, len(mark)


_NUL = "a NUL character stands here: the file is damaged, or UTF-16 without a byte order mark (encoding='utf-16-le')"


def check_encoding(encoding: str) -> None:
    """Refuse what is no encoding of text, with `InvalidArgumentError`."""
    try:
        "".encode(encoding)
        codecs.getincrementaldecoder(encoding)
        is_known = codecs.lookup(encoding).name not in _HOST_NAME_CODECS
    except (LookupError, UnicodeError, ValueError):
        is_known = False
    if not is_known:
        raise InvalidArgumentError(f"Python knows no text encoding {encoding!r}: pass one such as 'cp1252'.")


def _is_encoding(encoding: str, marked: str) -> bool:
    name = codecs.lookup(encoding).name.removesuffix("-sig")
    return name in {marked, marked.removesuffix("-le").removesuffix("-be")}


def _undecodable(error: UnicodeDecodeError, encoding: str, *, named: bool) -> str:
    advice = "name the file's own encoding" if named else "save the file as UTF-8, or name its encoding, such as cp1252"
    return f"the byte 0x{error.object[error.start]:02X} is not {encoding}: {advice}"
