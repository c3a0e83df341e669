"""Invalid arguments are rejected before the provider is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from orgsdk import OrgClient
from orgsdk.domain import UNSET, Role, UserChanges, check_email
from orgsdk.errors import InvalidArgumentError, InvalidCursorError
from orgsdk.resources import validation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.resources.conftest import Desk

pytestmark = pytest.mark.anyio

EMAIL = "bob@example.org"


def untyped(client: OrgClient) -> Any:
    return client


def users(client: OrgClient) -> Any:
    return client.organization("acme").users


def accounts(client: OrgClient) -> Any:
    return client.accounts


def invitations(client: OrgClient) -> Any:
    return client.organization("acme").invitations


BY_ID: dict[str, Callable[[OrgClient, Any], Any]] = {
    "organizations.get": lambda c, i: c.organizations.get(i),
    "organizations.update": lambda c, i: c.organizations.update(i, name="B"),
    "organizations.remove": lambda c, i: c.organizations.remove(i),
    "users.get": lambda c, i: users(c).get(i),
    "users.update": lambda c, i: users(c).update(i),
    "users.remove": lambda c, i: users(c).remove(i, account="keep"),
    "users.suspend": lambda c, i: users(c).suspend(i),
    "users.list_roles": lambda c, i: users(c).list_roles(i),
    "users.set_roles": lambda c, i: users(c).set_roles(i, []),
    "users.add_roles": lambda c, i: users(c).add_roles(i, []),
    "users.remove_roles": lambda c, i: users(c).remove_roles(i, []),
    "accounts.get": lambda c, i: accounts(c).get(i),
    "accounts.update": lambda c, i: accounts(c).update(i),
    "accounts.remove": lambda c, i: accounts(c).remove(i, account="delete"),
    "accounts.suspend": lambda c, i: accounts(c).suspend(i),
    "accounts.list_organizations": lambda c, i: accounts(c).list_organizations(i),
    "invitations.get": lambda c, i: invitations(c).get(i),
    "invitations.resend": lambda c, i: invitations(c).resend(i),
    "invitations.accept": lambda c, i: invitations(c).accept(i, user_id="u1"),
    "invitations.accept for": lambda c, i: invitations(c).accept("i1", user_id=i),
    "invitations.revoke": lambda c, i: invitations(c).revoke(i),
    "invitations.remove": lambda c, i: invitations(c).remove(i),
    "invitations.create by": lambda c, i: invitations(c).create(EMAIL, inviter_id=i),
}


@pytest.mark.parametrize("verb", BY_ID)
@pytest.mark.parametrize(
    ("value", "message"), [("", " is empty: pass"), (7, " is of type int: pass the id as a string")]
)
async def test_an_empty_id_is_rejected(desk: Desk, verb: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^The .*id{message}"):
        await BY_ID[verb](desk.client, value)
    assert desk.asked == []


REFUSED: list[tuple[str, Callable[[OrgClient], Any], str]] = [
    ("no name", lambda c: c.organizations.create(" "), "The organization's name is empty"),
    ("name emptied", lambda c: c.organizations.update("o1", name=""), "The organization's name is empty"),
    ("find nobody", lambda c: users(c).find(), "exactly one of email= and username="),
    ("find both", lambda c: users(c).find(email=EMAIL, username="b"), "exactly one of email= and username="),
    ("find empty address", lambda c: users(c).find(email=""), "an empty text to look for"),
    ("find empty name", lambda c: accounts(c).find(username=""), "an empty text to look for"),
    ("create external id", lambda c: users(c).create(username="b", external_id=" "), "The external id is empty"),
    ("account external id", lambda c: accounts(c).create(username="b", external_id=""), "The external id is empty"),
    ("update external id", lambda c: users(c).update("u1", external_id=""), "The external id is empty"),
    *(
        (f"{verb} {field} {value!r}", lambda c, f=field, v=value, call=call: call(c, **{f: v}), f"The {name} is empty")
        for field, name in (
            ("name", "name"),
            ("given_name", "given name"),
            ("family_name", "family name"),
            ("locale", "locale"),
            ("phone", "phone"),
        )
        for value in ("", " ", "\t\u00a0\n")
        for verb, call in (
            ("create", lambda c, **f: users(c).create(username="b", **f)),
            ("update", lambda c, **f: users(c).update("u1", **f)),
            ("account", lambda c, **f: accounts(c).create(username="b", **f)),
            ("change account", lambda c, **f: accounts(c).update("u1", **f)),
        )
    ),
    ("username emptied", lambda c: users(c).update("u1", username=" "), "The username is empty"),
    ("blank username", lambda c: users(c).create(username=" "), "The username is empty"),
    ("a name of another type", lambda c: users(c).update("u1", given_name=7), "The given name is of type int"),
    ("blank description", lambda c: c.organizations.create("B", description=""), "The description is empty"),
    ("description emptied", lambda c: c.organizations.update("o1", description=" "), "The description is empty"),
    ("blank role description", lambda c: c.roles.create("B", description=" "), "The description is empty"),
    ("role description emptied", lambda c: c.roles.update("r1", description=""), "The description is empty"),
    ("list empty role", lambda c: users(c).list(role=""), "The role is empty"),
    ("count empty role", lambda c: users(c).count(role=""), "The role is empty"),
    ("user of nothing", lambda c: users(c).create(name="Ada"), "A user needs a username, an e-mail address or"),
    ("user of nothing but empties", lambda c: users(c).create(username="", email=""), "A user needs"),
    ("account of nothing", lambda c: accounts(c).create(password="p"), "A user needs a username, an e-mail"),
    ("user's address", lambda c: users(c).create(email="bob"), "The e-mail address is not one"),
    ("account's address", lambda c: accounts(c).create(email="bob@"), "The e-mail address is not one"),
    ("new address", lambda c: users(c).update("u1", email="b b@example.org"), "The e-mail address is not one"),
    ("address emptied", lambda c: users(c).update("u1", email=""), "The e-mail address is not one"),
    ("user's password", lambda c: users(c).create(username="b", password=""), "The password is empty"),
    ("account's password", lambda c: accounts(c).create(username="b", password=SecretStr("")), "The password is"),
    ("new password", lambda c: users(c).update("u1", password=""), "The password is empty"),
    ("roles in a string", lambda c: users(c).create(username="b", roles="admin"), "The roles are one string"),
    ("empty role", lambda c: users(c).set_roles("u1", ["admin", ""]), "The text in roles is empty"),
    ("add nobody", lambda c: users(c).add([]), "There are no users to add"),
    ("add a string", lambda c: users(c).add("u1"), "The user ids are one string"),
    ("add emptiness", lambda c: users(c).add(["u1", " "]), "The text in user ids is empty"),
    ("add roles in a string", lambda c: users(c).add(["u1"], roles="admin"), "The roles are one string"),
    (
        "set a string",
        lambda c: users(c).set_roles("u1", "admin"),
        'The roles are one string: pass a list, such as roles=["…"].',
    ),
    ("more of a string", lambda c: users(c).add_roles("u1", "admin"), "The roles are one string"),
    ("less of a string", lambda c: users(c).remove_roles("u1", "admin"), "The roles are one string"),
    ("account what?", lambda c: users(c).remove("u1", account="both"), 'account="keep" or account="delete"'),
    ("account kept", lambda c: accounts(c).remove("u1", account="keep"), 'can only be deleted here: pass account="d'),
    ("invitee", lambda c: invitations(c).create("bob"), "The e-mail address is not one"),
    ("whose invitations", lambda c: invitations(c).list(email="bob"), "The e-mail address is not one"),
    ("invitee's roles", lambda c: invitations(c).create(EMAIL, roles="admin"), "The roles are one string"),
    (
        "two ends",
        lambda c: invitations(c).create(EMAIL, expires_in=timedelta(1), expires_at=datetime.now(UTC)),
        "expires_in or expires_at, not both",
    ),
    (
        "an ended span",
        lambda c: invitations(c).create(EMAIL, expires_in=7),
        "pass a timedelta, such as timedelta(days=7)",
    ),
    (
        "an end in words",
        lambda c: invitations(c).create(EMAIL, expires_at="tomorrow"),
        "expires_at is a point in time: pass",
    ),
    (
        "an address that is invalid",
        lambda c: users(c).create(email=5),
        "The e-mail address is of type int: pass one as a string",
    ),
    ("invitees", lambda c: invitations(c).create([EMAIL]), "The e-mail address is of type list: pass one as a string"),
    ("no roles", lambda c: users(c).create(username="b", roles=None), "The roles are of type NoneType: pass a list"),
    (
        "role objects",
        lambda c: users(c).set_roles("u1", [Role(id="r", name="n")]),
        "text in roles is of type Role: pass a",
    ),
    ("users of a handle", lambda c: users(c).add(c.accounts), "The user ids are of type Accounts: pass a list"),
    (
        "a list not read",
        lambda c: users(c).add(OrgClient.memory().organization().users.list()),
        "The user ids are of type Paginator: pass a list",
    ),
    ("roles to list", lambda c: users(c).list(role=["admin"]), "The role is of type list: pass one string, or leave"),
    ("roles to count", lambda c: users(c).count(role=["admin"]), "The role is of type list: pass one string, or leave"),
    ("users' query", lambda c: users(c).list(query=5), "The query is of type int: pass one string, or leave it out"),
    ("accounts' query", lambda c: accounts(c).list(query=5), "The query is of type int: pass one string"),
    ("accounts' count", lambda c: accounts(c).count(query=5), "The query is of type int: pass one string"),
    (
        "organizations' query",
        lambda c: untyped(c).organizations.list(query=5),
        "The query is of type int: pass one string",
    ),
    ("roles' query", lambda c: untyped(c).roles.list(query=5), "The query is of type int: pass one string"),
    ("statuses", lambda c: invitations(c).list(status=["pending"]), "The status is of type list: pass one string"),
    ("accounts what?", lambda c: users(c).remove("u1", account=["keep"]), 'account="keep" or account="delete"'),
    ("no role", lambda c: c.roles.get(""), "The role is empty"),
    ("no role's name", lambda c: c.roles.create(""), "The role's name is empty"),
    ("role renamed to nothing", lambda c: c.roles.update("r", name=" "), "The role's name is empty"),
    ("update no role", lambda c: c.roles.update(" "), "The role is empty"),
    ("remove no role", lambda c: c.roles.remove("\t"), "The role is empty"),
    ("scopes in a string", lambda c: c.roles.create("r", scopes="read"), "The scopes are one string"),
    ("new scopes in a string", lambda c: c.roles.update("r", scopes="read"), "The scopes are one string"),
]


@pytest.mark.parametrize(("call", "message"), [pytest.param(call, message, id=name) for name, call, message in REFUSED])
async def test_an_invalid_argument_is_named(desk: Desk, call: Callable[[OrgClient], Any], message: str) -> None:
    async def answer() -> None:
        await call(desk.client)

    with pytest.raises(InvalidArgumentError) as caught:
        await answer()
    assert message in str(caught.value)
    for shown in ("bob", "hunter", "u1", "admin"):
        assert shown not in str(caught.value), "what was passed is not repeated"
    assert desk.asked == []


@pytest.mark.parametrize("page_size", [0, -1, 6])
@pytest.mark.parametrize(
    "call",
    [
        lambda c, size: c.organizations.list(page_size=size),
        lambda c, size: users(c).list(page_size=size),
        lambda c, size: accounts(c).list(page_size=size),
        lambda c, size: invitations(c).list(page_size=size),
        lambda c, size: c.roles.list(page_size=size),
    ],
)
def test_an_invalid_page_size_is_rejected_at_once(
    desk: Desk, call: Callable[[OrgClient, int], Any], page_size: int
) -> None:
    with pytest.raises(InvalidArgumentError, match=f"page_size is {page_size}"):
        call(desk.client, page_size)
    with pytest.raises(InvalidCursorError):
        users(desk.client).list(cursor="no cursor")


# The checks themselves


@pytest.mark.parametrize(
    "value",
    [
        EMAIL,
        "a@b",
        "o'brien@example.org",
        "ü@example.org",
        "x" * 252 + "@y",
        "a.b+c/d=e@x-y.example",
        "a@1.example",
        "a@bücher.example",
        "a@xn--bcher-kva.example",
        "{a}|b@x",
    ],
)
def test_a_valid_address_passes(value: str) -> None:
    assert check_email(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "bob",
        "@",
        "bob@",
        "@example.org",
        "a@b@c",
        "a b@example.org",
        "a@b\r\nx",
        "a\0@b",
        "a@b\n",
        "x" * 253 + "@y",
        "<a@b>",
        "a@b;",
        "a@b,c@d",
        '"a"@b',
        "a..b@c",
        "a@b..c",
        "a@b.",
        ".a@b",
        "a.@b",
        "a@-b",
        "a@b-",
        "a@b-.c",
        "mailto:a@b",
        "a(b)@c",
        "a@[1.2.3.4]",
        "a\u200b@b",
        "a@b\u00adc",
        "a\u00a0@b",
        "a@" + "b" * 64,
    ],
)
def test_an_invalid_address_is_rejected_without_showing_it(value: str) -> None:
    with pytest.raises(InvalidArgumentError, match="pass name@domain") as caught:
        check_email(value)
    assert "bob" not in str(caught.value)


async def test_an_address_can_be_cleared_and_left_unchanged(desk: Desk) -> None:
    await desk.client.accounts.update("u1", email=None)
    await desk.client.accounts.update("u1", email=UNSET)
    assert [asked[-1] for asked in desk.asked] == [UserChanges(email=None), UserChanges()]


def test_a_password_is_wrapped_once() -> None:
    secret = SecretStr("hunter2")
    assert validation.check_password(secret) is secret
    assert validation.check_password("hunter2") == secret
    assert validation.check_password(None) is None
    assert validation.check_password_change(UNSET) is UNSET
    assert validation.check_password_change("hunter2") == secret


@pytest.mark.parametrize("password", ["hunter2\ud83d", SecretStr("\udc00hunter2")])
async def test_a_password_with_half_a_character_is_refused_without_showing_it(
    desk: Desk, password: str | SecretStr
) -> None:
    # A provider would store another text, and the user could not sign in.
    for change in (
        desk.client.accounts.update("u1", password=password),
        desk.client.accounts.create(password=password),
    ):
        with pytest.raises(InvalidArgumentError, match="The password is not valid Unicode") as caught:
            await change
        assert "hunter2" not in str(caught.value)
    assert desk.asked == []


@pytest.mark.parametrize(
    ("expires_in", "expires_at", "message"),
    [
        (timedelta(0), None, "not in the future"),
        (timedelta(days=-1), None, "not in the future"),
        (timedelta.max, None, "past the year 9999"),
        (timedelta(days=365 * 9000), None, "past the year 9999"),
        (None, datetime(2030, 1, 1), "has no time zone"),
        (None, datetime(2020, 1, 1, tzinfo=UTC), "not in the future"),
        (None, datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))), "past the year 9999"),
    ],
)
def test_an_invalid_expiry_is_rejected(expires_in: timedelta | None, expires_at: datetime | None, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        validation.check_expiry(expires_in, expires_at)


def test_without_an_expiry_it_is_none() -> None:
    assert validation.check_expiry(None, None) is None
