"""`orgsdk fleet`: make many organizations match their rosters, night by night."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path  # cyclopts reads the annotations
from typing import TYPE_CHECKING, Annotated

import anyio
import anyio.to_thread
from cyclopts import App, Parameter

from orgsdk import bulk
from orgsdk._messages import count_noun, did_you_mean
from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.fleet_runs import CONFIG, FleetCommand, exit_code_of
from orgsdk.cli.fleet_worker import run_worker, with_status_page
from orgsdk.cli.options.common import FlagOption, JSONOption, TextOption
from orgsdk.cli.options.status_page import StatusPageOptions
from orgsdk.cli.output.console import clean
from orgsdk.cli.output.fleet import FleetDisplay, write_json, write_progress
from orgsdk.cli.output.fleet_night import write_night
from orgsdk.fleet.night import read_night
from orgsdk.fleet.phases import iterate_units

if TYPE_CHECKING:
    from orgsdk.fleet.context import WorkContext
    from orgsdk.fleet.fleet import Fleet
    from orgsdk.fleet.night import PlannedNight
    from orgsdk.fleet.progress import FleetProgress
    from orgsdk.fleet.report import FleetReport
    from orgsdk.fleet.store import FleetStore

app: App = App(name="fleet", help="Make many organizations match their rosters, night by night.", help_epilogue="")

_ConfigOption = Annotated[
    Path, Parameter(metavar="PATH", help="The fleet's configuration file. Default: fleet.toml in this folder.")
]
_WATCH_SECONDS = 2.0
# Run states in which nothing happens any more without another command.
_AT_REST = frozenset({"planned", "refused", "stopped", "finished", "cancelled"})


@app.command
def plan(*, exit_code: FlagOption = False, as_json: JSONOption = False, config: _ConfigOption = CONFIG) -> int:
    """Plan every organization, and show the whole night. Changes nothing at the providers.

    It shows the changes by kind, the guards that refuse them, and the requests and hours that each limit key takes.
    orgsdk fleet apply carries the plans out.

    Args:
        exit_code: Exit with 2 if there are changes.
        as_json: Write the night to stdout, as JSON.
    """
    command = FleetCommand(config, as_json)

    async def make(fleet: Fleet, context: WorkContext) -> PlannedNight:
        started = await fleet.start("plan")
        with command.display:
            await fleet.work(started.epoch)
        return await anyio.to_thread.run_sync(read_night, context.store, fleet.options, started.epoch)

    night = command.run(make)
    if as_json:
        write_json(night.as_json())
    else:
        write_night(night)
    code = ExitCode.GUARD if night.is_refused else exit_code_of(night.progress)
    _print_next_step(command, night.progress)
    if code is ExitCode.OK and exit_code and night.changes:
        return ExitCode.CHANGES_PENDING
    return code


@app.command
def apply(
    *,
    confirm: TextOption = None,
    as_json: JSONOption = False,
    config: _ConfigOption = CONFIG,
    page: StatusPageOptions = StatusPageOptions(),
) -> int:
    """Apply the plans of the latest run, which orgsdk fleet plan has made and shown.

    Args:
        confirm: The hash that orgsdk fleet plan shows, for plans that a guard of the fleet refuses.
        as_json: Write the numbers to stdout, as JSON.
    """
    command = FleetCommand(config, as_json)

    async def work(fleet: Fleet, context: WorkContext) -> FleetReport:
        started = await fleet.start("apply", confirm=confirm)
        with command.display:
            return await with_status_page(page, context.store, partial(fleet.work, started.epoch))

    return _finish(command, command.run(work))


@app.command
def sync(
    *,
    as_json: JSONOption = False,
    config: _ConfigOption = CONFIG,
    page: StatusPageOptions = StatusPageOptions(),
) -> int:
    """Plan and apply: the command for every night.

    By default, all plans are made and judged together before the first one is applied. A run that is interrupted, by
    Ctrl-C or a crash, continues with orgsdk fleet resume. No write is lost or repeated.

    Args:
        as_json: Write the numbers to stdout, as JSON.
    """
    command = FleetCommand(config, as_json)

    async def work(fleet: Fleet, context: WorkContext) -> FleetReport:
        started = await fleet.start("sync")
        forecast = started.forecast
        if forecast is not None and forecast.statement is not None:
            print_status(forecast.statement)
        with command.display:
            return await with_status_page(page, context.store, partial(fleet.work, started.epoch))

    return _finish(command, command.run(work))


@app.command
def resume(
    *,
    confirm: Annotated[
        tuple[str, ...],
        Parameter(
            name="--confirm",
            metavar="HASH",
            negative="",
            show_default=False,
            help="The hash of a run, or of the plan of an organization, that a guard has refused. May be repeated.",
        ),
    ] = (),
    as_json: JSONOption = False,
    config: _ConfigOption = CONFIG,
    page: StatusPageOptions = StatusPageOptions(),
) -> int:
    """Continue the latest run: what was interrupted, and again what failed or was stopped.

    Args:
        as_json: Write the numbers to stdout, as JSON.
    """
    command = FleetCommand(config, as_json)

    async def work(fleet: Fleet, context: WorkContext) -> FleetReport:
        with command.display:
            return await with_status_page(page, context.store, partial(fleet.resume, confirm=confirm))

    return _finish(command, command.run(work))


@app.command
def worker(*, config: _ConfigOption = CONFIG, page: StatusPageOptions = StatusPageOptions()) -> None:
    """Work on runs that other commands start, here or on another machine, until Ctrl-C or SIGTERM.

    Any number of workers share a fleet whose store is in PostgreSQL. They need the same configuration and the same
    secrets. With a store in a file, one worker on this machine is enough.
    """
    command = FleetCommand(config)

    async def work(fleet: Fleet, context: WorkContext) -> None:
        await with_status_page(page, context.store, partial(run_worker, fleet, context))

    command.run(work)


@app.command
def cancel(*, as_json: JSONOption = False, config: _ConfigOption = CONFIG) -> None:
    """Cancel the latest run. What was applied stays, and the next run finds it.

    Args:
        as_json: Write the numbers to stdout, as JSON.
    """
    command = FleetCommand(config, as_json)

    async def end(fleet: Fleet, _: WorkContext) -> FleetProgress:
        return await fleet.cancel()

    _write(command, command.run(end))


@app.command
def status(*, watch: FlagOption = False, as_json: JSONOption = False, config: _ConfigOption = CONFIG) -> None:
    """Show how far the latest run is, by limit key, and the organizations that need attention. Sends no request.

    Args:
        watch: Show it until the run ends, or until Ctrl-C.
        as_json: Write the numbers to stdout, as JSON.
    """
    command = FleetCommand(config, as_json, FleetDisplay(to_stdout=True) if watch else FleetDisplay())

    async def read(fleet: Fleet, _: WorkContext) -> FleetProgress:
        progress = await fleet.status()
        if watch and not as_json:
            with command.display:
                while progress.run.state not in _AT_REST:
                    command.display.progress(progress)
                    await anyio.sleep(_WATCH_SECONDS)
                    progress = await fleet.status()
        return progress

    _write(command, command.run(read))


@app.command
def audit(organization: str, /, *, as_json: JSONOption = False, config: _ConfigOption = CONFIG) -> None:
    """Verify the audit of an organization, and show it: a line for each change of each night, chained by hashes.

    Lines on a terminal have no values, and so no addresses.

    Args:
        organization: The organization's name in the fleet.
        as_json: Write the lines to stdout as they are stored, one JSON object each. They contain personal data.
    """
    command = FleetCommand(config, as_json)

    async def read(_: Fleet, context: WorkContext) -> bulk.AuditSummary:
        return await anyio.to_thread.run_sync(_show_audit, context.store, organization, as_json)

    summary = command.run(read)
    print_status(f"verified {count_noun(summary.lines, 'line')}; the hash of the last one is {summary.last_hash}")


def _show_audit(store: FleetStore, name: str, as_json: bool) -> bulk.AuditSummary:  # noqa: FBT001  # called by position
    summary = bulk.verify_audit(store.audit_lines(name))
    if not summary.lines and not store.organizations([name]):
        _refuse_unknown(store, name)
    for line in store.audit_lines(name):
        sys.stdout.write(line.decode() if as_json else f"{_describe(line)}\n")
    return summary


def _describe(line: bytes) -> str:
    """Return a line of an audit without values: time, kind, user's id, names of the changed fields, and status."""
    event = json.loads(line)
    fields = ", ".join(sorted({*event.get("before", {}), *event.get("after", {})}))
    shown = (event.get("at"), event.get("kind"), event.get("user_id"), fields, event.get("status"))
    return "  ".join(clean(str(value)) for value in shown if value)


