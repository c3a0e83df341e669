"""`orgsdk roles`: the roles that members of an organization can have."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from orgsdk.cli.options.common import (
    CLEAR,
    NameOption,
    OutputOptions,
    PageOptions,
    RecordArgument,
    TextOption,
    YesOption,
)
from orgsdk.cli.options.connection import ConnectionOptions

app: App = App(name="roles", help="Manage the roles that members of an organization can have.", help_epilogue="")

_ClearOption = Annotated[tuple[Literal["description", "scopes"], ...], CLEAR]
_ScopesOption = Annotated[
    tuple[str, ...],
    Parameter(
        name="--scope",
        metavar="NAME",
        negative="",
        show_default=False,
        help="A permission, by name or id. May be repeated.",
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
        query: Only roles whose name contains this text; at Logto also those whose id or description does.
    """
    from orgsdk.cli.listing import ListRequest, list_records
    from orgsdk.cli.output.rows import ROLES

    list_records(
        ListRequest(
            view=ROLES,
            open=lambda client, page_size, cursor: client.roles.list(query=query, page_size=page_size, cursor=cursor),
            connection=connection,
            pages=pages,
            output=output,
        )
    )


@app.command
def get(
    role: RecordArgument,
    /,
    *,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
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
    scope: _ScopesOption = (),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Create a role, and show it.

    Args:
        name: The name.
        description: The description.
        kind: The provider's name for the kind of holders (Logto: User, MachineToMachine).
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
    role: RecordArgument,
    /,
    *,
    name: TextOption = None,
    description: TextOption = None,
    clear: _ClearOption = (),
    scope: _ScopesOption = (),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Change the given fields of a role, and show it. New permissions replace all that it has.

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
def remove(
    role: RecordArgument, /, *, yes: YesOption = False, connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Delete a role. All members lose it.

    Args:
        role: The role's id or name.
    """
    from orgsdk.cli.calls import Question, call_provider
    from orgsdk.cli.errors import print_status

    call_provider(
        connection,
        lambda client: client.roles.remove(role),
        question=Question(
            action=lambda who: f"delete the role {who}; all members lose it",
            record_id=role,
            find=lambda client: client.roles.get(role),
            yes=yes,
        ),
    )
    print_status(f"deleted the role {role}")
