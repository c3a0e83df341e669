"""The lock of a run, and files that are not safe to write to."""

from __future__ import annotations

import copy
import errno
import os
import pickle
import stat
import subprocess
import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from orgsdk import OrgClient
from orgsdk.bulk import FileError, LockedError
from orgsdk.bulk.planning.target import find_target
from orgsdk.bulk.private_file import find_risk, lock_folder, replace_privately
from orgsdk.bulk.run.audit import AuditFile
from orgsdk.bulk.run.files import OpenRunFiles, RunFiles
from orgsdk.bulk.run.journal import JournalFile
from orgsdk.bulk.run.passwords import PasswordFile
from orgsdk.errors import InvalidArgumentError, OrgError
from tests.bulk.samples import locked, mode, opened, opened_audit, outcome, plan_of, posix, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_organization_is_locked_by_one_run(tmp_path: Path) -> None:
    lock = locked("flat", "tenant", "a", folder=tmp_path)
    with pytest.raises(LockedError, match=rf"\(process {os.getpid()}\) is working on organization a of flat"):
        locked("flat", "tenant", "a", folder=tmp_path)
    locked("flat", "tenant", "b", folder=tmp_path).release()
    locked("flat", "other", "a", folder=tmp_path).release()
    lock.release()
    locked("flat", "tenant", "a", folder=tmp_path).release()


@posix
def test_lock_ends_with_its_process(tmp_path: Path) -> None:
    code = (
        "import sys, os, signal, pathlib; from orgsdk.bulk.private_file import RunLock;"
        "lock = RunLock('flat', 't', 'a', folder=pathlib.Path(sys.argv[1])); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"process {process.pid}"):
            locked("flat", "t", "a", folder=tmp_path)
        process.kill()
        process.wait()
    locked("flat", "t", "a", folder=tmp_path).release()


@posix
def test_locks_are_in_the_state_folder_of_the_user(tmp_path: Path) -> None:
    assert lock_folder({"XDG_STATE_HOME": "/state", "HOME": "/home/me"}).as_posix() == "/state/orgsdk"
    assert lock_folder({"HOME": str(tmp_path)}) == tmp_path / ".local" / "state" / "orgsdk"
    assert lock_folder({}).name == f"orgsdk-{os.getuid()}"


@posix
@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (None, True),
        ("link", "symbolic link"),
        ("foreign", "belongs to another user"),
        ("writable", "other users can write"),
    ],
)
def test_lock_folder_in_a_shared_folder_is_not_trusted(tmp_path: Path, made: str | None, expected: object) -> None:
    folder, victim = tmp_path / "orgsdk-1", tmp_path / "victim"
    victim.mkdir()
    match made:
        case "link":
            folder.symlink_to(victim)
        case "foreign":
            folder.mkdir(0o700)
            chown(folder)
        case "writable":
            folder.mkdir()
            folder.chmod(0o777)
        case _:
            locked("flat", "t", "a", folder=folder).release()
            assert mode(folder) == 0o700
            return
    with pytest.raises(FileError, match="the folder of the locks"):
        locked("flat", "t", "a", folder=folder)
    assert not list(victim.iterdir())
    assert made == "link" or not list(folder.iterdir())


@posix
def test_lock_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    locked("flat", "t", "a", folder=tmp_path).release()
    (lock,) = tmp_path.glob("*.lock")
    lock.unlink()
    victim = tmp_path / "victim"
    victim.write_text("keep me")
    lock.symlink_to(victim)
    with pytest.raises(FileError, match="symbolic link"):
        locked("flat", "t", "a", folder=tmp_path)
    assert victim.read_text() == "keep me"


