"""Decode a roster file into numbered lines, and compute its fingerprint."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.input_file import check_path, open_input
from orgsdk.bulk.private_file import file_errors
from orgsdk.bulk.roster.problems import UnreadableSource
from orgsdk.bulk.roster.spec import RosterProblem
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

File: TypeAlias = str | os.PathLike[str] | BinaryIO


class Readable(Protocol):
    """A file that is read in bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        ...


MAX_RECORD_LENGTH = 1_000_000
"""Largest number of characters of a record. It limits memory, and detects an open quote."""

_CHUNK = 1 << 16
# The longest first: the mark of UTF-32 starts with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, None),
    (codecs.BOM_UTF32_BE, None),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAX_MARK_LENGTH = 4
# Without a mark, the behavior of these depends on the Python version.
_MARKED = frozenset({"utf-16", "utf-32"})
_HOST_NAME_CODECS = frozenset({"idna", "punycode"})  # not used for files


@contextmanager
def open_roster_file(file: File) -> Generator[tuple[BinaryIO, str]]:
    """Yield the file, open for reading bytes, and its name. A file that was passed open stays open.

    Raises `FileError` if it cannot be opened or read, and `InvalidArgumentError` if it is neither a path nor a file
    that is open for reading bytes.
    """
    read = getattr(file, "read", None)
    if isinstance(file, str | os.PathLike) or not callable(read):
        path = check_path("file", file)
        with open_input(path) as stream, refuse_changes(stream, path.name, path):
            yield stream, path.name
        return
    try:
        first = read(0)
    except ValueError:  # it is closed, or open for writing
        first = None
    if first is None:
        raise InvalidArgumentError("is a file that cannot be read: open it for reading bytes.", argument="file")
    if not isinstance(first, bytes):
        raise InvalidArgumentError(
            'The file is open for reading text: open it with mode "rb", so that its encoding can be checked.'
        )
    name = getattr(file, "name", None)
    shown = Path(name).name if isinstance(name, str) and name else "the file"
    with file_errors(Path(shown)), refuse_changes(file, shown):
        yield file, shown


@contextmanager
def refuse_changes(stream: BinaryIO, name: str, path: Path | None = None) -> Generator[None]:
    """Raise `SourceError` if a file grows, shrinks or is replaced while it is read: rows would be missing or mixed.

    Pipes, and other files that are not regular ones, are not checked.
    """
    before = _identity(stream)
    try:
        yield
    except SourceError:
        # Its last line may look truncated; the reason is that another program writes the file.
        if before is None or _is_same(before, stream, path):
            raise
    else:
        if before is None or _is_same(before, stream, path):
            return
    message = "the file changed while it was read: read it again when the program that writes it has ended"
    raise SourceError([RosterProblem(name, message)])


def _is_same(before: tuple[int, ...], stream: BinaryIO, path: Path | None) -> bool:
    return _identity(stream) == before and (path is None or _identity(path) == before)


