"""The time that is planned for each measurement of a whole run, and the moment at which it ends."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.settings import Settings

# Seconds on two cores, 18 minutes in all. No measurement starts a further round after its time.
PLANNED: dict[str, float] = {
    "listing": 500,
    "overhead": 60,
    "windows": 100,
    "creates": 130,
    "scheduling": 20,
    "read-ahead": 60,
    "memory": 100,
    "parsing": 60,
    "imports": 60,
}


def planned(names: Iterable[str]) -> str:
    """Return the planned time of some measurements, as text."""
    return f"{sum(PLANNED[name] for name in names) / 60:.0f} minutes"


def within_plan(settings: Settings, name: str) -> Settings:
    """Return the settings of a measurement that starts now."""
    return replace(settings, ends=time.perf_counter() + PLANNED[name])
