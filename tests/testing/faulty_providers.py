"""Providers with one mistake each, as authors make them."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import anyio
import anyio.lowlevel

from orgsdk.domain import Capability, InvitationQuery, Unset, UserChanges, UserQuery
from orgsdk.errors import ConflictError, NotFoundError, OutcomeUnknownError, UnsupportedError
from orgsdk.pagination import Slice
from orgsdk.providers import Memory
from orgsdk.providers.base import RoleOperations
from orgsdk.providers.memory.invitations import MemoryInvitations
from orgsdk.providers.memory.organizations import MemoryOrganizations
from orgsdk.providers.memory.roles import MemoryRoles
from orgsdk.providers.memory.users import MemoryUsers
from tests.testing.bug_registry import found_by, refetched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import (
        Invitation,
        InvitationDraft,
        Organization,
        OrganizationDraft,
        Role,
        RoleDraft,
        User,
        UserDraft,
    )
    from orgsdk.options import CallOptions
    from orgsdk.pagination import Listing
    from orgsdk.providers.base import AccountAction
    from tests.testing.bug_registry import Fetch

SECRET = "tok-4711-canary"


class Users(MemoryUsers):
    """Where `list` is wrong, `page` says how."""

    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        return await fetch(position, page_size)

    def list(self, query: UserQuery) -> Listing[User]:
        return refetched(super().list(query), self.page)


# Pages


@found_by("pagination.small_pages_have_the_same_users")
class APageThatRepeats(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        if position is None or not found.items:
            return found
        before = await fetch(f"before:{position.partition(':')[2]}", 1)
        return replace(found, items=[*before.items, *found.items][:page_size])


@found_by("pagination.small_pages_have_the_same_users")
class ALostRow(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return found if position is None else replace(found, items=found.items[1:])


@found_by("pagination.small_pages_have_the_same_users")
class ACursorThatLoops(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return replace(found, next=found.next or "after:0") if position is not None else found


@found_by("pagination.small_pages_have_the_same_users")
class AListThatEndsTooSoon(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return replace(found, next=None) if position is not None else found


@found_by("pagination.small_pages_have_the_same_users")
class AListWithoutAnEnd(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        number = int((position or ":0").partition(":")[2])
        user = (await fetch(None, 1)).items[0].model_copy(update={"id": f"user_{number}"})
        return Slice([user], next=f"after:{number + 1}")


@found_by("pagination.list_has_every_user_once")
class AListOfTheFirstThreeAlone(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return replace(found, items=found.items[:3])


@found_by("pagination.page_size_is_respected")
class APageSizeThatIsIgnored(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        return await fetch(position, 100)


@found_by("pagination.next_cursor_resumes")
class ACursorOfThisProcessAlone(Users):
    def list(self, query: UserQuery) -> Listing[User]:
        listing, place = super().list(query), dict[str, str]()

        async def page(fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
            found = await fetch(place.get(position or ""), page_size)
            token = f"after:{len(place) + 1}"
            if found.next is not None:
                place[token] = found.next
            return replace(found, next=token if found.next else None, previous=None)

        return refetched(listing, page)


@found_by("pagination.previous_cursor_goes_back")
class AWayBackThatLeadsToTheStart(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return replace(found, previous=found.previous and "after:0")


@found_by("pagination.total_counts_the_whole_list")
class ATotalOfThePage(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return replace(found, total=len(found.items))


@found_by("pagination.list_can_be_read_twice")
class AListThatRemembersItsLastWalk(Users):
    def list(self, query: UserQuery) -> Listing[User]:
        came: set[str] = set()

        async def page(fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
            found = await fetch(position, page_size)
            items = [user for user in found.items if user.id not in came]
            came.update(user.id for user in items)
            return replace(found, items=items)

        return refetched(super().list(query), page)


@found_by("pagination.cursor_of_another_query_is_refused")
class ACursorForAnyQuery(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return replace(super().list(query), scope=(self._organization_id, query.role))


@found_by("pagination.cursor_of_another_role_is_refused")
class ACursorForAnyRole(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return replace(super().list(query), scope=(self._organization_id, query.query))


@found_by("pagination.cursor_of_another_organization_is_refused")
class ACursorForAnyOrganization(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return replace(super().list(query), scope=(query.query, query.role))


@found_by("pagination.invalid_position_is_refused")
class ACursorThatIsNotChecked(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        return await fetch(None if position is None else f"after:{int(position.partition(':')[2])}", page_size)


@found_by("pagination.complete_list_survives_changes")
class PagesByNumber(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        async def page(fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
            start = int((position or "after:0").partition(":")[2])
            whole = (await fetch(None, 100)).items
            more = start + page_size < len(whole)
            return Slice(whole[start : start + page_size], next=f"after:{start + page_size}" if more else None)

        return refetched(super().list(query), page)


@found_by("users.count_matches_the_list[users]")
class ACountThatIsStale(MemoryUsers):
    async def count(self, query: UserQuery) -> int:
        return await super().count(query) - 1


# Filters


@found_by("users.query_filters_the_list[users]")
class AQueryThatIsIgnored(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return replace(super().list(UserQuery(role=query.role)), scope=super().list(query).scope)


@found_by("users.query_filters_the_list[users]")
class ACountWithoutTheFilter(MemoryUsers):
    async def count(self, query: UserQuery) -> int:
        return await super().count(UserQuery())


@found_by("users.role_filters_the_list")
class ARoleThatIsIgnored(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return replace(super().list(UserQuery(query=query.query)), scope=super().list(query).scope)


@found_by("not_found.unknown_status_matches_nothing")
class AStatusThatIsIgnored(MemoryInvitations):
    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        return super().list(InvitationQuery(email=query.email))


@found_by("not_found.users_of_removed_organization_raise")
class AnEmptyListForNoOrganization(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        try:
            return await fetch(position, page_size)
        except NotFoundError:
            return Slice([])


# None against left out


@found_by("fields.none_clears_the_field[users-name]")
class NoneTreatedAsLeftOut(MemoryUsers):
    async def update(self, user_id: str, changes: UserChanges) -> User:
        return await super().update(user_id, replace(changes, name=changes.name or Unset.UNSET))


@found_by("fields.omitted_field_is_unchanged[users-name]")
class LeftOutTreatedAsNone(MemoryUsers):
    async def update(self, user_id: str, changes: UserChanges) -> User:
        return await super().update(user_id, replace(changes, name=changes.name or None))


@found_by("fields.omitted_field_is_unchanged[users-external_id]")
class AFieldThatIsNotKept(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        return await super().create(replace(draft, external_id=None))


# Verbs and their errors


@found_by("not_found.get_of_unknown_user_raises[users]")
class AKeyErrorForNobody(MemoryUsers):
    async def get(self, user_id: str) -> User:
        try:
            return await super().get(user_id)
        except NotFoundError:
            raise KeyError(user_id) from None


@found_by("not_found.remove_of_unknown_user_raises[users]")
class RemovingNobodyGoesThrough(MemoryUsers):
    async def remove(self, user_id: str, account: AccountAction) -> None:
        try:
            await super().remove(user_id, account)
        except NotFoundError:
            return


@found_by("not_found.invalid_id_is_refused[users]")
class AnIdThatIsLookedForAsAPath(MemoryUsers):
    async def get(self, user_id: str) -> User:
        if "/" in user_id or user_id in {".", ".."}:
            return (await self.list(UserQuery()).fetch(None, 1)).items[0]
        return await super().get(user_id)


@found_by("users.find_by_email_ignores_case[users]")
class AnAddressComparedAsItStands(MemoryUsers):
    async def find(self, *, email: str | None, username: str | None) -> User | None:
        found = await super().find(email=email, username=username)
        return found if found is None or email in {None, found.email} else None


@found_by("users.find_by_username_is_case_sensitive[users]")
class AUsernameInAnyCase(MemoryUsers):
    async def find(self, *, email: str | None, username: str | None) -> User | None:
        return await super().find(email=email, username=username and username.lower())


@found_by("users.duplicate_username_is_refused[users]")
class AConflictThatTakesTheOther(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        try:
            return await super().create(draft)
        except ConflictError:
            found = await self.find(email=None, username=draft.username)
            assert found is not None
            return found


@found_by("users.raw_is_the_provider_object[users]")
class RecordsWithoutRaw(MemoryUsers):
    async def get(self, user_id: str) -> User:
        found = await super().get(user_id)
        return type(found).model_validate(found.model_dump())


@found_by("users.times_have_a_timezone[users]")
class TimesWithoutAZone(MemoryUsers):
    async def get(self, user_id: str) -> User:
        found = await super().get(user_id)
        assert found.created_at is not None
        return found.model_copy(update={"created_at": found.created_at.replace(tzinfo=None)})


@found_by("users.suspend_sets_and_clears[users]")
class SuspensionForEver(MemoryUsers):
    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        return await super().suspend(user_id, suspended=True)


@found_by("memberships.remove_keeps_the_account")
class KeepThatDeletes(MemoryUsers):
    async def remove(self, user_id: str, account: AccountAction) -> None:
        await super().remove(user_id, "delete")


@found_by("memberships.add_with_unknown_account_adds_nobody")
class AddingOneAfterTheOther(MemoryUsers):
    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        for user_id in user_ids:
            await super().add([user_id], roles)


@found_by("memberships.set_roles_replaces_roles")
class SettingRolesThatAdds(MemoryUsers):
    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        await self.add_roles(user_id, roles)


@found_by("memberships.unknown_role_changes_nothing")
class UnknownRolesLeftOut(MemoryUsers):
    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        try:
            await super().set_roles(user_id, roles)
        except NotFoundError:
            await super().set_roles(user_id, [])


@found_by("organizations.members_belong_to_one_organization")
class MembersOfEveryOrganization(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return MemoryUsers(self._connection, None).list(query)


@found_by("invitations.revoked_invitation_is_not_pending")
class ARevokedOneThatStaysPending(MemoryInvitations):
    async def revoke(self, invitation_id: str) -> Invitation:
        return (await self.get(invitation_id)).model_copy(update={"status": "revoked"})


@found_by("invitations.accept_creates_a_member")
class AcceptedWithoutItsRoles(MemoryInvitations):
    async def accept(self, invitation_id: str, user_id: str) -> Invitation:
        accepted = await super().accept(invitation_id, user_id)
        await MemoryUsers(self._connection, self._organization_id).set_roles(user_id, [])
        return accepted


@found_by("roles.get_by_id_and_by_name")
class ARoleByIdAlone(MemoryRoles):
    async def get(self, role: str) -> Role:
        found = await super().get(role)
        if found.id != role:
            raise NotFoundError("no such role", provider="memory", operation="roles.get")
        return found


# Capabilities


@found_by("contract.declared_methods_are_implemented")
class DeclaredAndNotWritten(MemoryRoles):
    create = RoleOperations.create


@found_by("roles.create_stores_the_values")
class DeclaredAndRefused(MemoryRoles):
    async def create(self, draft: RoleDraft) -> Role:
        raise UnsupportedError("memory", "roles.create")


@found_by("capabilities.undeclared_does_not_work[users.suspend]")
class WrittenAndNotDeclared(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.USERS_SUSPEND}


@found_by("capabilities.undeclared_does_not_work[users.list(query=)]")
class AFilterThatIsNotDeclared(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.USERS_QUERY}


@found_by("capabilities.undeclared_does_not_work[page.total]")
class ATotalThatIsNotDeclared(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.TOTAL}


@found_by("capabilities.undeclared_does_not_work[a user's external_id]")
class AFieldThatIsNotDeclared(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.USERS_EXTERNAL_ID}


@found_by("contract.capabilities_are_a_frozenset")
class CapabilitiesThatAreNone(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) | {"users.promote"}  # type: ignore[arg-type]  # the mistake


@found_by("contract.missing_setting_is_named")
class MadeWithoutItsSettings(Memory):
    environment: ClassVar[tuple[str, ...]] = ("MEMORY_TOKEN",)


@found_by("contract.tenant_is_a_string")
class NoTenant(Memory):
    @property
    def tenant(self) -> str:
        return ""


@found_by("contract.own_organization_has_an_id")
class AnOwnOrganizationThatIsNotTold(Memory):
    async def own_organization_id(self) -> str | None:
        return None


@found_by("contract.own_user_exists")
class AnOwnUserWhoIsGone(Memory):
    async def own_user_id(self) -> str | None:
        return "user_99"


@found_by("users.check_create_agrees_with_create[users]")
class ACheckThatRefusesMore(MemoryUsers):
    def check_create(self, draft: UserDraft) -> None:
        if draft.password is not None:
            raise UnsupportedError("memory", "users.create(password=)")


@found_by("contract.with_options_shares_the_connection")
class OptionsThatStartAnew(Memory):
    def with_options(self, options: CallOptions) -> OptionsThatStartAnew:
        return OptionsThatStartAnew(users=options.timeout == 25)


@found_by("contract.contract_version_matches")
class AnotherContract(Memory):
    contract: ClassVar[int] = 99


@found_by("contract.advice_is_for_unsupported_capabilities")
class AdviceInsteadOfWhatItCan(Memory):
    advice: ClassVar[dict[Capability, str]] = {Capability.USERS_ADD: "Send an invitation."}


# What is repeated


@found_by("retries.organization_is_created_once")
class ABlindRetry(MemoryOrganizations):
    async def create(self, draft: OrganizationDraft) -> Organization:
        try:
            return await super().create(draft)
        except OutcomeUnknownError:
            return await super().create(draft)


@found_by("retries.invitation_is_created_once")
class ABlindRetryThatMeetsItself(MemoryInvitations):
    async def create(self, draft: InvitationDraft) -> Invitation:
        try:
            return await super().create(draft)
        except OutcomeUnknownError:
            return await super().create(draft)


@found_by("retries.user_is_created_once[users]")
class ABlindRetryUnderAnotherName(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        try:
            return await super().create(draft)
        except OutcomeUnknownError:
            return await super().create(replace(draft, username=f"{draft.username}2", email=None))


# Cancellation and concurrency


@found_by("concurrency.cancelled_scope_cancels_the_call")
class ACallThatBlocks(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        with anyio.CancelScope(shield=True):
            found = await fetch(position, page_size)
        return replace(found)


@found_by("concurrency.cancelled_create_is_atomic")
class HalfAUser(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        made = await super().create(replace(draft, email=None))
        await anyio.sleep(0.001)
        return await self.update(made.id, UserChanges(email=draft.email))


@found_by("concurrency.parallel_creates_respect_uniqueness")
class LookingThenMaking(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        if await self.find(email=None, username=draft.username) is not None:
            raise ConflictError("taken", provider="memory", operation="users.create")
        await anyio.sleep(0.01)
        made = await super().create(replace(draft, username=f"{draft.username}-{self._store.place()}", email=None))
        return made.model_copy(update={"username": draft.username})


@found_by("concurrency.parallel_lists_are_independent")
class OnePlaceForAllWalks(Memory):
    def __init__(self) -> None:
        super().__init__()
        self.place: str | None = None

    def users(self, organization_id: str | None) -> MemoryUsers:
        provider = self

        class OfOnePlace(Users):
            async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
                await anyio.lowlevel.checkpoint()
                found = await fetch(None if position is None else provider.place, page_size)
                provider.place = found.next
                return found

        return OfOnePlace(self._connection, organization_id)


# Secrets


class SigningIn(Memory):
    """A provider that holds a token."""

    def __init__(self) -> None:
        super().__init__()
        self._token = SECRET


@found_by("secrets.no_repr_shows_a_secret")
class ATokenInRepr(SigningIn):
    def __repr__(self) -> str:
        return f"Memory(token={self._token!r})"


@found_by("secrets.no_repr_shows_a_secret")
class ATokenInTheTenant(SigningIn):
    @property
    def tenant(self) -> str:
        return f"https://app:{self._token}@tenant.example"


@found_by("secrets.no_error_shows_a_secret")
class ATokenInTheLog(SigningIn):
    def users(self, organization_id: str | None) -> MemoryUsers:
        logging.getLogger("acme").debug("signing in with %s", self._token)
        connection = self._connection

        class Logging(MemoryUsers):
            async def get(self, user_id: str) -> User:
                logging.getLogger("acme").debug("GET /users with bearer %s", SECRET)
                return await super().get(user_id)

        return Logging(connection, organization_id)


@found_by("secrets.no_error_shows_a_secret")
class ATokenInTheCauseOfAnError(SigningIn):
    def users(self, organization_id: str | None) -> MemoryUsers:
        class Chaining(MemoryUsers):
            async def get(self, user_id: str) -> User:
                try:
                    return await super().get(user_id)
                except NotFoundError as error:
                    raise error from RuntimeError(f"GET /users?access_token={SECRET}")

        return Chaining(self._connection, organization_id)


@found_by("secrets.password_is_never_shown")
class APasswordInAnError(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        try:
            return await super().create(draft)
        except ConflictError as error:
            password = draft.password.get_secret_value() if draft.password else ""
            error.add_note(f"the request was username={draft.username} password={password}")
            raise


@found_by("secrets.no_error_shows_an_email_address")
class AnAddressInAnError(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        try:
            return await super().create(draft)
        except ConflictError:
            raise ConflictError(f"{draft.email} is taken", provider="memory", operation="users.create") from None


@found_by("secrets.errors_can_be_pickled")
class AnErrorThatCannotBePickled(MemoryUsers):
    async def get(self, user_id: str) -> User:
        class GoneError(NotFoundError):
            pass

        try:
            return await super().get(user_id)
        except NotFoundError:
            raise GoneError("gone", provider="memory", operation="users.get") from None
