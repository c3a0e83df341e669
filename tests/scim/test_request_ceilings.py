"""How many requests an answer takes at the provider, at most: with 250 users, 165 of them with one role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient
from orgsdk.providers import Flat, Logto
from orgsdk.sandbox import Sandbox
from orgsdk.sandbox.roster import Person
from orgsdk.scim import GatewayOptions
from tests.conftest import unmeasured_threads
from tests.scim.gateways import IdentityProvider, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

MEMBERS, TEACHERS = 250, 165


@dataclass
class Counted:
    """An identity provider of a gateway over one sandbox server, whose requests are counted."""

    name: str
    idp: IdentityProvider
    sandbox: Sandbox

    def requests(self) -> int:
        """Return the number of requests since the last call. Those for an access token are not counted."""
        number = sum(
            exchange.provider == self.name and "/oidc/" not in exchange.path for exchange in self.sandbox.requests
        )
        self.sandbox.requests.clear()
        return number

    async def group_id(self) -> str:
        """Return the id of the group with 165 members."""
        (found,) = await self.idp.find('displayName eq "teacher"', "Groups", excludedAttributes="members")
        return str(found["id"])


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    people = [
        Person(f"S{n}", f"kim{n}", f"kim{n}@example.org", "Kim", str(n), "teacher" if n < TEACHERS else "student", None)
        for n in range(MEMBERS)
    ]
    sandbox = Sandbox(people)
    with unmeasured_threads():
        sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture(params=["flat", "logto"])
async def counted(request: pytest.FixtureRequest, running: Sandbox, tmp_path: Path) -> AsyncIterator[Counted]:
    running.reset()
    name = str(request.param)
    client: OrgClient
    if name == "flat":
        client = OrgClient(Flat(token=running.flat.token, base_url=running.flat_url))
        organization, options = None, GatewayOptions(on_delete="keep", on_deactivate="end_membership")
    else:
        state = running.logto
        client = OrgClient(Logto(endpoint=running.logto_url, app_id=state.app_id, app_secret=state.app_secret))
        organization, options = state.organization_id, GatewayOptions(on_delete="keep")
    async with client, serving(client, tmp_path, options=options, organization=organization) as idp:
        # The access token, the roles and the id of the token's organization are read once a minute, or once.
        await idp.get("/Users?count=1")
        found = Counted(name, idp, running)
        found.requests()
        yield found


async def test_lookups_take_one_request(counted: Counted) -> None:
    kim = await counted.idp.create_user("kim@acme.example", externalId="x1")
    counted.requests()
    for filter_ in (
        'userName eq "KIM@acme.example"',
        'externalId eq "x1"',
        'emails.value eq "kim@acme.example"',
        'emails[type eq "work"].value eq "kim@acme.example"',
        f'id eq "{kim["id"]}"',
    ):
        assert [user["id"] for user in await counted.idp.find(filter_)] == [kim["id"]], filter_
        assert counted.requests() <= 1, filter_
    for filter_ in ('userName eq "lee@acme.example"', 'externalId eq "x2"', 'emails.value eq "lee@acme.example"'):
        assert await counted.idp.find(filter_) == [], filter_
        assert counted.requests() <= 1, filter_
    await counted.idp.get(f"/Users/{kim['id']}")
    assert counted.requests() == 1


async def test_a_user_who_was_there_before_is_found_by_username_and_by_address(counted: Counted) -> None:
    (by_name,) = await counted.idp.find('userName eq "kim7"')
    assert counted.requests() == 1
    (by_address,) = await counted.idp.find('userName eq "kim7@example.org"')
    assert counted.requests() == 1
    assert by_name["id"] == by_address["id"]
    # From now on, the user has the name that the identity provider knows.
    assert by_address["userName"] == "kim7@example.org"
    (again,) = await counted.idp.find('userName eq "kim7@example.org"')
    assert again == by_address
    assert counted.requests() == 1


async def test_pages_take_a_request_each(counted: Counted) -> None:
    price = {"flat": 2, "logto": 1}[counted.name]
    listed: list[str] = []
    while True:
        page = await counted.idp.get(f"/Users?startIndex={len(listed) + 1}&count=100")
        assert counted.requests() <= price
        assert page["totalResults"] == MEMBERS
        if not page["Resources"]:
            break
        listed += [user["id"] for user in page["Resources"]]
        if len(listed) == MEMBERS:
            break
    assert len(set(listed)) == MEMBERS
    unaligned = await counted.idp.get("/Users?startIndex=51&count=100")
    assert [user["id"] for user in unaligned["Resources"]] == listed[50:150]
    assert counted.requests() <= 2
    assert (await counted.idp.get("/Users?count=0"))["totalResults"] == MEMBERS
    assert counted.requests() == 1


async def test_writes_of_a_user(counted: Counted) -> None:
    idp = counted.idp
    kim = await idp.create_user("kim@acme.example", externalId="x1", name={"givenName": "Kim"}, displayName="Kim Lee")
    path = f"/Users/{kim['id']}"
    assert counted.requests() <= {"flat": 2, "logto": 3}[counted.name]
    await idp.patch(path, {"op": "Replace", "path": "name.givenName", "value": "Kima"})
    assert counted.requests() <= {"flat": 2, "logto": 3}[counted.name]
    await idp.patch(path, {"op": "replace", "value": {"name.givenName": "Kim", "displayName": "K"}})
    assert counted.requests() <= {"flat": 2, "logto": 4}[counted.name]
    await idp.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    assert counted.requests() <= 3
    assert (await idp.get(path))["active"] is False
    counted.requests()
    if counted.name == "logto":
        await idp.patch(path, {"op": "Replace", "path": "active", "value": "True"})
        assert counted.requests() <= 3
    await idp.send("DELETE", path, status=204)
    assert counted.requests() <= {"flat": 2, "logto": 3}[counted.name]


async def test_groups(counted: Counted) -> None:
    idp = counted.idp
    group = await counted.group_id()
    # Logto asks for the roles in each request that names one.
    assert counted.requests() <= 1
    await idp.get("/Groups?excludedAttributes=members")
    assert counted.requests() <= 1
    await idp.get(f"/Groups/{group}?excludedAttributes=members")
    assert counted.requests() <= 1
    whole = await idp.get(f"/Groups/{group}")
    assert counted.requests() <= 1 + -(-TEACHERS // 100)
    assert len(whole["members"]) == TEACHERS
    listed = await idp.get("/Groups")
    assert counted.requests() <= 1 + -(-MEMBERS // 100)
    assert next(one for one in listed["Resources"] if one["id"] == group)["members"] == whole["members"]


async def test_members_of_a_large_group(counted: Counted) -> None:
    idp, group = counted.idp, await counted.group_id()
    (other,) = await idp.find('userName eq "kim200"')
    counted.requests()
    await idp.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": other["id"]}]})
    assert counted.requests() <= 3
    assert other["id"] in {one["value"] for one in (await idp.get(f"/Groups/{group}"))["members"]}
    counted.requests()
    await idp.patch(f"/Groups/{group}", {"op": "Remove", "path": "members", "value": [{"value": other["id"]}]})
    assert counted.requests() <= 3
    members = {one["value"] for one in (await idp.get(f"/Groups/{group}"))["members"]}
    assert other["id"] not in members
    assert len(members) == TEACHERS
