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
    UserArgument,
    YesOption,
)
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.options.fields import ClearOption, PasswordOptions, UserFieldOptions

app: App = App(name="users", help="Manage the users of an organization.", help_epilogue="")

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

    Users are written to stdout, page by page. Everything else goes to stderr, including the cursor to resume a list
    that was stopped.

    Args:
        query: Only users whose name, username, e-mail address or id contains this text.
        role: Only users who have the role with this name.
        complete: List each user exactly once, checked against the total. Such a list has no cursor.
    """
    from orgsdk.cli.listing import ListRequest, list_records
    from orgsdk.cli.output.rows import USERS

    list_records(
        ListRequest(
            view=USERS,
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
    user: UserArgument,
    /,
    *,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Show one user.

    Args:
        user: The user's id.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import USERS

    call_and_write(connection, USERS, output, connection.in_organization(lambda org: org.users.get(user)))


@app.command
def find(
    *,
    email: TextOption = None,
    username: TextOption = None,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Show the user with this e-mail address or username. The exit code is 1 if there is none.

    Args:
        email: The address. Upper and lower case do not matter.
        username: The exact username.
    """
    from orgsdk.cli.calls import find_and_write
    from orgsdk.cli.output.rows import USERS

    return find_and_write(
        connection,
        USERS,
        output,
        email,
        username,
        connection.in_organization(lambda org: org.users.find(email=email, username=username), may_find_none=True),
    )


@app.command
def count(
    *, query: TextOption = None, role: NameOption = None, connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Count the users that a list would show.

    Args:
        query: Only users whose name, username, e-mail address or id contains this text.
        role: Only users who have the role with this name.
    """
    from orgsdk.cli.calls import call_provider

    found = call_provider(connection, connection.in_organization(lambda org: org.users.count(query=query, role=role)))
    sys.stdout.write(f"{found}\n")


@app.command
def create(
    *,
    user_fields: UserFieldOptions = UserFieldOptions(),
    role: RolesOption = (),
    password: PasswordOptions = PasswordOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Create an account that is a member of the organization, and show it.

    Without a password, the account has none at Logto. Flat requires one: it gets a random, secret one.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import USERS

    secret = password.read()
    call_and_write(
        connection,
        USERS,
        output,
        connection.in_organization(lambda org: org.users.create(**user_fields.given(), password=secret, roles=role)),
    )


@app.command
def add(*users: str, role: RolesOption = (), connection: ConnectionOptions = ConnectionOptions()) -> None:
    """Add existing accounts to the organization.

    Args:
        users: The ids of the accounts. - reads them from standard input, one per line.
    """
    from orgsdk._messages import count_noun
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status
    from orgsdk.cli.standard_input import read_ids

    ids = read_ids(users)
    call_provider(connection, connection.in_organization(lambda org: org.users.add(ids, roles=role)))
    print_status(f"added {count_noun(len(set(ids)), 'user')}")


@app.command
def update(
    user: UserArgument,
    /,
    *,
    user_fields: UserFieldOptions = UserFieldOptions(),
    clear: ClearOption = (),
    password: PasswordOptions = PasswordOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Change the given fields of a user, and show the user.

    Args:
        user: The user's id.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import USERS

    changes = user_fields.changes(clear, password.read())
    call_and_write(
        connection,
        USERS,
        output,
        connection.in_organization(lambda org: org.users.update(user, **changes)),
    )


@app.command
def remove(
    user: UserArgument,
    /,
    *,
    account: _Account,
    yes: YesOption = False,
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Remove a user from the organization.

    Args:
        user: The user's id.
        account: keep the account (at Flat as an individual account), or delete it with all its data.
    """
    from orgsdk.cli.calls import Question, call_provider
    from orgsdk.cli.errors import print_status

    what = "and keep the account" if account == "keep" else "and delete the account with all its data, for good"
    call_provider(
        connection,
        connection.in_organization(lambda org: org.users.remove(user, account=account)),
        question=Question(
            action=lambda who: f"remove the user {who} from the organization {what}",
            record_id=user,
            find=connection.in_organization(lambda org: org.users.get(user)),
            yes=yes,
        ),
    )
    print_status(f"removed the user {user}")


@app.command
def suspend(
    user: UserArgument,
    /,
    *,
    undo: FlagOption = False,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Prevent a user from signing in, and show the user.

    Args:
        user: The user's id.
        undo: Allow the user to sign in again.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import USERS

    call_and_write(
        connection,
        USERS,
        output,
        connection.in_organization(lambda org: org.users.suspend(user, suspended=not undo)),
    )


@app.command
def list_roles(
    user: UserArgument,
    /,
    *,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """List the roles of a user.

    Args:
        user: The user's id.
    """
    from orgsdk.cli.calls import call_provider, write_records
    from orgsdk.cli.output.rows import ROLES

    ROLES.select(output.fields, ROLES.columns)  # before a request: wrong fields are an error
    write_records(
        call_provider(connection, connection.in_organization(lambda org: org.users.list_roles(user))),
        ROLES,
        output,
    )


@app.command
def set_roles(
    user: UserArgument, /, *roles: str, yes: YesOption = False, connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Replace the roles of a user.

    Args:
        user: The user's id.
        roles: The roles, by name or id. Without any, all roles are removed, after a confirmation.
    """
    from orgsdk.cli.calls import Question, call_provider
    from orgsdk.cli.errors import print_status

    call_provider(
        connection,
        connection.in_organization(lambda org: org.users.set_roles(user, roles)),
        question=Question(
            action=lambda who: f"remove all roles of the user {who}",
            record_id=user,
            find=connection.in_organization(lambda org: org.users.get(user)),
            yes=yes or bool(roles),
        ),
    )
    print_status(f"the user {user} now has {_named(roles) if roles else 'no roles'}")


@app.command
def add_roles(user: UserArgument, /, *roles: str, connection: ConnectionOptions = ConnectionOptions()) -> None:
    """Add roles to a user.

    Args:
        user: The user's id.
        roles: The roles, by name or id.
    """
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status

    _check_some(roles)
    call_provider(connection, connection.in_organization(lambda org: org.users.add_roles(user, roles)))
    print_status(f"added {_named(roles)} to the user {user}")


@app.command
def remove_roles(user: UserArgument, /, *roles: str, connection: ConnectionOptions = ConnectionOptions()) -> None:
    """Remove roles from a user. A role that the user does not have is ignored.

    Args:
        user: The user's id.
        roles: The roles, by name or id.
    """
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status

    _check_some(roles)
    call_provider(connection, connection.in_organization(lambda org: org.users.remove_roles(user, roles)))
    print_status(f"removed {_named(roles)} from the user {user}")


def _named(roles: tuple[str, ...]) -> str:
    return f"the role{'' if len(roles) == 1 else 's'} {', '.join(roles)}"


def _check_some(roles: tuple[str, ...]) -> None:
    from orgsdk.cli.errors import UsageError

    if not roles:
        raise UsageError("no role was given: pass one or more after the user's id")
