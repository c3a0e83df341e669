"""The files of a run: lock, journal, audit and passwords, opened and closed together."""

from __future__ import annotations

import errno
import weakref
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from orgsdk.bulk.errors import FileError, PlanError
from orgsdk.bulk.input_file import check_path
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
    """Return the current time, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class RunPaths:
    """Paths of a run's files; None for no file."""

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
        """Return the absolute paths. Raises `InvalidArgumentError` if one is no path, or two are the same."""
        named = {"journal": journal, "audit": audit, "passwords": passwords}
        paths = {name: check_path(name, path).absolute() for name, path in named.items() if path is not None}
        if len(set(paths.values())) < len(paths):
            raise InvalidArgumentError("is another file of the run too: name different files.", argument=_second(paths))
        return cls(**paths)

    def or_stored(self, settings: Mapping[str, str]) -> RunPaths:
        """Return these paths, and for those that are None the ones that the journal stores."""
        stored = {name: settings.get(name) for name in ("audit", "passwords")}
        return RunPaths.of(
            journal=self.journal, audit=self.audit or stored["audit"], passwords=self.passwords or stored["passwords"]
        )

    def check_moved(self, settings: Mapping[str, str]) -> None:
        """Check the paths of a run that is resumed; `settings` are what its journal stores.

        Raises `PlanError` for a password file of a run without one, and `FileError` for a file that is not there.
        """
        if self.passwords is not None and "passwords" not in settings:
            raise PlanError("The run generates no passwords: resume it without a password file.")
        # The run would generate other passwords than those that it has sent.
        if self.passwords is not None and not self.passwords.exists():
            raise _missing(self.passwords, "passwords")
        if self.audit is not None and not self.audit.parent.is_dir():
            raise _missing(self.audit, "audit")

    @property
    def settings(self) -> dict[str, str]:
        """The paths that the journal stores for `resume`."""
        named = {"audit": self.audit, "passwords": self.passwords}
        return {name: str(path) for name, path in named.items() if path is not None}


def _missing(path: Path, name: str) -> FileError:
    return FileError(
        path,
        f"this file of the run is missing: if it was moved, pass its new path ({name}=, on the command line --{name})",
        errno.ENOENT,
    )


def _second(paths: Mapping[str, Path]) -> str:
    """Return the name of the first path that equals an earlier one."""
    named = list(paths.values())
    return next(name for number, (name, path) in enumerate(paths.items()) if path in named[:number])


class OpenRunFiles:
    """The files of one run; `journal` is already open if the run is resumed."""

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
        self, target: Target, done: Sequence[Outcome], pending: Sequence[Write], settings: Mapping[str, str]
    ) -> None:
        """Lock the organization and open the files.

        `done` are earlier outcomes, `pending` the writes that are left, `settings` what the journal stores besides
        the plan and the paths. Raises `LockedError` if another run has one of them, and what each file raises.
        """
        await to_thread.run_sync(self._open, target, done, pending, settings)

    def _open(
        self, target: Target, done: Sequence[Outcome], pending: Sequence[Write], settings: Mapping[str, str]
    ) -> None:
        self._closing.append(RunLock(target.provider, target.tenant, target.organization).release)
        if self._paths.passwords is not None:
            self._passwords = PasswordFile(self._paths.passwords)
            self._closing.append(self._passwords.close)
        if self._paths.audit is not None:
            self._audit = AuditFile(self._paths.audit, self._plan.hash)
            self._closing.append(self._audit.close)
            self._audit.append(done)  # lines that an interrupted run did not write
        if self._file is None and self._paths.journal is not None:
            self._file = JournalFile(self._paths.journal)
            self._closing.append(self._file.close)
            self._file.start(self._plan, {**self._paths.settings, **settings})
        elif self._file is not None:
            self._file.store(self._paths.settings)
        if self._passwords is not None:
            self._passwords.reserve(pending)
            self._without_password.update(outcome.write.key for outcome in done if not outcome.has_password)
        if self._file is not None:
            self._journal = JournalWriter(self._file)

    def close_with(self, owner: object) -> None:
        """Close the files when `owner` is garbage collected.

        Otherwise a caller that leaves a loop early would lock the organization until the process ends.
        """
        weakref.finalize(owner, _close_all, self._closing)

    def password(self, write: Write) -> SecretStr | None:
        """Return the generated password of a new account; None if the run generates none."""
        return None if self._passwords is None else self._passwords.of(write)

    async def record_start(self, writes: Iterable[Write]) -> None:
        """Record that these writes are about to be sent; it is on disk on return."""
        if self._journal is not None:
            at = timestamp()
            await self._journal.start(
                [JournalEntry(write.number, "started", user_id=write.user_id, at=at) for write in writes]
            )

    def record_account(self, task: Task) -> None:
        """Record that the account exists, and the outcome that the write has when the account is a member."""
        if self._journal is not None:
            values = (task.status, task.account_id, task.request_id, task.reason, timestamp())
            self._journal.add([JournalEntry(task.write.number, "account", *values)])

    def record_outcome(self, outcome: Outcome) -> None:
        """Record the final outcome of a write; it is on disk after `save`."""
        if not outcome.has_password:
            self._without_password.add(outcome.write.key)
        if self._journal is not None:
            values = (outcome.status, outcome.user_id, outcome.request_id, outcome.reason, outcome.at)
            self._journal.add([JournalEntry(outcome.write.number, "settled", *values)])

    async def save(self, outcomes: Sequence[Outcome]) -> None:
        """Write everything that was recorded, and the audit lines of these outcomes."""
        # The journal first: a resumed run adds the audit lines of settled writes. In the other order, a resumed run
        # would look the write up, and the audit could get a second line with another outcome.
        if self._journal is not None:
            await self._journal.flush()
        if self._audit is not None and outcomes:
            await to_thread.run_sync(self._audit.append, outcomes)

    async def finish(self) -> None:
        """Remove the passwords of accounts that were not created."""
        if self._passwords is not None:
            await to_thread.run_sync(self._passwords.drop, self._without_password)

    async def aclose(self) -> None:
        """Close the files and release the lock, which comes last."""
        with anyio.CancelScope(shield=True):
            try:
                if self._journal is not None:
                    await self._journal.flush()
            finally:
                self._journal = None
                await to_thread.run_sync(_close_all, self._closing)


def _close_all(closing: list[Callable[[], object]]) -> None:
    """Close everything, in reverse order, even if a file cannot be closed; raise the first error after that."""
    with ExitStack() as stack:
        for close in closing:
            stack.callback(close)
        closing.clear()
