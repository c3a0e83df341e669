"""`orgsdk conformance`: the checks of `orgsdk.testing.conformance` against one provider, and a report."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from orgsdk.cli.asking import confirm
from orgsdk.cli.calling import advising
from orgsdk.cli.errors import ExitCode, UsageError, tell
from orgsdk.cli.output import counted
from orgsdk.cli.rows import Shape
from orgsdk.cli.writers import make_writer
from orgsdk.client import OrgClient
from orgsdk.domain import Capability
from orgsdk.testing.conformance import CHECKS, Stage, run_checks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from orgsdk.cli.connection import Connection
    from orgsdk.cli.parameters import Output
    from orgsdk.providers.base import Provider
    from orgsdk.testing.conformance import Report

    Client = OrgClient[Provider]

_SHAPE = Shape("check", ("outcome", "check", "reason", "claim"), columns=("outcome", "check", "reason"))


def hold_to_the_contract(connection: Connection, output: Output, *, users: int, only: str | None, yes: bool) -> int:
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
    confirm(f"{client.provider.name}: make and delete up to {counted(users, 'user')} in {where}", yes=yes)

    async def run() -> tuple[Report, int]:
        async with client, _organization(client, chosen) as given:
            stage = Stage(given, max_users=users)
            return await run_checks(stage, checks), stage.left_behind

    report, left_behind = anyio.run(run)
    _write(report, output, fields)
    if left_behind:
        tell(f"{counted(left_behind, 'thing')} could not be cleared away")
    return ExitCode.OK if report.conforms else ExitCode.FAILURE


@asynccontextmanager
async def _organization(client: Client, chosen: Client | None) -> AsyncGenerator[Client]:
    if chosen is not None:
        yield chosen
        return
    with advising(client):
        made = await client.organizations.create(f"orgsdk conformance {secrets.token_hex(4)}")
    try:
        yield OrgClient(client.provider, organization=made.id)
    finally:
        with anyio.CancelScope(shield=True):
            if Capability.ORGANIZATIONS_REMOVE in client.capabilities:
                await client.organizations.remove(made.id)


def _write(report: Report, output: Output, fields: Sequence[str]) -> None:
    writer = make_writer(output.output, fields)
    rows = [
        {"outcome": one.outcome, "check": one.check.name, "reason": one.reason, "claim": one.check.claim}
        for one in report.results
    ]
    writer.write([{field: row[field] for field in fields} for row in rows])
    writer.end()
    for failed in report.of("failed"):
        tell(f"failed: {failed.check.name}: {failed.reason}")
    numbers = ", ".join(f"{len(report.of(outcome)):,} {outcome}" for outcome in ("passed", "failed", "skipped"))
    tell(f"{report.provider}: {numbers}")
