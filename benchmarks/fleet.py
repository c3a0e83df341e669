"""Run a fleet's nights: requests of each organization, peak memory of the process, and time of a hand-out.

`python -m benchmarks.fleet` serves thousands of organizations in a separate process, so that its memory is not
measured. It runs each night in a fresh process, with the store in SQLite: one night in which every roster has changed
by 1 %, one in which nothing has changed and every organization is verified, one in which unchanged rosters are skipped,
and one in which every roster has changed by 1 % and has external ids, so that Logto's accounts are read once a tenant.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict, cast

import anyio
import anyio.to_thread

from benchmarks import figures
from benchmarks.fleet_servers import make_schools

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from typing import IO

    from orgsdk.fleet import Fleet, FleetStore
    from orgsdk.fleet.observer import UnitObservation

Night: TypeAlias = Literal["changed", "verified", "skipped", "identified"]
NIGHTS: Final[dict[Night, str]] = {
    "changed": "1 % of each roster has changed",
    "verified": "nothing has changed, everything is verified",
    "skipped": "nothing has changed, rosters are compared",
    "identified": "1 % of each roster has changed, rows have external ids",
}
SIZES: Final = (500, 5_000)
PEOPLE: Final = 200
TENANTS: Final = 10
LOGTO_PAGE: Final = 100
MAX_REQUESTS: Final[dict[tuple[Night, str], int]] = {
    ("changed", "flat"): 25,
    ("changed", "logto"): 60,
    ("verified", "flat"): 2,
    ("verified", "logto"): 4,
    ("skipped", "flat"): 0,
    ("skipped", "logto"): 0,
    ("identified", "flat"): 25,
    ("identified", "logto"): 60,
}
"""The most requests of one organization, by night and provider.

If rows have external ids, one organization of each Logto tenant also reads all accounts, in at most three rounds.
"""
MAX_MIB: Final = 400
MAX_HANDOUT_MS: Final = 10.0
PAGE: Final = Path(__file__).parent.parent / "docs" / "how-to" / "fleet-every-night.md"
COMMAND: Final = "python -m benchmarks.fleet --write"
_SECRETS: Final = {"FLAT_ACCESS_TOKEN", "LOGTO_APP_SECRET"}
# Of 200 people, 2 are changed: in turns 2 others names, one other name and one new user, and one new and one gone.
_CHANGES: Final[tuple[Changes, ...]] = (
    {"renamed": 2, "new": 0, "gone": 0},
    {"renamed": 1, "new": 1, "gone": 0},
    {"renamed": 0, "new": 1, "gone": 1},
)


class Changes(TypedDict):
    """How many users of a roster are changed."""

    renamed: int
    new: int
    gone: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one night.

    Attributes:
        organizations: Number of organizations.
        people: Number of members of each, before the first night.
        night: The night.
        states: Number of organizations by the state that they ended in.
        requests: Number of requests of the organization that needed most, by provider.
        median: Median number of requests of an organization, by provider.
        total: Number of requests.
        seconds: Seconds of the night.
        mib: Peak memory of the process in MiB.
        handout_ms: Median time in milliseconds to hand out an organization of a key, without other work.
    """

    organizations: int
    people: int
    night: Night
    states: dict[str, int]
    requests: dict[str, int]
    median: dict[str, float]
    total: int
    seconds: float
    mib: float
    handout_ms: float

    def problems(self) -> list[str]:
        """Return what of these figures is above its limit, or is no success."""
        found = [
            f"{provider}: {number} requests of one organization, {limit} at most"
            for provider, number in self.requests.items()
            if number > (limit := self._most_requests(provider))
        ]
        if self.mib > MAX_MIB:
            found.append(f"{self.mib:.0f} MiB, {MAX_MIB} at most")
        if self.handout_ms > MAX_HANDOUT_MS:
            found.append(f"{self.handout_ms:.1f} ms for a hand-out, {MAX_HANDOUT_MS:.0f} at most")
        if self.states.keys() - {"done", "unchanged"}:
            found.append(f"not all organizations are done: {self.states}")
        return found

    def _most_requests(self, provider: str) -> int:
        accounts = self.organizations * self.people / 2 / TENANTS if provider == "logto" else 0
        lists = 3 if self.night == "identified" else 0
        return MAX_REQUESTS[self.night, provider] + lists * ceil(accounts / LOGTO_PAGE)


