"""SCIM passes the conformance kit against servers of npm packages. docs/providers/scim.md has the numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import Capability, OrgClient
from orgsdk.providers import SCIM
from orgsdk.providers.scim import SCIMServer
from orgsdk.testing.conformance import CHECKS, CheckContext, run_checks
from tests.docs.blocks import DOCS
from tests.scim_peers.servers import PACKAGES, peer

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.testing.conformance import ConformanceReport

pytestmark = [pytest.mark.peer, pytest.mark.undocumented("the paths of one server start like Logto's")]

# Polis announces nothing, returns no members of groups, and accepts a username twice.
WITHOUT = {each for each in SCIM.capabilities if "role" in each.value} | {Capability.USERS_USERNAME}
SERVERS = {"polis": SCIMServer(capabilities=SCIM.capabilities - WITHOUT)}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_server_that_others_wrote_fails_no_check(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.getbasetemp() / "scim_peers"

    async def main() -> ConformanceReport:
        with peer(name, folder) as server:
            provider = SCIM(server.url, token=server.token, server=SERVERS.get(name))
            async with OrgClient(provider) as client:
                context = CheckContext(client, max_users=10, known_secrets=[server.token])
                return await run_checks(context, CHECKS)

    report = anyio.run(main)
    assert [(result.check.name, result.reason) for result in report.of("failed")] == []
    passed = len(report.of("passed"))
    page = (DOCS / "providers" / "scim.md").read_text("utf-8")
    label = {"better_auth": "better-auth", "polis": "Polis", "scimmy": "scimmy"}[name]
    documented = re.search(rf"^\| {label}[^|]*\| (\d+) / (\d+) \|", page, re.MULTILINE)
    assert documented is not None
    assert documented.groups() == (str(passed), str(passed))
