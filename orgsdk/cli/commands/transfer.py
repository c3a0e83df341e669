"""`orgsdk export` and `orgsdk copy`: an organization's users as a roster, for a file or for another provider."""

from typing import Annotated, Literal

from cyclopts import Parameter

from orgsdk.cli.connection import Connection
from orgsdk.cli.parameters import Count, File, Flag, Id, Yes
from orgsdk.cli.policies import PolicyOptions
from orgsdk.cli.rosters import RoleMap

_Output = Annotated[File, Parameter(name=["--output", "-o"])]
_Json = Annotated[Flag, Parameter(name="--json")]
_Place = Annotated[str, Parameter(metavar="NAME")]


def export(
    *,
    output: _Output = None,
    format: Annotated[Literal["csv", "jsonl"] | None, Parameter(metavar="FORMAT")] = None,  # noqa: A002
    connection: Connection = Connection(),
) -> None:
    """Write an organization's users as a roster that orgsdk plan reads: whoever plans with it finds nothing to do.

    The list is complete: each user once, proved by the total. Cells stand as they are, for a program to read; for a
    spreadsheet, use orgsdk users list --output csv, in which no cell is a formula.

    Args:
        output: The file, which only its owner can read; without it, stdout.
        format: csv or jsonl; without it, as the file is called, and csv on stdout.
    """
    from orgsdk.cli.export import export_users

    export_users(output, format, connection)


def copy(
    *,
    from_: Annotated[_Place, Parameter(name="--from")],
    to: _Place,
    from_organization: Id = None,
    to_organization: Id = None,
    map_role: RoleMap = (),
    dry_run: Flag = False,
    output: _Output = None,
    journal: File = None,
    audit: File = None,
    passwords: File = None,
    show: Count = 20,
    concurrency: Count = 16,
    as_json: _Json = False,
    yes: Yes = False,
    policy: PolicyOptions = PolicyOptions(),
) -> int:
    """Bring the users of one provider's organization to another's: plan, ask, and apply.

    What is there already is matched, not made twice; nobody is removed unless --remove says so. No password can be
    read, so none is brought along: --passwords PATH makes new ones.

    Args:
        from_: The profile, or the provider, whose users are read.
        to: The profile, or the provider, that they are brought to.
        from_organization: The organization that is read; without it, the credentials' own.
        to_organization: The organization that they become members of; without it, the credentials' own.
        dry_run: Show what would be done, and stop.
        output: Save the plan in this file.
        journal: The journal's file; without it, one that is called after the plan, in the current folder.
        audit: Append a line of JSON a write to this file, each chained to the one before.
        passwords: Give each new account a password, and write them to this file, which only its owner can read.
        show: How many writes to show.
        concurrency: How many writes are under way at once.
        as_json: Write the report to stdout as JSON; with --dry-run, the plan.
    """
    from orgsdk.cli.copying import Copy, Side, copy_users
    from orgsdk.cli.running import Files

    wanted = Copy(
        source=Side.named(from_, organization=from_organization),
        target=Side.named(to, organization=to_organization),
        map_role=map_role,
        policy=policy.policy(),
        output=output,
        show=show,
        as_json=as_json,
        dry_run=dry_run,
        yes=yes,
    )
    return copy_users(wanted, Files(journal=journal, audit=audit, passwords=passwords), concurrency)
