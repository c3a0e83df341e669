"""The blocking client in a script: lists, lookups, writes and errors."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING

import pytest

from orgsdk import (
    Capability,
    ConfigurationError,
    InvalidArgumentError,
    NotFoundError,
    NotSentError,
    OrgClient as AsyncOrgClient,
    Page,
    RequestTimeoutError,
    UnsupportedError,
    User,
)
from orgsdk.blocking import OrgClient
from orgsdk.providers import Memory

if TYPE_CHECKING:
    from orgsdk.events import Event
    from orgsdk.sandbox import Sandbox


def test_a_loop_yields_all_users_with_one_request_per_page(either: OrgClient, sandbox: Sandbox) -> None:
    users = [user for user in either.organization().users.list()]  # noqa: C416  # the loop is what is tested
    assert len({user.id for user in users}) == len(users) == 1000
    lists = [e for e in sandbox.requests if e.path.endswith("/users")]
    assert len(lists) == {"flat": 1, "logto": 10}[either.provider.name]


def test_a_page_has_cursors_in_both_directions(either: OrgClient, sandbox: Sandbox) -> None:
    users = either.organization().users
    listed = users.list(page_size=10)
    assert len(sandbox.requests) == 0
    first = listed.first_page()
    assert isinstance(first, Page)
    second = users.list(cursor=first.next_cursor).first_page()
    assert users.list(cursor=second.previous_cursor).first_page().items == first.items
    pages = listed.pages()
    assert [next(pages).items, next(pages).items] == [first.items, second.items]


def test_a_list_can_be_iterated_again(memory: OrgClient) -> None:
    listed = memory.organization().users.list(page_size=10)
    for user in listed:
        assert user.username == "user1"
        break
    assert len(list(listed)) == 25
    assert [len(page) for page in listed.pages()] == [10, 10, 5]
    pages, items = listed.pages(), iter(listed)
    assert iter(pages) is pages
    assert iter(items) is items
    assert listed.collect(limit=12) == list(listed)[:12]
    assert (listed.first(), listed.count()) == (next(iter(listed)), 25)


def test_prefetched_pages_are_in_order(logto: OrgClient) -> None:
    listed = logto.organization().users.list(page_size=50)
    everybody = [user.id for user in listed]
    with listed.prefetch(pages=4) as ahead:
        assert [user.id for user in ahead] == everybody
    with listed.prefetch() as ahead:
        half = next(ahead.pages())
        assert [user.id for user in half] == everybody[:50]
        assert next(iter(ahead)).id == everybody[50]
    with pytest.raises(ZeroDivisionError), listed.prefetch() as ahead:
        _ = 1 // 0
    with pytest.raises(InvalidArgumentError, match="pages is 0"):
        listed.prefetch(0)


def test_writes_and_errors_equal_the_async_client(either: OrgClient) -> None:
    org = either.organization()
    assert org.id == (None if either.provider.name == "flat" else either.organization().id)
    assert org.provider is either.provider
    ada = org.users.create(username="adalove", email="ada@example.com", roles=["teacher"])
    assert org.users.find(username="adalove") == ada
    assert [role.name for role in org.users.list_roles(ada.id)] == ["teacher"]
    org.users.set_roles(ada.id, ["admin"])
    assert org.users.get(ada.id).roles == ("admin",)
    invited = org.invitations.create("bob@example.com", roles=["teacher"])
    assert [found.id for found in org.invitations.list()] == [invited.id]
    org.users.remove(ada.id, account="delete")
    with pytest.raises(NotFoundError):
        org.users.get(ada.id)
    with pytest.raises(InvalidArgumentError, match="user id is empty"):
        org.users.get("")


def test_the_other_resources(logto: OrgClient) -> None:
    assert logto.organizations.get(str(logto.organization().id)).id == logto.organization().id
    assert logto.accounts.count() >= 1000
    assert {role.name for role in logto.roles.list()} >= {"teacher"}
    assert Capability.USERS_LIST in logto.capabilities
    assert logto.rate_limit is None or logto.rate_limit.limit is not None
    assert "Users" in repr(logto.organization().users)
    assert repr(logto).startswith("OrgClient(Logto(")


def test_options_share_the_connection_and_are_closed_with_it(memory: OrgClient) -> None:
    hurried = memory.with_options(timeout=0.01, max_attempts=1)
    assert isinstance(memory.provider, Memory)
    memory.provider.delay("users.count", 0.2)
    with pytest.raises(RequestTimeoutError):
        hurried.organization().users.count()
    assert memory.organization().users.count() == 25
    hurried.close()  # which has nothing of its own
    assert memory.organization().users.count() == 25
    memory.close()
    with pytest.raises(NotSentError, match="closed"):
        hurried.organization().users.count()


def test_run_calls_what_has_no_blocking_method(flat: OrgClient, sandbox: Sandbox) -> None:
    name = ContextVar[str]("name")
    name.set("mine")

    async def work(client: AsyncOrgClient) -> tuple[int, str]:
        return await client.organization().users.count(), name.get()

    assert flat.run(work) == (1000, "mine")  # a trace's context goes along
    raw = flat.with_raw_response(lambda client: client.organization().users.list(page_size=3))
    assert (raw.status_code, len(raw.value)) == (200, 3)
    with pytest.raises(UnsupportedError, match="took no request"):
        flat.with_raw_response(lambda client: client.roles.get("teacher"))


def test_a_client_is_created_from_the_environment() -> None:
    environ = {"ORGSDK_PROVIDER": "memory", "MEMORY_USERS": "3"}
    with OrgClient.from_env(environ=environ) as client:
        assert client.organization().users.count() == 3
    with OrgClient.from_url("memory:", environ=environ) as client:
        assert client.organization().users.count() == 3
    with pytest.raises(ConfigurationError, match="nobody"):
        OrgClient.from_env(environ={"ORGSDK_PROVIDER": "nobody"})


def test_the_options_of_the_constructor_apply() -> None:
    events: list[Event] = []
    with pytest.raises(ConfigurationError, match="timeout is 0"):
        OrgClient(Memory(), timeout=0)
    with OrgClient(Memory(), organization="elsewhere", on_event=events.append) as client:
        assert client.organization().id == "elsewhere"


def test_a_call_works_inside_a_running_loop(memory: OrgClient) -> None:
    async def cell() -> list[User]:
        return list(memory.organization().users.list())

    assert len(asyncio.run(cell())) == 25
