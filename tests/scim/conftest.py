"""Databases of the SCIM gateway, in SQLite and in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from orgsdk.scim import Database
from tests.postgres import postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["postgres", "postgres_server"]


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database that does not exist yet, or is empty."""
    if request.param == "sqlite":
        return str(tmp_path / "scim.db")
    return cast("str", request.getfixturevalue("postgres"))


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    opened = Database.open(address)
    yield opened
    await opened.aclose()
