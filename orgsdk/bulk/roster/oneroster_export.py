"""The files of a OneRoster export (a folder or a zip), and reading one CSV file by its column names."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from orgsdk.bulk.roster.columns import suggest
from orgsdk.bulk.roster.csv_file import CsvRecords
from orgsdk.bulk.roster.lines import Lines
from orgsdk.bulk.roster.problems import origin_at

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import IO

    from orgsdk.bulk.roster.lines import Readable
    from orgsdk.bulk.roster.problems import ProblemCollector

MAX_FILE_BYTES = 1 << 31
"""How many bytes a file of the zip may have when unpacked: two million people and more."""

MAX_COMPRESSION_RATIO = 200
"""How many times smaller than its content a large file may be packed: text of people is packed by 5 to 50."""

_LARGE = 10_000_000
_ENCRYPTED = 0x1
# RFC 1951 is what the standard names; the rest would bring other libraries' ways to fail.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What the standard library raises for a damaged archive, besides its own error: `NotImplementedError` is zipfile's word
# for a compression, or a version of the format, that it does not know.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OverflowError, ValueError)


class ExportPackage(Protocol):
    """Hold an export's files by their names."""

    names: frozenset[str]

    def open(self, name: str) -> AbstractContextManager[Readable]:
        """Open one of the files."""
        ...


@contextmanager
def open_package(path: Path, problems: ProblemCollector) -> Generator[ExportPackage]:
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
    def __init__(self, archive: zipfile.ZipFile, name: str, problems: ProblemCollector) -> None:
        self._archive, self._name, self._problems = archive, name, problems
        entries = archive.infolist()
        for entry in entries:
            if reason := _reason_to_refuse(entry):
                problems.fail(name, reason)
        self.names = frozenset(entry.filename for entry in entries)
        if len(self.names) < len(entries):
            problems.fail(name, "two files of the zip have one name")
        if "manifest.csv" not in self.names and any(_file_name(name) == "manifest.csv" for name in self.names):
            problems.fail(name, "the files stand in a folder of the zip: pack them so that they stand at its root")

    @contextmanager
    def open(self, name: str) -> Generator[Readable]:
        with self._told(name):
            stream = self._archive.open(name)
        with stream:
            yield _ZipMember(stream, lambda: self._told(name))

    @contextmanager
    def _told(self, name: str) -> Generator[None]:
        try:
            yield
        except (*_DAMAGED, OSError):
            self._problems.fail(f"{self._name}, {name}", "the zip is damaged here: fetch it again")


class _ZipMember:
    """Read a file of the zip, where damage shows first."""

    def __init__(self, stream: IO[bytes], told: Callable[[], AbstractContextManager[None]]) -> None:
        self._stream, self._told = stream, told

    def read(self, size: int = -1, /) -> bytes:
        with self._told():
            return self._stream.read(size)


def _reason_to_refuse(entry: zipfile.ZipInfo) -> str | None:
    name = entry.filename
    # Nothing is ever written under this name; an archive that tries is not to be believed in anything else.
    if name.startswith(("/", "\\")) or ".." in PurePosixPath(name.replace("\\", "/")).parts or ":" in name:
        return "a file of the zip has a path that leads out of it: it is not read"
    if entry.flag_bits & _ENCRYPTED:
        return "the zip is encrypted: unpack it, and pass the folder"
    if entry.compress_type not in _METHODS:
        return "the zip is packed by an unusual method: unpack it, and pass the folder"
    if entry.file_size > MAX_FILE_BYTES:
        return f"a file of the zip unpacks to {entry.file_size:,} bytes: {MAX_FILE_BYTES:,} are the most"
    if entry.file_size > _LARGE and entry.file_size > entry.compress_size * MAX_COMPRESSION_RATIO:
        return "a file of the zip unpacks to over 200 times its size, which no roster does: it is not read"
    return None


def _file_name(name: str) -> str:
    return PurePosixPath(name).name


class ExportFiles:
    """Read an export's files, one after the other, and remember what they were.

    `columns` are the headers, each file's name before its columns. Where the files are not `whole` for certain, a
    last line that is not ended is a problem.
    """

    def __init__(self, package: ExportPackage, problems: ProblemCollector, *, whole: bool) -> None:
        self.problems = problems
        self._whole = whole
        self.columns: list[str] = []
        self._package = package
        self._digest = hashlib.sha256()

    @property
    def fingerprint(self) -> str:
        """Give the SHA-256 of what was read: of each file's name and its own SHA-256."""
        return self._digest.hexdigest()

    def has(self, name: str) -> bool:
        """Tell whether the export has a file."""
        return name in self._package.names

    @contextmanager
    def rows(
        self, name: str, required: Sequence[str], optional: Sequence[str] = ()
    ) -> Generator[Iterator[tuple[int, tuple[str, ...]]]]:
        """Iterate a file's rows: the line, and the cells of these columns in this order, without space around them.

        An optional column that is missing has empty cells. Raises `SourceError` where a required one is missing.
        """
        with self._package.open(name) as stream:
            # UTF-8 is the standard's only encoding, with or without a byte order mark (CSV Binding 1.2.1, 2.1).
            lines = Lines(stream)
            table = CsvRecords(lines, name, self.problems, ",", whole=self._whole)
            places = self._places(name, table.header, required, optional)
            self.columns += [f"{name}: {column}" for column in table.header]

            def rows() -> Iterator[tuple[int, tuple[str, ...]]]:
                for line, cells in table:
                    yield line, tuple(["" if place is None else cells[place].strip() for place in places])

            yield rows()
            self._digest.update(f"{name}\0{lines.fingerprint}\0".encode())

    def _places(
        self, name: str, header: Sequence[str], required: Sequence[str], optional: Sequence[str]
    ) -> list[int | None]:
        names = [column.strip() for column in header]
        for column in required:
            if column not in names:
                self.problems.add(origin_at(name, 1), f"there is no column {column!r}{suggest(column, names)}")
        for column in (*required, *optional):
            if names.count(column) > 1:
                self.problems.add(origin_at(name, 1), f"two columns are called {column!r}")
        self.problems.raise_any()
        return [names.index(column) if column in names else None for column in (*required, *optional)]
