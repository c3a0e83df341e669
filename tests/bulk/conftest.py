"""Fixtures for runs: providers in memory, with accounts that are not members and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient
from orgsdk.providers import Memory
from tests.bulk.memories import Plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from orgsdk.resources import OrganizationHandle


@pytest.fixture(autouse=True)
def _state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(params=[Memory, Plain])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[OrgClient[Memory]]:
    async with OrgClient(request.param(users=4)) as made:
        yield made


@pytest.fixture
async def plain() -> AsyncIterator[OrganizationHandle]:
    """Return an organization in which each outcome arrives with the response to its own request."""
    async with OrgClient(Plain(users=4)) as made:
        yield made.organization()


@pytest.fixture
def memory(client: OrgClient[Memory]) -> Memory:
    return client.provider


@pytest.fixture
def org(client: OrgClient[Memory]) -> OrganizationHandle:
    return client.organization()
