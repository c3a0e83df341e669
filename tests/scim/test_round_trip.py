"""Both directions at once: a roster from Logto is matched by orgsdk's SCIM provider, through the gateway, into Flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from orgsdk import OrgClient, bulk
from orgsdk.providers import SCIM
from orgsdk.scim import IdMap, gateway
from tests.scim.gateways import TOKEN, Backend, running

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox import Sandbox

__all__ = ["running"]

pytestmark = pytest.mark.anyio

ROLES = {"student": "user", "teacher": "teacher", "admin": "admin"}


@pytest.mark.undocumented("the gateway's own address is none of a provider's document")
async def test_a_roster_from_logto_through_the_gateway_into_flat(running: Sandbox, tmp_path: Path) -> None:
    running.reset()
    logto, flat = Backend("logto", running), Backend("flat", running)
    id_map = IdMap.open(tmp_path / "scim.db")
    async with logto.client() as source, flat.client() as target:
        app = gateway(target, options=flat.options(), tokens=[TOKEN], id_map=id_map)
        school = source.organization(logto.organization)
        await school.users.create(username="kim", email="kim@acme.example", given_name="Kim", roles=["teacher"])
        roster = await bulk.from_users(school.users.list(complete=True), roles=ROLES)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport) as http:
            provider = SCIM("http://127.0.0.1/v2", token=TOKEN, http_client=http)
            async with OrgClient(provider) as client:
                organization = client.organization()
                plan = await bulk.plan(organization, roster)
                report = await bulk.apply(plan, organization, journal=tmp_path / "journal.jsonl")
                assert not report.failures, [outcome.reason for outcome in report.failures]
                last = await bulk.plan(organization, await bulk.from_users(school.users.list(), roles=ROLES))
                assert last.is_empty, last.table()
        (kim,) = [user async for user in target.organization().users.list() if user.email == "kim@acme.example"]
        assert (kim.given_name, kim.roles) == ("Kim", ("teacher",))
        assert await target.organization().users.count() == 6
    await id_map.aclose()
