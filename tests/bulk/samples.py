"""Writes, outcomes and plans for the tests of a run's files."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.bulk import Outcome, Plan, Policy, Write
from orgsdk.bulk.planning.writes import RosterRecord

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def write(number: int = 0, **said: Any) -> Write:
    fields = {"username": f"u{number}", "email": f"u{number}@example.com"}
    return Write(**{"number": number, "kind": "create", "key": f"username:u{number}", "fields": fields, **said})


def outcome(number: int = 0, **said: Any) -> Outcome:
    return Outcome(**{"write": write(number), "status": "created", "at": "2026-01-01T00:00:00.000Z", **said})


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


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
