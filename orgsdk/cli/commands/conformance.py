"""`orgsdk conformance`."""

from typing import Annotated

from cyclopts import Parameter

from orgsdk.cli.connection import Connection
from orgsdk.cli.parameters import Count, Output, Text, Yes


def conformance(
    *,
    users: Annotated[Count, Parameter(name="--users")],
    only: Text = None,
    yes: Yes = False,
    output: Output = Output(),
    connection: Connection = Connection(),
) -> int:
    """Hold a provider to the contract, and report on each behaviour.

    It writes: users, invitations, roles and organizations of its own are made, and cleared away again. Where the
    provider can make organizations it works in a new one, and else in the one that is named, or the credentials' own:
    use one that nobody needs. The exit code is 0 where nothing failed.

    Args:
        users: How many users may be there at one time; 10 let every check run.
        only: Only the checks whose name contains this, such as paging or users.
    """
    from orgsdk.cli.conformance import hold_to_the_contract

    return hold_to_the_contract(connection, output, users=users, only=only, yes=yes)
