"""The pytest plugin of orgsdk: fixtures that test your code without a network.

`orgsdk_memory`, `orgsdk_flat`, `orgsdk_logto` and `orgsdk_workos` are clients. `orgsdk_sandbox` has the servers of the
last three. The plugin imports orgsdk only when a test uses one of the fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk import OrgClient
    from orgsdk.providers import Flat, Logto, Memory, WorkOS
    from orgsdk.sandbox import Person, Sandbox

_MEMBERS = 50


@pytest.fixture
def orgsdk_memory() -> OrgClient[Memory]:
    """A client of a memory provider with 50 users. Inject faults with `orgsdk_memory.provider.fail`."""
    from orgsdk import OrgClient

    return OrgClient.memory(users=_MEMBERS)


@pytest.fixture(scope="session")
def orgsdk_roster() -> list[Person]:
    """The users in the sandbox, 1,000 by default. Override it to use fewer or your own."""
    from orgsdk.sandbox import default_roster

    return default_roster()


@pytest.fixture(scope="session")
def _orgsdk_servers(orgsdk_roster: list[Person]) -> Iterator[Sandbox]:
    from orgsdk.sandbox import Sandbox

    sandbox = Sandbox(orgsdk_roster)
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def orgsdk_sandbox(_orgsdk_servers: Sandbox) -> Sandbox:
    """A Flat, a Logto and a WorkOS server on this machine, reset for each test: `.requests`, `.flat_faults`, …."""
    _orgsdk_servers.reset()
    return _orgsdk_servers


@pytest.fixture
def orgsdk_flat(orgsdk_sandbox: Sandbox) -> OrgClient[Flat]:
    """A client of the sandbox's Flat server. Close it in the test: `async with orgsdk_flat as client`."""
    from orgsdk import OrgClient
    from orgsdk.providers import Flat

    return OrgClient(Flat(orgsdk_sandbox.flat.token, base_url=orgsdk_sandbox.flat_url))


@pytest.fixture
def orgsdk_logto(orgsdk_sandbox: Sandbox) -> OrgClient[Logto]:
    """A client of the sandbox's Logto server and its organization. Close it in the test, with `async with`."""
    from orgsdk import OrgClient
    from orgsdk.providers import Logto

    state = orgsdk_sandbox.logto
    provider = Logto(orgsdk_sandbox.logto_url, app_id=state.app_id, app_secret=state.app_secret)
    return OrgClient(provider, organization=state.organization_id)


@pytest.fixture
def orgsdk_workos(orgsdk_sandbox: Sandbox) -> OrgClient[WorkOS]:
    """A client of the sandbox's WorkOS server and its organization. Close it in the test, with `async with`."""
    from orgsdk import OrgClient
    from orgsdk.providers import WorkOS

    state = orgsdk_sandbox.workos
    return OrgClient(WorkOS(state.api_key, base_url=orgsdk_sandbox.workos_url), organization=state.organization_id)
