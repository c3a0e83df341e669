"""Run orgsdk's conformance kit against the provider: `python -m pytest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from orgsdk_sqlite import Sqlite

from orgsdk import OrgClient
from orgsdk.testing.conformance import ProviderConformance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class TestSqlite(ProviderConformance):
    @pytest.fixture
    async def client(self, tmp_path: Path) -> AsyncIterator[OrgClient[Sqlite]]:
        async with OrgClient(Sqlite(tmp_path / "people.db")) as client:
            yield client

    @pytest.fixture
    def max_users(self) -> int:
        return 20
