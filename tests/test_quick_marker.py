"""The marker `quick` (tests/conftest.py): which tests are in the short run."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.conftest import is_quick

TESTS = Path(__file__).parent


def item(
    path: str, name: str = "test_x", *, marker: str = "", module: Any = None, fixtures: tuple[str, ...] = ()
) -> Any:
    return SimpleNamespace(
        path=TESTS / path,
        name=name,
        module=module,
        fixturenames=fixtures,
        get_closest_marker=lambda name: name if name == marker else None,
    )


def importing(name: str) -> ModuleType:
    module = ModuleType("test_x")
    vars(module)[name] = object()
    return module


@pytest.mark.parametrize(
    ("found", "quick"),
    [
        (item("pagination/test_x.py"), True),
        (item("pagination/test_x.py", "test_x[asyncio-flat]"), True),
        (item("pagination/test_x.py", "test_x[trio-flat]"), False),
        (item("pagination/test_x.py", "test_x[flat-trio]"), False),
        (item("test_x.py", "test_on_trio"), True),
        (item("docs/test_x.py"), False),
        (item("typing/test_x.py"), False),
        (item("cli/test_x.py", module=importing("pytest")), True),
        (item("cli/test_x.py", module=importing("subprocess")), False),
        (item("cli/test_x.py", fixtures=("program", "tmp_path")), False),
        (item("sandbox/test_x.py", module=importing("schemathesis")), False),
        (item("bulk/test_x.py", marker="proof"), False),
        (item("sandbox/test_x.py", marker="peer"), False),
    ],
)
def test_a_quick_test_starts_and_generates_nothing(found: Any, quick: bool) -> None:
    assert is_quick(found) is quick
