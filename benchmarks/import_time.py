"""How long imports take, each in an interpreter of its own."""

from __future__ import annotations

import statistics
import subprocess
import sys

STATEMENTS = (
    "import orgsdk",
    "from orgsdk import OrgClient",
    "from orgsdk import OrgClient; from orgsdk.providers import Flat; OrgClient(Flat(token='t'))",
    "import httpx, pydantic, anyio, tenacity",
)
_TIMER = "import time; began = time.perf_counter(); {}; print((time.perf_counter() - began) * 1000)"


def measure_imports(rounds: int = 15) -> dict[str, tuple[float, float, float]]:
    """Give each statement's median, lowest and highest time in milliseconds; the first round warms the disk."""
    times: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    for number in range(rounds + 1):
        for statement in STATEMENTS:
            command = [sys.executable, "-c", _TIMER.format(statement)]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            if number:
                times[statement].append(float(printed))
    return {name: (statistics.median(taken), min(taken), max(taken)) for name, taken in times.items()}
