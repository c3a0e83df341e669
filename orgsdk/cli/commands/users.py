"""`orgsdk users`: the members of one organization."""

import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from orgsdk.cli.options.common import (
    FlagOption,
    NameOption,
    OutputOptions,
    PageOptions,
    RolesOption,
    TextOption,
    YesOption,
)
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.options.fields import ClearOption, PasswordOptions, UserFieldOptions

app: App = App(name="users", help="Work with the users of an organization.", help_epilogue="")

_Account = Annotated[Literal["keep", "delete"], Parameter(metavar="keep|delete")]


@app.command(name="list")
def list_(
    *,
    query: TextOption = None,
    role: NameOption = None,
    complete: FlagOption = False,
    pages: PageOptions = PageOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """List an organization's users: id, username, name, email, roles.

    Users go to stdout, page by page as they come; everything else goes to stderr, also the cursor that goes on where
    a list was stopped.

    Args:
        query: Only users whose name, username, e-mail address or id contains this.
        role: Only users who hold the role of this name.
        complete: Give each user once, proved by the total; such a list has no cursor.
    """
    from orgsdk.cli.listing import ListRequest, list_records
    from orgsdk.cli.output.rows import USERS

    list_records(
        ListRequest(
            shape=USERS,
            open=lambda client, page_size, cursor: connection.handle(client).users.list(
                query=query, role=role, complete=complete, page_size=page_size, cursor=cursor
            ),
            connection=connection,
            pages=pages,
            output=output,
            in_organization=True,
            resumable=not complete,
        )
    )


@app.command
def get(
    user: str, /, *, output: OutputOptions = OutputOptions(), connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Show one user.

    Args:
        user: The user's id.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import USERS

    call_and_write(
        connection, USERS, output, connection.in_organization(lambda organization: organization.users.get(user))
    )


@app.command
def find(
    *,
    email: TextOption = None,
    username: TextOption = None,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Show the user who has this e-mail address, or this username; exit code 1 where nobody has.

    Args:
        email: The address, in whatever case.
        username: The username, as it stands.
    """
    from orgsdk.cli.options.fields import find_and_write
    from orgsdk.cli.output.rows import USERS

    return find_and_write(
        connection,
        USERS,
        output,
        email,
        username,
        connection.in_organization(
            lambda organization: organization.users.find(email=email, username=username), finds=True
        ),
    )


@app.command
def count(
    *, query: TextOption = None, role: NameOption = None, connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Count the users whom a list would give.

    Args:
        query: Only users whose name, username, e-mail address or id contains this.
        role: Only users who hold the role of this name.
    """
    from orgsdk.cli.calls import call_provider

    found = call_provider(
        connection, connection.in_organization(lambda organization: organization.users.count(query=query, role=role))
    )
    sys.stdout.write(f"{found}\n")


@app.command
def create(
    *,
    person: UserFieldOptions = UserFieldOptions(),
    role: RolesOption = (),
    password: PasswordOptions = PasswordOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Make an account that is a member of the organization, and show it.

    Without a password the account has none at Logto, and at Flat, which demands one, a random one that nobody learns.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import USERS

    secret = password.read()
    call_and_write(
        connection,
        USERS,
        output,
        connection.in_organization(
            lambda organization: organization.users.create(**person.given(), password=secret, roles=role)
        ),
    )


@app.command
def add(*users: str, role: RolesOption = (), connection: ConnectionOptions = ConnectionOptions()) -> None:
    """Make members of existing accounts.

    Args:
        users: The ids of the accounts.
    """
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status
    from orgsdk.cli.output.console import count_noun

    call_provider(
        connection, connection.in_organization(lambda organization: organization.users.add(users, roles=role))
    )
    print_status(f"added {count_noun(len(set(users)), 'user')}")


@app.command
def update(
    user: str,
    /,
    *,
    person: UserFieldOptions = UserFieldOptions(),
    clear: ClearOption = (),
    password: PasswordOptions = PasswordOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Change what is given of a user, leave the rest, and show them as they are now.

    Args:
        user: The user's id.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import USERS

    changes = person.changes(clear, password.read())
    call_and_write(
        connection,
        USERS,
        output,
        connection.in_organization(lambda organization: organization.users.update(user, **changes)),
    )


@app.command
def remove(
    user: str, /, *, account: _Account, yes: YesOption = False, connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Take a user out of the organization.

    Args:
        user: The user's id.
        account: What becomes of the account: kept (at Flat as an individual one), or deleted with all its data.
    """
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status

    what = "and keep the account" if account == "keep" else "and delete the account with all its data, for good"
    call_provider(
        connection,
        connection.in_organization(lambda organization: organization.users.remove(user, account=account)),
        question=f"take the user {user} out of the organization {what}",
        yes=yes,
    )
    print_status(f"removed the user {user}")


@app.command
def suspend(
    user: str,
    /,
    *,
    undo: FlagOption = False,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Keep a user from signing in, and show them as they are now.

    Args:
        user: The user's id.
        undo: Let them sign in again.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import USERS

    call_and_write(
        connection,
        USERS,
        output,
        connection.in_organization(lambda organization: organization.users.suspend(user, suspended=not undo)),
    )


@app.command
def list_roles(
    user: str, /, *, output: OutputOptions = OutputOptions(), connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """List the roles that a user holds.

    Args:
        user: The user's id.
    """
    from orgsdk.cli.calls import call_provider, write_records
    from orgsdk.cli.output.rows import ROLES

    ROLES.choose(output.fields, ROLES.columns)  # refused before anything is sent
    write_records(
        call_provider(connection, connection.in_organization(lambda organization: organization.users.list_roles(user))),
        ROLES,
        output,
    )


@app.command
def set_roles(
    user: str, /, *roles: str, yes: YesOption = False, connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Have a user hold exactly these roles.

    Args:
        user: The user's id.
        roles: The roles, by name or id; without one, which is asked about, the user holds none afterwards.
    """
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status

    call_provider(
        connection,
        connection.in_organization(lambda organization: organization.users.set_roles(user, roles)),
        question=f"take every role from the user {user}",
        yes=yes or bool(roles),
    )
    print_status(f"the user {user} holds {', '.join(roles) or 'no role'}")


@app.command
def add_roles(user: str, /, *roles: str, connection: ConnectionOptions = ConnectionOptions()) -> None:
    """Have a user hold these roles too.

    Args:
        user: The user's id.
        roles: The roles, by name or id.
    """
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status

    _check_some(roles)
    call_provider(
        connection, connection.in_organization(lambda organization: organization.users.add_roles(user, roles))
    )
    print_status(f"the user {user} holds {', '.join(roles)} too")


@app.command
def remove_roles(user: str, /, *roles: str, connection: ConnectionOptions = ConnectionOptions()) -> None:
    """Take these roles from a user. One that they do not hold is no error.

    Args:
        user: The user's id.
        roles: The roles, by name or id.
    """
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status

    _check_some(roles)
    call_provider(
        connection, connection.in_organization(lambda organization: organization.users.remove_roles(user, roles))
    )
    print_status(f"the user {user} does not hold {', '.join(roles)}")


def _check_some(roles: tuple[str, ...]) -> None:
    from orgsdk.cli.errors import UsageError

    if not roles:
        raise UsageError("no role is named: pass one or more after the user's id")
