"""Arguments reach the provider unchanged, and its results are returned unchanged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from orgsdk.domain import (
    UNSET,
    InvitationDraft,
    InvitationQuery,
    OrganizationChanges,
    OrganizationDraft,
    OrganizationQuery,
    RoleChanges,
    RoleDraft,
    RoleQuery,
    UserChanges,
    UserDraft,
    UserQuery,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk import OrgClient
    from orgsdk.resources import Accounts, Invitations, Users
    from tests.resources.conftest import Desk

pytestmark = pytest.mark.anyio

USERS, INVITATIONS = "users of acme", "invitations of acme"
FIELDS: dict[str, Any] = {
    "external_id": "S/1",
    "username": "ada",
    "email": "ada@example.org",
    "phone": "49123",
    "name": "Ada L.",
    "given_name": "Ada",
    "family_name": "Lovelace",
}
CLEARED: dict[str, Any] = dict.fromkeys(FIELDS)
PASSWORD = SecretStr("hunter2")
AT = datetime(2030, 1, 1, 12, tzinfo=UTC)


def users(client: OrgClient) -> Users:
    return client.organization("acme").users


def accounts(client: OrgClient) -> Accounts:
    return client.accounts


def invitations(client: OrgClient) -> Invitations:
    return client.organization("acme").invitations


Verb = tuple[Any, "Callable[[OrgClient], Any]", tuple[Any, ...]]

VERBS: list[Verb] = [
    # a name, the call, and what the provider is asked
    ("organizations.get", lambda c: c.organizations.get("o1"), ("organizations", "get", "o1")),
    (
        "organizations.create",
        lambda c: c.organizations.create("Band"),
        ("organizations", "create", OrganizationDraft(name="Band")),
    ),
    (
        "organizations.create, all",
        lambda c: c.organizations.create("Band", description="plays"),
        ("organizations", "create", OrganizationDraft(name="Band", description="plays")),
    ),
    (
        "organizations.update, nothing",
        lambda c: c.organizations.update("o1"),
        ("organizations", "update", "o1", OrganizationChanges()),
    ),
    (
        "organizations.update",
        lambda c: c.organizations.update("o1", name="B", description=None),
        ("organizations", "update", "o1", OrganizationChanges(name="B", description=None)),
    ),
    ("organizations.remove", lambda c: c.organizations.remove("o1"), ("organizations", "remove", "o1")),
    ("users.get", lambda c: users(c).get("u1"), (USERS, "get", "u1")),
    (
        "users.find by address",
        lambda c: users(c).find(email="Ada@Example.org"),
        (USERS, "find", {"email": "Ada@Example.org", "username": None}),
    ),
    (
        "users.find by name",
        lambda c: users(c).find(username="ada"),
        (USERS, "find", {"email": None, "username": "ada"}),
    ),
    ("users.count", lambda c: users(c).count(), (USERS, "count", UserQuery())),
    (
        "users.count, narrowed",
        lambda c: users(c).count(query="a", role="teacher"),
        (USERS, "count", UserQuery(query="a", role="teacher")),
    ),
    (
        "users.create",
        lambda c: users(c).create(username="ada"),
        (USERS, "create", UserDraft(username="ada")),
    ),
    (
        "users.create, all",
        lambda c: users(c).create(**FIELDS, password="hunter2", roles=["teacher", "admin", "teacher"]),
        (USERS, "create", UserDraft(**FIELDS, password=PASSWORD, roles=("teacher", "admin"))),
    ),
    (
        "users.create, phone and secret",
        lambda c: users(c).create(phone="49123", password=PASSWORD),
        (USERS, "create", UserDraft(phone="49123", password=PASSWORD)),
    ),
    ("users.add", lambda c: users(c).add(["u1", "u2", "u1"]), (USERS, "add", ("u1", "u2"), ())),
    (
        "users.add with roles",
        lambda c: users(c).add((f"u{n}" for n in (1, 2)), roles={"teacher"}),
        (USERS, "add", ("u1", "u2"), ("teacher",)),
    ),
    ("users.update, nothing", lambda c: users(c).update("u1"), (USERS, "update", "u1", UserChanges())),
    (
        "users.update, all",
        lambda c: users(c).update("u1", **FIELDS, password="hunter2"),
        (USERS, "update", "u1", UserChanges(**FIELDS, password=PASSWORD)),
    ),
    (
        "users.update, cleared",
        lambda c: users(c).update("u1", **CLEARED),
        (USERS, "update", "u1", UserChanges(**CLEARED)),
    ),
    ("users.remove, keep", lambda c: users(c).remove("u1", account="keep"), (USERS, "remove", "u1", "keep")),
    ("users.remove, delete", lambda c: users(c).remove("u1", account="delete"), (USERS, "remove", "u1", "delete")),
    ("users.suspend", lambda c: users(c).suspend("u1"), (USERS, "suspend", "u1", {"suspended": True})),
    (
        "users.suspend, not",
        lambda c: users(c).suspend("u1", suspended=False),
        (USERS, "suspend", "u1", {"suspended": False}),
    ),
    ("users.list_roles", lambda c: users(c).list_roles("u1"), (USERS, "list_roles", "u1")),
    ("users.set_roles", lambda c: users(c).set_roles("u1", ["a", "b"]), (USERS, "set_roles", "u1", ("a", "b"))),
    ("users.set_roles, none", lambda c: users(c).set_roles("u1", []), (USERS, "set_roles", "u1", ())),
    ("users.add_roles", lambda c: users(c).add_roles("u1", ["a"]), (USERS, "add_roles", "u1", ("a",))),
    ("users.remove_roles", lambda c: users(c).remove_roles("u1", ["a"]), (USERS, "remove_roles", "u1", ("a",))),
    ("accounts.get", lambda c: accounts(c).get("u1"), ("accounts", "get", "u1")),
    (
        "accounts.find",
        lambda c: accounts(c).find(email="a@example.org"),
        ("accounts", "find", {"email": "a@example.org", "username": None}),
    ),
    ("accounts.count", lambda c: accounts(c).count(query="a"), ("accounts", "count", UserQuery(query="a"))),
    (
        "accounts.create, all",
        lambda c: accounts(c).create(**FIELDS, password="hunter2"),
        ("accounts", "create", UserDraft(**FIELDS, password=PASSWORD)),
    ),
    (
        "accounts.update",
        lambda c: accounts(c).update("u1", name=None),
        ("accounts", "update", "u1", UserChanges(name=None)),
    ),
    (
        "accounts.remove",
        lambda c: accounts(c).remove("u1", account="delete"),
        ("accounts", "remove", "u1", "delete"),
    ),
    ("accounts.suspend", lambda c: accounts(c).suspend("u1"), ("accounts", "suspend", "u1", {"suspended": True})),
    (
        "accounts.list_organizations",
        lambda c: accounts(c).list_organizations("u1"),
        ("accounts", "list_organizations", "u1"),
    ),
    ("invitations.get", lambda c: invitations(c).get("i1"), (INVITATIONS, "get", "i1")),
    (
        "invitations.create",
        lambda c: invitations(c).create("bob@example.org"),
        (INVITATIONS, "create", InvitationDraft(email="bob@example.org")),
    ),
    (
        "invitations.create, all",
        lambda c: invitations(c).create(
            "bob@example.org",
            roles=["a", "b"],
            expires_at=AT.astimezone(timezone(timedelta(hours=5))),
            inviter_id="u1",
            send=False,
        ),
        (
            INVITATIONS,
            "create",
            InvitationDraft(email="bob@example.org", roles=("a", "b"), expires_at=AT, inviter_id="u1", send=False),
        ),
    ),
    ("invitations.resend", lambda c: invitations(c).resend("i1"), (INVITATIONS, "resend", "i1")),
    ("invitations.accept", lambda c: invitations(c).accept("i1", user_id="u1"), (INVITATIONS, "accept", "i1", "u1")),
    ("invitations.revoke", lambda c: invitations(c).revoke("i1"), (INVITATIONS, "revoke", "i1")),
    ("invitations.remove", lambda c: invitations(c).remove("i1"), (INVITATIONS, "remove", "i1")),
    ("roles.get", lambda c: c.roles.get("clerk"), ("roles", "get", "clerk")),
    ("roles.create", lambda c: c.roles.create("clerk"), ("roles", "create", RoleDraft(name="clerk"))),
    (
        "roles.create, all",
        lambda c: c.roles.create("clerk", description="d", kind="User", scopes=["read", "write"]),
        ("roles", "create", RoleDraft(name="clerk", description="d", kind="User", scopes=("read", "write"))),
    ),
    ("roles.update, nothing", lambda c: c.roles.update("clerk"), ("roles", "update", "clerk", RoleChanges())),
    (
        "roles.update, all",
        lambda c: c.roles.update("clerk", name="Clerk", description=None, scopes=[]),
        ("roles", "update", "clerk", RoleChanges(name="Clerk", description=None, scopes=())),
    ),
    ("roles.remove", lambda c: c.roles.remove("clerk"), ("roles", "remove", "clerk")),
]
GIVE_NOTHING = {"remove", "add", "set_roles", "add_roles", "remove_roles", "resend"}


@pytest.mark.parametrize(("call", "asked"), [pytest.param(call, asked, id=name) for name, call, asked in VERBS])
async def test_a_method_passes_its_arguments_on(
    desk: Desk, call: Callable[[OrgClient], Any], asked: tuple[Any, ...]
) -> None:
    answer = await call(desk.client)
    assert desk.asked == [asked]
    assert answer is (None if asked[1] in GIVE_NOTHING else desk.ledger.answer)


@pytest.mark.parametrize(
    ("call", "noun", "query"),
    [
        (lambda c: c.organizations.list(), "organizations", OrganizationQuery()),
        (lambda c: c.organizations.list(query="b"), "organizations", OrganizationQuery(query="b")),
        (lambda c: users(c).list(query="a", role="r"), USERS, UserQuery(query="a", role="r")),
        (lambda c: users(c).list(), USERS, UserQuery()),
        (lambda c: accounts(c).list(query="a"), "accounts", UserQuery(query="a")),
        (lambda c: invitations(c).list(), INVITATIONS, InvitationQuery()),
        (
            lambda c: invitations(c).list(status="pending", email="b@example.org"),
            INVITATIONS,
            InvitationQuery(status="pending", email="b@example.org"),
        ),
        (lambda c: c.roles.list(query="r"), "roles", RoleQuery(query="r")),
    ],
)
async def test_a_list_is_described_at_once_and_requested_when_awaited(
    desk: Desk, call: Callable[[OrgClient], Any], noun: str, query: object
) -> None:
    paginator = call(desk.client)
    assert desk.asked == [(noun, "list", query)]
    page = await paginator
    assert page.items == [desk.ledger.answer]
    assert desk.asked[1:] == [(noun, "fetch", None, 5)]


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.organizations.list(page_size=3),
        lambda c: users(c).list(page_size=3),
        lambda c: accounts(c).list(page_size=3),
        lambda c: invitations(c).list(page_size=3),
        lambda c: c.roles.list(page_size=3),
    ],
)
async def test_the_page_size_is_passed_on(desk: Desk, call: Callable[[OrgClient], Any]) -> None:
    await call(desk.client)
    assert desk.asked[-1][1:] == ("fetch", None, 3)


async def test_expires_in_becomes_a_time_in_utc(desk: Desk) -> None:
    before = datetime.now(UTC)
    await invitations(desk.client).create("bob@example.org", expires_in=timedelta(days=7))
    draft = desk.asked[0][2]
    assert before + timedelta(days=7) <= draft.expires_at <= datetime.now(UTC) + timedelta(days=7)
    assert draft.expires_at.tzinfo is UTC


async def test_an_omitted_change_differs_from_none(desk: Desk) -> None:
    await users(desk.client).update("u1", name=None)
    changes = desk.asked[0][3]
    assert changes.name is None
    assert [getattr(changes, name) for name in ("username", "email", "phone", "given_name", "password")] == [UNSET] * 5


def test_a_handle_shows_its_organization_and_sends_no_request(desk: Desk) -> None:
    assert repr(desk.client.organization("acme")) == "OrganizationHandle('acme')"
    assert desk.client.organization("acme").id == "acme"
    assert desk.client.organization().id is None
    assert desk.asked == []
