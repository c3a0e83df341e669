"""The timeout bounds a create together with the lookup after a lost response."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgError
from orgsdk.sandbox.faults import Hang

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk import OrgClient
    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connected

pytestmark = pytest.mark.anyio
TIMEOUT = 0.4

CREATES: dict[str, Callable[[OrgClient[Any], str], Awaitable[object]]] = {
    "user": lambda client, org: client.organization(org).users.create(username="ada_love", email="ada@example.org"),
    "invitation": lambda client, org: client.organization(org).invitations.create("bo@example.org"),
    "account": lambda client, org: client.accounts.create(username="ada_love"),
    "role": lambda client, org: client.roles.create("tuner"),
    "organization": lambda client, org: client.organizations.create("Quartet"),
}


@pytest.mark.parametrize("created", CREATES)
async def test_a_create_and_its_lookup_end_within_one_timeout(
    either: Connected, sandbox: Sandbox, created: str
) -> None:
    if either.name == "flat" and created not in {"user", "invitation"}:
        pytest.skip("Flat does not offer it")
    await either.client.with_options(timeout=10).organization(either.organization_id).users.count()  # fetches a token
    faults = sandbox.flat_faults if either.name == "flat" else sandbox.logto_faults
    faults.add(Hang(), path="/" if either.name == "flat" else "/api", times=None)
    started = time.monotonic()
    with pytest.raises(OrgError) as caught:
        await CREATES[created](either.client.with_options(timeout=TIMEOUT), either.organization_id)
    assert time.monotonic() - started < 1.8 * TIMEOUT
    assert caught.value.may_have_happened
    faults.clear()
