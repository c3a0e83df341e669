"""Ports of a run: protocols for where its journal, audit and passwords are stored, and for its lock.

`apply` and `resume` take a path or an object of these protocols. The files of paths implement them as well:
`JournalFile`, `AuditFile`, `PasswordFile` and `RunLock`.

All methods are plain functions. A run calls them in worker threads, one call at a time over all of its stores, so that
they may block, and work on asyncio and trio. Two methods are called in the event loop's thread: `PasswordStore.of`, and
`close` if a run is garbage collected before it was closed.

A store raises an `OrgError`: `LockedError` if another run has it open, `PlanError` if its contents belong to another
run, `StoreError` if it cannot be read or written. An error stops the run, and nothing that is not recorded is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from inspect import getattr_static, iscoroutinefunction
from os import PathLike
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, TypeVar, cast

from pydantic import SecretStr

from orgsdk.bulk.input_file import check_path
from orgsdk.bulk.planning.plan import Plan
from orgsdk.bulk.planning.writes import Write
from orgsdk.bulk.run.report import Outcome
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from pathlib import Path

Stage: TypeAlias = Literal["started", "account", "settled"]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Progress of one write.

    Attributes:
        number: Number of the write in the plan.
        stage: `"started"`: its request may have been sent. `"account"`: the account exists, the membership may.
            `"settled"`: it ended with `status`.
        status: The status of the outcome; None if the write was only started.
        user_id: Id of the user.
        request_id: The provider's id of the request.
        reason: The reason of the outcome.
        at: Time of the entry, in UTC.
    """

    number: int
    stage: Stage
    status: str | None = None
    user_id: str | None = None
    request_id: str | None = None
    reason: str | None = None
    at: str | None = None


class JournalStore(Protocol):
    """Store the journal of one run: its plan, its settings and the progress of each write.

    It belongs to one run for ever: a second `start` is refused.
    """

    @property
    def name(self) -> str:
        """Name of the journal in messages, such as its path."""
        ...

    @property
    def has_started(self) -> bool:
        """True if a run was started. It is read between `open` and `close`."""
        ...

    def open(self) -> None:
        """Open the journal for one run, before anything else is called; nothing stays open if it raises.

        Raises:
            LockedError: Another run has it open. A journal that another lock keeps from other runs need not find out.
        """
        ...

    def start(self, plan: Plan, settings: Mapping[str, str]) -> None:
        """Store the plan (`Plan.to_json`) and the settings of its run; both are durable on return.

        Args:
            plan: The plan.
            settings: What `resume` needs besides the plan.

        Raises:
            PlanError: A run was started before.
        """
        ...

    def read(self) -> tuple[Plan, dict[str, str], list[JournalEntry]]:
        """Return the plan, the settings, and the latest entry of each write that was started, by number.

        Returns:
            The plan, the settings and the entries.

        Raises:
            PlanError: No run was started.
        """
        ...

    def store(self, settings: Mapping[str, str]) -> None:
        """Store settings that have changed; the others are kept.

        Args:
            settings: The settings that have changed.
        """
        ...

    def put(self, entries: Iterable[JournalEntry]) -> None:
        """Store all entries or none, in place of earlier ones of the same writes; they are durable on return.

        Args:
            entries: The entries. The last one of a write counts.
        """
        ...

    def close(self) -> None:
        """Close the journal, so that another run can open it."""
        ...


class AuditStore(Protocol):
    """Store one line for each write, chained by hashes; `AuditChain` makes the lines.

    Each organization has its own chain, because its runs append one after the other.
    """

    @property
    def name(self) -> str:
        """Name of the audit in messages, such as its path."""
        ...

    def open(self, plan_hash: str) -> None:
        """Open the audit for the run of a plan; nothing stays open if it raises.

        Args:
            plan_hash: The plan's hash, which each line has.

        Raises:
            AuditError: A line was changed.
            LockedError: Another run has it open.
        """
        ...

    def append(self, outcomes: Iterable[Outcome]) -> None:
        """Append the lines of these outcomes, durable on return. A line that exists is not appended again.

        Args:
            outcomes: The outcomes.
        """
        ...

    def close(self) -> None:
        """Close the audit, so that another run can open it."""
        ...


class PasswordStore(Protocol):
    """Generate the passwords of new accounts, and store them or derive them again."""

    @property
    def name(self) -> str:
        """Name of the passwords in messages. The journal stores it: `resume` refuses a store of another name."""
        ...

    def open(self) -> None:
        """Open the store for one run; nothing stays open if it raises.

        Raises:
            LockedError: Another run has it open.
        """
        ...

    def reserve(self, writes: Iterable[Write]) -> None:
        """Generate a password for each write of kind `"create"` that has none yet; they are durable on return.

        Args:
            writes: The writes that are left in the run.
        """
        ...

    def of(self, write: Write) -> SecretStr | None:
        """Return the password of a write that was reserved, from memory: it is called in the event loop's thread.

        Args:
            write: The write.

        Returns:
            The same password in every process; None for a write that creates no account.
        """
        ...

    def drop(self, keys: Collection[str]) -> None:
        """Remove the passwords of accounts that were not created; it is called at the end of the run.

        Args:
            keys: The keys of the writes.
        """
        ...

    def close(self) -> None:
        """Close the store, so that another run can open it."""
        ...


class Lock(Protocol):
    """Lock an organization against other runs."""

    def acquire(self) -> None:
        """Take the lock, without waiting.

        Raises:
            LockedError: Another run has it.
        """
        ...

    def release(self) -> None:
        """Release the lock."""
        ...


PortT = TypeVar("PortT")

METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "JournalStore": ("name", "has_started", "open", "start", "read", "store", "put", "close"),
    "AuditStore": ("name", "open", "append", "close"),
    "PasswordStore": ("name", "open", "reserve", "of", "drop", "close"),
    "Lock": ("acquire", "release"),
}


def path_or_store(argument: str, value: Path | str | PortT, port: str) -> Path | PortT:
    """Return the absolute path, or the store, of an argument; `port` is the name of the store's protocol.

    Raises `InvalidArgumentError` if it is neither.
    """
    if isinstance(value, str | bytes | PathLike) or not _resembles(value, port):
        return check_path(argument, cast("object", value)).absolute()
    check_port(argument, value, port)
    return value


def check_port(argument: str, value: object, port: str) -> None:
    """Raise `InvalidArgumentError` unless a value has the methods of a protocol, and none of them is async."""
    if isinstance(value, type):
        raise InvalidArgumentError(f"is the class {value.__name__}: pass an object of it.", argument=argument)
    missing = [name for name in METHODS[port] if getattr_static(value, name, None) is None]
    if missing:
        kind = type(value).__name__
        raise InvalidArgumentError(
            f"is of type {kind}: pass a bulk.{port}, which also has {', '.join(missing)}.", argument=argument
        )
    for name in METHODS[port]:
        if iscoroutinefunction(getattr_static(value, name)):
            raise InvalidArgumentError(
                f"has an async {name}(): write a plain function, which is called in a worker thread.",
                argument=argument,
            )


def _resembles(value: object, port: str) -> bool:
    """Return whether a value has any method of a protocol. Properties are not read: they may block."""
    return any(getattr_static(value, name, None) is not None for name in METHODS[port] if name != "name")
