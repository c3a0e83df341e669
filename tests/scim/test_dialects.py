"""Requests of sloppy clients and of clients that reach for what is not theirs, over each provider."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from orgsdk.scim import gateway
from tests.scim.gateways import GROUP, PATCH, PROVIDERS, TOKEN, USER, Backend, IdentityProvider, provisioning, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from orgsdk.resources import Users
    from orgsdk.sandbox import Sandbox

__all__ = ["running"]

# Each dialect is the same on both loops; the gateway is tested on trio elsewhere.
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

GROUPS = {"flat": "teacher"}
LONG = "x" * 900


@pytest.fixture(params=PROVIDERS)
def backend(request: pytest.FixtureRequest, running: Sandbox) -> Backend:
    running.reset()
    return Backend(request.param, running)


@pytest.fixture
async def idp(backend: Backend, tmp_path: Path) -> AsyncIterator[IdentityProvider]:
    async with provisioning(backend, tmp_path, on_delete="keep") as idp:
        yield idp


def members(idp: IdentityProvider, backend: Backend) -> Users:
    return idp.client.organization(backend.organization).users


def user_of(name: str, **attributes: Any) -> dict[str, Any]:
    address = f"{name}@acme.example"
    names = {"givenName": "Kim", "familyName": "Lee"}
    return {"schemas": [USER], "userName": address, "emails": [{"value": address}], "name": names, **attributes}


async def create(idp: IdentityProvider, name: str, **attributes: Any) -> str:
    created: str = (await idp.send("POST", "/Users", user_of(name, **attributes), 201))["id"]
    return created


async def group_of(idp: IdentityProvider, backend: Backend, *users: str) -> str:
    created: str = (await idp.create_group(GROUPS.get(backend.name, "Choir"), *users))["id"]
    return created


async def members_of(idp: IdentityProvider, group: str) -> list[str]:
    return [member["value"] for member in (await idp.get(f"/Groups/{group}")).get("members", [])]


async def test_the_address_of_a_member_is_no_user_name_of_another(idp: IdentityProvider, backend: Backend) -> None:
    # A member of before, whose entry in the map has no name yet: their address finds them.
    own: dict[str, Any] = {"workos": {}, "flat": {"username": "ada1", "password": "Zq8-very-Long"}}.get(
        backend.name, {"username": "ada1"}
    )
    known = await members(idp, backend).create(email="ada@acme.example", **own)
    kim = await create(idp, "kim")
    rename: dict[str, object] = {"op": "replace", "path": "userName", "value": "Ada@acme.example"}
    assert (await idp.patch(f"/Users/{kim}", rename, status=409))["scimType"] == "uniqueness"
    other = user_of("lou", userName="ada@acme.example")
    assert (await idp.send("POST", "/Users", other, 409))["scimType"] == "uniqueness"
    assert await members(idp, backend).find(email="lou@acme.example") is None
    assert [user["id"] for user in await idp.find('userName eq "ada@acme.example"')] == [known.id]
    # The address of a user with another userName is free, as is the own address.
    sam = await create(idp, "sam", userName="samuel")
    await idp.patch(f"/Users/{kim}", {"op": "replace", "path": "userName", "value": "sam@acme.example"})
    assert [user["id"] for user in await idp.find('userName eq "sam@acme.example"')] == [kim]
    await idp.patch(f"/Users/{kim}", {"op": "replace", "path": "userName", "value": "KIM@acme.example"})
    await idp.patch(f"/Users/{sam}", {"op": "replace", "path": "userName", "value": "SAM@acme.example"})


@pytest.mark.parametrize(
    "attributes",
    [{"externalId": LONG}, {"externalId": "a\0b"}, {"userName": LONG}, {"userName": ""}, {"userName": "  "}],
    ids=["long-external-id", "nul", "long-name", "empty-name", "blank-name"],
)
async def test_what_cannot_be_kept_is_refused_before_anything_is_sent(
    idp: IdentityProvider, backend: Backend, attributes: dict[str, Any]
) -> None:
    answer = await idp.send("POST", "/Users", user_of("kim", **attributes), 400)
    assert answer["scimType"] == "invalidValue"
    assert backend.requests() == 0
    kim = await create(idp, "kim")
    for name, value in attributes.items():
        await idp.patch(f"/Users/{kim}", {"op": "replace", "path": name, "value": value}, status=400)
        await idp.send("PUT", f"/Users/{kim}", user_of("kim", **{name: value}), 400)
    user = await idp.get(f"/Users/{kim}")
    assert user["userName"] == "kim@acme.example"
    assert "externalId" not in user


async def test_an_external_id_of_another_client_that_is_too_long_hides_no_list(
    idp: IdentityProvider, backend: Backend
) -> None:
    kim = await create(idp, "kim")
    if backend.name not in {"memory", "logto"}:
        pytest.skip("Flat stores no external ids, and WorkOS none of this length")
    client = idp.client
    known = await members(idp, backend).create(email="ada@acme.example", external_id=LONG)
    assert known.external_id == LONG, "the provider has it"
    shown = {user["id"]: user for user in (await idp.get("/Users"))["Resources"]}
    assert {kim, known.id} <= shown.keys()
    assert "externalId" not in shown[known.id]
    assert [user["id"] for user in await idp.find('userName eq "ada@acme.example"')] == [known.id]
    await idp.patch(f"/Users/{known.id}", {"op": "replace", "value": {"active": False}})
    await idp.patch(f"/Users/{known.id}", {"op": "replace", "value": {"active": True, "externalId": "E1"}})
    assert (await client.organization(backend.organization).users.get(known.id)).external_id == "E1"


async def test_empty_texts_are_no_values(idp: IdentityProvider, backend: Backend) -> None:
    empty: dict[str, Any] = {
        "externalId": "",
        "displayName": "",
        "locale": "",
        "phoneNumbers": [{"value": ""}],
        "id": None,
    }
    kim = await create(idp, "kim", **empty)
    user = await idp.get(f"/Users/{kim}")
    assert not {"externalId", "phoneNumbers"} & user.keys()
    await idp.patch(f"/Users/{kim}", {"op": "add", "path": "externalId", "value": "E1"})
    assert [user["id"] for user in await idp.find('externalId eq "E1"')] == [kim]
    await idp.patch(f"/Users/{kim}", {"op": "replace", "path": "externalId", "value": ""})
    assert await idp.find('externalId eq "E1"') == []


async def test_a_refused_group_leaves_no_role(idp: IdentityProvider, backend: Backend) -> None:
    kim = await create(idp, "kim")
    before = await idp.client.roles.list().collect()
    if backend.name != "flat":  # whose roles are groups already
        for name, refused in [("Choir", ["nobody"]), ("Choir", [kim, "x/../y"]), (LONG, []), (" ", []), ("", [])]:
            await idp.create_group(name, *refused, status=400)
    body = {"schemas": [GROUP], "displayName": GROUPS.get(backend.name, "Choir"), "externalId": LONG}
    await idp.send("POST", "/Groups", body, 400)
    assert await idp.client.roles.list().collect() == before
    group = await group_of(idp, backend, kim)
    for name in ("", "  ", LONG):
        await idp.patch(f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": name}, status=400)
    assert await members_of(idp, group) == [kim]


SUB_ATTRIBUTE: list[dict[str, Any]] = [
    {"op": "remove", "path": 'members[value eq "{id}"].display'},
    {"op": "Remove", "path": 'members[value eq "{id}"].type'},
    {"op": "remove", "path": "members.display"},
]


@pytest.mark.parametrize("operation", SUB_ATTRIBUTE, ids=lambda one: one["path"])
async def test_a_change_of_what_a_member_has_adds_no_member(
    idp: IdentityProvider, backend: Backend, operation: dict[str, Any]
) -> None:
    kim, lou = await create(idp, "kim"), await create(idp, "lou")
    group = await group_of(idp, backend, lou)
    for user in (kim, lou):
        named = {**operation, "path": operation["path"].replace("{id}", user)}
        await idp.send("PATCH", f"/Groups/{group}", {"schemas": [PATCH], "Operations": [named]})
    assert await members_of(idp, group) == [lou]


async def test_the_last_operation_of_a_member_counts(idp: IdentityProvider, backend: Backend) -> None:
    kim, lou, sam = [await create(idp, name) for name in ("kim", "lou", "sam")]
    group = await group_of(idp, backend, lou)
    add_kim: dict[str, object] = {"op": "Add", "path": "members", "value": [{"value": kim}]}
    remove_kim: dict[str, object] = {"op": "Remove", "path": f'Members[Value EQ "{kim}"]'}
    await idp.patch(f"/Groups/{group}", add_kim, remove_kim)
    assert await members_of(idp, group) == [lou]
    both: dict[str, object] = {"op": "remove", "path": f'{GROUP}:members[value eq "{kim}" or value eq "{lou}"]'}
    others: dict[str, object] = {"op": "add", "value": {f"{GROUP}:members": [{"value": sam}], "externalId": "G1"}}
    await idp.patch(f"/Groups/{group}", add_kim, both, others, add_kim)
    assert sorted(await members_of(idp, group)) == sorted([kim, sam])
    assert [found["id"] for found in await idp.find('externalId eq "G1"', "Groups")] == [group]


async def test_many_operations_take_a_time_that_grows_with_their_number(
    idp: IdentityProvider, backend: Backend
) -> None:
    if backend.name != "memory":
        pytest.skip("nothing is sent to the provider")
    kim = await create(idp, "kim")
    group = await group_of(idp, backend, kim)
    # Each operation copied the whole group before: these took minutes.
    strangers = [{"op": "remove", "path": f'members[value eq "stranger{number}"]'} for number in range(1000)]
    answer = await idp.http.patch(f"/Groups/{group}", json={"schemas": [PATCH], "Operations": strangers}, timeout=60)
    assert answer.status_code == 204
    assert await members_of(idp, group) == [kim]


async def test_an_error_states_the_attribute_in_the_words_of_scim(idp: IdentityProvider, backend: Backend) -> None:
    kim = await create(idp, "kim")
    group = await group_of(idp, backend)
    wrong: list[tuple[str, dict[str, object]]] = [
        (f"/Users/{kim}", {"op": "replace", "path": "emails", "value": "kim@acme.example"}),
        (f"/Users/{kim}", {"op": "replace", "path": "userName", "value": {"secret": "s3cret-Pa55"}}),
        (f"/Groups/{group}", {"op": "add", "path": "members", "value": ["s3cret-Pa55"]}),
    ]
    for path, operation in wrong:
        answer = await idp.patch(path, operation, status=400)
        assert answer["scimType"] == "invalidValue"
        assert not any(text in answer["detail"] for text in ("pydantic", "s3cret", "validation error"))


async def take_away(idp: IdentityProvider, backend: Backend, **attributes: Any) -> tuple[str, Users]:
    """Delete a user, whose account is kept, and let another organization add it. Return its id and that one's users."""
    kim = await create(idp, "kim", **attributes)
    await idp.send("DELETE", f"/Users/{kim}", status=204)
    other = await idp.client.organizations.create(name="Globex")
    users = idp.client.organization(other.id).users
    await users.add([kim])
    return kim, users


