"""Build a roster from an iterable of `UserSpec`, or from another provider's users."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from orgsdk.bulk.roster.columns import RoleReader, ValueProblem
from orgsdk.bulk.roster.problems import ProblemCollector, RosterChecker
from orgsdk.bulk.roster.spec import FIELDS, Roster, UserSpec
from orgsdk.domain import User
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from orgsdk.bulk.roster.columns import RoleMapping

    Source: TypeAlias = Roster | Iterable[UserSpec] | AsyncIterable[UserSpec] | AsyncIterable[User]


async def from_users(users: AsyncIterable[User], *, roles: RoleMapping | None = None) -> Roster:
    """Read another provider's list into a roster, checked: for moving from one provider to another.

    Pass a list that is `complete=True`: one that misses somebody would have them removed. `roles` maps names
    there onto those here, or lists those that may stand there; people whose only roles map to None are left out.
    Somebody who is suspended there is not `enabled`. Their external id is kept where they have one.

    Raises `SourceError` with every user that is wrong (at most 100), and what the list raises.

    Example: `await from_users(flat.organization().users.list(complete=True), roles={"user": "student"})`
    """
    gathering = _RosterBuilder(roles)
    async for user in users:
        gathering.take_user(user)
    return gathering.roster("another provider's users")


async def as_roster(source: Source) -> Roster:
    """Give a roster of whatever `plan` takes: one as it is, anything else read to its end and checked.

    Raises `SourceError`, `InvalidArgumentError` for what holds no people, and what iterating raises.
    """
    if isinstance(source, Roster):
        return source
    gathering = _RosterBuilder(None)
    if isinstance(source, AsyncIterable):
        try:
            items: AsyncIterator[UserSpec | User] = aiter(source)
        except TypeError as error:  # a page, or a handle, which says what to do
            raise InvalidArgumentError(str(error)) from None
        async for item in items:
            gathering.take(item)
    else:
        _check_iterable(source)
        for item in source:
            gathering.take(item)
    return gathering.roster("the program's people")


def _check_iterable(source: object) -> None:
    if not isinstance(source, Iterable) or isinstance(source, str | bytes):
        raise _not_a_roster(source)


def _not_a_roster(source: object) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"The source is of type {type(source).__name__}: pass what read_csv gives, or an iterable of UserSpec."
    )


class _RosterBuilder:
    """Gather people one by one, checked."""

    def __init__(self, roles: RoleMapping | None) -> None:
        self._roles = RoleReader(roles)
        self._problems = ProblemCollector()
        self._checker = RosterChecker(self._problems)
        self._digest = hashlib.sha256()
        self._specs: list[UserSpec] = []
        self._rows = 0
        self._ids: set[str] = set()

    def take(self, item: UserSpec | User) -> None:
        if isinstance(item, UserSpec):
            self._rows += 1
            self._keep(item if item.origin else replace(item, origin=f"row {self._rows}"))
        elif isinstance(item, User):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            self.take_user(item)
        else:
            raise _not_a_roster(item)

    def take_user(self, user: User) -> None:
        # Pages that shift give the same person twice; that is not two people with one key.
        if user.id in self._ids:
            return
        self._ids.add(user.id)
        origin = f"user {user.id}"
        try:
            held = self._roles.take(user.roles)
        except ValueProblem as problem:
            self._problems.add(origin, str(problem))
            return
        if held or not user.roles:
            fields: dict[str, str | None] = {field: getattr(user, field) for field in FIELDS}
            self._keep(UserSpec(**fields, roles=held, enabled=not user.is_suspended, origin=origin))

    def _keep(self, spec: UserSpec) -> None:
        self._checker.check(spec)
        self._specs.append(spec)
        row = [*(getattr(spec, field) for field in FIELDS), spec.roles, spec.enabled]
        self._digest.update(json.dumps(row).encode())

    def roster(self, name: str) -> Roster:
        self._problems.raise_any()
        return Roster(users=self._specs, name=name, fingerprint=self._digest.hexdigest())
