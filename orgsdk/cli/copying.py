"""`orgsdk copy`: one provider's users as another's roster, planned, asked for, and applied."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk import bulk
from orgsdk.cli.asking import confirm
from orgsdk.cli.calling import call
from orgsdk.cli.connection import Connection
from orgsdk.cli.errors import ExitCode, tell
from orgsdk.cli.output import counted
from orgsdk.cli.planning import confirmation, earlier_plan, passes, plan_as_json, save, show_plan
from orgsdk.cli.rosters import role_map
from orgsdk.cli.running import apply_to
from orgsdk.cli.settings import ORGANIZATION_VARIABLE
from orgsdk.domain import Capability
from orgsdk.providers.discovery import load_provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.cli.running import Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Side(Connection):
    """Be one of two providers, so that `ORGSDK_ORGANIZATION` is the one's that has no organization of its own."""

    def settings(self) -> Mapping[str, str]:
        """Give the variables of this provider alone."""
        found = dict(Connection.settings(self))  # a class with slots is made anew, which `super` does not know
        if self.provider and Capability.DEFAULT_ORGANIZATION in load_provider(self.provider).capabilities:
            found.pop(ORGANIZATION_VARIABLE, None)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Hold what `orgsdk copy` was asked for."""

    source: Side
    target: Side
    map_role: tuple[str, ...]
    policy: bulk.Policy
    output: Path | None
    show: int
    as_json: bool
    dry_run: bool
    yes: bool


def copy_users(wanted: Copy, files: Files, concurrency: int) -> ExitCode:
    """Plan with the source's users, show the plan, ask, and apply it."""
    previous = earlier_plan(None, wanted.output)
    roles = role_map(wanted.map_role)
    source, target = wanted.source, wanted.target
    roster = call(
        source, source.within(lambda organization: bulk.from_users(organization.users.list(complete=True), roles=roles))
    )
    roster = replace(roster, name=f"the users of {source.profile or source.provider}")
    plan = call(
        target, target.within(lambda organization: bulk.plan(organization, roster, wanted.policy, previous=previous))
    )
    if wanted.output is not None:
        save(plan, wanted.output)
    if wanted.dry_run and wanted.as_json:
        sys.stdout.write(plan_as_json(plan))
    elif not wanted.as_json:
        show_plan(plan, wanted.show)
    if not passes(plan):
        option = confirmation(plan)
        tell(f"refused{'' if option is None else f'; if the removals are meant, apply the saved plan with {option}'}")
        return ExitCode.GUARD
    if wanted.dry_run:
        return ExitCode.OK
    if not plan.is_empty:
        confirm(f"{plan.provider}: carry out {counted(len(plan.writes), 'write')}", yes=wanted.yes)
    files = replace(files, journal=files.journal or Path(f"copy-{plan.hash[:12]}.journal"))
    told = replace(target, organization=plan.organization)
    return apply_to(plan, files, None, concurrency, as_json=wanted.as_json, connection=target, told=told)
