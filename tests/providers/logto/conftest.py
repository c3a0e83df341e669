"""Fixtures of the Logto tests: a client, two organizations, and the requests that were sent."""

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
    return await connect("logto")  # type: ignore[return-value]  # the fixture returns clients of both providers


@pytest.fixture
def org(client: OrgClient[Logto], sandbox: Sandbox) -> OrganizationHandle:
    """Return the organization of all users of the sandbox."""
    return client.organization(sandbox.logto.organization_id)


@pytest.fixture
async def empty_org(client: OrgClient[Logto]) -> OrganizationHandle:
    """Return an organization without members."""
    return client.organization((await client.organizations.create("Quartet")).id)


@pytest.fixture
def sent(sandbox: Sandbox) -> SentRequests:
    return SentRequests(sandbox)


class SentRequests:
    """The requests that the server received, without those for a token."""

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
