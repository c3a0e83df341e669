"""Flat's native operations, against the sandbox."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from orgsdk import (
    ConflictError,
    InvalidArgumentError,
    InvalidCursorError,
    NotFoundError,
    PermissionDeniedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk import OrgClient
    from orgsdk.providers.flat import Flat, FlatAPI
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.flat.records import AccountRecord
    from orgsdk.sandbox.flat.state import FlatState
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

UNKNOWN = "f" * 24


def first_user(state: FlatState, role: str = "user") -> AccountRecord:
    return next(user for user in state.users.values() if user.role == role)


def ids_of(state: FlatState, is_expected: Callable[[AccountRecord], bool]) -> set[str]:
    return {user.id for user in state.users.values() if is_expected(user)}


# The account


async def test_the_tokens_account_is_returned(native: FlatAPI, state: FlatState) -> None:
    me = await native.get_authenticated_user()
    own = state.own_account
    assert (me.id, me.username, me.organization, me.organization_role) == (
        own.id,
        own.username,
        state.organization_id,
        "admin",
    )
    assert (me.followers_count, me.locale, me.links, me.bio) == (0, "en", None, None)
    assert me.registration_date == datetime(2024, 9, 2, 7, 30, tzinfo=UTC)
    assert await native.get_authenticated_user(only_id=True) == own.id
    assert (await native.get_authenticated_user(only_id=False)).id == own.id


# Lists and counts of users


@pytest.mark.parametrize(
    ("filters", "is_expected"),
    [
        ({}, lambda user: True),
        ({"role": "teacher"}, lambda user: user.role == "teacher"),
        ({"role": ["teacher", "admin"]}, lambda user: user.role in {"teacher", "admin"}),
        ({"no_active_license": True}, lambda user: not user.has_active_license),
        ({"test_accounts": "only"}, lambda user: user.is_testing_student),
        ({"test_accounts": "exclude"}, lambda user: not user.is_testing_student),
        ({"q": "hwright"}, lambda user: user.username == "hwright"),
    ],
)
async def test_lists_and_counts_have_the_same_filters(
    native: FlatAPI, state: FlatState, filters: dict[str, Any], is_expected: Callable[[AccountRecord], bool]
) -> None:
    expected = ids_of(state, is_expected)
    assert len(expected) > 0
    assert {user.id for user in await native.list_organization_users(**filters).collect()} == expected
    assert await native.count_orga_users(**filters) == len(expected)


async def test_a_list_is_filtered_by_groups_and_licenses(native: FlatAPI, state: FlatState) -> None:
    first, second = list(state.groups.values())[:2]
    users = await native.list_organization_users(group=[first, second]).collect()
    assert {user.id for user in users} == ids_of(state, lambda user: bool({first, second} & set(user.groups)))
    assert await native.count_orga_users(group=first) == len(ids_of(state, lambda user: first in user.groups))
    active = await native.list_organization_users(license_expiration_date="active", only_ids=True).collect()
    assert set(active) == ids_of(state, lambda user: user.has_active_license)
    day = date(2061, 6, 30)
    ending = await native.list_organization_users(license_expiration_date=[day]).collect()
    assert {user.license and user.license.expiration_date for user in ending} == {datetime(2061, 6, 30, tzinfo=UTC)}


async def test_a_list_is_sorted_in_both_directions(native: FlatAPI) -> None:
    upward = await native.list_organization_users(sort="lastname", direction="asc", role="teacher").collect()
    downward = await native.list_organization_users(sort="lastname", direction="desc", role="teacher").collect()
    assert upward == downward[::-1]
    names = [(user.lastname or "").casefold() for user in upward]
    assert names == sorted(names)


@pytest.mark.parametrize("form", ["strings", "objects"])
async def test_only_ids_accepts_both_forms_of_a_response(native: FlatAPI, state: FlatState, form: Any) -> None:
    state.only_ids_as = form
    ids = await native.list_organization_users(only_ids=True, page_size=300).collect()
    assert ids == list(state.users)


@pytest.mark.parametrize("relation", ["previous", "prev"])
async def test_pages_can_be_read_backward(native: FlatAPI, state: FlatState, relation: Any) -> None:
    state.back_relation = relation
    forward = [page async for page in native.list_organization_users(page_size=400, only_ids=True).pages()]
    assert [len(page) for page in forward] == [400, 400, 200]
    back = await native.list_organization_users(only_ids=True, cursor=forward[2].previous_cursor)
    assert back.items == forward[1].items
    first = await native.list_organization_users(only_ids=True, cursor=back.previous_cursor)
    assert first.items == forward[0].items
    assert first.previous_cursor is None


async def test_a_cursor_belongs_to_its_filters(native: FlatAPI) -> None:
    page = await native.list_organization_users(role="user", page_size=10)
    assert page.next_cursor is not None
    for call in (
        lambda: native.list_organization_users(role="teacher", cursor=page.next_cursor),
        lambda: native.list_organization_users(role="user", sort="lastname", cursor=page.next_cursor),
        lambda: native.list_organization_invitations(cursor=page.next_cursor),
    ):
        with pytest.raises(InvalidCursorError):
            call()


async def test_an_invalid_argument_is_rejected_before_a_request(native: FlatAPI, sandbox: Sandbox) -> None:
    wrong: Any = "conductor"
    for call in (
        lambda: native.list_organization_users(role=wrong),
        lambda: native.list_organization_users(sort=wrong),
        lambda: native.list_organization_users(page_size=1001),
        lambda: native.list_organization_invitations(role=wrong),
    ):
        with pytest.raises(InvalidArgumentError):
            call()
    with pytest.raises(InvalidArgumentError):
        await native.count_orga_users(role=wrong)
    assert len(sandbox.requests) == 0


# Create, update and remove users


async def test_a_user_is_created_updated_and_removed(native: FlatAPI, state: FlatState) -> None:
    ada = await native.create_organization_user(
        username="ada",
        password="s3cret!",
        firstname="Ada",
        lastname="Lovelace",
        email="ada@example.org",
        locale="fr",
        role="teacher",
    )
    assert (ada.username, ada.firstname, ada.lastname) == ("ada", "Ada", "Lovelace")
    assert (ada.email, ada.organization_role, ada.picture) == ("ada@example.org", "teacher", None)
    stored = state.users[ada.id]
    assert (stored.password, stored.locale) == ("s3cret!", "fr")

    changed = await native.update_organization_user(
        ada.id,
        password=SecretStr("an0ther"),
        organization_role="admin",
        username="countess",
        firstname="",
        lastname="King",
        email="king@example.org",
    )
    assert (changed.username, changed.firstname, changed.lastname) == ("countess", None, "King")
    assert (changed.email, changed.organization_role) == ("king@example.org", "admin")
    assert state.users[ada.id].password == "an0ther"
    assert await native.update_organization_user(ada.id) == changed

    await native.remove_organization_user(ada.id, convert_to_individual=True)
    assert ada.id in state.individuals


async def test_a_user_is_deleted_only_on_request(native: FlatAPI, state: FlatState) -> None:
    user = first_user(state)
    await native.remove_organization_user(user.id, convert_to_individual=False)
    assert user.id in state.deleted
    with pytest.raises(NotFoundError):
        await native.remove_organization_user(user.id, convert_to_individual=False)


async def test_a_taken_username_is_an_api_error(native: FlatAPI, state: FlatState) -> None:
    with pytest.raises(ConflictError) as caught:
        await native.create_organization_user(username=first_user(state).username, password="s3cret!")
    assert (caught.value.operation, caught.value.details) == ("create_organization_user", "parameter username")
    with pytest.raises(NotFoundError, match="User not found"):
        await native.update_organization_user(UNKNOWN, firstname="Nobody")


async def test_a_link_signs_a_user_in(native: FlatAPI, state: FlatState) -> None:
    user = first_user(state)
    link = await native.create_organization_user_signin_link(user.id, destination_path="/class")
    stored = state.signin_links[-1]
    assert link.url is not None
    assert link.token is not None
    assert link.expiration_date is not None
    assert link.token.get_secret_value() == stored.token
    assert link.url.get_secret_value().endswith("next=%2Fclass")
    assert stored.token not in f"{link!r} {link}"
    assert link.expiration_date > datetime.now(UTC)
    await native.create_organization_user_signin_link(user.id)
    assert state.signin_links[-1].destination == "/"


async def test_a_token_acts_as_a_user_within_its_scopes(connect: Connect, native: FlatAPI, state: FlatState) -> None:
    user = first_user(state)
    delegated = await native.create_organization_user_access_token(
        user.id, scopes=["account.public_profile", "account.education_profile"]
    )
    assert delegated.token is not None
    assert delegated.scopes == ("account.public_profile", "account.education_profile")
    assert delegated.token.get_secret_value() not in repr(delegated)
    own: OrgClient[Flat] = await connect("flat", token=delegated.token)  # type: ignore[assignment]
    assert (await own.native.get_authenticated_user()).id == user.id
    with pytest.raises(PermissionDeniedError):
        await own.native.count_orga_users()
    with pytest.raises(InvalidArgumentError, match=r"scopes\.0"):
        await native.create_organization_user_access_token(user.id, scopes=["everything"])  # type: ignore[list-item]


# Invitations


async def test_invitations_are_created_listed_and_removed(native: FlatAPI, state: FlatState) -> None:
    invitation = await native.create_organization_invitation(email="bob@example.org", organization_role="admin")
    assert (invitation.email, invitation.organization_role, invitation.used_by) == ("bob@example.org", "admin", ())
    assert invitation.html_url is not None
    assert [mail.address for mail in state.mails] == ["bob@example.org"]
    plain = await native.create_organization_invitation()
    assert (plain.email, plain.organization_role) == (None, "teacher")
    assert await native.list_organization_invitations().collect() == [invitation, plain]
    assert await native.list_organization_invitations(role="admin").collect() == [invitation]
    assert invitation.id is not None
    await native.remove_organization_invitation(invitation.id)
    with pytest.raises(NotFoundError):
        await native.remove_organization_invitation(invitation.id)


async def test_an_invitation_of_a_member_changes_their_role(native: FlatAPI, state: FlatState) -> None:
    admin = first_user(state, "admin")
    invitation = await native.create_organization_invitation(email=admin.email)
    assert invitation.used_by == (admin.id,)
    assert (state.users[admin.id].role, state.mails) == ("teacher", [])


async def test_pages_of_invitations_can_be_read_backward(native: FlatAPI) -> None:
    for number in range(5):
        await native.create_organization_invitation(email=f"guest{number}@example.org")
    pages = [page async for page in native.list_organization_invitations(page_size=2).pages()]
    assert [len(page) for page in pages] == [2, 2, 1]
    back = await native.list_organization_invitations(cursor=pages[2].previous_cursor)
    assert back.items == pages[1].items


# Status and headers


async def test_status_and_headers_are_available(flat: OrgClient[Flat], state: FlatState) -> None:
    created = await flat.with_raw_response(flat.native.create_organization_user(username="ada", password="s3cret!"))
    assert (created.status_code, created.value.username) == (200, "ada")
    assert created.headers["X-RateLimit-Limit"] == str(state.rate_limit)
    page = await flat.with_raw_response(flat.native.list_organization_users(page_size=1))
    assert "Link" in page.headers
    removed = await flat.with_raw_response(
        flat.native.remove_organization_user(created.value.id, convert_to_individual=False)
    )
    assert (removed.status_code, removed.value) == (204, None)
    count = await flat.with_raw_response(flat.native.count_orga_users())
    assert (count.value, len(count.responses)) == (1000, 1)
