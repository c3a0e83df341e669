"""Flat's four fixed roles. No request lists them, and none creates or changes one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from orgsdk.domain import Role
from orgsdk.providers.base import RoleOperations, unknown_name_error
from orgsdk.providers.flat import requests
from orgsdk.providers.http.list_checks import fetch_whole
from orgsdk.providers.http.lists import describe_list
from orgsdk.providers.http.names import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import RoleQuery
    from orgsdk.pagination import Listing
    from orgsdk.providers.flat.models.literals import OrganizationRole


@cache
def all_roles() -> tuple[Role, ...]:
    """Return the four roles (facts/flat.md, Shapes)."""
    # Created on first use: the first `Role` takes a tenth of the time that importing orgsdk takes.
    return (
        Role(id="user", name="user", description="Student, or another member without administrative rights"),
        Role(id="teacher", name="teacher", description="Teacher"),
        Role(id="admin", name="admin", description="Administrator"),
        Role(id="accountAdmin", name="accountAdmin", description="Administrator of the account"),
    )


async def read_roles() -> Sequence[Role]:
    """Return the four roles, without a request."""
    return all_roles()


def role_named(name: str) -> Role:
    """Return the role of that name, also if it is newer than this version of orgsdk."""
    return next((role for role in all_roles() if role.name == name), Role(id=name, name=name))


def known_role(name: str, operation: str) -> OrganizationRole:
    """Return the name of one of the four roles; raise `NotFoundError` with the four otherwise."""
    if name not in requests.ROLE_NAMES:
        raise unknown_name_error(name, requests.ROLE_NAMES, provider=requests.NAME, operation=operation)
    return requests.check_role(name)


class FlatRoles(RoleOperations):
    """List and get the fixed roles; sends no request."""

    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe the list of the four roles, filtered by a part of the name."""
        text = (query.query or "").casefold()

        return describe_list(
            provider=requests.NAME,
            name="roles.list",
            scope=(query.query,),
            max_page_size=requests.MAX_PAGE_SIZE,
            fetch=fetch_whole(read_roles, lambda role: text in role.name.casefold()),
        )

    async def get(self, role: str) -> Role:
        """Return one of the four roles; its id is its name."""
        return choose(role, all_roles(), provider=requests.NAME, operation="roles.get")
