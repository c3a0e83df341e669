"""A user, cut to what a plan is made of: a tenth of the memory, which decides how many a plan can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.domain import User


@dataclass(frozen=True, slots=True)
class Member:
    """Hold of a user what a row can say."""

    id: str
    external_id: str | None
    username: str | None
    email: str | None
    phone: str | None
    name: str | None
    given_name: str | None
    family_name: str | None
    roles: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Member({self.id!r})"


def cut(users: Iterable[User], known_roles: dict[tuple[str, ...], tuple[str, ...]]) -> list[Member]:
    """Cut users to members; equal tuples of roles become one, which `known_roles` remembers."""
    return [
        Member(
            user.id,
            user.external_id,
            user.username,
            user.email,
            user.phone,
            user.name,
            user.given_name,
            user.family_name,
            known_roles.setdefault(user.roles, user.roles),
        )
        for user in users
    ]
