"""The models that a client returns: `Organization`, `User`, `Role`, `Invitation`, and a `Page` of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from orgsdk.domain.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator


class Organization(Record):
    """An organization as its provider keeps it.

    `name` is None where the provider tells no name of it (Flat).
    """

    id: str
    name: str | None = None
    description: str | None = None
    created_at: datetime | None = None


class User(Record):
    """A user as the provider keeps them. What the provider does not tell is None, or empty for `roles`.

    `name` is the name to show. `roles` are names of roles within the organization; one that this version of
    orgsdk has never heard of is a plain string like the others. `external_id` is the user's id in another system,
    such as a school's register, where the provider keeps one. `is_suspended` is None where the provider has
    no suspension. Times are in UTC. Everything else the provider says is in `raw`.
    """

    id: str
    external_id: str | None = None
    username: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    locale: str | None = None
    picture_url: str | None = None
    roles: tuple[str, ...] = ()
    is_suspended: bool | None = None
    created_at: datetime | None = None
    last_active_at: datetime | None = None


class Role(Record):
    """A role that members of an organization can hold.

    `name` is what `User.roles` shows and what `role=` takes. `kind` is the provider's word for who can hold it,
    where it has several (Logto: `"User"` and `"MachineToMachine"`). `scopes` are the names of its permissions;
    None where the provider did not say.
    """

    id: str
    name: str
    description: str | None = None
    kind: str | None = None
    scopes: tuple[str, ...] | None = None


class Invitation(Record):
    """An invitation as its provider keeps it.

    `status` is `"pending"`, `"accepted"`, `"expired"`, `"revoked"`, or whatever new word the provider has for
    it. `roles` are the names of the roles that the invited person will hold. `expires_at` is None where
    invitations do not expire, `url` where the provider gives no link to pass on. `changed_member` is True where
    no invitation went out, because the address is a member's, who was given the role instead (Flat). Times are in
    UTC.
    """

    id: str
    email: str | None = None
    status: str
    roles: tuple[str, ...] = ()
    organization_id: str | None = None
    inviter_id: str | None = None
    accepted_user_id: str | None = None
    url: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    changed_member: bool = False


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Hold the items of one page, and the way to the pages beside it.

    `next_cursor` and `previous_cursor` are opaque strings, good in another process, None where there is no such
    page (or no way back is offered). `total` is how many items the whole list has, None where the provider does
    not say. A page may be empty and still have a next one.
    """

    items: list[T]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    total: int | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    if not TYPE_CHECKING:  # who checks types is told by there being no such method

        def __aiter__(self) -> None:
            raise TypeError(
                "A page is at hand: read it with `for`. To walk every page, leave out the `await` before it."
            )

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        # An empty page is still a page: `if page` must not depend on how many rows it holds.
        return True
