"""Accounts, invitations and organizations of the kit, by a small provider: what is adopted, filtered and refused."""

from __future__ import annotations

import pytest

from orgsdk.domain import (
    InvitationDraft,
    InvitationQuery,
    OrganizationChanges,
    OrganizationDraft,
    OrganizationQuery,
    UserChanges,
    UserDraft,
)
from orgsdk.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    UnsupportedError,
)
from orgsdk.pagination import Paginator
from tests.providers.http.guild import Guild, GuildPeople, GuildServer

pytestmark = pytest.mark.anyio

OLD = "2020-01-01T00:00:00Z"


@pytest.fixture
def server() -> GuildServer:
    return GuildServer()


@pytest.fixture
def guild(server: GuildServer) -> Guild:
    return Guild(server)


async def test_a_lost_account_of_this_call_is_adopted(guild: Guild, server: GuildServer) -> None:
    server.lose = "POST /people"
    created = await guild.accounts().create(UserDraft(email="ada@example.com", name="Ada"))
    assert created.adopted
    assert len(server.people) == 1


@pytest.mark.parametrize("other", [{"created_at": OLD, "title": "Ada"}, {"title": "Bob"}, {"created_at": None}])
async def test_an_account_of_another_call_is_not_adopted(
    guild: Guild, server: GuildServer, other: dict[str, object]
) -> None:
    server.person(1, mail="ada@example.com", **other)
    server.lose = "POST /people"
    with pytest.raises(ConflictError):
        await guild.accounts().create(UserDraft(email="ada@example.com", name="Ada"))


async def test_an_address_is_found_in_every_spelling(guild: Guild, server: GuildServer) -> None:
    accounts = guild.accounts()
    server.person(1, mail="ADA@EXAMPLE.COM")
    found = await accounts.find(email="Ada@Example.com", username=None)
    assert found is not None
    server.person(2, mail="ada@example.com")
    with pytest.raises(ConflictError, match="2 users have this address"):
        await accounts.find(email="Ada@Example.com", username=None)
    exact = await accounts.find(email="ada@example.com", username=None)
    assert (exact and exact.id, server.received.count("GET /people")) == ("p2", 7)


async def test_a_value_that_the_server_ignores_is_reported(guild: Guild, server: GuildServer) -> None:
    server.person(1)
    server.keeps_titles = True
    with pytest.raises(UnsupportedError, match="an update of the name at this server") as caught:
        await guild.accounts().update("p1", UserChanges(name="Ada"))
    assert getattr(caught.value.partial_result, "id", None) == "p1"
    assert (await guild.accounts().update("p1", UserChanges(email="a@example.com"))).email == "a@example.com"


async def test_account_fields_are_checked_without_a_request(guild: Guild, server: GuildServer) -> None:
    accounts = guild.accounts()
    accounts.check_create(UserDraft(email="ada@example.com"))
    with pytest.raises(UnsupportedError, match="an empty email"):
        accounts.check_update(UserChanges(email=None))
    with pytest.raises(InvalidArgumentError, match="can only be deleted"):
        await accounts.remove("p1", "keep")
    assert server.received == []


async def test_the_organizations_of_an_account_are_those_of_its_seats(guild: Guild, server: GuildServer) -> None:
    accounts = guild.accounts()
    assert await _ids_of(accounts, server.person(1)) == []
    server.seat("p1")
    assert await _ids_of(accounts, "p1") == ["g1"]
    server.seat("p1", suspended=None)
    assert await _ids_of(accounts, "p1") == []
    with pytest.raises(NotFoundError):
        await accounts.list_organizations("p9")
    with pytest.raises(InvalidArgumentError):
        await accounts.list_organizations("../x")


async def _ids_of(accounts: GuildPeople, user_id: str) -> list[str]:
    return [each.id for each in await accounts.list_organizations(user_id)]


async def test_a_lost_invitation_of_this_call_is_adopted(guild: Guild, server: GuildServer) -> None:
    server.lose = "POST /guilds/g1/invitations"
    created = await guild.invitations("g1").create(InvitationDraft(email="p1@example.com", roles=("r1",)))
    assert (created.adopted, created.roles) == (True, ("smith",))
    assert len(server.invitations) == 1


