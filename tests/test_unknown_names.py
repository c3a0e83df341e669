"""Names of other SDKs raise an error that names the right one, in the async and in the blocking client."""

from __future__ import annotations

import copy
import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from orgsdk import InvalidArgumentError, OrgClient, OrgError, blocking, bulk
from orgsdk.fleet import Fleet, FleetBudget, FleetGuards, FleetOptions
from orgsdk.providers import Flat, Logto, Memory
from tests import public_calls as public

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


# Callables of a user that refuse a parameter with `OrgError`, by the start of their path.
CHECKED = (
    "orgsdk.fleet.",
    "orgsdk.scim.",
    *(f"orgsdk.providers.{name}" for name in ("flat.provider.Flat", "logto.provider.Logto", "workos.provider.WorkOS")),
    "orgsdk.providers.scim.provider.SCIM",
    "orgsdk.bulk.planning.planner.plan",
    "orgsdk.bulk.run.run.",
    "orgsdk.resources.",
)
CALLS = [call for call in public.public_calls() if call.name.startswith(CHECKED) and ".from_env" not in call.name]
# `public_calls` does not call them, because the command line or an engine of a fleet does.
FURTHER = {
    name: call
    for name, call in public.public_callables().items()
    if name.startswith(("orgsdk.fleet.credentials.", "orgsdk.fleet.config_file.load", "orgsdk.scim.deactivations."))
    and name.endswith(("Credentials", "load_config", "DeactivationGuard", ".lift", ".list", ".open"))
}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "call", [*(one.call for one in CALLS), *FURTHER.values()], ids=[*(one.name for one in CALLS), *FURTHER]
)
async def test_an_unknown_parameter_is_an_error_of_orgsdk(call: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"has no parameter 'no_such_option'") as caught:
        await _finish(call, no_such_option="s3cret")
    assert isinstance(caught.value, OrgError)
    assert "s3cret" not in str(caught.value)


async def _finish(call: Callable[..., Any], **arguments: object) -> None:
    result = call(**arguments)
    if inspect.isasyncgen(result):
        await anext(result)
    elif inspect.isawaitable(result):
        await result


@pytest.mark.parametrize("kind", [FleetOptions, FleetGuards, FleetBudget])
def test_an_option_of_a_fleet_names_where_it_belongs(kind: type[FleetOptions | FleetGuards | FleetBudget]) -> None:
    make: Any = Fleet
    for option in fields(kind):
        with pytest.raises(OrgError, match=rf"'{option.name}': use options=FleetOptions\(.*{option.name}=…?") as caught:
            make((), store="fleet.db", **{option.name: "s3cret"})
        assert kind.__name__ in str(caught.value)


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


UNCALLED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda client: client.organization.users, r"OrgClient.organization is a method: write organization\(…\)\.users\."),
    (lambda client: client.organization.invitations.list(), r"write organization\(…\)\.invitations\."),
    (lambda client: client.organization.list(), r"OrgClient.organization is a method: write organizations\.list\."),
    (lambda client: client.organization().users.list.collect(), r"Users.list is a method: write list\(…\)\.collect\."),
    (lambda client: client.organization().invitations.list.count(), r"Invitations.list .* write list\(…\)\.count\."),
    (lambda client: client.organizations.list.first(), r"Organizations.list is a method: write list\(…\)\.first\."),
    (lambda client: client.accounts.list.prefetch(), r"Accounts.list is a method: write list\(…\)\.prefetch\."),
    (lambda client: client.roles.list.pages(), r"Roles.list is a method: write list\(…\)\.pages\."),
]


