"""`orgsdk apply` and `orgsdk resume`: carry out a plan with a journal, and report the result."""

from __future__ import annotations

from pathlib import Path  # cyclopts reads the annotations

from orgsdk import bulk
from orgsdk._messages import count_noun
from orgsdk.bulk.planning.confirmation import Confirmation
from orgsdk.cli.commands.plan import make_plan, passes, print_refusal
from orgsdk.cli.errors import ExitCode, UsageError
from orgsdk.cli.options.common import (
    DurationOption,
    JSONOption,
    PathOption,
    PositiveOption,
    TextOption,
    YesOption,
)
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.options.policy import PolicyOptions
from orgsdk.cli.options.roster import RosterOptions
from orgsdk.cli.options.run import PlanOptions, RunOptions
from orgsdk.cli.output.plans import write_plan
from orgsdk.cli.run_files import command_line, default_journal, is_plan_file, load_plan, read_journal
from orgsdk.cli.runs import CommandRun
from orgsdk.cli.standard_input import is_standard_input
from orgsdk.cli.user_input import check_terminal, confirm as ask_confirmation


def apply(
    file: Path,
    /,
    *,
    confirm: TextOption = None,
    confirm_removals: TextOption = None,
    as_json: JSONOption = False,
    yes: YesOption = False,
    planning: PlanOptions = PlanOptions(),
    run: RunOptions = RunOptions(),
    source: RosterOptions = RosterOptions(),
    policy: PolicyOptions = PolicyOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Apply a plan, exactly as it was shown. Or plan a roster, ask for confirmation, and apply the plan.

    It does not ask for confirmation of a plan: orgsdk plan has shown what it does. Of a roster, it shows the plan and
    asks; without a terminal it needs --yes. Guards refuse a plan in both cases. A run that is interrupted, by Ctrl-C or
    a crash, leaves a journal, and orgsdk resume continues it. The journal of a finished run is deleted. Progress is
    shown on stderr.

    Args:
        file: The file that orgsdk plan saved, or a roster. The options of orgsdk plan are for a roster.
        confirm: The plan's hash as orgsdk plan shows it, for a plan that is refused because of the number of changes.
        confirm_removals: NUMBER:HASH, the number of removals and the plan's hash, to override the removal limits only.
        as_json: Write the report to stdout as JSON.
    """
    if is_plan_file(file):
        if (planning, source, policy) != (PlanOptions(), RosterOptions(), PolicyOptions()):
            raise UsageError(f"{file} is a plan: its roster and its policy are set. Pass their options to orgsdk plan")
        command = CommandRun(
            plan=load_plan(file),
            journal=run.journal or default_journal(file),
            options=run,
            as_json=as_json,
            connection=connection,
        )
        try:
            return command.apply(Confirmation(confirm, _parse_removals(confirm_removals)))
        except bulk.GuardError as error:
            if all(guard.overridable for guard in error.failed):
                others = ["--confirm", command.plan.hash, *run.to_apply(), *(["--json"] if as_json else [])]
                error.add_note(f"if the changes are intended, run: {command_line('apply', file, connection, others)}")
            raise
    if confirm is not None or confirm_removals is not None:
        option = "--confirm" if confirm is not None else "--confirm-removals"
        raise UsageError(f"{option} is for a plan: save it with orgsdk plan -o plan.json, and read it first")
    check_terminal(f"apply {file}", yes=yes)
    plan = make_plan(lambda: source.read(file, on_error="skip"), policy.policy(), planning, connection)
    name = Path(f"apply-{plan.hash[:12]}") if is_standard_input(file) else file
    return show_and_apply(
        plan,
        CommandRun(
            plan=plan,
            journal=run.journal or default_journal(name),
            options=run,
            as_json=as_json,
            connection=connection,
        ),
        planning,
        yes=yes,
    )


def resume(
    journal: Path,
    /,
    *,
    audit: PathOption = None,
    passwords: PathOption = None,
    report: PathOption = None,
    concurrency: PositiveOption = 16,
    max_pause: DurationOption = None,
    as_json: JSONOption = False,
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Continue an interrupted run. No write is lost or repeated.

    Args:
        journal: The journal of the interrupted run. It may have been moved.
        audit: The audit file. Default: the one of the run, where it was.
        passwords: The file of the passwords, if it was moved. Default: the one of the run, where it was.
        report: Write the outcomes of the whole run to this CSV file.
        concurrency: Number of concurrent writes.
        max_pause: Stop at a rate limit that lasts longer, such as 5m or 1h. Default: wait for every limit.
        as_json: Write the report to stdout as JSON.
    """
    plan, _ = read_journal(journal)
    options = RunOptions(audit=audit, passwords=passwords, report=report, concurrency=concurrency, max_pause=max_pause)
    return CommandRun(plan=plan, journal=journal, options=options, as_json=as_json, connection=connection).resume()


def show_and_apply(plan: bulk.Plan, run: CommandRun, planning: PlanOptions, *, yes: bool) -> ExitCode:
    """Show a new plan, ask for confirmation, and apply it. A plan that a guard refuses is not applied."""
    if not run.as_json:
        write_plan(plan, planning.show)
    if not passes(plan):
        print_refusal(plan, planning, run.connection, run.options)
        return ExitCode.GUARD
    if not plan.is_empty:
        ask_confirmation(_question(plan), yes=yes)
    return run.apply()


def _question(plan: bulk.Plan) -> str:
    numbers = {"removals": plan.counts["remove"], "suspensions": plan.counts["suspend"]}
    named = " and ".join(f"{number:,} of them {what}" for what, number in numbers.items() if number)
    of_which = f", {named}" if named else ""
    return f"{plan.provider}: make {count_noun(len(plan.writes), 'change')}{of_which}"


def _parse_removals(value: str | None) -> tuple[int, str] | None:
    if value is None:
        return None
    number, colon, plan_hash = value.partition(":")
    if not colon or not number.isdecimal():
        raise UsageError("--confirm-removals takes NUMBER:HASH, the number of removals and the plan's hash")
    return int(number), plan_hash
