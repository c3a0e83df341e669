"""The counts that the proofs reached, told at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.reliability.counts import COUNTS

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COUNTS:
        terminalreporter.section("counted")
        for line in COUNTS:
            terminalreporter.write_line(line)
