"""The audit: one line for each write, chained by hashes, its file, and its verification."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, cast

from orgsdk._parameters import name_parameters
from orgsdk.arguments import as_list, check_instance
from orgsdk.bulk.errors import AuditError
from orgsdk.bulk.input_file import check_path, open_input
from orgsdk.bulk.private_file import append_durably, close_file, open_private
from orgsdk.bulk.run.audit_chain import FIRST_PREVIOUS, chain_line, check_line, encode_line, read_status
from orgsdk.bulk.run.report import Outcome

if TYPE_CHECKING:
    from io import BufferedRandom


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
def verify_audit(audit: Path | str | Iterable[bytes | str], *, last_hash: str | None = None) -> AuditSummary:
    """Verify that no line of an audit was changed, inserted, removed or moved.

    Args:
        audit: Path of the audit, or the lines of one organization's audit from a store, in order.
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
    if isinstance(audit, str | bytes | PathLike | Mapping) or not isinstance(audit, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        path = check_path("audit", cast("object", audit))
        with open_input(path) as file:
            return _verify(file, f"{path}, line", f"{path}: no line", last_hash)
    return _verify(map(_as_line, as_list("audit", audit)), "Line", "No line", last_hash)


def _verify(lines: Iterable[bytes], line: str, no_line: str, last_hash: str | None) -> AuditSummary:
    previous, number, found = FIRST_PREVIOUS, 0, last_hash is None
    for number, raw in enumerate(lines, 1):
        previous = check_line(raw, previous, f"{line} {number}")
        found = found or previous == last_hash
    if not found:
        raise AuditError(f"{no_line} has the hash in last_hash. Lines are missing at its end.")
    return AuditSummary(number, previous)


def _as_line(line: bytes | str) -> bytes:
    check_instance("audit", line, str | bytes | bytearray | memoryview, "a path, or the lines of an audit")
    raw = line.encode("utf-8", "backslashreplace") if isinstance(line, str) else bytes(line)
    return raw if raw.endswith(b"\n") else raw + b"\n"


class AuditChain:
    """Make the lines of an audit for one run: each has the hash of the line before.

    An `AuditStore` calls `make_lines`, stores the lines durably, then calls `accept`.

    Args:
        plan_hash: The plan's hash, which each line has.
        last_line: The last line that the organization's audit has; None if it has none.
        lines_of_plan: The lines that it has of this plan, in order.
        name: Name of the audit, for errors.

    Raises:
        AuditError: The last line, or a line of the plan, was changed.

    Example:
        ``chain = AuditChain(plan.hash); lines = chain.make_lines(run.report.outcomes); chain.accept()``
    """

    def __init__(
        self,
        plan_hash: str,
        *,
        last_line: bytes | str | None = None,
        lines_of_plan: Iterable[bytes | str] = (),
        name: str = "the audit",
    ) -> None:
        self._plan = plan_hash
        self._statuses = dict(read_status(_as_line(line), f"{name}, a line of this plan") for line in lines_of_plan)
        self._last = FIRST_PREVIOUS
        if last_line is not None:
            self._last = check_line(_as_line(last_line), None, f"{name}, its last line")
        self._made: tuple[str, dict[int, str]] = (self._last, {})

    def make_lines(self, outcomes: Iterable[Outcome]) -> list[bytes]:
        """Return the new lines of these outcomes, each with its line end. An outcome that has a line gets no second.

        Args:
            outcomes: The outcomes.

        Returns:
            The lines. The chain is as before until they are accepted.
        """
        lines: list[bytes] = []
        last, statuses = self._last, dict[int, str]()
        for outcome in outcomes:
            number = outcome.write.number
            if statuses.get(number, self._statuses.get(number)) != outcome.status:
                line = chain_line(_event(outcome, self._plan), last)
                last, statuses[number] = str(line["hash"]), outcome.status
                lines.append(encode_line(line))
        self._made = (last, statuses)
        return lines

    def accept(self) -> None:
        """Continue the chain after the lines that were made last: they are stored."""
        self._last, statuses = self._made
        self._statuses.update(statuses)


class AuditFile:
    """Append one line of JSON for each outcome to a file: the `AuditStore` of a path."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    def open(self, plan_hash: str) -> None:
        """Open the file and check its last line. A truncated last line, left by a crash, is removed.

        Raises `AuditError` if the file is not an audit, or its last line was changed, and what `open_private` raises.
        """
        self._file = open_private(self._path)
        try:
            self._chain = _read_chain(self._file, self._path, plan_hash)
        except BaseException:
            self._file.close()
            raise

    def append(self, outcomes: Iterable[Outcome]) -> None:
        """Append the lines of these outcomes, on disk on return. Existing lines are not written twice."""
        lines = self._chain.make_lines(outcomes)
        if lines:
            append_durably(self._path, self._file, b"".join(lines))
            self._chain.accept()

    def close(self) -> None:
        """Close the file."""
        close_file(self._path, self._file)


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


def _read_chain(file: BufferedRandom, path: Path, plan_hash: str) -> AuditChain:
    """Return the chain after the last line; remove a line that is truncated."""
    raw, last = b"", b""
    of_plan: list[bytes] = []
    mark = plan_hash.encode()
    for raw in file:
        if raw.endswith(b"\n"):
            last = raw
            if mark in raw:  # cheaper than decoding the lines of other plans
                of_plan.append(raw)
    if raw != last:
        file.seek(-len(raw), os.SEEK_END)
        file.truncate()
    return AuditChain(plan_hash, last_line=last or None, lines_of_plan=of_plan, name=str(path))
