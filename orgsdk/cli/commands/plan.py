"""`orgsdk plan`: show what would change, and save it to a file."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orgsdk import bulk
from orgsdk.cli.calls import call_provider
from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.output.console import escape_json, supports_unicode
from orgsdk.cli.run_files import command_line

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.cli.options.connection import ConnectionOptions

# The guards that compare a roster with that of an earlier plan.
_COMPARING = {"header", "rows"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """Hold what `orgsdk plan` was asked for, beside roster and policy."""

    output: Path | None
    previous: Path | None
    exit_code: bool
    show: int
    as_json: bool


def make_plan(roster: bulk.Roster, policy: bulk.Policy, wanted: PlanRequest, connection: ConnectionOptions) -> ExitCode:
    """Make a plan, save it, show it, and say what to do with it."""
    previous = earlier_plan(wanted.previous, wanted.output)
    plan = call_provider(
        connection,
        connection.in_organization(lambda organization: bulk.plan(organization, roster, policy, previous=previous)),
    )
    if wanted.output is not None:
        save_plan(plan, wanted.output)
    if wanted.as_json:
        sys.stdout.write(plan_as_json(plan))
    else:
        show_plan(plan, wanted.show)
    _advise(plan, wanted.output, connection)
    if not passes(plan):
        return ExitCode.GUARD
    return ExitCode.CHANGES_PENDING if wanted.exit_code and not plan.is_empty else ExitCode.OK


def earlier_plan(named: Path | None, output: Path | None) -> bulk.Plan | None:
    """Give the plan that a new one is compared with: the one that is named, or that is about to be replaced.

    Raises `UsageError` where what is about to be replaced is no plan: somebody's roster, perhaps.
    """
    replaced = None
    if output is not None and output.exists():
        try:
            replaced = bulk.Plan.load(output)
        except (bulk.PlanError, OSError):
            raise UsageError(f"{output} is there, and is no plan: name another file, or delete it") from None
    return load_plan(named) if named is not None else replaced


def load_plan(path: Path) -> bulk.Plan:
    """Give the plan of a file; raises `UsageError` where there is none."""
    try:
        return bulk.Plan.load(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except bulk.PlanError as error:
        raise UsageError(f"{path}: {error}") from None


def save_plan(plan: bulk.Plan, path: Path) -> None:
    """Write the plan to a file; raises `UsageError` where that cannot be."""
    try:
        plan.save(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def show_plan(plan: bulk.Plan, most: int) -> None:
    """Write the plan for people: its first writes, and a summary."""
    if not plan.is_empty:
        sys.stdout.write(f"{plan.table(limit=most)}\n\n")
    sys.stdout.write(f"{plan.summary()}\n")


def plan_as_json(plan: bulk.Plan) -> str:
    """Give the plan's own JSON, which `orgsdk apply` takes, in letters that stdout has."""
    text = plan.to_json().decode()
    return escape_json(text) if supports_unicode() else json.dumps(json.loads(text)) + "\n"


def passes(plan: bulk.Plan) -> bool:
    """Tell whether no guard refuses the plan."""
    return all(guard.passed for guard in plan.guards)


def confirmation(plan: bulk.Plan) -> str | None:
    """Give the option that lets a refused plan pass, None where there is none, or none is needed."""
    refused = [guard for guard in plan.guards if not guard.passed]
    if not refused or not all(guard.overridable for guard in refused):
        return None
    return f"--confirm-removals {plan.counts['remove']}:{plan.hash}"


def _advise(plan: bulk.Plan, path: Path | None, connection: ConnectionOptions) -> None:
    if plan.is_empty:
        return
    if path is None:
        print_status("to carry it out, make it with --output plan.json, and then: orgsdk apply plan.json")
    elif passes(plan):
        print_status(f"saved; to carry it out: {command_line('apply', path, connection)}")
    elif option := confirmation(plan):
        print_status(
            f"saved, and refused; if the removals are meant: {command_line('apply', path, connection)} {option}"
        )
    elif {guard.name for guard in plan.guards if not guard.passed} <= _COMPARING:
        print_status(f"saved, and refused; if the roster is meant to differ so, delete {path}, and make another plan")
    else:
        print_status("saved, and refused: look at the roster, and make another plan")
