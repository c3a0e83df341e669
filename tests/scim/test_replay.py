"""What identity providers send, replayed over each provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scim.gateways import PROVIDERS, Backend, running, serving
from tests.scim.replay import IDENTITY_PROVIDERS, Replay, steps_of

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox import Sandbox

__all__ = ["running"]

pytestmark = pytest.mark.anyio


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
