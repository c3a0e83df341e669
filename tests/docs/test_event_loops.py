"""The mistake that docs/how-to/event-loops.md shows: one client in two event loops."""

from __future__ import annotations

import gc
import warnings
from typing import TYPE_CHECKING

from tests.docs.blocks import DOCS, blocks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_a_second_event_loop_is_refused_as_the_page_shows(
    environ: Callable[[str], dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    environ("flat")
    shown, printed = blocks_of(DOCS / "how-to" / "event-loops.md")[:2]
    names: dict[str, object] = {"__name__": "docs"}
    with warnings.catch_warnings():
        # The first loop is over, and nobody can close its connection any more: that is the mistake.
        warnings.simplefilter("ignore", ResourceWarning)
        exec(compile(shown.text, "event-loops.md", "exec", dont_inherit=True), names)
        names.clear()
        gc.collect()
    assert capsys.readouterr().out == printed.text
