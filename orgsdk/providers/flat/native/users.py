"""Users of the organization, by Flat's own operations: lists and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from orgsdk.providers.flat import wire
from orgsdk.providers.flat.models.user import UserDetailsAdmin
from orgsdk.providers.flat.native.base import Part
from orgsdk.providers.flat.native.readers import many, many_ids

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from orgsdk.pagination import Paginator
    from orgsdk.providers.flat.models.words import (
        Direction,
        LicenseState,
        OrganizationRole,
        TestAccounts,
        UserSort,
    )


class UsersPart(Part):
    """List and count users."""

    @overload
    def list_organization_users(
        self,
        *,
        sort: UserSort | None = None,
        direction: Direction | None = None,
        role: OrganizationRole | Iterable[OrganizationRole] = (),
        q: str | None = None,
        group: str | Iterable[str] = (),
        no_active_license: bool | None = None,
        test_accounts: TestAccounts | None = None,
        license_expiration_date: date | LicenseState | Iterable[date | LicenseState] = (),
        only_ids: Literal[False] | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[UserDetailsAdmin]: ...

    @overload
    def list_organization_users(
        self,
        *,
        sort: UserSort | None = None,
        direction: Direction | None = None,
        role: OrganizationRole | Iterable[OrganizationRole] = (),
        q: str | None = None,
        group: str | Iterable[str] = (),
        no_active_license: bool | None = None,
        test_accounts: TestAccounts | None = None,
        license_expiration_date: date | LicenseState | Iterable[date | LicenseState] = (),
        only_ids: Literal[True],
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[str]: ...

    def list_organization_users(
        self,
        *,
        sort: UserSort | None = None,
        direction: Direction | None = None,
        role: OrganizationRole | Iterable[OrganizationRole] = (),
        q: str | None = None,
        group: str | Iterable[str] = (),
        no_active_license: bool | None = None,
        test_accounts: TestAccounts | None = None,
        license_expiration_date: date | LicenseState | Iterable[date | LicenseState] = (),
        only_ids: bool | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[UserDetailsAdmin] | Paginator[str]:
        """List users, or with `only_ids` their ids; nothing is requested until the paginator is iterated or awaited.

        `sort` is `"firstname"`, `"lastname"`, `"lastActivityDate"` or `"licenseExpirationDate"`, `direction` `"asc"`
        or `"desc"`. `role`, `group` (ids) and `license_expiration_date` (dates, `"active"`, `"notActive"`) take one
        or several, and narrow to users who match any of them. `q` is a text to look for. `no_active_license`
        narrows to those without one; `test_accounts` is `"exclude"` or `"only"`. `page_size`, their `limit`, is 1 to
        1,000, which is the default. `cursor` is a page's `next_cursor` or `previous_cursor`: their `next` and
        `previous`.

        Raises `InvalidArgumentError` for a value that Flat does not know and `InvalidCursorError`, at once.

        Source: `listOrganizationUsers`, GET /organizations/users.

        Example: `async for user in client.native.list_organization_users(sort="lastname", role="teacher"): ...`
        """
        filters = wire.UserFilters(
            role=role, q=q, group=group, no_active_license=no_active_license, test_accounts=test_accounts
        )
        order = wire.UserOrder(
            sort=sort, direction=direction, license_expiration_date=license_expiration_date, only_ids=only_ids
        )
        parameters = order.parameters() + filters.parameters()
        name, request = "list_organization_users", wire.list_organization_users
        if only_ids:
            return self._paginate(name, parameters, request, many_ids, page_size=page_size, cursor=cursor)
        reader = many(UserDetailsAdmin)
        return self._paginate(name, parameters, request, reader, page_size=page_size, cursor=cursor)

    async def count_orga_users(
        self,
        *,
        role: OrganizationRole | Iterable[OrganizationRole] = (),
        q: str | None = None,
        group: str | Iterable[str] = (),
        no_active_license: bool | None = None,
        test_accounts: TestAccounts | None = None,
    ) -> int:
        """Count the users that `list_organization_users` would give, filtered likewise.

        Raises `InvalidArgumentError` for a value that Flat does not know, and `DecodeError` where the answer is no
        integer, as older documents declare it.

        Source: `countOrgaUsers`, GET /organizations/users/count.
        """
        filters = wire.UserFilters(
            role=role, q=q, group=group, no_active_license=no_active_license, test_accounts=test_accounts
        )
        return await self._connection.read(wire.count_orga_users(filters), wire.read_count)