@BOTH
@pytest.mark.parametrize(("use", "message"), UNCALLED)
def test_a_method_that_was_not_called(client: Any, use: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(AttributeError, match=message) as caught:
        use(client)
    assert isinstance(caught.value, OrgError)


@BOTH
def test_a_list_that_was_not_called_has_no_items(client: Any) -> None:
    users = client.organization().users
    uses: list[Callable[[Any], Any]] = [list, len, iter, aiter, lambda found: found[0]]
    for use in uses:
        with pytest.raises(TypeError, match=r"Users.list is a method: call it, as in list\(…\)\.") as caught:
            use(users.list)
        assert isinstance(caught.value, OrgError)
    assert users.list


@BOTH
def test_such_a_method_is_a_method_to_inspect_and_to_mock(client: Any) -> None:
    kind = type(client)
    assert inspect.ismethod(client.organization)
    assert inspect.isfunction(kind.organization)
    assert list(inspect.signature(client.organization).parameters) == ["organization_id"]
    assert "query" in inspect.signature(client.organization().users.list).parameters
    assert client.organization.__doc__ == kind.organization.__doc__
    assert "Return a handle" in str(kind.organization.__doc__)
    assert not hasattr(client.organization, "users")
    assert dict(inspect.getmembers(client))["organization"] == client.organization
    assert client.organization != client.with_options
    assert len({client.organization, client.organization}) == 1
    for fake in (mock.create_autospec(kind, instance=True), mock.create_autospec(client)):
        fake.organization("org_1").users.list.return_value = ["ada"]
        fake.organization.assert_called_once_with("org_1")
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            fake.organization(org="x")


SETTINGS = {"ORGSDK_PROVIDER": "memory"}
WRONG_OPTIONS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda kind: kind(Memory(), timout=5), r"OrgClient\(\) has no parameter 'timout'\. Did you mean 'timeout'\?"),
    (lambda kind: kind(Memory(), max_retries=5), r"OrgClient\(\) .*use max_attempts=, the first attempt included"),
    (lambda kind: kind(Memory(), org_id="x"), r"OrgClient\(\) .*use organization="),
    (lambda kind: kind(), r"OrgClient\(\) needs provider\."),
    (lambda kind: kind(Memory(), 5), r"OrgClient\(\) takes 1 argument without a name: pass organization"),
    (lambda kind: kind.memory(user=5), r"OrgClient.memory\(\) has no parameter 'user'\. Did you mean 'users'\?"),
    (lambda kind: kind.memory(timout=5), r"OrgClient.memory\(\) .*Did you mean 'timeout'\?"),
    (lambda kind: kind.from_env(enviro={}), r"OrgClient.from_env\(\) .*Did you mean 'environ'\?"),
    (lambda kind: kind.from_env(environ=SETTINGS, timout=5), r"OrgClient.from_env\(\) .*Did you mean 'timeout'\?"),
    (lambda kind: kind.from_url("memory:", hedaers={}), r"OrgClient.from_url\(\) .*Did you mean 'headers'\?"),
    (lambda kind: kind.memory().with_options(timout=5), r"OrgClient.with_options\(\) .*Did you mean 'timeout'\?"),
    (lambda kind: kind.memory().with_options(5), r"with_options\(\) takes no argument without a name: pass "),
    (lambda kind: kind.memory().roles.list().collect(limt=5), r"collect\(\) .*Did you mean 'limit'\?"),
    (lambda kind: kind.memory().roles.list().prefetch(page=5), r"prefetch\(\) .*Did you mean 'pages'\?"),
]


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [OrgClient, blocking.OrgClient])
@pytest.mark.parametrize(("use", "message"), WRONG_OPTIONS)
async def test_a_wrong_option_of_a_client(kind: Any, use: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message) as caught:
        await use(kind)
    assert isinstance(caught.value, OrgError)


OTHERS: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (Flat, {"access_token": "s3cret"}, r"Flat\(\) has no parameter 'access_token': use token="),
    (Flat, {"token": "s3cret", "base_ur": "x"}, r"Flat\(\) .*Did you mean 'base_url'\?"),
    (Flat, {"token": "s3cret", "timeout": 5}, r"Flat\(\) has no parameter 'timeout': use timeout= of OrgClient\."),
    (Logto, {"endpoint": "x", "client_id": "x"}, r"Logto\(\) .*use app_id="),
    (Logto, {"endpoint": "x", "app_id": "x"}, r"Logto\(\) needs app_secret"),
    (Memory, {"user": 5}, r"Memory\(\) .*Did you mean 'users'\?"),
    (bulk.read_csv, {"file": "x", "ignored": []}, r"read_csv\(\) .*Did you mean 'ignore'\?"),
    (bulk.read_jsonl, {"file": "x", "column": {}}, r"read_jsonl\(\) .*Did you mean 'columns'\?"),
    (bulk.read_oneroster, {"path": "x", "orgs": ""}, r"read_oneroster\(\) .*Did you mean 'org'\?"),
    (bulk.from_users, {"users": [], "rolls": {}}, r"from_users\(\) .*Did you mean 'roles'\?"),
    (bulk.plan, {"org": 1}, r"plan\(\) .*use organization="),
    (bulk.apply, {"plan": 1, "organization": 1, "jurnal": "x"}, r"apply\(\) .*Did you mean 'journal'\?"),
    (bulk.resume, {"journal": "x", "organization": 1, "progress": "x"}, r"resume\(\) .*Did you mean 'on_progress'\?"),
    (bulk.verify_audit, {"audit": "x", "hash": "x"}, r"verify_audit\(\) .*'hash'"),
    (bulk.Policy, {"removes": "no"}, r"Policy\(\) .*Did you mean 'remove'\?"),
    (bulk.UserSpec, {"mail": "ada@example.org"}, r"UserSpec\(\) .*Did you mean 'email'\?"),
    (bulk.UserSpec, {"role": "teacher"}, r'UserSpec\(\) .*use roles=\["…"\], a list\.'),
    (bulk.UserSpec, {"first_name": "Ada"}, r"UserSpec\(\) .*use given_name=\."),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("function", "arguments", "message"), OTHERS)
async def test_a_wrong_parameter_of_a_function(
    function: Callable[..., Any], arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message) as caught:
        await function(**arguments)
    assert isinstance(caught.value, OrgError)
    assert not {"s3cret", "ada@example.org"} & set(str(caught.value).split())
