"""Checks of lost responses: a retried write creates nothing twice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from orgsdk.domain import Capability
from orgsdk.errors import OutcomeUnknownError, TransportError
from orgsdk.testing.conformance.assertions import expect, ids
from orgsdk.testing.conformance.check import UserScope, check, check_users

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypeVar

    from orgsdk.domain import UnsetType, UserFields
    from orgsdk.testing.conformance.assertions import Identified
    from orgsdk.testing.conformance.context import CheckContext

    T = TypeVar("T")


async def _result_if_known(call: Awaitable[T]) -> T | None:
    # The record is looked up by its key and returned, or the outcome is reported as unknown. Other errors propagate.
    try:
        return await call
    except (OutcomeUnknownError, TransportError):
        return None


def _expect_one(created: Identified | None, found: Sequence[Identified]) -> None:
    expect(len(found) <= 1, f"{len(found)} records exist after one create")
    expect(created is None or ids(found) == [created.id], "the returned record is not the one that exists")


def _remove_later(
    context: CheckContext, needed: Capability, remove: Callable[[str], Awaitable[object]], found: Sequence[Identified]
) -> None:
    if context.supports(needed):
        for each in found:
            context.add_cleanup(partial(remove, each.id))


@check_users("create", "find")
async def user_is_created_once(scope: UserScope) -> None:
    """If the response to a create is lost, the user exists at most once, and is returned or reported as unknown."""
    text = scope.context.unique_text()
    scope.context.lose_response(f"{scope.name}.create")
    created = await _result_if_known(scope.create(**scope.context.keys(text)))
    found = await scope.find(text)
    if found is not None:
        scope.context.add_cleanup(partial(scope.resource.remove, found.id, account="delete"))
    _expect_one(created, [found] if found is not None else [])
    if scope.supports("list"):
        listed = [user async for user in scope.resource.list() if text in f"{user.username} {user.email}"]
        expect(len(listed) <= 1, f"{len(listed)} users exist after one create")


@check(Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_LIST)
async def organization_is_created_once(context: CheckContext) -> None:
    """If the response to a create is lost, the organization exists at most once, although names are not unique."""
    name, resource = context.unique_text(), context.client.organizations
    context.lose_response("organizations.create")
    created = await _result_if_known(resource.create(name))
    found = [each async for each in resource.list() if each.name == name]
    _remove_later(context, Capability.ORGANIZATIONS_REMOVE, resource.remove, found)
    _expect_one(created, found)


@check(Capability.INVITATIONS_LIST, Capability.INVITATIONS_CREATE)
async def invitation_is_created_once(context: CheckContext) -> None:
    """If the response to a create is lost, the invitation exists at most once."""
    email, resource = f"{context.unique_text()}@example.com", context.organization.invitations
    context.lose_response("invitations.create")
    created = await _result_if_known(context.invite(email))
    found = await resource.list(email=email).collect()
    _remove_later(context, Capability.INVITATIONS_REMOVE, resource.remove, found)
    _expect_one(created, found)


@check(Capability.ROLES_CREATE, Capability.ROLES_LIST)
async def role_is_created_once(context: CheckContext) -> None:
    """If the response to a create is lost, the retry does not report the role as a conflict with itself."""
    name, resource = context.unique_text(), context.client.roles
    context.lose_response("roles.create")
    created = await _result_if_known(resource.create(name))
    found = [each async for each in resource.list() if each.name == name]
    _remove_later(context, Capability.ROLES_REMOVE, resource.remove, found)
    _expect_one(created, found)


@check_users("create", "update")
async def update_is_done_or_unknown(scope: UserScope) -> None:
    """If the response to an update is lost, the user is returned as updated, or the outcome is reported as unknown."""
    user, text = await scope.create(), scope.context.unique_text()
    scope.context.lose_response(f"{scope.name}.update")
    field = scope.context.changed_field()
    changes = cast("UserFields[str | UnsetType | None]", {field: text})
    updated = await _result_if_known(scope.resource.update(user.id, **changes))
    expect(updated is None or getattr(updated, field) == text, f"the returned user does not have the new {field}")
    again = await scope.resource.update(user.id, **changes)
    expect(getattr(again, field) == text, "a second update had no effect")


@check(Capability.USERS_LIST)
async def list_continues_or_raises(context: CheckContext) -> None:
    """If the response with a page is lost, the page is read again, or the error is a TransportError."""
    context.lose_response("users.list")
    await _result_if_known(context.users.list(page_size=1).collect(limit=1))
    expect(await context.users.list(page_size=1), "the next page is empty")
