"""The guard against mass deactivation, over SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from orgsdk import ConfigurationError, InvalidArgumentError, OrgClient
from orgsdk.scim import (
    Database,
    DeactivationGuard,
    DeactivationLimit,
    GatewayOptions,
    MapEntry,
    QuarantinedError,
)
from tests.scim.gateways import PATCH, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio


class Clock:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(database: Database, clock: Clock) -> DeactivationGuard:
    return DeactivationGuard(database, DeactivationLimit(users=20, share=0.1), clock=clock)


def of(members: int) -> Callable[[], Awaitable[int]]:
    """Return a function that returns a number of members."""

    async def count() -> int:
        return members

    return count


def ids(*numbers: int) -> list[str]:
    return [f"u{number}" for number in numbers]


@pytest.mark.parametrize(
    ("members", "allowed"), [(0, 5), (50, 5), (60, 6), (100, 10), (170, 17), (200, 20), (100_000, 20)]
)
def test_the_smaller_of_a_number_and_a_share_is_allowed_and_five_always(members: int, allowed: int) -> None:
    assert DeactivationLimit(users=20, share=0.1).allowed(members) == allowed


async def test_one_user_after_the_other_until_the_limit(guard: DeactivationGuard) -> None:
    for number in range(10):
        await guard.check("acme", "t1", ids(number), count_members=of(100))
    with pytest.raises(QuarantinedError, match="11 users would be deactivated in 24 hours, 10 may be") as caught:
        await guard.check("acme", "t1", ids(10), count_members=of(100))
    assert caught.value.retry_after > 0
    # In quarantine, nobody: neither a user who was counted nor one of a larger tenant.
    for again in (0, 10):
        with pytest.raises(QuarantinedError):
            await guard.check("acme", "t1", ids(again), count_members=of(10_000))
    # Another token, and another tenant, are not concerned.
    await guard.check("acme", "t2", ids(0), count_members=of(100))
    await guard.check("other", "t1", ids(0), count_members=of(100))


async def test_a_retry_counts_once_and_a_group_of_users_is_all_or_none(guard: DeactivationGuard) -> None:
    for _ in range(30):
        await guard.check("acme", "t1", ids(1, 1), count_members=of(0))
    await guard.check("acme", "t1", [], count_members=of(0))
    await guard.check("acme", "t1", ids(1, 2, 3, 4, 5), count_members=of(0))
    with pytest.raises(QuarantinedError, match="7 users"):
        await guard.check("acme", "t1", ids(5, 6, 7), count_members=of(0))


async def test_a_day_later_the_users_no_longer_count(guard: DeactivationGuard, clock: Clock) -> None:
    await guard.check("acme", "t1", ids(0, 1, 2), count_members=of(0))
    clock.now += timedelta(hours=23)
    await guard.check("acme", "t1", ids(3, 4), count_members=of(0))
    clock.now += timedelta(hours=1)
    await guard.check("acme", "t1", ids(5, 6, 7), count_members=of(0))
    with pytest.raises(QuarantinedError):
        await guard.check("acme", "t1", ids(8), count_members=of(0))


async def test_members_are_counted_only_if_more_than_five_are_deactivated(guard: DeactivationGuard) -> None:
    counts: list[int] = []

    async def count() -> int:
        counts.append(80)
        return 80

    for number in range(5):
        await guard.check("acme", "t1", ids(number), count_members=count)
    assert counts == []
    await guard.check("acme", "t1", ids(0, 5, 6, 7), count_members=count)
    assert counts == [80]
    with pytest.raises(QuarantinedError, match="9 users would be deactivated in 24 hours, 8 may be"):
        await guard.check("acme", "t1", ids(8), count_members=count)
    with pytest.raises(QuarantinedError):
        await guard.check("acme", "t1", ids(8), count_members=count)
    assert counts == [80, 80]  # in quarantine, nobody counts


@pytest.mark.parametrize(("members", "allowed"), [(3, 5), (20, 5), (100, 5), (160, 7)])
@pytest.mark.parametrize("kind", ["members", "users of the gateway"])
async def test_the_share_is_of_the_members_of_the_organization(
    kind: str, members: int, allowed: int, tmp_path: Path
) -> None:
    """Whether they were members before the gateway, or it has created them. Former users do not count."""
    options = GatewayOptions(on_delete="keep", on_deactivate="end_membership")
    async with OrgClient.memory() as client, serving(client, tmp_path, options=options) as idp:
        for number in range(400):  # of former years
            removed = {"state": "removed"}
            await idp.id_map.put(MapEntry("default", "user", f"u{number}", f"p{number}", active=False, details=removed))
        made: list[str] = []
        for number in range(members):
            if kind == "members":
                made.append((await client.organization().users.create(username=f"kim{number}")).id)
            else:
                made.append((await idp.create_user(f"kim{number}"))["id"])
        leave = {"op": "replace", "path": "active", "value": False}
        statuses: list[int] = []
        for user_id in made[: allowed + 1]:
            body = {"schemas": [PATCH], "Operations": [leave]}
            statuses.append((await idp.http.patch(f"/Users/{user_id}", json=body)).status_code)
        assert statuses == [204] * min(members, allowed) + [429] * (members > allowed)
        assert await client.organization().users.count() == members - min(members, allowed)


async def test_a_quarantine_survives_a_restart_and_an_operator_lifts_it(address: str) -> None:
    limit = DeactivationLimit(users=1, always=1)
    first = DeactivationGuard.open(address, limit)
    await first.check("acme", "t1", ids(0), count_members=of(0))
    with pytest.raises(QuarantinedError) as caught:
        await first.check("acme", "t1", ids(1), count_members=of(0))
    await first.aclose()
    second = DeactivationGuard.open(address, limit, create=False)
    with pytest.raises(QuarantinedError):
        await second.check("acme", "t1", ids(0), count_members=of(0))
    assert await second.list() == await second.list("acme") == [caught.value.quarantine]
    assert await second.list("other") == []
    assert await second.lift("other") == await second.lift("acme", "t2") == ()
    assert await second.lift("acme", "t1") == (caught.value.quarantine,)
    assert await second.list() == []
    await second.check("acme", "t1", ids(1), count_members=of(0))
    with pytest.raises(QuarantinedError):
        await second.check("acme", "t1", ids(2), count_members=of(0))
    await second.aclose()


async def test_an_operator_allows_a_number_of_users_for_a_day(guard: DeactivationGuard, clock: Clock) -> None:
    with pytest.raises(QuarantinedError):
        await guard.check("acme", "t1", ids(*range(6)), count_members=of(0))
    await guard.lift("acme", allow=8)
    for number in range(8):
        await guard.check("acme", "t1", ids(number), count_members=of(0))
    with pytest.raises(QuarantinedError, match="9 users would be deactivated in 24 hours, 8 may be"):
        await guard.check("acme", "t1", ids(8), count_members=of(0))
    await guard.lift("acme", allow=8)
    clock.now += timedelta(days=1)
    with pytest.raises(QuarantinedError, match="6 users would be deactivated in 24 hours, 5 may be"):
        await guard.check("acme", "t1", ids(*range(6)), count_members=of(0))
    with pytest.raises(InvalidArgumentError, match="allow is -1"):
        await guard.lift("acme", allow=-1)


@pytest.mark.parametrize(("users", "always", "allowed"), [(0, 5, 0), (2, 5, 2), (20, 0, 10), (20, 12, 12)])
def test_the_number_is_never_exceeded(users: int, always: int, allowed: int) -> None:
    assert DeactivationLimit(users=users, share=0.1, always=always).allowed(100) == allowed


@pytest.mark.parametrize("wrong", [{"users": -1}, {"share": 1.5}, {"always": -1}, {"share": True}])
def test_a_limit_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        DeactivationLimit(**wrong)  # type: ignore[arg-type]  # a caller without types
