"""Several workers that are killed, frozen and cut off: every organization is as its roster, and nothing is done twice.

`python -m pytest -m proof tests/fleet/postgres` is the full run. What was worked on at once is judged by the log of the
sandbox's servers.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.fleet.postgres.chaos import Chaos
from tests.fleet.postgres.schools import Schools
from tests.postgres import running_postgres
from tests.reliability.counters import COUNTS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.undocumented("the requests of the workers do not pass this process"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed workers are forked"),
]
_EVENTS = {"kill": 100, "freeze": 20, "cut": 20, "restart": 5, "stop": 5}
_VANDALISM = {"empty": 20, "double": 20, "shuffle": 20, "kill": 20}
_FEW = {"kill": 4, "freeze": 2, "cut": 1, "restart": 1, "stop": 1, "empty": 1, "double": 3, "shuffle": 1}


def run(name: str, schools: Schools, events: dict[str, int], folder: Path, *, settling: float, pause: float) -> None:
    with schools.serve(), running_postgres() as server, server.database() as url:
        chaos = Chaos(schools, server, url, folder, 3, settling, pause)
        chaos.run(events)
    happened = ", ".join(f"{many} {event}" for event, many in sorted(chaos.happened.items()))
    COUNTS.append(
        f"fleet, {name}: {schools.organizations} organizations of {schools.keys} keys, {schools.night} nights, "
        f"{happened}; {len(chaos.wrong)} wrong, a key was left alone for {max(chaos.pauses):.1f} s at most, "
        f"{max(chaos.waits):.1f} s at most after the last event of its worker"
    )
    sys.stderr.write((folder / "workers.log").read_text()[-20_000:])  # shown if the test fails
    assert chaos.wrong == []
    assert max(chaos.waits) <= 30


def test_a_fleet_survives_a_few_of_everything(postgres: str, tmp_path: Path) -> None:
    del postgres  # skipped where there is none
    schools = Schools(organizations=16, keys=8, people=10, latency=0.05)
    run("sample", schools, _FEW, tmp_path, settling=0.5, pause=0.5)


@pytest.mark.proof
@pytest.mark.parametrize(("name", "events"), [("workers and database", _EVENTS), ("queue", _VANDALISM)])
def test_a_fleet_survives_kills_freezes_cuts_and_restarts(
    name: str, events: dict[str, int], postgres: str, tmp_path: Path
) -> None:
    del postgres
    run(name, Schools(organizations=200, keys=20, people=20, latency=0.05), events, tmp_path, settling=5, pause=1)


@pytest.mark.proof
def test_another_worker_takes_over_within_30_seconds(postgres: str, tmp_path: Path) -> None:
    del postgres
    schools = Schools(organizations=400, keys=20, people=60, latency=0.2)
    with schools.serve(), running_postgres() as server, server.database() as url:
        chaos = Chaos(schools, server, url, tmp_path, 3, 5, 1)
        chaos.measure_takeovers(10)
    assert chaos.wrong == []
    found = sorted(chaos.takeovers)
    happened = ", ".join(f"{many} {event}" for event, many in sorted(chaos.happened.items()))
    median = found[len(found) // 2]
    COUNTS.append(f"fleet, takeover: {happened}; {len(found)} keys, median {median:.1f} s, longest {found[-1]:.1f} s")
    assert found[-1] <= 30
