"""A call of every method, async and blocking, native and bulk. It is never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import assert_type

from pydantic import JsonValue, SecretStr

from orgsdk import Capability, Invitation, Organization, OrgClient, Page, Paginator, Role, User, blocking, bulk
from orgsdk.events import Event, Retrying, Waiting
from orgsdk.options import Telemetry  # noqa: TC001  # as in user code
from orgsdk.providers import Flat, FlatRefreshToken, Logto, Memory
from orgsdk.providers.flat.models import LtiConfigurationCreate1p1, UserDetailsAdmin
from orgsdk.providers.logto.models import CreateOrganization, CreateUser, OrganizationUser, TenantOrganization
from orgsdk.resources import Accounts, Invitations, OrganizationHandle, Organizations, Roles, Users
from orgsdk.responses import RateLimit, RawResponse
from orgsdk.telemetry import OpenTelemetry


def heard(event: Event) -> None:
    if isinstance(event, Retrying | Waiting):
        assert_type(event.delay, float)


def clients(telemetry: Telemetry) -> None:
    OrgClient(
        Flat(token=SecretStr("token"), base_url="http://127.0.0.1:1/v2", max_concurrency=4, requests_per_second=2),
        timeout=5,
        max_attempts=1,
        max_wait=0,
        headers={"X-Trace": "1"},
        on_event=heard,
        telemetry=OpenTelemetry(),
    )
    OrgClient(Logto(endpoint="https://t.logto.app", app_id="id", app_secret="secret"), telemetry=telemetry)
    assert_type(OrgClient.memory(users=3).provider, Memory)
    assert_type(OrgClient.from_url("memory:").capabilities, frozenset[Capability])
    assert_type(OrgClient.from_env(environ={"ORGSDK_PROVIDER": "memory"}).rate_limit, RateLimit | None)


async def access_token() -> str:
    return "token"


async def store(access: SecretStr, refresh: SecretStr) -> None:
    assert_type(access, SecretStr)


def sign_in() -> tuple[Flat, Flat]:
    renewed = FlatRefreshToken(refresh_token="old", client_id="id", client_secret="secret", on_tokens=store)
    return Flat(access_token), Flat(refresh_token=renewed)


async def handles(client: OrgClient) -> None:
    org = client.organization("org_id")
    assert_type(org, OrganizationHandle)
    assert_type(org.id, str | None)
    assert_type(org.users, Users)
    assert_type(org.invitations, Invitations)
    assert_type(client.accounts, Accounts)
    assert_type(client.organizations, Organizations)
    assert_type(client.roles, Roles)


async def members(users: Users, invitations: Invitations) -> None:
    assert_type(users.list(query="a", role="r", page_size=9, cursor="c", max_pages=2, complete=True), Paginator[User])
    assert_type(await users.get("id"), User)
    assert_type(await users.find(username="ada"), User | None)
    assert_type(await users.count(query="ada", role="teacher"), int)
    assert_type(await users.create(username="ada", password=SecretStr("secret"), roles=("teacher",)), User)
    await users.add(["id"], roles=["teacher"])
    assert_type(await users.update("id", email=None, phone="1", external_id="S1", password="secret"), User)
    await users.remove("id", account="delete")
    assert_type(await users.suspend("id", suspended=False), User)
    assert_type(await users.list_roles("id"), Sequence[Role])
    await users.set_roles("id", {"admin"})
    await users.add_roles("id", ["admin"])
    await users.remove_roles("id", ("admin",))
    assert_type(invitations.list(status="pending", email="a@example.com"), Paginator[Invitation])
    assert_type(await invitations.get("id"), Invitation)
    later = datetime.now(UTC) + timedelta(days=7)
    assert_type(await invitations.create("a@example.com", roles=["teacher"], expires_at=later, send=False), Invitation)
    assert_type(await invitations.create("a@example.com", expires_in=timedelta(days=7), inviter_id="id"), Invitation)
    await invitations.resend("id")
    assert_type(await invitations.accept("id", user_id="id"), Invitation)
    assert_type(await invitations.revoke("id"), Invitation)
    await invitations.remove("id")


async def tenant(client: OrgClient) -> None:
    users, organizations, roles = client.accounts, client.organizations, client.roles
    assert_type(users.list(query="ada", complete=True), Paginator[User])
    assert_type(await users.get("id"), User)
    assert_type(await users.find(email="a@example.com"), User | None)
    assert_type(await users.count(query="ada"), int)
    assert_type(await users.create(email="a@example.com", given_name="Ada"), User)
    assert_type(await users.update("id", family_name=None), User)
    await users.remove("id", account="delete")
    assert_type(await users.suspend("id"), User)
    assert_type(await users.list_organizations("id"), Sequence[Organization])
    assert_type(organizations.list(query="org"), Paginator[Organization])
    assert_type(await organizations.get("id"), Organization)
    assert_type(await organizations.create("Band", description="loud"), Organization)
    assert_type(await organizations.update("id", name="Band", description=None), Organization)
    await organizations.remove("id")
    assert_type(roles.list(query="t"), Paginator[Role])
    assert_type(await roles.get("teacher"), Role)
    assert_type(await roles.create("teacher", kind="User", scopes=["read"]), Role)
    assert_type(await roles.update("teacher", description=None, scopes=[]), Role)
    await roles.remove("teacher")


async def lists(client: OrgClient) -> None:
    users = client.organization().users.list()
    assert_type([user async for user in users], list[User])
    assert_type([len(page) async for page in users.pages()], list[int])
    async with users.prefetch() as ahead:
        assert_type(ahead.pages(), AsyncIterator[Page[User]])
    assert_type(await users.count(), int)
    page = await users
    assert_type([user.raw for user in page], list[dict[str, JsonValue]])
    assert_type(page.total, int | None)
    raw = await client.with_raw_response(client.organization().users.list())
    assert_type(raw, RawResponse[Page[User]])
    assert_type(raw.status_code, int)


async def natives(flat: OrgClient[Flat], logto: OrgClient[Logto]) -> None:
    async for user in flat.native.list_organization_users(sort="lastname", role="teacher"):
        assert_type(user, UserDetailsAdmin)
    made = await flat.native.create_organization_user(username="ada", password=SecretStr("secret"))
    await flat.native.update_organization_user(made.id, firstname="Ada")
    await flat.native.create_lti_configuration(LtiConfigurationCreate1p1(name="Ours", lms="canvas"))
    assert_type(await flat.native.count_orga_users(), int)
    assert_type(logto.native.list_organization_users("org_id", q="ada"), Paginator[OrganizationUser])
    assert_type(await logto.native.create_organization(CreateOrganization(name="Band")), TenantOrganization)
    account = await logto.native.create_user(CreateUser(username="ada"))
    await logto.native.add_organization_users("org_id", user_ids=[account.id])


async def rosters(org: OrganizationHandle, elsewhere: OrganizationHandle) -> None:
    roster = bulk.read_csv("roster.csv", columns={"email": "Mail"}, roles={"pupil": "student", "parent": None})
    assert_type(roster, bulk.Roster)
    policy = bulk.Policy(remove="membership", protect=("*@staff.example.org",), max_age=timedelta(hours=1))
    plan = await bulk.plan(org, roster, policy, previous=bulk.Plan.load("last.json"))
    assert_type(plan, bulk.Plan)
    assert_type([plan.summary(), plan.table(limit=None), plan.hash], list[str])
    assert_type(plan.counts["create"], int)
    assert_type(plan.is_empty, bool)
    plan.save(Path("plan.json"))
    async with bulk.apply(plan, org, journal="run.journal", confirm_removals=(1, plan.hash)) as run:
        async for outcome in run:
            assert_type(outcome, bulk.Outcome)
    assert_type(await bulk.resume("run.journal", org, on_progress=progressed), bulk.Report)
    await bulk.plan(org, await bulk.from_users(elsewhere.users.list(complete=True)))
    await bulk.plan(org, [bulk.UserSpec(username="ada", roles=("teacher",), origin="by hand")])


def progressed(progress: bulk.Progress) -> None:
    assert_type(progress, bulk.Progress)


def script(client: blocking.OrgClient, org: blocking.OrganizationHandle) -> None:
    users, accounts, invitations = org.users, client.accounts, org.invitations
    assert_type(users.list(role="teacher"), blocking.Paginator[User])
    assert_type(users.list().page_size, int)
    assert_type(users.get("id"), User)
    assert_type(users.count(), int)
    users.add(["id"], roles=["teacher"])
    assert_type(users.suspend("id"), User)
    assert_type(users.list_roles("id"), Sequence[Role])
    users.set_roles("id", ["admin"])
    users.add_roles("id", ["admin"])
    users.remove_roles("id", ["admin"])
    assert_type(accounts.list(query="ada"), blocking.Paginator[User])
    assert_type(accounts.get("id"), User)
    assert_type(accounts.find(email="a@example.com"), User | None)
    assert_type(accounts.count(), int)
    assert_type(accounts.create(username="ada"), User)
    assert_type(accounts.update("id", name=None), User)
    accounts.remove("id", account="delete")
    assert_type(accounts.suspend("id", suspended=False), User)
    assert_type(accounts.list_organizations("id"), Sequence[Organization])
    assert_type(invitations.list(status="pending"), blocking.Paginator[Invitation])
    assert_type(invitations.get("id"), Invitation)
    assert_type(invitations.create("a@example.com", roles=["teacher"]), Invitation)
    invitations.resend("id")
    assert_type(invitations.accept("id", user_id="id"), Invitation)
    assert_type(invitations.revoke("id"), Invitation)
    invitations.remove("id")
    assert_type(client.organizations.get("id"), Organization)
    assert_type(client.organizations.create("Band"), Organization)
    assert_type(client.organizations.update("id", description=None), Organization)
    client.organizations.remove("id")
    assert_type(client.roles.list(), blocking.Paginator[Role])
    assert_type(client.roles.get("teacher"), Role)
    assert_type(client.roles.create("teacher"), Role)
    assert_type(client.roles.update("teacher", name="tutor"), Role)
    client.roles.remove("teacher")
    assert_type(client.with_options(timeout=5), blocking.OrgClient)


def native_script(client: blocking.OrgClient[Logto]) -> None:
    organization = client.run(lambda other: other.native.get_organization("id"))
    assert_type(organization, TenantOrganization)


def settings(environ: Mapping[str, str]) -> blocking.OrgClient:
    return blocking.OrgClient.from_env(environ=environ)
