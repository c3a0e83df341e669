"""Plan 100,000 rows against 100,000 members: CPU time and peak memory of the planning process.

`python -m benchmarks.bulk_planning` runs the sandbox in a separate process, and plans in a fresh process for each
provider and roster: it reads the file and the organization, and creates and saves the plan. Nothing is applied.
"""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from orgsdk import OrgClient

PEOPLE = 100_000
ROSTERS = ("unchanged", "9 % differ", "all differ")
LIMIT_SECONDS, LIMIT_MIB = 20.0, 300.0
_COLUMNS = ("external_id", "username", "email", "given_name", "family_name", "roles")


@dataclass(frozen=True, slots=True)
class Planned:
    """The figures of one plan: CPU and wall seconds, the peak memory of the process in MiB, the number of writes."""

    provider: str
    roster: str
    cpu: float
    wall: float
    mib: float
    writes: int


def main() -> None:
    print(f"planning {PEOPLE:,} rows against {PEOPLE:,} members (limit {LIMIT_SECONDS:.0f} s CPU, {LIMIT_MIB:.0f} MiB)")
    for planned in measure():
        print(
            f"{planned.provider:6} {planned.roster:12} {planned.cpu:5.1f} s CPU {planned.wall:6.1f} s wall "
            f"{planned.mib:5.0f} MiB {planned.writes:7,} writes"
        )


def measure(people: int = PEOPLE) -> Iterator[Planned]:
    """Yield the figures for each provider and roster."""
    with tempfile.TemporaryDirectory() as folder, _sandbox(people) as settings:
        for roster in ROSTERS:
            path = Path(folder) / f"{ROSTERS.index(roster)}.csv"
            _write(path, people, roster)
            for provider in ("flat", "logto"):
                details = _run("plan", provider, roster, str(path), json.dumps(settings))
                yield Planned(**json.loads(details))


def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.bulk_planning", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def _sandbox(people: int) -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "benchmarks.bulk_planning", "serve", str(people)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(cast("IO[str]", process.stdout).readline())
        finally:
            process.kill()


def _serve(people: int) -> None:
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.roster import Person

    sandbox = Sandbox([Person(**_person(number), role=_role(number), group=None) for number in range(people)])
    sandbox.start()
    logto = sandbox.logto
    settings = {"flat_url": sandbox.flat_url, "flat_token": sandbox.flat.token, "logto_url": sandbox.logto_url}
    settings |= {"app_id": logto.app_id, "app_secret": logto.app_secret, "organization": logto.organization_id}
    print(json.dumps(settings), flush=True)
    sys.stdin.read()


def _person(number: int) -> dict[str, str]:
    return {
        "external_id": f"S{number:07}",
        "username": f"user{number:07}",
        "email": f"user{number:07}@school.example.org",
        "first_name": f"Given{number % 997}",
        "last_name": f"Family{number % 991}",
    }


def _role(number: int) -> str:
    return "teacher" if number % 10 == 0 else "student"


def _write(path: Path, people: int, roster: str) -> None:
    first = people if roster == "all differ" else people // 50 if roster == "9 % differ" else 0
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_COLUMNS)
        for number in range(first, first + people):
            person = _person(number)
            renamed = roster == "9 % differ" and number % 20 == 0
            names = ("Renamed" if renamed else person["first_name"], person["last_name"])
            rows.writerow([person["external_id"], person["username"], person["email"], *names, _role(number)])


def _plan(provider: str, roster: str, path: str, settings: dict[str, str]) -> None:
    from orgsdk import bulk

    def client() -> OrgClient:
        from orgsdk import OrgClient
        from orgsdk.providers import Flat, Logto

        if provider == "flat":
            return OrgClient(Flat(settings["flat_token"], base_url=settings["flat_url"]))
        logto = Logto(settings["logto_url"], app_id=settings["app_id"], app_secret=settings["app_secret"])
        return OrgClient(logto, organization=settings["organization"])

    async def planned() -> int:
        names = {"student": "user"} if provider == "flat" else {"student": "student"}
        async with client() as connected:
            rows = bulk.read_csv(path, roles={**names, "teacher": "teacher"})
            plan = await bulk.plan(connected.organization(), rows, bulk.Policy(remove="membership"))
            plan.save(f"{path}.plan")
            return len(plan.writes)

    start, used = time.perf_counter(), time.process_time()
    writes = anyio.run(planned)
    cpu, wall = time.process_time() - used, time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    details = {"provider": provider, "roster": roster, "cpu": cpu, "wall": wall, "mib": peak, "writes": writes}
    print(json.dumps(details))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", people]:
            _serve(int(people))
        case ["plan", provider, roster, path, settings]:
            _plan(provider, roster, path, json.loads(settings))
        case _:
            main()
