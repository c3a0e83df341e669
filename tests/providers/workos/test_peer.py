"""WorkOS' own emulator: the provider passes the whole conformance kit, with each skip by a declared capability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from orgsdk import OrgClient
from orgsdk.providers import WorkOS
from orgsdk.testing.conformance import CHECKS, CheckContext, run_checks
from tests.providers.workos.test_conformance_kit import REQUESTS

if TYPE_CHECKING:
    from tests.workos_emulator import Emulator

pytestmark = [
    pytest.mark.peer,
    pytest.mark.anyio,
    pytest.mark.undocumented("the emulator has requests that the document does not have"),
]

# Reasons for a skip that are no undeclared capability.
NO_CAPABILITY = (
    "it is declared",
    "cannot be cleared",
    "its effect cannot be observed",
    "its credentials do not belong to a user",
    "its pages have no previous cursor",
    "it creates more than",
)


class LosingTransport(httpx.AsyncHTTPTransport):
    """Lose the response to the next request of an operation."""

    def __init__(self) -> None:
        super().__init__()
        self.operation: str | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        method, path = REQUESTS.get(self.operation or "", ("", ""))
        if request.method == method and request.url.path.startswith(path):
            await response.aread()
            self.operation = None
            raise httpx.ReadError("the response was lost", request=request)
        return response


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # the emulator's rate limit is one run a minute


async def test_the_provider_passes_the_kit_at_the_emulator(workos_emulator: Emulator) -> None:
    transport = LosingTransport()

    def lose(operation: str) -> None:
        transport.operation = operation

    # The emulator answers 1,000 requests in a minute, and the kit sends more: a call waits for the rest of the minute.
    async with httpx.AsyncClient(transport=transport) as http:
        provider = WorkOS(workos_emulator.api_key, base_url=workos_emulator.url, http_client=http)
        client = OrgClient(provider, timeout=100, max_wait=90)
        organization = await client.organizations.create("School")
        context = CheckContext(
            OrgClient(provider, organization=organization.id, timeout=100, max_wait=90),
            max_users=10,
            lose_response=lose,
            known_secrets=[workos_emulator.api_key],
        )
        report = await run_checks(context, CHECKS)
    assert [(each.check.name, each.reason) for each in report.of("failed")] == []
    reasons = {each.reason for each in report.of("skipped")}
    assert [each for each in reasons if not any(known in each for known in ("not declared", *NO_CAPABILITY))] == []
    assert len(report.of("passed")) > 125
