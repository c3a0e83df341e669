"""Invitations and their e-mails."""

from dataclasses import replace
from typing import Any

import pytest
from httpx import AsyncClient

from orgsdk.sandbox.flat.records import SentMail, object_id
from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

INVITATIONS = "/organizations/invitations"
ZOE = object_id("user", "zoe")


async def invite(http: AsyncClient, **body: Any) -> dict[str, Any]:
    response = await http.post(INVITATIONS, json=body)
    assert response.status_code == 200, response.text
    created: dict[str, Any] = response.json()
    return created


async def test_creates_an_invitation_and_sends_an_email(http: AsyncClient, state: FlatState) -> None:
    state.clock = lambda: 1_700_000_000.0
    created = await invite(http, email="new@example.org", organizationRole="accountAdmin")
    code = created["customCode"]
    assert created == {
        "id": created["id"],
        "creationDate": "2023-11-14T22:13:20.000Z",
        "organization": state.organization_id,
        "organizationRole": "accountAdmin",
        "customCode": code,
        "email": "new@example.org",
        "invitedBy": state.own_account.id,
        "htmlUrl": f"https://flat.example.org/organization/enroll?enrollcode={code}",
        "allowMultipleUse": False,
        "usedBy": [],
    }
    assert state.mails == [SentMail("new@example.org", created["id"])]
    assert (await http.get(INVITATIONS)).json() == [created]


async def test_role_and_address_are_optional(http: AsyncClient, state: FlatState) -> None:
    for created in (await invite(http), await invite(http, email="")):
        assert created["organizationRole"] == "teacher"
        assert "email" not in created
    assert state.mails == []


@pytest.mark.parametrize(
    ("body", "role", "class_role"),
    [({"organizationRole": "admin"}, "admin", None), ({}, "teacher", "teacher")],
)
async def test_inviting_a_member_changes_the_members_role(
    http: AsyncClient, state: FlatState, body: dict[str, str], role: str, class_role: str | None
) -> None:
    state.users[ZOE] = replace(state.users[ZOE], role="user", class_role="student")
    created = await invite(http, email="ZOE@example.org", **body)
    assert (created["usedBy"], created["organizationRole"], created["customCode"]) == ([ZOE], role, None)
    assert "htmlUrl" not in created
    assert state.mails == []
    (zoe,) = (await http.get(f"/organizations/users?q={ZOE}")).json()
    assert (zoe["organizationRole"], zoe.get("classRole")) == (role, class_role)
    assert (await http.get(INVITATIONS)).json() == [created]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"email": 1}, "email"),
        ({"email": None}, "email"),
        ({"email": "x@example.org", "organizationRole": "user"}, "organizationRole"),
        ({"email": "x@example.org", "organizationRole": None}, "organizationRole"),
    ],
)
async def test_an_invalid_field_is_rejected(
    http: AsyncClient, state: FlatState, body: dict[str, Any], param: str
) -> None:
    response = await http.post(INVITATIONS, json=body)
    assert (response.status_code, response.json()["param"]) == (400, param)
    assert (state.invitations, state.mails) == ({}, [])


async def test_an_invitation_can_be_removed_once(http: AsyncClient) -> None:
    path = f"{INVITATIONS}/{(await invite(http, email='a@example.org'))['id']}"
    removed = await http.delete(path)
    assert (removed.status_code, removed.content) == (204, b"")
    again = await http.delete(path)
    assert (again.status_code, again.json()["code"]) == (404, "NOT_FOUND")
    assert (await http.get(INVITATIONS)).json() == []


async def test_the_list_can_be_filtered_by_role(http: AsyncClient) -> None:
    for role in ("teacher", "admin", "accountAdmin", "admin"):
        await invite(http, organizationRole=role)
    counts = {role: len((await http.get(f"{INVITATIONS}?role={role}")).json()) for role in ("user", "teacher", "admin")}
    assert counts == {"user": 0, "teacher": 1, "admin": 2}
    for query in ("role=accountAdmin", "role=admin&role=teacher"):
        assert (await http.get(f"{INVITATIONS}?{query}")).json()["param"] == "role"


async def test_the_list_has_pages_in_both_directions(http: AsyncClient, state: FlatState) -> None:
    ids = [(await invite(http, email=f"{n}@example.org"))["id"] for n in range(7)]
    pages, response = [], await http.get(f"{INVITATIONS}?limit=3")
    while True:
        pages.append([each["id"] for each in response.json()])
        if "next" not in response.links:
            break
        response = await http.get(response.links["next"]["url"])
    assert pages == [ids[:3], ids[3:6], ids[6:]]
    back = await http.get(response.links["previous"]["url"])
    assert [each["id"] for each in back.json()] == ids[3:6]
    state.page_cap, state.back_relation = 2, "prev"
    capped = await http.get(back.links["previous"]["url"])
    assert [each["id"] for each in capped.json()] == ids[1:3]
    assert capped.links.keys() == {"next", "prev"}


async def test_the_default_page_size_is_50_and_the_maximum_1000(http: AsyncClient) -> None:
    for _ in range(51):
        await invite(http)
    assert len((await http.get(INVITATIONS)).json()) == 50
    assert len((await http.get(f"{INVITATIONS}?limit=1000")).json()) == 51
    for query in ("limit=0", "limit=1001", "next=bm8="):
        assert (await http.get(f"{INVITATIONS}?{query}")).status_code == 400


async def test_a_cursor_of_the_list_of_users_is_rejected(http: AsyncClient) -> None:
    users = await http.get("/organizations/users?limit=1")
    url = users.links["next"]["url"].replace("/users", "/invitations")
    assert (await http.get(url)).json()["param"] == "next"
