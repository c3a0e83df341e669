"""Run one call of the client for a command, and write what it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import anyio

from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.output.formats import make_writer, write_one
from orgsdk.cli.output.rows import to_row
from orgsdk.cli.user_input import check_terminal, confirm
from orgsdk.client import OrgClient
from orgsdk.domain import Record, check_email
from orgsdk.errors import AuthenticationError, PermissionDeniedError, RateLimitError, UnsupportedError
from orgsdk.providers.base import Provider

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from orgsdk.cli.options.common import OutputOptions
    from orgsdk.cli.options.connection import ConnectionOptions
    from orgsdk.cli.output.rows import RecordView
    from orgsdk.domain import User

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question before a call that removes something. It shows the record, so that a wrong id is noticed.

    Args:
        action: Returns the question for the name of the record, such as "delete the role teacher".
        record_id: The id that the command was given.
        find: Reads the record.
        yes: Do not ask.
    """

    action: Callable[[str], str]
    record_id: str
    find: Callable[[OrgClient[Provider]], Awaitable[Record]]
    yes: bool

    def ask(self, connection: ConnectionOptions) -> None:
        """Read the record and ask. Raise as `confirm` does, and what `find` raises, such as `NotFoundError`."""
        if self.yes:
            return
        client = connection.client()
        name = client.provider.name
        check_terminal(f"{name}: {self.action(self.record_id)}", yes=self.yes)
        try:
            described = describe(run_with(client, self.find, profile=connection.selected_profile()))
        except (UnsupportedError, PermissionDeniedError):
            described = self.record_id  # it can be removed, but not read
        confirm(f"{name}: {self.action(described)}", yes=self.yes)


def describe(record: Record) -> str:
    """Return a record's names and its id on one line: "Ada Lovelace, ada, ada@example.org (id 5f…)"."""
    values = [getattr(record, field, None) for field in ("name", "username", "email")]
    names = ", ".join(dict.fromkeys(str(value) for value in values if value))
    record_id = str(getattr(record, "id", ""))
    return f"{names} (id {record_id})" if names else record_id


def call_provider(
    connection: ConnectionOptions,
    function: Callable[[OrgClient[Provider]], Awaitable[T]],
    *,
    question: Question | None = None,
) -> T:
    """Open a client, await `function` with it, and return the result. Ask `question` first."""
    # Prompts come before the event loop starts: inside it, Ctrl-C would not interrupt them.
    if question is not None:
        question.ask(connection)
    return run_with(connection.client(), function, profile=connection.selected_profile())


def run_with(
    client: OrgClient[Provider],
    function: Callable[[OrgClient[Provider]], Awaitable[T]],
    *,
    profile: str | None = None,
) -> T:
    """Open the client, await `function` with it, and return the result. `profile` is where its settings come from."""

    async def run() -> T:
        async with client:
            with add_error_notes(profile):
                return await function(client)

    return anyio.run(run)


@contextmanager
def add_error_notes(profile: str | None = None) -> Generator[None]:
    """Add a note to an error: when a rate limit ends, or how to replace the refused secret of a profile."""
    try:
        yield
    except AuthenticationError as error:
        if profile is not None:
            error.add_note(f"to replace the secret of the profile, run orgsdk auth login --profile {profile}")
        raise
    except RateLimitError as error:
        if error.resets_at is not None:
            error.add_note(f"wait until {error.resets_at:%H:%M} UTC")
        raise


def call_and_write(
    connection: ConnectionOptions,
    view: RecordView,
    output: OutputOptions,
    function: Callable[[OrgClient[Provider]], Awaitable[Record]],
    *,
    question: Question | None = None,
) -> None:
    """Await `function` and write the record that it returns. Ask `question` first."""
    view.select(output.fields, view.columns)  # before a request: wrong fields are an error
    write_record(call_provider(connection, function, question=question), view, output)


def find_and_write(
    connection: ConnectionOptions,
    view: RecordView,
    output: OutputOptions,
    email: str | None,
    username: str | None,
    find: Callable[[OrgClient[Provider]], Awaitable[User | None]],
) -> ExitCode:
    """Write the user that `find` returns, or a message if there is none."""
    if (email is None) == (username is None):
        raise UsageError("pass exactly one of --email and --username")
    if email is not None:
        check_email(email)
    view.select(output.fields, view.columns)  # before a request: wrong fields are an error
    user = call_provider(connection, find)
    if user is None:
        print_status(f"no {view.noun} has that {'username' if email is None else 'e-mail address'}")
        return ExitCode.FAILURE
    write_record(user, view, output)
    return ExitCode.OK


def write_record(record: Record, view: RecordView, output: OutputOptions) -> None:
    """Write one record: the selected fields, or all fields except `raw`."""
    all_fields = [field for field in view.fields if field != "raw"]
    write_one(to_row(record, view.select(output.fields, all_fields)), output.format)


def write_records(records: Sequence[Record], view: RecordView, output: OutputOptions) -> None:
    """Write a list of records that is already complete."""
    fields = view.select(output.fields, view.columns)
    writer = make_writer(output.format, fields)
    writer.write([to_row(record, fields) for record in records])
    writer.end()
