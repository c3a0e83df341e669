"""The competitors' processes. Each is started once and runs jobs."""

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
    """One job's wall and CPU seconds, its number of requests, and further results."""

    seconds: float
    cpu: float
    requests: int
    details: dict[str, Any]


class CompetitorProcess:
    """A process that runs the jobs of one competitor module."""

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self._process = process
        self._name = name

    def begin(self, job: dict[str, Any]) -> None:
        """Send a job."""
        pipe = cast("IO[str]", self._process.stdin)
        pipe.write(json.dumps(job) + "\n")
        pipe.flush()

    def end(self) -> Measurement:
        """Wait for the result of the job.

        Raise `RuntimeError` if the process has ended; its error is on the terminal.
        """
        line = cast("IO[str]", self._process.stdout).readline()
        if not line:
            raise RuntimeError(f"the benchmark's process of {self._name} ended in the middle of a job")
        details = json.loads(line)
        return Measurement(details.pop("seconds"), details.pop("cpu"), details.pop("requests"), details)

    def run(self, job: dict[str, Any]) -> Measurement:
        """Run a job and return its result."""
        self.begin(job)
        return self.end()


@contextmanager
def run_competitor(module: str, python: Path | None = None) -> Iterator[CompetitorProcess]:
    """Run `benchmarks.competitors.{module}`, optionally with the interpreter of another environment."""
    # Loopback requests must not go through a proxy of the environment.
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
    """Run several competitors, by name."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(run_competitor(*where)) for name, where in modules.items()}
