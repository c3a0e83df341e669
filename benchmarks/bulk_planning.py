"""Plan rosters of 100,000 and 1,000,000 rows: CPU time and peak memory of the process that plans.

`python -m benchmarks.bulk_planning` serves the sandbox in a separate process, so that its time is not measured. It
plans in a fresh process for each size, roster and provider: it reads the file and the organization, and creates and
saves the plan. Nothing is applied.
"""

from __future__ import annotations

import argparse
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
from typing import TYPE_CHECKING, Final, cast

import anyio

from benchmarks import figures

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import IO

    from orgsdk import OrgClient

USERS: Final = (100_000, 1_000_000)
PROVIDERS: Final = ("flat", "logto")
ROSTERS: Final = {
    "unchanged": "nothing to do",
    "changed": "5 % changed, 2 % new, 2 % gone",
    "others": "all are others",
}
"""The rosters, with what each asks for."""
LIMITS: Final = {
    (100_000, "flat", "unchanged"): (7.5, 120),
    (100_000, "flat", "changed"): (7.5, 120),
    (100_000, "flat", "others"): (15, None),
    (1_000_000, "flat", "unchanged"): (75, 400),
    (1_000_000, "logto", "unchanged"): (110, None),
}
"""The most seconds of CPU and MiB, by size, provider and roster."""
PAGE: Final = Path(__file__).parent.parent / "docs" / "bulk.md"
COMMAND: Final = "python -m benchmarks.bulk_planning --write"

_COLUMNS = ("external_id", "username", "email", "given_name", "family_name", "roles")


@dataclass(frozen=True, slots=True)
class Planned:
    """The figures of one plan: CPU and wall seconds, the peak memory of the process in MiB, the number of writes."""

    users: int
    provider: str
    roster: str
    cpu: float
    wall: float
    mib: float
    writes: int

    @property
    def limits(self) -> str:
        """Return the limits of these figures as text; empty if there are none."""
        seconds, mib = LIMITS.get((self.users, self.provider, self.roster), (None, None))
        return ", ".join(f"{limit} {unit}" for limit, unit in ((seconds, "s"), (mib, "MiB")) if limit is not None)


def main() -> None:
    arguments = _arguments()
    if arguments.write:
        figures.require_quiet_machine()
    found: list[Planned] = []
    for users in arguments.users:
        for planned in measure(users, arguments.provider, arguments.roster):
            found.append(planned)
            limits = f"  (limit: {planned.limits})" if planned.limits else ""
            print(
                f"{users:9,} users  {planned.provider:6} {planned.roster:10} {planned.cpu:6.1f} s CPU "
                f"{planned.wall:6.1f} s wall {planned.mib:5.0f} MiB {planned.writes:9,} writes{limits}",
                flush=True,
            )
    if arguments.write:
        figures.write_figures(PAGE, COMMAND, table_of(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk_planning", description=__doc__)
    sizes = " and ".join(f"{users:,}" for users in USERS)
    parser.add_argument(
        "users",
        nargs="*",
        type=figures.number,
        default=USERS,
        metavar="USERS",
        help=f"number of rows, and of members (default: {sizes})",
    )
    parser.add_argument("--provider", choices=PROVIDERS, action="append", help="plan for this provider only")
    parser.add_argument(
        "--roster",
        choices=ROSTERS,
        action="append",
        help="plan this roster only: "
        + "; ".join(f"{name}: {what}" for name, what in ROSTERS.items()).replace("%", "%%"),
    )
    parser.add_argument("--write", action="store_true", help="write the figures to docs/bulk.md; needs a quiet machine")
    arguments = parser.parse_args()
    arguments.provider = arguments.provider or PROVIDERS
    arguments.roster = arguments.roster or tuple(ROSTERS)
    if arguments.write and (tuple(arguments.users), tuple(arguments.provider)) != (USERS, PROVIDERS):
        parser.error("--write publishes all sizes and providers: leave out USERS and --provider")
    return arguments


def measure(
    users: int, providers: Iterable[str] = PROVIDERS, rosters: Collection[str] = tuple(ROSTERS)
) -> Iterator[Planned]:
    """Yield the figures of one size for each roster and provider."""
    with tempfile.TemporaryDirectory() as folder, _sandbox(users) as settings:
        for roster in rosters:
            path = Path(folder) / f"{roster}.csv"
            write_roster(path, users, roster)
            for provider in providers:
                details = _run("plan", provider, str(path), json.dumps(settings))
                yield Planned(users=users, provider=provider, roster=roster, **json.loads(details))


def table_of(found: Iterable[Planned]) -> list[str]:
    """Return the lines of the table in the documentation."""
    rows = [
        (
            f"{planned.users:,}",
            planned.provider.capitalize(),
            ROSTERS[planned.roster],
            f"{planned.writes:,}",
            f"{planned.cpu:.1f} s",
            f"{planned.mib:.0f} MiB",
        )
        for planned in found
    ]
    return figures.table(("users", "provider", "roster", "writes", "CPU", "peak memory"), rows)


def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.bulk_planning", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def _sandbox(users: int) -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "benchmarks.bulk_planning", "serve", str(users)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(cast("IO[str]", process.stdout).readline())
        finally:
            process.kill()


def _serve(users: int) -> None:
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.roster import Person

    sandbox = Sandbox([Person(**_person(number), role=_role(number), group=None) for number in range(users)])
    sandbox.flat.rate_limit = 10**9  # waiting is not planning
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


def write_roster(path: Path, users: int, roster: str) -> None:
    """Write one of the rosters as a CSV file."""
    first = {"unchanged": 0, "changed": users // 50, "others": users}[roster]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_COLUMNS)
        for number in range(first, first + users):
            person = _person(number)
            renamed = roster == "changed" and number % 20 == 0
            names = ("Renamed" if renamed else person["first_name"], person["last_name"])
            rows.writerow([person["external_id"], person["username"], person["email"], *names, _role(number)])


def _plan(provider: str, path: str, settings: dict[str, str]) -> None:
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
    print(json.dumps({"cpu": cpu, "wall": wall, "mib": peak, "writes": writes}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", users]:
            _serve(int(users))
        case ["plan", provider, path, settings]:
            _plan(provider, path, json.loads(settings))
        case _:
            main()