@pytest.mark.parametrize(
    "changes",
    [
        {"emails": [{"value": "evil@acme.example"}]},
        {"phoneNumbers": [{"value": "+12025550143"}]},
        {"password": "Evil-Pa55-word"},
    ],
    ids=["address", "telephone", "password"],
)
async def test_a_user_who_is_created_again_is_not_taken_from_another_organization(
    idp: IdentityProvider, backend: Backend, changes: dict[str, Any]
) -> None:
    if backend.name not in {"memory", "logto"}:
        pytest.skip("accounts have no usernames here, or belong to one organization")
    name = {"userName": "kim"}
    kim, others = await take_away(idp, backend, **name)
    before = await others.get(kim)
    answer = await idp.send("POST", "/Users", user_of("kim", **name, **changes), 400)
    assert answer["scimType"] == "mutability"
    assert await others.get(kim) == before
    assert await members(idp, backend).find(username="kim") is None
    # With the same sign-in, it is a member again.
    assert await create(idp, "kim", **name) == kim


async def test_a_user_who_is_created_again_is_active_and_has_the_new_password(
    idp: IdentityProvider, backend: Backend
) -> None:
    if backend.name == "flat":
        pytest.skip("Flat adds no account again")
    kim = await create(idp, "kim")
    await idp.patch(f"/Users/{kim}", {"op": "replace", "value": {"active": False}})
    await idp.send("DELETE", f"/Users/{kim}", status=204)
    again = await idp.send("POST", "/Users", user_of("kim", active=True, password="N3w-Pa55-word"), 201)
    assert again["active"] is True
    assert (await members(idp, backend).get(again["id"])).is_suspended is not True
    if backend.name == "logto":
        sent = [one for one in backend.sandbox.requests if one.method == "PATCH" and one.path.endswith("/password")]
        assert sent, "the password was sent"


