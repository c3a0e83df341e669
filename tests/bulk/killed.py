"""A process that carries plans out and is killed at it: `python -m tests.bulk.killed`.

It has all loaded, runs nothing and has one thread, so that each run is a fork that begins at once. It reads a line of
JSON for each run, tells the child's process id, and, after another line, how the child ended.
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
from orgsdk.providers import Flat, Logto
from orgsdk.transport.backends import httpcore  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.providers.base import Provider


async def carry_out(told: dict[str, Any]) -> None:
    """Do one run, or go on with one."""
    kinds: dict[str, type[Flat | Logto]] = {"flat": Flat, "logto": Logto}
    provider: Provider = kinds[told["provider"]](**told["settings"])
    folder = Path(told["folder"])
    async with OrgClient(provider, organization=told["organization"]) as client:
        if told["resume"]:
            # Who was killed before the journal had the plan has nothing to go on with; the test begins anew.
            with suppress(PlanError):
                await resume(folder / "journal", client.organization(), concurrency=told["concurrency"])
        else:
            await apply(
                Plan.load(folder / "plan.json"),
                client.organization(),
                concurrency=told["concurrency"],
                journal=folder / "journal",
                audit=folder / "audit",
                passwords=folder / "passwords",
            )


def die_at_boundary(number: int) -> None:
    """Have this process killed right before or after one of the journal's commits: 0 and 1 are of the first."""
    count = 0

    def deadly(commit: Callable[..., None]) -> Callable[..., None]:
        def committed(*args: Any) -> None:
            nonlocal count
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            commit(*args)
            if count + 1 == number:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 2

        return committed

    for name in ("begin", "put"):
        setattr(JournalFile, name, deadly(getattr(JournalFile, name)))


def main() -> None:
    """Serve until there is nothing more to read."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            told = json.loads(line)
            if told["boundary"] is not None:
                die_at_boundary(told["boundary"])
            try:
                anyio.run(partial(carry_out, told), backend=told["backend"])
            except BaseException as error:
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
                sys.stderr.flush()
                os._exit(1)
            os._exit(0)
        print(child, flush=True)  # noqa: T201
        sys.stdin.readline()  # until then its number is nobody else's
        print(os.waitpid(child, 0)[1], flush=True)  # noqa: T201


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
