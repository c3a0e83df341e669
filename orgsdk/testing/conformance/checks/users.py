"""Checks of users: create, get, find, update, suspend, remove; as members and as accounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import SecretStr

from orgsdk.domain import Capability, UserDraft
from orgsdk.errors import ConflictError, InvalidArgumentError, NotFoundError, OrgError, UnsupportedError
from orgsdk.testing.conformance.assertions import ids
from orgsdk.testing.conformance.check import UserScope, check, check_users, expect, expect_error

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from orgsdk.domain import User
    from orgsdk.providers.base import AccountOperations
    from orgsdk.testing.conformance.context import CheckContext


@check_users("create", "get")
async def one_is_kept_as_made(people: UserScope) -> None:
    """A new one has the username and the address that were asked for, and is read as it was given."""
    text = people.stage.text()
    made = await people.make(username=text, email=f"{text}@example.com")
    expect((made.username, made.email) == (text, f"{text}@example.com"), "username or address are others than asked")
    read = await people.verbs.get(made.id)
    _expect_same(read, made, "read anew")


@check_users("create", "list")
async def a_list_shows_them_as_they_are(people: UserScope) -> None:
    """The list shows a user as `create` gave them."""
    made = await people.make()
    listed = [user async for user in people.verbs.list() if user.id == made.id]
    expect(len(listed) == 1, "the new one is not listed once")
    _expect_same(listed[0], made, "in the list")


@check_users("create", "get")
async def raw_is_the_providers_own_object(people: UserScope) -> None:
    """`raw` is the JSON object that the record was read from, with the id in it."""
    made = await people.make()
    raw = (await people.verbs.get(made.id)).raw
    expect(raw, "raw is empty")
    expect(made.id in json.dumps(raw), "raw does not hold the id")


@check_users("create", "get")
async def times_have_a_zone(people: UserScope) -> None:
    """Times are told with their zone."""
    user = await people.verbs.get((await people.make()).id)
    for name in ("created_at", "last_active_at"):
        moment = getattr(user, name)
        expect(moment is None or moment.utcoffset() is not None, f"{name} has no time zone")


@check_users("create", "find", users=2)
async def one_is_found_by_username_as_it_stands(people: UserScope) -> None:
    """`find(username=)` gives the one who has it, and nobody who has it in other letters."""
    made = await people.make()
    await people.make()
    found = await people.verbs.find(username=made.username)
    expect(found is not None and found.id == made.id, "the username was not found")
    other = await people.verbs.find(username=(made.username or "").upper())
    expect(other is None, "a username in other letters was taken for the same")


@check_users("create", "find", users=2)
async def one_is_found_by_address_in_any_case(people: UserScope) -> None:
    """`find(email=)` gives the one who has the address, however it is spelled."""
    made = await people.make()
    await people.make()
    for spelled in (made.email, (made.email or "").upper()):
        found = await people.verbs.find(email=spelled)
        expect(found is not None and found.id == made.id, "the address was not found")


@check_users("find")
async def nobody_is_found_where_nobody_is(people: UserScope) -> None:
    """`find` gives None where nobody has the username or the address."""
    text = people.stage.text()
    expect(await people.verbs.find(username=text) is None, "somebody came for a username that nobody has")
    expect(await people.verbs.find(email=f"{text}@example.com") is None, "somebody came for an address of nobody")


@check_users("create", "find", users=4)
async def a_check_says_what_create_refuses(people: UserScope) -> None:
    """`check_create` raises what `create` raises of the same draft before it sends anything, and nothing else."""
    for fields in ("username", "email"), ("email",), ("username", "given_name"), ("username", "password"):
        text = people.stage.text()
        email = f"{text}@example.com"
        draft = UserDraft(
            username=text if "username" in fields else None,
            email=email if "email" in fields else None,
            given_name="A" if "given_name" in fields else None,
            password=SecretStr(f"Pw1-{text}") if "password" in fields else None,
        )
        said, done = await _outcome(_checked(people.room, draft)), await _outcome(people.room.create(draft))
        made = await people.verbs.find(username=draft.username, email=None if draft.username else email)
        if made is not None:
            await people.stage.remove(made.id)
        shown = [None if kind is None else kind.__name__ for kind in (said, done)]
        expect(said is done, f"of {' and '.join(fields)} check_create says {shown[0]} and create {shown[1]}")


@check_users("create", "find", users=2)
async def a_taken_username_is_refused(people: UserScope) -> None:
    """A username that is taken ends in ConflictError, and changes nothing."""
    made = await people.make()
    again = people.make(username=made.username)
    await expect_error(again, ConflictError, what="a username that is taken")
    found = await people.verbs.find(username=made.username)
    expect(found is not None and found.id == made.id, "the username is another's now")


@check_users("create", "find", users=2)
async def a_taken_address_is_refused_or_told(people: UserScope) -> None:
    """A second account of one address is refused, or else `find` tells that there are several."""
    made = await people.make()
    try:
        await people.make(email=(made.email or "").upper())
    except ConflictError:
        found = await people.verbs.find(email=made.email)
        expect(found is not None and found.id == made.id, "the address is another's now")
        return
    other = (made.email or "").title()
    await expect_error(
        people.verbs.find(email=other), ConflictError, what="an address that two have in other spellings"
    )


@check_users("create", "update", users=2)
async def a_taken_username_is_given_to_nobody_else(people: UserScope) -> None:
    """Changing a username to one that is taken ends in ConflictError, and changes nothing."""
    first, second = await people.make(), await people.make()
    changing = people.verbs.update(second.id, username=first.username)
    await expect_error(changing, ConflictError, what="changing to a username that is taken")
    unchanged = await people.verbs.update(second.id)
    expect(unchanged.username == second.username, "the username was changed all the same")


@check_users("create", "remove", users=2)
async def one_who_was_deleted_is_gone(people: UserScope) -> None:
    """Whoever is removed with their account is no more read, found, listed or removed; everybody else stays."""
    made, other = await people.make(), await people.make()
    await people.verbs.remove(made.id, account="delete")
    if people.has("get"):
        await expect_error(people.verbs.get(made.id), NotFoundError, what="reading one who was deleted")
        await people.verbs.get(other.id)
    if people.has("find"):
        expect(await people.verbs.find(username=made.username) is None, "one who was deleted is found")
    if people.has("list"):
        left = ids(await people.verbs.list().collect())
        expect(made.id not in left and other.id in left, "the list has one who was deleted, or lacks one who was not")
    again = people.verbs.remove(made.id, account="delete")
    await expect_error(again, NotFoundError, what="removing one who was deleted")


@check_users("create", "suspend")
async def suspension_comes_and_goes(people: UserScope) -> None:
    """`suspend` sets `is_suspended`, once or twice, and takes it back."""
    made = await people.make()
    for suspended in (True, True, False):
        user = await people.verbs.suspend(made.id, suspended=suspended)
        expect(user.is_suspended is suspended, f"is_suspended is {user.is_suspended} after suspended={suspended}")
        if people.has("get"):
            read = await people.verbs.get(made.id)
            expect(read.is_suspended is suspended, f"read anew, is_suspended is {read.is_suspended}")


@check_users("create", "list", also=(Capability.USERS_QUERY,), users=2)
async def a_query_narrows_the_list(people: UserScope) -> None:
    """`query` leaves those who have the text in their username, and nobody else."""
    made = await people.make()
    await people.make()
    found = ids(await people.verbs.list(query=made.username).collect())
    expect(found == [made.id], f"{len(found)} came where one has the text")
    nobody = await people.verbs.list(query=people.stage.text()).collect()
    expect(not nobody, "somebody came for a text that nobody has")
    if people.has("count"):
        expect(await people.verbs.count(query=made.username) == 1, "the count is not narrowed as the list is")


@check_users("count", "list", users=2)
async def the_count_agrees_with_the_list(people: UserScope) -> None:
    """`count` gives as many as `list` has."""
    if people.has("create"):
        await people.make()
    counted, listed = await people.verbs.count(), len(await people.verbs.list().collect())
    expect(counted == listed, f"{counted} are counted and {listed} listed")


@check(Capability.USERS_CREATE, Capability.USERS_LIST, Capability.USERS_ROLE, users=2)
async def a_role_narrows_the_list(stage: CheckContext) -> None:
    """`role` leaves those who hold it, and nobody else."""
    role, other = await stage.role_names(2)
    text = stage.text()
    holder = await stage.users.create(username=text, email=f"{text}@example.com", roles=[role])
    stage.undo(lambda: stage.users.remove(holder.id, account="delete"))
    expect(holder.roles == (role,), f"the new one holds {holder.roles}")
    found = await stage.users.list(role=role).collect()
    expect(holder.id in ids(found), "one who holds the role did not come")
    expect(all(role in user.roles for user in found), "one came who does not hold the role")
    others = ids(await stage.users.list(role=other).collect())
    expect(holder.id not in others, "one came for a role that they do not hold")


async def _checked(room: AccountOperations, draft: UserDraft) -> None:
    room.check_create(draft)


async def _outcome(call: Awaitable[object]) -> type[OrgError] | None:
    try:
        await call
    except (InvalidArgumentError, UnsupportedError) as error:
        return InvalidArgumentError if isinstance(error, InvalidArgumentError) else UnsupportedError
    except OrgError:  # what an answer alone can tell
        return None
    return None


def _expect_same(seen: User, made: User, where: str) -> None:
    for name in ("id", "username", "email", "name", "given_name", "family_name", "phone", "external_id"):
        expect(getattr(seen, name) == getattr(made, name), f"{where}, the user's {name} is another")
