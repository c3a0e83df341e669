"""`orgsdk plan`, `orgsdk apply` and `orgsdk resume`: make an organization match a roster."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from orgsdk.cli.connection import Connection
from orgsdk.cli.parameters import Count, File, Flag, Text
from orgsdk.cli.policies import PolicyOptions
from orgsdk.cli.rosters import RosterOptions

_Output = Annotated[File, Parameter(name=["--output", "-o"])]
_Json = Annotated[Flag, Parameter(name="--json")]


def plan(
    roster: Path,
    /,
    *,
    output: _Output = None,
    previous: File = None,
    exit_code: Flag = False,
    show: Count = 20,
    as_json: _Json = False,
    source: RosterOptions = RosterOptions(),
    policy: PolicyOptions = PolicyOptions(),
    connection: Connection = Connection(),
) -> int:
    """Say what would have to change for an organization to match a roster; nothing is changed.

    The roster is a CSV or JSON Lines file, or a OneRoster export (a folder or a zip). Everything that is wrong with
    it is told at once, with its lines. Nobody is removed unless --remove says so.

    Args:
        roster: The roster.
        output: Save the plan in this file, for orgsdk apply; it names people, and only its owner can read it.
        previous: The last plan that was made from this roster, which it is compared with; without it, the one that
            the new one replaces.
        exit_code: Exit with 2 where there is anything to do.
        show: How many writes to show.
        as_json: Write the plan itself to stdout, as JSON.
    """
    from orgsdk.cli.planning import Wanted, make_plan

    wanted = Wanted(output=output, previous=previous, exit_code=exit_code, show=show, as_json=as_json)
    return make_plan(source.read(roster), policy.policy(), wanted, connection)


def apply(
    plan: Path,
    /,
    *,
    journal: File = None,
    audit: File = None,
    passwords: File = None,
    report: File = None,
    confirm_removals: Text = None,
    concurrency: Count = 16,
    as_json: _Json = False,
    connection: Connection = Connection(),
) -> int:
    """Carry out a plan, exactly as it stands.

    It does not ask whether it is meant: what it will do is what orgsdk plan has shown.
    A run that is interrupted, by Ctrl-C or a crash, leaves a journal, and orgsdk resume goes on with it; the journal
    of one that ends is deleted. Progress goes to stderr.

    Args:
        plan: The file that orgsdk plan saved.
        journal: The journal's file; without it, plan.journal beside plan.json.
        audit: Append a line of JSON a write to this file, each chained to the one before.
        passwords: Give each new account a password, and write them to this file, which only its owner can read.
        report: Write the outcomes to this CSV file.
        confirm_removals: NUMBER:HASH as orgsdk plan says them, for a plan that is refused for its removals.
        concurrency: How many writes are under way at once.
        as_json: Write the report to stdout as JSON.
    """
    from orgsdk.cli.running import Files, apply_plan

    files = Files(journal=journal, audit=audit, passwords=passwords, report=report)
    return apply_plan(plan, files, confirm_removals, concurrency, as_json=as_json, connection=connection)


def resume(
    journal: Path,
    /,
    *,
    report: File = None,
    concurrency: Count = 16,
    as_json: _Json = False,
    connection: Connection = Connection(),
) -> int:
    """Go on with a run that was interrupted: nothing is lost, and nothing is done twice.

    Args:
        journal: The journal that the run left.
        report: Write the outcomes of the whole run to this CSV file.
        concurrency: How many writes are under way at once.
        as_json: Write the report to stdout as JSON.
    """
    from orgsdk.cli.running import resume_run

    return resume_run(journal, report, concurrency, as_json=as_json, connection=connection)
