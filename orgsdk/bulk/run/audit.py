"""The audit: a file with one line for each write, chained by hashes, and its verification."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk.bulk.errors import AuditError
from orgsdk.bulk.private_file import append_durably, open_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from io import BufferedRandom

    from orgsdk.bulk.run.report import Outcome

_FIRST_PREVIOUS = "0" * 64


class AuditFile:
    """Write one line of JSON an outcome to `path`, behind those of the runs before. For one thread at a time.

    The last line is checked when it is opened; one that was cut off, because the process or the machine ended, is
    taken away, and its write told again.

    Raises `AuditError` where the file is no audit, or its last line was changed.
    """

    def __init__(self, path: Path, plan_hash: str) -> None:
        self._plan = plan_hash
        self._file = open_private(path)
        try:
            self._last, self._told = _read_audit(self._file, path, plan_hash)
        except BaseException:
            self._file.close()
            raise

    def append(self, outcomes: Iterable[Outcome]) -> None:
        """Write the lines of these outcomes, on the disk on return. What stands there already is not written twice."""
        lines: list[bytes] = []
        for outcome in outcomes:
            if self._told.get(outcome.write.number) != outcome.status:
                line = chain_line(_event(outcome, self._plan), self._last)
                self._last = str(line["hash"])
                self._told[outcome.write.number] = outcome.status
                lines.append(_canonical(line) + b"\n")
        if lines:
            append_durably(self._file, b"".join(lines))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class AuditSummary:
    """Say how many lines an audit has, and the hash of the last: kept elsewhere, it proves that none is missing."""

    lines: int
    last_hash: str


def verify_audit(path: Path | str, *, last_hash: str | None = None) -> AuditSummary:
    """Check that no line of an audit was changed, put in, taken out or moved, and say how long it is.

    What was cut off at its end shows only against a `last_hash` that was kept elsewhere.

    Raises `AuditError` naming the first line that is wrong.

    Example: `verify_audit("audit.jsonl").lines`
    """
    previous, number, seen = _FIRST_PREVIOUS, 0, last_hash is None
    with Path(path).open("rb") as file:
        for number, raw in enumerate(file, 1):
            previous = _check_line(raw, previous, f"{path}, line {number}")
            seen = seen or previous == last_hash
    if not seen:
        raise AuditError(f"{path}: no line has the hash that was kept: lines are missing at its end.")
    return AuditSummary(number, previous)


def chain_line(event: Mapping[str, object], previous: str) -> dict[str, object]:
    """Give the line of an event: itself, the hash of the line before, and the hash of both (SHA-256)."""
    line = {**event, "previous": previous}
    return {**line, "hash": hashlib.sha256(_canonical(line)).hexdigest()}


def _canonical(line: Mapping[str, object]) -> bytes:
    text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate is nothing that UTF-8 has


def _event(outcome: Outcome, plan_hash: str) -> dict[str, object]:
    write = outcome.write
    before: dict[str, object] = dict(write.before)
    after: dict[str, object] = dict(write.fields)
    if write.kind not in {"update", "remove"}:
        after["roles"] = write.roles
    if write.kind in {"set_roles", "add_roles", "remove"}:
        before["roles"] = write.roles_before
    if write.kind == "remove":
        after["account"] = write.account
    if outcome.has_password:
        after["password"] = "(generated)"  # noqa: S105  # the word that stands for one
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
    try:
        line = json.loads(raw)
        told, before = line.pop("hash"), line.pop("previous")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise AuditError(f"{where} is no line of an audit.") from None
    if previous not in {None, before}:
        raise AuditError(f"{where} does not follow the line before it: a line was taken out, put in or moved.")
    expected = chain_line(line, before)
    if expected["hash"] != told or raw != _canonical(expected) + b"\n":
        raise AuditError(f"{where} was changed.")
    return str(told)


def _read_audit(file: BufferedRandom, path: Path, plan_hash: str) -> tuple[str, dict[int, str]]:
    """Give the hash of the last line, and the statuses of this plan's writes that have one."""
    told: dict[int, str] = {}
    raw, whole = b"", b""
    mark = plan_hash.encode()
    for raw in file:
        if raw.endswith(b"\n"):
            whole = raw
            if mark in raw:  # years of lines may stand before
                line = json.loads(raw)
                told[line["write"]] = line["status"]
    if raw != whole:
        file.seek(-len(raw), os.SEEK_END)
        file.truncate()
    return _check_line(whole, None, f"{path}, its last line") if whole else _FIRST_PREVIOUS, told
