"""Carrying a plan out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.bulk.records import Paths
from orgsdk.bulk.running import Run, Settings
from orgsdk.bulk.workers import DEFAULT_CONCURRENCY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orgsdk.bulk.plans import Plan
    from orgsdk.bulk.report import Progress
    from orgsdk.resources import OrganizationHandle


def apply(
    plan: Plan,
    organization: OrganizationHandle,
    *,
    concurrency: int = DEFAULT_CONCURRENCY,
    journal: Path | str | None = None,
    audit: Path | str | None = None,
    passwords: Path | str | None = None,
    confirm_removals: tuple[int, str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Do exactly what the plan says; nothing is sent until the run is iterated or awaited.

    Up to `concurrency` writes are in flight; the client's own bound holds as well. `journal` is a file, not there
    yet, that lets `resume` go on after any end of the process. `audit` is a file that gets one line a write behind
    those it has, see `verify_audit`. With `passwords` each new account gets a generated one, which stands in that
    file and nowhere else; without, it has none, or one that nobody knows, as the provider makes it. All three are for
    their owner alone (mode 0600). `confirm_removals` is the number of the plan's removals and its hash, for a plan
    that is refused for their number. `on_progress` is called after each request.

    Raises `InvalidArgumentError` at once. The run raises, before anything is sent, `PlanError` for a plan that is too
    old or of another place, or a journal that is in use, `GuardError` for one that its guards refuse, and
    `LockedError` where another run works on the organization; and `StoppedError`, after the outcomes that it has,
    for a wave of failures (over 20 % of the latest 250, and of at least 50) and for a refused sign-in. What goes
    wrong with one person is an outcome, not an error.

    Example: `report = await bulk.apply(plan, client.organization("org_id"), journal="run.journal")`
    """
    settings = Settings(
        concurrency=concurrency,
        paths=Paths.of(journal=journal, audit=audit, passwords=passwords),
        confirm_removals=confirm_removals,
        on_progress=on_progress,
    )
    return Run(organization, settings, plan)
