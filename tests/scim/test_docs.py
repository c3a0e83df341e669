"""The Python blocks of the gateway's page, in a FastAPI app."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.testclient import TestClient

from orgsdk.scim import GatewayOptions, TokenStore
from tests.docs.blocks import blocks_of

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[2] / "docs" / "scim-gateway.md"


def test_the_page_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    token = secrets.token_urlsafe(32)
    monkeypatch.setenv("SCIM_TOKEN", token)
    namespace: dict[str, Any] = {}
    for block in blocks_of(PAGE):
        if block.language == "python":
            exec(compile(block.text, block.where, "exec"), namespace)
    assert isinstance(namespace["options"], GatewayOptions)

    async def create_token() -> str:
        store = TokenStore.open("scim.db")
        _, secret = await store.create("globex")
        await store.aclose()
        return secret.get_secret_value()

    globex = asyncio.run(create_token())
    with TestClient(namespace["app"]) as http:
        found = http.get("/scim/v2/Users?count=2", headers={"Authorization": f"Bearer {token}"})
        assert found.json()["totalResults"] == 50
        assert found.json()["Resources"][0]["meta"]["location"].startswith("http://testserver/scim/v2/Users/")
        mine = http.get("/tenants/globex/v2/Users", headers={"Authorization": f"Bearer {globex}"})
        assert mine.json()["totalResults"] == 7
        other = http.get("/tenants/acme/v2/Users", headers={"Authorization": f"Bearer {globex}"})
        assert other.status_code == 401
    asyncio.run(namespace["tokens"].aclose())