def main() -> None:
    arguments = _arguments()
    if arguments.write:
        figures.require_quiet_machine()
    found: list[Measured] = []
    for organizations in arguments.organizations:
        for measured in measure(organizations, arguments.people):
            found.append(measured)
            print(line_of(measured), flush=True)
            for problem in measured.problems():
                print(f"  ABOVE ITS LIMIT: {problem}", flush=True)
    if arguments.write:
        figures.write_figures(PAGE, COMMAND, table_of(found))
    raise SystemExit(1 if any(measured.problems() for measured in found) else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument(
        "organizations",
        nargs="*",
        type=figures.number,
        default=SIZES,
        metavar="ORGANIZATIONS",
        help=f"number of organizations (default: {' and '.join(f'{size:,}' for size in SIZES)})",
    )
    parser.add_argument("--people", type=figures.number, default=PEOPLE, help=f"members of each (default: {PEOPLE})")
    parser.add_argument("--write", action="store_true", help=f"write the figures to {PAGE.name}; needs a quiet machine")
    return parser.parse_args()


def measure(organizations: int, people: int = PEOPLE, *, nights: Iterable[Night] = tuple(NIGHTS)) -> Iterator[Measured]:
    """Yield the figures of each night of one fleet."""
    with tempfile.TemporaryDirectory() as name, _servers(organizations, people) as settings:
        folder = Path(name)
        schools = make_schools(organizations, people, TENANTS)
        for number, school in enumerate(schools):
            school.write_roster(folder / f"{school.name}.csv", **_CHANGES[number % len(_CHANGES)])
        with (folder / "schools.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["name", "credentials", "organization", "roster"])
            for school in schools:
                organization = school.organization_id if school.provider == "logto" else ""
                rows.writerow([school.name, school.credentials, organization, f"{school.name}.csv"])
        (folder / "secrets.json").write_text(json.dumps(settings), "utf-8")
        for night in nights:
            if night == "identified":
                for number, school in enumerate(schools):
                    before = _CHANGES[number % len(_CHANGES)]
                    changes: Changes = {**before, "new": before["new"] + 1, "gone": before["gone"] + 1}
                    school.write_roster(folder / f"{school.name}.csv", external_ids=True, **changes)
            (folder / "fleet.toml").write_text(_configuration(settings, night), "utf-8")
            details = json.loads(_run("night", name))
            yield Measured(organizations=organizations, people=people, night=night, **details)


def _configuration(settings: dict[str, dict[str, str]], night: Night) -> str:
    """Return the configuration of a fleet, with references to all secrets."""
    lines = [
        'organizations = "schools.csv"',
        "[fleet]",
        f"verify_share = {1.0 if night == 'verified' else 0.0}",
        "[policies.school]",
        'remove = "membership"',
        "[defaults]",
        'policy = "school"',
    ]
    for name, variables in settings.items():
        provider = "flat" if "FLAT_ACCESS_TOKEN" in variables else "logto"
        lines += [f"[credentials.{name}]", f'provider = "{provider}"']
        lines += [
            f'{variable} = "env:{name}"' if variable in _SECRETS else f'{variable} = "{value}"'
            for variable, value in variables.items()
        ]
    return "\n".join([*lines, ""])


def line_of(measured: Measured) -> str:
    """Return the figures of a night in one line."""
    most = ", ".join(
        f"{provider} {number}, median {measured.median[provider]:g}" for provider, number in measured.requests.items()
    )
    return (
        f"{measured.organizations:7,} organizations  {measured.night:9} {measured.seconds:7.1f} s "
        f"{measured.total:9,} requests (most: {most}) {measured.mib:5.0f} MiB {measured.handout_ms:5.1f} ms a hand-out"
    )


def table_of(found: Iterable[Measured]) -> list[str]:
    """Return the lines of the table in the documentation."""
    rows = [
        (
            f"{one.organizations:,}",
            NIGHTS[one.night],
            _cell(one, "flat"),
            _cell(one, "logto"),
            f"{one.total:,}",
            f"{one.seconds:,.0f} s",
            f"{one.mib:.0f} MiB",
            f"{one.handout_ms:.1f} ms",
        )
        for one in found
    ]
    head = (
        "organizations",
        "night",
        "most requests, Flat",
        "Logto",
        "all requests",
        "time",
        "peak memory",
        "hand-out",
    )
    return figures.table(head, rows, numbers={0, 2, 3, 4, 5, 6, 7})


def _cell(measured: Measured, provider: str) -> str:
    """Return the most requests of an organization, and the median if that is another number."""
    most, median = measured.requests.get(provider, 0), measured.median.get(provider, 0)
    return f"{most:,}" if most == median else f"{most:,} (median {median:g})"


def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.fleet", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def _servers(organizations: int, people: int) -> Generator[dict[str, dict[str, str]]]:
    command = [sys.executable, "-m", "benchmarks.fleet_servers", str(organizations), str(people), str(TENANTS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(cast("IO[str]", process.stdout).readline())
        finally:
            process.kill()


def _night(folder: Path) -> None:
    """Run one night in this process, and print its figures."""
    from orgsdk.fleet import Fleet, FleetObserver

    counts: dict[tuple[str, str], int] = {}

    class RequestCounter(FleetObserver):
        @contextmanager
        def unit(self, observation: UnitObservation) -> Generator[None]:
            yield
            of_unit = (observation.provider, observation.name)
            counts[of_unit] = counts.get(of_unit, 0) + observation.requests

    settings: dict[str, dict[str, str]] = json.loads((folder / "secrets.json").read_text("utf-8"))
    secrets = {
        name: value for name, values in settings.items() for variable, value in values.items() if variable in _SECRETS
    }
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    started = time.perf_counter()
    fleet = Fleet.load(folder / "fleet.toml", environ=secrets, observer=RequestCounter())
    report = anyio.run(fleet.sync)
    seconds = time.perf_counter() - started
    handouts = anyio.run(_measure_handouts, fleet)
    states = {column: number for column, number in report.progress.total.counts.items() if number}
    of_provider: dict[str, list[int]] = {}
    for (provider, _), number in counts.items():
        of_provider.setdefault(provider, []).append(number)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    print(
        json.dumps(
            {
                "states": states,
                "requests": {provider: max(numbers) for provider, numbers in of_provider.items()},
                "median": {provider: statistics.median(numbers) for provider, numbers in of_provider.items()},
                "total": sum(counts.values()),
                "seconds": seconds,
                "mib": peak,
                "handout_ms": statistics.median(handouts),
            }
        )
    )


async def _measure_handouts(fleet: Fleet) -> list[float]:
    """Start a run, and measure how long the first organization of each key takes: lock, run, key and unit, in ms."""
    async with fleet.context() as context:
        started = await fleet.start("plan")
        handouts = await anyio.to_thread.run_sync(_hand_out, context.store, started.epoch)
        await fleet.cancel()
    return handouts


def _hand_out(store: FleetStore, epoch: int) -> list[float]:
    handouts: list[float] = []
    for key in store.keys(epoch):
        start = time.perf_counter()
        session = store.open_key(epoch, key.key)
        session.run(), session.record(), session.next_unit(("planning", "waiting"))
        handouts.append(1_000 * (time.perf_counter() - start))
        session.close()
    return handouts


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["night", folder]:
            _night(Path(folder))
        case _:
            main()
