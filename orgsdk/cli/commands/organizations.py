"""`orgsdk organizations`."""

from typing import Annotated, Literal

from cyclopts import App

from orgsdk.cli.connection import Connection
from orgsdk.cli.parameters import CLEAR, Flag, Output, Pages, Text, Yes

app: App = App(name="organizations", help="Work with the organizations that the credentials reach.", help_epilogue="")

_Clear = Annotated[tuple[Literal["description"], ...], CLEAR]


@app.command(name="list")
def list_(
    *,
    query: Text = None,
    complete: Flag = False,
    pages: Pages = Pages(),
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """List organizations: id, name, description.

    Args:
        query: Only organizations whose name or id contains this.
        complete: Give each organization once, proved by the total; such a list has no cursor.
    """
    from orgsdk.cli.listing import Listing, list_records
    from orgsdk.cli.rows import ORGANIZATIONS

    list_records(
        Listing(
            shape=ORGANIZATIONS,
            open=lambda client, page_size, cursor: client.organizations.list(
                query=query, complete=complete, page_size=page_size, cursor=cursor
            ),
            connection=connection,
            pages=pages,
            output=output,
            resumable=not complete,
        )
    )


@app.command
def get(organization: str, /, *, output: Output = Output(), connection: Connection = Connection()) -> None:
    """Show one organization.

    Args:
        organization: The organization's id.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import ORGANIZATIONS

    call_and_show(connection, ORGANIZATIONS, output, lambda client: client.organizations.get(organization))


@app.command
def create(
    name: str, /, *, description: Text = None, output: Output = Output(), connection: Connection = Connection()
) -> None:
    """Make an organization, and show it. Names need not be unique: a second call makes a second one.

    Args:
        name: The name.
        description: What it is.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import ORGANIZATIONS

    call_and_show(
        connection, ORGANIZATIONS, output, lambda client: client.organizations.create(name, description=description)
    )


@app.command
def update(
    organization: str,
    /,
    *,
    name: Text = None,
    description: Text = None,
    clear: _Clear = (),
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """Change what is given of an organization, leave the rest, and show it as it is now.

    Args:
        organization: The organization's id.
        name: The new name.
        description: The new description.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.changes import named_changes
    from orgsdk.cli.rows import ORGANIZATIONS

    changes = named_changes(name, description, clear)
    call_and_show(
        connection, ORGANIZATIONS, output, lambda client: client.organizations.update(organization, **changes)
    )


@app.command
def remove(organization: str, /, *, yes: Yes = False, connection: Connection = Connection()) -> None:
    """Delete an organization with its memberships and invitations, for good. Accounts stay.

    Args:
        organization: The organization's id.
    """
    from orgsdk.cli.calling import call
    from orgsdk.cli.errors import tell

    call(
        connection,
        lambda client: client.organizations.remove(organization),
        question=f"delete the organization {organization} with its memberships and invitations, for good",
        yes=yes,
    )
    tell(f"deleted the organization {organization}")
