"""The common verbs for users and roles at Flat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import (
    Capability,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OrgError,
    UnsupportedError,
)
from orgsdk.domain import InvitationDraft, UserChanges, UserDraft
from orgsdk.providers import Flat

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk import OrgClient
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.flat.records import AccountRecord
    from orgsdk.sandbox.flat.state import FlatState
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

UNKNOWN = "f" * 24


@pytest.fixture
def student(state: FlatState) -> AccountRecord:
    return next(user for user in state.users.values() if user.role == "user" and user.email)


# Create


async def test_a_user_is_created(org: OrganizationHandle, state: FlatState) -> None:
    ada = await org.users.create(
        username="ada",
        email="ada@example.org",
        given_name="Ada",
        family_name="Lovelace",
        password="s3cret!",
        roles=["teacher"],
    )
    assert (ada.username, ada.email, ada.name) == ("ada", "ada@example.org", "Ada Lovelace")
    assert (ada.given_name, ada.family_name, ada.roles) == ("Ada", "Lovelace", ("teacher",))
    assert (ada.raw["organizationRole"], ada.adopted) == ("teacher", False)
    assert state.users[ada.id].password == "s3cret!"


async def test_a_locale_is_accepted_only_when_a_user_is_created(org: OrganizationHandle, state: FlatState) -> None:
    ada = await org.users.create(username="ada", locale="fr")
    assert (state.users[ada.id].locale, ada.locale) == ("fr", None)
    with pytest.raises(UnsupportedError, match="only when a user is created"):
        await org.users.update(ada.id, locale="en")


async def test_without_a_password_a_random_one_is_set(org: OrganizationHandle, state: FlatState) -> None:
    users = [await org.users.create(username=name) for name in ("ada", "bob")]
    passwords = {state.users[user.id].password or "" for user in users}
    assert len(passwords) == 2
    assert all(len(password) == 64 for password in passwords)
    assert not any(password in repr(users) + repr([user.raw for user in users]) for password in passwords)
    # Flat's default.
    assert users[0].roles == ("user",)


@pytest.mark.parametrize(
    ("fields", "kind", "message"),
    [
        ({"email": "ada@example.org"}, InvalidArgumentError, "needs a username: pass username="),
        ({"username": "u" * 31}, InvalidArgumentError, "username for Flat: .*at most 30"),
        ({"username": "ada", "password": "12345"}, InvalidArgumentError, "a password has 6 to 1,000 characters"),
        ({"username": "ada", "given_name": "g" * 61}, InvalidArgumentError, "firstname for Flat: .*at most 60"),
        ({"username": "ada", "roles": ["student"]}, NotFoundError, "unknown role 'student'"),
        (
            {"username": "ada", "name": "Ada"},
            UnsupportedError,
            "a user's name. .*given_name= and family_name=",
        ),
        ({"username": "ada", "phone": "123"}, UnsupportedError, "a user's phone. .*no phone numbers"),
        ({"username": "ada", "external_id": "S1"}, UnsupportedError, "a user's external_id. .*by username or email"),
        ({"username": "ada", "roles": ["user", "admin"]}, UnsupportedError, "exactly one role"),
    ],
)
async def test_an_invalid_user_is_rejected_before_a_request(
    org: OrganizationHandle, sandbox: Sandbox, fields: dict[str, Any], kind: type[OrgError], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        await org.users.create(**fields)
    assert "12345" not in str(caught.value)
    assert len(sandbox.requests) == 0


async def test_a_taken_username_is_a_conflict(
    org: OrganizationHandle, student: AccountRecord, sandbox: Sandbox
) -> None:
    with pytest.raises(ConflictError, match="already used"):
        await org.users.create(username=student.username)
    assert len(sandbox.requests) == 1


# Update


async def test_only_the_given_fields_are_updated(
    org: OrganizationHandle, state: FlatState, student: AccountRecord
) -> None:
    changed = await org.users.update(student.id, given_name="Zoe", password="an0ther", email="zoe@example.org")
    assert (changed.given_name, changed.family_name) == ("Zoe", student.lastname)
    assert (changed.email, changed.username, changed.roles) == ("zoe@example.org", student.username, ("user",))
    assert state.users[student.id].password == "an0ther"


async def test_names_are_cleared(org: OrganizationHandle, student: AccountRecord) -> None:
    cleared = await org.users.update(student.id, given_name=None, family_name=None)
    assert (cleared.given_name, cleared.family_name, cleared.name) == (None, None, student.username)


async def test_an_empty_update_sends_no_write(
    org: OrganizationHandle, student: AccountRecord, sandbox: Sandbox
) -> None:
    assert (await org.users.update(student.id)).username == student.username
    assert {exchange.method for exchange in sandbox.requests} == {"GET"}


@pytest.mark.parametrize(
    ("fields", "kind", "message"),
    [
        ({"name": "Ada"}, UnsupportedError, "a user's name"),
        ({"name": None}, UnsupportedError, "a user's name"),
        ({"phone": None}, UnsupportedError, "a user's phone"),
        ({"email": None}, UnsupportedError, r"an empty email\. Pass another email instead"),
        ({"username": None}, UnsupportedError, "an empty username"),
        ({"username": ""}, InvalidArgumentError, "The username is empty"),
        ({"password": "12345"}, InvalidArgumentError, "password"),
    ],
)
async def test_an_invalid_update_is_rejected_before_a_request(
    org: OrganizationHandle, sandbox: Sandbox, fields: dict[str, Any], kind: type[OrgError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        await org.users.update(UNKNOWN, **fields)
    assert len(sandbox.requests) == 0


async def test_an_unknown_user_is_not_found(org: OrganizationHandle) -> None:
    with pytest.raises(NotFoundError, match=f"the organization has no user {UNKNOWN}"):
        await org.users.get(UNKNOWN)
    with pytest.raises(NotFoundError):
        await org.users.update(UNKNOWN, given_name="Nobody")
    with pytest.raises(NotFoundError):
        await org.users.remove(UNKNOWN, account="delete")


# Remove


async def test_remove_keeps_or_deletes_the_account(org: OrganizationHandle, state: FlatState, sandbox: Sandbox) -> None:
    kept, deleted = list(state.users)[-2:]
    await org.users.remove(kept, account="keep")
    await org.users.remove(deleted, account="delete")
    assert (list(state.individuals), list(state.deleted)) == ([kept], [deleted])
    assert [exchange.query for exchange in sandbox.requests] == ["convertToIndividual=true", ""]


# Roles


async def test_the_four_roles_need_no_request(flat: OrgClient[Flat], sandbox: Sandbox) -> None:
    assert (await flat.roles.get("accountAdmin")).name == "accountAdmin"
    assert [role.name for role in await flat.roles.list(query="ADMIN")] == ["admin", "accountAdmin"]
    with pytest.raises(NotFoundError, match=r"unknown role 'student'\. Roles here: user, teacher, admin, accountAdmin"):
        await flat.roles.get("student")
    assert len(sandbox.requests) == 0


async def test_a_role_is_replaced(org: OrganizationHandle, state: FlatState, student: AccountRecord) -> None:
    assert [role.name for role in await org.users.list_roles(student.id)] == ["user"]
    await org.users.set_roles(student.id, ["teacher"])
    assert state.users[student.id].role == "teacher"


@pytest.mark.parametrize(
    ("roles", "kind", "message"),
    [
        ([], UnsupportedError, r"users\.set_roles with 0 roles\. A member has exactly one role"),
        (["user", "admin"], UnsupportedError, "exactly one role"),
        (["boss"], NotFoundError, "unknown role 'boss'"),
    ],
)
async def test_set_roles_needs_exactly_one_role(
    org: OrganizationHandle, sandbox: Sandbox, roles: list[str], kind: type[OrgError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        await org.users.set_roles(UNKNOWN, roles)
    assert len(sandbox.requests) == 0


async def test_add_roles_accepts_only_the_current_role(
    org: OrganizationHandle, student: AccountRecord, sandbox: Sandbox
) -> None:
    await org.users.add_roles(student.id, ["user"])
    await org.users.add_roles(student.id, [])
    with pytest.raises(UnsupportedError, match="pass one to set_roles, which replaces the current one"):
        await org.users.add_roles(student.id, ["teacher"])
    with pytest.raises(NotFoundError, match="unknown role 'boss'"):
        await org.users.add_roles(student.id, ["boss"])
    assert {exchange.method for exchange in sandbox.requests} == {"GET"}


async def test_the_only_role_cannot_be_removed(
    org: OrganizationHandle, student: AccountRecord, sandbox: Sandbox
) -> None:
    await org.users.remove_roles(student.id, ["teacher", "admin"])
    with pytest.raises(UnsupportedError, match="pass one to set_roles"):
        await org.users.remove_roles(student.id, ["user"])
    assert {exchange.method for exchange in sandbox.requests} == {"GET"}


# The organization


async def test_every_verb_needs_the_tokens_own_organization(connect: Connect, state: FlatState) -> None:
    client = await connect("flat")
    own, other = client.organization(state.organization_id), client.organization(UNKNOWN)
    ada = await own.users.create(username="ada")
    await own.users.update(ada.id, given_name="Ada")
    await own.invitations.create("bob@example.org")
    calls: list[Callable[[], Any]] = [
        lambda: other.users.list(),
        lambda: other.users.count(),
        lambda: other.users.create(username="eve"),
        lambda: other.users.update(ada.id, given_name="Eve"),
        lambda: other.users.set_roles(ada.id, ["admin"]),
        lambda: other.users.remove(ada.id, account="delete"),
        lambda: other.invitations.list(),
        lambda: other.invitations.create("eve@example.org"),
        lambda: other.invitations.remove(UNKNOWN),
    ]
    for call in calls:
        with pytest.raises(NotFoundError, match="a Flat token reaches only its own organization"):
            await call()
    assert state.users[ada.id].firstname == "Ada"
    assert [mail.address for mail in state.mails] == ["bob@example.org"]


# Capabilities


async def test_every_undeclared_capability_has_advice(flat: OrgClient[Flat], sandbox: Sandbox) -> None:
    assert set(Flat.advice) == set(Capability) - Flat.capabilities
    org = flat.organization()
    calls: list[Callable[[], Any]] = [
        lambda: flat.accounts.list(),
        lambda: flat.organizations.create("Band"),
        lambda: flat.organizations.update(UNKNOWN, name="Band"),
        lambda: flat.organizations.remove(UNKNOWN),
        lambda: flat.roles.create("soloist"),
        lambda: org.users.add([UNKNOWN]),
        lambda: org.users.suspend(UNKNOWN),
        lambda: org.invitations.resend(UNKNOWN),
        lambda: org.invitations.accept(UNKNOWN, user_id=UNKNOWN),
    ]
    for call in calls:
        with pytest.raises(UnsupportedError) as caught:
            await call()
        assert caught.value.advice
    assert len(sandbox.requests) == 0


async def test_several_roles_are_rejected_without_the_client(flat: OrgClient[Flat]) -> None:
    users = flat.provider.users(None)
    with pytest.raises(UnsupportedError, match=r"users\.create with 2 roles"):
        await users.create(UserDraft(username="ada", roles=("user", "admin")))


async def test_check_create_and_check_update_send_nothing(flat: OrgClient[Flat], sandbox: Sandbox) -> None:
    users, invitations = flat.provider.users(None), flat.provider.invitations(None)
    users.check_create(UserDraft(username="ada", email="ada@example.org", roles=("teacher",)))
    users.check_update(UserChanges(given_name=None, email="ada@example.org"))
    users.check_update(UserChanges())
    invitations.check_create(InvitationDraft(email="ada@example.org", roles=("teacher",)))
    rejected: list[tuple[Callable[[], None], str]] = [
        (lambda: users.check_create(UserDraft(email="ada@example.org")), "needs a username"),
        (lambda: users.check_create(UserDraft(username="u" * 31)), "at most 30"),
        (lambda: users.check_create(UserDraft(username="ada", roles=("student",))), "unknown role 'student'"),
        (lambda: users.check_create(UserDraft(username="\ud800")), "username"),
        (lambda: users.check_update(UserChanges(username="u" * 31)), "at most 30"),
        (lambda: invitations.check_create(InvitationDraft(email="a@b.c", roles=("user",))), "Unknown invitation role"),
    ]
    for check, message in rejected:
        with pytest.raises((InvalidArgumentError, NotFoundError), match=message):
            check()
    with pytest.raises(UnsupportedError, match="an empty email"):
        users.check_update(UserChanges(email=None))
    assert len(sandbox.requests) == 0


async def test_the_tokens_account_is_requested_once(flat: OrgClient[Flat], sandbox: Sandbox, state: FlatState) -> None:
    provider = flat.provider
    assert provider.tenant == sandbox.flat_url
    own = await provider.own_user_id()
    assert own in state.users
    assert await provider.own_organization_id() == state.organization_id
    assert await flat.organization(state.organization_id).users.count() == 1000
    assert [seen.path for seen in sandbox.requests] == ["/v2/me", "/v2/organizations/users/count"]
