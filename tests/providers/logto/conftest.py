"""What the tests of Logto's room share: a client, its organization, and the people that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Call = Callable[[], Awaitable[object]]

    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect


@pytest.fixture
async def client(connect: Connect) -> OrgClient[Logto]:
    return await connect("logto")  # type: ignore[return-value]  # the fixture makes clients of both


@pytest.fixture
def org(client: OrgClient[Logto], sandbox: Sandbox) -> OrganizationHandle:
    """Return the organization of everybody of the roster."""
    return client.organization(sandbox.logto.organization_id)


@pytest.fixture
async def quartet(client: OrgClient[Logto]) -> OrganizationHandle:
    """Return an organization that nobody belongs to yet."""
    return client.organization((await client.organizations.create("Quartet")).id)


@pytest.fixture
def written(sandbox: Sandbox) -> Written:
    return Written(sandbox)


class Written:
    """Tell what was asked of the server, past sign-in."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def clear(self) -> None:
        self._sandbox.requests.clear()

    def __call__(self, *, reads: bool = True) -> list[str]:
        return [
            f"{seen.method} {seen.path.removeprefix('/api')}"
            for seen in self._sandbox.requests
            if seen.path != "/oidc/token" and (reads or seen.method != "GET")
        ]