async def test_a_create_of_an_inactive_user_deactivates_no_member_of_before(
    idp: IdentityProvider, backend: Backend
) -> None:
    own: dict[str, Any] = {"flat": {"username": "ada1", "password": "Zq8-very-Long"}}.get(backend.name, {})
    users = members(idp, backend)
    known = await users.create(email="ada@acme.example", given_name="Kim", family_name="Lee", **own)
    await idp.send("POST", "/Users", user_of("ada", active=False), 409)
    assert (await users.get(known.id)).is_suspended is not True
    # A new user of this kind is created, and is inactive.
    lou = await create(idp, "lou", active=False)
    assert (await idp.get(f"/Users/{lou}"))["active"] is False


@pytest.mark.parametrize("active", [True, None], ids=["returns", "stays-inactive"])
@pytest.mark.parametrize(
    "changes",
    [{"emails": [{"value": "evil@acme.example"}]}, {"userName": "evil"}, {"password": "Evil-Pa55-word"}],
    ids=["address", "name", "password"],
)
async def test_an_inactive_user_of_two_organizations_does_not_return_with_another_sign_in(
    idp: IdentityProvider, backend: Backend, changes: dict[str, Any], active: bool | None
) -> None:
    if backend.name not in {"memory", "logto"}:
        pytest.skip("a membership is suspended here, or accounts belong to one organization")
    kim = await create(idp, "kim", userName="kim")
    other = await idp.client.organizations.create(name="Globex")
    others = idp.client.organization(other.id).users
    await others.add([kim])
    before = await others.get(kim)
    await idp.patch(f"/Users/{kim}", {"op": "replace", "value": {"active": False}})
    stated = changes if active is None else {**changes, "active": active}
    answer = await idp.patch(f"/Users/{kim}", {"op": "replace", "value": stated}, status=400)
    assert answer["scimType"] == "mutability"
    # A refused request changes nothing: the user is still inactive, and returns as it was.
    assert (await idp.get(f"/Users/{kim}"))["active"] is False
    await idp.patch(f"/Users/{kim}", {"op": "replace", "value": {"active": True, "displayName": "Kim L."}})
    returned = await others.get(kim)
    assert (returned.email, returned.username) == (before.email, before.username)