def _refuse_unknown(store: FleetStore, name: str) -> None:
    run = store.run()
    names = [] if run is None else [unit.name for unit in iterate_units(store, run.epoch)]
    if name not in names:
        raise UsageError(f"no organization of the fleet is called {name!r}.{did_you_mean(name, names)}")


def _finish(command: FleetCommand, report: FleetReport) -> ExitCode:
    _write(command, report.progress)
    _print_next_step(command, report.progress)
    return exit_code_of(report.progress)


def _write(command: FleetCommand, progress: FleetProgress) -> None:
    if command.as_json:
        write_json(progress.as_json())
    else:
        write_progress(progress)


def _print_next_step(command: FleetCommand, progress: FleetProgress) -> None:
    """Write to stderr what can be done next."""
    run, counts = progress.run, progress.total.counts
    if run.state == "cancelled":  # it cannot be resumed
        print_status(f"cancelled; another run finds what was done: {command.line('sync')}")
        return
    refused = run.state == "refused" or (run.state == "planned" and run.detail is not None)
    if run.state == "planned" and not refused:
        print_status(f"to apply it, run: {command.line('apply')}")
    elif refused and run.hash is not None:
        line = command.line("apply", "--confirm", run.hash)
        print_status(f"refused: nothing was applied; if the changes are intended, run: {line}")
    elif run.state == "stopped":
        print_status(f"stopped; once you have looked at the plans, run: {command.line('resume')}")
    elif counts["failed"] or counts["stopped"] or any(key.refused is not None for key in progress.keys):
        print_status(f"to try again what failed, run: {command.line('resume')}")
    if counts["guarded"]:
        print_status(f"to apply a refused plan that is intended, run: {command.line('resume', '--confirm', 'HASH')}")
