"""The app: addresses that identity providers use, tokens, limits of bodies and time, and what is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient
from tests.scim.gateways import serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "path", ["/Users", "/users", "/Users/", "/v2//Users", "/v2/Users", "/V2/Users", "/Users?aadOptscim062020=true"]
)
async def test_an_address_is_understood_in_each_spelling(path: str, tmp_path: Path) -> None:
    async with OrgClient.memory(users=2) as client, serving(client, tmp_path) as idp:
        idp.http.base_url = "http://gateway"
        assert (await idp.get(path))["totalResults"] == 2
