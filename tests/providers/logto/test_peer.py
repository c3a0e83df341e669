"""The sandbox's Logto, used by a generated client: `py-logto` 2.0.0, the only one.

It runs in a separate environment, and only with `python -m pytest -m peer`. `ORGSDK_LOGTO_PEER_ENV` is a folder that
stores the environment between runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk.sandbox.logto.seed import user_id

if TYPE_CHECKING:
    from orgsdk.sandbox import Sandbox

pytestmark = pytest.mark.peer

PACKAGE = "py-logto==2.0.0"
SCRIPT = Path(__file__).with_name("peer_calls.py")
HARRY = user_id("hwright")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment with the package."""
    folder_setting = os.environ.get("ORGSDK_LOGTO_PEER_ENV")
    folder = Path(folder_setting) if folder_setting else tmp_path_factory.mktemp("peer") / "env"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    # Fast and without network if the package is installed.
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no environment with {PACKAGE}: {made.stderr.strip().splitlines()[-1:]}")
    return python


def run(python: Path, work: str, sandbox: Sandbox) -> Any:
    state = sandbox.logto
    form = {"grant_type": "client_credentials", "resource": state.resource, "scope": "all"}
    answer = httpx.post(f"{sandbox.logto_url}/oidc/token", data=form, auth=(state.app_id, state.app_secret))
    token = answer.json()["access_token"]
    # The client reads the proxy from the environment. It must not use one for the loopback address.
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    arguments = [work, sandbox.logto_url, token, state.organization_id, HARRY]
    command = [str(python), "-I", str(SCRIPT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_generated_client_lists_creates_and_removes(python: Path, sandbox: Sandbox) -> None:
    before = [row.id for row in sandbox.logto.store.organizations]
    read = run(python, "calls", sandbox)
    assert [each["id"] for each in read["list"]] == before
    assert read["create"] == read["get"]
    assert read["create"]["name"] == "peer"
    (member,) = read["members"]
    assert (member["id"], [role["name"] for role in member["organizationRoles"]]) == (HARRY, ["peer"])
    assert [role["name"] for role in read["roles"]] == ["peer"]
    assert (read["invitation"]["status"], read["revoked"]["status"]) == ("Pending", "Revoked")
    assert read["left"] == []
    assert [row.id for row in sandbox.logto.store.organizations] == before
    # The server refused no request.
    assert {seen.status for seen in sandbox.requests} == {200, 201, 204}


def test_the_known_defects_of_the_generated_client(python: Path, sandbox: Sandbox) -> None:
    defects = run(python, "defects", sandbox)
    # `organizationRoleIds` and role names are optional, but the client requires the ids.
    assert defects["roles by name"].startswith("ValidationError")
    # An exploded object is sent as one JSON parameter, so no user is found.
    assert defects["a search"] == "[]"
    assert "search_params=%7B" in next(seen.query for seen in sandbox.requests if seen.path == "/api/users")
    # The client has two matching alternatives for a text "or an empty one", so no user can be renamed.
    assert defects["a new name"].startswith("ValueError")
    # Omitted fields are sent as null: clearing the name clears the username and the address too.
    harry = sandbox.logto.store.users[HARRY]
    assert (harry.name, harry.username, harry.primary_email) == (None, None, None)
    # Only the last of the four `Link` lines is available.
    assert defects["links"].count("rel=") == 1
