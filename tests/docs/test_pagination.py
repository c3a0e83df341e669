"""The nightly job and the web app of docs/pagination.md do what the page states. `test_blocks.py` only runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk import OrgClient
from tests.docs.blocks import DOCS, blocks_of

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["flat", "logto"])
async def client(
    request: pytest.FixtureRequest,
    connect: Connect,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> OrgClient[Any]:
    """Return a client whose default organization is that of the roster, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    provider = connect.provider(request.param)
    made = OrgClient(provider, organization=connect.organization_id(request.param))
    return await connect.stack.enter_async_context(made)


def named(name: str) -> Any:
    """Return the object with this name, from the block that defines it."""
    for block in blocks_of(DOCS / "pagination.md"):
        if f"def {name}(" not in block.text and f"{name} = " not in block.text:
            continue
        names: dict[str, Any] = {"__name__": "docs"}
        exec(compile(block.text, block.where, "exec", dont_inherit=True), names)
        return names[name]
    raise AssertionError(name)


async def test_the_nightly_job_resumes(client: OrgClient[Any], tmp_path: Path) -> None:
    nightly, file = named("nightly"), tmp_path / "saved-cursor"
    page = await client.organization().users.list(page_size=100)
    file.write_text(page.next_cursor or "")
    await nightly(client)
    assert not file.exists()


async def test_the_web_app_pages_to_the_end_and_refuses_an_invalid_cursor(client: OrgClient[Any]) -> None:
    app: FastAPI = named("app")
    app.state.client = client
    seen: list[str] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as browser:
        cursor: str | None = None
        while cursor is not None or not seen:
            response = await browser.get("/teachers", params={"cursor": cursor} if cursor else {})
            page = response.raise_for_status().json()
            seen += [user["id"] for user in page["items"]]
            cursor = page["next_cursor"]
        assert (await browser.get("/teachers", params={"cursor": "other"})).status_code == 400
    assert len(seen) == len(set(seen)) == 80
