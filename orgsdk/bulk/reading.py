"""Reading what is there: the organization once and whole, and as little of the tenant as the roster calls for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgsdk.bulk import keys
from orgsdk.bulk.members import Member, cut
from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError, InvalidArgumentError
from orgsdk.resources import OrganizationHandle, Roles

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from orgsdk.bulk.pause import Pause
    from orgsdk.domain import Page, Role, User
    from orgsdk.pagination import Paginator
    from orgsdk.providers.base import Provider


@dataclass(frozen=True, slots=True)
class Place:
    """Name one organization among all that there are; `organization` is its id."""

    provider: str
    tenant: str
    organization: str


async def locate(organization: OrganizationHandle) -> Place:
    """Give where an organization is, its real id also where the handle stands for the credentials' own.

    Raises `ConfigurationError` where the credentials have none, and `InvalidArgumentError` for what is no handle.
    """
    if not isinstance(organization, OrganizationHandle):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        kind = f"{type(organization).__module__}.{type(organization).__qualname__}"
        raise InvalidArgumentError(
            f"The organization is of type {kind}: pass client.organization('id') of an async client; a blocking one "
            "hands its own in by client.run(…)."
        )
    provider = organization.provider
    found = organization.id if organization.id is not None else await provider.own_organization_id()
    if found is None:
        raise ConfigurationError("The credentials belong to no organization: pass its id, client.organization('id').")
    return Place(provider.name, provider.tenant, found)


async def read_members(
    paginator: Paginator[User], pause: Pause | None = None, *, without: Container[str] = frozenset()
) -> list[Member]:
    """Give everybody of a list, but for the ids `without`, each once, as they came last.

    With `pause`, a rate limit is waited for, and the page that it met asked for again; else it is raised.
    """
    found: dict[str, Member] = {}
    known_roles: dict[tuple[str, ...], tuple[str, ...]] = {}
    pages = paginator.pages()

    async def next_page() -> Page[User] | None:
        return await anext(pages, None)

    while (page := await (next_page() if pause is None else pause.ask(next_page))) is not None:
        found.update((one.id, one) for one in cut(page, known_roles) if one.id not in without)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class RoleNames:
    """Turn a role's name or id into its name; `known` is None where the provider does not list its roles.

    `refused` has, by their names, the roles that no person can hold, and why.
    """

    known: Mapping[str, str] | None = field(repr=False)
    refused: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def name_of(self, role: str) -> str | None:
        """Give the role's name, None where there is no such role."""
        return role if self.known is None else self.known.get(role)

    def __str__(self) -> str:
        return ", ".join(sorted(set((self.known or {}).values()) - self.refused.keys())) or "none"


async def read_roles(organization: OrganizationHandle) -> RoleNames:
    """Give the roles that there are, and which of them members cannot hold."""
    provider = organization.provider
    if Capability.ROLES_LIST not in provider.capabilities:
        return RoleNames(None)
    listed = await Roles(provider).list().collect()
    # An id goes before a name, which may be anything.
    known = {role.name: role.name for role in listed} | {role.id: role.name for role in listed}
    return RoleNames(known, dict(_refusals(provider, listed)))


def _refusals(provider: Provider, roles: Iterable[Role]) -> Iterator[tuple[str, str]]:
    for role in roles:
        try:
            provider.roles.check_for_people(role)
        except InvalidArgumentError as error:
            yield role.name, str(error)


async def read_invited(organization: OrganizationHandle) -> frozenset[str]:
    """Give the keys of the addresses that have a pending invitation."""
    pending: set[str] = set()
    async for page in organization.invitations.list(status="pending").pages():
        pending.update(key for key in map(_key_of_address, (found.email for found in page)) if key is not None)
    return frozenset(pending)


def _key_of_address(address: str | None) -> str | None:
    try:
        return None if address is None else keys.email(address)
    except ValueError:
        return None
