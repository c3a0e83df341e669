"""What identity providers send, replayed over each provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.sandbox import Sandbox
from orgsdk.sandbox.roster import Person
from tests.conftest import unmeasured_threads
from tests.scim.gateways import PROVIDERS, Backend, serving
from tests.scim.replay import IDENTITY_PROVIDERS, Replay, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    people = [Person(f"S{n}", f"lou{n}", f"lou{n}@example.org", "Lou", str(n), "student", None) for n in range(5)]
    sandbox = Sandbox(people)
    with unmeasured_threads():
        sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.mark.parametrize("identity_provider", IDENTITY_PROVIDERS)
@pytest.mark.parametrize("provider", PROVIDERS)
async def test_replay(provider: str, identity_provider: str, running: Sandbox, tmp_path: Path) -> None:
    running.reset()
    backend = Backend(provider, running)
    async with backend.client() as client:
        options, organization = backend.options(), backend.organization
        async with serving(client, tmp_path, options=options, organization=organization) as idp:
            await idp.get("/Users?count=1")
            replay = Replay(idp, backend, client.organization(organization))
            assert await replay.run(steps_of(identity_provider)) >= 7
