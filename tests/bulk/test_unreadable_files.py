"""Every public function that takes a path raises an `OrgError` with advice, whatever is at the path."""

from __future__ import annotations

import errno
import io
import os
import socket
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import InvalidArgumentError, OrgClient, OrgError, bulk
from orgsdk.bulk import private_file
from orgsdk.bulk.errors import FileError
from tests.bulk.samples import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")]

READERS: dict[str, Callable[[Any], object]] = {
    "Plan.load": bulk.Plan.load,
    "verify_audit": bulk.verify_audit,
    "read_csv": bulk.read_csv,
    "read_jsonl": bulk.read_jsonl,
    "read_oneroster": bulk.read_oneroster,
}
WRITERS: dict[str, Callable[[Any], object]] = {
    "Plan.save": lambda path: plan_of().save(path),
    "Report.to_csv": lambda path: bulk.Report(0, (), "").to_csv(path),
}


@pytest.fixture(autouse=True)
def _own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


ORG = OrgClient.memory(users=1).organization()
RUNS: dict[str, Callable[[bulk.Plan, Any], bulk.Run]] = {
    "journal": lambda plan, path: bulk.apply(plan, ORG, journal=path),
    "audit": lambda plan, path: bulk.apply(plan, ORG, audit=path),
    "passwords": lambda plan, path: bulk.apply(plan, ORG, passwords=path),
    "resume": lambda _, path: bulk.resume(path, ORG),
}


async def _run(name: str, path: Any) -> None:
    roster = bulk.Roster([bulk.UserSpec(username="new")], "test", "0" * 64)
    await RUNS[name](await bulk.plan(ORG, roster), path)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_missing_file(read: Callable[[Any], object], tmp_path: Path) -> None:
    for path in (tmp_path / "none", str(tmp_path / "none"), tmp_path / "none" / "none"):
        with pytest.raises(FileError, match="No such file or directory: check the path") as caught:
            read(path)
        assert (caught.value.errno, caught.value.filename) == (errno.ENOENT, str(path))


@pytest.mark.parametrize("name", [*READERS, *WRITERS])
def test_a_folder(name: str, tmp_path: Path) -> None:
    if name == "read_oneroster":
        with pytest.raises(bulk.SourceError, match=r"manifest.csv"):
            READERS[name](tmp_path)
        return
    with pytest.raises(FileError, match=r"[Nn]ame (a file in it|another file)|name a(nother)? file"):
        {**READERS, **WRITERS}[name](tmp_path)