@pytest.mark.parametrize("other", [{"created_at": OLD}, {"status": "revoked"}, {"roles": ["cook"]}])
async def test_a_second_invitation_is_never_sent(guild: Guild, server: GuildServer, other: dict[str, object]) -> None:
    server.invitation(1, **{"roles": ["smith"], **other})
    server.refuse = {"POST /guilds/g1/invitations": (503, "busy")}
    with pytest.raises(OutcomeUnknownError):
        await guild.invitations("g1").create(InvitationDraft(email="p1@example.com", roles=("smith",)))
    assert server.received.count("POST /guilds/g1/invitations") == 1


async def test_invitations_are_filtered_here(guild: Guild, server: GuildServer) -> None:
    server.invitation(1)
    server.invitation(2, status="revoked", email="P1@example.com")
    server.invitation(3)

    async def ids(query: InvitationQuery) -> list[str]:
        return [each.id for each in await Paginator(guild.invitations("g1").list(query)).collect()]

    assert await ids(InvitationQuery()) == ["i1", "i2", "i3"]
    assert await ids(InvitationQuery(status="Pending")) == ["i1", "i3"]
    assert await ids(InvitationQuery(email="p1@Example.com")) == ["i1", "i2"]


async def test_only_a_pending_invitation_of_the_organization_is_changed(guild: Guild, server: GuildServer) -> None:
    invitations = guild.invitations("g1")
    server.person(1)
    server.invitation(1, status="expired")
    server.invitation(2, organization_id="g2")
    for call in (invitations.resend("i1"), invitations.revoke("i1"), invitations.accept("i1", "p1")):
        with pytest.raises(ConflictError, match="the invitation is expired"):
            await call
    with pytest.raises(NotFoundError, match="organization g1 has no invitation i2"):
        await invitations.revoke("i2")
    server.invitation(3)
    with pytest.raises(ConflictError, match="the user p1 has another e-mail address"):
        await invitations.accept("i3", "p1")
    assert not [call for call in server.received if call.startswith("POST")]


@pytest.mark.parametrize("change", ["accepted", "revoked"])
async def test_a_lost_change_is_decided_by_the_state(guild: Guild, server: GuildServer, change: str) -> None:
    invitations = guild.invitations("g1")
    server.person(1)
    server.invitation(1)
    path = f"POST /invitations/i1/{change}"

    async def call() -> str:
        found = await (invitations.accept("i1", "p1") if change == "accepted" else invitations.revoke("i1"))
        return found.status

    server.refuse = {path: (503, "busy")}
    with pytest.raises(Exception, match="503"):
        await call()
    server.refuse = {}
    server.lose = path
    assert await call() == change


async def test_an_organization_is_adopted_by_its_mark(guild: Guild, server: GuildServer) -> None:
    server.lose = "POST /guilds"
    created = await guild.organizations.create(OrganizationDraft(name="Smiths"))
    assert (created.id, created.adopted) == ("g2", True)
    server.refuse = {"POST /guilds": (503, "busy")}
    with pytest.raises(OutcomeUnknownError, match="the lookup found nothing"):
        await guild.organizations.create(OrganizationDraft(name="Smiths"))
    assert server.received.count("POST /guilds") == 2


async def test_organizations_are_listed_changed_and_deleted(guild: Guild, server: GuildServer) -> None:
    organizations = guild.organizations
    for name in ("Tailors", "Cooks", "Bakers"):
        await organizations.create(OrganizationDraft(name=name))
    assert len(await Paginator(organizations.list(OrganizationQuery(query="s"))).collect()) == 4
    assert (await organizations.update("g2", OrganizationChanges(name="Weavers"))).name == "Weavers"
    assert (await organizations.update("g2", OrganizationChanges())).name == "Weavers"
    assert server.received[-1] == "GET /guilds/g2"
    await organizations.remove("g2")
    with pytest.raises(NotFoundError):
        await organizations.get("g2")


async def test_the_limit_of_a_key_has_no_secret(server: GuildServer) -> None:
    one, same, other = Guild(server, token="a1b2c3"), Guild(server, token="a1b2c3"), Guild(server, token="d4e5f6")
    keys = [await each.limit_key() for each in (one, same, other)]
    assert keys[0] == keys[1] != keys[2]
    assert "a1b2c3" not in keys[0]
