"""`orgsdk conformance`: run the conformance checks against one provider."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import anyio
from cyclopts import Parameter
from cyclopts.validators import Number

from orgsdk._messages import count_noun
from orgsdk.cli.calls import add_error_notes
from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.options.common import OutputOptions, PositiveOption, TextOption, YesOption
from orgsdk.cli.options.connection import ConnectionOptions
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

# A check that takes longer than so many calls may take does not end.
_CALLS_PER_CHECK = 4
_VIEW = RecordView("check", ("outcome", "check", "reason", "claim"), columns=("outcome", "check", "reason"))


def conformance(
    *,
    users: Annotated[PositiveOption, Parameter(name="--users")],
    only: TextOption = None,
    timeout: Annotated[float, Parameter(validator=Number(gt=0), metavar="SECONDS")] = 30,
    yes: YesOption = False,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Check that a provider fulfils the contract, and report each check.

    It creates test users, invitations, roles and organizations, and removes them again. If the provider can create
    organizations, it uses a new one. Otherwise it uses --organization or the credentials' own: choose one without real
    users. The exit code is 0 if no check failed.

    Args:
        users: The largest number of users at one time. With 10, every check can run.
        only: Only checks whose name contains this text, such as pagination or users.
        timeout: Seconds for one call, including its retries. A check may take four times as long.
    """
    fields = _VIEW.select(output.fields, _VIEW.columns)
    checks = [check for check in CHECKS if only is None or only in check.name]
    if not checks:
        raise UsageError(f"--only: no check has {only!r} in its name")
    client, settings = connection.client_and_settings()
    secrets_in_use = settings.read_secrets()
    location = "a new organization"
    chosen: Client | None = None
    if connection.organization is not None or Capability.ORGANIZATIONS_CREATE not in client.capabilities:
        handle = connection.handle(client)
        location = "the credentials' own organization" if handle.id is None else f"the organization {handle.id}"
        chosen = OrgClient(client.provider, organization=handle.id)
    confirm(f"{client.provider.name}: create and delete up to {count_noun(users, 'user')} in {location}", yes=yes)

    async def run() -> tuple[ConformanceReport, int]:
        async with client, _test_organization(client, chosen) as test_client:
            context = CheckContext(
                test_client.with_options(timeout=timeout),
                max_users=users,
                known_secrets=secrets_in_use,
                check_timeout=_CALLS_PER_CHECK * timeout,
            )
            return await run_checks(context, checks), context.not_removed

    report, not_removed = anyio.run(run)
    _write(report, output, fields)
    if not_removed:
        print_status(f"{count_noun(not_removed, 'test record')} could not be removed")
    return ExitCode.OK if report.conforms else ExitCode.FAILURE


@asynccontextmanager
async def _test_organization(client: Client, chosen: Client | None) -> AsyncGenerator[Client]:
    if chosen is not None:
        yield chosen
        return
    with add_error_notes():
        organization = await client.organizations.create(f"orgsdk conformance {secrets.token_hex(4)}")
    try:
        yield OrgClient(client.provider, organization=organization.id)
    finally:
        with anyio.CancelScope(shield=True):
            if Capability.ORGANIZATIONS_REMOVE in client.capabilities:
                await client.organizations.remove(organization.id)


def _write(report: ConformanceReport, output: OutputOptions, fields: Sequence[str]) -> None:
    writer = make_writer(output.format, fields)
    rows = [
        {"outcome": result.outcome, "check": result.check.name, "reason": result.reason, "claim": result.check.claim}
        for result in report.results
    ]
    writer.write([{field: row[field] for field in fields} for row in rows])
    writer.end()
    for result in report.of("failed"):
        print_status(f"failed: {result.check.name}: {result.reason}")
    numbers = ", ".join(f"{len(report.of(outcome)):,} {outcome}" for outcome in ("passed", "failed", "skipped"))
    print_status(f"{report.provider}: {numbers}")
