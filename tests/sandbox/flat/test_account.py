"""GET /me."""

import pytest
from httpx import AsyncClient

from orgsdk.sandbox import Person
from orgsdk.sandbox.flat.auth import TokenInfo
from orgsdk.sandbox.flat.records import object_id
from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio


async def test_is_the_first_admin_of_the_roster(http: AsyncClient, state: FlatState) -> None:
    me = (await http.get("/me")).json()
    assert me["id"] == object_id("user", "principal")
    assert (me["organization"], me["organizationRole"]) == (state.organization_id, "admin")
    assert (me["type"], me["product"], me["username"]) == ("user", "flatEdu", "principal")
    assert "email" not in me


async def test_gives_the_id_alone_when_asked(http: AsyncClient) -> None:
    assert (await http.get("/me?onlyId=true")).json() == {"id": object_id("user", "principal")}
    assert (await http.get("/me?onlyId=false")).json().keys() > {"id"}
    assert (await http.get("/me?onlyId=yes")).json()["param"] == "onlyId"


async def test_is_the_account_of_the_token(http: AsyncClient, state: FlatState) -> None:
    state.tokens["delegated"] = TokenInfo(user_id=object_id("user", "pupil1"))
    me = (await http.get("/me", headers={"Authorization": "Bearer delegated"})).json()
    assert (me["username"], me["classRole"]) == ("pupil1", "student")


async def test_is_there_without_an_admin_in_the_roster(http: AsyncClient, state: FlatState) -> None:
    state.seed([Person("S1", "bob", None, "Bob", "B", "student", None)])
    assert (await http.get("/me")).json()["organizationRole"] == "admin"
    assert [user["username"] for user in (await http.get("/organizations/users")).json()] == ["bob"]
