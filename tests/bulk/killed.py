"""A process that applies plans and is killed meanwhile: `python -m tests.bulk.killed`.

It loads every module and has one thread, so that each run is a fork that starts at once. It reads a line of JSON for
each run, prints the child's process id, and after another line prints how the child ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx  # noqa: F401  # loaded here, not by every child

from orgsdk import OrgClient
from orgsdk.bulk import Plan, PlanError, apply, resume
from orgsdk.bulk.run.journal import JournalFile
from orgsdk.providers import Flat, Logto, WorkOS
from orgsdk.transport.backends import httpcore  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.providers.base import Provider


async def run_job(job: dict[str, Any]) -> None:
    """Apply a plan, or resume its run."""
    kinds: dict[str, type[Flat | Logto | WorkOS]] = {"flat": Flat, "logto": Logto, "workos": WorkOS}
    provider: Provider = kinds[job["provider"]](**job["settings"])
    folder = Path(job["folder"])
    async with OrgClient(provider, organization=job["organization"]) as client:
        if job["resume"]:
            # Killed before the journal had the plan: there is nothing to resume, and the test applies again.
            with suppress(PlanError):
                await resume(folder / "journal", client.organization(), concurrency=job["concurrency"])
        else:
            await apply(
                Plan.load(folder / "plan.json"),
                client.organization(),
                concurrency=job["concurrency"],
                journal=folder / "journal",
                audit=folder / "audit",
                passwords=folder / "passwords",
            )


def die_at_boundary(number: int) -> None:
    """Kill this process right before or after one of the journal's commits: 0 and 1 are of the first commit."""
    count = 0

    def killing(commit: Callable[..., None]) -> Callable[..., None]:
        def committed(*args: Any) -> None:
            nonlocal count
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            commit(*args)
            if count + 1 == number:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 2

        return committed

    for name in ("start", "put"):
        setattr(JournalFile, name, killing(getattr(JournalFile, name)))


def main() -> None:
    """Run jobs from stdin until it ends."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            job = json.loads(line)
            if job["boundary"] is not None:
                die_at_boundary(job["boundary"])
            try:
                anyio.run(partial(run_job, job), backend=job["backend"])
            except BaseException as error:
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
                sys.stderr.flush()
                os._exit(1)
            os._exit(0)
        print(child, flush=True)  # noqa: T201
        sys.stdin.readline()  # until then, the process id is not reused
        print(os.waitpid(child, 0)[1], flush=True)  # noqa: T201


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
