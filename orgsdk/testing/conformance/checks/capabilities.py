"""Checks that a capability that is not declared does not work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from orgsdk.domain import (
    FIELD_CAPABILITIES,
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
from orgsdk.testing.conformance.assertions import Identified, ids
from orgsdk.testing.conformance.check import Check, NotApplicableError, expect, fail, register

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from orgsdk.pagination import Listing
    from orgsdk.providers.base import AccountOperations, InvitationOperations, UserOperations
    from orgsdk.testing.conformance.context import CheckContext, NewUserFields

    Attempt: TypeAlias = Callable[[CheckContext], Awaitable[object]]

ItemT = TypeVar("ItemT", bound=Identified)

# What each verb is tried with: its own kind of thing, under an id that nobody has.


def _users(stage: CheckContext) -> UserOperations:
    return stage.provider.users(stage.organization.id)


def _invitations(stage: CheckContext) -> InvitationOperations:
    return stage.provider.invitations(stage.organization.id)


def _draft(stage: CheckContext) -> UserDraft:
    text = stage.text()
    return UserDraft(username=text, email=f"{text}@example.com")


def _invitation(stage: CheckContext) -> InvitationDraft:
    return InvitationDraft(email=f"{stage.text()}@example.com")


def _of_people(name: str, room: Callable[[CheckContext], AccountOperations]) -> dict[str, Attempt]:
    async def listed(stage: CheckContext) -> object:
        return await Paginator(room(stage).list(UserQuery()), page_size=1)

    return {
        f"{name}.list": listed,
        f"{name}.get": lambda stage: room(stage).get(stage.text()),
        f"{name}.find": lambda stage: room(stage).find(email=None, username=stage.text()),
        f"{name}.count": lambda stage: room(stage).count(UserQuery()),
        f"{name}.create": lambda stage: room(stage).create(_draft(stage)),
        f"{name}.update": lambda stage: room(stage).update(stage.text(), UserChanges(username=stage.text())),
        f"{name}.remove": lambda stage: room(stage).remove(stage.text(), "delete"),
        f"{name}.suspend": lambda stage: room(stage).suspend(stage.text(), suspended=True),
    }


async def _list_organizations(stage: CheckContext) -> object:
    return await Paginator(stage.provider.organizations.list(OrganizationQuery()), page_size=1)


async def _list_roles(stage: CheckContext) -> object:
    return await Paginator(stage.provider.roles.list(RoleQuery()), page_size=1)


async def _list_invitations(stage: CheckContext) -> object:
    return await Paginator(_invitations(stage).list(InvitationQuery()), page_size=1)


_VERBS: dict[str, Attempt] = {
    "organizations.list": _list_organizations,
    "organizations.get": lambda stage: stage.provider.organizations.get(stage.text()),
    "organizations.create": lambda stage: stage.provider.organizations.create(OrganizationDraft(name=stage.text())),
    "organizations.update": lambda stage: stage.provider.organizations.update(
        stage.text(), OrganizationChanges(name=stage.text())
    ),
    "organizations.remove": lambda stage: stage.provider.organizations.remove(stage.text()),
    **_of_people("users", _users),
    "users.add": lambda stage: _users(stage).add([stage.text()], ()),
    "users.list_roles": lambda stage: _users(stage).list_roles(stage.text()),
    "users.set_roles": lambda stage: _users(stage).set_roles(stage.text(), [stage.text()]),
    "users.add_roles": lambda stage: _users(stage).add_roles(stage.text(), [stage.text()]),
    "users.remove_roles": lambda stage: _users(stage).remove_roles(stage.text(), [stage.text()]),
    **_of_people("accounts", lambda stage: stage.provider.accounts()),
    "invitations.list": _list_invitations,
    "invitations.get": lambda stage: _invitations(stage).get(stage.text()),
    "invitations.create": lambda stage: _invitations(stage).create(_invitation(stage)),
    "invitations.resend": lambda stage: _invitations(stage).resend(stage.text()),
    "invitations.accept": lambda stage: _invitations(stage).accept(stage.text(), stage.text()),
    "invitations.revoke": lambda stage: _invitations(stage).revoke(stage.text()),
    "invitations.remove": lambda stage: _invitations(stage).remove(stage.text()),
    "roles.list": _list_roles,
    "roles.get": lambda stage: stage.provider.roles.get(stage.text()),
    "roles.create": lambda stage: stage.provider.roles.create(RoleDraft(name=stage.text())),
    "roles.update": lambda stage: stage.provider.roles.update(stage.text(), RoleChanges(name=stage.text())),
    "roles.remove": lambda stage: stage.provider.roles.remove(stage.text()),
}


async def _verb_does_nothing(stage: CheckContext, capability: Capability) -> None:
    try:
        await _VERBS[capability](stage)
    except UnsupportedError:
        return
    except OrgError as error:
        fail(f"{capability} is not declared, and yet it is written: it ended in {type(error).__name__}")
    fail(f"{capability} is not declared, and yet it works")


# What is an argument of a verb, or a property of what it gives.


async def _no_default_organization(stage: CheckContext) -> None:
    try:
        stage.provider.users(None)
    except (InvalidArgumentError, UnsupportedError):
        return
    fail("organization() is not declared, and yet the provider takes no id for one")


async def _no_total(stage: CheckContext) -> None:
    total = (await stage.users.list(page_size=1)).total
    expect(total is None, "page.total is not declared, and yet it is told")


async def _no_user_query(stage: CheckContext) -> None:
    member, _ = await stage.members(2)
    await _expect_all(_users(stage).list(UserQuery()), _users(stage).list(UserQuery(query=member.username)))


async def _no_role_filter(stage: CheckContext) -> None:
    if not stage.can(Capability.USERS_SET_ROLES):
        raise NotApplicableError("no role can be set")
    (role,), (member, _) = await stage.role_names(1), await stage.members(2)
    await stage.users.set_roles(member.id, [role])
    await _expect_all(_users(stage).list(UserQuery()), _users(stage).list(UserQuery(role=role)))


async def _no_organization_query(stage: CheckContext) -> None:
    made, room = await stage.new_organization(), stage.provider.organizations
    await _expect_all(room.list(OrganizationQuery()), room.list(OrganizationQuery(query=made.name)))


async def _no_role_query(stage: CheckContext) -> None:
    (name, _), room = await stage.role_names(2), stage.provider.roles
    await _expect_all(room.list(RoleQuery()), room.list(RoleQuery(query=name)))


async def _no_several_roles(stage: CheckContext) -> None:
    if not stage.can(Capability.USERS_SET_ROLES, Capability.USERS_GET):
        raise NotApplicableError("no roles can be set and read")
    (member,), roles = await stage.members(1), await stage.role_names(2)
    try:
        await _users(stage).set_roles(member.id, roles)
    except OrgError:
        return
    held = (await stage.users.get(member.id)).roles
    expect(set(held) != set(roles), "several roles for one user are not declared, and yet they are held")


async def _no_field(stage: CheckContext, field: str) -> None:
    value = "12025550143" if field == "phone" else stage.text()
    if not stage.can(Capability.USERS_CREATE):
        raise NotApplicableError("no user can be made")
    draft = replace(_draft(stage), **cast("NewUserFields", {field: value}))
    try:
        made = await _users(stage).create(draft)
    except OrgError:
        return
    stage.undo(lambda: stage.users.remove(made.id, account="delete"))
    expect(getattr(made, field) != value, f"a user's {field} is not declared, and yet it is kept")


async def _no_invitation_setting(stage: CheckContext, capability: Capability) -> None:
    if not stage.can(Capability.INVITATIONS_CREATE):
        raise NotApplicableError("nobody can be invited")
    end = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    (member,) = await stage.members(1)
    email = f"{stage.text()}@example.com"
    draft = InvitationDraft(
        email=email,
        expires_at=end if capability is Capability.INVITATIONS_EXPIRY else None,
        inviter_id=member.id if capability is Capability.INVITATIONS_INVITER else None,
    )
    try:
        made = await _invitations(stage).create(draft)
    except OrgError:
        return
    if stage.can(Capability.INVITATIONS_REMOVE):
        stage.undo(lambda: stage.organization.invitations.remove(made.id))
    asked = end if capability is Capability.INVITATIONS_EXPIRY else member.id
    expect(asked not in {made.expires_at, made.inviter_id}, f"{capability} is not declared, and yet it works")


async def _expect_all(everything: Listing[ItemT], narrowed: Listing[ItemT]) -> None:
    try:
        found = ids(await Paginator(narrowed).collect())
    except OrgError:
        return
    expect(set(found) >= set(ids(await Paginator(everything).collect())), "it is not declared, and yet it works")


async def _unseen(stage: CheckContext) -> None:
    raise NotApplicableError("whether it works cannot be seen from here")


_REST: dict[Capability, Callable[[CheckContext], Awaitable[None]]] = {
    Capability.DEFAULT_ORGANIZATION: _no_default_organization,
    Capability.TOTAL: _no_total,
    Capability.USERS_QUERY: _no_user_query,
    Capability.USERS_ROLE: _no_role_filter,
    Capability.USERS_SEVERAL_ROLES: _no_several_roles,
    Capability.ORGANIZATIONS_QUERY: _no_organization_query,
    Capability.ROLES_QUERY: _no_role_query,
    Capability.INVITATIONS_EXPIRY: partial(_no_invitation_setting, capability=Capability.INVITATIONS_EXPIRY),
    Capability.INVITATIONS_INVITER: partial(_no_invitation_setting, capability=Capability.INVITATIONS_INVITER),
    Capability.INVITATIONS_UNSENT: _unseen,
    **{capability: partial(_no_field, field=field) for field, capability in FIELD_CAPABILITIES.items()},
}


def _check(capability: Capability) -> Check:
    try_it = _REST.get(capability) or partial(_verb_does_nothing, capability=capability)

    async def it_does_not_work(stage: CheckContext) -> None:
        if stage.can(capability):
            raise NotApplicableError("it is declared")
        await try_it(stage)

    return Check(
        f"capabilities.it_does_not_work[{capability}]",
        f"Where {capability} is not declared, it does not work.",
        it_does_not_work,
        users=2,
    )


for _capability in Capability:
    register(_check(_capability))
