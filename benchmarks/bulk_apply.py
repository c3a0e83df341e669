"""Apply 10,000 new users: requests, share of the ideal at 50 ms, time with each provider's rate limit, a journal.

`python -m benchmarks.bulk_apply` uses the sandbox's servers in memory, on virtual time: times are pure waiting
times, the same on every machine. Only the journal is measured with the real clock and disk.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from benchmarks import figures
from orgsdk import OrgClient, bulk
from orgsdk.bulk import UserSpec
from orgsdk.transport import errors, throttle
from tests.reliability import network
from tests.reliability.event_loops import run_virtually
from tests.reliability.servers import NAMES, Name, SimulatedServers
from tests.reliability.simulation import scenario_of

if TYPE_CHECKING:
    from typing import Self

USERS = 10_000
IN_FLIGHT, LATENCY = 16, 0.05
ROLES = {"flat": ("user", "teacher"), "logto": ("student", "teacher", "admin")}
REQUESTS_PER_USER = {"flat": 1.01, "logto": 1.03}
REQUESTS_AGAIN = {"flat": 13, "logto": 105}
MIN_SHARE, MAX_TIME, JOURNAL_MS = 0.8, 1.1, 2.0


def main() -> None:
    users: int = _arguments().users
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        network.LATENCY = LATENCY / 2  # each way
        for name in NAMES:
            run_virtually(partial(_unlimited, name, users), "asyncio")
            run_virtually(partial(_limited, name, users), "asyncio")
        for concurrency in (1, 4, IN_FLIGHT):
            anyio.run(_journal, Path(folder), concurrency, min(users, 2_000))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk_apply", description=__doc__)
    parser.add_argument(
        "users",
        nargs="?",
        type=figures.number,
        default=USERS,
        metavar="USERS",
        help=f"number of new users (default: {USERS:,})",
    )
    return parser.parse_args()


def roster(name: Name, users: int) -> list[UserSpec]:
    """Return new users with one role each."""
    roles = ROLES[name]
    return [
        UserSpec(
            username=f"new_{number}",
            email=f"new{number}@example.com",
            given_name="New",
            family_name=f"User {number}",
            roles=(roles[number % len(roles)],),
        )
        for number in range(users)
    ]


async def _unlimited(name: Name, users: int) -> None:
    servers = SimulatedServers.of(name)
    async with scenario_of(servers) as (scenario, network):
        servers.flat.rate_limit, servers.flat.page_cap = 10**9, None
        plan = await bulk.plan(scenario.org, roster(name, users))
        before, start = network.sent, anyio.current_time()
        report = await bulk.apply(plan, scenario.org, concurrency=IN_FLIGHT)
        requests, seconds = network.sent - before, anyio.current_time() - start
        before = network.sent
        again = await bulk.plan(scenario.org, roster(name, users))
        await bulk.apply(again, scenario.org)
        read = network.sent - before
    share = users * LATENCY / IN_FLIGHT / seconds
    print(f"{name:6} {report.summary()}")
    print(f"{name:6} {requests / users:.4f} requests per user (limit {REQUESTS_PER_USER[name]})")
    print(f"{name:6} {share:.3f} of the ideal at {IN_FLIGHT} in flight and 50 ms (limit {MIN_SHARE})")
    print(f"{name:6} the second run: {len(again.writes)} writes, {read} requests (limit {REQUESTS_AGAIN[name]})")


async def _limited(name: Name, users: int) -> None:
    servers = SimulatedServers.of(name)
    errors.datetime = throttle.datetime = _clock_of(servers)  # type: ignore[attr-defined]  # the client uses the server's clock
    async with scenario_of(servers) as (scenario, _network):
        servers.flat.page_cap = None
        if name == "logto":
            servers.logto.rate_limit = (200, 10.0)
        plan = await bulk.plan(scenario.org, roster(name, users))
        servers.requests.clear()
        start = anyio.current_time()
        report = await bulk.apply(plan, scenario.org, concurrency=IN_FLIGHT)
        seconds = anyio.current_time() - start
        needed = sum(exchange.status is not None and exchange.status < 300 for exchange in servers.requests)
    # Logto: a bucket of 200, then 20 a second. Flat: 7,200 at once, then as many after each hour.
    ideal = max(0.0, needed - 200) / 20 if name == "logto" else (needed - 1) // 7200 * 3600.0
    details = f"{seconds / ideal:.3f} x the time that the limit allows" if ideal else "the limit is not reached"
    print(f"{name:6} with its rate limit: {seconds:.0f} s, {details} (limit {MAX_TIME}); {report.summary()}")


def _clock_of(servers: SimulatedServers) -> type[datetime]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(servers.now(), tz)

    return Clock


async def _journal(folder: Path, concurrency: int, users: int) -> None:
    taken: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(6):
        with_journal = turn % 2 == 1
        async with OrgClient.memory() as client:
            org = client.organization()
            plan = await bulk.plan(org, roster("logto", users))
            path = folder / f"journal-{concurrency}-{turn}" if with_journal else None
            start = time.perf_counter()
            await bulk.apply(plan, org, concurrency=concurrency, journal=path)
            taken[with_journal].append(time.perf_counter() - start)
    cost = (min(taken[True]) - min(taken[False])) / users * 1000
    print(f"a journal costs {cost:.2f} ms per write with {concurrency} in flight (limit {JOURNAL_MS} at {IN_FLIGHT})")


if __name__ == "__main__":
    main()
