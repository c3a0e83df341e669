"""Random fleets with failures and interruptions."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fleet.fleets import World
from tests.fleet.random_fleets import RandomFleet, random_fleets, run_nights


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(fleet=random_fleets())
def test_whatever_fails_the_next_nights_reach_every_organization(fleet: RandomFleet, backend: str) -> None:
    with TemporaryDirectory() as folder:
        anyio.run(run_nights, fleet, World(Path(folder)), backend=backend)


@pytest.mark.proof
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(fleet=random_fleets())
def test_1000_random_fleets_reach_every_organization(fleet: RandomFleet) -> None:
    with TemporaryDirectory() as folder:
        anyio.run(run_nights, fleet, World(Path(folder)))
