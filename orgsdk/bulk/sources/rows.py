"""From the records of one file to a checked roster: the way that all files have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from orgsdk.bulk.sources.checking import Checker
from orgsdk.bulk.sources.problems import at
from orgsdk.bulk.sources.values import Roles, ValueProblem, flag, text
from orgsdk.bulk.spec import FIELDS, UserSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from orgsdk.bulk.sources.columns import Layout
    from orgsdk.bulk.sources.problems import Problems
    from orgsdk.bulk.sources.values import RoleNames


class Cells(NamedTuple):
    """Hold where the cells of a table say what."""

    texts: tuple[tuple[str, int], ...]
    roles: int | None
    enabled: int | None
    unnamed: tuple[int, ...]

    @classmethod
    def of(cls, layout: Layout) -> Cells:
        """Sort a layout's places by how their cells are read."""
        places = layout.places
        texts = tuple((field, places[field]) for field in FIELDS if field in places)
        return cls(texts, places.get("roles"), places.get("enabled"), layout.unnamed)


def people(
    records: Iterable[tuple[int, list[str]]],
    layout: Layout,
    name: str,
    problems: Problems,
    role_names: RoleNames | None,
) -> list[UserSpec]:
    """Give the people of a table's records; what is wrong with any of them is noted."""
    where, roles = Cells.of(layout), Roles(role_names)
    checker = Checker(problems)
    users: list[UserSpec] = []
    for line, cells in records:
        origin = at(name, line)
        try:
            spec = _spec(cells, where, roles, origin)
        except ValueProblem as problem:
            problems.add(origin, str(problem))
            continue
        if spec is not None:
            checker.check(spec)
            users.append(spec)
    return users


def _spec(cells: list[str], where: Cells, roles: Roles, origin: str) -> UserSpec | None:
    for place in where.unnamed:
        if cells[place].strip():
            raise ValueProblem(f"a value stands in column {place + 1}, which has no name")
    held = None if where.roles is None else roles.split(cells[where.roles])
    if held == ():
        return None
    fields: Mapping[str, str | None] = {field: text(cells[place], field) for field, place in where.texts}
    enabled = where.enabled is None or flag(cells[where.enabled], "enabled")
    return UserSpec(**fields, roles=held, enabled=enabled, origin=origin)
