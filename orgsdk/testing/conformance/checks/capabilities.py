"""Checks that a capability that is not declared does not work: otherwise callers that test for it never use it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from pydantic import SecretStr

from orgsdk.domain import (
    USER_FIELDS,
    Capability,
    InvitationDraft,
    InvitationQuery,
    OrganizationChanges,
    OrganizationDraft,
    OrganizationQuery,
    RoleChanges,
    RoleDraft,
    RoleQuery,
    UserChanges,
    UserDraft,
    UserQuery,
)
from orgsdk.errors import InvalidArgumentError, OrgError, UnsupportedError
from orgsdk.pagination import Paginator
from orgsdk.testing.conformance.assertions import Identified, NotApplicableError, expect, fail, ids
from orgsdk.testing.conformance.check import Check, register

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from orgsdk.domain import UnsetType, UserFields
    from orgsdk.pagination import Listing
    from orgsdk.providers.base import AccountOperations, InvitationOperations, UserOperations
    from orgsdk.testing.conformance.context import CheckContext

    Attempt: TypeAlias = Callable[[CheckContext], Awaitable[object]]

ItemT = TypeVar("ItemT", bound=Identified)


# Methods: each is called with an unknown id or a new record.


def _users(context: CheckContext) -> UserOperations:
    return context.provider.users(context.organization.id)


def _invitations(context: CheckContext) -> InvitationOperations:
    return context.provider.invitations(context.organization.id)


def _new_user(context: CheckContext) -> UserDraft:
    return UserDraft(**context.keys(context.unique_text()))


def _new_invitation(context: CheckContext) -> InvitationDraft:
    return InvitationDraft(email=f"{context.unique_text()}@example.com")


def _user_attempts(name: str, operations: Callable[[CheckContext], AccountOperations]) -> dict[str, Attempt]:
    async def list_users(context: CheckContext) -> object:
        return await Paginator(operations(context).list(UserQuery()), page_size=1)

    return {
        f"{name}.list": list_users,
        f"{name}.get": lambda context: operations(context).get(context.unique_text()),
        f"{name}.find": lambda context: operations(context).find(
            email=f"{context.unique_text()}@example.com", username=None
        ),
        f"{name}.count": lambda context: operations(context).count(UserQuery()),
        f"{name}.create": lambda context: operations(context).create(_new_user(context)),
        f"{name}.update": lambda context: operations(context).update(
            context.unique_text(),
            UserChanges(**cast("UserFields[str | UnsetType | None]", {context.changed_field(): context.unique_text()})),
        ),
        f"{name}.remove": lambda context: operations(context).remove(context.unique_text(), "delete"),
        f"{name}.suspend": lambda context: operations(context).suspend(context.unique_text(), suspended=True),
    }


async def _list_organizations(context: CheckContext) -> object:
    return await Paginator(context.provider.organizations.list(OrganizationQuery()), page_size=1)


async def _list_roles(context: CheckContext) -> object:
    return await Paginator(context.provider.roles.list(RoleQuery()), page_size=1)


async def _list_invitations(context: CheckContext) -> object:
    return await Paginator(_invitations(context).list(InvitationQuery()), page_size=1)


_METHODS: dict[str, Attempt] = {
    "organizations.list": _list_organizations,
    "organizations.get": lambda context: context.provider.organizations.get(context.unique_text()),
    "organizations.create": lambda context: context.provider.organizations.create(
        OrganizationDraft(name=context.unique_text())
    ),
    "organizations.update": lambda context: context.provider.organizations.update(
        context.unique_text(), OrganizationChanges(name=context.unique_text())
    ),
    "organizations.remove": lambda context: context.provider.organizations.remove(context.unique_text()),
    **_user_attempts("users", _users),
    "users.add": lambda context: _users(context).add([context.unique_text()], ()),
    "users.list_roles": lambda context: _users(context).list_roles(context.unique_text()),
    "users.set_roles": lambda context: _users(context).set_roles(context.unique_text(), [context.unique_text()]),
    "users.add_roles": lambda context: _users(context).add_roles(context.unique_text(), [context.unique_text()]),
    "users.remove_roles": lambda context: _users(context).remove_roles(context.unique_text(), [context.unique_text()]),
    **_user_attempts("accounts", lambda context: context.provider.accounts()),
    "accounts.list_organizations": lambda context: context.provider.accounts().list_organizations(
        context.unique_text()
    ),
    "invitations.list": _list_invitations,
    "invitations.get": lambda context: _invitations(context).get(context.unique_text()),
    "invitations.create": lambda context: _invitations(context).create(_new_invitation(context)),
    "invitations.resend": lambda context: _invitations(context).resend(context.unique_text()),
    "invitations.accept": lambda context: _invitations(context).accept(context.unique_text(), context.unique_text()),
    "invitations.revoke": lambda context: _invitations(context).revoke(context.unique_text()),
    "invitations.remove": lambda context: _invitations(context).remove(context.unique_text()),
    "roles.list": _list_roles,
    "roles.get": lambda context: context.provider.roles.get(context.unique_text()),
    "roles.create": lambda context: context.provider.roles.create(RoleDraft(name=context.unique_text())),
    "roles.update": lambda context: context.provider.roles.update(
        context.unique_text(), RoleChanges(name=context.unique_text())
    ),
    "roles.remove": lambda context: context.provider.roles.remove(context.unique_text()),
}


async def _test_method(context: CheckContext, capability: Capability) -> None:
    try:
        await _METHODS[capability](context)
    except UnsupportedError:
        return
    except OrgError as error:
        fail(f"{capability} is not declared, but is implemented: it raised {type(error).__name__}")
    fail(f"{capability} is not declared, but works")


# Arguments of methods, and properties of their results.


async def _test_default_organization(context: CheckContext) -> None:
    try:
        context.provider.users(None)
    except (InvalidArgumentError, UnsupportedError):
        return
    fail("organization() is not declared, but the provider accepts a missing organization id")


async def _test_total(context: CheckContext) -> None:
    total = (await context.users.list(page_size=1)).total
    expect(total is None, "page.total is not declared, but pages have a total")


async def _test_user_query(context: CheckContext) -> None:
    member, _ = await context.get_members(2)
    users = _users(context)
    await _expect_unfiltered(users.list(UserQuery()), users.list(UserQuery(query=context.key_of(member))))


async def _test_role_filter(context: CheckContext) -> None:
    if not context.supports(Capability.USERS_SET_ROLES):
        raise NotApplicableError("roles cannot be set")
    (role,), (member, _) = await context.get_role_names(1), await context.get_members(2)
    await context.users.set_roles(member.id, [role])
    await _expect_unfiltered(_users(context).list(UserQuery()), _users(context).list(UserQuery(role=role)))


async def _test_organization_query(context: CheckContext) -> None:
    created, operations = await context.create_organization(), context.provider.organizations
    filtered = operations.list(OrganizationQuery(query=created.name))
    await _expect_unfiltered(operations.list(OrganizationQuery()), filtered)


async def _test_role_query(context: CheckContext) -> None:
    (name, _), operations = await context.get_role_names(2), context.provider.roles
    await _expect_unfiltered(operations.list(RoleQuery()), operations.list(RoleQuery(query=name)))


async def _test_several_roles(context: CheckContext) -> None:
    if not context.supports(Capability.USERS_SET_ROLES, Capability.USERS_GET):
        raise NotApplicableError("roles cannot be set and read")
    (member,), roles = await context.get_members(1), await context.get_role_names(2)
    try:
        await _users(context).set_roles(member.id, roles)
    except OrgError:
        return
    stored = (await context.users.get(member.id)).roles
    expect(set(stored) != set(roles), "several roles for one user are not declared, but a user has several")


async def _test_field(context: CheckContext, field: str) -> None:
    value = _field_value(context, field)
    if not context.supports(Capability.USERS_CREATE):
        raise NotApplicableError("users cannot be created")
    draft = replace(_new_user(context), **cast("UserFields[str | None]", {field: value}))
    try:
        user = await _users(context).create(draft)
    except OrgError:
        return
    context.add_cleanup(lambda: context.users.remove(user.id, account="delete"))
    expect(getattr(user, field) != value, f"a user's {field} is not declared, but is stored")


async def _test_field_update(context: CheckContext, field: str) -> None:
    (member,) = await context.get_members(1)
    value = _field_value(context, field)
    changes = UserChanges(**cast("UserFields[str | UnsetType | None]", {field: value}))
    try:
        user = await _users(context).update(member.id, changes)
    except OrgError:
        return
    expect(getattr(user, field) != value, f"an update of a user's {field} is not declared, but is stored")


def _field_value(context: CheckContext, field: str) -> str:
    examples = USER_FIELDS[field].examples
    if examples:
        return examples[-1]
    return "12025550143" if field == "phone" else context.unique_text()


async def _test_invitation_setting(context: CheckContext, capability: Capability) -> None:
    if not context.supports(Capability.INVITATIONS_CREATE):
        raise NotApplicableError("invitations cannot be created")
    expiry = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    (member,) = await context.get_members(1)
    draft = InvitationDraft(
        email=f"{context.unique_text()}@example.com",
        expires_at=expiry if capability is Capability.INVITATIONS_EXPIRY else None,
        inviter_id=member.id if capability is Capability.INVITATIONS_INVITER else None,
    )
    try:
        invitation = await _invitations(context).create(draft)
    except OrgError:
        return
    if context.supports(Capability.INVITATIONS_REMOVE):
        context.add_cleanup(lambda: context.organization.invitations.remove(invitation.id))
    requested = expiry if capability is Capability.INVITATIONS_EXPIRY else member.id
    stored = {invitation.expires_at, invitation.inviter_id}
    expect(requested not in stored, f"{capability} is not declared, but works")


async def _test_password(context: CheckContext) -> None:
    if not context.supports(Capability.USERS_CREATE):
        raise NotApplicableError("users cannot be created")
    draft = replace(_new_user(context), password=SecretStr(f"Pw1-{context.unique_text()}"))
    try:
        user = await _users(context).create(draft)
    except OrgError:
        return
    context.add_cleanup(lambda: context.users.remove(user.id, account="delete"))
    fail("a user's password is not declared, but is accepted")


async def _test_organization_description(context: CheckContext) -> None:
    created = await context.create_organization()
    changes = OrganizationChanges(description=context.unique_text())
    try:
        changed = await context.provider.organizations.update(created.id, changes)
    except OrgError:
        return
    expect(changed.description != changes.description, "an organization's description is not declared, but is stored")


async def _test_role_description(context: CheckContext) -> None:
    created = await context.create_role()
    changes = RoleChanges(description=context.unique_text())
    try:
        changed = await context.provider.roles.update(created.id, changes)
    except OrgError:
        return
    expect(changed.description != changes.description, "a role's description is not declared, but is stored")


async def _skip(context: CheckContext) -> None:
    raise NotApplicableError("its effect cannot be observed")


async def _expect_unfiltered(everything: Listing[ItemT], filtered: Listing[ItemT]) -> None:
    try:
        found = ids(await Paginator(filtered).collect())
    except OrgError:
        return
    expect(set(found) >= set(ids(await Paginator(everything).collect())), "it is not declared, but works")


_OTHERS: dict[Capability, Callable[[CheckContext], Awaitable[None]]] = {
    Capability.DEFAULT_ORGANIZATION: _test_default_organization,
    Capability.TOTAL: _test_total,
    Capability.USERS_QUERY: _test_user_query,
    Capability.USERS_ROLE: _test_role_filter,
    Capability.USERS_SEVERAL_ROLES: _test_several_roles,
    Capability.USERS_USERNAME_CASE: _skip,  # undeclared means that it is not known
    Capability.ORGANIZATIONS_QUERY: _test_organization_query,
    Capability.ROLES_QUERY: _test_role_query,
    Capability.INVITATIONS_EXPIRY: partial(_test_invitation_setting, capability=Capability.INVITATIONS_EXPIRY),
    Capability.INVITATIONS_INVITER: partial(_test_invitation_setting, capability=Capability.INVITATIONS_INVITER),
    Capability.INVITATIONS_UNSENT: _skip,
    Capability.USERS_PASSWORD: _test_password,
    Capability.ORGANIZATIONS_DESCRIPTION: _test_organization_description,
    Capability.ROLES_DESCRIPTION: _test_role_description,
    **{
        field.update_capability: partial(_test_field_update, field=field.name)
        for field in USER_FIELDS.values()
        if field.update_capability is not None and field.update_capability is not field.create_capability
    },
    **{
        field.create_capability: partial(_test_field, field=field.name)
        for field in USER_FIELDS.values()
        if field.create_capability is not None
    },
}


def _build_check(capability: Capability) -> Check:
    test = _OTHERS.get(capability) or partial(_test_method, capability=capability)

    async def run(context: CheckContext) -> None:
        if context.supports(capability):
            raise NotApplicableError("it is declared")
        await test(context)

    name = f"capabilities.undeclared_does_not_work[{capability}]"
    return Check(name, f"If {capability} is not declared, it does not work.", run, users=2)


for _capability in Capability:
    register(_build_check(_capability))
