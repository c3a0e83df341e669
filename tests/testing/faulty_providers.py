"""Providers with one bug each in what they declare, or in how they handle secrets."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar
from uuid import uuid4

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError, NotFoundError, UnsupportedError
from orgsdk.providers import Memory
from orgsdk.providers.base import RoleOperations
from orgsdk.providers.memory.roles import MemoryRoles
from orgsdk.providers.memory.users import MemoryAccounts, MemoryUsers
from tests.testing.bug_registry import detected_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import (
        Organization,
        Role,
        RoleDraft,
        User,
        UserDraft,
    )
    from orgsdk.options import CallOptions

SECRET = "tok-4711-canary"


# Capabilities


@detected_by("contract.declared_methods_are_implemented")
class DeclaredNotImplemented(MemoryRoles):
    create = RoleOperations.create


@detected_by("roles.create_stores_the_values")
class DeclaredAndRefused(MemoryRoles):
    async def create(self, draft: RoleDraft) -> Role:
        raise UnsupportedError("memory", "roles.create")


@detected_by("capabilities.undeclared_does_not_work[users.suspend]")
class ImplementedNotDeclared(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.USERS_SUSPEND}


@detected_by("capabilities.undeclared_does_not_work[users.list(query=)]")
class UndeclaredFilter(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.USERS_QUERY}


@detected_by("capabilities.undeclared_does_not_work[page.total]")
class UndeclaredTotal(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.TOTAL}


@detected_by("capabilities.undeclared_does_not_work[a user's external_id]")
class UndeclaredField(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.USERS_EXTERNAL_ID}


@detected_by("contract.capabilities_are_a_frozenset")
class InvalidCapabilities(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) | {"users.promote"}  # type: ignore[arg-type]  # the bug


@detected_by("contract.missing_setting_is_named")
class SettingsNotRequired(Memory):
    environment: ClassVar[tuple[str, ...]] = ("MEMORY_TOKEN",)


@detected_by("contract.tenant_is_a_string")
class EmptyTenant(Memory):
    @property
    def tenant(self) -> str:
        return ""


@detected_by("contract.own_organization_has_an_id")
class NoOwnOrganizationId(Memory):
    async def own_organization_id(self) -> str | None:
        return None


@detected_by("contract.own_user_exists")
class UnknownOwnUser(Memory):
    async def own_user_id(self) -> str | None:
        return "user_99"


@detected_by("users.check_create_agrees_with_create[users]")
class CheckRefusesMore(MemoryUsers):
    def check_create(self, draft: UserDraft) -> None:
        if draft.password is not None:
            raise UnsupportedError("memory", "users.create(password=)")


@detected_by("users.usernames_that_differ_in_case_are_two_users[users]")
class UsernamesIgnoreCase(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        taken = {(row.username or "").casefold() for row in self._store.accounts.values()}
        if draft.username is not None and draft.username.casefold() in taken:
            raise ConflictError("the username is taken.", provider="memory", operation="users.create")
        return await super().create(draft)


@detected_by("memberships.list_organizations_returns_the_memberships")
class NoOrganizationsOfAccounts(MemoryAccounts):
    async def list_organizations(self, user_id: str) -> Sequence[Organization]:
        return []


@detected_by("contract.with_options_shares_the_connection")
class OptionsLoseState(Memory):
    def with_options(self, options: CallOptions) -> OptionsLoseState:
        return OptionsLoseState(users=1 if options.timeout == 25 else 0)


@detected_by("contract.advice_is_for_unsupported_capabilities")
class AdviceForDeclared(Memory):
    advice: ClassVar[dict[Capability, str]] = {Capability.USERS_ADD: "Send an invitation."}


@detected_by("contract.limit_key_is_a_string")
class ChangingLimitKey(Memory):
    async def limit_key(self) -> str:
        return uuid4().hex


# Secrets


class WithToken(Memory):
    """A provider with a token."""

    def __init__(self) -> None:
        super().__init__()
        self._token = SECRET


@detected_by("secrets.no_repr_shows_a_secret")
class TokenInRepr(WithToken):
    def __repr__(self) -> str:
        return f"Memory(token={self._token!r})"


@detected_by("secrets.no_repr_shows_a_secret")
class TokenInTenant(WithToken):
    @property
    def tenant(self) -> str:
        return f"https://app:{self._token}@tenant.example"


@detected_by("secrets.no_repr_shows_a_secret")
class TokenInLimitKey(WithToken):
    async def limit_key(self) -> str:
        return f"memory {self._token}"


@detected_by("secrets.no_error_shows_a_secret")
class TokenInLog(WithToken):
    def users(self, organization_id: str | None) -> MemoryUsers:
        logging.getLogger("acme").debug("signing in with %s", self._token)
        connection = self._connection

        class Logging(MemoryUsers):
            async def get(self, user_id: str) -> User:
                logging.getLogger("acme").debug("GET /users with bearer %s", SECRET)
                return await super().get(user_id)

        return Logging(connection, organization_id)


@detected_by("secrets.no_error_shows_a_secret")
class TokenInErrorCause(WithToken):
    def users(self, organization_id: str | None) -> MemoryUsers:
        class Chaining(MemoryUsers):
            async def get(self, user_id: str) -> User:
                try:
                    return await super().get(user_id)
                except NotFoundError as error:
                    raise error from RuntimeError(f"GET /users?access_token={SECRET}")

        return Chaining(self._connection, organization_id)


@detected_by("secrets.password_is_never_shown")
class PasswordInError(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        try:
            return await super().create(draft)
        except ConflictError as error:
            password = draft.password.get_secret_value() if draft.password else ""
            error.add_note(f"the request was username={draft.username} password={password}")
            raise


@detected_by("secrets.no_error_shows_an_email_address")
class EmailInError(MemoryUsers):
    async def create(self, draft: UserDraft) -> User:
        try:
            return await super().create(draft)
        except ConflictError:
            raise ConflictError(f"{draft.email} is taken", provider="memory", operation="users.create") from None


@detected_by("secrets.errors_can_be_pickled")
class UnpicklableError(MemoryUsers):
    async def get(self, user_id: str) -> User:
        class GoneError(NotFoundError):
            pass

        try:
            return await super().get(user_id)
        except NotFoundError:
            raise GoneError("gone", provider="memory", operation="users.get") from None
