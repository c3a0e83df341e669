"""`orgsdk conformance`: run the conformance checks against one provider."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import anyio
from cyclopts import Parameter

from orgsdk.cli.calls import add_error_notes
from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.options.common import OutputOptions, PositiveOption, TextOption, YesOption
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.output.console import count_noun
from orgsdk.cli.output.formats import make_writer
from orgsdk.cli.output.rows import RecordView
from orgsdk.cli.user_input import confirm
from orgsdk.client import OrgClient
from orgsdk.domain import Capability
from orgsdk.testing.conformance import CHECKS, CheckContext, run_checks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from orgsdk.providers.base import Provider
    from orgsdk.testing.conformance import ConformanceReport

    Client = OrgClient[Provider]


def conformance(
    *,
    users: Annotated[PositiveOption, Parameter(name="--users")],
    only: TextOption = None,
    yes: YesOption = False,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Hold a provider to the contract, and report on each behaviour.

    It writes: users, invitations, roles and organizations of its own are made, and cleared away again. Where the
    provider can make organizations it works in a new one, and else in the one that is named, or the credentials' own:
    use one that nobody needs. The exit code is 0 where nothing failed.

    Args:
        users: How many users may be there at one time; 10 let every check run.
        only: Only the checks whose name contains this, such as pagination or users.
    """

    return run_conformance(connection, output, users=users, only=only, yes=yes)


_SHAPE = RecordView("check", ("outcome", "check", "reason", "claim"), columns=("outcome", "check", "reason"))


def run_conformance(
    connection: ConnectionOptions, output: OutputOptions, *, users: int, only: str | None, yes: bool
) -> int:
    """Write what came of each check, tell how many failed, and give the exit code."""
    fields = _SHAPE.choose(output.fields, _SHAPE.columns)
    checks = [check for check in CHECKS if only is None or only in check.name]
    if not checks:
        raise UsageError(f"--only: no check has {only!r} in its name")
    client = connection.client()
    where = "a new organization"
    chosen: Client | None = None
    if connection.organization is not None or Capability.ORGANIZATIONS_CREATE not in client.capabilities:
        handle = connection.handle(client)
        where = "the credentials' own organization" if handle.id is None else f"the organization {handle.id}"
        chosen = OrgClient(client.provider, organization=handle.id)
    confirm(f"{client.provider.name}: make and delete up to {count_noun(users, 'user')} in {where}", yes=yes)

    async def run() -> tuple[ConformanceReport, int]:
        async with client, _organization(client, chosen) as given:
            stage = CheckContext(given, max_users=users)
            return await run_checks(stage, checks), stage.not_removed

    report, not_removed = anyio.run(run)
    _write(report, output, fields)
    if not_removed:
        print_status(f"{count_noun(not_removed, 'thing')} could not be cleared away")
    return ExitCode.OK if report.conforms else ExitCode.FAILURE


@asynccontextmanager
async def _organization(client: Client, chosen: Client | None) -> AsyncGenerator[Client]:
    if chosen is not None:
        yield chosen
        return
    with add_error_notes(client):
        made = await client.organizations.create(f"orgsdk conformance {secrets.token_hex(4)}")
    try:
        yield OrgClient(client.provider, organization=made.id)
    finally:
        with anyio.CancelScope(shield=True):
            if Capability.ORGANIZATIONS_REMOVE in client.capabilities:
                await client.organizations.remove(made.id)


def _write(report: ConformanceReport, output: OutputOptions, fields: Sequence[str]) -> None:
    writer = make_writer(output.output, fields)
    rows = [
        {"outcome": one.outcome, "check": one.check.name, "reason": one.reason, "claim": one.check.claim}
        for one in report.results
    ]
    writer.write([{field: row[field] for field in fields} for row in rows])
    writer.end()
    for failed in report.of("failed"):
        print_status(f"failed: {failed.check.name}: {failed.reason}")
    numbers = ", ".join(f"{len(report.of(outcome)):,} {outcome}" for outcome in ("passed", "failed", "skipped"))
    print_status(f"{report.provider}: {numbers}")
