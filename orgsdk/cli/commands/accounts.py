"""`orgsdk accounts`: every account of the tenant, whatever organization it belongs to."""

import sys

from cyclopts import App

from orgsdk.cli.connection import Connection
from orgsdk.cli.parameters import Flag, Output, Pages, Text, Yes
from orgsdk.cli.people import Clear, Password, Person

app: App = App(
    name="accounts",
    help="Work with all accounts of a tenant, members of an organization or not (Logto).",
    help_epilogue="",
)


@app.command(name="list")
def list_(
    *,
    query: Text = None,
    complete: Flag = False,
    pages: Pages = Pages(),
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """List accounts: id, username, name, email, phone.

    Args:
        query: Only accounts whose name, username, e-mail address, phone number or id contains this.
        complete: Give each account once, proved by the total; such a list has no cursor.
    """
    from orgsdk.cli.listing import Listing, list_records
    from orgsdk.cli.rows import ACCOUNTS

    list_records(
        Listing(
            shape=ACCOUNTS,
            open=lambda client, page_size, cursor: client.users.list(
                query=query, complete=complete, page_size=page_size, cursor=cursor
            ),
            connection=connection,
            pages=pages,
            output=output,
            resumable=not complete,
        )
    )


@app.command
def get(account: str, /, *, output: Output = Output(), connection: Connection = Connection()) -> None:
    """Show one account.

    Args:
        account: The account's id.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import ACCOUNTS

    call_and_show(connection, ACCOUNTS, output, lambda client: client.users.get(account))


@app.command
def find(
    *, email: Text = None, username: Text = None, output: Output = Output(), connection: Connection = Connection()
) -> int:
    """Show the account that has this e-mail address, or this username; exit code 1 where none has.

    Args:
        email: The address, in whatever case.
        username: The username, as it stands.
    """
    from orgsdk.cli.people import find_person
    from orgsdk.cli.rows import ACCOUNTS

    return find_person(
        connection, ACCOUNTS, output, email, username, lambda client: client.users.find(email=email, username=username)
    )


@app.command
def count(*, query: Text = None, connection: Connection = Connection()) -> None:
    """Count the accounts that a list would give.

    Args:
        query: Only accounts whose name, username, e-mail address, phone number or id contains this.
    """
    from orgsdk.cli.calling import call

    sys.stdout.write(f"{call(connection, lambda client: client.users.count(query=query))}\n")


@app.command
def create(
    *,
    person: Person = Person(),
    password: Password = Password(),
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """Make an account that belongs to no organization yet, and show it."""
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import ACCOUNTS

    secret = password.read()
    call_and_show(connection, ACCOUNTS, output, lambda client: client.users.create(**person.given(), password=secret))


@app.command
def update(
    account: str,
    /,
    *,
    person: Person = Person(),
    clear: Clear = (),
    password: Password = Password(),
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """Change what is given of an account, leave the rest, and show it as it is now.

    Args:
        account: The account's id.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import ACCOUNTS

    changes = person.changes(clear, password.read())
    call_and_show(connection, ACCOUNTS, output, lambda client: client.users.update(account, **changes))


@app.command
def remove(account: str, /, *, yes: Yes = False, connection: Connection = Connection()) -> None:
    """Delete an account and its data, for good.

    Args:
        account: The account's id.
    """
    from orgsdk.cli.calling import call
    from orgsdk.cli.errors import tell

    call(
        connection,
        lambda client: client.users.remove(account, account="delete"),
        question=f"delete the account {account} and its data, for good",
        yes=yes,
    )
    tell(f"deleted the account {account}")


@app.command
def suspend(
    account: str, /, *, undo: Flag = False, output: Output = Output(), connection: Connection = Connection()
) -> None:
    """Keep an account from signing in, and show it as it is now.

    Args:
        account: The account's id.
        undo: Let it sign in again.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import ACCOUNTS

    call_and_show(connection, ACCOUNTS, output, lambda client: client.users.suspend(account, suspended=not undo))
