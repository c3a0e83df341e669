"""The files and stores of a run: lock, journal, audit and passwords, opened and closed together."""

from __future__ import annotations

import errno
import weakref
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from orgsdk.bulk.errors import FileError, PlanError
from orgsdk.bulk.private_file import RunLock
from orgsdk.bulk.run.audit import AuditFile
from orgsdk.bulk.run.journal import JournalFile, JournalWriter
from orgsdk.bulk.run.passwords import PasswordFile
from orgsdk.bulk.run.ports import (
    AuditStore,
    JournalEntry,
    JournalStore,
    Lock,
    PasswordStore,
    check_port,
    path_or_store,
)
from orgsdk.errors import InvalidArgumentError, OrgError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from pydantic import SecretStr

    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.target import Target
    from orgsdk.bulk.planning.writes import Write
    from orgsdk.bulk.run.history import Task
    from orgsdk.bulk.run.report import Outcome


def timestamp() -> str:
    """Return the current time, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_STORE = "store:"  # in the settings of a journal: a store's name and not a path, which is absolute


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Where a run stores its journal, its audit and its passwords: a path, a store, or None for nowhere.

    Without a `lock`, the run takes the lock file of the organization.
    """

    journal: Path | JournalStore | None = None
    audit: Path | AuditStore | None = None
    passwords: Path | PasswordStore | None = None
    lock: Lock | None = None

    @classmethod
    def of(
        cls,
        *,
        journal: Path | str | JournalStore | None = None,
        audit: Path | str | AuditStore | None = None,
        passwords: Path | str | PasswordStore | None = None,
        lock: Lock | None = None,
    ) -> RunFiles:
        """Return the stores and absolute paths.

        Raises `InvalidArgumentError` if one is neither a path nor a store, or two paths are the same.
        """
        files = cls(
            None if journal is None else path_or_store("journal", journal, "JournalStore"),
            None if audit is None else path_or_store("audit", audit, "AuditStore"),
            None if passwords is None else path_or_store("passwords", passwords, "PasswordStore"),
            lock,
        )
        if lock is not None:
            check_port("lock", lock, "Lock")
        named = {"journal": files.journal, "audit": files.audit, "passwords": files.passwords}
        paths = {name: path for name, path in named.items() if isinstance(path, Path)}
        if len(set(paths.values())) < len(paths):
            raise InvalidArgumentError("is another file of the run too: name different files.", argument=_second(paths))
        return files

    def or_stored(self, settings: Mapping[str, str]) -> RunFiles:
        """Return these files, and for those that are None the paths that the journal stores.

        Raises `PlanError` if the run used a store that is not passed again.
        """
        audit, passwords = self.audit, self.passwords
        return RunFiles.of(
            journal=self.journal,
            audit=_stored_path(settings, "audit") if audit is None else audit,
            passwords=_stored_path(settings, "passwords") if passwords is None else passwords,
            lock=self.lock,
        )

    def check_moved(self, settings: Mapping[str, str]) -> None:
        """Check the files of a run that is resumed; `settings` are what its journal stores.

        Raises `PlanError` for passwords other than those of the run, and `FileError` for a file that is not there.
        """
        if self.passwords is not None and "passwords" not in settings:
            raise PlanError("The run generates no passwords: resume it without a password file.")
        # The run would generate other passwords than those that it has sent.
        if self.passwords is not None and not _is_of_run(self.passwords, settings["passwords"]):
            raise PlanError(
                f"The run would generate other passwords than those that it has sent: they are from "
                f"{settings['passwords'].removeprefix(_STORE)}, and not from {_name(self.passwords)}. Pass the former."
            )
        if isinstance(self.passwords, Path) and not self.passwords.exists():
            raise _missing(self.passwords, "passwords")
        if isinstance(self.audit, Path):
            # A run writes its audit before its journal: a path where there is none is another file, or a mistake.
            if not settings.get("audit", _STORE).startswith(_STORE) and not self.audit.exists():
                raise _missing(self.audit, "audit", "; to start another audit, create an empty file there")
            if not self.audit.parent.is_dir():
                raise _missing(self.audit, "audit")

    @property
    def settings(self) -> dict[str, str]:
        """The paths that the journal stores for `resume`, and the names of stores."""
        named = {"audit": self.audit, "passwords": self.passwords}
        return {
            name: str(file) if isinstance(file, Path) else f"{_STORE}{file.name}"
            for name, file in named.items()
            if file is not None
        }


def _stored_path(settings: Mapping[str, str], name: str) -> str | None:
    stored = settings.get(name)
    if stored is not None and stored.startswith(_STORE):
        raise PlanError(
            f"The run stores its {name} in {stored.removeprefix(_STORE)}, and not in a file: pass {name}= again."
        )
    return stored


