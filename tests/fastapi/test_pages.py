"""A page as the response of a path operation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI

from orgsdk import ConfigurationError, OrgClient, User
from orgsdk.fastapi import Client, PageOut, lifespan
from tests.fastapi.calling import calling

if TYPE_CHECKING:
    from tests.conftest import Connected

pytestmark = pytest.mark.anyio


async def test_an_app_pages_forward_and_back(either: Connected) -> None:
    app = FastAPI(lifespan=lifespan(lambda: either.client))

    @app.get("/users")
    async def users(client: Client, cursor: str | None = None) -> PageOut[User]:
        page_size = None if cursor else 60
        listed = client.organization(either.organization_id).users.list(cursor=cursor, page_size=page_size)
        return PageOut.of(await listed)

    async with calling(app) as browser:
        first = (await browser.get("/users")).json()
        assert first.keys() == {"items", "next_cursor", "previous_cursor", "total"}
        assert (len(first["items"]), first["previous_cursor"]) == (60, None)
        assert first["total"] == (None if either.name == "flat" else 1000)
        second = (await browser.get("/users", params={"cursor": first["next_cursor"]})).json()
        back = (await browser.get("/users", params={"cursor": second["previous_cursor"]})).json()
        assert back["items"] == first["items"]
        assert back["next_cursor"] == first["next_cursor"]
        assert not {user["id"] for user in first["items"]} & {user["id"] for user in second["items"]}


async def test_only_common_fields_are_returned(either: Connected) -> None:
    page = await either.org.users.list(page_size=1)
    sent = json.loads(PageOut[User].model_validate(PageOut.of(page), from_attributes=True).model_dump_json())
    assert sent["items"][0].keys() == User.model_fields.keys()


@pytest.mark.parametrize("value", [OrgClient.memory().organization().users.list(), [], None])
def test_a_response_of_another_value_than_a_page_says_what_to_pass(value: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"pass `await client\.organization\(\)\.users\.list\(\)`"):
        PageOut.of(value)
