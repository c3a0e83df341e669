"""The audit: a file with one line for each write, chained by hashes, and its verification."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance
from orgsdk.bulk.errors import AuditError
from orgsdk.bulk.input_file import check_path, open_input
from orgsdk.bulk.private_file import append_durably, close_file, open_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from io import BufferedRandom

    from orgsdk.bulk.run.report import Outcome

_FIRST_PREVIOUS = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditSummary:
    """Result of `verify_audit`.

    Attributes:
        lines: Number of lines.
        last_hash: Hash of the last line. Store it elsewhere to prove later that no line is missing at the end.
    """

    lines: int
    last_hash: str


@name_parameters
def verify_audit(path: Path | str, *, last_hash: str | None = None) -> AuditSummary:
    """Verify that no line of an audit was changed, inserted, removed or moved.

    Args:
        path: The audit.
        last_hash: A hash that was stored elsewhere. Only it shows that lines are missing at the end.

    Returns:
        The number of lines, and the hash of the last one.

    Raises:
        AuditError: A line is wrong; the message names the first one.
        FileError: The file cannot be read.
        InvalidArgumentError: An argument is of the wrong type.

    Example:
        ``verify_audit("audit.jsonl").lines``
    """
    check_instance("last_hash", last_hash, str | None, "the hash of a line")
    previous, number, found = _FIRST_PREVIOUS, 0, last_hash is None
    with open_input(check_path("path", path)) as file:
        for number, raw in enumerate(file, 1):
            previous = _check_line(raw, previous, f"{path}, line {number}")
            found = found or previous == last_hash
    if not found:
        raise AuditError(f"{path}: no line has the hash in last_hash. Lines are missing at its end.")
    return AuditSummary(number, previous)


class AuditFile:
    """Append one line of JSON for each outcome to `path`. Use it in one thread at a time.

    Opening checks the last line. A truncated last line, left by a crash, is removed; its outcome is appended again.
    Raises `AuditError` if the file is not an audit, or its last line was changed, and what `open_private` raises.
    """

    def __init__(self, path: Path, plan_hash: str) -> None:
        self._path, self._plan = path, plan_hash
        self._file = open_private(path)
        try:
            self._last, self._statuses = _read_audit(self._file, path, plan_hash)
        except BaseException:
            self._file.close()
            raise

    def append(self, outcomes: Iterable[Outcome]) -> None:
        """Append the lines of these outcomes, on disk on return. Existing lines are not written twice."""
        lines: list[bytes] = []
        last, statuses = self._last, dict[int, str]()
        for outcome in outcomes:
            number = outcome.write.number
            if statuses.get(number, self._statuses.get(number)) != outcome.status:
                line = chain_line(_event(outcome, self._plan), last)
                last, statuses[number] = str(line["hash"]), outcome.status
                lines.append(_canonical(line) + b"\n")
        if lines:
            append_durably(self._path, self._file, b"".join(lines))
            self._last = last
            self._statuses.update(statuses)

    def close(self) -> None:
        """Close the file."""
        close_file(self._path, self._file)


def chain_line(event: Mapping[str, object], previous: str) -> dict[str, object]:
    """Return an event with the hash of the previous line, and the hash (SHA-256) of both."""
    line = {**event, "previous": previous}
    return {**line, "hash": hashlib.sha256(_canonical(line)).hexdigest()}


def _canonical(line: Mapping[str, object]) -> bytes:
    text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace")  # UTF-8 cannot encode a lone surrogate


def _event(outcome: Outcome, plan_hash: str) -> dict[str, object]:
    write = outcome.write
    before: dict[str, object] = dict(write.before)
    after: dict[str, object] = dict(write.fields)
    if write.kind in {"suspend", "activate"}:
        before["suspended"], after["suspended"] = write.kind == "activate", write.kind == "suspend"
    elif write.kind not in {"update", "remove"}:
        after["roles"] = write.roles
    if write.kind in {"set_roles", "add_roles", "remove"}:
        before["roles"] = write.roles_before
    if write.kind == "remove":
        after["account"] = write.account
    if outcome.has_password:
        after["password"] = "(generated)"  # noqa: S105  # a placeholder
    return {
        "at": outcome.at,
        "plan": plan_hash,
        "write": write.number,
        "kind": write.kind,
        "origin": write.origin,
        "user_id": outcome.user_id,
        "before": before,
        "after": after,
        "status": outcome.status,
        "reason": outcome.reason,
        "request_id": outcome.request_id,
    }


def _check_line(raw: bytes, previous: str | None, where: str) -> str:
    """Return the hash of a line; raise unless it follows `previous` (None: any line) and is unchanged."""
    try:
        line = json.loads(raw)
        stated, before = line.pop("hash"), line.pop("previous")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise AuditError(f"{where} is not a line of an audit.") from None
    if previous is not None and previous != before:
        raise AuditError(f"{where} does not follow the line before it: a line was removed, inserted or moved.")
    expected = chain_line(line, before)
    if expected["hash"] != stated or raw != _canonical(expected) + b"\n":
        raise AuditError(f"{where} was changed.")
    return str(stated)


def _read_status(raw: bytes, where: str) -> tuple[int, str]:
    try:
        line = json.loads(raw)
        return int(line["write"]), str(line["status"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise AuditError(f"{where} is not a line of an audit.") from None


def _read_audit(file: BufferedRandom, path: Path, plan_hash: str) -> tuple[str, dict[int, str]]:
    """Return the hash of the last line, and the statuses of this plan's writes that have a line."""
    statuses: dict[int, str] = {}
    raw, last = b"", b""
    mark = plan_hash.encode()
    for raw in file:
        if raw.endswith(b"\n"):
            last = raw
            if mark in raw:  # cheaper than decoding the lines of other plans
                number, status = _read_status(raw, f"{path}, a line of this plan")
                statuses[number] = status
    if raw != last:
        file.seek(-len(raw), os.SEEK_END)
        file.truncate()
    return _check_line(last, None, f"{path}, its last line") if last else _FIRST_PREVIOUS, statuses
