"""The models that a client returns: `Organization`, `User`, `Role`, `Invitation`, and a `Page` of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from orgsdk._known_names import KnownNames
from orgsdk._parameters import MisuseError
from orgsdk.domain.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator


class Organization(Record):
    """An organization, such as a school, a company or a customer.

    Attributes:
        id: The provider's id.
        name: The display name. None if the provider returns none (Flat).
        description: A description.
        created_at: When it was created, in UTC.
    """

    id: str
    name: str | None = None
    description: str | None = None
    created_at: datetime | None = None


class User(Record):
    """A user. A field that the provider does not return is None, or empty for `roles`.

    Attributes:
        id: The provider's id.
        external_id: The user's id in another system, such as a school's register.
        username: The name to sign in with.
        email: The e-mail address.
        phone: The phone number.
        name: The display name.
        given_name: The given name.
        family_name: The family name.
        locale: The language, such as ``fr``.
        picture_url: Address of a picture.
        roles: Names of the user's roles in the organization. A role that this version does not know is a string
            like the others.
        is_suspended: Whether the user is blocked from signing in. None if the provider cannot suspend users.
        created_at: When the account was created, in UTC.
        last_active_at: When the user was last active, in UTC.
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
    """A role that members of an organization can have.

    Attributes:
        id: The provider's id.
        name: The name, as in `User.roles` and for ``role=``.
        description: A description.
        kind: The provider's word for who can have the role, if it has several (Logto: ``"User"`` and
            ``"MachineToMachine"``).
        scopes: Names of the role's permissions. None if the provider does not return them.
    """

    id: str
    name: str
    description: str | None = None
    kind: str | None = None
    scopes: tuple[str, ...] | None = None


class Invitation(Record):
    """An invitation to join an organization.

    Attributes:
        id: The provider's id.
        email: The invited address.
        status: ``"pending"``, ``"accepted"``, ``"expired"``, ``"revoked"``, or another word of the provider.
        roles: Names of the roles that the invited user will have.
        organization_id: Id of the organization.
        inviter_id: Id of the user who invited.
        accepted_user_id: Id of the user who accepted.
        url: A link to pass on. None if the provider has none.
        created_at: When it was created, in UTC.
        expires_at: When it expires, in UTC. None if it does not expire.
        changed_member: True if no invitation was sent because the address belongs to a member, who got the role
            instead (Flat).
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


@dataclass(frozen=True, repr=False)  # no slots: `Page[T](…)` sets an attribute
class Page(KnownNames, Generic[T]):
    """One page of a list. A page may be empty and still have a next one. `bool(page)` is always True.

    Its ``repr`` has only numbers, so that a log of it contains no personal data. A notebook shows a small table.

    Attributes:
        items: The items.
        next_cursor: Opaque text that requests the next page, in another process too. None on the last page.
        previous_cursor: The same for the previous page. None if the provider cannot go back.
        total: The number of items in the whole list. None if the provider does not return it.
    """

    items: list[T]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    total: int | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    if not TYPE_CHECKING:  # a type checker reports the missing method itself

        def __aiter__(self) -> None:
            raise MisuseError(
                "A page is already loaded: read it with `for`. To iterate every page, leave out the `await` before it."
            )

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<{self._summary()}>"

    def _repr_html_(self) -> str:  # what a notebook shows
        from orgsdk.domain.html import html_table  # a notebook alone needs it

        return html_table(self.items, self._summary())

    def _summary(self) -> str:
        total = "" if self.total is None else f" of {self.total:,}"
        more = ", with a next_cursor" if self.next_cursor is not None else ""
        return f"Page: {len(self.items):,}{total} items{more}"

    def __bool__(self) -> bool:
        return True
