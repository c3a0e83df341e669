"""The gateway's audit: bulk's format and chain, from several tasks and processes."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk.bulk import AuditError, FileError, verify_audit
from orgsdk.scim import AuditEvent, AuditLog

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

EVENT = AuditEvent(
    tenant="acme",
    token="0123456789abcdef",
    kind="create",
    status="created",
    user_id="p1",
    after={"username": "kim", "roles": ("r1",)},
)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


async def test_each_write_is_a_line_that_bulk_verifies(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path, clock=lambda: datetime(2026, 5, 1, tzinfo=UTC))
    await log.append(EVENT)
    await log.append(
        AuditEvent(tenant="acme", token="t", kind="remove_role", status="removed", role_id="r1"),
        AuditEvent(tenant="acme", token="t", kind="suspend", status="failed", user_id="p1", reason="refused"),
    )
    assert verify_audit(path).lines == 3
    first, second, third = lines(path)
    assert first.keys() == {
        *("at", "plan", "write", "kind", "origin", "user_id", "before", "after", "status", "reason", "request_id"),
        *("previous", "hash"),
    }
    assert (first["at"], first["plan"], first["origin"]) == (
        "2026-05-01T00:00:00.000000+00:00",
        "scim acme",
        "token 0123456789abcdef",
    )
    assert (first["after"], first["before"]) == ({"username": "kim", "roles": ["r1"]}, {})
    assert [line["write"] for line in (first, second, third)] == [0, 1, 2]
    assert second["role_id"] == "r1"
    assert path.stat().st_mode & 0o777 == 0o600


async def test_the_chain_continues_after_a_restart_and_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    await AuditLog(path).append(EVENT)
    with path.open("ab") as file:
        file.write(b'{"at": "half a line')
    await AuditLog(path).append(
        AuditEvent(**{**{n: getattr(EVENT, n) for n in EVENT.__slots__}, "reason": "x" * 20_000})
    )
    await AuditLog(path).append(EVENT)
    assert verify_audit(path).lines == 3


async def test_a_changed_line_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    await AuditLog(path).append(EVENT, EVENT)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"kim", b"tom", 1))
    with pytest.raises(AuditError, match="line 1 was changed"):
        verify_audit(path)
    path.write_bytes(whole.replace(b"kim", b"tom"))
    with pytest.raises(AuditError, match="its last line was changed"):
        await AuditLog(path).check()
    path.write_bytes(b"not an audit\n")
    with pytest.raises(AuditError, match="is not a line of an audit"):
        await AuditLog(path).append(EVENT)


async def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="check the path"):
        await AuditLog(tmp_path / "missing" / "audit.jsonl").check()
    (tmp_path / "link").symlink_to(tmp_path / "audit.jsonl")
    with pytest.raises(FileError, match="symbolic link"):
        await AuditLog(tmp_path / "link").append(EVENT)


async def test_tasks_append_one_after_the_other(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(log.append, EVENT)
    assert verify_audit(tmp_path / "audit.jsonl").lines == 20


PROGRAM = """
import sys, anyio
from orgsdk.scim import AuditEvent, AuditLog
async def main():
    log = AuditLog(sys.argv[1])
    for _ in range(100):
        await log.append(AuditEvent(tenant="acme", token=sys.argv[2], kind="add", status="added", user_id="p"))
anyio.run(main)
"""


def test_processes_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    running = [subprocess.Popen([sys.executable, "-c", PROGRAM, str(path), name]) for name in "ab"]
    assert [process.wait(60) for process in running] == [0, 0]
    assert verify_audit(path).lines == 200
    assert [line["write"] for line in lines(path)] == list(range(200))
