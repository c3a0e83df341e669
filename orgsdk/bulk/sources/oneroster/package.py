"""The files of a OneRoster export: a folder, or a zip whose files stand at its root. Nothing is unpacked to disk."""

from __future__ import annotations

import struct
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager
    from typing import IO

    from orgsdk.bulk.sources.lines import Readable
    from orgsdk.bulk.sources.problems import Problems

MOST_BYTES = 1 << 31
"""How many bytes a file of the zip may have when unpacked: two million people and more."""

MOST_PACKED = 200
"""How many times smaller than its content a large file may be packed: text of people is packed by 5 to 50."""

_LARGE = 10_000_000
_ENCRYPTED = 0x1
# RFC 1951 is what the standard names; the rest would bring other libraries' ways to fail.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What the standard library raises for a damaged archive, besides its own error: `NotImplementedError` is zipfile's word
# for a compression, or a version of the format, that it does not know.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OverflowError, ValueError)


class Package(Protocol):
    """Hold an export's files by their names."""

    names: frozenset[str]

    def open(self, name: str) -> AbstractContextManager[Readable]:
        """Open one of the files."""
        ...


@contextmanager
def open_package(path: Path, problems: Problems) -> Generator[Package]:
    """Open a folder or a zip.

    Raises OSError where there is none, and `SourceError` for what is neither, damaged, or a trap.
    """
    if path.is_dir():
        yield _Folder(path)
        return
    with path.open("rb") as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except (*_DAMAGED, OSError):
            problems.fail(path.name, "this is neither a folder nor a zip that can be read; pass the whole export")
        with archive:
            yield _Zip(archive, path.name, problems)


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.names = frozenset(file.name for file in path.iterdir() if file.is_file())

    def open(self, name: str) -> AbstractContextManager[Readable]:
        return (self._path / name).open("rb")


class _Zip:
    def __init__(self, archive: zipfile.ZipFile, name: str, problems: Problems) -> None:
        self._archive, self._name, self._problems = archive, name, problems
        entries = archive.infolist()
        for entry in entries:
            if reason := _trap(entry):
                problems.fail(name, reason)
        self.names = frozenset(entry.filename for entry in entries)
        if len(self.names) < len(entries):
            problems.fail(name, "two files of the zip have one name")
        if "manifest.csv" not in self.names and any(_base(name) == "manifest.csv" for name in self.names):
            problems.fail(name, "the files stand in a folder of the zip: pack them so that they stand at its root")

    @contextmanager
    def open(self, name: str) -> Generator[Readable]:
        with self._told(name):
            stream = self._archive.open(name)
        with stream:
            yield _Member(stream, lambda: self._told(name))

    @contextmanager
    def _told(self, name: str) -> Generator[None]:
        try:
            yield
        except (*_DAMAGED, OSError):
            self._problems.fail(f"{self._name}, {name}", "the zip is damaged here: fetch it again")


class _Member:
    """Read a file of the zip, where damage shows first."""

    def __init__(self, stream: IO[bytes], told: Callable[[], AbstractContextManager[None]]) -> None:
        self._stream, self._told = stream, told

    def read(self, size: int = -1, /) -> bytes:
        with self._told():
            return self._stream.read(size)


def _trap(entry: zipfile.ZipInfo) -> str | None:
    name = entry.filename
    # Nothing is ever written under this name; an archive that tries is not to be believed in anything else.
    if name.startswith(("/", "\\")) or ".." in PurePosixPath(name.replace("\\", "/")).parts or ":" in name:
        return "a file of the zip has a path that leads out of it: it is not read"
    if entry.flag_bits & _ENCRYPTED:
        return "the zip is encrypted: unpack it, and pass the folder"
    if entry.compress_type not in _METHODS:
        return "the zip is packed by an unusual method: unpack it, and pass the folder"
    if entry.file_size > MOST_BYTES:
        return f"a file of the zip unpacks to {entry.file_size:,} bytes: {MOST_BYTES:,} are the most"
    if entry.file_size > _LARGE and entry.file_size > entry.compress_size * MOST_PACKED:
        return "a file of the zip unpacks to over 200 times its size, which no roster does: it is not read"
    return None


def _base(name: str) -> str:
    return PurePosixPath(name).name
