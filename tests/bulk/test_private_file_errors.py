"""What private files and locks report: the file and the reason, and what a race between two looks cannot do."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import FileError, LockedError, private_file
from orgsdk.bulk.private_file import create_file, open_private
from tests.bulk.samples import locked, posix

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = posix


@pytest.mark.parametrize("exists", [False, True])
def test_a_file_system_without_modes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exists: bool) -> None:
    path = tmp_path / "file"
    if exists:
        path.touch(0o600)
    monkeypatch.setattr(private_file, "is_exposed", lambda _status: True)
    with pytest.raises(FileError) as caught:
        open_private(path)
    assert caught.value.filename == str(path)
    assert caught.value.strerror == "this file system does not keep file modes: name a file in another folder"
    assert path.exists() == exists


def test_a_file_that_becomes_unsafe_after_the_check_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    os.close(create_file(path))
    safe = path.lstat()
    path.with_name("second").hardlink_to(path)
    monkeypatch.setattr(private_file, "check_file", lambda _path: safe)
    with pytest.raises(FileError) as caught:
        open_private(path)
    assert caught.value.filename == str(path)
    assert caught.value.strerror == "it is replaced all the time: name another file"


def test_an_existing_file_is_opened_to_append_and_without_blocking(tmp_path: Path) -> None:
    os.close(create_file(tmp_path / "file"))
    with open_private(tmp_path / "file") as file:
        flags = fcntl.fcntl(file, fcntl.F_GETFL)
    assert flags & os.O_APPEND
    assert flags & os.O_NONBLOCK


def test_the_name_of_a_lock_is_stable(tmp_path: Path) -> None:
    # Two versions of orgsdk must not run at the same time either.
    name = hashlib.sha256(b"flat\0tenant\0a").hexdigest()[:32]
    locked("flat", "tenant", "a", folder=tmp_path).release()
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.lock"]


def test_a_lock_without_a_process_id_is_reported_without_it(tmp_path: Path) -> None:
    lock = locked("flat", "tenant", "a", folder=tmp_path)
    os.truncate(next(tmp_path.iterdir()), 0)
    with pytest.raises(LockedError) as caught:
        locked("flat", "tenant", "a", folder=tmp_path)
    lock.release()
    assert str(caught.value) == "Another run is working on organization a of flat: wait for it, or stop it."


def test_a_folder_of_locks_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    folder = tmp_path / "link"
    folder.symlink_to(tmp_path / "real")
    with pytest.raises(FileError) as caught:
        locked("flat", "tenant", "a", folder=folder)
    assert caught.value.filename == str(folder)
    assert caught.value.strerror == (
        "the folder of the locks is a link, or belongs to another user: set XDG_STATE_HOME to a folder of your own"
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (OSError(errno.ENOENT, "No such file or directory"), "No such file or directory: check the path"),
        (OSError("a text alone"), "a text alone"),
    ],
)
def test_an_error_of_the_system_keeps_its_number_and_reason(tmp_path: Path, error: OSError, message: str) -> None:
    with pytest.raises(FileError) as caught, private_file.file_errors(tmp_path / "file"):
        raise error
    assert caught.value.errno == error.errno
    assert str(caught.value) == f"{tmp_path / 'file'}: {message}"
