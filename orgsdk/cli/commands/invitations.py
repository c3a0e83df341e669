"""`orgsdk invitations`: the invitations to one organization."""

from typing import Annotated

from cyclopts import App, Parameter

from orgsdk.cli.options.common import (
    DurationOption,
    IdOption,
    OutputOptions,
    PageOptions,
    RecordArgument,
    RolesOption,
    TextOption,
    YesOption,
)
from orgsdk.cli.options.connection import ConnectionOptions

app: App = App(name="invitations", help="Manage the invitations to an organization.", help_epilogue="")


@app.command(name="list")
def list_(
    *,
    status: Annotated[TextOption, Parameter(metavar="STATUS")] = None,
    email: TextOption = None,
    pages: PageOptions = PageOptions(),
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """List invitations: id, email, status, roles, expires_at.

    Args:
        status: Only invitations with this status: pending, accepted, expired or revoked.
        email: Only invitations to this address.
    """
    from orgsdk.cli.listing import ListRequest, list_records
    from orgsdk.cli.output.rows import INVITATIONS

    list_records(
        ListRequest(
            view=INVITATIONS,
            open=lambda client, page_size, cursor: connection.handle(client).invitations.list(
                status=status, email=email, page_size=page_size, cursor=cursor
            ),
            connection=connection,
            pages=pages,
            output=output,
            in_organization=True,
        )
    )


@app.command
def get(
    invitation: RecordArgument,
    /,
    *,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Show one invitation.

    Args:
        invitation: The invitation's id.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import INVITATIONS

    call_and_write(
        connection,
        INVITATIONS,
        output,
        connection.in_organization(lambda org: org.invitations.get(invitation)),
    )


@app.command
def create(
    email: str,
    /,
    *,
    role: RolesOption = (),
    expires_in: DurationOption = None,
    inviter: IdOption = None,
    send: Annotated[bool, Parameter(name="--send", negative="--no-send", show_default=False)] = True,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Invite an address, and show the invitation.

    Args:
        email: The address.
        expires_in: How long it can be accepted, such as 7d or 12h. Default: the provider's.
        inviter: Id of the user who invites.
        send: Whether to send the invitation by mail. Default: --send.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import INVITATIONS

    call_and_write(
        connection,
        INVITATIONS,
        output,
        connection.in_organization(
            lambda org: org.invitations.create(email, roles=role, expires_in=expires_in, inviter_id=inviter, send=send)
        ),
    )


@app.command
def resend(invitation: RecordArgument, /, *, connection: ConnectionOptions = ConnectionOptions()) -> None:
    """Send an invitation again.

    Args:
        invitation: The invitation's id.
    """
    from orgsdk.cli.calls import call_provider
    from orgsdk.cli.errors import print_status

    call_provider(connection, connection.in_organization(lambda org: org.invitations.resend(invitation)))
    print_status(f"sent the invitation {invitation} again")


@app.command
def accept(
    invitation: RecordArgument,
    /,
    *,
    user: str,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Accept a pending invitation for an account, and show the invitation. The account becomes a member.

    Args:
        invitation: The invitation's id.
        user: The account's id.
    """
    from orgsdk.cli.calls import call_and_write
    from orgsdk.cli.output.rows import INVITATIONS

    call_and_write(
        connection,
        INVITATIONS,
        output,
        connection.in_organization(lambda org: org.invitations.accept(invitation, user_id=user)),
    )


@app.command
def revoke(
    invitation: RecordArgument,
    /,
    *,
    yes: YesOption = False,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Revoke a pending invitation, so that it cannot be accepted, and show it.

    Args:
        invitation: The invitation's id.
    """
    from orgsdk.cli.calls import Question, call_and_write
    from orgsdk.cli.output.rows import INVITATIONS

    call_and_write(
        connection,
        INVITATIONS,
        output,
        connection.in_organization(lambda org: org.invitations.revoke(invitation)),
        question=Question(
            action=lambda who: f"revoke the invitation {who}, so that it cannot be accepted",
            record_id=invitation,
            find=connection.in_organization(lambda org: org.invitations.get(invitation)),
            yes=yes,
        ),
    )


@app.command
def remove(
    invitation: RecordArgument, /, *, yes: YesOption = False, connection: ConnectionOptions = ConnectionOptions()
) -> None:
    """Delete an invitation with any status. A membership that resulted from it stays.

    Args:
        invitation: The invitation's id.
    """
    from orgsdk.cli.calls import Question, call_provider
    from orgsdk.cli.errors import print_status

    call_provider(
        connection,
        connection.in_organization(lambda org: org.invitations.remove(invitation)),
        question=Question(
            action=lambda who: f"delete the invitation {who}",
            record_id=invitation,
            find=connection.in_organization(lambda org: org.invitations.get(invitation)),
            yes=yes,
        ),
    )
    print_status(f"deleted the invitation {invitation}")
