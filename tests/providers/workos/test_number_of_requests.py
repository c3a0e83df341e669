"""How many requests WorkOS takes: for a list of 1,000 members, and for a bulk run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient, Paginator, bulk
from orgsdk.domain import UserQuery
from orgsdk.providers import WorkOS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from orgsdk.sandbox import Sandbox

pytestmark = pytest.mark.anyio


@pytest.fixture
async def at_sandbox(sandbox: Sandbox) -> AsyncIterator[OrgClient[WorkOS]]:
    provider = WorkOS(sandbox.workos.api_key, base_url=sandbox.workos_url)
    async with OrgClient(provider, organization=sandbox.workos.organization_id) as client:
        yield client


@pytest.mark.parametrize("complete", [False, True])
async def test_a_thousand_members_with_their_roles_are_ten_requests(
    at_sandbox: OrgClient[WorkOS], sandbox: Sandbox, *, complete: bool
) -> None:
    listing = at_sandbox.provider.users(sandbox.workos.organization_id).list(UserQuery(complete=complete))
    users = await Paginator(listing).collect()
    assert len(users) == 1000
    assert all(user.roles and user.email for user in users)
    assert len([*sandbox.requests]) == 10


async def test_a_bulk_run_takes_two_requests_for_each_new_user(
    at_sandbox: OrgClient[WorkOS], sandbox: Sandbox, tmp_path: Path
) -> None:
    rows = [bulk.UserSpec(email=f"new{number}@example.com", roles=("teacher",)) for number in range(100)]
    plan = await bulk.plan(at_sandbox.organization(), rows)
    sandbox.requests.clear()
    report = await bulk.apply(plan, at_sandbox.organization(), journal=tmp_path / "run.journal")
    assert (report.planned, report.failed) == (100, 0)
    # Two for each user, and two more for the whole run: the organization's roles, and the accounts before the run.
    assert len([*sandbox.requests]) <= 2.05 * 100