def _identity(file: BinaryIO | Path) -> tuple[int, ...] | None:
    """Return what changes with a regular file; None for another file, and for one that is gone."""
    try:
        found = file.stat() if isinstance(file, Path) else os.fstat(file.fileno())
    except (AttributeError, OSError, TypeError, ValueError):  # not a file of the operating system, such as BytesIO
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class Lines:
    r"""Yield the lines of a file; each line end (`\n`, `\r\n` or `\r`) becomes `\n`.

    Without `encoding`, a byte order mark selects UTF-8 or UTF-16, and the default is UTF-8. `number` is the number of
    the last line, from 1. Call `start_record` before each record, to limit its length. After the last line, `ended` is
    True if it had a line end, and `fingerprint` is the SHA-256 of all bytes.

    Iterating raises `UnreadableSource` for bytes that cannot be decoded, for NUL, and for a record that is too long.
    """

    def __init__(self, file: Readable, encoding: str | None = None) -> None:
        if encoding is not None:
            check_encoding(encoding)
        self.number: int = 0
        self.ended: bool = True
        self._file = file
        self._encoding = encoding
        self._digest = hashlib.sha256()
        self._remaining = MAX_RECORD_LENGTH

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the bytes that were read."""
        return self._digest.hexdigest()

    def start_record(self) -> None:
        """Count the length of a new record from the next line."""
        self._remaining = MAX_RECORD_LENGTH

    def __iter__(self) -> Iterator[str]:
        rest = ""
        for text, failure in self._texts():
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                yield self._count(line + "\n")
            if failure is not None:
                raise UnreadableSource(self.number + 1, failure)
            if len(rest) > self._remaining:
                self._count(rest)
        self.ended = not rest
        if rest:
            yield self._count(rest)

    def chunks(self) -> Iterator[str]:
        """Yield the text in parts, for a format whose records are not lines."""
        for text, failure in self._texts():
            if failure is not None:
                raise UnreadableSource(self.number + text.count("\n") + 1, failure)
            self.number += text.count("\n")
            yield text

    def _count(self, line: str) -> str:
        self.number += 1
        self._remaining -= len(line)
        if self._remaining < 0:
            raise UnreadableSource(
                self.number, f"the record is longer than {MAX_RECORD_LENGTH:,} characters: is a quote open?"
            )
        return line

    def _texts(self) -> Iterator[tuple[str, str | None]]:
        """Yield the text in chunks; the last chunk has the reason if reading cannot continue."""
        chunk = self._read(at_least=_MAX_MARK_LENGTH)
        encoding, mark = self._choose(chunk)
        decoder = codecs.getincrementaldecoder(encoding)()
        chunk, pending = chunk[mark:], ""
        while True:
            failure = None
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                text = bytes(error.object[: error.start]).decode(encoding, "replace")
                failure = _undecodable(error, encoding, named=self._encoding is not None)
            text = pending + text
            if (nul := text.find("\0")) >= 0:
                text, failure = text[:nul], _NUL
            # A `\r` at the end of a chunk may be half of a `\r\n`.
            pending = "\r" if text.endswith("\r") and chunk and failure is None else ""
            yield text[: len(text) - len(pending)].replace("\r\n", "\n").replace("\r", "\n"), failure
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
                raise UnreadableSource(1, "the file is UTF-32: save it as UTF-8")
            return marked, len(mark)
        if not mark:
            name = codecs.lookup(self._encoding).name
            if first and name in _MARKED:
                raise UnreadableSource(1, f"the file has no byte order mark: pass {name}-le or {name}-be")
            return self._encoding, 0
        # `utf-16` and `utf-8-sig` remove their mark; the other names would leave it in the header.
        if marked is None or not _is_encoding(self._encoding, marked):
            raise UnreadableSource(1, f"the file has the byte order mark of {marked or 'utf-32'}: omit the encoding")
        return marked, len(mark)


_NUL = (
    "the line contains a NUL character: the file is damaged, or UTF-16 without a byte order mark (encoding 'utf-16-le')"
)


def check_encoding(encoding: str) -> None:
    """Raise `InvalidArgumentError` if it is not a text encoding."""
    try:
        "".encode(encoding)
        codecs.getincrementaldecoder(encoding)
        is_known = codecs.lookup(encoding).name not in _HOST_NAME_CODECS
    except (LookupError, UnicodeError, ValueError):
        is_known = False
    if not is_known:
        raise InvalidArgumentError(f"Unknown text encoding {encoding!r}: pass one such as 'cp1252'.")


def _is_encoding(encoding: str, marked: str) -> bool:
    name = codecs.lookup(encoding).name.removesuffix("-sig")
    return name in {marked, marked.removesuffix("-le").removesuffix("-be")}


def _undecodable(error: UnicodeDecodeError, encoding: str, *, named: bool) -> str:
    advice = (
        "pass the encoding of the file" if named else "save the file as UTF-8, or pass its encoding, such as cp1252"
    )
    return f"the byte 0x{error.object[error.start]:02X} is not {encoding}: {advice}"
