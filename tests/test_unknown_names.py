"""Names of other SDKs raise an error that names the right one, in the async and in the blocking client."""

from __future__ import annotations

import copy
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import InvalidArgumentError, OrgClient, OrgError, blocking
from orgsdk.providers import Flat, Logto, Memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.providers.base import Provider

ASYNC: Any = OrgClient.memory(users=2)
BLOCKING: Any = blocking.OrgClient(Memory(users=2))
BOTH = pytest.mark.parametrize("client", [ASYNC, BLOCKING], ids=["async", "blocking"])


@BOTH
@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("users.delete", r'Users has no \'delete\': use remove\(id, account="keep"\)\.$'),
        ("users.destroy", r"use remove\("),
        ("users.all", r"use list\(\) and iterate it"),
        ("users.iter", r"use list\(\)"),
        ("users.auto_paging_iter", r"use list\(\)"),
        ("users.retrieve", r"use get\(user_id\)"),
        ("users.fetch", r"use get\(user_id\)"),
        ("users.get_user", r"use get\(user_id\)"),
        ("users.list_users", r"use list\(\)"),
        ("users.delete_user", r"use remove\("),
        ("users.find_by_email", r'use find\(email="…"\)'),
        ("users.modify", r"use update\(id, …\)"),
        ("users.insert", r"use create\(…\)"),
        ("users.creat", r"use create\(…\)"),
        ("users.add_role", r"use add_roles\(user_id, roles\)"),
        ("users.unknown", r"it has add, add_roles, count, create, find, get, list,"),
        ("invitations.cancel", r"use revoke\(invitation_id\)"),
        ("invitations.delete", r"use remove\(id\)"),
        ("members", r"OrganizationHandle has no 'members': use users\."),
        ("list", r"it has"),
    ],
)
def test_a_method_of_another_sdk(client: Any, name: str, use: str) -> None:
    owner: Any = client.organization()
    *path, last = name.split(".")
    for step in path:
        owner = getattr(owner, step)
    assert not hasattr(owner, last)
    with pytest.raises(AttributeError, match=use) as caught:
        getattr(owner, last)
    assert isinstance(caught.value, OrgError)


@BOTH
@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("users", r"use accounts for all accounts, or organization\(id\)\.users for the members"),
        ("org", r"use organization\(id\)"),
        ("organisations", r"use organizations"),
        ("teams", r"use organizations"),
        ("with_timeout", r"use with_options\(\)"),
    ],
)
def test_an_attribute_of_another_client(client: Any, name: str, use: str) -> None:
    assert not hasattr(client, name)
    with pytest.raises(AttributeError, match=rf"OrgClient has no '{name}': {use}") as caught:
        getattr(client, name)
    assert isinstance(caught.value, OrgError)


def test_the_other_kind_of_closing() -> None:
    with pytest.raises(AttributeError, match=r"use aclose\(\)"):
        ASYNC.close()
    with pytest.raises(AttributeError, match=r"use close\(\)"):
        BLOCKING.aclose()


def test_lists_name_what_reads_them() -> None:
    for name in ("all", "to_list", "data_frame"):
        with pytest.raises(OrgError, match=r"collect"):
            getattr(ASYNC.organization().users.list(), name)
    for name in ("items", "next_cursor"):
        with pytest.raises(AttributeError, match=r"use first_page\(\), which has it"):
            getattr(BLOCKING.organization().users.list(), name)


LISTS: list[Callable[[Any], Any]] = [
    lambda client: client.organization().users,
    lambda client: client.organization().invitations,
    lambda client: client.accounts,
    lambda client: client.organizations,
    lambda client: client.roles,
]


@BOTH
@pytest.mark.parametrize("of", LISTS)
@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("limit", r"use page_size= for the items of a page, or list\(\)\.collect\(limit=…\)"),
        ("per_page", r"use page_size="),
        ("page", r"use cursor=, with the next_cursor of a page"),
        ("offset", r"use cursor="),
        ("starting_after", r"use cursor="),
        ("pagesize", r"use page_size="),
        ("curser", r"Did you mean 'cursor'\?"),
        ("nonsense", r"It has .*cursor, .*max_pages, page_size"),
    ],
)
def test_a_parameter_of_another_list(client: Any, of: Callable[[Any], Any], name: str, use: str) -> None:
    with pytest.raises(TypeError, match=rf"\.list\(\) has no parameter '{name}'[:.] {use}") as caught:
        of(client).list(**{name: "s3cret@example.com"})
    assert isinstance(caught.value, OrgError)
    assert "s3cret" not in str(caught.value)


