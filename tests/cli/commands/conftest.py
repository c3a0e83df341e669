"""Fixtures of the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.fleets import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox import Sandbox


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> Folder:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TOKEN", sandbox.flat.token)
    monkeypatch.setenv("SECRET", sandbox.logto.app_secret)
    return Folder(tmp_path, sandbox)
