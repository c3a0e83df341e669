"""Files that another program writes while they are read."""

from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import SourceError, read_csv, read_json, read_jsonl
from orgsdk.bulk.roster import lines
from tests.bulk.samples import posix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = "username\n" + "".join(f"user{number}\n" for number in range(20))


def grow(path: Path) -> None:
    with path.open("a") as file:
        file.write("late\n")


def shrink(path: Path) -> None:
    os.truncate(path, 9)


def replace(path: Path) -> None:
    other = path.with_name("other.csv")
    other.write_text(ROWS)
    other.replace(path)


def remove(path: Path) -> None:
    path.unlink()


def write_again(path: Path) -> None:
    path.write_text(ROWS)
    os.utime(path, ns=(1, 1))


CHANGES: list[Callable[[Path], None]] = [grow, shrink, replace, remove, write_again]


class Changing(io.BufferedReader):
    """A file that changes after the first read."""

    change: Callable[[], None] | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        if found and self.change is not None:
            self.change()
            self.change = None
        return found


@posix
@pytest.mark.parametrize("change", CHANGES)
def test_path_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(ROWS)
    assert len(read_csv(path).users) == 20
    original = lines.Lines.__iter__

    def iterate(self: lines.Lines) -> object:
        for number, line in enumerate(original(self)):
            if number == 3:
                change(path)
            yield line

    monkeypatch.setattr(lines.Lines, "__iter__", iterate)
    with pytest.raises(SourceError, match=r"roster.csv: the file changed while it was read: read it again"):
        read_csv(path)


@pytest.mark.parametrize("change", [grow, shrink])
def test_open_file_that_changes_is_refused(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(ROWS)
    with Changing(io.FileIO(path)) as file:
        file.change = lambda: change(path)
        with pytest.raises(SourceError, match="the file changed while it was read"):
            read_csv(file)


@pytest.mark.parametrize(
    ("reader", "text"), [(read_jsonl, '{"username": "a"}\n'), (read_json, '[{"username": "a"}]\n')]
)
def test_json_that_grows_is_refused(tmp_path: Path, reader: Callable[..., object], text: str) -> None:
    path = tmp_path / "roster.json"
    path.write_text(text)
    with Changing(io.FileIO(path)) as file:
        file.change = lambda: grow(path)
        with pytest.raises(SourceError, match="the file changed while it was read"):
            reader(file)


@posix
def test_pipe_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(ROWS,))
    writer.start()
    descriptor = os.open(path, os.O_RDONLY)
    with os.fdopen(descriptor, "rb") as pipe:
        assert len(read_csv(pipe).users) == 20
    writer.join()
