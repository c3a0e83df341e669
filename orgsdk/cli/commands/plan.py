"""`orgsdk plan`: show what would change, and save it to a file."""

from __future__ import annotations

import sys
from pathlib import Path  # cyclopts reads the annotations

from orgsdk import bulk
from orgsdk.cli.calls import call_provider
from orgsdk.cli.errors import ExitCode, print_status
from orgsdk.cli.options.common import FlagOption, JSONOption, OutputPathOption, PathOption, PositiveOption
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.options.policy import PolicyOptions
from orgsdk.cli.options.roster import RosterOptions
from orgsdk.cli.output.plans import plan_as_json, write_plan
from orgsdk.cli.run_files import command_line, load_previous_plan, save_plan

# The guards that compare a roster with the one of the previous plan.
_COMPARISON_GUARDS = {"header", "rows"}


def plan(
    roster: Path,
    /,
    *,
    output: OutputPathOption = None,
    previous: PathOption = None,
    exit_code: FlagOption = False,
    show: PositiveOption = 20,
    as_json: JSONOption = False,
    source: RosterOptions = RosterOptions(),
    policy: PolicyOptions = PolicyOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Show what would change for an organization to match a roster. Changes nothing.

    The roster is a CSV or JSON Lines file, or a OneRoster export (a folder or a zip). All errors in it are shown at
    once, with their lines. Nobody is removed without --remove.

    Args:
        roster: The roster. - reads it from standard input, with --format.
        output: Save the plan in this file, for orgsdk apply. It contains personal data; only its owner can read it.
        previous: The previous plan for this roster, to compare with. Default: the plan that the new one replaces.
        exit_code: Exit with 2 if there are changes.
        show: Number of writes of each kind to show.
        as_json: Write the plan to stdout, as JSON.
    """
    rows, rules = source.read(roster), policy.policy()
    earlier = load_previous_plan(previous, output)
    result = call_provider(
        connection, connection.in_organization(lambda org: bulk.plan(org, rows, rules, previous=earlier))
    )
    if output is not None:
        save_plan(result, output)
    if as_json:
        sys.stdout.write(plan_as_json(result))
    else:
        write_plan(result, show)
    _print_next_step(result, output, connection)
    if not passes(result):
        return ExitCode.GUARD
    return ExitCode.CHANGES_PENDING if exit_code and not result.is_empty else ExitCode.OK


def passes(plan: bulk.Plan) -> bool:
    """Return whether all guards let the plan pass."""
    return all(guard.passed for guard in plan.guards)


def confirmation_option(plan: bulk.Plan) -> str | None:
    """Return the option that lets a refused plan pass. None if the plan passes or no option helps."""
    failed = [guard for guard in plan.guards if not guard.passed]
    if not failed or not all(guard.overridable for guard in failed):
        return None
    return f"--confirm {plan.hash}"


def _print_next_step(plan: bulk.Plan, path: Path | None, connection: ConnectionOptions) -> None:
    if plan.is_empty:
        return
    if path is None:
        print_status("to apply it, save it with --output plan.json, and run: orgsdk apply plan.json")
    elif passes(plan):
        print_status(f"saved; to apply it, run: {command_line('apply', path, connection)}")
    elif option := confirmation_option(plan):
        command = f"{command_line('apply', path, connection)} {option}"
        print_status(f"saved, but refused; if the changes are intended, run: {command}")
    elif {guard.name for guard in plan.guards if not guard.passed} <= _COMPARISON_GUARDS:
        print_status(f"saved, but refused; if the roster is right, delete {path} and make another plan")
    else:
        print_status("saved, but refused: check the roster, and make another plan")
