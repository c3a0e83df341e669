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
from orgsdk.bulk.private_file import escape_cell, replace_privately
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.cli.calls import call_provider
from orgsdk.cli.commands.apply import apply_to
from orgsdk.cli.commands.plan import confirmation, earlier_plan, passes, plan_as_json, save_plan, show_plan
from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.options.common import FlagOption, IdOption, PathOption, PositiveOption, YesOption
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.options.policy import PolicyOptions
from orgsdk.cli.options.roster import RoleMapOption, parse_role_map
from orgsdk.cli.output.console import clean, count_noun, escape_json, supports_unicode
from orgsdk.cli.settings import ORGANIZATION_VARIABLE
from orgsdk.cli.user_input import confirm
from orgsdk.domain import Capability
from orgsdk.providers.discovery import load_provider

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orgsdk.cli.commands.apply import RunFiles
    from orgsdk.domain import User

_Output = Annotated[PathOption, Parameter(name=["--output", "-o"])]
_Json = Annotated[FlagOption, Parameter(name="--json")]
_Place = Annotated[str, Parameter(metavar="NAME")]


def export(
    *,
    output: _Output = None,
    format: Annotated[Literal["csv", "jsonl"] | None, Parameter(metavar="FORMAT")] = None,  # noqa: A002
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Write an organization's users as a roster that orgsdk plan reads: whoever plans with it finds nothing to do.

    The list is complete: each user once, proved by the total. Cells stand as they are, for a program to read; for a
    spreadsheet, use orgsdk users list --output csv, in which no cell is a formula.

    Args:
        output: The file, which only its owner can read; without it, stdout.
        format: csv or jsonl; without it, as the file is called, and csv on stdout.
    """

    export_users(output, format, connection)


def copy(
    *,
    from_: Annotated[_Place, Parameter(name="--from")],
    to: _Place,
    from_organization: IdOption = None,
    to_organization: IdOption = None,
    map_role: RoleMapOption = (),
    dry_run: FlagOption = False,
    output: _Output = None,
    journal: PathOption = None,
    audit: PathOption = None,
    passwords: PathOption = None,
    show: PositiveOption = 20,
    concurrency: PositiveOption = 16,
    as_json: _Json = False,
    yes: YesOption = False,
    policy: PolicyOptions = PolicyOptions(),
) -> int:
    """Bring the users of one provider's organization to another's: plan, ask, and apply.

    What is there already is matched, not made twice; nobody is removed unless --remove says so. No password can be
    read, so none is brought along: --passwords PATH makes new ones.

    Args:
        from_: The profile, or the provider, whose users are read.
        to: The profile, or the provider, that they are brought to.
        from_organization: The organization that is read; without it, the credentials' own.
        to_organization: The organization that they become members of; without it, the credentials' own.
        dry_run: Show what would be done, and stop.
        output: Save the plan in this file.
        journal: The journal's file; without it, one that is called after the plan, in the current folder.
        audit: Append a line of JSON a write to this file, each chained to the one before.
        passwords: Give each new account a password, and write them to this file, which only its owner can read.
        show: How many writes to show.
        concurrency: How many writes are under way at once.
        as_json: Write the report to stdout as JSON; with --dry-run, the plan.
    """
    from orgsdk.cli.commands.apply import RunFiles

    wanted = CopyRequest(
        source=CopySide.named(from_, organization=from_organization),
        target=CopySide.named(to, organization=to_organization),
        map_role=map_role,
        policy=policy.policy(),
        output=output,
        show=show,
        as_json=as_json,
        dry_run=dry_run,
        yes=yes,
    )
    return copy_users(wanted, RunFiles(journal=journal, audit=audit, passwords=passwords), concurrency)


RosterFormat: TypeAlias = Literal["csv", "jsonl"]

# No `enabled`: a suspended member is a member, and a row that is not enabled asks for a removal.
_COLUMNS = (*FIELDS, "roles")
_SEPARATORS = frozenset(";|")
_FORMS: dict[str, RosterFormat] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def export_users(path: Path | None, form: RosterFormat | None, connection: ConnectionOptions) -> None:
    """Write the users to the file, or to stdout."""
    form = form or (_FORMS.get(path.suffix.lower()) if path is not None else "csv")
    if form is None:
        raise UsageError(f"{path}: the name does not tell what it is to be: pass --format csv or jsonl")
    users = call_provider(
        connection, connection.in_organization(lambda organization: organization.users.list(complete=True).collect())
    )
    text = "".join(_csv(users) if form == "csv" else _jsonl(users, ascii_only=path is None and not supports_unicode()))
    if path is None:
        # A file has the cells as they are; a terminal would do what they say.
        sys.stdout.write("\n".join(map(clean, text.split("\n"))) if sys.stdout.isatty() else text)
    else:
        try:
            replace_privately(path, text.encode())
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None
    print_status(f"exported {count_noun(len(users), 'user')}")
    if form == "csv" and (formulas := sum(_has_formula(user) for user in users)):
        print_status(
            f"{count_noun(formulas, 'row')} would run as a formula in a spreadsheet: do not open the file in one"
        )


def _csv(users: Iterable[User]) -> Iterator[str]:
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for user in users:
        if any(_SEPARATORS.intersection(role) for role in user.roles):
            raise UsageError("a role has ; or | in its name, which part roles in CSV: pass --format jsonl")
        writer.writerow([*(getattr(user, field) or "" for field in FIELDS), ";".join(user.roles)])
    yield rows.getvalue()


def _jsonl(users: Iterable[User], *, ascii_only: bool) -> Iterator[str]:
    for user in users:
        fields = {field: value for field in FIELDS if (value := getattr(user, field))}
        yield escape_json(json.dumps({**fields, "roles": list(user.roles)}, ensure_ascii=ascii_only)) + "\n"


def _has_formula(user: User) -> bool:
    cells = (getattr(user, field) or "" for field in FIELDS)
    return any(escape_cell(cell) != cell for cell in (*cells, *user.roles))


@dataclass(frozen=True, slots=True, kw_only=True)
class CopySide(ConnectionOptions):
    """Be one of two providers, so that `ORGSDK_ORGANIZATION` is the one's that has no organization of its own."""

    def settings(self) -> Mapping[str, str]:
        """Give the variables of this provider alone."""
        found = dict(ConnectionOptions.settings(self))  # a class with slots is made anew, which `super` does not know
        if self.provider and Capability.DEFAULT_ORGANIZATION in load_provider(self.provider).capabilities:
            found.pop(ORGANIZATION_VARIABLE, None)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRequest:
    """Hold what `orgsdk copy` was asked for."""

    source: CopySide
    target: CopySide
    map_role: tuple[str, ...]
    policy: bulk.Policy
    output: Path | None
    show: int
    as_json: bool
    dry_run: bool
    yes: bool


def copy_users(wanted: CopyRequest, files: RunFiles, concurrency: int) -> ExitCode:
    """Plan with the source's users, show the plan, ask, and apply it."""
    previous = earlier_plan(None, wanted.output)
    roles = parse_role_map(wanted.map_role)
    source, target = wanted.source, wanted.target
    roster = call_provider(
        source,
        source.in_organization(
            lambda organization: bulk.from_users(organization.users.list(complete=True), roles=roles)
        ),
    )
    roster = replace(roster, name=f"the users of {source.profile or source.provider}")
    plan = call_provider(
        target,
        target.in_organization(lambda organization: bulk.plan(organization, roster, wanted.policy, previous=previous)),
    )
    if wanted.output is not None:
        save_plan(plan, wanted.output)
    if wanted.dry_run and wanted.as_json:
        sys.stdout.write(plan_as_json(plan))
    elif not wanted.as_json:
        show_plan(plan, wanted.show)
    if not passes(plan):
        option = confirmation(plan)
        print_status(
            f"refused{'' if option is None else f'; if the removals are meant, apply the saved plan with {option}'}"
        )
        return ExitCode.GUARD
    if wanted.dry_run:
        return ExitCode.OK
    if not plan.is_empty:
        confirm(f"{plan.provider}: carry out {count_noun(len(plan.writes), 'write')}", yes=wanted.yes)
    files = replace(files, journal=files.journal or Path(f"copy-{plan.hash[:12]}.journal"))
    told = replace(target, organization=plan.organization)
    return apply_to(plan, files, None, concurrency, as_json=wanted.as_json, connection=target, told=told)
