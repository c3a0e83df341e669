"""Which roles a row means. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.bulk.spec import Problem

if TYPE_CHECKING:
    from orgsdk.bulk.reading import RoleNames
    from orgsdk.bulk.spec import UserSpec


class RowRoles:
    """Read the roles of rows: names and ids become the names that users show, and what cannot be is a problem."""

    def __init__(self, names: RoleNames, default: tuple[str, ...], *, several: bool) -> None:
        self._names = names
        self._default = default
        self._several = several
        self._read: dict[tuple[str, ...], tuple[tuple[str, ...], str | None]] = {}
        self.problems: list[Problem] = []

    def wanted(self, row: UserSpec) -> tuple[str, ...] | None:
        """Give the names of the row's roles; None where it says nothing of roles.

        Where everybody holds exactly one, none at all cannot be meant.
        """
        if row.roles is None or not (row.roles or self._several):
            return None
        return self._named(row.roles, row.origin)

    def for_new(self, row: UserSpec) -> tuple[str, ...]:
        """Give the names of the roles that a new person is to hold."""
        wanted = self.wanted(row)
        return self._named(self._default, "Policy.default_roles") if wanted is None else wanted

    def _named(self, roles: tuple[str, ...], origin: str | None) -> tuple[str, ...]:
        # A roster has few different sets of roles, and many rows.
        if roles not in self._read:
            self._read[roles] = self._look_up(roles)
        named, wrong = self._read[roles]
        if wrong is not None:
            problem = Problem(origin, wrong)
            if not self.problems or self.problems[-1] != problem:
                self.problems.append(problem)
        return named

    def _look_up(self, roles: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
        found = [(role, self._names.name_of(role)) for role in roles]
        unknown = [role for role, name in found if name is None]
        if unknown:
            return (), f"there is no role {', '.join(map(repr, unknown))}: the roles are {self._names}"
        named = tuple(dict.fromkeys(name for _, name in found if name is not None))
        if refused := [self._names.refused[name] for name in named if name in self._names.refused]:
            return (), refused[0]
        if len(named) > 1 and not self._several:
            return (), f"it names {len(named)} roles ({', '.join(named)}), and a member holds one here"
        return named, None