async def test_a_suspension_of_another_organization_is_not_ended(idp: IdentityProvider, backend: Backend) -> None:
    if backend.name not in {"memory", "logto"}:
        pytest.skip("a suspension is of one membership here, or there is none")
    kim = await create(idp, "kim")
    other = await idp.client.organizations.create(name="Globex")
    await idp.client.organization(other.id).users.add([kim])
    await idp.client.accounts.suspend(kim, suspended=True)
    answer = await idp.patch(f"/Users/{kim}", {"op": "replace", "value": {"active": True}}, status=400)
    assert answer["scimType"] == "mutability"
    assert (await members(idp, backend).get(kim)).is_suspended is True


@asynccontextmanager
async def second_worker(idp: IdentityProvider, backend: Backend) -> AsyncGenerator[IdentityProvider]:
    """Yield what sends requests to a second app with the same map: it has its own lists, as a second process has."""
    options, organization = backend.options(), backend.organization
    app = gateway(idp.client, options=options, tokens=[TOKEN], id_map=idp.id_map, organization=organization)
    transport, headers = httpx.ASGITransport(app), {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway/v2", headers=headers) as http:
        yield IdentityProvider(http, idp.id_map, idp.client)


async def test_a_group_that_another_worker_has_created_is_known_at_once(
    idp: IdentityProvider, backend: Backend
) -> None:
    if backend.name == "flat":
        pytest.skip("no group is created at Flat")
    kim = await create(idp, "kim")
    async with second_worker(idp, backend) as other:
        await other.get(f"/Users/{kim}")  # it has read the roles now
        first = await group_of(idp, backend, kim)
        assert [group["value"] for group in (await other.get(f"/Users/{kim}"))["groups"]] == [first]
        second: str = (await idp.create_group("Orchestra"))["id"]
        await other.patch(f"/Groups/{second}", {"op": "add", "path": "members", "value": [{"value": kim}]})
        for each in (idp, other):
            assert {group["value"] for group in (await each.get(f"/Users/{kim}"))["groups"]} == {first, second}
        # A role that is gone is looked for once, not with each request.
        await idp.send("DELETE", f"/Groups/{first}", status=204)
        await other.get(f"/Users/{kim}")
        backend.requests()
        await other.get(f"/Users/{kim}")
        assert backend.requests() <= 1
        assert [group["value"] for group in (await other.get(f"/Users/{kim}"))["groups"]] == [second]


async def test_a_whole_list_of_members_replaces_what_another_worker_has_added(
    idp: IdentityProvider, backend: Backend
) -> None:
    names = {"flat": ("teacher", "admin")}.get(backend.name, ("Choir", "Orchestra"))
    kim, lou = await create(idp, "kim"), await create(idp, "lou")
    first, second = [(await idp.create_group(name, lou))["id"] for name in names]
    async with second_worker(idp, backend) as other:
        for group in (first, second, first):
            assert await members_of(other, group) == [lou]
        for group in (first, second):
            await idp.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": kim}]})
        for group, name in zip((first, second), names, strict=True):
            body = {"schemas": [GROUP], "displayName": name, "members": [{"value": lou}]}
            await other.send("PUT", f"/Groups/{group}", body, 200)
    for group in (first, second):
        assert await members_of(idp, group) == [lou]


REFUSED: list[tuple[str, Any, int]] = [
    ("/Users/.search", {"filter": " or ".join(['userName eq "x"'] * 1000)}, 400),
    ("/Users/.search", {"Filter": "(" * 20_000}, 400),
    ("/Users/.search", {"attributes": ["a"] * 101}, 400),
    ("/Users/.search", {"excludedAttributes": ",".join(["a"] * 101)}, 400),
    ("/Groups/{id}", [{"op": "remove", "path": f"members[{' or '.join(['value eq 1'] * 1000)}]"}], 400),
    ("/Groups/{id}", [{"op": "remove", "path": "members", "value": [{"value": "x"}]}] * 1001, 413),
    ("/Groups/{id}", [{"op": "replace", "path": "displayName", "value": "Choir"}] * 201, 413),
    ("/Groups/{id}", [{"op": "Replace", "path": "members", "value": []}] * 201, 413),
    ("/Groups/{id}", [{"op": "replace", "value": {f"x{number}": 1 for number in range(201)}}], 413),
    ("/Users", {"userName": "kim", "emails": [{"value": "kim@acme.example"}] * 101}, 400),
    ("/Users", {"userName": "kim", "Schemas": [f"urn:x:{number}" for number in range(101)]}, 400),
    ("/Groups/{id}?attributes=" + ",".join(["a"] * 101), [{"op": "remove", "path": "externalId"}], 400),
]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    REFUSED,
    ids=[
        *("filter", "brackets", "attributes", "excluded", "path", "member-operations", "operations"),
        *("whole-lists", "attributes-of-an-operation", "emails", "schemas", "attributes-of-one"),
    ],
)
async def test_a_request_that_would_keep_others_waiting_is_refused(
    idp: IdentityProvider, backend: Backend, path: str, body: Any, status: int
) -> None:
    group = await group_of(idp, backend)
    if isinstance(body, list):
        answer = await idp.send(
            "PATCH", path.format(id=group), {"schemas": [PATCH], "Operations": cast("list[object]", body)}, status
        )
    else:
        answer = await idp.send("POST", path, body, status)
    assert "more than" in answer["detail"] or "longer than" in answer["detail"]
