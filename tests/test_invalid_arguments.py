"""Invalid arguments raise an error before a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import InvalidArgumentError, InvalidCursorError, OrgClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect, Connected

pytestmark = pytest.mark.anyio

BAD_IDS = ["", ".", "..", "a/b", "../x", "a%2Fb", "%2e%2e", "a?b", "a#b", " ", "a b", "a\n", "\x00", "é", "a" * 129]


@pytest.fixture
def _sends_nothing(either: Connected, sandbox: Sandbox) -> Iterator[None]:
    yield
    assert len(sandbox.requests) == 0


@pytest.mark.usefixtures("_sends_nothing")
async def test_a_page_size_out_of_range(either: Connected) -> None:
    for list_ in (either.org.users.list, either.client.organizations.list, either.client.roles.list):
        for page_size in (0, -1, either.largest_page + 1):
            with pytest.raises(InvalidArgumentError, match=f"page_size is {page_size}: {either.name} accepts 1 to"):
                list_(page_size=page_size)


@pytest.mark.usefixtures("_sends_nothing")
async def test_a_malformed_cursor(either: Connected) -> None:
    for list_ in (either.org.users.list, either.client.organizations.list, either.client.roles.list):
        for cursor in ("", "garbage", "AAAA", "é", "next:abc", "2", "a" * 9000):
            with pytest.raises(InvalidCursorError, match="damaged, or was not created by orgsdk"):
                list_(cursor=cursor)


async def test_a_truncated_cursor(either: Connected, sandbox: Sandbox) -> None:
    cursor = (await either.org.users.list(page_size=10)).next_cursor
    assert cursor is not None
    sandbox.requests.clear()
    other = "B" if cursor[-9] == "A" else "A"
    for damaged in (cursor[:-1], cursor[1:], cursor[:-9] + other + cursor[-8:]):
        with pytest.raises(InvalidCursorError, match="damaged"):
            either.org.users.list(cursor=damaged)
    assert len(sandbox.requests) == 0


async def test_a_cursor_of_the_other_provider(either: Connected, connect: Connect, sandbox: Sandbox) -> None:
    other = {"flat": "logto", "logto": "flat"}[either.name]
    theirs = (await connect(other)).organization(connect.organization_id(other)).users
    cursor = (await theirs.list(page_size=10)).next_cursor
    sandbox.requests.clear()
    with pytest.raises(InvalidCursorError, match=f"belongs to another provider, and this client uses '{either.name}'"):
        either.org.users.list(cursor=cursor)
    assert len(sandbox.requests) == 0


@pytest.mark.usefixtures("_sends_nothing")
async def test_an_invalid_id(either: Connected) -> None:
    calls: list[Callable[[str], Awaitable[object]]] = [
        either.client.organizations.get,
        either.org.users.get,
        lambda bad: either.client.organization(bad).users.count(),
    ]
    for bad in BAD_IDS:
        for call in calls:
            with pytest.raises(InvalidArgumentError, match=r"is empty|^Invalid "):
                await call(bad)
        with pytest.raises(InvalidArgumentError, match="organization id"):
            OrgClient(either.client.provider, organization=bad)


@pytest.mark.usefixtures("_sends_nothing")
async def test_an_id_that_is_not_a_string(either: Connected) -> None:
    number: Any = 7
    with pytest.raises(InvalidArgumentError, match="user id is of type int"):
        await either.org.users.get(number)


async def test_an_email_address_as_an_id_is_not_shown_in_the_error(either: Connected) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        await either.org.users.get("ada@example.org")
    assert "ada" not in str(caught.value)


@pytest.mark.usefixtures("_sends_nothing")
async def test_an_empty_role(either: Connected) -> None:
    with pytest.raises(InvalidArgumentError, match="The role is empty"):
        either.org.users.list(role="")
    with pytest.raises(InvalidArgumentError, match="The role is empty"):
        await either.org.users.count(role="")


@pytest.mark.usefixtures("_sends_nothing")
@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "exactly one"),
        ({"email": "a@example.org", "username": "a"}, "exactly one"),
        ({"email": ""}, "empty"),
        ({"username": ""}, "empty"),
    ],
)
async def test_find_needs_exactly_one_argument(either: Connected, asked: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        await either.org.users.find(**asked)
