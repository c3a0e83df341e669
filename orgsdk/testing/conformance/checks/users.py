"""Checks of users, as members and as accounts: create, get, find, update, suspend, remove."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import SecretStr

from orgsdk.domain import USER_FIELDS, Capability, UserDraft
from orgsdk.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OrgError,
    UnsupportedError,
)
from orgsdk.testing.conformance.assertions import expect, expect_error, ids
from orgsdk.testing.conformance.check import UserScope, check, check_users

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from orgsdk.domain import User
    from orgsdk.providers.base import AccountOperations
    from orgsdk.testing.conformance.context import CheckContext


# Records


@check_users("create", "get")
async def create_stores_the_values(scope: UserScope) -> None:
    """A new user has the requested username and email address, and `get` returns the same user."""
    keys = scope.context.keys(scope.context.unique_text())
    user = await scope.create(**keys)
    for name, value in keys.items():
        expect(getattr(user, name) == value, f"the new user's {name} differs")
    _expect_same(await scope.resource.get(user.id), user, "get")


@check_users("create", "list")
async def list_matches_create(scope: UserScope) -> None:
    """The list has a user as `create` returned it."""
    user = await scope.create()
    listed = [each async for each in scope.resource.list() if each.id == user.id]
    expect(len(listed) == 1, f"the new user is listed {len(listed)} times")
    _expect_same(listed[0], user, "the list")


@check_users("create", "get")
async def raw_is_the_provider_object(scope: UserScope) -> None:
    """`raw` is the JSON object that the record was read from, and contains the id."""
    user = await scope.create()
    raw = (await scope.resource.get(user.id)).raw
    expect(raw, "raw is empty")
    expect(user.id in json.dumps(raw), "raw does not contain the id")


@check_users("create", "get")
async def times_have_a_timezone(scope: UserScope) -> None:
    """Times have a time zone."""
    user = await scope.resource.get((await scope.create()).id)
    for name in ("created_at", "last_active_at"):
        moment = getattr(user, name)
        expect(moment is None or moment.utcoffset() is not None, f"{name} has no time zone")


# Lookups


@check_users("create", "find", also=(Capability.USERS_USERNAME,), users=2)
async def find_by_username_is_case_sensitive(scope: UserScope) -> None:
    """`find(username=)` does not return another user whose username differs in case."""
    user = await scope.create()
    await scope.create()
    found = await scope.resource.find(username=user.username)
    expect(found is not None and found.id == user.id, "the username was not found")
    other = await scope.resource.find(username=(user.username or "").upper())
    is_same = other is not None and other.id == user.id and not scope.context.supports(Capability.USERS_USERNAME_CASE)
    expect(other is None or is_same, "a username in upper case was considered the same")


@check_users("create", "find", also=(Capability.USERS_USERNAME, Capability.USERS_USERNAME_CASE), users=2)
async def usernames_that_differ_in_case_are_two_users(scope: UserScope) -> None:
    """If usernames that differ only in case are declared, two users can have them, and `find` returns each."""
    text = scope.context.unique_text()
    first, second = await scope.create(username=text), await scope.create(username=text.upper())
    for user in (first, second):
        found = await scope.resource.find(username=user.username)
        expect(found is not None and found.id == user.id, "find returned another user, or none")


@check_users("create", "find", users=2)
async def find_by_email_ignores_case(scope: UserScope) -> None:
    """`find(email=)` returns the user with the email address, case-insensitive."""
    user = await scope.create()
    await scope.create()
    for spelling in (user.email, (user.email or "").upper()):
        found = await scope.resource.find(email=spelling)
        expect(found is not None and found.id == user.id, "the email address was not found")


@check_users("find")
async def find_returns_none_without_match(scope: UserScope) -> None:
    """`find` returns None if no user has the username or the email address."""
    text = scope.context.unique_text()
    if scope.context.supports(Capability.USERS_USERNAME):
        expect(await scope.resource.find(username=text) is None, "find returned a user for an unknown username")
    expect(await scope.resource.find(email=f"{text}@example.com") is None, "find returned a user for an unknown email")


@check_users("create", "list", also=(Capability.USERS_QUERY,), users=2)
async def query_filters_the_list(scope: UserScope) -> None:
    """`query` returns only the users whose username, or e-mail address, contains the text."""
    user = await scope.create()
    await scope.create()
    key = scope.context.key_of(user)
    found = ids(await scope.resource.list(query=key).collect())
    expect(found == [user.id], f"{len(found)} users are listed, one matches")
    expect(not await scope.resource.list(query=scope.context.unique_text()).collect(), "an unknown text matched a user")
    if scope.supports("count"):
        expect(await scope.resource.count(query=key) == 1, "count does not use the query")


@check_users("count", "list", users=2)
async def count_matches_the_list(scope: UserScope) -> None:
    """`count` returns the number of items in the list."""
    if scope.supports("create"):
        await scope.create()
    # Others may use the tenant: the list is between two counts.
    before, listed, after = [
        await scope.resource.count(),
        len(await scope.resource.list().collect()),
        await scope.resource.count(),
    ]
    counted = f"{before}" if before == after else f"{before} and {after}"
    expect(min(before, after) <= listed <= max(before, after), f"count returned {counted}, the list has {listed} items")


@check(Capability.USERS_CREATE, Capability.USERS_LIST, Capability.USERS_ROLE, users=2)
async def role_filters_the_list(context: CheckContext) -> None:
    """`role` returns only the users with this role."""
    role, other = await context.get_role_names(2)
    holder = await context.users.create(**context.keys(context.unique_text()), roles=[role])
    context.add_cleanup(lambda: context.users.remove(holder.id, account="delete"))
    expect(holder.roles == (role,), f"the new user has the roles {holder.roles}")
    found = await context.users.list(role=role).collect()
    expect(holder.id in ids(found), "a user with the role is not listed")
    expect(all(role in user.roles for user in found), "a user without the role is listed")
    others = ids(await context.users.list(role=other).collect())
    expect(holder.id not in others, "a user without the role is listed")


# Refused values


@check_users("create", "find", users=4)
async def check_create_agrees_with_create(scope: UserScope) -> None:
    """`check_create` raises the errors that `create` raises for the same draft before a request, and no others."""
    for fields in _drafted_fields(scope.context):
        text = scope.context.unique_text()
        email = f"{text}@example.com"
        draft = UserDraft(
            username=text if "username" in fields else None,
            email=email if "email" in fields else None,
            given_name="A" if "given_name" in fields else None,
            password=SecretStr(f"Pw1-{text}") if "password" in fields else None,
        )
        checked = await _error_before_request(_check_create(scope.operations, draft))
        created = await _error_before_request(scope.operations.create(draft))
        user = await scope.resource.find(username=draft.username, email=None if draft.username else email)
        if user is not None:
            await scope.context.delete_account(user.id)
        names = [None if kind is None else kind.__name__ for kind in (checked, created)]
        expect(checked is created, f"for {' and '.join(fields)}, check_create raises {names[0]}, create {names[1]}")


@check_users("create", "find", also=(Capability.USERS_USERNAME,), users=2)
async def duplicate_username_is_refused(scope: UserScope) -> None:
    """Creating a user with a username that is taken raises ConflictError and changes nothing."""
    user = await scope.create()
    duplicate = scope.create(username=user.username)
    await expect_error(duplicate, ConflictError, what="creating a user with a username that is taken")
    found = await scope.resource.find(username=user.username)
    expect(found is not None and found.id == user.id, "the username belongs to another user now")


@check_users("create", "find", users=2)
async def duplicate_email_is_refused_or_ambiguous(scope: UserScope) -> None:
    """A second account with an email address is refused, or `find` reports that several match."""
    user = await scope.create()
    try:
        await scope.create(email=(user.email or "").upper())
    except ConflictError:
        found = await scope.resource.find(email=user.email)
        expect(found is not None and found.id == user.id, "the email address belongs to another user now")
        return
    spelling = (user.email or "").title()
    await expect_error(scope.resource.find(email=spelling), ConflictError, what="finding an email address of two users")


@check_users("create", "update", also=(Capability.USERS_USERNAME,), users=2)
async def update_to_duplicate_username_is_refused(scope: UserScope) -> None:
    """Updating a username to one that is taken raises ConflictError and changes nothing."""
    first, second = await scope.create(), await scope.create()
    changing = scope.resource.update(second.id, username=first.username)
    await expect_error(changing, ConflictError, what="updating a username to one that is taken")
    unchanged = await scope.resource.update(second.id)
    expect(unchanged.username == second.username, "the username was changed anyway")


# Removal and suspension


@check_users("create", "remove", users=2)
async def deleted_user_is_gone(scope: UserScope) -> None:
    """A deleted user cannot be read, found, listed or removed again; other users stay."""
    deleted, other = await scope.create(), await scope.create()
    await scope.resource.remove(deleted.id, account="delete")
    if scope.supports("get"):
        await expect_error(scope.resource.get(deleted.id), NotFoundError, what="reading a deleted user")
        await scope.resource.get(other.id)
    if scope.supports("find"):
        key = scope.context.key_of(deleted)
        expect(await scope.find_by_key(key) is None, "find returned a deleted user")
    if scope.supports("list"):
        left = ids(await scope.resource.list().collect())
        expect(deleted.id not in left, "a deleted user is listed")
        expect(other.id in left, "a user who was not deleted is not listed")
    again = scope.resource.remove(deleted.id, account="delete")
    await expect_error(again, NotFoundError, what="removing a deleted user")


@check_users("create", "suspend")
async def suspend_sets_and_clears(scope: UserScope) -> None:
    """`suspend` sets `is_suspended`, a repeated call changes nothing, and `suspended=False` clears it."""
    user = await scope.create()
    for suspended in (True, True, False):
        changed = await scope.resource.suspend(user.id, suspended=suspended)
        expect(changed.is_suspended is suspended, f"is_suspended is {changed.is_suspended} after suspended={suspended}")
        if scope.supports("get"):
            read = await scope.resource.get(user.id)
            expect(read.is_suspended is suspended, f"get returns is_suspended={read.is_suspended}")


def _drafted_fields(context: CheckContext) -> list[tuple[str, ...]]:
    """Return the combinations of fields to create a user with: of the key, and of what the provider stores."""
    drafted: list[tuple[str, ...]] = [tuple(context.keys("")), ("email",)]
    drafted += [(context.key, "given_name")] if context.supports(Capability.USERS_NAMES) else []
    drafted += [(context.key, "password")] if context.supports(Capability.USERS_PASSWORD) else []
    return drafted


async def _check_create(operations: AccountOperations, draft: UserDraft) -> None:
    operations.check_create(draft)


async def _error_before_request(call: Awaitable[object]) -> type[OrgError] | None:
    try:
        await call
    except (InvalidArgumentError, UnsupportedError) as error:
        return InvalidArgumentError if isinstance(error, InvalidArgumentError) else UnsupportedError
    except OrgError:  # only a response can report this
        return None
    return None


def _expect_same(seen: User, expected: User, where: str) -> None:
    for name in ("id", *USER_FIELDS):
        expect(getattr(seen, name) == getattr(expected, name), f"{where}: the user's {name} differs")
