"""Measure a fleet in PostgreSQL: its journal, its hand-out, and how it scales with the number of workers.

`python -m benchmarks.fleet_postgres` measures three parts.
`journal`: time of an entry, when commits wait for the disk, beside the disk's own time and the journal in SQLite.
`handout`: time to hand out an organization of 20 keys with 100,000 organizations, and time of a ticket of the engine.
`scaling`: time of a night of 40 keys with 1, 2 and 4 workers, when each response takes 50 ms. The servers run in a
separate process, and so do the workers. All figures of a kind are from one run, so that their ratios count.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import anyio

from benchmarks import figures
from orgsdk.bulk import JournalEntry
from orgsdk.bulk.run.journal import JournalFile, JournalWriter
from orgsdk.fleet import Fleet, FleetGuards, FleetOptions, FleetStore, PostgresStore, RunRecord, UnitRecord
from orgsdk.fleet.pgqueuer_engine import PgQueuerEngine
from orgsdk.fleet.sqlite_store import SQLiteStore
from tests.bulk.samples import plan_of, write
from tests.fleet.postgres.schools import Schools, credentials_of
from tests.postgres import PostgresServer, running_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from orgsdk.bulk import JournalStore, Plan

PAGE: Final = Path(__file__).parent.parent / "docs" / "how-to" / "fleet-on-several-machines.md"
MAX_ENTRY_MS: Final = 3.0
MAX_HANDOUT_MS: Final = 10.0
MIN_EFFICIENCY: Final = 0.9
COMMAND: Final = "python -m benchmarks.fleet_postgres --write"
_DISK: Final = "/var/tmp"
_ENTRIES: Final = 500
_UNITS: Final = 100_000
_KEYS: Final = 20
# Keys that a worker has at once in the two series: few, so that waiting is what takes time, and many.
_SERIES: Final = (2, 10)
_WORKERS: Final = (1, 2, 4)


def main() -> None:
    arguments = _arguments()
    if arguments.write:
        figures.require_quiet_machine()
    lines: list[str] = []
    # On a disk: the folder for temporary files may be in memory.
    with tempfile.TemporaryDirectory(dir=_DISK if Path(_DISK).is_dir() else None) as folder:
        for name in arguments.parts:
            found = ["", *_PARTS[name](Path(folder))]
            print("\n".join(found), flush=True)
            lines += found
    if arguments.write:
        figures.write_figures(PAGE, COMMAND, lines[1:])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet_postgres", description=__doc__)
    every = tuple(_PARTS)
    parser.add_argument(
        "parts", nargs="*", default=every, metavar="PART", help=f"what to measure; default: all of {', '.join(every)}"
    )
    parser.add_argument("--write", action="store_true", help=f"write the figures to {PAGE.name}; needs a quiet machine")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - _PARTS.keys():
        parser.error(f"unknown part {min(unknown)}. Choose from: {', '.join(every)}")
    if arguments.write and set(arguments.parts) != set(every):
        parser.error("--write publishes all parts: leave out PART")
    return arguments


# The journal


def measure_journal(folder: Path) -> list[str]:
    """Return the lines of the figures of a journal entry."""
    found: dict[str, float] = {"the disk alone: write and `fsync` of 4 KiB": _disk(folder)}
    plan = plan_of(*map(write, range(_ENTRIES)))
    file = JournalFile(folder / "journal")
    found |= _journal(file, plan, "SQLite")
    with running_postgres(is_durable=True, parent=_open_to_all(folder)) as server:
        store, session = _one_unit(server)
        unit = session.next_unit(["waiting"])
        assert unit is not None
        found |= _journal(session.journal(unit), plan, "PostgreSQL")
        session.close()
        store.close()
    rows = [(name, f"{value * 1000:.2f} ms") for name, value in found.items()]
    return figures.table(("a journal entry", "median"), rows)


def _disk(folder: Path) -> float:
    with (folder / "disk").open("wb") as file:

        def once() -> None:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())

        return _median(once, 200)


def _journal(journal: JournalStore, plan: Plan, name: str) -> dict[str, float]:
    journal.open()
    journal.start(plan, {})
    numbers = iter(range(_ENTRIES))
    alone = _median(lambda: journal.put([JournalEntry(next(numbers), "started")]), 200)
    together = anyio.run(_write_together, journal)
    journal.close()
    return {f"{name}, one at a time": alone, f"{name}, 16 writes in flight (batched)": together}


async def _write_together(journal: JournalStore) -> float:
    """Return the time of an entry if 16 tasks wait for theirs, as in a run."""
    writer = JournalWriter(journal)

    async def one(number: int) -> None:
        for position in range(_ENTRIES // 16):
            await writer.start([JournalEntry(number * (_ENTRIES // 16) + position, "started")])

    started = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for number in range(16):
            tasks.start_soon(one, number)
    return (time.perf_counter() - started) / (_ENTRIES // 16 * 16)


# The hand-out


def measure_handout(folder: Path) -> list[str]:
    """Return the lines of the figures of a hand-out."""
    rows: list[tuple[str, str]] = []
    sqlite = SQLiteStore(folder / "fleet.sqlite")
    rows.append(("the store in SQLite", f"{_handout(sqlite) * 1000:.1f} ms"))
    with running_postgres(is_durable=True, parent=_open_to_all(folder)) as server:
        store = PostgresStore(server.url())
        rows.append(("the store in PostgreSQL", f"{_handout(store) * 1000:.1f} ms"))
        ticket = anyio.run(_ticket, PgQueuerEngine(store.address))
        rows.append(("a ticket of PgQueuer", f"{ticket * 1000:.1f} ms"))
        store.close()
    return figures.table((f"hand-out, {_KEYS} keys, {_UNITS:,} organizations", "median"), rows)


def _handout(store: FleetStore) -> float:
    """Return the time to take a key's lock, find its next unit, mark it, and release the lock."""
    store.open()
    epoch = store.start_run(RunRecord(night=date(2026, 1, 1), mode="sync", started_at=datetime.now(UTC)), after=0)
    for first in range(0, _UNITS, 500):
        numbers = range(first, first + 500)
        store.add_units(epoch, [UnitRecord(number=n, name=f"s{n}", key=f"k{n % _KEYS}", entry="{}") for n in numbers])
    run = store.run(epoch)
    assert run is not None
    store.update_run(replace(run, state="applying", judge="stream"), expected="starting")
    turns = iter(range(10**6))

    def once() -> None:
        session = store.open_key(epoch, f"k{next(turns) % _KEYS}")
        session.run()
        session.record()
        unit = session.next_unit(["applying", "planned", "planning", "waiting"])
        assert unit is not None
        session.save(replace(unit, state="done", ended_at=datetime.now(UTC)))
        session.close()

    return _median(once, 300)