def _is_of_run(passwords: Path | PasswordStore, stored: str) -> bool:
    if isinstance(passwords, Path):  # its file may have been moved
        return not stored.startswith(_STORE)
    return stored == f"{_STORE}{passwords.name}"


def _name(file: Path | PasswordStore) -> str:
    return str(file) if isinstance(file, Path) else file.name


def _missing(path: Path, name: str, otherwise: str = "") -> FileError:
    return FileError(
        path,
        f"this file of the run is missing: if it was moved, pass its new path ({name}=, on the command line --{name})"
        f"{otherwise}",
        errno.ENOENT,
    )


def _second(paths: Mapping[str, Path]) -> str:
    """Return the name of the first path that equals an earlier one."""
    named = list(paths.values())
    return next(name for number, (name, path) in enumerate(paths.items()) if path in named[:number])


class OpenRunFiles:
    """The open files and stores of one run; `journal` is already open if the run is resumed."""

    def __init__(self, files: RunFiles, plan: Plan, journal: JournalStore | None) -> None:
        self.plan: Plan = plan
        self._files = files
        self._opened = journal
        self._closing: list[Callable[[], object]] = [] if journal is None else [journal.close]
        self._journal: JournalWriter | None = None
        self._audit: AuditStore | None = None
        self._passwords: PasswordStore | None = None
        self._without_password: set[str] = set()
        self._errors: list[OrgError] = []

    def has_raised(self, error: OrgError) -> bool:
        """Return whether an error is of a file or a store of the run, such as a full disk, and not of the provider."""
        return any(error is one for one in self._errors)

    async def open(
        self, target: Target, done: Sequence[Outcome], pending: Sequence[Write], settings: Mapping[str, str]
    ) -> None:
        """Lock the organization and open the files.

        `done` are earlier outcomes, `pending` the writes that are left, `settings` what the journal stores besides
        the plan and the files. Raises `LockedError` if another run has one of them, and what each file raises.
        """
        await to_thread.run_sync(self._open, target, done, pending, settings)

    def _open(
        self, target: Target, done: Sequence[Outcome], pending: Sequence[Write], settings: Mapping[str, str]
    ) -> None:
        lock = self._files.lock or RunLock(target.provider, target.tenant, target.organization)
        lock.acquire()
        self._closing.append(lock.release)
        passwords, audit, journal = self._files.passwords, self._files.audit, self._files.journal
        if passwords is not None:
            self._passwords = PasswordFile(passwords) if isinstance(passwords, Path) else passwords
            self._passwords.open()
            self._closing.append(self._passwords.close)
        if audit is not None:
            self._audit = AuditFile(audit) if isinstance(audit, Path) else audit
            self._audit.open(self.plan.hash)
            self._closing.append(self._audit.close)
            self._audit.append(done)  # lines that an interrupted run did not write
        if self._opened is not None:
            self._opened.store(self._files.settings)
        elif journal is not None:
            self._opened = JournalFile(journal) if isinstance(journal, Path) else journal
            self._opened.open()
            self._closing.append(self._opened.close)
            self._opened.start(self.plan, {**self._files.settings, **settings})
        if self._passwords is not None:
            self._passwords.reserve(pending)
            self._without_password.update(outcome.write.key for outcome in done if not outcome.has_password)
        if self._opened is not None:
            self._journal = JournalWriter(self._opened)

    def close_with(self, owner: object) -> None:
        """Close the files when `owner` is garbage collected.

        Otherwise a caller that leaves a loop early would lock the organization until the process ends.
        """
        weakref.finalize(owner, _close_all, self._closing)

    def password(self, write: Write) -> SecretStr | None:
        """Return the generated password of a new account; None if the run generates none."""
        if self._passwords is None:
            return None
        with self._noting_errors():
            return self._passwords.of(write)

    async def record_start(self, writes: Iterable[Write]) -> None:
        """Record that these writes are about to be sent; it is on disk on return."""
        if self._journal is not None:
            at = timestamp()
            with self._noting_errors():
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

    @contextmanager
    def _noting_errors(self) -> Generator[None]:
        """Note errors that are raised while a write is processed, so that they are not taken for the provider's."""
        try:
            yield
        except OrgError as error:
            self._errors.append(error)
            raise


def _close_all(closing: list[Callable[[], object]]) -> None:
    """Close everything, in reverse order, even if a file cannot be closed; raise the first error after that."""
    with ExitStack() as stack:
        for close in closing:
            stack.callback(close)
        closing.clear()
