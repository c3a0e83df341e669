"""Stores of a run: files, objects in memory, and what is refused."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest
from pydantic import SecretStr

from orgsdk import OrgClient, bulk
from orgsdk.bulk import JournalEntry, LockedError, PlanError, StoreError
from orgsdk.bulk.private_file import RunLock
from orgsdk.bulk.run.audit import AuditFile
from orgsdk.bulk.run.journal import JournalFile
from orgsdk.bulk.run.passwords import PasswordFile
from orgsdk.bulk.run.ports import METHODS
from orgsdk.errors import InvalidArgumentError
from tests.bulk.memories import create, new
from tests.bulk.run.store_contract import (
    AuditContract,
    JournalContract,
    LockContract,
    PasswordContract,
    methods_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from orgsdk.bulk import Outcome, Plan, Write
    from orgsdk.providers import Memory
    from orgsdk.resources import OrganizationHandle


class MemoryJournal:
    """A journal in a dictionary, which several objects may share."""

    name = "the journal in memory"

    def __init__(self, rows: dict[str, Any]) -> None:
        self.rows = rows

    @property
    def has_started(self) -> bool:
        return "plan" in self.rows

    def open(self) -> None:
        if self.rows.get("open"):
            raise LockedError("Another run has the journal open.")
        self.rows["open"] = True

    def start(self, plan: Plan, settings: Mapping[str, str]) -> None:
        if self.has_started:
            raise PlanError("The journal belongs to an earlier run.")
        self.rows |= {"plan": plan.to_json(), "settings": dict(settings), "entries": {}}

    def read(self) -> tuple[Plan, dict[str, str], list[JournalEntry]]:
        if not self.has_started:
            raise PlanError("The run never started.")
        entries: dict[int, JournalEntry] = self.rows["entries"]
        return (
            bulk.Plan.from_json(self.rows["plan"]),
            dict(self.rows["settings"]),
            [entries[number] for number in sorted(entries)],
        )

    def store(self, settings: Mapping[str, str]) -> None:
        self.rows["settings"].update(settings)

    def put(self, entries: Iterable[JournalEntry]) -> None:
        self.rows["entries"].update({entry.number: entry for entry in entries})

    def close(self) -> None:
        self.rows["open"] = False


class MemoryAudit:
    """The audit of one organization, in a list of lines."""

    name = "the audit in memory"

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines

    def open(self, plan_hash: str) -> None:
        of_plan = [line for line in self.lines if plan_hash.encode() in line]
        self.chain = bulk.AuditChain(plan_hash, last_line=self.lines[-1] if self.lines else None, lines_of_plan=of_plan)

    def append(self, outcomes: Iterable[Outcome]) -> None:
        self.lines += self.chain.make_lines(outcomes)
        self.chain.accept()

    def close(self) -> None:
        del self.chain


class MemoryPasswords:
    """Passwords in a dictionary."""

    def __init__(self, passwords: dict[str, SecretStr], name: str = "the passwords in memory") -> None:
        self.passwords, self.name = passwords, name

    def open(self) -> None:
        pass

    def reserve(self, writes: Iterable[Write]) -> None:
        for write in writes:
            if write.kind == "create":
                self.passwords.setdefault(write.key, SecretStr(f"Passw0rd-{len(self.passwords)}"))

    def of(self, write: Write) -> SecretStr | None:
        return self.passwords.get(write.key)

    def drop(self, keys: Collection[str]) -> None:
        for key in keys:
            self.passwords.pop(key, None)

    def close(self) -> None:
        pass


class MemoryLock:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.taken = 0

    def acquire(self) -> None:
        if not self.lock.acquire(blocking=False):
            raise LockedError("Another run has the lock.")
        self.taken += 1

    def release(self) -> None:
        self.lock.release()


class TestJournalFile(JournalContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[], JournalFile]:
        return lambda: JournalFile(tmp_path / "journal")


class TestMemoryJournal(JournalContract):
    @pytest.fixture
    def make(self) -> Callable[[], MemoryJournal]:
        rows: dict[str, Any] = {}
        return lambda: MemoryJournal(rows)


class TestAuditFile(AuditContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[str], AuditFile]:
        return lambda name: AuditFile(tmp_path / name)

    @pytest.fixture
    def read(self, tmp_path: Path) -> Callable[[str], list[bytes]]:
        return lambda name: (tmp_path / name).read_bytes().splitlines(keepends=True)


class TestMemoryAudit(AuditContract):
    @pytest.fixture
    def lines(self) -> dict[str, list[bytes]]:
        return {"a": [], "b": []}

    @pytest.fixture
    def make(self, lines: dict[str, list[bytes]]) -> Callable[[str], MemoryAudit]:
        return lambda name: MemoryAudit(lines[name])

    @pytest.fixture
    def read(self, lines: dict[str, list[bytes]]) -> Callable[[str], list[bytes]]:
        return lines.__getitem__


class TestPasswordFile(PasswordContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[], PasswordFile]:
        return lambda: PasswordFile(tmp_path / "passwords")


class TestMemoryPasswords(PasswordContract):
    @pytest.fixture
    def make(self) -> Callable[[], MemoryPasswords]:
        passwords: dict[str, SecretStr] = {}
        return lambda: MemoryPasswords(passwords)


class TestRunLock(LockContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[], RunLock]:
        return lambda: RunLock("flat", "t", "a", folder=tmp_path)


def test_the_checked_methods_are_those_of_the_protocols() -> None:
    for name, methods in METHODS.items():
        assert methods_of(getattr(bulk, name)) == set(methods)


@pytest.mark.anyio
async def test_a_run_writes_to_all_of_its_stores_and_to_no_file(org: OrganizationHandle, tmp_path: Path) -> None:
    rows: dict[str, Any] = {}
    lines: list[bytes] = []
    passwords: dict[str, SecretStr] = {}
    lock, thread = MemoryLock(), threading.get_ident()
    threads: set[int] = set()

    class Watched(MemoryJournal):
        def put(self, entries: Iterable[JournalEntry]) -> None:
            threads.add(threading.get_ident())
            super().put(entries)

    report = await bulk.apply(
        await bulk.plan(org, new(5)),
        org,
        journal=Watched(rows),
        audit=MemoryAudit(lines),
        passwords=MemoryPasswords(passwords),
        lock=lock,
    )
    assert (report.created, bulk.verify_audit(lines).lines, len(passwords)) == (5, 5, 5)
    assert rows["settings"] == {"audit": "store:the audit in memory", "passwords": "store:the passwords in memory"}
    assert thread not in threads
    assert lock.taken == 1
    assert [path async for path in anyio.Path(tmp_path).iterdir()] == []


@pytest.mark.anyio
async def test_a_resumed_run_needs_its_stores_again(org: OrganizationHandle, tmp_path: Path) -> None:
    rows: dict[str, Any] = {}
    audit, passwords = MemoryAudit([]), MemoryPasswords({})
    journal, lock = MemoryJournal(rows), MemoryLock()
    plan = await bulk.plan(org, new(5))
    await bulk.apply(plan, org, journal=journal, audit=audit, passwords=passwords, lock=lock)
    with pytest.raises(PlanError, match=r"stores its audit in the audit in memory, .* pass audit= again"):
        await bulk.resume(journal, org)
    with pytest.raises(PlanError, match="stores its passwords in the passwords in memory"):
        await bulk.resume(journal, org, audit=audit)
    for other in (MemoryPasswords({}, "others"), tmp_path / "passwords.csv"):
        with pytest.raises(PlanError, match="would generate other passwords than those that it has sent"):
            await bulk.resume(journal, org, audit=audit, passwords=other)
    assert not rows["open"]
    # An audit may be continued elsewhere, passwords may not.
    resumed = bulk.resume(journal, org, audit=tmp_path / "audit.jsonl", passwords=passwords, lock=lock)
    assert (await resumed).created == 5
    assert rows["settings"]["audit"] == str(tmp_path / "audit.jsonl")
    assert (await bulk.resume(journal, org, passwords=passwords)).created == 5


@pytest.mark.anyio
async def test_a_run_with_a_password_file_is_not_resumed_with_a_store(org: OrganizationHandle, tmp_path: Path) -> None:
    plan = await bulk.plan(org, new(2))
    await bulk.apply(plan, org, journal=tmp_path / "journal", passwords=tmp_path / "passwords.csv")
    with pytest.raises(PlanError, match=r"they are from .*passwords.csv, and not from the passwords in memory"):
        await bulk.resume(tmp_path / "journal", org, passwords=MemoryPasswords({}))


@pytest.mark.anyio
async def test_a_lock_of_the_caller_is_taken_instead_of_the_lock_file(org: OrganizationHandle) -> None:
    lock = MemoryLock()
    async with bulk.apply(await bulk.plan(org, new(3)), org, lock=lock) as run:
        await anext(run)
        with pytest.raises(LockedError, match="Another run has the lock"):
            await bulk.apply(await bulk.plan(org, new(4)), org, lock=lock)
    assert (await bulk.apply(await bulk.plan(org, new(4)), org)).failed == 0


@pytest.mark.anyio
@pytest.mark.parametrize("error", [LockedError("The session was lost."), StoreError("The server was restarted.")])
async def test_an_error_of_a_store_stops_the_run(
    memory: Memory, org: OrganizationHandle, error: bulk.StoreError
) -> None:
    class Lost(MemoryJournal):
        left = 10

        def put(self, entries: Iterable[JournalEntry]) -> None:
            self.left -= 1
            if self.left < 0:
                raise error
            super().put(entries)

    rows: dict[str, Any] = {}
    run = bulk.apply(await bulk.plan(org, new(40)), org, journal=Lost(rows), concurrency=1)
    with pytest.raises(type(error), match=str(error)):
        await run
    assert memory.calls.count(create(memory)) <= 10
    assert (run.report.failed, run.report.planned) == (0, 40)
    report = await bulk.resume(MemoryJournal(rows), org)
    assert report.created + report.adopted == 40


@pytest.mark.anyio
async def test_an_error_of_a_password_store_stops_the_run(memory: Memory, org: OrganizationHandle) -> None:
    class Lost(MemoryPasswords):
        def of(self, write: Write) -> SecretStr | None:
            raise StoreError("The passwords are gone.")

    with pytest.raises(StoreError, match="are gone"):
        await bulk.apply(await bulk.plan(org, new(3)), org, passwords=Lost({}))
    assert create(memory) not in memory.calls


async def _put(_self: object, _entries: object) -> None:
    await anyio.lowlevel.checkpoint()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (MemoryJournal, "journal is the class MemoryJournal: pass an object of it"),
        (
            MemoryAudit([]),
            "journal is of type MemoryAudit: pass a bulk.JournalStore, which also has has_started",
        ),
        (type("Async", (MemoryJournal,), {"put": _put})({}), r"journal has an async put\(\): write a plain function"),
        (7, "journal is of type int: pass a path"),
        (None, "journal is "),
    ],
)
async def test_an_object_that_is_no_store_is_refused(org: OrganizationHandle, value: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        bulk.resume(value, org)


@pytest.mark.anyio
async def test_an_object_that_is_no_lock_is_refused() -> None:
    async with OrgClient.memory() as client:
        org = client.organization()
        plan = await bulk.plan(org, [])
        with pytest.raises(InvalidArgumentError, match=r"lock has an async acquire\(\)"):
            bulk.apply(plan, org, lock=anyio.Lock())  # type: ignore[arg-type]  # its methods are async
