"""The files of a OneRoster export (a folder or a zip), and reading one CSV file by its column names."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from orgsdk.bulk.input_file import open_input
from orgsdk.bulk.private_file import file_errors
from orgsdk.bulk.roster.columns import suggest
from orgsdk.bulk.roster.csv_records import CsvRecords
from orgsdk.bulk.roster.lines import Lines
from orgsdk.bulk.roster.problems import origin_at

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import IO

    from orgsdk.bulk.roster.lines import Readable
    from orgsdk.bulk.roster.problems import ProblemCollector

MAX_FILE_BYTES = 1 << 31
"""Largest number of bytes of an unpacked file of the zip: enough for over two million users."""

MAX_COMPRESSION_RATIO = 200
"""Largest compression ratio of a large file: user data is compressed by a factor of 5 to 50."""

_LARGE = 10_000_000
_ENCRYPTED = 0x1
# The standard names RFC 1951. Other methods would need more libraries and more error handling.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What the standard library raises for a damaged archive. zipfile raises `NotImplementedError` for an unknown
# compression or version of the format.
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OverflowError, ValueError)


class ExportPackage(Protocol):
    """The files of an export, by name."""

    names: frozenset[str]

    def open(self, name: str) -> AbstractContextManager[Readable]:
        """Open one of the files."""
        ...


@contextmanager
def open_package(path: Path, problems: ProblemCollector) -> Generator[ExportPackage]:
    """Open a folder or a zip.

    Raises `FileError` if it cannot be read, and `SourceError` if it is neither, is damaged, or looks malicious.
    """
    with file_errors(path):
        folder = _Folder(path) if path.is_dir() else None
    if folder is not None:
        yield folder
        return
    with open_input(path) as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except (*DAMAGED, OSError):
            problems.fail(path.name, "this is neither a folder nor a readable zip: pass the whole export")
        with archive:
            yield _Zip(archive, path.name, problems)


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.names = frozenset(file.name for file in path.iterdir() if file.is_file())

    def open(self, name: str) -> AbstractContextManager[Readable]:
        return open_input(self._path / name)


class _Zip:
    def __init__(self, archive: zipfile.ZipFile, name: str, problems: ProblemCollector) -> None:
        self._archive, self._name, self._problems = archive, name, problems
        entries = archive.infolist()
        for entry in entries:
            if reason := reason_to_refuse(entry):
                problems.fail(name, reason)
        self.names = frozenset(entry.filename for entry in entries)
        if len(self.names) < len(entries):
            problems.fail(name, "two files of the zip have the same name")
        if "manifest.csv" not in self.names and any(_file_name(name) == "manifest.csv" for name in self.names):
            problems.fail(name, "the files are in a folder of the zip: pack them at its root")

    @contextmanager
    def open(self, name: str) -> Generator[Readable]:
        with self._reporting_damage(name):
            stream = self._archive.open(name)
        with stream:
            yield _ZipMember(stream, lambda: self._reporting_damage(name))

    @contextmanager
    def _reporting_damage(self, name: str) -> Generator[None]:
        try:
            yield
        except (*DAMAGED, OSError):
            self._problems.fail(f"{self._name}, {name}", "the zip is damaged here: download it again")


class _ZipMember:
    """Read a file of the zip; damage is found while reading."""

    def __init__(self, stream: IO[bytes], guard: Callable[[], AbstractContextManager[None]]) -> None:
        self._stream, self._reporting_damage = stream, guard

    def read(self, size: int = -1, /) -> bytes:
        with self._reporting_damage():
            return self._stream.read(size)


def reason_to_refuse(entry: zipfile.ZipInfo) -> str | None:
    """Return why a file of a zip is not read; None if it may be read."""
    name = entry.filename
    # No file is ever written with this name; but an archive that tries is not trusted at all.
    if name.startswith(("/", "\\")) or ".." in PurePosixPath(name.replace("\\", "/")).parts or ":" in name:
        return "a file of the zip has a path outside of it: the zip is not read"
    if entry.flag_bits & _ENCRYPTED:
        return "the zip is encrypted: unpack it, and pass the folder"
    if entry.compress_type not in _METHODS:
        return "the zip uses an unsupported compression: unpack it, and pass the folder"
    if entry.file_size > MAX_FILE_BYTES:
        return f"a file of the zip unpacks to {entry.file_size:,} bytes: at most {MAX_FILE_BYTES:,} are allowed"
    if entry.file_size > _LARGE and entry.file_size > entry.compress_size * MAX_COMPRESSION_RATIO:
        return "a file of the zip unpacks to over 200 times its size, which no roster needs: it is not read"
    return None


def _file_name(name: str) -> str:
    return PurePosixPath(name).name


class ExportFiles:
    """Read an export's files, one after the other, and record their headers and contents.

    `columns` are the headers, each with the file's name. If `whole` is False, a last line without a line end is a
    problem.
    """

    def __init__(self, package: ExportPackage, problems: ProblemCollector, *, whole: bool) -> None:
        self.problems = problems
        self._whole = whole
        self.columns: list[str] = []
        self._package = package
        self._digest = hashlib.sha256()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the names and contents of the files that were read."""
        return self._digest.hexdigest()

    def has(self, name: str) -> bool:
        """Return whether the export has a file."""
        return name in self._package.names

    @contextmanager
    def rows(
        self, name: str, required: Sequence[str], optional: Sequence[str] = ()
    ) -> Generator[Iterator[tuple[int, tuple[str, ...]]]]:
        """Yield a file's rows: the line, and the trimmed cells of these columns in this order.

        A missing optional column has empty cells. A column may have several spellings, separated by `|`. Raises
        `SourceError` if a required column is missing.
        """
        with self._package.open(name) as stream:
            # The standard allows only commas and UTF-8 (CSV Binding 1.2.1, 2.1), but spreadsheets save otherwise.
            lines = Lines(stream)
            records = CsvRecords(lines, name, self.problems, whole=self._whole)
            positions = self._positions(name, records.header, required, optional)
            self.columns += [f"{name}: {column}" for column in records.header]

            def rows() -> Iterator[tuple[int, tuple[str, ...]]]:
                for line, cells in records:
                    yield line, tuple(["" if position is None else cells[position].strip() for position in positions])

            yield rows()
            self._digest.update(f"{name}\0{lines.fingerprint}\0".encode())

    def _positions(
        self, name: str, header: Sequence[str], required: Sequence[str], optional: Sequence[str]
    ) -> list[int | None]:
        names = [column.strip() for column in header]
        found = [next((one for one in column.split("|") if one in names), None) for column in (*required, *optional)]
        for column, name_found in zip(required, found, strict=False):
            if name_found is None:
                shown = column.split("|")[0]
                self.problems.add(origin_at(name, 1), f"there is no column {shown!r}{suggest(shown, names)}")
        for column_found in filter(None, found):
            if names.count(column_found) > 1:
                self.problems.add(origin_at(name, 1), f"two columns have the name {column_found!r}")
        self.problems.raise_any()
        return [None if column_found is None else names.index(column_found) for column_found in found]
