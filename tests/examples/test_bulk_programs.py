"""`nightly.py` and `move_providers.py`: in the sandbox without settings, and repeatedly with a provider."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orgsdk.blocking import OrgClient
from orgsdk.bulk import Plan
from orgsdk.providers import Flat
from orgsdk.sandbox.faults import Respond
from orgsdk.sandbox.roster import default_roster
from tests.examples.conftest import bare_environment, run_example, sandbox_environment

if TYPE_CHECKING:
    from orgsdk.sandbox import Sandbox


ROOT = Path(__file__).parents[2]


def environment(path: Path, **settings: str) -> dict[str, str]:
    return {**bare_environment(), "XDG_STATE_HOME": str(path / "state"), **settings}


def roster(path: Path, *, new: int, without: int = 0) -> str:
    file = path / "roster.csv"
    people = default_roster()[: 1000 - without]
    rows = [f"{p.username},{p.first_name},{p.role},6A" for p in people]
    rows += [f"newcomer{number},New,student,6A" for number in range(new)]
    file.write_text("\n".join(["username,first_name,role,group", *rows, ""]), "utf-8")
    return str(file)


def test_nightly_runs_without_settings(tmp_path: Path) -> None:
    ended = run_example("nightly.py", environ=environment(tmp_path))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == "4 planned: 2 created, 1 updated, 1 removed."


def test_nightly_runs_repeatedly_with_a_provider(sandbox: Sandbox, tmp_path: Path) -> None:
    environ = environment(tmp_path, **sandbox_environment(sandbox, "flat"))
    first = run_example("nightly.py", roster(tmp_path, new=3, without=2), environ=environ)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.endswith("5 planned: 3 created, 2 removed.\n")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "audit.jsonl",
        "plan.json",
        "roster.csv",
    ]
    second = run_example("nightly.py", str(tmp_path / "roster.csv"), environ=environ)
    assert second.stdout.endswith("0 planned: nothing to do.\n")
    assert Plan.load(tmp_path / "plan.json").is_empty
    cut = run_example("nightly.py", roster(tmp_path, new=0, without=600), environ=environ)
    assert cut.returncode == 1
    assert cut.stderr.startswith("nightly: The plan is refused; nothing was sent.\n")
    assert len((tmp_path / "audit.jsonl").read_text("utf-8").splitlines()) == 5


def test_nightly_reads_the_roster_of_the_tutorial(sandbox: Sandbox, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples/data/roster.csv", tmp_path)
    environ = environment(tmp_path, **sandbox_environment(sandbox, "flat"))
    ended = run_example("nightly.py", str(tmp_path / "roster.csv"), environ=environ)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("0 planned: nothing to do.\n")


def test_an_interrupted_run_is_resumed(sandbox: Sandbox, tmp_path: Path) -> None:
    environ = environment(tmp_path, **sandbox_environment(sandbox, "flat"))
    fault = Respond(401, b'{"code": "INVALID_AUTHENTICATION", "message": "no"}')
    sandbox.flat_faults.add(fault, method="POST", path="/v2/organizations/users", times=None)
    stopped = run_example("nightly.py", roster(tmp_path, new=3), environ=environ)
    assert stopped.returncode == 1
    assert stopped.stderr.startswith("nightly: ")
    assert (tmp_path / "nightly.journal").exists()
    sandbox.flat_faults.clear()
    ended = run_example("nightly.py", str(tmp_path / "roster.csv"), environ=environ)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Resumed: 3 planned: 3 created.\n")
    assert ended.stdout.endswith("0 planned: nothing to do.\n")
    assert not (tmp_path / "nightly.journal").exists()


def test_failed_rows_are_reported_with_their_lines(sandbox: Sandbox, tmp_path: Path) -> None:
    environ = environment(tmp_path, **sandbox_environment(sandbox, "flat"))
    fault = Respond(422, json.dumps({"code": "MADE_UP", "message": "no"}).encode())
    sandbox.flat_faults.add(fault, method="POST", path="/v2/organizations/users")
    ended = run_example("nightly.py", roster(tmp_path, new=2), environ=environ)
    assert ended.returncode == 1
    assert "\nroster.csv, line 100" in ended.stdout


def test_move_providers_runs_without_settings(tmp_path: Path) -> None:
    ended = run_example("move_providers.py", environ=environment(tmp_path))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == "1 planned: 1 created."


def test_move_providers_applies_only_with_the_option(sandbox: Sandbox, tmp_path: Path) -> None:
    both = sandbox_environment(sandbox, "flat") | sandbox_environment(sandbox, "logto")
    environ = environment(tmp_path, **both)
    seen = run_example("move_providers.py", environ=environ)
    assert (seen.returncode, seen.stderr) == (0, "")
    assert seen.stdout.endswith("To do it: python examples/move_providers.py --apply\n")
    assert not [e for e in sandbox.requests if e.method != "GET" and not e.path.endswith("/token")]
    done = run_example("move_providers.py", "--apply", environ=environ)
    assert done.stdout.endswith("0 planned: nothing to do.\n")


def test_nightly_needs_a_roster_for_a_real_organization(sandbox: Sandbox, tmp_path: Path) -> None:
    ended = run_example("nightly.py", environ=environment(tmp_path, **sandbox_environment(sandbox, "flat")))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "nightly: pass a roster, a CSV file\n"
    assert not list(sandbox.requests)


def test_a_failed_user_of_a_move_is_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.logto_faults.add(Respond(422, b'{"code": "made.up", "message": "no"}'), method="POST", path="/api/users")
    both = sandbox_environment(sandbox, "flat") | sandbox_environment(sandbox, "logto")
    with OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url)) as flat:
        flat.organization().users.create(username="newcomer", email="newcomer@example.org", roles=["user"])
    ended = run_example("move_providers.py", "--apply", environ=environment(tmp_path, **both))
    assert ended.returncode == 1
    assert "made.up" in ended.stdout


@pytest.mark.parametrize("name", ["nightly", "move_providers"])
def test_a_wrong_setting_ends_with_one_line(tmp_path: Path, name: str) -> None:
    arguments = ["roster.csv"] if name == "nightly" else []
    ended = run_example(
        f"{name}.py", *arguments, environ=environment(tmp_path, FLAT_ACCESS_TOKEN="x", FLAT_BASE_URL="y")
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"{name}: ")
    assert ended.stderr.count("\n") == 1
