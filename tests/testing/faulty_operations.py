"""Providers with one bug each in an operation: fields, lookups, memberships, retries, concurrency."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel

from orgsdk.domain import Unset, UserChanges, UserQuery
from orgsdk.errors import ConflictError, NotFoundError, OutcomeUnknownError
from orgsdk.providers import Memory
from orgsdk.providers.memory.invitations import MemoryInvitations
from orgsdk.providers.memory.organizations import MemoryOrganizations
from orgsdk.providers.memory.roles import MemoryRoles
from orgsdk.providers.memory.users import MemoryUsers
from tests.testing.bug_registry import detected_by
from tests.testing.faulty_lists import Users

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import (
        Invitation,
        InvitationDraft,
        Organization,
        OrganizationDraft,
        Role,
        User,
        UserDraft,
    )
    from orgsdk.pagination import Listing, Slice
    from orgsdk.providers.base import AccountAction
    from tests.testing.bug_registry import Fetch

# Omitted fields and None


@detected_by("fields.none_clears_the_field[users-name]")
class NoneIgnored(MemoryUsers):
    async def update(self, user_id: str, changes: UserChanges) -> User:
        return await super().update(user_id, replace(changes, name=changes.name or Unset.UNSET))


@detected_by("fields.omitted_field_is_unchanged[users-name]")
class OmittedFieldCleared(MemoryUsers):
    async def update(self, user_id: str, changes: UserChanges) -> User:
        return await super().update(user_id, replace(changes, name=changes.name or None))


@detected_by("fields.omitted_field_is_unchanged[users-external_id]")
class FieldNotStored(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        return await super().create(replace(draft, external_id=None))


# Operations and their errors


@detected_by("not_found.get_of_unknown_user_raises[users]")
class KeyErrorForUnknownUser(MemoryUsers):
    async def get(self, user_id: str) -> User:
        try:
            return await super().get(user_id)
        except NotFoundError:
            raise KeyError(user_id) from None


@detected_by("not_found.remove_of_unknown_user_raises[users]")
class RemoveOfUnknownUserSucceeds(MemoryUsers):
    async def remove(self, user_id: str, account: AccountAction) -> None:
        try:
            await super().remove(user_id, account)
        except NotFoundError:
            return


@detected_by("not_found.invalid_id_is_refused[users]")
class IdUsedAsPath(MemoryUsers):
    async def get(self, user_id: str) -> User:
        if "/" in user_id or user_id in {".", ".."}:
            return (await self.list(UserQuery()).fetch(None, 1)).items[0]
        return await super().get(user_id)


@detected_by("users.find_by_email_ignores_case[users]")
class CaseSensitiveEmail(MemoryUsers):
    async def find(self, *, email: str | None, username: str | None) -> User | None:
        found = await super().find(email=email, username=username)
        return found if found is None or email in {None, found.email} else None


@detected_by("users.find_by_username_is_case_sensitive[users]")
class CaseInsensitiveUsername(MemoryUsers):
    async def find(self, *, email: str | None, username: str | None) -> User | None:
        return await super().find(email=email, username=username and username.lower())


@detected_by("users.duplicate_username_is_refused[users]")
class ConflictReturnsOther(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        try:
            return await super().create(draft)
        except ConflictError:
            found = await self.find(email=None, username=draft.username)
            assert found is not None
            return found


@detected_by("users.raw_is_the_provider_object[users]")
class RecordsWithoutRaw(MemoryUsers):
    async def get(self, user_id: str) -> User:
        found = await super().get(user_id)
        return type(found).model_validate(found.model_dump())


@detected_by("users.times_have_a_timezone[users]")
class TimesWithoutTimezone(MemoryUsers):
    async def get(self, user_id: str) -> User:
        found = await super().get(user_id)
        assert found.created_at is not None
        return found.model_copy(update={"created_at": found.created_at.replace(tzinfo=None)})


@detected_by("users.suspend_sets_and_clears[users]")
class PermanentSuspension(MemoryUsers):
    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        return await super().suspend(user_id, suspended=True)


@detected_by("memberships.remove_keeps_the_account")
class KeepDeletes(MemoryUsers):
    async def remove(self, user_id: str, account: AccountAction) -> None:
        await super().remove(user_id, "delete")


@detected_by("memberships.add_with_unknown_account_adds_nobody")
class AddOneByOne(MemoryUsers):
    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        for user_id in user_ids:
            await super().add([user_id], roles)


@detected_by("memberships.set_roles_replaces_roles")
class SetRolesAdds(MemoryUsers):
    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        await self.add_roles(user_id, roles)


@detected_by("memberships.unknown_role_changes_nothing")
class UnknownRolesIgnored(MemoryUsers):
    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        try:
            await super().set_roles(user_id, roles)
        except NotFoundError:
            await super().set_roles(user_id, [])


@detected_by("organizations.members_belong_to_one_organization")
class MembersOfEveryOrganization(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return MemoryUsers(self._connection, None).list(query)


@detected_by("invitations.revoked_invitation_is_not_pending")
class RevokedStaysPending(MemoryInvitations):
    async def revoke(self, invitation_id: str) -> Invitation:
        return (await self.get(invitation_id)).model_copy(update={"status": "revoked"})


@detected_by("invitations.accept_creates_a_member")
class AcceptedWithoutRoles(MemoryInvitations):
    async def accept(self, invitation_id: str, user_id: str) -> Invitation:
        accepted = await super().accept(invitation_id, user_id)
        await MemoryUsers(self._connection, self._organization_id).set_roles(user_id, [])
        return accepted


@detected_by("roles.get_by_id_and_by_name")
class RoleByIdOnly(MemoryRoles):
    async def get(self, role: str) -> Role:
        found = await super().get(role)
        if found.id != role:
            raise NotFoundError("no such role", provider="memory", operation="roles.get")
        return found


# Retries


@detected_by("retries.organization_is_created_once")
class BlindRetry(MemoryOrganizations):
    async def create(self, draft: OrganizationDraft) -> Organization:
        try:
            return await super().create(draft)
        except OutcomeUnknownError:
            return await super().create(draft)


@detected_by("retries.invitation_is_created_once")
class BlindRetryOfInvitation(MemoryInvitations):
    async def create(self, draft: InvitationDraft) -> Invitation:
        try:
            return await super().create(draft)
        except OutcomeUnknownError:
            return await super().create(draft)


@detected_by("retries.user_is_created_once[users]")
class BlindRetryWithOtherName(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        try:
            return await super().create(draft)
        except OutcomeUnknownError:
            return await super().create(replace(draft, username=f"{draft.username}2", email=None))


# Cancellation and concurrency


@detected_by("concurrency.cancelled_scope_cancels_the_call")
class ShieldedCall(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        with anyio.CancelScope(shield=True):
            found = await fetch(position, page_size)
        return replace(found)


@detected_by("concurrency.cancelled_create_is_atomic")
class CreateInTwoSteps(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        created = await super().create(replace(draft, email=None))
        await anyio.sleep(0.001)
        return await self.update(created.id, UserChanges(email=draft.email))


@detected_by("concurrency.parallel_creates_respect_uniqueness")
class CheckThenCreate(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        if await self.find(email=None, username=draft.username) is not None:
            raise ConflictError("taken", provider="memory", operation="users.create")
        await anyio.sleep(0.01)
        created = await super().create(
            replace(draft, username=f"{draft.username}-{self._store.next_sequence()}", email=None)
        )
        return created.model_copy(update={"username": draft.username})


@detected_by("concurrency.parallel_lists_are_independent")
class SharedPosition(Memory):
    def __init__(self) -> None:
        super().__init__()
        self.position: str | None = None

    def users(self, organization_id: str | None) -> MemoryUsers:
        provider = self

        class WithSharedPosition(Users):
            async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
                await anyio.lowlevel.checkpoint()
                found = await fetch(None if position is None else provider.position, page_size)
                provider.position = found.next
                return found

        return WithSharedPosition(self._connection, organization_id)
