"""The lists: records on stdout, page by page, and on stderr where to go on."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

from orgsdk.cli.calls import add_error_notes
from orgsdk.cli.errors import print_status
from orgsdk.cli.output.console import count_noun
from orgsdk.cli.output.formats import make_writer
from orgsdk.cli.output.rows import to_row
from orgsdk.domain import Record
from orgsdk.errors import InvalidArgumentError, OrgError

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.cli.options.common import OutputOptions, PageOptions
    from orgsdk.cli.options.connection import ConnectionOptions
    from orgsdk.cli.output.formats import Writer
    from orgsdk.cli.output.rows import RecordView
    from orgsdk.client import OrgClient
    from orgsdk.pagination import Paginator
    from orgsdk.providers.base import Provider

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest(Generic[RecordT]):
    """Hold what a list was asked for.

    `open` gives the paginator of a client, a page size and a cursor. `in_organization` tells that it is a list of one
    organization, whose being there is checked where the list is empty; `resumable` that its pages have cursors.
    """

    shape: RecordView
    open: Callable[[OrgClient[Provider], int | None, str | None], Paginator[RecordT]]
    connection: ConnectionOptions
    pages: PageOptions
    output: OutputOptions
    in_organization: bool = False
    resumable: bool = True


@dataclass(slots=True)
class ListProgress:
    """Keep how far the list came.

    `cursor` starts the page that comes next, or that is being written; `repeated` is how many records of it were
    written already, which a resumed list would give again.
    """

    noun: str
    cursor: str | None
    resumable: bool = True
    written: int = 0
    repeated: int = 0
    ended: bool = False

    def advice(self) -> str | None:
        """Say how to go on; None where nothing was written, or nothing is left."""
        if self.written == 0 or self.ended:
            return None
        stopped = f"stopped after {count_noun(self.written, self.noun)}"
        if not self.resumable:
            return f"{stopped}: a complete list has no cursor to go on from"
        if self.cursor is None:
            return f"{stopped}, within the first page: cursors stand between pages, so none leads on from here"
        if self.repeated == 0:
            return f"{stopped}; to go on, repeat the command with --cursor {self.cursor}"
        return (
            f"{stopped}, within a page; cursors stand between pages: --cursor {self.cursor} goes on at the start of "
            f"that page and gives its first {count_noun(self.repeated, self.noun)} again"
        )


def list_records(wanted: ListRequest[RecordT]) -> None:
    """Write the records that are wanted.

    Whatever ends the list before its time carries a note that says how to go on.
    """
    fields = wanted.shape.choose(wanted.output.fields, wanted.shape.columns)
    client = wanted.connection.client()
    progress = ListProgress(wanted.shape.noun, wanted.pages.cursor, wanted.resumable)
    try:
        anyio.run(_list, client, wanted, fields, make_writer(wanted.output.output, fields), progress)
    except (OrgError, KeyboardInterrupt) as error:
        if advice := progress.advice():
            error.add_note(advice)
        raise
    if advice := progress.advice():
        print_status(advice)


async def _list(
    client: OrgClient[Provider],
    wanted: ListRequest[RecordT],
    fields: tuple[str, ...],
    writer: Writer,
    progress: ListProgress,
) -> None:
    async with client:
        with add_error_notes(client):
            async with (
                wanted.connection.reporting_unknown_organization(client) if wanted.in_organization else nullcontext()
            ):
                await _write(_paginator(client, wanted), fields, wanted.pages.limit, writer, progress)
            if wanted.in_organization and progress.written == 0 and wanted.pages.cursor is None:
                # Logto answers an unknown organization with an empty list.
                await wanted.connection.check_organization(client)
    if progress.written == 0:
        print_status(f"no {wanted.shape.noun}s found")
    writer.end()


def _paginator(client: OrgClient[Provider], wanted: ListRequest[RecordT]) -> Paginator[RecordT]:
    pages = wanted.pages
    if pages.limit is not None and pages.page_size is None and pages.cursor is None:
        # One page of just that size asks for no record too many and ends where a cursor stands; a limit above the
        # provider's largest page goes the usual way.
        with suppress(InvalidArgumentError):
            return wanted.open(client, pages.limit, None)
    return wanted.open(client, pages.page_size, pages.cursor)


async def _write(
    records: Paginator[RecordT], fields: tuple[str, ...], limit: int | None, writer: Writer, progress: ListProgress
) -> None:
    async for page in records.pages():
        room = len(page) if limit is None else limit - progress.written
        fitting = page.items[:room]
        # Set before the writing, which a second Ctrl-C can cut.
        progress.repeated = len(fitting)
        writer.write([to_row(record, fields) for record in fitting])
        progress.written += len(fitting)
        if len(fitting) == len(page):
            progress.cursor, progress.repeated = page.next_cursor, 0
            progress.ended = progress.resumable and page.next_cursor is None
        if progress.written == limit:
            return
    progress.ended = True
