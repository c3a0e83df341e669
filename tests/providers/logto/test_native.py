"""`client.native`: every operation of Logto's OpenAPI document, against the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from orgsdk import (
    BadRequestError,
    ConflictError,
    InvalidArgumentError,
    InvalidCursorError,
    NotFoundError,
    OrgClient,
    ServerError,
    UnprocessableError,
)
from orgsdk.providers.logto import LogtoAPI, models as m
from orgsdk.sandbox.logto.records import TenantRole
from orgsdk.sandbox.logto.seed import role_id, user_id

if TYPE_CHECKING:
    from orgsdk.providers import Logto
    from orgsdk.sandbox import Sandbox

pytestmark = pytest.mark.anyio

HARRY = user_id("hwright")


@pytest.fixture
def api(client: OrgClient[Logto]) -> LogtoAPI:
    return client.native


@pytest.fixture
def school(sandbox: Sandbox) -> str:
    return sandbox.logto.organization_id


def in_a_day() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def test_every_operation_is_called_here() -> None:
    here = Path(__file__).read_text("utf-8")
    assert [name for name in dir(LogtoAPI) if not name.startswith("_") and f"api.{name}(" not in here] == []


async def test_organizations(api: LogtoAPI) -> None:
    branding = m.OrganizationBranding(logo_url="https://cdn.example.org/l.png")
    made = await api.create_organization(
        m.CreateOrganization(name="Quartet", custom_data={"n": 1}, is_mfa_required=False, branding=branding)
    )
    assert (made.name, made.custom_data, made.branding, made.tenant_id) == ("Quartet", {"n": 1}, branding, "default")
    assert made.created_at is not None
    assert made.created_at.tzinfo is UTC
    assert await api.get_organization(made.id) == made
    changed = await api.update_organization(made.id, changes=m.UpdateOrganization(custom_data={"m": 2}))
    assert (changed.name, changed.custom_data) == ("Quartet", {"m": 2})
    assert [found.name async for found in api.list_organizations(q="quart")] == ["Quartet"]
    await api.delete_organization(made.id)
    with pytest.raises(NotFoundError):
        await api.get_organization(made.id)
    with pytest.raises(NotFoundError):
        await api.delete_organization(made.id)


async def test_organizations_show_a_few_of_their_members(api: LogtoAPI, school: str) -> None:
    (shown,) = [found async for found in api.list_organizations(show_featured=True) if found.id == school]
    assert shown.users_count == 1000
    assert shown.featured_users is not None
    assert 1 <= len(shown.featured_users) <= 3
    (plain,) = [found async for found in api.list_organizations() if found.id == school]
    assert (plain.users_count, plain.featured_users) == (None, None)


async def test_members(api: LogtoAPI, sandbox: Sandbox, school: str) -> None:
    teachers = api.list_organization_users(school, organization_role_id=role_id("teacher"), page_size=30)
    found = [page async for page in teachers.pages()]
    assert [(len(page), page.total) for page in found] == [(30, 80), (30, 80), (20, 80)]
    assert found[0].items[0].organization_roles == [m.Named(id=role_id("teacher"), name="teacher")]
    assert found[0].items[0].profile is not None
    assert found[0].items[0].profile.given_name
    (harry,) = await api.list_organization_users(school, q="hwright@")
    assert (harry.id, harry.username) == (HARRY, "hwright")

    empty_org = (await api.create_organization(m.CreateOrganization(name="Quartet"))).id
    some = [user.id for user in found[0].items[:3]]
    assert (await api.add_organization_users(empty_org, user_ids=some)).user_ids == some
    await api.assign_organization_roles_to_users(
        empty_org, user_ids=some, organization_role_ids=[role_id("teacher"), role_id("student")]
    )
    roles = await api.list_organization_user_roles(empty_org, user_id=some[0])
    assert {role.name for role in roles} == {"teacher", "student"}
    scopes = await api.list_organization_user_scopes(empty_org, user_id=some[0])
    assert {scope.name for scope in scopes} == {"invite:members", "read:members"}
    assigned = await api.assign_organization_roles_to_user(
        empty_org, user_id=some[0], organization_role_names=["admin"]
    )
    assert assigned.organization_role_ids == [role_id("admin")]
    await api.delete_organization_user_role(empty_org, user_id=some[0], organization_role_id=role_id("admin"))
    await api.replace_organization_user_roles(empty_org, user_id=some[0], organization_role_ids=[])
    assert (await api.list_organization_user_roles(empty_org, user_id=some[0])).items == []
    await api.delete_organization_user(empty_org, user_id=some[0])
    await api.replace_organization_users(empty_org, user_ids=some[:2])
    assert {user.id async for user in api.list_organization_users(empty_org)} == set(some[:2])
    with pytest.raises(UnprocessableError) as caught:
        await api.list_organization_user_roles(empty_org, user_id=HARRY)
    assert caught.value.code == "organization.require_membership"


async def test_a_user_keeps_unknown_fields(api: LogtoAPI, sandbox: Sandbox) -> None:
    users = sandbox.logto.store.users
    users.put(replace(users[HARRY], custom_data={"deep": [{"er": None}]}))
    harry = await api.get_user(HARRY)
    assert harry.custom_data == {"deep": [{"er": None}]}
    assert harry.last_sign_in_at is not None
    assert harry.model_extra == {}


async def test_invitations(api: LogtoAPI, sandbox: Sandbox, school: str) -> None:
    made = await api.create_organization_invitation(
        m.CreateOrganizationInvitation(
            invitee="Bo@example.org",
            organization_id=school,
            expires_at=in_a_day(),
            inviter_id=HARRY,
            organization_role_ids=[role_id("student")],
            message_payload=m.MessagePayload(link="https://app.example.org"),
        )
    )
    assert (made.status, made.invitee, made.organization_roles) == (
        "Pending",
        "Bo@example.org",
        [m.Named(id=role_id("student"), name="student")],
    )
    assert await api.get_organization_invitation(made.id) == made
    for narrowed in ({"organization_id": school}, {"inviter_id": HARRY}, {"invitee": "bo@EXAMPLE.org"}):
        assert [found.id async for found in api.list_organization_invitations(**narrowed)] == [made.id]
    await api.resend_organization_invitation_message(made.id, payload=m.MessagePayload(link="https://again"))
    await api.resend_organization_invitation_message(made.id)
    assert len(sandbox.logto.sent_messages) == 3
    bo = await api.create_user(m.CreateUser(primary_email="bo@example.org"))
    with pytest.raises(UnprocessableError) as caught:
        await api.update_organization_invitation_status(made.id, status="Accepted", accepted_user_id=HARRY)
    assert caught.value.code == "request.invalid_input"
    accepted = await api.update_organization_invitation_status(made.id, status="Accepted", accepted_user_id=bo.id)
    assert (accepted.status, accepted.accepted_user_id) == ("Accepted", bo.id)
    await api.delete_organization_invitation(made.id)
    with pytest.raises(NotFoundError):
        await api.get_organization_invitation(made.id)


async def test_an_invitation_whose_message_cannot_be_sent_is_not_created(
    api: LogtoAPI, sandbox: Sandbox, school: str
) -> None:
    sandbox.logto.email_service = "no_connector"
    invitation = m.CreateOrganizationInvitation(
        invitee="bo@example.org",
        organization_id=school,
        expires_at=in_a_day(),
        message_payload=m.MessagePayload(),
    )
    with pytest.raises(ServerError) as caught:
        await api.create_organization_invitation(invitation)
    assert (caught.value.status_code, caught.value.code) == (501, "connector.not_found")
    assert (await api.list_organization_invitations()).items == []


async def test_roles_and_their_scopes(api: LogtoAPI, sandbox: Sandbox) -> None:
    scope = await api.create_organization_scope(m.CreateOrganizationScope(name="tune", description="d"))
    other = await api.create_organization_scope(m.CreateOrganizationScope(name="play"))
    resource_scope = next(found for found in sandbox.logto.store.resource_scopes if found.name == "read:scores")
    made = await api.create_organization_role(
        m.CreateOrganizationRole(
            name="tuner", organization_scope_ids=[scope.id], resource_scope_ids=[resource_scope.id]
        )
    )
    assert (made.name, made.type, made.scopes) == ("tuner", "User", None)
    assert await api.get_organization_role(made.id) == made
    (listed,) = await api.list_organization_roles(q="tuner")
    assert listed.scopes == [m.Named(id=scope.id, name="tune")]
    assert listed.resource_scopes is not None
    assert listed.resource_scopes[0].resource is not None
    assert listed.resource_scopes[0].resource.name == "Score library"

    await api.assign_organization_role_scopes(made.id, organization_scope_ids=[other.id])
    assert {found.name async for found in api.list_organization_role_scopes(made.id)} == {"tune", "play"}
    await api.delete_organization_role_scope(made.id, organization_scope_id=scope.id)
    await api.replace_organization_role_scopes(made.id, organization_scope_ids=[scope.id, scope.id])
    assert [found.name async for found in api.list_organization_role_scopes(made.id)] == ["tune"]

    await api.replace_organization_role_resource_scopes(made.id, scope_ids=[])
    await api.assign_organization_role_resource_scopes(made.id, scope_ids=[resource_scope.id])
    (found,) = await api.list_organization_role_resource_scopes(made.id)
    assert (found.id, found.name, found.resource_id) == (
        resource_scope.id,
        resource_scope.name,
        resource_scope.resource_id,
    )
    await api.delete_organization_role_resource_scope(made.id, scope_id=resource_scope.id)
    with pytest.raises(NotFoundError):
        await api.delete_organization_role_resource_scope(made.id, scope_id=resource_scope.id)

    changes = m.UpdateOrganizationRole(description="tunes")
    changed = await api.update_organization_role(made.id, changes=changes)
    assert changed.description == "tunes"
    await api.delete_organization_role(made.id)
    with pytest.raises(NotFoundError):
        await api.get_organization_role(made.id)


async def test_scopes(api: LogtoAPI) -> None:
    made = await api.create_organization_scope(m.CreateOrganizationScope(name="tune"))
    assert await api.get_organization_scope(made.id) == made
    changed = await api.update_organization_scope(made.id, changes=m.UpdateOrganizationScope(description="d"))
    assert (changed.name, changed.description) == ("tune", "d")
    assert [found.id async for found in api.list_organization_scopes(q="TUN")] == [made.id]
    assert len(await api.list_organization_scopes(page_size=2).collect()) == 4
    with pytest.raises(ConflictError):
        await api.create_organization_scope(m.CreateOrganizationScope(name="tune"))
    with pytest.raises(UnprocessableError) as caught:
        await api.update_organization_scope(made.id, changes=m.UpdateOrganizationScope())
    assert caught.value.code == "entity.invalid_input"
    await api.delete_organization_scope(made.id)
    with pytest.raises(NotFoundError):
        await api.get_organization_scope(made.id)


async def test_just_in_time_provisioning(api: LogtoAPI, school: str) -> None:
    made = await api.create_organization_jit_email_domain(school, email_domain="corp.example")
    assert (made.email_domain, made.organization_id) == ("corp.example", school)
    with pytest.raises(ConflictError):
        await api.create_organization_jit_email_domain(school, email_domain="corp.example")
    await api.replace_organization_jit_email_domains(school, email_domains=["a.example", "b.example", "a.example"])
    await api.delete_organization_jit_email_domain(school, email_domain="a.example")
    assert [found.email_domain async for found in api.list_organization_jit_email_domains(school)] == ["b.example"]

    await api.assign_organization_jit_roles(school, organization_role_ids=[role_id("student")])
    await api.replace_organization_jit_roles(school, organization_role_ids=[role_id("teacher"), role_id("student")])
    await api.delete_organization_jit_role(school, organization_role_id=role_id("student"))
    assert [found.name async for found in api.list_organization_jit_roles(school)] == ["teacher"]


async def test_accounts(api: LogtoAPI, school: str) -> None:
    made = await api.create_user(
        m.CreateUser(
            username="ada",
            primary_email="Ada@example.org",
            primary_phone="12025550199",
            password=SecretStr("a"),
            name="Ada",
            avatar="https://cdn.example.org/a.png",
            custom_data={"n": 1},
            profile=m.UserProfile(given_name="Ada", nickname="a"),
        )
    )
    assert (made.primary_email, made.has_password, made.is_suspended) == ("Ada@example.org", True, False)
    assert (await api.get_user(made.id, include_sso_identities=True)).sso_identities == []
    with_digest = await api.get_user(made.id, include_password_hash=True)
    assert with_digest.password_digest is not None
    assert with_digest.password_digest.get_secret_value()
    assert with_digest.password_digest.get_secret_value() not in repr(with_digest)
    assert with_digest.password_algorithm

    changed = await api.update_user(made.id, changes=m.UpdateUser(name=None, profile=m.UserProfile(locale="en")))
    assert (changed.name, changed.profile) == (None, m.UserProfile(locale="en"))
    merged = await api.update_user_profile(made.id, m.UpdateUserProfile(nickname="b"))
    assert merged == m.UserProfile(locale="en", nickname="b")
    assert await api.update_user_custom_data(made.id, custom_data={"m": None}) == {"n": 1, "m": None}
    assert await api.get_user_custom_data(made.id) == {"n": 1, "m": None}
    assert (await api.get_user_has_password(made.id)).has_password is True
    assert (await api.update_user_password(made.id, password=SecretStr("b"))).id == made.id
    assert (await api.update_user_is_suspended(made.id, is_suspended=True)).is_suspended is True
    await api.add_organization_users(school, user_ids=[made.id])
    (joined,) = await api.list_user_organizations(made.id)
    assert (joined.id, joined.organization_roles) == (school, [])
    await api.delete_user(made.id)
    with pytest.raises(NotFoundError):
        await api.get_user(made.id)


async def test_an_account_is_created_with_a_password_digest(api: LogtoAPI) -> None:
    digest = SecretStr("$2a$10$abcdefghijklmnopqrstuuJ4D0wQ1kqRpS5WmR8t8R0n4r2n8cK2e")
    made = await api.create_user(m.CreateUser(username="grace", password_digest=digest, password_algorithm="Bcrypt"))
    assert (await api.get_user_has_password(made.id)).has_password is True


async def test_accounts_are_searched_by_logtos_parameters(api: LogtoAPI) -> None:
    by_id = api.list_users(search_params={"search.id": [HARRY, "nobodyhere12"], "mode.id": "exact"})
    assert [user.id async for user in by_id] == [HARRY]
    first = await api.list_users(page_size=2)
    assert (len(first), first.total) == (2, 1000)
    assert first.next_cursor is not None
    second = await api.list_users(cursor=first.next_cursor)
    assert {user.id for user in first}.isdisjoint(user.id for user in second)
    with pytest.raises(BadRequestError) as caught:
        await api.list_users(search_params={"search.bogus": "x"})
    assert caught.value.code == "request.invalid_input"


async def test_roles_of_the_tenant(api: LogtoAPI, sandbox: Sandbox) -> None:
    for name in ("plain", "other"):
        sandbox.logto.store.tenant_roles.put(TenantRole(id=name, name=name, description="d"))
    assigned = await api.assign_user_roles(HARRY, role_ids=["plain"])
    assert (assigned.role_ids, assigned.added_role_ids) == (["plain"], ["plain"])
    assert (await api.assign_user_roles(HARRY, role_ids=["plain"])).added_role_ids == []
    assert (await api.replace_user_roles(HARRY, role_ids=["plain", "other"])).role_ids == ["plain", "other"]
    await api.delete_user_role(HARRY, role_id="other")
    (held,) = await api.list_user_roles(HARRY)
    assert (held.name, held.type, held.is_default) == ("plain", "User", False)


async def test_tenant_roles_are_searched(api: LogtoAPI, sandbox: Sandbox) -> None:
    for name in ("plain", "other"):
        sandbox.logto.store.tenant_roles.put(TenantRole(id=name, name=name, description=f"Is {name}"))
    await api.assign_user_roles(HARRY, role_ids=["plain", "other"])
    by_name = api.list_user_roles(HARRY, search_params={"search.name": "PLAIN"})
    assert [role.name async for role in by_name] == ["plain"]
    by_id = api.list_user_roles(HARRY, search_params={"search.id": ["other", "unknown"], "mode.id": "exact"})
    assert [role.name async for role in by_id] == ["other"]


async def test_refused_tenant_roles_and_what_they_leave(api: LogtoAPI, sandbox: Sandbox) -> None:
    for name in ("plain", "other"):
        sandbox.logto.store.tenant_roles.put(TenantRole(id=name, name=name, description="d"))
    sandbox.logto.store.tenant_roles.put(TenantRole(id="bot", name="bot", description="d", type="MachineToMachine"))
    await api.assign_user_roles(HARRY, role_ids=["plain", "other"])

    for change in (api.assign_user_roles, api.replace_user_roles):
        with pytest.raises(NotFoundError) as missing:
            await change(HARRY, role_ids=["plain", "unknown"])
        assert missing.value.code == "entity.not_exists_with_id"
    with pytest.raises(UnprocessableError):
        await api.assign_user_roles(HARRY, role_ids=["bot"])
    assert [role.name async for role in api.list_user_roles(HARRY)] == ["plain", "other"]

    with pytest.raises(UnprocessableError) as refused:
        await api.replace_user_roles(HARRY, role_ids=["plain", "bot"])
    assert refused.value.code == "entity.db_constraint_violated"
    assert [role.name async for role in api.list_user_roles(HARRY)] == ["plain"]


async def test_a_native_list_refuses_invalid_arguments_at_once(api: LogtoAPI, sandbox: Sandbox) -> None:
    with pytest.raises(InvalidArgumentError, match="organization id"):
        api.list_organization_users("..")
    with pytest.raises(InvalidArgumentError, match="page_size is 101"):
        api.list_users(page_size=101)
    with pytest.raises(InvalidArgumentError, match="user id"):
        api.list_user_organizations("")
    with pytest.raises(InvalidCursorError):
        api.list_organization_roles(cursor="abc")
    assert len(sandbox.requests) == 0


async def test_a_cursor_of_another_native_list_is_refused(api: LogtoAPI, school: str) -> None:
    page = await api.list_organization_users(school, q="a", page_size=5)
    assert page.next_cursor is not None
    assert len(await api.list_organization_users(school, q="a", cursor=page.next_cursor)) == 5
    for other in (
        lambda cursor: api.list_organization_users(school, q="b", cursor=cursor),
        lambda cursor: api.list_organization_users("other", q="a", cursor=cursor),
        lambda cursor: api.list_users(cursor=cursor),
    ):
        with pytest.raises(InvalidCursorError, match="another list"):
            other(page.next_cursor)


async def test_a_native_call_has_a_raw_response(client: OrgClient[Logto]) -> None:
    raw = await client.with_raw_response(client.native.get_user(HARRY))
    assert (raw.status_code, raw.value.id) == (200, HARRY)
    page = await client.with_raw_response(client.native.list_users(page_size=1))
    assert page.headers["Total-Number"] == "1000"
    assert len(page.value) == 1


async def test_native_calls_use_the_clients_options(client: OrgClient[Logto]) -> None:
    operations: list[str] = []
    other = client.with_options(on_event=lambda event: operations.append(event.operation))
    await other.native.get_user(HARRY)
    assert "get_user" in operations
    assert repr(client.native) == "LogtoAPI()"
