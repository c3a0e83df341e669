"""The sandbox's Logto from the other side: the one generated client there is, `py-logto` 2.0.0.

It runs in an environment of its own, and only when asked for: `python -m pytest -m peer`. `ORGSDK_LOGTO_PEER_ENV` names
a folder that keeps the environment from one run to the next.
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
    """Return the interpreter of an environment that has the package."""
    kept = os.environ.get("ORGSDK_LOGTO_PEER_ENV")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("peer") / "env"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    # Quick, and without the network, when it is there already.
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
    # The client asks the environment for a proxy, which must not stand between it and the loopback.
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
    # Whatever it sends that the server refuses shows here: nothing was.
    assert {seen.status for seen in sandbox.requests} == {200, 201, 204}


def test_where_the_generated_client_is_wrong_itself(python: Path, sandbox: Sandbox) -> None:
    told = run(python, "defects", sandbox)
    # `organizationRoleIds` is optional, and so are role names; the client demands the ids.
    assert told["roles by name"].startswith("ValidationError")
    # An exploded object goes out as one parameter of JSON: nobody is found.
    assert told["a search"] == "[]"
    assert "search_params=%7B" in next(seen.query for seen in sandbox.requests if seen.path == "/api/users")
    # A text "or an empty one" is two alternatives to it that both match, so that no user can be renamed ...
    assert told["a new name"].startswith("ValueError")
    # ... and what is left out is sent as null: to clear the name clears username and address too.
    harry = sandbox.logto.store.users[HARRY]
    assert (harry.name, harry.username, harry.primary_email) == (None, None, None)
    # Of the four `Link` lines the last is left.
    assert told["links"].count("rel=") == 1
