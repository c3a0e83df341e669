"""scim2-tester over each provider: every finding is explained on the page of the gateway."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server
from starlette.testclient import TestClient

from tests.scim.gateways import PROVIDERS, TOKEN, Backend, app_with_lifespan, running

if TYPE_CHECKING:
    from orgsdk.sandbox import Sandbox

__all__ = ["running"]

SEED = int(os.environ.get("ORGSDK_SEED", "1"))
PAGE = Path(__file__).parents[2] / "docs" / "scim-gateway.md"
_ROW = re.compile(r"^\| (memory|Flat|Logto|WorkOS) \| `(\w+)` \| (User|Group) \| (\d+) \|", re.MULTILINE)


def explained() -> dict[str, dict[tuple[str, str], int]]:
    """Return how many findings the page explains, by provider, check and resource type."""
    found: dict[str, dict[tuple[str, str], int]] = {provider: {} for provider in PROVIDERS}
    for provider, check, kind, number in _ROW.findall(PAGE.read_text("utf-8")):
        found[provider.lower()][check, kind] = int(number)
    return found


@pytest.mark.parametrize("provider", PROVIDERS)
def test_findings_are_explained(provider: str, running: Sandbox, tmp_path: Path) -> None:
    running.reset()
    backend = Backend(provider, running)
    with TestClient(
        app_with_lifespan(backend, tmp_path), base_url="http://gateway/v2", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as http:
        client = SyncSCIMClient(http)
        client.discover()
        random.seed(SEED)  # the tester's values: a telephone number that starts with 0 is none
        results = check_server(client)
    found = [result for result in results if result.status in {Status.ERROR, Status.CRITICAL, Status.DEVIATION}]
    problems: dict[tuple[str, str], int] = {}
    for result in found:
        key = (str(result.title), str(result.resource_type))
        problems[key] = problems.get(key, 0) + 1
    assert problems == explained()[provider], "\n".join(f"{one.title}: {one.reason}" for one in found)
    assert sum(result.status is Status.SUCCESS for result in results) > 40
