"""Writes, outcomes and plans for tests."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest

from orgsdk.bulk import Outcome, Plan, Policy, Write
from orgsdk.bulk.planning.writes import RosterRecord
from orgsdk.bulk.private_file import RunLock
from orgsdk.bulk.run.audit import AuditFile

if TYPE_CHECKING:
    from pathlib import Path


class Opens(Protocol):
    def open(self) -> None: ...


OpensT = TypeVar("OpensT", bound=Opens)

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX feature")


def write(number: int = 0, **values: Any) -> Write:
    fields = {"username": f"u{number}", "email": f"u{number}@example.com"}
    return Write(**{"number": number, "kind": "create", "key": f"username:u{number}", "fields": fields, **values})


def outcome(number: int = 0, **values: Any) -> Outcome:
    return Outcome(**{"write": write(number), "status": "created", "at": "2026-01-01T00:00:00.000Z", **values})


def plan_of(*writes: Write) -> Plan:
    return Plan(
        provider="memory",
        tenant="memory",
        organization="o",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        policy=Policy(),
        source=RosterRecord("test", "0" * 64, 1, ()),
        writes=writes,
    )


def opened(store: OpensT) -> OpensT:
    """Open a journal or a password file, and return it."""
    store.open()
    return store


def opened_audit(path: Path, plan_hash: str) -> AuditFile:
    audit = AuditFile(path)
    audit.open(plan_hash)
    return audit


def locked(provider: str, tenant: str, organization: str, *, folder: Path) -> RunLock:
    lock = RunLock(provider, tenant, organization, folder=folder)
    lock.acquire()
    return lock


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
