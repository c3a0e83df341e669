"""`orgsdk users list`: one organization's users on stdout, and on stderr where to go on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from orgsdk.cli.errors import UsageError, tell
from orgsdk.cli.output import counted
from orgsdk.cli.writers import make_writer
from orgsdk.client import OrgClient
from orgsdk.domain import Capability
from orgsdk.errors import AuthenticationError, InvalidArgumentError, OrgError, UnsupportedError

if TYPE_CHECKING:
    from orgsdk.cli.writers import Form, Writer
    from orgsdk.domain import User
    from orgsdk.pagination import Paginator
    from orgsdk.resources import OrganizationHandle, Users


@dataclass(frozen=True, slots=True, kw_only=True)
class UserListing:
    """Hold what `orgsdk users list` was asked for."""

    organization: str | None = None
    query: str | None = None
    role: str | None = None
    page_size: int | None = None
    cursor: str | None = None
    limit: int | None = None
    form: Form | None = None


@dataclass(slots=True)
class Progress:
    """Keep how far the list came.

    `cursor` starts the page that comes next, or that is being written; `repeated` is how many users of it were
    written already, which a resumed list would give again.
    """

    cursor: str | None
    users: int = 0
    repeated: int = 0

    def advice(self) -> str | None:
        """Say how to go on; None where nothing was written, or nothing is left."""
        if self.users == 0 or (self.cursor is None and self.repeated == 0):
            return None
        written = f"stopped after {counted(self.users, 'user')}"
        if self.cursor is None:
            return f"{written}, within the first page: cursors stand between pages, so none leads on from here"
        if self.repeated == 0:
            return f"{written}; to go on, repeat the command with --cursor {self.cursor}"
        return (
            f"{written}, within a page; cursors stand between pages: --cursor {self.cursor} goes on at the start of "
            f"that page and gives its first {counted(self.repeated, 'user')} again"
        )


def list_users(wanted: UserListing) -> None:
    """Write the users that are wanted.

    Whatever ends the list before its time carries a note that says how to go on.
    """
    progress = Progress(wanted.cursor)
    try:
        anyio.run(_list, wanted, make_writer(wanted.form), progress)
    except (OrgError, KeyboardInterrupt) as error:
        if advice := progress.advice():
            error.add_note(advice)
        raise
    if advice := progress.advice():
        tell(advice)


async def _list(wanted: UserListing, writer: Writer, progress: Progress) -> None:
    async with OrgClient.from_env() as client:
        organization = _organization(client, wanted.organization)
        try:
            await _write(_paginator(organization.users, wanted), wanted.limit, writer, progress)
            if progress.users == 0 and wanted.cursor is None:
                await _check_exists(client, organization)
        except AuthenticationError as error:
            error.add_note(f"check {', '.join(client.provider.environment)}")
            raise
    if progress.users == 0:
        tell("no users found")
    writer.end()


def _organization(client: OrgClient, organization_id: str | None) -> OrganizationHandle:
    try:
        return client.organization(organization_id)
    except UnsupportedError as error:
        if error.operation != Capability.DEFAULT_ORGANIZATION:
            raise
        # The library's advice is a call in Python.
        raise UsageError(
            f"{error.provider} needs to know which organization: pass --organization ID or set ORGSDK_ORGANIZATION"
        ) from None


def _paginator(users: Users, wanted: UserListing) -> Paginator[User]:
    if wanted.limit is not None and wanted.page_size is None and wanted.cursor is None:
        # One page of just that size asks for no user too many and ends where a cursor stands; a limit above the
        # provider's largest page goes the usual way.
        with suppress(InvalidArgumentError):
            return users.list(query=wanted.query, role=wanted.role, page_size=wanted.limit)
    return users.list(query=wanted.query, role=wanted.role, page_size=wanted.page_size, cursor=wanted.cursor)


async def _write(users: Paginator[User], limit: int | None, writer: Writer, progress: Progress) -> None:
    async for page in users.pages():
        room = len(page) if limit is None else limit - progress.users
        fitting = page.items[:room]
        # Set before the writing, which a second Ctrl-C can cut.
        progress.repeated = len(fitting)
        writer.write(fitting)
        progress.users += len(fitting)
        if len(fitting) == len(page):
            progress.cursor, progress.repeated = page.next_cursor, 0
        if progress.users == limit:
            return


async def _check_exists(client: OrgClient, organization: OrganizationHandle) -> None:
    # Logto answers an unknown organization with an empty list.
    if organization.id is not None and Capability.ORGANIZATIONS_GET in client.capabilities:
        await client.organizations.get(organization.id)
