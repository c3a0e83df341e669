"""Lists: write records page by page, and show how to resume a list that stopped early."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

from orgsdk._messages import count_noun
from orgsdk.cli.calls import add_error_notes
from orgsdk.cli.errors import print_status
from orgsdk.cli.options.common import OutputOptions, PageOptions
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.output.formats import make_writer
from orgsdk.cli.output.rows import RecordView, to_row
from orgsdk.client import OrgClient
from orgsdk.domain import Record
from orgsdk.errors import InvalidArgumentError, OrgError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import Provider

if TYPE_CHECKING:
    from orgsdk.cli.output.formats import Writer

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest(Generic[RecordT]):
    """Arguments of a list command.

    Args:
        view: How the records are shown.
        open: Returns the paginator for a client, a page size and a cursor.
        connection: The provider and the organization.
        pages: Limit, page size and cursor.
        output: Format and fields.
        in_organization: Whether it is a list of one organization. An empty list checks that the organization exists.
        resumable: Whether its pages have cursors.
    """

    view: RecordView
    open: Callable[[OrgClient[Provider], int | None, str | None], Paginator[RecordT]]
    connection: ConnectionOptions
    pages: PageOptions
    output: OutputOptions
    in_organization: bool = False
    resumable: bool = True


@dataclass(slots=True)
class ListProgress:
    """How far a list has been written.

    Args:
        noun: Name of one record.
        cursor: Cursor of the next page, or of the page that is being written.
        resumable: Whether the pages have cursors.
        written: Number of records written.
        repeated: Number of records of that page that were written already and that a resumed list writes again.
        ended: Whether nothing is left.
    """

    noun: str
    cursor: str | None
    resumable: bool = True
    written: int = 0
    repeated: int = 0
    ended: bool = False

    def advice(self) -> str | None:
        """Return how to resume the list; None if nothing was written or nothing is left."""
        if self.written == 0 or self.ended:
            return None
        stopped = f"stopped after {count_noun(self.written, self.noun)}"
        if not self.resumable:
            return f"{stopped}: a complete list has no cursor to resume from"
        if self.cursor is None:
            return f"{stopped}, within the first page: there is no cursor to resume from"
        if self.repeated == 0:
            return f"{stopped}; to resume, repeat the command with --cursor {self.cursor}"
        return (
            f"{stopped}, within a page; --cursor {self.cursor} resumes at the start of that page and lists its first "
            f"{count_noun(self.repeated, self.noun)} again"
        )


def list_records(request: ListRequest[RecordT]) -> None:
    """Write the records of a list.

    An error that stops the list gets a note that states how to resume it.
    """
    fields = request.view.select(request.output.fields, request.view.columns)
    client = request.connection.client()
    progress = ListProgress(request.view.noun, request.pages.cursor, request.resumable)
    try:
        anyio.run(_list, client, request, fields, make_writer(request.output.format, fields), progress)
    except (OrgError, KeyboardInterrupt) as error:
        if advice := progress.advice():
            error.add_note(advice)
        raise
    if advice := progress.advice():
        print_status(advice)


async def _list(
    client: OrgClient[Provider],
    request: ListRequest[RecordT],
    fields: tuple[str, ...],
    writer: Writer,
    progress: ListProgress,
) -> None:
    connection = request.connection
    async with client:
        with add_error_notes(connection.selected_profile()):
            check = connection.reporting_unknown_organization(client) if request.in_organization else nullcontext()
            async with check:
                await _write_pages(_open(client, request), fields, request.pages.limit, writer, progress)
            if request.in_organization and progress.written == 0 and request.pages.cursor is None:
                # Logto returns an empty list for an unknown organization.
                await connection.check_organization(client)
    if progress.written == 0:
        print_status(f"no {request.view.noun}s found")
    writer.end()


def _open(client: OrgClient[Provider], request: ListRequest[RecordT]) -> Paginator[RecordT]:
    pages = request.pages
    if pages.limit is not None and pages.page_size is None and pages.cursor is None:
        # A page of exactly that size requests no record too many, and its end has a cursor. If the limit is above the
        # provider's largest page, use the default size.
        with suppress(InvalidArgumentError):
            return request.open(client, pages.limit, None)
    return request.open(client, pages.page_size, pages.cursor)


async def _write_pages(
    records: Paginator[RecordT], fields: tuple[str, ...], limit: int | None, writer: Writer, progress: ListProgress
) -> None:
    async for page in records.pages():
        remaining = len(page) if limit is None else limit - progress.written
        items = page.items[:remaining]
        # Set before writing: a second Ctrl-C can interrupt it.
        progress.repeated = len(items)
        writer.write([to_row(record, fields) for record in items])
        progress.written += len(items)
        if len(items) == len(page):
            progress.cursor, progress.repeated = page.next_cursor, 0
            progress.ended = progress.resumable and page.next_cursor is None
        if progress.written == limit:
            return
    progress.ended = True