@pytest.mark.parametrize("name", [*READERS, *WRITERS])
@pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE, errno.EIO, errno.ENOSPC])
def test_a_file_that_the_system_refuses(
    name: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("x")

    def refuse(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(FileError, match=os.strerror(number)) as caught:
        {**READERS, **WRITERS}[name](path)
    assert caught.value.errno == number
    monkeypatch.undo()
    assert os.strerror(number) + ("" if number == errno.EIO else ": ") in str(caught.value)


@pytest.mark.parametrize("name", READERS)
def test_an_error_while_reading(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

        def __next__(self) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    path = tmp_path / "file"
    path.write_text("x")

    def fdopen(descriptor: int, *_: object) -> Broken:
        os.close(descriptor)
        return Broken()

    monkeypatch.setattr(os, "fdopen", fdopen)
    expected = bulk.SourceError if name == "read_oneroster" else FileError
    with pytest.raises(expected, match=r"Input/output error|neither a folder nor"):
        READERS[name](path)


@pytest.mark.parametrize("name", READERS)
def test_a_pipe_that_nobody_writes_to(name: str, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    if name == "verify_audit":
        assert bulk.verify_audit(path).lines == 0
        return
    with pytest.raises(OrgError, match=r"is empty|not a plan|neither a folder"):
        READERS[name](path)


def test_a_pipe_is_read() -> None:
    reading, writing = os.pipe()
    try:
        os.write(writing, b"username\nada\n")
        os.close(writing)
        roster = bulk.read_csv(f"/dev/fd/{reading}")
    finally:
        os.close(reading)
    assert [user.username for user in roster.users] == ["ada"]


@pytest.mark.parametrize("name", READERS)
def test_a_device(name: str) -> None:
    with pytest.raises(FileError, match="it is a device: name a file"):
        READERS[name]("/dev/zero")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x80", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 6_000, b"\0"])
@pytest.mark.parametrize("name", READERS)
def test_contents_that_cannot_be_decoded(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content + b"\n")
    with pytest.raises(OrgError):
        READERS[name](path)


NO_PATHS: list[Any] = [None, 5, b"file", True, ["file"], "", "a\0b", "a\ud800", {}]


@pytest.mark.parametrize("value", NO_PATHS, ids=repr)
@pytest.mark.parametrize("name", [*READERS, *WRITERS, *RUNS])
def test_what_is_no_path(name: str, value: Any) -> None:
    if value is None and name in {"journal", "audit", "passwords"}:
        return  # no file
    if name == "verify_audit" and isinstance(value, list):
        return  # lines, in place of a file
    argument = {"read_csv": "file", "read_jsonl": "file", "resume": "journal", "verify_audit": "audit"}.get(
        name, name if name in RUNS else "path"
    )
    call = partial(RUNS[name], plan_of()) if name in RUNS else {**READERS, **WRITERS}[name]
    with pytest.raises(InvalidArgumentError, match=r"pass|no file can have") as caught:
        call(value)
    assert caught.value.argument == argument


@pytest.mark.parametrize("name", ["read_csv", "read_jsonl"])
def test_an_open_file_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    class Failing(io.BytesIO):
        name: str = "/tmp/share/people.csv"

        def read(self, size: int | None = -1) -> bytes:
            if size == 0:
                return b""
            raise OSError(errno.ESTALE, "Stale file handle")

    closed = io.BytesIO()
    closed.close()
    with pytest.raises(InvalidArgumentError, match="open it for reading bytes"):
        READERS[name](closed)
    with (tmp_path / "file").open("wb") as writing, pytest.raises(InvalidArgumentError, match="for reading bytes"):
        READERS[name](writing)
    with pytest.raises(FileError, match=r"^people.csv: Stale file handle"):
        READERS[name](Failing())


NOT_OURS = [b"\xff\xfe\n", b"[" * 100_000 + b"\n", b"\0\n", b'"' * 300_000 + b"\n", b"1" * 6_000 + b"\n"]


@pytest.mark.parametrize("name", RUNS)
async def test_a_run_whose_file_is_a_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="not a regular file: name another file"):
        await _run(name, tmp_path)


@pytest.mark.parametrize("name", RUNS)
async def test_a_run_whose_file_is_in_no_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(OrgError, match=r"No such file or directory: check the path|no journal|does not exist"):
        await _run(name, tmp_path / "none" / "none")


@pytest.mark.parametrize("name", ["audit", "passwords"])
@pytest.mark.parametrize("content", NOT_OURS)
async def test_a_run_whose_file_is_something_else(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(OrgError):
        await _run(name, path)
    assert path.read_bytes() == content


def test_two_files_of_a_run_with_one_path() -> None:
    with pytest.raises(InvalidArgumentError, match="is another file of the run too") as caught:
        bulk.apply(plan_of(), ORG, journal="a", audit="b", passwords="a")
    assert caught.value.argument == "passwords"


def test_each_advice_follows_the_reason(tmp_path: Path) -> None:
    for number in (errno.ENOSPC, errno.EROFS, errno.EMFILE, errno.ENAMETOOLONG):
        with pytest.raises(FileError) as caught, private_file.file_errors(tmp_path):
            raise OSError(number, os.strerror(number))
        assert str(caught.value).startswith(f"{tmp_path}: {os.strerror(number)}: ")
    with pytest.raises(FileError, match=r"^.*: no number$"), private_file.file_errors(Path("a")):
        raise OSError("no number")


@pytest.mark.parametrize("name", READERS)
def test_a_socket_is_named_as_such(name: str, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    with pytest.raises(FileError, match="it is a socket, or a device that is missing: name a file"):
        READERS[name](path)
