"""Writes whose response is lost: carried out exactly once, adopted, or reported as unknown."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import (
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    RequestTimeoutError,
    TransportError,
)
from orgsdk.events import Event, RequestSent
from orgsdk.providers.flat import models
from orgsdk.sandbox.faults import CloseConnection, Hang, Respond

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk import OrgClient, User
    from orgsdk.providers.flat import Flat, FlatAPI
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.flat.records import AccountRecord
    from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

USERS, INVITATIONS = "/v2/organizations/users", "/v2/organizations/invitations"
UNKNOWN = "f" * 24
# Carried out, but the response is lost: the connection breaks, or a proxy answers instead of Flat.
LOST = [
    CloseConnection(after_commit=True),
    CloseConnection(after_commit=True, reset=True),
    Respond(502, after_commit=True),
]
# Not carried out, and no response reports it.
NOT_DONE = [CloseConnection(), Respond(500)]


def named(state: FlatState, username: str) -> list[AccountRecord]:
    return [user for user in state.users.values() if user.username == username]


# Users


@pytest.mark.parametrize("fault", LOST)
async def test_a_created_user_is_adopted(
    org: OrganizationHandle, state: FlatState, sandbox: Sandbox, fault: Any
) -> None:
    posts = sandbox.flat_faults.add(fault, method="POST", path=USERS)
    ada = await org.users.create(username="ada", email="Ada@example.org", given_name="Ada", roles=["teacher"])
    assert ada.adopted
    assert [user.id for user in named(state, "ada")] == [ada.id]
    assert posts.seen == 1


async def test_a_copy_of_an_adopted_record_is_marked_as_adopted(org: OrganizationHandle, sandbox: Sandbox) -> None:
    sandbox.flat_faults.add(CloseConnection(after_commit=True), method="POST", path=USERS)
    ada = await org.users.create(username="ada")
    bob = await org.users.create(username="bob")
    copies: list[Callable[[User], User]] = [
        copy.copy,
        copy.deepcopy,
        lambda user: user.model_copy(),
        lambda user: pickle.loads(pickle.dumps(user)),
    ]
    for make_copy in copies:
        assert [make_copy(user).adopted for user in (ada, bob)] == [True, False]
    assert ada == await org.users.get(ada.id)


@pytest.mark.parametrize("fault", NOT_DONE)
async def test_a_user_that_was_not_created_is_created_by_a_second_request(
    org: OrganizationHandle, state: FlatState, sandbox: Sandbox, fault: Any
) -> None:
    posts = sandbox.flat_faults.add(fault, method="POST", path=USERS)
    ada = await org.users.create(username="ada")
    assert not ada.adopted
    assert [user.id for user in named(state, "ada")] == [ada.id]
    assert posts.seen == 2


@pytest.mark.parametrize(
    "other", [{"firstname": "Eve"}, {"lastname": "Eve"}, {"email": "eve@example.org"}, {"role": "admin"}]
)
async def test_another_user_with_the_username_is_not_adopted(
    org: OrganizationHandle, native: FlatAPI, sandbox: Sandbox, other: dict[str, Any]
) -> None:
    await native.create_organization_user(username="ada", password="s3cret!", **other)
    sandbox.flat_faults.add(CloseConnection(after_commit=True), method="POST", path=USERS)
    with pytest.raises(ConflictError, match="already used"):
        await org.users.create(username="ada")


async def test_the_outcome_is_unknown_if_the_lookup_fails_too(org: OrganizationHandle, sandbox: Sandbox) -> None:
    sandbox.flat_faults.add(CloseConnection(after_commit=True), method="POST", path=USERS)
    sandbox.flat_faults.add(
        Respond(403, b'{"code": "FORBIDDEN", "message": "No"}'), method="GET", path=USERS, times=None
    )
    with pytest.raises(OutcomeUnknownError, match="may or may not have been carried out"):
        await org.users.create(username="ada")


# Invitations


@pytest.mark.parametrize("fault", LOST)
async def test_a_created_invitation_is_adopted(
    org: OrganizationHandle, state: FlatState, sandbox: Sandbox, fault: Any
) -> None:
    posts = sandbox.flat_faults.add(fault, method="POST", path=INVITATIONS)
    bob = await org.invitations.create("Bob@example.org", roles=["admin"])
    assert bob.adopted
    assert not bob.changed_member
    assert list(state.invitations) == [bob.id]
    assert len(state.mails) == 1
    assert posts.seen == 1


async def test_a_members_changed_role_is_adopted(org: OrganizationHandle, state: FlatState, sandbox: Sandbox) -> None:
    student = next(user for user in state.users.values() if user.role == "user" and user.email)
    assert student.email is not None
    posts = sandbox.flat_faults.add(CloseConnection(after_commit=True), method="POST", path=INVITATIONS)
    invitation = await org.invitations.create(student.email)
    assert (invitation.adopted, invitation.changed_member, invitation.accepted_user_id) == (True, True, student.id)
    assert posts.seen == 1


@pytest.mark.parametrize("fault", NOT_DONE)
async def test_an_invitation_that_the_lookup_does_not_find_is_not_created_again(
    org: OrganizationHandle, state: FlatState, sandbox: Sandbox, fault: Any
) -> None:
    # The lookup ignores an invitation with another role and one accepted long ago. Flat refuses no second invitation.
    await org.invitations.create("bob@example.org", roles=["admin"])
    old = await org.invitations.create("bob@example.org")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    state.invitations[old.id] = replace(state.invitations[old.id], used_by=(UNKNOWN,), creation_date=yesterday)
    posts = sandbox.flat_faults.add(fault, method="POST", path=INVITATIONS)
    with pytest.raises(OutcomeUnknownError, match="the lookup found nothing"):
        await org.invitations.create("bob@example.org")
    assert (posts.seen, len(state.invitations)) == (1, 2)


async def test_the_newest_of_several_invitations_is_adopted(
    org: OrganizationHandle, state: FlatState, sandbox: Sandbox
) -> None:
    first = await org.invitations.create("bob@example.org")
    earlier = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    state.invitations[first.id] = replace(state.invitations[first.id], creation_date=earlier)
    sandbox.flat_faults.add(CloseConnection(after_commit=True), method="POST", path=INVITATIONS)
    second = await org.invitations.create("bob@example.org")
    assert second.adopted
    assert list(state.invitations) == [first.id, second.id]


# Removals


@pytest.mark.parametrize("fault", [*LOST, Respond(504, after_commit=True), *NOT_DONE])
@pytest.mark.parametrize("account", ["keep", "delete"])
async def test_a_user_is_removed_once(
    org: OrganizationHandle, state: FlatState, sandbox: Sandbox, fault: Any, account: Any
) -> None:
    user_id = list(state.users)[-1]
    deletes = sandbox.flat_faults.add(fault, method="DELETE", path=USERS)
    await org.users.remove(user_id, account=account)
    assert list({"keep": state.individuals, "delete": state.deleted}[account]) == [user_id]
    assert deletes.seen == 2


@pytest.mark.parametrize(
    "remove",
    [
        lambda native: native.remove_organization_user(UNKNOWN, convert_to_individual=True),
        lambda native: native.remove_organization_invitation(UNKNOWN),
        lambda native: native.revoke_lti_credentials(UNKNOWN),
        lambda native: native.delete_lti_configuration(UNKNOWN),
    ],
)
async def test_removing_an_unknown_user_succeeds_only_after_a_lost_response(
    native: FlatAPI, sandbox: Sandbox, remove: Callable[[FlatAPI], Any]
) -> None:
    with pytest.raises(NotFoundError):
        await remove(native)
    sandbox.flat_faults.add(CloseConnection(), method="DELETE")
    await remove(native)


async def test_a_refused_request_is_not_a_lost_response(org: OrganizationHandle, sandbox: Sandbox) -> None:
    sandbox.flat_faults.add(Respond(429, b"{}", (("Retry-After", "0"),)), method="DELETE")
    with pytest.raises(NotFoundError):
        await org.users.remove(UNKNOWN, account="keep")


async def test_a_removal_is_not_retried_without_attempts(flat: OrgClient[Flat], sandbox: Sandbox) -> None:
    once = flat.with_options(max_attempts=1)
    deletes = sandbox.flat_faults.add(CloseConnection(after_commit=True), method="DELETE")
    with pytest.raises(TransportError):
        await once.organization().users.remove(next(iter(sandbox.flat.users)), account="keep")
    assert deletes.seen == 1


async def test_a_retried_removal_emits_events(flat: OrgClient[Flat], state: FlatState) -> None:
    events: list[Event] = []
    watched = flat.with_options(on_event=events.append)
    await watched.organization().users.remove(list(state.users)[-1], account="keep")
    assert [event.operation for event in events if isinstance(event, RequestSent)] == ["remove_organization_user"]


# Native operations


@pytest.mark.parametrize(
    "create",
    [
        lambda native, user: native.create_organization_user(username="ada", password="s3cret!"),
        lambda native, user: native.create_organization_invitation(email="bob@example.org"),
        lambda native, user: native.create_organization_user_signin_link(user),
        lambda native, user: native.create_organization_user_access_token(user, scopes=["scores"]),
        lambda native, user: native.create_lti_credentials(name="Ours", lms="canvas"),
        lambda native, user: native.create_lti_configuration(models.LtiConfigurationCreate1p1()),
    ],
)
async def test_a_native_create_is_never_retried(
    native: FlatAPI, state: FlatState, sandbox: Sandbox, create: Callable[[FlatAPI, str], Any]
) -> None:
    every = sandbox.flat_faults.add(CloseConnection(after_commit=True), path="/v2/")
    with pytest.raises(OutcomeUnknownError) as caught:
        await create(native, next(iter(state.users)))
    assert isinstance(caught.value.__cause__, TransportError)
    assert every.seen == 1


async def test_a_native_update_is_retried(native: FlatAPI, state: FlatState, sandbox: Sandbox) -> None:
    puts = sandbox.flat_faults.add(CloseConnection(after_commit=True), method="PUT")
    user_id = next(iter(state.users))
    assert (await native.update_organization_user(user_id, firstname="Zoe")).firstname == "Zoe"
    assert puts.seen == 2


async def test_a_hanging_removal_ends_at_the_timeout(flat: OrgClient[Flat], sandbox: Sandbox) -> None:
    sandbox.flat_faults.add(Hang(), method="DELETE", times=None)
    with pytest.raises(RequestTimeoutError):
        await flat.with_options(timeout=0.2).organization().users.remove(UNKNOWN, account="keep")
