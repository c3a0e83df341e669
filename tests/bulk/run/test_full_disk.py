"""A full disk stops a run, sends nothing that is not recorded, and leaves files that can be continued."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import bulk
from orgsdk.bulk import FileError
from orgsdk.bulk.run.audit import AuditFile
from orgsdk.bulk.run.journal import JournalFile
from tests.bulk.memories import create, new

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from orgsdk.bulk import JournalEntry
    from orgsdk.providers import Memory
    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("stage", ["started", "settled"])
async def test_a_full_journal_stops_the_run_and_resume_does_the_rest(
    memory: Memory, org: OrganizationHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    put, fits = JournalFile.put, 20

    def put_until_full(file: JournalFile, entries: Iterable[JournalEntry]) -> None:
        entries = list(entries)
        if any(entry.number >= fits and entry.stage == stage for entry in entries):
            raise FileError(file.path, "the disk is full", errno.ENOSPC)
        put(file, entries)

    monkeypatch.setattr(JournalFile, "put", put_until_full)
    run = bulk.apply(await bulk.plan(org, new(40)), org, journal=tmp_path / "journal", concurrency=2)
    with pytest.raises(FileError, match="the disk is full"):
        await run
    report = run.report
    assert report.failed == 0
    assert report.planned == 40 == report.created + report.in_flight + report.not_reached
    if stage == "started":
        assert memory.calls.count(create(memory)) <= fits
    monkeypatch.undo()
    report = await bulk.resume(tmp_path / "journal", org)
    assert report.created + report.adopted == 40


async def test_a_full_audit_has_whole_lines_and_is_completed(
    org: OrganizationHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, journal, audit = AuditFile.append, tmp_path / "journal", tmp_path / "audit"
    calls: list[int] = []

    def append_until_full(file: AuditFile, outcomes: Any) -> None:
        calls.append(1)
        if len(calls) != 2:
            append(file, outcomes)
            return
        with monkeypatch.context() as patch:
            # The lines are written, and lost with the error, as on a disk that fills up between two lines.
            patch.setattr(os, "fsync", full_disk)
            append(file, outcomes)

    monkeypatch.setattr(AuditFile, "append", append_until_full)
    with pytest.raises(FileError):
        await bulk.apply(await bulk.plan(org, new(40)), org, concurrency=2, journal=journal, audit=audit)
    monkeypatch.undo()
    bulk.verify_audit(audit)
    report = await bulk.resume(journal, org)
    assert report.created + report.adopted == 40
    assert bulk.verify_audit(audit).lines >= 40


def full_disk(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
