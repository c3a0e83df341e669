"""The old calls of docs/migration.md run with the providers' own clients: `python -m pytest -m peer tests/docs`.

`ORGSDK_PEER_ENV` and `ORGSDK_LOGTO_PEER_ENV` name folders that keep their environments from one run to the next.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.docs.blocks import BLOCKS, ROOT

if TYPE_CHECKING:
    from orgsdk.sandbox import Sandbox

SCRIPT = Path(__file__).with_name("peer_block.py")
PAGE = "docs/migration.md"
PACKAGES = {
    "flat_api": ("flat-api==2.0.4", "ORGSDK_PEER_ENV"),
    "py_logto": ("py-logto==2.0.0", "ORGSDK_LOGTO_PEER_ENV"),
}


def _python(package: str, folder: Path) -> Path:
    requirement, variable = PACKAGES[package]
    folder = Path(os.environ.get(variable) or folder)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no environment with {requirement}: {made.stderr.strip().splitlines()[-1:]}")
    return python


def _old_blocks(package: str) -> str:
    old = [block for block in BLOCKS if block.page == PAGE and block.notes.get("run") == ("peer",)]
    # A client's first block imports it. The blocks before the next import belong to it.
    starts = [number for number, block in enumerate(old) if block.text.startswith("import ")]
    groups = [old[start:end] for start, end in zip(starts, [*starts[1:], len(old)], strict=True)]
    (group,) = [group for group in groups if group[0].text.startswith(f"import {package}\n")]
    return "\n".join(block.text for block in group)


@pytest.mark.peer
@pytest.mark.parametrize("package", PACKAGES)
def test_the_old_calls_work(package: str, sandbox: Sandbox, tmp_path: Path) -> None:
    python = _python(package, tmp_path / "env")
    text = _old_blocks(package).replace('"org_id"', repr(sandbox.logto.organization_id))
    if package == "flat_api":
        # flat-api refuses accounts without a picture.
        sandbox.flat.new_picture = "https://pictures.example.org/x.png"
        for user in sandbox.flat.users.listed():
            sandbox.flat.users[user.id] = replace(user, picture=sandbox.flat.new_picture)
        address, token = sandbox.flat_url, sandbox.flat.token
    else:
        state = sandbox.logto
        form = {"grant_type": "client_credentials", "resource": state.resource, "scope": "all"}
        answer = httpx.post(f"{sandbox.logto_url}/oidc/token", data=form, auth=(state.app_id, state.app_secret))
        address, token = sandbox.logto_url, answer.json()["access_token"]
    ran = subprocess.run(
        [str(python), "-I", str(SCRIPT), package, address, token],
        input=text,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.splitlines()) == {"flat_api": 80, "py_logto": 1000}[package]


def test_every_call_of_flat_api_is_on_the_page() -> None:
    page = (ROOT / PAGE).read_text("utf-8")
    operations = re.findall(
        r"^\| \w+(?: \(deprecated\))? \| `(\w+)` \|", (ROOT / "docs/providers/flat.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(operations) == 18
    assert [name for name in operations if f"{name}(" not in page] == []


def test_every_method_on_the_page_exists() -> None:
    from orgsdk.providers.flat import FlatAPI
    from orgsdk.resources import Accounts, Invitations, Organizations, Roles, Users

    resources = {
        "org.users": Users,
        "client.accounts": Accounts,
        "org.invitations": Invitations,
        "client.organizations": Organizations,
        "client.roles": Roles,
        "client.native": FlatAPI,
    }
    named = re.findall(r"\b((?:org|client)\.\w+)\.(\w+)\(", (ROOT / PAGE).read_text("utf-8"))
    assert len(named) > 20
    assert [f"{resource}.{method}" for resource, method in named if not hasattr(resources[resource], method)] == []
