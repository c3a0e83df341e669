"""`orgsdk organizations`."""

from typing import Annotated, Literal

from cyclopts import App

from orgsdk.cli.options.common import CLEAR, FlagOption, OutputOptions, PageOptions, TextOption, YesOption
from orgsdk.cli.options.connection import ConnectionOptions

app: App = App(name="organizations", help="Work with the organizations that the credentials reach.", help_epilogue="")

_Clear = Annotated[tuple[Literal["description"], ...], CLEAR]


@app.command(name="list")
def list_(
    *,
    query: TextOption = None,
    complete: FlagOption = False,
    pages: PageOptions = PageOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """List organizations: id, name, description.

    Args:
        query: Only organizations whose name or id contains this.
        complete: Give each organization once, proved by the total; such a list has no cursor.
    """
    from orgsdk.cli.listing import ListRequest, list_records
    from orgsdk.cli.output.rows import ORGANIZATIONS

    list_records(
        ListRequest(
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
def get(
    organization: str,
    /,
    *,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Show one organization.

    Args:
        organization: The organization's id.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import ORGANIZATIONS

    call_and_write(connection, ORGANIZATIONS, output, lambda client: client.organizations.get(organization))


@app.command
def create(
    name: str,
    /,
    *,
    description: TextOption = None,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Make an organization, and show it. Names need not be unique: a second call makes a second one.

    Args:
        name: The name.
        description: What it is.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import ORGANIZATIONS

    call_and_write(
        connection, ORGANIZATIONS, output, lambda client: client.organizations.create(name, description=description)
    )


@app.command
def update(
    organization: str,
    /,
    *,
    name: TextOption = None,
    description: TextOption = None,
    clear: _Clear = (),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Change what is given of an organization, leave the rest, and show it as it is now.

    Args:
        organization: The organization's id.
        name: The new name.
        description: The new description.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.options.fields import named_changes
    from orgsdk.cli.output.rows import ORGANIZATIONS

    changes = named_changes(name, description, clear)
    call_and_write(
        connection, ORGANIZATIONS, output, lambda client: client.organizations.update(organization, **changes)
    )


@app.command
def remove(
    organization: str, /, *, yes: YesOption = False, connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Delete an organization with its memberships and invitations, for good. Accounts stay.

    Args:
        organization: The organization's id.
    """
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status

    call_provider(
        connection,
        lambda client: client.organizations.remove(organization),
        question=f"delete the organization {organization} with its memberships and invitations, for good",
        yes=yes,
    )
    print_status(f"deleted the organization {organization}")
