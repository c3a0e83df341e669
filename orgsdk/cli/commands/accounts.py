"""`orgsdk accounts`: all accounts of a tenant, in an organization or not."""

import sys

from cyclopts import App

from orgsdk.cli.options.common import AccountArgument, FlagOption, OutputOptions, PageOptions, TextOption, YesOption
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.options.fields import ClearOption, PasswordOptions, UserFieldOptions

app: App = App(
    name="accounts",
    help="Manage all accounts of a tenant, members of an organization or not (Logto, WorkOS).",
    help_epilogue="",
)


@app.command(name="list")
def list_(
    *,
    query: TextOption = None,
    complete: FlagOption = False,
    pages: PageOptions = PageOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """List accounts: id, username, name, email, phone.

    Args:
        query: Only accounts whose name, username, e-mail address, phone number or id contains this text.
        complete: List each account exactly once, checked against the total. Such a list has no cursor.
    """
    from orgsdk.cli.listing import ListRequest, list_records
    from orgsdk.cli.output.rows import ACCOUNTS

    list_records(
        ListRequest(
            view=ACCOUNTS,
            open=lambda client, page_size, cursor: client.accounts.list(
                query=query, complete=complete, page_size=page_size, cursor=cursor
            ),
            connection=connection,
            pages=pages,
            output=output,
            resumable=not complete,
        )
    )


@app.command
def get(
    account: AccountArgument,
    /,
    *,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Show one account.

    Args:
        account: The account's id.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import ACCOUNTS

    call_and_write(connection, ACCOUNTS, output, lambda client: client.accounts.get(account))


@app.command
def find(
    *,
    email: TextOption = None,
    username: TextOption = None,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Show the account with this e-mail address or username. The exit code is 1 if there is none.

    Args:
        email: The address. Upper and lower case do not matter.
        username: The exact username.
    """
    from orgsdk.cli.calls import find_and_write
    from orgsdk.cli.output.rows import ACCOUNTS

    return find_and_write(
        connection,
        ACCOUNTS,
        output,
        email,
        username,
        lambda client: client.accounts.find(email=email, username=username),
    )


@app.command
def count(*, query: TextOption = None, connection: ConnectionOptions = ConnectionOptions()) -> None:
    """Count the accounts that a list would show.

    Args:
        query: Only accounts whose name, username, e-mail address, phone number or id contains this text.
    """
    from orgsdk.cli.calls import call_provider

    sys.stdout.write(f"{call_provider(connection, lambda client: client.accounts.count(query=query))}\n")


@app.command
def create(
    *,
    user_fields: UserFieldOptions = UserFieldOptions(),
    password: PasswordOptions = PasswordOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Create an account without an organization, and show it."""
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import ACCOUNTS

    secret = password.read()
    call_and_write(
        connection, ACCOUNTS, output, lambda client: client.accounts.create(**user_fields.given(), password=secret)
    )


@app.command
def update(
    account: AccountArgument,
    /,
    *,
    user_fields: UserFieldOptions = UserFieldOptions(),
    clear: ClearOption = (),
    password: PasswordOptions = PasswordOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Change the given fields of an account, and show it.

    Args:
        account: The account's id.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import ACCOUNTS

    changes = user_fields.changes(clear, password.read())
    call_and_write(connection, ACCOUNTS, output, lambda client: client.accounts.update(account, **changes))


@app.command
def remove(
    account: AccountArgument, /, *, yes: YesOption = False, connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Delete an account and its data, for good.

    Args:
        account: The account's id.
    """
    from orgsdk.cli.calls import Question, call_provider
    from orgsdk.cli.errors import print_status

    call_provider(
        connection,
        lambda client: client.accounts.remove(account, account="delete"),
        question=Question(
            action=lambda who: f"delete the account {who} and its data, for good",
            record_id=account,
            find=lambda client: client.accounts.get(account),
            yes=yes,
        ),
    )
    print_status(f"deleted the account {account}")


@app.command
def suspend(
    account: AccountArgument,
    /,
    *,
    undo: FlagOption = False,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Prevent an account from signing in, and show it.

    Args:
        account: The account's id.
        undo: Allow it to sign in again.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import ACCOUNTS

    call_and_write(connection, ACCOUNTS, output, lambda client: client.accounts.suspend(account, suspended=not undo))
