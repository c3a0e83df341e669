"""The measurements, one per file: `measure` takes `Settings` and returns a `Section`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measurements import (
    creates,
    imports,
    listing,
    memory,
    overhead,
    parsing,
    read_ahead,
    scheduling,
    windows,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.report.section import Section
    from benchmarks.settings import Settings

MEASUREMENTS: dict[str, Callable[[Settings], Section]] = {
    "listing": listing.measure,
    "overhead": overhead.measure,
    "windows": windows.measure,
    "creates": creates.measure,
    "scheduling": scheduling.measure,
    "read-ahead": read_ahead.measure,
    "memory": memory.measure,
    "parsing": parsing.measure,
    "imports": imports.measure,
}
