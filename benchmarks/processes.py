"""The contenders' processes, started once and asked in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Measurement:
    """Hold one job's wall and CPU seconds, the requests that the server saw, and what else the work told."""

    seconds: float
    cpu: float
    requests: int
    told: dict[str, Any]


class CompetitorProcess:
    """Ask the process of one contender module to do jobs."""

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self._process = process
        self._name = name

    def begin(self, job: dict[str, Any]) -> None:
        """Hand a job over."""
        pipe = cast("IO[str]", self._process.stdin)
        pipe.write(json.dumps(job) + "\n")
        pipe.flush()

    def end(self) -> Measurement:
        """Wait for the job that was begun.

        Raises `RuntimeError` where the process has ended instead; what it said stands on the terminal.
        """
        line = cast("IO[str]", self._process.stdout).readline()
        if not line:
            raise RuntimeError(f"the benchmark's process of {self._name} ended in the middle of a job")
        told = json.loads(line)
        return Measurement(told.pop("seconds"), told.pop("cpu"), told.pop("requests"), told)

    def do(self, job: dict[str, Any]) -> Measurement:
        """Have a job done."""
        self.begin(job)
        return self.end()


@contextmanager
def run_competitor(module: str, python: Path | None = None) -> Iterator[CompetitorProcess]:
    """Run `benchmarks.competitors.{module}`, by the interpreter of an environment of its own where one is given."""
    # No proxy of the environment may stand between a contender and the loopback.
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    command = [str(python or sys.executable), "-m", "benchmarks.worker", f"benchmarks.competitors.{module}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        try:
            yield CompetitorProcess(process, module)
        finally:
            process.kill()


@contextmanager
def run_competitors(modules: dict[str, tuple[str, Path | None]]) -> Iterator[dict[str, CompetitorProcess]]:
    """Run several, by the names that they are known by."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(run_competitor(*where)) for name, where in modules.items()}