def chown(path: Path) -> None:
    """Change the owner of a file to another user, or skip the test if only root may."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files to other users")
    os.chown(path, 12_345, 12_345)


OpenFile: TypeAlias = JournalFile | AuditFile | PasswordFile
OPENERS: dict[str, Callable[[Path], OpenFile]] = {
    "journal": lambda path: opened(JournalFile(path)),
    "audit": lambda path: opened_audit(path, "a" * 64),
    "passwords": lambda path: opened(PasswordFile(path)),
}


def add_line(file: OpenFile, number: int) -> None:
    """Write something to the file."""
    match file:
        case JournalFile():
            file.start(plan_of(write(number)), {})
        case AuditFile():
            file.append([outcome(number)])
        case PasswordFile():
            file.reserve([write(number)])


opener = pytest.mark.parametrize("opener", OPENERS)


@posix
@opener
@pytest.mark.parametrize(
    "kind", ["link", "dangling", "hard link", "device", "pipe", "folder", "foreign", "foreign 0666"]
)
def test_file_that_is_not_safe_is_refused_before_it_is_touched(tmp_path: Path, opener: str, kind: str) -> None:
    path, victim = tmp_path / "file", tmp_path / "victim"
    victim.touch(0o644)
    match kind:
        case "link":
            path.symlink_to(victim)
        case "dangling":
            path.symlink_to(tmp_path / "nothing")
        case "hard link":
            path.hardlink_to(victim)
        case "device":
            if os.geteuid() != 0:
                pytest.skip("only root can make devices")
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
            path.chmod(0o666)
        case "pipe":
            os.mkfifo(path, 0o666)
        case "folder":
            path.mkdir()
        case _:
            path.touch()
            path.chmod(0o666 if "0666" in kind else 0o600)
            chown(path)
    before = [(one.name, one.lstat()) for one in sorted(tmp_path.iterdir())]
    with pytest.raises(FileError, match=str(path)):
        OPENERS[opener](path)
    after = [(one.name, one.lstat()) for one in sorted(tmp_path.iterdir())]
    assert [(name, _shown(status)) for name, status in before] == [(name, _shown(status)) for name, status in after]


def _shown(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_ino, status.st_mode, status.st_uid, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@posix
@opener
@pytest.mark.parametrize("permissions", [0o644, 0o640, 0o660, 0o666])
def test_another_user_who_has_an_empty_file_open_sees_nothing(tmp_path: Path, opener: str, permissions: int) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(permissions)
    with path.open("rb") as reader, closing(OPENERS[opener](path)) as opened:
        add_line(opened, 0)
        assert path.stat().st_size
        assert {mode(one) for one in tmp_path.iterdir()} == {0o600}
        assert reader.read() == b""


@posix
@pytest.mark.parametrize("opener", ["audit", "passwords"])
def test_contents_that_others_could_read_are_kept_in_a_private_copy(tmp_path: Path, opener: str) -> None:
    path = tmp_path / "file"
    with closing(OPENERS[opener](path)) as opened:
        add_line(opened, 0)
    content = path.read_bytes()
    path.chmod(0o644)
    with path.open("rb") as reader, closing(OPENERS[opener](path)) as again:
        add_line(again, 1)
        assert reader.read() == content
        with pytest.raises(LockedError):
            OPENERS[opener](path)
    assert mode(path) == 0o600
    assert path.read_bytes().startswith(content)
    assert path.read_bytes().count(b"\n") == content.count(b"\n") + 1


@posix
@opener
def test_contents_that_others_could_change_are_refused(tmp_path: Path, opener: str) -> None:
    path = tmp_path / "file"
    path.write_text("key,username,email,password\nusername:u0,u0,,chosen-by-another\n")
    path.chmod(0o622)
    with pytest.raises(FileError, match="other users can write to it"):
        OPENERS[opener](path)
    assert mode(path) == 0o622


@posix
@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder", "device"])
def test_only_a_regular_file_is_replaced(tmp_path: Path, kind: str) -> None:
    path, victim = tmp_path / "file", tmp_path / "victim"
    victim.write_text("keep me")
    match kind:
        case "link":
            path.symlink_to(victim)
        case "dangling":
            path.symlink_to(tmp_path / "nothing")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            # Its own device: code that is wrong would replace the one of the machine.
            if os.geteuid() != 0:
                pytest.skip("only root can make devices")
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    before = path.lstat()
    with pytest.raises(FileError, match="not a regular file"):
        replace_privately(path, b"new")
    assert path.lstat().st_ino == before.st_ino
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "victim"]


@posix
@pytest.mark.parametrize(
    ("kind", "owner", "links", "size", "risk"),
    [
        (stat.S_IFREG | 0o600, 7, 1, 9, None),
        (stat.S_IFREG | 0o644, 7, 1, 9, None),
        (stat.S_IFREG | 0o666, 7, 1, 0, None),
        (stat.S_IFREG | 0o620, 7, 1, 9, "other users can write to it"),
        (stat.S_IFREG | 0o602, 7, 1, 9, "other users can write to it"),
        (stat.S_IFREG | 0o600, 0, 1, 9, "it belongs to another user"),
        (stat.S_IFREG | 0o600, 7, 2, 9, "it has a second name (a hard link)"),
        (stat.S_IFLNK | 0o777, 7, 1, 9, "it is a symbolic link"),
        (stat.S_IFSOCK | 0o600, 7, 1, 0, "it is not a regular file"),
        (stat.S_IFBLK | 0o600, 7, 1, 0, "it is not a regular file"),
    ],
)
def test_risk_of_a_file(kind: int, owner: int, links: int, size: int, risk: str | None) -> None:
    assert find_risk(os.stat_result((kind, 1, 1, links, owner, owner, size, 0, 0, 0)), 7) == risk


@posix
@opener
def test_without_file_descriptors_the_error_is_of_orgsdk(tmp_path: Path, opener: str) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/dev/fd"))  # noqa: PTH208
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 2, before[1]))
    taken: list[int] = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        with pytest.raises(FileError) as caught:
            OPENERS[opener](tmp_path / "file")
        with pytest.raises(FileError):
            locked("flat", "t", "a", folder=tmp_path)
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert caught.value.errno == errno.EMFILE


def test_file_error_is_an_os_error_that_can_be_copied() -> None:
    error = FileError("/journal", "the disk is full", errno.ENOSPC)
    error.cursor = "here"
    for one in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert isinstance(one, OSError)
        assert isinstance(one, OrgError)
        assert (str(one), one.errno, one.cursor) == ("/journal: the disk is full", errno.ENOSPC, "here")


@opener
@pytest.mark.parametrize("name", ["a\0b", "a\ud800", "x" * 300])
def test_name_that_no_file_can_have_is_an_error_of_orgsdk(tmp_path: Path, opener: str, name: str) -> None:
    with pytest.raises(FileError):
        OPENERS[opener](tmp_path / name)
    with pytest.raises(FileError):
        replace_privately(tmp_path / name, b"")


@pytest.mark.parametrize("argument", ["journal", "audit", "passwords"])
@pytest.mark.parametrize("value", ["", "a\0b", "a\ud800", 7, b"bytes"])
def test_value_that_is_not_a_path_is_refused(argument: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{argument} is "):
        RunFiles.of(**{argument: value})


@pytest.mark.anyio
async def test_all_files_are_closed_if_one_cannot_be_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = RunFiles.of(journal=tmp_path / "journal", audit=tmp_path / "audit", passwords=tmp_path / "passwords")

    def fail(file: AuditFile) -> None:
        file._file.close()
        raise FileError(tmp_path / "audit", "the disk is full")

    async with OrgClient.memory(users=1) as client:
        target = await find_target(client.organization())
        for _ in range(2):
            plan = plan_of(write(0))
            files = OpenRunFiles(paths, plan, None)
            with monkeypatch.context() as patch:
                patch.setattr(AuditFile, "close", fail)
                await files.open(target, [], list(plan.writes), {})
                with pytest.raises(FileError, match="the disk is full"):
                    await files.aclose()
            (tmp_path / "journal").unlink()
