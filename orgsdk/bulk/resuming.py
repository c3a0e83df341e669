"""Going on with a run that was interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.bulk.records import Paths
from orgsdk.bulk.running import Run, Settings
from orgsdk.bulk.workers import DEFAULT_CONCURRENCY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orgsdk.bulk.report import Progress
    from orgsdk.resources import OrganizationHandle


def resume(
    journal: Path | str,
    organization: OrganizationHandle,
    *,
    concurrency: int = DEFAULT_CONCURRENCY,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Go on with the run of a journal where it was interrupted: by a signal, a crash, or `StoppedError`.

    Plan, audit, passwords and the confirmation of removals are those of the run, as the journal has them. What may
    have been done is looked up first, what failed because the provider could not be reached is tried again, and what
    has ended is not touched. The outcomes are those of the rest; the report sums up the whole run. One that was at
    its end sends nothing more.

    Raises as `apply` does, and `PlanError` where the file is no journal or nothing was begun in it.

    Example: `report = await bulk.resume("run.journal", client.organization("org_id"))`
    """
    settings = Settings(concurrency=concurrency, paths=Paths.of(journal=journal), on_progress=on_progress)
    return Run(organization, settings, None)
