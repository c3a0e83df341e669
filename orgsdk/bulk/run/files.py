"""The files of a run: lock, journal, audit and passwords, opened and closed together."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from orgsdk.bulk.private_file import RunLock
from orgsdk.bulk.run.audit import AuditFile
from orgsdk.bulk.run.journal import JournalEntry, JournalFile, JournalWriter
from orgsdk.bulk.run.passwords import PasswordFile
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pydantic import SecretStr

    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.target import Target
    from orgsdk.bulk.planning.writes import Write
    from orgsdk.bulk.run.history import Task
    from orgsdk.bulk.run.report import Outcome


def timestamp() -> str:
    """Give the time, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class RunPaths:
    """Name the files that a run keeps, None for none."""

    journal: Path | None = None
    audit: Path | None = None
    passwords: Path | None = None

    @classmethod
    def of(
        cls,
        *,
        journal: Path | str | None = None,
        audit: Path | str | None = None,
        passwords: Path | str | None = None,
    ) -> RunPaths:
        """Give the paths as a caller names them. Raises `InvalidArgumentError` where one is empty, or stands twice."""
        named = {"journal": journal, "audit": audit, "passwords": passwords}
        paths = {name: Path(path).absolute() for name, path in named.items() if path is not None}
        for name, path in named.items():
            if path is not None and not str(path):
                raise InvalidArgumentError(f"The path {name}= is empty.")
        if len(set(paths.values())) < len(paths):
            raise InvalidArgumentError("journal=, audit= and passwords= are different files: two name the same.")
        return cls(**paths)

    @property
    def told(self) -> dict[str, str]:
        """Give what a journal keeps of them, so that resuming needs to be told nothing."""
        named = {"audit": self.audit, "passwords": self.passwords}
        return {name: str(path) for name, path in named.items() if path is not None}


class RunFiles:
    """Hold the files of one run; `journal` is open already where it is resumed."""

    def __init__(self, paths: RunPaths, plan: Plan, journal: JournalFile | None) -> None:
        self._paths = paths
        self._plan = plan
        self._file = journal
        self._closing: list[Callable[[], object]] = [] if journal is None else [journal.close]
        self._journal: JournalWriter | None = None
        self._audit: AuditFile | None = None
        self._passwords: PasswordFile | None = None
        self._without_password: set[str] = set()

    async def open(
        self, place: Target, done: Sequence[Outcome], pending: Sequence[Write], told: Mapping[str, str]
    ) -> None:
        """Lock the organization and open the files.

        `done` is what has ended before, `pending` are the writes that are still to be done, `told` is what the
        journal keeps beside the plan.

        Raises `LockedError` where another run has one of them, and what each of them raises.
        """
        await to_thread.run_sync(self._open, place, done, pending, told)

    def _open(self, place: Target, done: Sequence[Outcome], pending: Sequence[Write], told: Mapping[str, str]) -> None:
        self._closing.append(RunLock(place.provider, place.tenant, place.organization).release)
        if self._paths.passwords is not None:
            self._passwords = PasswordFile(self._paths.passwords)
            self._closing.append(self._passwords.close)
        if self._paths.audit is not None:
            self._audit = AuditFile(self._paths.audit, self._plan.hash)
            self._closing.append(self._audit.close)
            self._audit.append(done)  # of those that ended when the process did
        if self._file is None and self._paths.journal is not None:
            self._file = JournalFile(self._paths.journal)
            self._closing.append(self._file.close)
            self._file.begin(self._plan, {**self._paths.told, **told})
        if self._passwords is not None:
            self._passwords.reserve(pending)
            self._without_password.update(outcome.write.key for outcome in done if not outcome.has_password)
        if self._file is not None:
            self._journal = JournalWriter(self._file)

    def close_with(self, owner: object) -> None:
        """Have the files closed when nothing refers to `owner` any more.

        Who leaves a loop early and forgets the run would lock the organization until the process ends.
        """
        weakref.finalize(owner, _close_all, self._closing)

    def password(self, write: Write) -> SecretStr | None:
        """Give the password of who is to be created, None where none are generated."""
        return None if self._passwords is None else self._passwords.of(write)

    async def intend(self, writes: Iterable[Write]) -> None:
        """Take note that these are about to be sent; it is on the disk when it returns."""
        if self._journal is not None:
            at = timestamp()
            await self._journal.intend(
                [JournalEntry(write.number, "begun", user_id=write.user_id, at=at) for write in writes]
            )

    def made(self, task: Task) -> None:
        """Take note that the account is there, and what is to be said when it is a member."""
        if self._journal is not None:
            told = (task.status, task.made, task.request_id, task.reason, timestamp())
            self._journal.settle([JournalEntry(task.write.number, "made", *told)])

    def settle(self, outcome: Outcome) -> None:
        """Take note of what became of a write for good; it is on the disk when `keep` returns."""
        number = outcome.write.number
        if not outcome.has_password:
            self._without_password.add(outcome.write.key)
        if self._journal is not None:
            told = (outcome.status, outcome.user_id, outcome.request_id, outcome.reason, outcome.at)
            self._journal.settle([JournalEntry(number, "settled", *told)])

    async def keep(self, outcomes: Sequence[Outcome]) -> None:
        """Have all that was noted on the disk, and write the audit's lines of these outcomes."""
        # In this order: what the journal has and the audit has not is told when the run is resumed. The other way
        # round a write would be looked up, and told once more as another outcome than the audit has.
        if self._journal is not None:
            await self._journal.flush()
        if self._audit is not None and outcomes:
            await to_thread.run_sync(self._audit.append, outcomes)

    async def finish(self) -> None:
        """Take the passwords of people who were not created out of their file."""
        if self._passwords is not None:
            await to_thread.run_sync(self._passwords.drop, self._without_password)

    async def aclose(self) -> None:
        """Close the files and let go of the organization, the lock last."""
        with anyio.CancelScope(shield=True):
            try:
                if self._journal is not None:
                    await self._journal.flush()
            finally:
                self._journal = None
                await to_thread.run_sync(_close_all, self._closing)


def _close_all(closing: list[Callable[[], object]]) -> None:
    while closing:
        closing.pop()()
