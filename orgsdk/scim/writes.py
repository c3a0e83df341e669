"""Writes to the provider, each with a line in the audit."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from anyio import CancelScope

from orgsdk.domain import Capability, Role, User
from orgsdk.errors import OrgError
from orgsdk.scim.audit import AuditEvent, AuditKind, AuditLog, AuditStatus, AuditValue
from orgsdk.scim.context import current_request

if TYPE_CHECKING:
    from pydantic import SecretStr

    from orgsdk.domain import UserFields
    from orgsdk.providers.base import AccountAction
    from orgsdk.resources import Accounts, Roles, Users


@dataclass(slots=True)
class _Write:
    """A write that is going on: what the audit states of it when it has ended."""

    kind: AuditKind
    status: AuditStatus
    user_id: str | None = None
    role_id: str | None = None
    before: Mapping[str, AuditValue] = field(default_factory=dict[str, AuditValue])
    after: Mapping[str, AuditValue] = field(default_factory=dict[str, AuditValue])


class ProviderWrites:
    """Change users and roles of an organization.

    A member that was read before is changed as an account, where the provider has accounts: this saves the request that
    looks the member up.

    Args:
        tenant: Name of the tenant, for the audit.
        users: The members.
        accounts: The accounts.
        roles: The roles.
        capabilities: The provider's capabilities.
        audit: Where each write is recorded. None for nowhere.
    """

    def __init__(
        self,
        tenant: str,
        *,
        users: Users,
        accounts: Accounts,
        roles: Roles,
        capabilities: frozenset[Capability],
        audit: AuditLog | None,
    ) -> None:
        self._tenant = tenant
        self._users = users
        self._accounts = accounts
        self._roles = roles
        self._capabilities = capabilities
        self._audit = audit

    # Users

    async def create_user(
        self, fields: UserFields[str | None], password: SecretStr | None, roles: Sequence[str] = ()
    ) -> User:
        """Create an account that is a member, and return it."""
        async with self._recording(_Write("create", "created", after=_values(fields, roles))) as write:
            user = await self._users.create(password=password, roles=roles, **fields)
            write.user_id = user.id
            return user

    async def adopted(self, user: User) -> User:
        """Record that a member was found who is the one to be created, and return it."""
        async with self._recording(_Write("create", "adopted", user.id)):
            return user

    async def add_user(self, user_id: str, roles: Sequence[str] = ()) -> User:
        """Make an account a member, and return it."""
        async with self._recording(_Write("add", "added", user_id, after={"roles": tuple(roles)})):
            await self._users.add([user_id], roles=roles)
        return await self._users.get(user_id)

    async def update_user(
        self, user: User, changes: Mapping[str, str | None], password: SecretStr | None = None
    ) -> User:
        """Change fields of a member, and return it. None clears a field."""
        before: dict[str, AuditValue] = {name: getattr(user, name) for name in changes}
        after: dict[str, AuditValue] = dict(changes)
        given: dict[str, Any] = dict(changes)
        if password is not None:
            given["password"] = password
            after["password"] = "(given)"  # noqa: S105  # a placeholder
        async with self._recording(_Write("update", "updated", user.id, before=before, after=after)):
            if Capability.ACCOUNTS_UPDATE in self._capabilities:
                changed = await self._accounts.update(user.id, **given)
            else:
                changed = await self._users.update(user.id, **given)
        return _as_member(changed, user)

    async def suspend_user(self, user: User, *, suspended: bool) -> User:
        """Suspend a member, or end the suspension, and return the member."""
        write = _Write(
            *("suspend" if suspended else "activate", "updated", user.id),
            before={"suspended": bool(user.is_suspended)},
            after={"suspended": suspended},
        )
        async with self._recording(write):
            if Capability.ACCOUNTS_SUSPEND in self._capabilities:
                changed = await self._accounts.suspend(user.id, suspended=suspended)
            else:
                changed = await self._users.suspend(user.id, suspended=suspended)
        return _as_member(changed.model_copy(update={"is_suspended": suspended}), user)

    async def remove_user(self, user_id: str, account: AccountAction, roles: Sequence[str] = ()) -> None:
        """End a membership, or delete the account of a member."""
        write = _Write("remove", "removed", user_id, before={"roles": tuple(roles)}, after={"account": account})
        async with self._recording(write):
            if account == "delete" and Capability.ACCOUNTS_REMOVE in self._capabilities:
                await self._accounts.remove(user_id, account="delete")
            else:
                await self._users.remove(user_id, account=account)

    # Roles of members

    async def add_role(self, user: User, role: Role) -> None:
        """Add a role to a member."""
        async with self._recording(_roles_changed(user, (*user.roles, role.name))):
            await self._users.add_roles(user.id, [role.id])

    async def add_role_to_many(self, users: Sequence[User], role: Role) -> None:
        """Add a role to members, in few requests."""
        if users:
            async with self._recording(*[_roles_changed(user, (*user.roles, role.name)) for user in users]):
                await self._users.add([user.id for user in users], roles=[role.name])

    async def remove_role(self, user_id: str, role: Role) -> None:
        """Take a role from a member."""
        write = _Write("set_roles", "updated", user_id, before={"roles": (role.name,)}, after={"roles": ()})
        async with self._recording(write):
            await self._users.remove_roles(user_id, [role.id])

    async def set_role(self, user: User, role: Role) -> User:
        """Replace the role of a member, and return the member."""
        async with self._recording(_roles_changed(user, (role.name,))):
            await self._users.set_roles(user.id, [role.name])
        return user.model_copy(update={"roles": (role.name,)})

    # Roles

    async def create_role(self, name: str) -> Role:
        """Create a role, and return it."""
        async with self._recording(_Write("create_role", "created", after={"name": name})) as write:
            role = await self._roles.create(name)
            write.role_id = role.id
            return role

    async def rename_role(self, role: Role, name: str) -> Role:
        """Rename a role, and return it."""
        write = _Write("update_role", "updated", role_id=role.id, before={"name": role.name}, after={"name": name})
        async with self._recording(write):
            return await self._roles.update(role.id, name=name)

    async def remove_role_itself(self, role: Role) -> None:
        """Delete a role."""
        async with self._recording(_Write("remove_role", "removed", role_id=role.id, before={"name": role.name})):
            await self._roles.remove(role.id)

    @asynccontextmanager
    async def _recording(self, *writes: _Write) -> AsyncGenerator[_Write]:
        """Record writes when they have ended, however they ended."""
        status: AuditStatus | None = None
        reason: str | None = None
        try:
            yield writes[0]
        except OrgError as error:
            status = "unknown" if error.may_have_happened else "failed"
            reason = type(error).__name__  # its text may repeat the provider's
            raise
        except BaseException as error:  # the time is over
            status, reason = "unknown", type(error).__name__
            raise
        finally:
            if self._audit is not None:
                events = [self._event(write, status, reason) for write in writes]
                with CancelScope(shield=True):
                    await self._audit.append(*events)

    def _event(self, write: _Write, status: AuditStatus | None, reason: str | None) -> AuditEvent:
        return AuditEvent(
            tenant=self._tenant,
            token=current_request().token_id,
            kind=write.kind,
            status=status or write.status,
            user_id=write.user_id,
            role_id=write.role_id,
            before=write.before,
            after=write.after,
            reason=reason,
        )


def _as_member(account: User, member: User) -> User:
    """Return an account with what only a member has."""
    state = member.is_suspended if account.is_suspended is None else account.is_suspended
    return account.model_copy(update={"roles": member.roles, "is_suspended": state})


def _values(fields: Mapping[str, object], roles: Sequence[str]) -> dict[str, AuditValue]:
    texts: dict[str, AuditValue] = {name: value for name, value in fields.items() if isinstance(value, str)}
    return {**texts, "roles": tuple(roles)}


def _roles_changed(user: User, roles: Sequence[str]) -> _Write:
    return _Write("set_roles", "updated", user.id, before={"roles": tuple(user.roles)}, after={"roles": tuple(roles)})
