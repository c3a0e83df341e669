"""The machine and the versions of a run."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("httpx", "httpcore", "httpx2", "aiohttp", "pydantic", "pydantic-core", "anyio", "tenacity")


def describe() -> list[str]:
    """Return the date, the machine and the versions, one line each."""
    return [
        f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC",
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        f"{platform.python_implementation()} {platform.python_version()}",
        ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    ]


def load() -> str:
    """Return the load averages over 1, 5 and 15 minutes, if the system has them."""
    try:
        return ", ".join(f"{average:.2f}" for average in os.getloadavg())
    except OSError:
        return "not available on this system"


def busy() -> str | None:
    """Return why figures measured now would not be those of a quiet machine, or None."""
    try:
        average = os.getloadavg()[0]
    except OSError:
        return None
    cores = os.cpu_count() or 1
    if average <= cores:
        return None
    return f"The machine is busy: its load average is {average:.1f}, and it has {cores} cores."


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
