"""Resolve the roles of rows, names or ids, to the names of roles that a member can have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orgsdk._messages import did_you_mean, similar_name
from orgsdk.arguments import describe_name
from orgsdk.bulk.planning.matched_rows import RowProblem
from orgsdk.bulk.roster.problems import map_role_advice
from orgsdk.bulk.roster.spec import RosterProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import Literal

    from orgsdk.bulk.planning.target import RoleCatalog
    from orgsdk.bulk.roster.spec import UserSpec

_DEFAULT_ROLES = "Policy.default_roles"


class RoleResolver:
    """Resolve the roles of rows.

    `several` is whether a member can have several roles. `sources` are the source's own names of mapped roles.
    `unchanged` is the number of rows without a role whose
    members keep theirs, because each member has exactly one.
    """

    def __init__(
        self,
        catalog: RoleCatalog,
        default: tuple[str, ...],
        *,
        several: bool,
        sources: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._sources = sources or {}
        self.unchanged: int = 0
        self._catalog = catalog
        self._default = default
        self._several = several
        self._cache: dict[tuple[str, ...], tuple[tuple[str, ...], Sequence[RosterProblem]]] = {}
        self._found: dict[tuple[int, RosterProblem], RowProblem] = {}
        self._default_problem: RosterProblem | None = None

    @property
    def problems(self) -> list[RowProblem]:
        """The problems that were found, by row."""
        return list(self._found.values())

    @property
    def default_problem(self) -> RosterProblem | None:
        """The problem of the default roles, which no row can solve."""
        return self._default_problem

    def of_row(self, row: UserSpec) -> tuple[str, ...] | None:
        """Return the names of the row's roles; None if the row does not define them.

        If a member has exactly one role, an empty list does not define them either. Else a user without a role has the
        default ones, so that the next plan does not take them away from a new user.
        """
        if row.roles is None:
            return None
        if not (row.roles or self._several):
            self.unchanged += 1
            return None
        return self._resolve(row.roles, row) if row.roles else self._resolve(self._default, None)

    def changed(
        self, row: UserSpec, stored: Collection[str], how: Literal["set", "add", "leave"]
    ) -> tuple[str, ...] | None:
        """Return the roles that a member with the `stored` ones must be given; None if none."""
        roles = None if how == "leave" else self.of_row(row)
        if roles is None:
            return None
        if how == "add":
            return tuple(role for role in roles if role not in stored) or None
        return roles if set(roles) != set(stored) else None

    def for_new(self, row: UserSpec) -> tuple[str, ...]:
        """Return the names of the roles of a new user."""
        return self._resolve(row.roles, row) if row.roles else self._resolve(self._default, None)

    def names(self, of_rows: Iterable[tuple[str, ...] | None]) -> set[str]:
        """Return the names of all roles of rows that are known."""
        named = {role for roles in set(of_rows) for role in roles or ()}
        return {name for role in named if (name := self._catalog.name_of(role)) is not None}

    def _resolve(self, roles: tuple[str, ...], row: UserSpec | None) -> tuple[str, ...]:
        # A roster has many rows, and few different sets of roles.
        if roles not in self._cache:
            self._cache[roles] = self._look_up(roles)
        names, problems = self._cache[roles]
        for problem in problems:
            if row is None:
                self._default_problem = replace(problem, origin=_DEFAULT_ROLES, advice=None)
            else:
                found = replace(problem, origin=row.origin)
                self._found[id(row), found] = RowProblem(found, (row,))
        return names

    def _look_up(self, roles: tuple[str, ...]) -> tuple[tuple[str, ...], Sequence[RosterProblem]]:
        found = [(role, self._catalog.name_of(role)) for role in roles]
        if unknown := [role for role, name in found if name is None]:
            return (), [self._unknown_role(role) for role in unknown]
        names = tuple(dict.fromkeys(name for _, name in found if name is not None))
        if reasons := [self._catalog.unassignable[name] for name in names if name in self._catalog.unassignable]:
            return (), [RosterProblem(None, reasons[0])]
        if len(names) > 1 and not self._several:
            message = f"it names {len(names)} roles ({', '.join(names)}), but a member has exactly one role here"
            return (), [RosterProblem(None, message)]
        return names, []

    def _unknown_role(self, role: str) -> RosterProblem:
        known = self._catalog.assignable
        message = f"{describe_name(role)} is no role here.{did_you_mean(role, known)} Roles here: {self._catalog}"
        return RosterProblem(
            None, message, map_role_advice(role, similar_name(role, known), self._sources.get(role, ()))
        )
