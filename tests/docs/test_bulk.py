"""The example of docs/bulk.md that confirms removals."""

from __future__ import annotations

import ast

import pytest

from orgsdk import OrgClient, bulk
from tests.docs.blocks import DOCS, blocks_of

pytestmark = pytest.mark.anyio


async def test_removals_are_confirmed_by_their_number_and_the_plans_hash() -> None:
    (block,) = [
        block for block in blocks_of(DOCS / "bulk.md") if block.notes.get("tested") == ("tests/docs/test_bulk.py",)
    ]
    async with OrgClient.memory(users=100) as client:
        org = client.organization()
        stay = [user async for user in org.users.list() if "admin" in user.roles]
        stay += [user async for user in org.users.list() if "admin" not in user.roles][: 88 - len(stay)]
        specs = [bulk.UserSpec(username=user.username, origin="by hand") for user in stay]
        plan = await bulk.plan(org, specs, bulk.Policy(remove="membership"))
        with pytest.raises(bulk.GuardError, match="removals"):
            await bulk.apply(plan, org)
        names = {"bulk": bulk, "plan": plan, "org": org}
        await eval(compile(block.text, block.where, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True), names)
        assert await org.users.count() == 88
        report = names["report"]
        assert isinstance(report, bulk.Report)
        assert report.removed == 12
