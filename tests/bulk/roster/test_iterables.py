"""Rosters from iterables and from another provider's list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import Roster, SourceError, UserSpec, from_users
from orgsdk.bulk.roster.iterables import as_roster
from orgsdk.domain import User
from orgsdk.errors import InvalidArgumentError, PaginationError
from orgsdk.pagination import Listing, Paginator, Slice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

ADA = User(id="u1", username="ada", email="ada@example.org", name="Ada Lovelace", roles=("teacher",), external_id="S1")
BOB = User(id="u2", username="bob", roles=("user",), is_suspended=True)
CY = User(id="u3", username="cy")


def paged(*pages: list[User]) -> Paginator[User]:
    async def fetch(position: str | None, page_size: int) -> Slice[User]:
        number = int(position or 0)
        return Slice(pages[number], next=str(number + 1) if number + 1 < len(pages) else None)

    return Paginator(Listing("other", "users", (), 100, fetch))


async def test_users_of_another_provider_become_a_roster() -> None:
    roster = await from_users(paged([ADA], [BOB, CY]))
    assert roster.users == [
        UserSpec(
            external_id="S1",
            username="ada",
            email="ada@example.org",
            name="Ada Lovelace",
            roles=("teacher",),
            origin="user u1",
        ),
        UserSpec(username="bob", roles=("user",), state="suspended", origin="user u2"),
        UserSpec(username="cy", roles=(), origin="user u3"),
    ]
    assert (roster.name, roster.incomplete) == ("another provider's users", False)
    assert roster.fingerprint == (await from_users(paged([ADA, BOB, CY]))).fingerprint
    assert roster.fingerprint != (await from_users(paged([ADA, CY, BOB]))).fingerprint


async def test_roles_are_mapped() -> None:
    roster = await from_users(paged([ADA, BOB, CY]), roles={"teacher": "admin", "user": None})
    assert [(user.username, user.roles) for user in roster.users] == [("ada", ("admin",)), ("cy", ())]
    with pytest.raises(SourceError) as caught:
        await from_users(paged([ADA, BOB]), roles=["teachers"])
    assert [str(problem) for problem in caught.value.problems] == [
        "user u1: unknown role 'teacher' (did you mean 'teachers'?)",
        "user u2: unknown role 'user' (choices: teachers)",
    ]


async def test_repeated_user_is_read_once_and_duplicate_key_is_a_problem() -> None:
    assert len((await from_users(paged([ADA, BOB], [ADA]))).users) == 2
    with pytest.raises(SourceError, match="user u9: the email is the same as in user u1"):
        await from_users(paged([ADA], [User(id="u9", email="ADA@example.org")]))


async def test_failed_list_raises() -> None:
    async def breaking() -> AsyncIterator[User]:
        yield ADA
        raise PaginationError("a page failed")

    with pytest.raises(PaginationError):
        await from_users(breaking())


async def test_roster_is_returned_unchanged() -> None:
    roster = Roster(users=[], name="mine", fingerprint="f")
    assert await as_roster(roster) is roster


async def test_iterables_and_async_iterables_are_checked() -> None:
    people = [UserSpec(username="ada"), UserSpec(email="bob@example.org", origin="page 7")]

    async def stream() -> AsyncIterator[UserSpec]:
        for person in people:
            yield person

    for source in (people, iter(people), stream()):
        roster = await as_roster(source)
        assert [user.origin for user in roster.users] == ["row 1", "page 7"]
        assert len(roster.fingerprint) == 64
    with pytest.raises(SourceError) as caught:
        await as_roster([*people, UserSpec(username="ada", name="A"), UserSpec(name="Nobody"), UserSpec(email="x")])
    assert [str(problem) for problem in caught.value.problems] == [
        "row 3: the username is the same as in row 1, but the name differs",
        "row 4: the row has no key: external_id, email, username are all empty",
        "row 5: the email is invalid: write name@domain, without spaces, brackets or two dots in a row",
    ]


async def test_list_of_another_provider_is_accepted() -> None:
    assert (await as_roster(paged([ADA]))).users[0].origin == "user u1"


@pytest.mark.parametrize("source", ["roster.csv", b"", 7, None, ["ada"], {"ada": 1}])
async def test_other_types_are_refused(source: object) -> None:
    with pytest.raises(InvalidArgumentError, match=r"pass a (roster|UserSpec)"):
        await as_roster(source)  # type: ignore[arg-type]  # the mistake to test
