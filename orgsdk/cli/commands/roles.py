"""`orgsdk roles`."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from orgsdk.cli.options.common import CLEAR, NameOption, OutputOptions, PageOptions, TextOption, YesOption
from orgsdk.cli.options.connection import ConnectionOptions

app: App = App(name="roles", help="Work with the roles that members of an organization can hold.", help_epilogue="")

_Clear = Annotated[tuple[Literal["description", "scopes"], ...], CLEAR]
_Scopes = Annotated[
    tuple[str, ...],
    Parameter(
        name="--scope",
        metavar="NAME",
        negative="",
        show_default=False,
        help="A permission, by name or id; may be repeated.",
    ),
]


@app.command(name="list")
def list_(
    *,
    query: TextOption = None,
    pages: PageOptions = PageOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """List roles: id, name, description, kind.

    Args:
        query: Only roles whose name contains this, at Logto whose id or description does too.
    """
    from orgsdk.cli.listing import ListRequest, list_records
    from orgsdk.cli.output.rows import ROLES

    list_records(
        ListRequest(
            shape=ROLES,
            open=lambda client, page_size, cursor: client.roles.list(query=query, page_size=page_size, cursor=cursor),
            connection=connection,
            pages=pages,
            output=output,
        )
    )


@app.command
def get(
    role: str, /, *, output: OutputOptions = OutputOptions(), connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Show one role.

    Args:
        role: The role's id or name.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import ROLES

    call_and_write(connection, ROLES, output, lambda client: client.roles.get(role))


@app.command
def create(
    name: str,
    /,
    *,
    description: TextOption = None,
    kind: NameOption = None,
    scope: _Scopes = (),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Make a role, and show it.

    Args:
        name: The name.
        description: What it is for.
        kind: The provider's word for who can hold it (Logto: User, MachineToMachine).
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import ROLES

    call_and_write(
        connection,
        ROLES,
        output,
        lambda client: client.roles.create(name, description=description, kind=kind, scopes=scope),
    )


@app.command
def update(
    role: str,
    /,
    *,
    name: TextOption = None,
    description: TextOption = None,
    clear: _Clear = (),
    scope: _Scopes = (),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Change what is given of a role, leave the rest, and show it as it is now. Scopes replace all that it has.

    Args:
        role: The role's id or name.
        name: The new name.
        description: The new description.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.options.fields import role_changes
    from orgsdk.cli.output.rows import ROLES

    changes = role_changes(name, description, scope, clear)
    call_and_write(connection, ROLES, output, lambda client: client.roles.update(role, **changes))


@app.command
def remove(role: str, /, *, yes: YesOption = False, connection: ConnectionOptions = ConnectionOptions()) -> None:
    """Delete a role, and take it from all who hold it.

    Args:
        role: The role's id or name.
    """
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status

    call_provider(
        connection,
        lambda client: client.roles.remove(role),
        question=f"delete the role {role}, and take it from all who hold it",
        yes=yes,
    )
    print_status(f"deleted the role {role}")
