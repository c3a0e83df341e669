"""`orgsdk users`: the members of one organization."""

import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from orgsdk.cli.connection import Connection
from orgsdk.cli.parameters import Flag, Name, Output, Pages, Roles, Text, Yes
from orgsdk.cli.people import Clear, Password, Person

app: App = App(name="users", help="Work with the users of an organization.", help_epilogue="")

_Account = Annotated[Literal["keep", "delete"], Parameter(metavar="keep|delete")]


@app.command(name="list")
def list_(
    *,
    query: Text = None,
    role: Name = None,
    complete: Flag = False,
    pages: Pages = Pages(),
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """List an organization's users: id, username, name, email, roles.

    Users go to stdout, page by page as they come; everything else goes to stderr, also the cursor that goes on where
    a list was stopped.

    Args:
        query: Only users whose name, username, e-mail address or id contains this.
        role: Only users who hold the role of this name.
        complete: Give each user once, proved by the total; such a list has no cursor.
    """
    from orgsdk.cli.listing import Listing, list_records
    from orgsdk.cli.rows import USERS

    list_records(
        Listing(
            shape=USERS,
            open=lambda client, page_size, cursor: connection.handle(client).users.list(
                query=query, role=role, complete=complete, page_size=page_size, cursor=cursor
            ),
            connection=connection,
            pages=pages,
            output=output,
            within=True,
            resumable=not complete,
        )
    )


@app.command
def get(user: str, /, *, output: Output = Output(), connection: Connection = Connection()) -> None:
    """Show one user.

    Args:
        user: The user's id.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import USERS

    call_and_show(connection, USERS, output, connection.within(lambda organization: organization.users.get(user)))


@app.command
def find(
    *, email: Text = None, username: Text = None, output: Output = Output(), connection: Connection = Connection()
) -> int:
    """Show the user who has this e-mail address, or this username; exit code 1 where nobody has.

    Args:
        email: The address, in whatever case.
        username: The username, as it stands.
    """
    from orgsdk.cli.people import find_person
    from orgsdk.cli.rows import USERS

    return find_person(
        connection,
        USERS,
        output,
        email,
        username,
        connection.within(lambda organization: organization.users.find(email=email, username=username), finds=True),
    )


@app.command
def count(*, query: Text = None, role: Name = None, connection: Connection = Connection()) -> None:
    """Count the users whom a list would give.

    Args:
        query: Only users whose name, username, e-mail address or id contains this.
        role: Only users who hold the role of this name.
    """
    from orgsdk.cli.calling import call

    found = call(connection, connection.within(lambda organization: organization.users.count(query=query, role=role)))
    sys.stdout.write(f"{found}\n")


@app.command
def create(
    *,
    person: Person = Person(),
    role: Roles = (),
    password: Password = Password(),
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """Make an account that is a member of the organization, and show it.

    Without a password the account has none at Logto, and at Flat, which demands one, a random one that nobody learns.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import USERS

    secret = password.read()
    call_and_show(
        connection,
        USERS,
        output,
        connection.within(
            lambda organization: organization.users.create(**person.given(), password=secret, roles=role)
        ),
    )


@app.command
def add(*users: str, role: Roles = (), connection: Connection = Connection()) -> None:
    """Make members of existing accounts.

    Args:
        users: The ids of the accounts.
    """
    from orgsdk.cli.calling import call
    from orgsdk.cli.errors import tell
    from orgsdk.cli.output import counted

    call(connection, connection.within(lambda organization: organization.users.add(users, roles=role)))
    tell(f"added {counted(len(set(users)), 'user')}")


@app.command
def update(
    user: str,
    /,
    *,
    person: Person = Person(),
    clear: Clear = (),
    password: Password = Password(),
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """Change what is given of a user, leave the rest, and show them as they are now.

    Args:
        user: The user's id.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import USERS

    changes = person.changes(clear, password.read())
    call_and_show(
        connection, USERS, output, connection.within(lambda organization: organization.users.update(user, **changes))
    )


@app.command
def remove(user: str, /, *, account: _Account, yes: Yes = False, connection: Connection = Connection()) -> None:
    """Take a user out of the organization.

    Args:
        user: The user's id.
        account: What becomes of the account: kept (at Flat as an individual one), or deleted with all its data.
    """
    from orgsdk.cli.calling import call
    from orgsdk.cli.errors import tell

    what = "and keep the account" if account == "keep" else "and delete the account with all its data, for good"
    call(
        connection,
        connection.within(lambda organization: organization.users.remove(user, account=account)),
        question=f"take the user {user} out of the organization {what}",
        yes=yes,
    )
    tell(f"removed the user {user}")


@app.command
def suspend(
    user: str,
    /,
    *,
    undo: Flag = False,
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """Keep a user from signing in, and show them as they are now.

    Args:
        user: The user's id.
        undo: Let them sign in again.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import USERS

    call_and_show(
        connection,
        USERS,
        output,
        connection.within(lambda organization: organization.users.suspend(user, suspended=not undo)),
    )


@app.command
def list_roles(user: str, /, *, output: Output = Output(), connection: Connection = Connection()) -> None:
    """List the roles that a user holds.

    Args:
        user: The user's id.
    """
    from orgsdk.cli.calling import call, show_all
    from orgsdk.cli.rows import ROLES

    ROLES.choose(output.fields, ROLES.columns)  # refused before anything is sent
    show_all(
        call(connection, connection.within(lambda organization: organization.users.list_roles(user))), ROLES, output
    )


@app.command
def set_roles(user: str, /, *roles: str, yes: Yes = False, connection: Connection = Connection()) -> None:
    """Have a user hold exactly these roles.

    Args:
        user: The user's id.
        roles: The roles, by name or id; without one, which is asked about, the user holds none afterwards.
    """
    from orgsdk.cli.calling import call
    from orgsdk.cli.errors import tell

    call(
        connection,
        connection.within(lambda organization: organization.users.set_roles(user, roles)),
        question=f"take every role from the user {user}",
        yes=yes or bool(roles),
    )
    tell(f"the user {user} holds {', '.join(roles) or 'no role'}")


@app.command
def add_roles(user: str, /, *roles: str, connection: Connection = Connection()) -> None:
    """Have a user hold these roles too.

    Args:
        user: The user's id.
        roles: The roles, by name or id.
    """
    from orgsdk.cli.calling import call
    from orgsdk.cli.errors import tell

    _check_some(roles)
    call(connection, connection.within(lambda organization: organization.users.add_roles(user, roles)))
    tell(f"the user {user} holds {', '.join(roles)} too")


@app.command
def remove_roles(user: str, /, *roles: str, connection: Connection = Connection()) -> None:
    """Take these roles from a user. One that they do not hold is no error.

    Args:
        user: The user's id.
        roles: The roles, by name or id.
    """
    from orgsdk.cli.calling import call
    from orgsdk.cli.errors import tell

    _check_some(roles)
    call(connection, connection.within(lambda organization: organization.users.remove_roles(user, roles)))
    tell(f"the user {user} does not hold {', '.join(roles)}")


def _check_some(roles: tuple[str, ...]) -> None:
    from orgsdk.cli.errors import UsageError

    if not roles:
        raise UsageError("no role is named: pass one or more after the user's id")
