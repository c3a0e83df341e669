"""The gateway's audit: one line for each write, in the format of a bulk run's audit and chained in the same way."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio
from anyio import to_thread

from orgsdk._callables import check_function
from orgsdk._parameters import name_parameters
from orgsdk.bulk import LockedError
from orgsdk.bulk.input_file import check_path
from orgsdk.bulk.private_file import append_durably, file_errors, open_private
from orgsdk.bulk.run.audit_chain import FIRST_PREVIOUS, chain_line, check_line, encode_line, read_status
from orgsdk.scim.tables import to_text, utc_now

if TYPE_CHECKING:
    from io import BufferedRandom

AuditKind: TypeAlias = Literal[
    "create", "add", "update", "set_roles", "suspend", "activate", "remove", "create_role", "update_role", "remove_role"
]
AuditStatus: TypeAlias = Literal["created", "added", "updated", "removed", "adopted", "skipped", "failed", "unknown"]
AuditValue: TypeAlias = str | bool | tuple[str, ...] | None

# How long an append waits for another process that appends to the same file, and the pause between two attempts.
_PATIENCE, _PAUSE = 10.0, 0.001
_BLOCK: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One write to the provider that an identity provider has caused.

    Attributes:
        tenant: Name of the tenant.
        token: Key id of the token.
        kind: What was done, in the words of a bulk run's audit. Those that end with ``_role`` are of a group.
        status: How it ended.
        user_id: The provider's id of the user; None for a group.
        role_id: The provider's id of the role; None for a user.
        before: Values before the write.
        after: Values after it. Never a password.
        reason: Why it was skipped or failed.
        request_id: The provider's id of the request.
    """

    tenant: str
    token: str
    kind: AuditKind
    status: AuditStatus
    user_id: str | None = None
    role_id: str | None = None
    before: Mapping[str, AuditValue] = field(default_factory=dict[str, AuditValue], repr=False)
    after: Mapping[str, AuditValue] = field(default_factory=dict[str, AuditValue], repr=False)
    reason: str | None = None
    request_id: str | None = None


class AuditLog:
    """Append a line for each write to a file of mode 0600. Processes of one machine may share the file.

    `orgsdk.bulk.verify_audit` verifies it.

    Args:
        path: The file.
        clock: Returns the time, with a time zone.

    Raises:
        InvalidArgumentError: `path` is not a path.

    Example:
        ``log = AuditLog("scim-audit.jsonl")``
    """

    @name_parameters
    def __init__(self, path: Path | str, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._path = check_path("path", path)
        check_function(clock, "clock", plain=True)
        self._clock = clock
        self._lock = threading.Lock()
        self._limiter: anyio.CapacityLimiter | None = None

    def __repr__(self) -> str:
        return f"AuditLog({str(self._path)!r})"

    async def check(self) -> None:
        """Create the file if it is missing, and check its last line.

        Raises:
            AuditError: It is not an audit, or its last line was changed.
            FileError: It cannot be written, or is not safe to write to.
        """
        await self._run(())

    async def append(self, *events: AuditEvent) -> None:
        """Append a line for each event; they are on disk on return, all or none.

        Args:
            *events: The events.

        Raises:
            AuditError: The file is not an audit, or its last line was changed.
            FileError: It cannot be written, or is not safe to write to.
        """
        if events:
            await self._run(events)

    async def _run(self, events: tuple[AuditEvent, ...]) -> None:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(1)
        await to_thread.run_sync(self._append, events, limiter=self._limiter)

    def _append(self, events: tuple[AuditEvent, ...]) -> None:
        with self._lock, self._open() as file:
            previous, number = self._read_last(file)
            lines: list[bytes] = []
            for number, event in enumerate(events, number):  # noqa: B020  # continues the numbers
                line = chain_line(self._to_line(event, number), previous)
                previous = str(line["hash"])
                lines.append(encode_line(line))
            append_durably(self._path, file, b"".join(lines))

    def _open(self) -> BufferedRandom:
        """Open the file and lock it; it is unlocked when it is closed."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return open_private(self._path)
            except LockedError:
                if time.monotonic() > end:
                    raise
                time.sleep(_PAUSE)

    def _read_last(self, file: BufferedRandom) -> tuple[str, int]:
        """Return the hash of the last line and the next number; remove a truncated line, left by a crash."""
        with file_errors(self._path):
            end = file.seek(0, os.SEEK_END)
            start, tail = end, b""
            while start and tail.count(b"\n", 0, -1) < 2:
                step = min(_BLOCK, start)
                start -= step
                file.seek(start)
                tail = file.read(step) + tail
            whole, newline, rest = tail.rpartition(b"\n")
            if rest:
                file.truncate(end - len(rest))
        if not newline:
            return FIRST_PREVIOUS, 0
        last = whole.rpartition(b"\n")[2] + b"\n"
        where = f"{self._path}, its last line"
        return check_line(last, None, where), read_status(last, where)[0] + 1

    def _to_line(self, event: AuditEvent, number: int) -> dict[str, object]:
        line: dict[str, object] = {
            "at": to_text(self._clock()),
            "plan": f"scim {event.tenant}",
            "write": number,
            "kind": event.kind,
            "origin": f"token {event.token}",
            "user_id": event.user_id,
            "before": dict(event.before),
            "after": dict(event.after),
            "status": event.status,
            "reason": event.reason,
            "request_id": event.request_id,
        }
        return line if event.role_id is None else {**line, "role_id": event.role_id}
