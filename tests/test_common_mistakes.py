"""Common first mistakes raise an error that states the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import ConfigurationError, InvalidArgumentError, NotSentError, OrgClient, User, blocking, bulk
from orgsdk.providers import Flat, Logto

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


pytestmark = pytest.mark.anyio

# Mistakes that a type checker would find.
NOTHING: Any = None
BYTES: Any = b"t"
TEXT: Any = "5"


@pytest.mark.parametrize(
    ("provider", "message"),
    [
        ("f1at-t0ken", "takes a provider, not one of type str: pass one of orgsdk.providers"),
        (None, "takes a provider, not one of type NoneType"),
        (Flat, r"Flat is the class: call it, as in OrgClient\(Flat\(…\)\)"),
        (OrgClient.memory(), "takes a provider, not one of type OrgClient"),
    ],
)
def test_a_client_without_a_provider(provider: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        OrgClient(provider)
    assert "t0ken" not in str(caught.value)  # what was passed may be the token


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Flat(None), r"\(FLAT_ACCESS_TOKEN\) is not set: pass token= or refresh_token="),
        (lambda: Flat("t", base_url=NOTHING), r"\(FLAT_BASE_URL\) is not set: pass https://host"),
        (lambda: Flat(BYTES), r"\(FLAT_ACCESS_TOKEN\) is not a string"),
        (lambda: Logto(NOTHING, app_id="a", app_secret="s"), r"\(LOGTO_ENDPOINT\) is not set"),
        (lambda: Logto("https://t.logto.app", app_id="a", app_secret=NOTHING), r"\(LOGTO_APP_SECRET\) is not set"),
        (lambda: OrgClient(Flat("t"), timeout=NOTHING), "timeout is None: pass a number of seconds"),
        (lambda: OrgClient(Flat("t"), timeout=TEXT), "timeout is of type str: pass a number of seconds"),
        (lambda: OrgClient(Flat("t"), max_wait=NOTHING), "max_wait is None: pass a number of seconds"),
        (lambda: OrgClient(Flat("t"), max_attempts=TEXT), "max_attempts is of type str: pass 1 or more"),
    ],
)
def test_a_setting_of_the_wrong_type(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make()


async def test_a_plan_without_an_organization() -> None:
    with blocking.OrgClient.memory() as client:
        handles: list[Any] = [client.organization(), client, "org_id"]
        for handle in handles:
            with pytest.raises(InvalidArgumentError, match=r"pass client.organization\('id'\) of an async client"):
                await bulk.plan(handle, [])


async def test_async_functions_with_the_blocking_client() -> None:
    with blocking.OrgClient.memory() as client:
        untyped: Any = client
        with pytest.raises(AttributeError, match=r"has no 'native': use client\.run\(lambda client: client\.native"):
            untyped.native.get_user("id")
        with pytest.raises(TypeError, match="This client blocks: use `with`"):
            async with untyped:
                pass


async def test_a_page_or_a_handle_as_a_roster() -> None:
    client = OrgClient.memory(users=3)
    org = client.organization()
    page, users = await org.users.list(page_size=1), org.users
    sources: dict[str, Any] = {"To iterate every page, leave out the `await`": page, "iterate its `list\\(\\)`": users}
    for message, source in sources.items():
        with pytest.raises(InvalidArgumentError, match=message):
            await bulk.plan(org, source)


def test_an_id_of_the_other_provider() -> None:
    client = OrgClient(Flat("t"))
    with pytest.raises(InvalidArgumentError, match=r"'tjqkp77fi9wt': ids consist of .*24 hexadecimal digits at Flat"):
        client.organization("tjqkp77fi9wt")


@pytest.mark.parametrize("name", ["ada", "f" * 23, "f" * 25])
async def test_a_username_of_hexadecimal_digits_is_no_id_at_flat(name: str) -> None:
    message = rf"Invalid user id '{name}': .*24 hexadecimal digits at Flat.*find\(username=…\) if the provider has"
    async with OrgClient(Flat("t")) as client:
        with pytest.raises(InvalidArgumentError, match=message):
            await client.organization().users.get(name)


def test_with_instead_of_async_with() -> None:
    client: Any = OrgClient.memory()
    with pytest.raises(TypeError, match=r"Use `async with`. For code without `await`, orgsdk\.blocking"), client:
        pass


async def _for(found: Any) -> None:
    for _ in found:
        pass


async def _call(function: Callable[[Any], object], found: Any) -> None:
    function(found)


async def _async_for(found: Any) -> None:
    async for _ in found:
        pass


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (
            lambda c: _for(c.organization().users.list()),
            "iterate it with `async for`, or `await` it for its first page",
        ),
        (lambda c: _call(len, c.organization().users.list()), r"not loaded: use `await ….count\(\)`"),
        (lambda c: _call(list, c.roles.list()), "not loaded: iterate it with `async for`"),
        (lambda c: c.organizations.list()[0], r"not loaded: use `await ….collect\(limit=…\)`, which returns a list"),
        (lambda c: _async_for(c.organization().users), r"Users is a resource, not a list: iterate its `list\(\)`"),
        (lambda c: _for(c.organization().invitations), r"Invitations is a resource.*iterate its `list\(\)`"),
        (lambda c: _async_for(c.organizations), r"Organizations is a resource.*iterate its `list\(\)`"),
        (lambda c: _async_for(c.roles), r"Roles is a resource.*iterate its `list\(\)`"),
        (lambda c: _async_for(c.organization().users.list().prefetch()), r"`async with ….prefetch\(\) as ahead`"),
    ],
)
async def test_reading_a_list_wrongly(do: Callable[[Any], Awaitable[object]], message: str) -> None:
    async with OrgClient.memory(users=3) as client:
        with pytest.raises(TypeError, match=message):
            await do(client)


async def test_a_list_is_true_although_its_length_is_unknown() -> None:
    async with OrgClient.memory() as client:
        users: Any = client.organization().users.list()
        assert users


async def test_async_for_over_a_page() -> None:
    async with OrgClient.memory(users=3) as client:
        page: Any = await client.organization().users.list()
        with pytest.raises(TypeError, match=r"read it with `for`\. To iterate every page, leave out the `await`"):
            await _async_for(page)


async def test_attributes_of_a_page_on_a_paginator() -> None:
    async with OrgClient.memory(users=3) as client:
        users: Any = client.organization().users.list()
        for name in ("items", "next_cursor", "previous_cursor", "total"):
            with pytest.raises(AttributeError, match=f"has no '{name}': a page has it, and `await` returns the first"):
                getattr(users, name)
        with pytest.raises(
            AttributeError, match=r"Paginator has no 'users': it has collect, count, first, name, page_size"
        ):
            _ = users.users
        assert not hasattr(users, "limit")


def test_assigning_to_a_record() -> None:
    user: Any = User(id="u1", name="Ada", email="ada@example.com")
    with pytest.raises(AttributeError, match=r"change it at the provider, with update\(\)") as caught:
        user.name = "ada@example.org"
    assert user.name == "Ada"
    assert "example" not in str(caught.value)


async def test_a_call_after_closing() -> None:
    async with OrgClient.memory(users=3) as client:
        pass
    with pytest.raises(NotSentError, match="closed: call it within its `async with`, or make another"):
        await client.organization().users.count()


# Reprs in a Python prompt


async def test_reprs_list_the_methods() -> None:
    async with OrgClient.memory(users=3) as client:
        org = client.organization()
        message = repr(org.users)
        assert message.startswith(f"<Users at {client.provider!r}: add, add_roles, count, create, find, get, list, ")
        assert repr(client.roles).endswith(": create, get, list, remove, update>")
        assert repr(org) == "OrganizationHandle()"
        listing = org.users.list(query="ada@example.com")
        uses = "`async for` yields its items, `await` returns its first page, a task takes collect()"
        shown = f"<Paginator of memory users.list: {uses}>"
        assert repr(listing) == shown