WRONG_CALLS: list[tuple[Callable[[Any], Any], str]] = [
    (
        lambda users: users.find("ada@example.com"),
        r"find\(\) takes no argument without a name: pass email=…, user",
    ),
    (lambda users: users.find(mail="ada@example.com"), r"has no parameter 'mail'\. Did you mean 'email'\?"),
    (lambda users: users.remove("u1"), r'Users.remove\(\) needs account="keep" or account="delete"\.'),
    (
        lambda users: users.get(email="ada@example.com"),
        r"no parameter 'email': use find\(email=…\), and pass the user's",
    ),
    (lambda users: users.remove(username="ada"), r"no parameter 'username': use find\(username=…\), and pass the"),
    (lambda users: users.count(timeout=5), r"no parameter 'timeout': use client\.with_options\(timeout=…\)\."),
    (lambda users: users.list(max_wait=5), r"no parameter 'max_wait': use client\.with_options\(max_wait=…\)\."),
    (lambda users: users.get(), r"Users.get\(\) needs user_id\."),
    (lambda users: users.get(id="u1"), r"has no parameter 'id': use the id as the first argument"),
    (lambda users: users.update(), r"Users.update\(\) needs user_id\."),
    (lambda users: users.update("u1", mail="x"), r"Users.update\(\) has no parameter 'mail'\. Did you mean 'email'\?"),
    (
        lambda users: users.create(usrname="ada"),
        r"create\(\) has no parameter 'usrname'\. Did you mean 'username'",
    ),
    (lambda users: users.set_roles("u1"), r"Users.set_roles\(\) needs roles\."),
    (lambda users: users.get("u1", "u2"), r"Users.get\(\) takes 1 argument without a name: pass no more"),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("call", "message"), WRONG_CALLS)
async def test_wrong_arguments(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message) as caught:
        await call(ASYNC.organization().users)
    assert isinstance(caught.value, OrgError)
    assert "ada@" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(("call", "message"), WRONG_CALLS)
def test_wrong_arguments_of_a_blocking_call(call: Callable[[Any], Any], message: str) -> None:
    with blocking.OrgClient(Memory(users=2)) as client, pytest.raises(TypeError, match=message) as caught:
        call(client.organization().users)
    assert isinstance(caught.value, OrgError)


@pytest.mark.anyio
async def test_a_type_error_of_the_provider_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    client = OrgClient.memory()

    async def broken(*_: object, **__: object) -> None:
        raise TypeError("a bug of the provider")

    users = client.organization().users
    monkeypatch.setattr(type(users._operations()), "count", broken)
    with pytest.raises(TypeError, match="a bug of the provider") as caught:
        await users.count()
    assert not isinstance(caught.value, OrgError)


PROVIDERS: dict[str, Callable[[], Provider]] = {
    "flat": lambda: Flat("t"),
    "logto": lambda: Logto("https://t.logto.app", app_id="a", app_secret="s"),  # made up
    "memory": lambda: Memory(users=2),
}


@pytest.mark.anyio
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "call",
    [
        lambda users: users.get("ada@example.com"),
        lambda users: users.update("ada@example.com", username="ada"),
        lambda users: users.remove("ada@example.com", account="keep"),
        lambda users: users.list_roles("ada@example.com"),
        lambda users: users.set_roles("ada@example.com", ["teacher"]),
    ],
)
async def test_an_address_is_no_id(provider: str, call: Callable[[Any], Any]) -> None:
    client = OrgClient(PROVIDERS[provider](), organization=None if provider != "logto" else "org1")
    with pytest.raises(InvalidArgumentError, match=r"find\(email=…\)") as caught:
        await call(client.organization().users)
    assert "ada@" not in str(caught.value)


def test_signatures_and_kinds_are_unchanged() -> None:
    users = ASYNC.organization().users
    assert inspect.iscoroutinefunction(users.get)
    assert list(inspect.signature(users.find).parameters) == ["email", "username"]
    assert "Find the user" in (users.find.__doc__ or "")
    assert copy.copy(ASYNC.organization()).users is not None


def test_names_of_python_are_missing_without_advice() -> None:
    for owner in (ASYNC, BLOCKING, ASYNC.organization().users, ASYNC.organization().users.list()):
        with pytest.raises(AttributeError, match=r"has no '_repr_png_'\.$"):
            owner._repr_png_()
