"""`orgsdk invitations`: the invitations to one organization."""

from datetime import timedelta
from typing import Annotated

from cyclopts import App, Parameter

from orgsdk.cli.connection import Connection
from orgsdk.cli.parameters import Id, Output, Pages, Roles, Text, Yes

app: App = App(name="invitations", help="Work with the invitations to an organization.", help_epilogue="")


@app.command(name="list")
def list_(
    *,
    status: Annotated[Text, Parameter(metavar="STATUS")] = None,
    email: Text = None,
    pages: Pages = Pages(),
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """List invitations: id, email, status, roles, expires_at.

    Args:
        status: Only those that are pending, accepted, expired or revoked.
        email: Only those to this address.
    """
    from orgsdk.cli.listing import Listing, list_records
    from orgsdk.cli.rows import INVITATIONS

    list_records(
        Listing(
            shape=INVITATIONS,
            open=lambda client, page_size, cursor: connection.handle(client).invitations.list(
                status=status, email=email, page_size=page_size, cursor=cursor
            ),
            connection=connection,
            pages=pages,
            output=output,
            within=True,
        )
    )


@app.command
def get(invitation: str, /, *, output: Output = Output(), connection: Connection = Connection()) -> None:
    """Show one invitation.

    Args:
        invitation: The invitation's id.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import INVITATIONS

    call_and_show(
        connection,
        INVITATIONS,
        output,
        connection.within(lambda organization: organization.invitations.get(invitation)),
    )


@app.command
def create(
    email: str,
    /,
    *,
    role: Roles = (),
    expires_in: Annotated[timedelta | None, Parameter(metavar="TIME")] = None,
    inviter: Id = None,
    send: Annotated[bool, Parameter(name="--send", negative="--no-send", show_default=False)] = True,
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """Invite an address, and show the invitation.

    Args:
        email: The address.
        expires_in: How long it can be accepted, such as 7d or 12h; without it, the provider's own time.
        inviter: The id of the user in whose name it goes out.
        send: Have a message sent, which is what happens anyway, or none.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import INVITATIONS

    call_and_show(
        connection,
        INVITATIONS,
        output,
        connection.within(
            lambda organization: organization.invitations.create(
                email, roles=role, expires_in=expires_in, inviter_id=inviter, send=send
            )
        ),
    )


@app.command
def resend(invitation: str, /, *, connection: Connection = Connection()) -> None:
    """Send an invitation's message again.

    Args:
        invitation: The invitation's id.
    """
    from orgsdk.cli.calling import call
    from orgsdk.cli.errors import tell

    call(connection, connection.within(lambda organization: organization.invitations.resend(invitation)))
    tell(f"sent the invitation {invitation} again")


@app.command
def accept(invitation: str, /, *, user: str, output: Output = Output(), connection: Connection = Connection()) -> None:
    """Accept a pending invitation for an account, which becomes a member, and show the invitation.

    Args:
        invitation: The invitation's id.
        user: The account's id.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import INVITATIONS

    call_and_show(
        connection,
        INVITATIONS,
        output,
        connection.within(lambda organization: organization.invitations.accept(invitation, user_id=user)),
    )


@app.command
def revoke(
    invitation: str,
    /,
    *,
    yes: Yes = False,
    output: Output = Output(),
    connection: Connection = Connection(),
) -> None:
    """End a pending invitation so that nobody can accept it, and show it as it is now.

    Args:
        invitation: The invitation's id.
    """
    from orgsdk.cli.calling import call_and_show
    from orgsdk.cli.rows import INVITATIONS

    call_and_show(
        connection,
        INVITATIONS,
        output,
        connection.within(lambda organization: organization.invitations.revoke(invitation)),
        question=f"end the invitation {invitation}, so that nobody can accept it",
        yes=yes,
    )


@app.command
def remove(invitation: str, /, *, yes: Yes = False, connection: Connection = Connection()) -> None:
    """Delete an invitation, whatever its status. A membership that came of it stays.

    Args:
        invitation: The invitation's id.
    """
    from orgsdk.cli.calling import call
    from orgsdk.cli.errors import tell

    call(
        connection,
        connection.within(lambda organization: organization.invitations.remove(invitation)),
        question=f"delete the invitation {invitation}",
        yes=yes,
    )
    tell(f"deleted the invitation {invitation}")
