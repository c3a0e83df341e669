"""Work of a fleet on several workers, which are killed, frozen and cut off while the database restarts."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import anyio
import psycopg

from orgsdk.bulk import verify_audit
from orgsdk.fleet import Fleet, FleetGuards, FleetOptions, PostgresStore
from tests.fleet.postgres.schools import Schools, credentials_of, longest_gap, longest_wait, overlaps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.postgres import PostgresServer

_TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
_QUEUE = "orgsdk_fleet.pgqueuer"
_EMPTY = f"DELETE FROM {_QUEUE}"
_DOUBLE = (
    f"INSERT INTO {_QUEUE} (priority, entrypoint, payload, status, execute_after)"
    f" SELECT priority, entrypoint, payload, 'queued', now() FROM {_QUEUE}"
)
_SHUFFLE = (
    f"UPDATE {_QUEUE} SET status = 'queued', queue_manager_id = NULL, priority = (random() * 10)::int,"
    f" execute_after = now() + random() * interval '2 s', payload = other.payload"
    f" FROM (SELECT array_agg(payload ORDER BY random()) AS payloads FROM {_QUEUE}) AS all_payloads,"
    f" LATERAL (SELECT payloads[1 + trunc(random() * array_length(payloads, 1))::int] AS payload) AS other"
)


@dataclass
class Chaos:
    """Run nights of a fleet while things happen to its workers, its database and its queue.

    Attributes:
        happened: How often each event has happened.
        wrong: What was found to be wrong.
        pauses: The longest time in seconds that a key was left alone, for each night.
        takeovers: How long, in seconds, keys were left alone after a worker ended, with nothing else happening.
        waits: The longest time in seconds that a key waited for a worker, for each night: after its last worker ended,
            froze, went on or lost its sessions, or the database restarted.
    """

    schools: Schools
    server: PostgresServer
    url: str
    folder: Path
    workers: int
    settling: float
    pause: float
    happened: Counter[str] = field(default_factory=Counter, init=False)
    wrong: list[str] = field(default_factory=list, init=False)
    pauses: list[float] = field(default_factory=list, init=False)
    takeovers: list[float] = field(default_factory=list, init=False)
    waits: list[float] = field(default_factory=list, init=False)
    _hits: list[tuple[float, int | None]] = field(default_factory=list, init=False)
    _running: list[int] = field(default_factory=list, init=False)
    _frozen: list[tuple[float, int]] = field(default_factory=list, init=False)
    _rng: random.Random = field(default_factory=lambda: random.Random(1), init=False)

    def run(self, events: dict[str, int]) -> None:
        """Run nights until each event has happened so often."""
        left = [name for name, times in events.items() for _ in range(times)]
        self._rng.shuffle(left)
        while left or not self.schools.night:
            self._run_night(left)
            self._judge()
            if self.wrong:
                return

    def measure_takeovers(self, rounds: int) -> None:
        """Kill a worker, freeze and kill one, and cut one off, in turns. Wait each time until others have its keys."""
        events = ["kill", "freeze and kill", "cut"] * rounds
        while events and not self.wrong:
            self.schools.write_rosters(self.folder)
            anyio.run(self._start)
            with self._nursery() as start:
                while events and not self._is_finished():
                    while len(self._running) < self.workers:
                        self._running.append(start())
                    time.sleep(2)
                    self._measure_takeover(events.pop())

    def _measure_takeover(self, event: str) -> None:
        victim = self._rng.choice(self._running)
        if event == "freeze and kill":
            _signal(victim, signal.SIGSTOP)
            time.sleep(4)
        keys = {one.key for one in self.schools.log[-200:] if one.unit.startswith(f"{victim} ")}
        since, seen = time.monotonic(), len(self.schools.log)
        before = {one.unit for one in self.schools.log}
        if event == "cut":
            self._cut_sessions(victim)
        else:
            _signal(victim, signal.SIGKILL)
            self._running.remove(victim)
        self.happened[event] += 1
        while keys and not self._is_finished():
            time.sleep(0.05)
            for one in self.schools.log[seen:]:
                if one.key in keys and one.unit not in before:
                    keys.remove(one.key)
                    self.takeovers.append(one.received - since)

    def _run_night(self, left: list[str]) -> None:
        self.schools.write_rosters(self.folder)
        self.schools.log.clear()
        self._hits.clear()
        self._taken.write_text("")
        anyio.run(self._start)
        with self._nursery() as start:
            ends = time.monotonic() + 600
            while not self._is_finished():
                self._thaw()
                while len(self._running) < self.workers:
                    self._running.append(start())
                time.sleep(self._rng.uniform(0.5, 1.5) * self.pause)
                if left:
                    event = left.pop()
                    getattr(self, f"_{event}")()
                    self.happened[event] += 1
                if time.monotonic() > ends:
                    self.wrong.append("the night does not end")
                    return

    async def _start(self) -> None:
        credentials, environ = credentials_of(self.schools.settings)
        options = FleetOptions(guards=FleetGuards(judge="stream"))
        store = PostgresStore(self.url)
        entries = partial(self.schools.entries, self.folder)
        await Fleet(entries, store=store, credentials=credentials, environ=environ, options=options).start(
            night=_night(self.schools.night)
        )

    def _is_finished(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.url) as session:
            found = session.execute("SELECT state FROM orgsdk_fleet.runs ORDER BY epoch DESC LIMIT 1").fetchone()
            if found is not None and found[0] not in {"finished", "applying"}:
                self.wrong.append(f"the run is {found[0]}")
            return found != ("applying",)
        return False

    @property
    def _taken(self) -> Path:
        """The file in which workers record what they take."""
        return self.folder / "taken"

    def _longest_wait(self) -> float:
        """Return the longest time that a key of this night waited for a worker that takes it."""
        taken = [line.split() for line in self._taken.read_text().splitlines()]
        signs = [(float(time), line[1], int(line[0])) for time, *line in taken]
        tagged = (one for one in self.schools.log if one.unit[:1].isdigit())
        signs += [(one.received, one.key, int(one.unit.split()[0])) for one in tagged]
        return longest_wait(signs, self._hits)

    @contextmanager
    def _nursery(self) -> Iterator[Callable[[], int]]:
        """Yield a function that starts a worker and returns its process id."""
        job = {
            "settings": self.schools.settings,
            "url": self.url,
            "settling": self.settling,
            "concurrency": self.schools.keys,
            "until_done": False,
            "taken": str(self._taken),
        }
        file = self.folder / "job.json"
        file.write_text(json.dumps(job))
        command = [sys.executable, "-m", "tests.fleet.postgres.forked_worker", str(file)]
        with (
            (self.folder / "workers.log").open("a") as log,
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as nursery,
        ):
            assert nursery.stdin is not None
            assert nursery.stdout is not None

            def start() -> int:
                assert nursery.stdin is not None
                assert nursery.stdout is not None
                nursery.stdin.write("start\n")
                nursery.stdin.flush()
                return int(nursery.stdout.readline())

            try:
                yield start
            finally:
                for worker in [*self._running, *(one for _, one in self._frozen)]:
                    _signal(worker, signal.SIGKILL)
                self._running.clear()
                self._frozen.clear()
                nursery.stdin.close()

    # Events

    def _kill(self) -> None:
        worker = self._rng.choice(self._running)
        self._signal(worker, signal.SIGKILL)
        self._running.remove(worker)

    def _stop(self) -> None:
        """Stop a worker as systemd does: it finishes its organizations."""
        worker = self._rng.choice(self._running)
        self._signal(worker, signal.SIGTERM)
        self._running.remove(worker)
        self._frozen.append((time.monotonic() + 30, worker))

    def _freeze(self) -> None:
        """Freeze a worker. Half of them lose their sessions meanwhile, so that others take over. All go on later."""
        worker = self._rng.choice(self._running)
        self._signal(worker, signal.SIGSTOP)
        self._running.remove(worker)
        fate = self._rng.choice(("loses its sessions", "loses its sessions", "goes on", "is killed"))
        self.happened[f"frozen, {fate}"] += 1
        if fate == "loses its sessions":
            self._cut_sessions(worker)
        if fate == "is killed":
            time.sleep(1)
            self._signal(worker, signal.SIGKILL)
        else:
            self._frozen.append((time.monotonic() + self._rng.uniform(1, 8) * self.pause + self.settling, worker))

    def _signal(self, worker: int, number: int) -> None:
        _signal(worker, number)
        self._hits.append((time.monotonic(), worker))

    def _thaw(self) -> None:
        now = time.monotonic()
        for due, worker in list(self._frozen):
            if due <= now:
                self._signal(worker, signal.SIGCONT)
                self._frozen.remove((due, worker))
                self._running.append(worker)
        self._running = [worker for worker in self._running if _signal(worker, 0)]
        while len(self._running) > self.workers:
            self._signal(self._running.pop(0), signal.SIGKILL)

    def _cut(self) -> None:
        self._cut_sessions(self._rng.choice(self._running))

    def _cut_sessions(self, worker: int) -> None:
        self._hits.append((time.monotonic(), worker))
        with psycopg.connect(self.url, autocommit=True) as session:
            session.execute(_TERMINATE, [f"worker-{worker}"])

    def _restart(self) -> None:
        self.server.restart(self._rng.choice(("fast", "immediate")))
        self._hits.append((time.monotonic(), None))

    def _empty(self) -> None:
        self._change_queue(_EMPTY)

    def _double(self) -> None:
        self._change_queue(_DOUBLE)

    def _shuffle(self) -> None:
        self._change_queue(_SHUFFLE)

    def _change_queue(self, statement: str) -> None:
        with suppress(psycopg.errors.UndefinedTable), psycopg.connect(self.url, autocommit=True) as session:
            session.execute(statement.encode())

    # Judgement

    def _judge(self) -> None:
        self.wrong += self.schools.missing()
        self.wrong += overlaps(self.schools.log)
        self.pauses.append(longest_gap(self.schools.log))
        self.waits.append(self._longest_wait())
        if not all(one.unit or one.path.endswith("/token") for one in self.schools.log):
            self.wrong.append("a request has no unit")
        store = PostgresStore(self.url)
        for number in range(self.schools.organizations):
            verify_audit(store.audit_lines(f"school-{number:03}"))
        with psycopg.connect(self.url) as session:
            states = session.execute(
                "SELECT state, reason, count(*) FROM orgsdk_fleet.units WHERE epoch = (SELECT max(epoch) FROM"
                " orgsdk_fleet.runs) AND state <> 'done' GROUP BY 1, 2"
            ).fetchall()
            self.wrong += [f"{many} organizations are {state}: {reason}" for state, reason, many in states]
            doubled = session.execute(
                "SELECT name, content FROM (SELECT name, content, count(*) OVER (PARTITION BY name, plan_hash,"
                " (convert_from(content, 'UTF8')::json ->> 'write')) AS times FROM orgsdk_fleet.audits) AS lines"
                " WHERE times > 1 LIMIT 3"
            ).fetchall()
            self.wrong += [f"the audit of {name} has two lines of one write" for name, _ in doubled]
        store.close()


def _night(number: int) -> date:
    return date(2026, 1, 1) + timedelta(days=number)


def _signal(worker: int, number: int) -> bool:
    """Send a signal; return whether the process is there."""
    try:
        os.kill(worker, number)
    except ProcessLookupError:
        return False
    return True
