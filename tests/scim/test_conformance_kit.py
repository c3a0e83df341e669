"""orgsdk's own SCIM provider passes the conformance kit against the gateway over each provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from orgsdk import Capability, OrgClient
from orgsdk.providers import SCIM
from orgsdk.providers.scim import SCIMServer
from orgsdk.scim import IdMap, gateway
from orgsdk.testing.conformance import CHECKS, CheckContext, run_checks
from tests.scim.gateways import TOKEN, Backend, running

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox import Sandbox
    from orgsdk.testing.conformance import ConformanceReport

__all__ = ["running"]

pytestmark = pytest.mark.undocumented("the gateway's own address is none of a provider's document")

# Discovery cannot announce that groups are fixed, as those over Flat are: it is passed to the provider.
LACKING = {"flat": {Capability.ROLES_CREATE, Capability.ROLES_UPDATE, Capability.ROLES_REMOVE}}


@pytest.mark.parametrize(
    "name", ["memory", *(pytest.param(each, marks=pytest.mark.proof) for each in ("logto", "workos", "flat"))]
)
def test_the_gateway_fails_no_check_of_the_provider(name: str, running: Sandbox, tmp_path: Path) -> None:
    running.reset()
    backend = Backend(name, running)

    async def main() -> ConformanceReport:
        id_map = IdMap.open(tmp_path / "scim.db")
        async with backend.client() as target:
            app = gateway(
                target, options=backend.options(), tokens=[TOKEN], id_map=id_map, organization=backend.organization
            )
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
                asked = SCIM("http://127.0.0.1/v2", token=TOKEN, http_client=http)
                await asked.discover()
                server = SCIMServer(capabilities=asked.capabilities - LACKING.get(name, set()))
                provider = SCIM("http://127.0.0.1/v2", token=TOKEN, http_client=http, server=server)
                async with OrgClient(provider) as client:
                    report = await run_checks(CheckContext(client, max_users=10, known_secrets=[TOKEN]), CHECKS)
        await id_map.aclose()
        return report

    report = anyio.run(main)
    assert [(result.check.name, result.reason) for result in report.of("failed")] == []
    assert len(report.of("passed")) > 90
