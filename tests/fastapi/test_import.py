"""Without FastAPI the error names the extra."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest


def import_without(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("orgsdk.fastapi")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    import_module("orgsdk.fastapi")


@pytest.mark.parametrize("module", ["fastapi", "starlette.requests"])
def test_the_extra_is_named(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportError, match=r'pip install "\.\[fastapi\]"'):
        import_without(module, monkeypatch)


def test_another_missing_module_is_not_reported_as_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModuleNotFoundError, match="weakref"):
        import_without("weakref", monkeypatch)
