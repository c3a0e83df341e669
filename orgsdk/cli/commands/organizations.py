"""`orgsdk organizations`: the organizations that the credentials can access."""

from typing import Annotated, Literal

from cyclopts import App

from orgsdk.cli.options.common import (
    CLEAR,
    FlagOption,
    OutputOptions,
    PageOptions,
    RecordArgument,
    TextOption,
    YesOption,
)
from orgsdk.cli.options.connection import ConnectionOptions

app: App = App(name="organizations", help="Manage the organizations that the credentials can access.", help_epilogue="")

_ClearOption = Annotated[tuple[Literal["description"], ...], CLEAR]


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
        query: Only organizations whose name or id contains this text.
        complete: List each organization exactly once, checked against the total. Such a list has no cursor.
    """
    from orgsdk.cli.listing import ListRequest, list_records
    from orgsdk.cli.output.rows import ORGANIZATIONS

    list_records(
        ListRequest(
            view=ORGANIZATIONS,
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
    organization: RecordArgument,
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
    """Create an organization, and show it. Names are not unique: a second call creates a second one.

    Args:
        name: The name.
        description: The description.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import ORGANIZATIONS

    call_and_write(
        connection, ORGANIZATIONS, output, lambda client: client.organizations.create(name, description=description)
    )


@app.command
def update(
    organization: RecordArgument,
    /,
    *,
    name: TextOption = None,
    description: TextOption = None,
    clear: _ClearOption = (),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Change the given fields of an organization, and show it.

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
    organization: RecordArgument, /, *, yes: YesOption = False, connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Delete an organization with its memberships and invitations, for good. Accounts stay.

    Args:
        organization: The organization's id.
    """
    from orgsdk.cli.calls import Question, call_provider
    from orgsdk.cli.errors import print_status

    call_provider(
        connection,
        lambda client: client.organizations.remove(organization),
        question=Question(
            action=lambda who: f"delete the organization {who} with its memberships and invitations, for good",
            record_id=organization,
            find=lambda client: client.organizations.get(organization),
            yes=yes,
        ),
    )
    print_status(f"deleted the organization {organization}")
