"""Roles in memory, the same for every organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Unset
from orgsdk.providers.base import RoleOperations
from orgsdk.providers.memory import rows
from orgsdk.providers.memory.operations import MemoryOperations, read_row
from orgsdk.providers.memory.rows import RoleRow

if TYPE_CHECKING:
    from orgsdk.domain import Role, RoleChanges, RoleDraft, RoleQuery
    from orgsdk.pagination import Listing


class MemoryRoles(MemoryOperations, RoleOperations):
    """Operations on roles in memory."""

    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe the list of the roles whose name contains the query, oldest first."""
        wanted = (query.query or "").casefold()

        def found() -> list[RoleRow]:
            return [row for row in self._store.roles.values() if wanted in row.name.casefold()]

        return self._listing("roles.list", (query.query,), found, RoleRow.wire, rows.ROLE_READER)

    async def get(self, role: str) -> Role:
        """Return one role."""
        return await self._call("roles.get", lambda: _record(self._store.role(role, "roles.get")))

    async def create(self, draft: RoleDraft) -> Role:
        """Create a role, or raise `ConflictError` if its name is taken."""

        def work() -> Role:
            row = self._store.new_role(draft.name, "roles.create")
            row.description, row.kind, row.scopes = draft.description, draft.kind, draft.scopes
            return _record(row)

        return await self._call("roles.create", work)

    async def update(self, role: str, changes: RoleChanges) -> Role:
        """Update a role, or raise `ConflictError` if its new name is taken."""

        def work() -> Role:
            row = self._store.role(role, "roles.update")
            if not isinstance(changes.name, Unset):
                self._store.rename_role(row, changes.name, "roles.update")
            if not isinstance(changes.description, Unset):
                row.description = changes.description
            if not isinstance(changes.scopes, Unset):
                row.scopes = changes.scopes
            return _record(row)

        return await self._call("roles.update", work)

    async def remove(self, role: str) -> None:
        """Delete a role, and take it from all members."""
        await self._call("roles.remove", lambda: self._store.delete_role(self._store.role(role, "roles.remove")))


def _record(row: RoleRow) -> Role:
    return read_row(rows.ROLE_READER, row.wire())
