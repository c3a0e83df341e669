"""The lock of a run."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import LockedError
from orgsdk.bulk.private_file import RunLock, lock_folder
from tests.bulk.samples import posix

if TYPE_CHECKING:
    from pathlib import Path


def test_organization_is_locked_by_one_run(tmp_path: Path) -> None:
    lock = RunLock("flat", "tenant", "a", folder=tmp_path)
    with pytest.raises(LockedError, match=rf"\(process {os.getpid()}\) is working on organization a of flat"):
        RunLock("flat", "tenant", "a", folder=tmp_path)
    RunLock("flat", "tenant", "b", folder=tmp_path).release()
    RunLock("flat", "other", "a", folder=tmp_path).release()
    lock.release()
    RunLock("flat", "tenant", "a", folder=tmp_path).release()


@posix
def test_lock_ends_with_its_process(tmp_path: Path) -> None:
    code = (
        "import sys, os, signal, pathlib; from orgsdk.bulk.private_file import RunLock;"
        "lock = RunLock('flat', 't', 'a', folder=pathlib.Path(sys.argv[1]));"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"process {process.pid}"):
            RunLock("flat", "t", "a", folder=tmp_path)
        process.kill()
        process.wait()
    RunLock("flat", "t", "a", folder=tmp_path).release()


@posix
def test_locks_are_in_the_state_folder_of_the_user(tmp_path: Path) -> None:
    assert lock_folder({"XDG_STATE_HOME": "/state", "HOME": "/home/me"}).as_posix() == "/state/orgsdk"
    assert lock_folder({"HOME": str(tmp_path)}) == tmp_path / ".local" / "state" / "orgsdk"
    assert lock_folder({}).name == f"orgsdk-{os.getuid()}"
