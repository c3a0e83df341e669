"""One call from the command line: the client around it, and what its answer becomes on stdout."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import anyio

from orgsdk.cli.asking import confirm
from orgsdk.cli.rows import row_of
from orgsdk.cli.writers import make_writer, write_one
from orgsdk.errors import AuthenticationError, RateLimitError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Sequence

    from orgsdk.cli.connection import Connection
    from orgsdk.cli.parameters import Output
    from orgsdk.cli.rows import Shape
    from orgsdk.client import OrgClient
    from orgsdk.domain import Record
    from orgsdk.providers.base import Provider

T = TypeVar("T")


def call(
    connection: Connection,
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
            with advising(client):
                return await verb(client)

    return anyio.run(run)


@contextmanager
def advising(client: OrgClient[Provider]) -> Generator[None]:
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


def show(record: Record, shape: Shape, output: Output) -> None:
    """Write one record with all its fields but `raw`, or with those that are wanted."""
    everything = [field for field in shape.fields if field != "raw"]
    write_one(row_of(record, shape.choose(output.fields, everything)), output.output)


def show_all(records: Sequence[Record], shape: Shape, output: Output) -> None:
    """Write records that came all at once."""
    fields = shape.choose(output.fields, shape.columns)
    writer = make_writer(output.output, fields)
    writer.write([row_of(record, fields) for record in records])
    writer.end()


def call_and_show(
    connection: Connection,
    shape: Shape,
    output: Output,
    verb: Callable[[OrgClient[Provider]], Awaitable[Record]],
    *,
    question: str | None = None,
    yes: bool = True,
) -> None:
    """Write the record that `verb` gives; asks `question` first unless `yes`."""
    shape.choose(output.fields, shape.columns)  # refused before anything is sent
    show(call(connection, verb, question=question, yes=yes), shape, output)
