"""How many requests each provider accepts, and how many a bulk run takes for one write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import bulk
from orgsdk.providers import Flat, Logto, Memory, WorkOS
from orgsdk.responses import RequestRate
from tests.bulk.scenario import client_of

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.providers.base import Provider
    from orgsdk.sandbox import Sandbox
    from tests.reliability.servers import Name

APP: dict[str, Any] = {"app_id": "id", "app_secret": "secret-of-the-test"}


@pytest.mark.parametrize(
    ("provider", "rate"),
    [
        (Flat("a-token-of-the-test"), RequestRate(7_200, 3600)),
        (Flat("a-token-of-the-test", requests_per_second=1), RequestRate(1, 1)),
        (Flat("a-token-of-the-test", requests_per_second=9), RequestRate(7_200, 3600)),
        (Logto("https://t.logto.app", **APP), RequestRate(200, 10)),
        (Logto("https://logto.example.org", **APP), None),
        (Logto("https://logto.example.org", requests_per_second=5, **APP), RequestRate(5, 1)),
        (WorkOS("sk_test_of_the_test"), RequestRate(500, 10)),
        (Memory(), None),
    ],
    ids=str,
)
def test_the_rate_is_the_slower_one_of_the_documented_and_the_callers(
    provider: Provider, rate: RequestRate | None
) -> None:
    assert provider.request_rate == rate


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["flat", "logto", "workos"])
async def test_a_plan_estimates_the_requests_of_its_run(
    name: Name, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    student = "user" if name == "flat" else "student"

    def rows(given_name: str, role: str) -> list[bulk.UserSpec]:
        keys: list[dict[str, Any]] = [
            {"external_id" if name == "workos" else "username": f"new{number}"} for number in range(20)
        ]
        return [
            bulk.UserSpec(email=f"n{number}@example.org", given_name=given_name, roles=(role,), **key)
            for number, key in enumerate(keys)
        ]

    async with client_of(sandbox, name) as client:
        org = client.organization()
        for given_name, role in (("Ada", student), ("Eve", student), ("Eve", "teacher")):
            plan = await bulk.plan(org, rows(given_name, role))
            before = len(sandbox.requests)
            await bulk.apply(plan, org, confirm=plan.hash)
            # Besides the writes, the run reads the members, and at Logto adds them in one batch.
            sent = len(sandbox.requests) - before
            assert plan.requests <= sent <= plan.requests + 15
