"""`orgsdk export` and `orgsdk copy`: write an organization's users as a roster, or copy them to another provider."""

from __future__ import annotations

import csv
import io
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from cyclopts import Parameter

from orgsdk import bulk
from orgsdk._messages import count_noun
from orgsdk.bulk.csv_cells import escape_cell
from orgsdk.bulk.private_file import replace_privately
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.cli.calls import call_provider
from orgsdk.cli.commands.apply import show_and_apply
from orgsdk.cli.commands.plan import make_plan, plan_exit_code, show_result
from orgsdk.cli.errors import UsageError, print_status
from orgsdk.cli.options.common import FlagOption, IdOption, JSONOption, OutputPathOption, YesOption
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.options.policy import PolicyOptions
from orgsdk.cli.options.roster import RoleMapOption, parse_role_map
from orgsdk.cli.options.run import PlanOptions, RunOptions
from orgsdk.cli.output.console import clean, escape_json, supports_unicode
from orgsdk.cli.runs import CommandRun
from orgsdk.cli.settings import ORGANIZATION_VARIABLE
from orgsdk.domain import Capability
from orgsdk.providers.discovery import load_provider

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from orgsdk.domain import User

RosterFormat: TypeAlias = Literal["csv", "jsonl"]

# Without `state`: a suspended member is still a member, with roles and fields to plan.
_COLUMNS = (*FIELDS, "roles")
_ROLE_SEPARATORS = frozenset(";|")
_FORMATS: dict[str, RosterFormat] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_ProviderName = Annotated[str, Parameter(metavar="NAME")]


# orgsdk export


def export(
    *,
    output: OutputPathOption = None,
    format: Annotated[RosterFormat | None, Parameter(metavar="FORMAT")] = None,  # noqa: A002
    raw: FlagOption = False,
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Write an organization's users as a roster. A plan with that roster has no changes.

    The list is complete: each user once, checked against the total. In CSV, formulas and control characters are
    escaped; orgsdk plan restores them exactly.

    Args:
        output: The file. Only its owner can read it. Default: stdout.
        format: csv or jsonl. Default: by the file's name; csv on stdout.
        raw: Write the cells of CSV unchanged, for another program. A spreadsheet would run formulas in them.
    """
    roster_format = format or ("csv" if output is None else _FORMATS.get(output.suffix.lower()))
    if roster_format is None:
        raise UsageError(f"{output}: the format is unknown from the file's name: pass --format csv or jsonl")
    if raw and roster_format != "csv":
        raise UsageError(f"--raw is for csv, but the roster is {roster_format}")
    users = call_provider(connection, connection.in_organization(lambda org: org.users.list(complete=True).collect()))
    if roster_format == "csv":
        text = roster_csv(users, raw=raw)
    else:
        text = roster_jsonl(users, ascii_only=output is None and not supports_unicode())
    if output is None:
        # With --raw, control characters would take effect in a terminal. A pipe gets the text unchanged.
        sys.stdout.write("\n".join(map(clean, text.split("\n"))) if sys.stdout.isatty() else text)
    else:
        try:
            replace_privately(output, text.encode())
        except OSError as error:
            raise UsageError(f"{output}: {error.strerror}") from None
    print_status(f"exported {count_noun(len(users), 'user')}")
    if raw and (unsafe := sum(any(escape_cell(cell) != cell for cell in _cells(user)) for user in users)):
        print_status(
            f"{count_noun(unsafe, 'row')} with a formula or a control character: "
            "do not open the file in a spreadsheet, or show it in a terminal"
        )


def roster_csv(users: Iterable[User], *, raw: bool) -> str:
    """Return the users as a roster in CSV; `raw`: do not escape the cells."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for user in users:
        if any(_ROLE_SEPARATORS.intersection(role) for role in user.roles):
            raise UsageError("a role's name contains ; or |, which separate roles in CSV: pass --format jsonl")
        writer.writerow(_cells(user) if raw else map(escape_cell, _cells(user)))
    return text.getvalue()


def _cells(user: User) -> list[str]:
    return [*(getattr(user, field) or "" for field in FIELDS), ";".join(user.roles)]


def roster_jsonl(users: Iterable[User], *, ascii_only: bool) -> str:
    """Return the users as a roster in JSON Lines."""
    lines: list[str] = []
    for user in users:
        fields = {field: value for field in FIELDS if (value := getattr(user, field))}
        lines.append(escape_json(json.dumps({**fields, "roles": list(user.roles)}, ensure_ascii=ascii_only)) + "\n")
    return "".join(lines)


# orgsdk copy


@dataclass(frozen=True, slots=True, kw_only=True)
class CopySide(ConnectionOptions):
    """One of the two providers. `ORGSDK_ORGANIZATION` is ignored for one with a default organization."""

    def settings(self) -> Mapping[str, str]:
        """Return the variables for this provider."""
        # Not `super()`: dataclass(slots=True) creates a second class, which `super()` does not find.
        settings = dict(ConnectionOptions.settings(self))
        if self.provider and Capability.DEFAULT_ORGANIZATION in load_provider(self.provider).capabilities:
            settings.pop(ORGANIZATION_VARIABLE, None)
        return settings


def copy(
    *,
    from_: Annotated[_ProviderName, Parameter(name="--from")],
    from_organization: IdOption = None,
    map_role: RoleMapOption = (),
    dry_run: FlagOption = False,
    exit_code: FlagOption = False,
    as_json: JSONOption = False,
    yes: YesOption = False,
    planning: PlanOptions = PlanOptions(),
    run: RunOptions = RunOptions(),
    policy: PolicyOptions = PolicyOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Copy an organization's users to another provider: plan, ask for confirmation, and apply.

    --provider, --profile and --organization select the target, as those of orgsdk plan do. Users who exist there are
    matched, not created again. Nobody is removed without --remove. Passwords cannot be read, so they are not copied:
    --passwords PATH sets new ones.

    Args:
        from_: The profile or provider to read the users from.
        from_organization: The organization to read. Default: the credentials' own.
        dry_run: Show the changes, and stop.
        exit_code: With --dry-run, exit with 2 if there are changes.
        as_json: Write the report to stdout as JSON; with --dry-run, the plan.
    """
    source = CopySide.named(from_, organization=from_organization)
    target = CopySide(provider=connection.provider, profile=connection.profile, organization=connection.organization)
    roles = parse_role_map(map_role)

    def read() -> bulk.Roster:
        roster = call_provider(
            source, source.in_organization(lambda org: bulk.from_users(org.users.list(complete=True), roles=roles))
        )
        return replace(roster, name=f"the users of {source.profile or source.provider}")

    plan = make_plan(read, policy.policy(), planning, target)
    if dry_run:
        show_result(plan, planning, target, as_json=as_json)
        return plan_exit_code(plan, exit_code=exit_code)
    journal = run.journal or Path(f"copy-{plan.hash[:12]}.journal")
    resume_connection = replace(target, organization=plan.organization)
    return show_and_apply(
        plan,
        CommandRun(plan=plan, journal=journal, options=run, as_json=as_json, connection=resume_connection),
        planning,
        yes=yes,
    )
