"""Run one call of the client for a command, and write what it returns."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import anyio

from orgsdk.cli.output.formats import make_writer, write_one
from orgsdk.cli.output.rows import to_row
from orgsdk.cli.user_input import confirm
from orgsdk.errors import AuthenticationError, RateLimitError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Sequence

    from orgsdk.cli.options.common import OutputOptions
    from orgsdk.cli.options.connection import ConnectionOptions
    from orgsdk.cli.output.rows import RecordView
    from orgsdk.client import OrgClient
    from orgsdk.domain import Record
    from orgsdk.providers.base import Provider

T = TypeVar("T")


def call_provider(
    connection: ConnectionOptions,
    verb: Callable[[OrgClient[Provider]], Awaitable[T]],
    *,
    question: str | None = None,
    yes: bool = True,
) -> T:
    """Give what `verb` gives with a client of its own; asks `question` first unless `yes`."""
    # Whatever is asked for is asked before there is an event loop: it would keep Ctrl-C from the reading of an answer.
    client = connection.client()
    if question is not None:
        confirm(f"{client.provider.name}: {question}", yes=yes)

    async def run() -> T:
        async with client:
            with add_error_notes(client):
                return await verb(client)

    return anyio.run(run)


@contextmanager
def add_error_notes(client: OrgClient[Provider]) -> Generator[None]:
    """Note on a refused sign-in which settings to look at, and on a used-up rate limit when it ends."""
    try:
        yield
    except AuthenticationError as error:
        error.add_note(f"check {', '.join(client.provider.environment)}")
        raise
    except RateLimitError as error:
        if error.resets_at is not None:
            error.add_note(f"wait until {error.resets_at:%H:%M} UTC")
        raise


def write_record(record: Record, shape: RecordView, output: OutputOptions) -> None:
    """Write one record with all its fields but `raw`, or with those that are wanted."""
    everything = [field for field in shape.fields if field != "raw"]
    write_one(to_row(record, shape.choose(output.fields, everything)), output.output)


def write_records(records: Sequence[Record], shape: RecordView, output: OutputOptions) -> None:
    """Write records that came all at once."""
    fields = shape.choose(output.fields, shape.columns)
    writer = make_writer(output.output, fields)
    writer.write([to_row(record, fields) for record in records])
    writer.end()


def call_and_write(
    connection: ConnectionOptions,
    shape: RecordView,
    output: OutputOptions,
    verb: Callable[[OrgClient[Provider]], Awaitable[Record]],
    *,
    question: str | None = None,
    yes: bool = True,
) -> None:
    """Write the record that `verb` gives; asks `question` first unless `yes`."""
    shape.choose(output.fields, shape.columns)  # refused before anything is sent
    write_record(call_provider(connection, verb, question=question, yes=yes), shape, output)
