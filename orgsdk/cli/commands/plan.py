"""`orgsdk plan`: show what would change, and save it to a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk import bulk
from orgsdk.cli.calls import call_provider
from orgsdk.cli.errors import ExitCode, print_status
from orgsdk.cli.options.common import FlagOption, JSONOption
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.options.policy import PolicyOptions
from orgsdk.cli.options.roster import RosterArgument, RosterOptions
from orgsdk.cli.options.run import PlanOptions, RunOptions
from orgsdk.cli.output.plans import plan_as_json, write_plan
from orgsdk.cli.run_files import command_line, load_previous_plan, save_plan, saving_problems

if TYPE_CHECKING:
    from collections.abc import Callable

# The guards that compare a roster with the one of the previous plan.
_COMPARISON_GUARDS = {"header", "rows"}


def plan(
    roster: RosterArgument,
    /,
    *,
    exit_code: FlagOption = False,
    as_json: JSONOption = False,
    planning: PlanOptions = PlanOptions(),
    source: RosterOptions = RosterOptions(),
    policy: PolicyOptions = PolicyOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Show what would change for an organization to match a roster. Changes nothing.

    The roster is a CSV or JSON Lines file, or a OneRoster export (a folder or a zip). All errors in it are shown at
    once, with their lines. Nobody is removed without --remove. orgsdk apply carries out a saved plan.

    Args:
        roster: The roster. - reads it from standard input, with --format.
        exit_code: Exit with 2 if there are changes.
        as_json: Write the plan to stdout, as JSON.
    """
    result = make_plan(lambda: source.read(*roster, on_error="skip"), policy.policy(), planning, connection)
    show_result(result, planning, connection, as_json=as_json)
    return plan_exit_code(result, exit_code=exit_code)


def make_plan(
    read: Callable[[], bulk.Roster], policy: bulk.Policy, options: PlanOptions, connection: ConnectionOptions
) -> bulk.Plan:
    """Read a roster, plan it, and save the plan if a file is named."""
    with saving_problems(options.problems) as rejected:
        roster = read()
        previous = load_previous_plan(options.previous, options.output)
        plan = call_provider(
            connection, connection.in_organization(lambda org: bulk.plan(org, roster, policy, previous=previous))
        )
        rejected.extend(plan.rejected)
    if options.output is not None:
        save_plan(plan, options.output)
    return plan


def show_result(plan: bulk.Plan, options: PlanOptions, connection: ConnectionOptions, *, as_json: bool) -> None:
    """Write the plan to stdout, and the next step to stderr."""
    if as_json:
        sys.stdout.write(plan_as_json(plan))
    else:
        write_plan(plan, options.show)
    if plan.is_empty:
        return
    if passes(plan):
        _print_next_step(options.output, connection)
    else:
        print_refusal(plan, options, connection)


def plan_exit_code(plan: bulk.Plan, *, exit_code: bool) -> ExitCode:
    """Return the exit code of a command that plans; `exit_code`: its option of this name."""
    if not passes(plan):
        return ExitCode.GUARD
    return ExitCode.CHANGES_PENDING if exit_code and not plan.is_empty else ExitCode.OK


def passes(plan: bulk.Plan) -> bool:
    """Return whether all guards let the plan pass."""
    return all(guard.passed for guard in plan.guards)


def _print_next_step(path: Path | None, connection: ConnectionOptions) -> None:
    if path is None:
        print_status("to apply it, save it with --output plan.json, and run: orgsdk apply plan.json")
    else:
        print_status(f"saved; to apply it, run: {command_line('apply', path, connection)}")


def print_refusal(
    plan: bulk.Plan, options: PlanOptions, connection: ConnectionOptions, run: RunOptions | None = None
) -> None:
    """Write to stderr what can be done with a refused plan; `run` has the options of a command that applies."""
    failed = [guard for guard in plan.guards if not guard.passed]
    path = options.output
    start = "refused" if path is None else "saved, but refused"
    if run is not None:
        start += ": nothing was sent"
    if path is not None and all(guard.overridable for guard in failed):
        others = [] if run is None else run.to_apply()
        command = command_line("apply", path, connection, ["--confirm", plan.hash, *others])
        print_status(f"{start}; if the changes are intended, run: {command}")
    elif path is not None and {guard.name for guard in failed} <= _COMPARISON_GUARDS:
        how = f"delete {path} and make another plan" if options.previous is None else "plan again without --previous"
        print_status(f"{start}; if the roster is right, {how}")
    elif run is None:
        print_status(f"{start}: check the roster, and make another plan")
    else:
        print_status(f"{start}; check the roster")
