"""Checks of lost responses: a retried write creates nothing twice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import OutcomeUnknownError, TransportError
from orgsdk.testing.conformance.check import UserScope, check, check_users, expect

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import TypeVar

    from orgsdk.testing.conformance.context import CheckContext

    T = TypeVar("T")


async def _perhaps(call: Awaitable[T]) -> T | None:
    # Found by its natural key and given, or said to be unknown: nothing else may become of it.
    try:
        return await call
    except (OutcomeUnknownError, TransportError):
        return None


@check_users("create", "find")
async def a_user_is_made_once(people: UserScope) -> None:
    """A user whose creation was not answered is there once, and is given or said to be unknown."""
    text = people.stage.text()
    people.stage.lose_answer(f"{people.where}.create")
    made = await _perhaps(people.make(username=text))
    found = await people.verbs.find(username=text)
    if found is not None:
        people.stage.undo(partial(people.verbs.remove, found.id, account="delete"))
    expect(made is None or (found is not None and made.id == found.id), "another one was given than is there")
    if people.has("list"):
        there = [user async for user in people.verbs.list() if text in f"{user.username} {user.email}"]
        expect(len(there) <= 1, f"{len(there)} are there")


@check(Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_LIST)
async def an_organization_is_made_once(stage: CheckContext) -> None:
    """An organization whose creation was not answered is there once: nothing but its maker tells it from a second."""
    name = stage.text()
    stage.lose_answer("organizations.create")
    made = await _perhaps(stage.client.organizations.create(name))
    there = [one async for one in stage.client.organizations.list() if one.name == name]
    for one in there:
        if stage.can(Capability.ORGANIZATIONS_REMOVE):
            stage.undo(partial(stage.client.organizations.remove, one.id))
    expect(len(there) <= 1, f"{len(there)} are there")
    expect(made is None or [made.id] == [one.id for one in there], "another one was given than is there")


@check(Capability.INVITATIONS_LIST, Capability.INVITATIONS_CREATE)
async def an_invitation_is_sent_once(stage: CheckContext) -> None:
    """An invitation whose creation was not answered is there once."""
    email, verbs = f"{stage.text()}@example.com", stage.organization.invitations
    stage.lose_answer("invitations.create")
    made = await _perhaps(verbs.create(email))
    there = await verbs.list(email=email).collect()
    for one in there:
        if stage.can(Capability.INVITATIONS_REMOVE):
            stage.undo(partial(verbs.remove, one.id))
    expect(len(there) <= 1, f"{len(there)} are there")
    expect(made is None or [made.id] == [one.id for one in there], "another one was given than is there")


@check(Capability.ROLES_CREATE, Capability.ROLES_LIST)
async def a_role_is_made_once(stage: CheckContext) -> None:
    """A role whose creation was not answered is no conflict with itself."""
    name = stage.text()
    stage.lose_answer("roles.create")
    made = await _perhaps(stage.client.roles.create(name))
    there = [one async for one in stage.client.roles.list() if one.name == name]
    for one in there:
        if stage.can(Capability.ROLES_REMOVE):
            stage.undo(partial(stage.client.roles.remove, one.id))
    expect(len(there) <= 1, f"{len(there)} are there")
    expect(made is None or [made.id] == [one.id for one in there], "another one was given than is there")


@check_users("create", "update")
async def a_change_is_done_or_told(people: UserScope) -> None:
    """A change that was not answered is given as done, or its outcome is said to be unknown."""
    user, text = await people.make(), people.stage.text()
    people.stage.lose_answer(f"{people.where}.update")
    changed = await _perhaps(people.verbs.update(user.id, username=text))
    expect(changed is None or changed.username == text, "it was given as another than was asked for")
    again = await people.verbs.update(user.id, username=text)
    expect(again.username == text, "made once more, the change did not hold")


@check(Capability.USERS_LIST)
async def a_list_goes_on_or_says_so(stage: CheckContext) -> None:
    """A page that was not answered is read again, or its error is of the transport."""
    stage.lose_answer("users.list")
    await _perhaps(stage.users.list(page_size=1).collect(limit=1))
    expect(await stage.users.list(page_size=1), "no page came afterwards")
