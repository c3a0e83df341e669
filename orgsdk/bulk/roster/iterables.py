"""Build a roster from an iterable of `UserSpec`, or from another provider's users."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance
from orgsdk.bulk.roster.cells import ValueProblem, check_key_letters
from orgsdk.bulk.roster.columns import KEYS
from orgsdk.bulk.roster.keys import strip_text
from orgsdk.bulk.roster.roles import RoleMapping
from orgsdk.bulk.roster.rows import OnError, RowOptions, RowReader
from orgsdk.bulk.roster.spec import FIELDS, Roster, State, UserSpec
from orgsdk.domain import User
from orgsdk.errors import InvalidArgumentError

Source: TypeAlias = Roster | Iterable[UserSpec] | AsyncIterable[UserSpec] | AsyncIterable[User]


@name_parameters
async def from_users(
    users: AsyncIterable[User],
    *,
    roles: RoleMapping | None = None,
    omit_shared_emails: bool | Collection[str] = False,
    on_error: OnError = "raise",
) -> Roster:
    """Read another provider's users into a roster, to move users from one provider to another.

    The state of a suspended user is `"suspended"`. External ids are kept.

    Args:
        users: The users. Pass a list with `complete=True`: a user that is missing in it could be removed.
        roles: A mapping of some role names to those of the new provider, or the role names that may occur. A user
            whose only roles map to None is left out.
        omit_shared_emails: Leaves out an e-mail address that several users have, as in `read_csv`.
        on_error: `"skip"` leaves users with problems out, and lists them in `Roster.rejected`. Default: the problems
            are raised.

    Returns:
        The roster.

    Raises:
        SourceError: Users are invalid; it lists all problems.
        InvalidArgumentError: An argument is of a wrong type.
        OrgError: Reading the users failed.

    Example:
        ``await from_users(flat.organization().users.list(complete=True), roles={"user": "student"})``
    """
    check_instance("users", users, AsyncIterable, "a list of users, such as users.list(complete=True)")
    builder = _RosterBuilder(RowOptions(roles=roles, omit_shared_emails=omit_shared_emails, on_error=on_error))
    async for user in users:
        builder.add_user(user)
    return builder.build("another provider's users")


async def as_roster(source: Source) -> Roster:
    """Return the roster of anything that `plan` accepts: a roster as it is, other sources read and checked.

    Raises `SourceError`, `InvalidArgumentError` if the source contains no users, and the errors of the iteration.
    """
    if isinstance(source, Roster):
        return source
    builder = _RosterBuilder(RowOptions())
    if isinstance(source, AsyncIterable):
        try:
            items: AsyncIterator[UserSpec | User] = aiter(source)
        except TypeError as error:  # a page or a resource: its message has advice
            raise InvalidArgumentError(str(error)) from None
        async for item in items:
            builder.add(item)
    else:
        _check_iterable(source)
        for item in source:
            builder.add(item)
    return builder.build("an iterable")


def _check_iterable(source: object) -> None:
    if issubclass(type(source), str | bytes | dict) or not isinstance(source, Iterable):
        raise _not_a_roster(source)


def _not_a_roster(source: object) -> InvalidArgumentError:
    kind = type(source)
    if isinstance(source, str | Path):
        advice = "pass a roster, such as bulk.read_csv(path)"
    elif issubclass(kind, dict):
        advice = "pass a UserSpec for each user, such as bulk.UserSpec(username=row['username'])"
    elif isinstance(source, UserSpec):
        advice = "pass a list of them"
    else:
        advice = "pass a roster or an iterable of UserSpec"
    return InvalidArgumentError(f"The source is of type {kind.__name__}: {advice}.")


class _RosterBuilder:
    """Collect and check rows."""

    def __init__(self, options: RowOptions) -> None:
        self._reader = RowReader(options)
        self._digest = hashlib.sha256()
        self._rows = 0
        self._ids: set[str] = set()

    def add(self, item: UserSpec | User) -> None:
        if isinstance(item, UserSpec):
            self._rows += 1
            self._add_spec(item if item.origin else replace(item, origin=f"row {self._rows}"))
        elif isinstance(item, User):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            self.add_user(item)
        else:
            raise _not_a_roster(item)

    def add_user(self, user: User) -> None:
        # A page that shifted can repeat a user; that is not a duplicate key.
        if user.id in self._ids:
            return
        self._ids.add(user.id)
        origin = f"user {user.id}"
        try:
            row_roles = self._reader.roles.rename(user.roles)
        except ValueProblem as problem:
            self._reader.reject(origin, problem, ((kind, getattr(user, kind) or "") for kind in KEYS))
            return
        if row_roles or not user.roles:
            fields: dict[str, str | None] = {field: getattr(user, field) for field in FIELDS}
            state: State = "suspended" if user.is_suspended else "active"
            self._append(UserSpec(**fields, roles=row_roles, state=state, origin=origin))

    def _add_spec(self, spec: UserSpec) -> None:
        try:
            for kind in KEYS:
                if value := getattr(spec, kind):
                    check_key_letters(strip_text(value), kind)
        except ValueProblem as problem:
            self._reader.problems.reject(spec.origin, str(problem))
        else:
            self._append(spec)

    def _append(self, spec: UserSpec) -> None:
        self._reader.add(spec)
        row = [*(getattr(spec, field) for field in FIELDS), spec.roles, spec.state]
        self._digest.update(json.dumps(row).encode())

    def build(self, name: str) -> Roster:
        return self._reader.roster(name=name, fingerprint=self._digest.hexdigest(), columns=(), incomplete=False)
