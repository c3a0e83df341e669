"""The environment of the documentation's code."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.cli.commands.sandbox import sandbox_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.sandbox import Sandbox

FILES = Path(__file__).parent / "files"


@pytest.fixture
def environ(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Return a function that sets the environment variables to a provider of the sandbox."""

    def lead(provider: str) -> dict[str, str]:
        for name in list(os.environ):
            if name.startswith(("FLAT_", "LOGTO_", "ORGSDK_", "SCIM_", "WORKOS_")) and name != "ORGSDK_SHARED":
                monkeypatch.delenv(name)
        chosen = sandbox_settings(sandbox)[provider]
        for name, value in chosen.items():
            monkeypatch.setenv(name, value)
        _lead_providers(sandbox, monkeypatch)
        # Copy the files that the pages read into the working directory.
        for file in FILES.iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        monkeypatch.chdir(tmp_path)
        return chosen

    return lead


def _lead_providers(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from orgsdk.providers import Flat, Logto, WorkOS

    flat = {"base_url": sandbox.flat_url}
    logto = {"app_id": sandbox.logto.app_id, "app_secret": sandbox.logto.app_secret}

    def led(kind: type, make: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(make)
        def init(self: object, *arguments: Any, **given: Any) -> None:
            if given.get("base_url", "").startswith("http://127.0.0.1:"):
                make(self, *arguments, **given)  # a sandbox of the page itself
            elif kind is Flat:
                token = () if "refresh_token" in given else (sandbox.flat.token,)
                given.pop("token", None)
                make(self, *token, **{**given, **flat})
            elif kind is WorkOS:
                make(self, **{**given, "api_key": sandbox.workos.api_key, "base_url": sandbox.workos_url})
            else:
                given.pop("endpoint", None)
                make(self, sandbox.logto_url, **{**given, **logto})

        return init

    for kind in (Flat, Logto, WorkOS):
        monkeypatch.setattr(kind, "__init__", led(kind, kind.__init__))