async def _ticket(engine: PgQueuerEngine) -> float:
    """Return the time between two tickets of a worker that does nothing with them."""
    await engine.install()
    await engine.fill([f"k{number}" for number in range(_KEYS)])
    stop, times = anyio.Event(), list[float]()

    async def handle(key: str) -> timedelta | None:
        times.append(time.perf_counter())
        if len(times) > 300:
            stop.set()
        return timedelta()

    await engine.run(handle, concurrency=2, stop=stop)
    return statistics.median(after - before for before, after in pairwise(times))


# Scaling


@dataclass(frozen=True, slots=True)
class Night:
    """The figures of a night: its seconds from the first request to the last one, and how busy the cores were."""

    seconds: float
    requests: int
    busy: float


def measure_scaling(folder: Path) -> list[str]:
    """Return the lines of the figures of several workers."""
    rows: list[tuple[str, ...]] = []
    for keys_at_once in _SERIES:
        first: Night | None = None
        for workers in _WORKERS:
            night = _measure_night(folder, workers, keys_at_once)
            first = first or night
            efficiency = first.seconds / night.seconds / workers
            rows.append(
                (
                    f"{workers}",
                    f"{keys_at_once}",
                    f"{night.seconds:.1f} s",
                    f"{night.requests / night.seconds:.0f}",
                    f"{night.busy:.0%}",
                    f"{efficiency:.2f}",
                )
            )
            print(*rows[-1], sep="  ", flush=True)
    head = ("workers", "keys at once in each", "night", "requests a second", "cores busy", "of the ideal")
    return figures.table(head, rows)


def _measure_night(folder: Path, workers: int, keys_at_once: int) -> Night:
    name = f"{workers}-{keys_at_once}"
    rosters = folder / name
    rosters.mkdir()
    with _schools(rosters) as (schools, ask), running_postgres() as server:
        job = {
            "settings": schools,
            "url": server.url(),
            "settling": 1,
            "concurrency": keys_at_once,
            "until_done": True,
            "taken": str(folder / f"{name}.taken"),
        }
        (folder / f"{name}.json").write_text(json.dumps(job), encoding="utf-8")
        anyio.run(_start, schools, server.url(), rosters)
        command = [sys.executable, "-m", "tests.fleet.postgres.forked_worker", str(folder / f"{name}.json")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
            busy = _busy_seconds()
            started = time.monotonic()
            stdin, stdout = cast("IO[str]", nursery.stdin), cast("IO[str]", nursery.stdout)
            for _ in range(workers):
                stdin.write("start\n")
                stdin.flush()
                stdout.readline()
            while not _is_finished(server.url()):
                time.sleep(0.25)
            used = (_busy_seconds() - busy) / (time.monotonic() - started) / (os.cpu_count() or 1)
            stdin.close()
        return Night(**ask(), busy=used)


def _is_finished(url: str) -> bool:
    store = PostgresStore(url)
    try:
        run = store.run()
        return run is not None and run.state == "finished"
    finally:
        store.close()


async def _start(settings: dict[str, dict[str, str]], url: str, rosters: Path) -> None:
    credentials, environ = credentials_of(settings)
    options = FleetOptions(guards=FleetGuards(judge="stream"))
    entries = _new_schools().entries(rosters)
    await Fleet(entries, store=url, credentials=credentials, environ=environ, options=options).start()


def _new_schools() -> Schools:
    return Schools(organizations=160, keys=40, people=20, latency=0.05)


@contextmanager
def _schools(rosters: Path) -> Iterator[tuple[dict[str, dict[str, str]], Callable[[], dict[str, Any]]]]:
    """Serve the organizations in a separate process. Yield their settings, and a function that returns the figures."""
    command = [sys.executable, "-m", "benchmarks.fleet_postgres", "serve", str(rosters)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        stdin, stdout = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)

        def ask() -> dict[str, Any]:
            stdin.write("figures\n")
            stdin.flush()
            return cast("dict[str, Any]", json.loads(stdout.readline()))

        yield json.loads(stdout.readline()), ask
        stdin.close()


def serve(rosters: Path) -> None:
    """Serve the organizations, and print the figures of the requests for each line of standard input."""
    schools = _new_schools()
    schools.write_rosters(rosters)
    with schools.serve():
        print(json.dumps(schools.settings), flush=True)
        for _ in sys.stdin:
            times = [one.received for one in schools.log] + [one.answered for one in schools.log]
            print(json.dumps({"seconds": max(times) - min(times), "requests": len(schools.log)}), flush=True)


def _busy_seconds() -> float:
    """Return how long all cores together were busy, in seconds. Linux only; 0 elsewhere."""
    try:
        values = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    except OSError:
        return 0.0
    user, nice, system, _, _, irq, soft, *_ = map(int, values)
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


# Shared


def _one_unit(server: PostgresServer) -> tuple[PostgresStore, Any]:
    store = PostgresStore(server.url())
    store.open()
    epoch = store.start_run(RunRecord(night=date(2026, 1, 1), mode="sync", started_at=datetime.now(UTC)), after=0)
    store.add_units(epoch, [UnitRecord(number=0, name="school", key="key", entry="{}")])
    return store, store.open_key(epoch, "key")


def _median(once: Callable[[], object], times: int) -> float:
    found: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        once()
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def _open_to_all(folder: Path) -> Path:
    """Let the user who runs PostgreSQL reach the folder."""
    folder.chmod(0o755)
    return folder


_PARTS: Final = {"journal": measure_journal, "handout": measure_handout, "scaling": measure_scaling}

if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(Path(sys.argv[2]))
    else:
        main()
