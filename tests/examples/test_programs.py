"""The examples as programs: without settings, with a provider, with mistakes, interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from orgsdk.sandbox.faults import Hang, Respond
from tests.examples.conftest import EXAMPLES, bare_environment, run_example, run_program, sandbox_environment

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox import Sandbox


# quickstart.py


def test_the_quickstart_runs_without_settings() -> None:
    ended = run_example("quickstart.py", environ=bare_environment())
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[:2] == ["No provider is set: this is the sandbox's Flat.", "1000 users. The first five:"]
    assert len(lines) == 7


@pytest.mark.parametrize("provider", ["flat", "logto"])
def test_the_quickstart_runs_with_a_provider(sandbox: Sandbox, provider: str) -> None:
    ended = run_example("quickstart.py", environ=bare_environment() | sandbox_environment(sandbox, provider))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("1000 users. The first five:\n")


def test_a_wrong_token_ends_with_one_line(sandbox: Sandbox) -> None:
    environ = bare_environment() | sandbox_environment(sandbox, "flat") | {"FLAT_ACCESS_TOKEN": "f" * 20}
    ended = run_example("quickstart.py", environ=environ)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("quickstart: flat count_orga_users [401")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["quickstart.py", "service.py"])
def test_a_missing_organization_is_named(sandbox: Sandbox, name: str, tmp_path: Path) -> None:
    environ = bare_environment() | sandbox_environment(sandbox, "logto")
    del environ["ORGSDK_ORGANIZATION"]
    arguments = [sign_ups(tmp_path, 1)] if name == "service.py" else []
    ended = run_example(name, *arguments, environ=environ)
    assert ended.returncode == 1
    assert "ORGSDK_ORGANIZATION" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("quickstart.py", ()), ("service.py", ("no.jsonl",)), ("nightly.py", ("no.csv",)), ("move_providers.py", ())],
)
def test_a_provider_needs_no_sandbox(name: str, arguments: tuple[str, ...], tmp_path: Path) -> None:
    # As without the extra: orgsdk.sandbox cannot be imported.
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['orgsdk.sandbox'] = None\n")
    settings = {"FLAT_ACCESS_TOKEN": "x", "FLAT_BASE_URL": "http://127.0.0.1:9/v2", "PYTHONPATH": str(tmp_path)}
    ended = run_program(name, *arguments, environ=bare_environment() | settings)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{name.removesuffix('.py')}: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["quickstart.py", "service.py"])
def test_a_wrong_setting_ends_with_one_line(name: str, tmp_path: Path) -> None:
    file = tmp_path / "sign-ups.jsonl"
    file.write_text("")
    arguments = [str(file)] if name == "service.py" else []
    ended = run_example(name, *arguments, environ=bare_environment() | {"ORGSDK_PROVIDER": "nobody"})
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"{name.removesuffix('.py')}: No provider is called 'nobody'.")
    assert ended.stderr.count("\n") == 1


# service.py


def sign_ups(path: Path, number: int) -> str:
    file = path / "sign-ups.jsonl"
    lines = [{"email": f"new{n}@example.com", "username": f"new{n}"} for n in range(number)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(file)


def test_the_service_processes_generated_sign_ups() -> None:
    ended = run_example("service.py", environ=bare_environment())
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == "20 created, 5 invited, 2 refused"
    assert "example.com" not in ended.stdout  # nobody's address is message


@pytest.mark.parametrize("provider", ["flat", "logto"])
def test_the_service_processes_a_file_with_a_provider(sandbox: Sandbox, provider: str, tmp_path: Path) -> None:
    environ = bare_environment() | sandbox_environment(sandbox, provider)
    ended = run_example("service.py", sign_ups(tmp_path, 6), environ=environ)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "6 created\n", "")
    again = run_example("service.py", sign_ups(tmp_path, 6), environ=environ)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "6 refused")


def test_the_service_needs_a_file(sandbox: Sandbox) -> None:
    ended = run_example("service.py", environ=bare_environment() | sandbox_environment(sandbox, "flat"))
    assert (ended.returncode, ended.stderr) == (1, "service: pass a file of sign-ups, one JSON object per line\n")


@pytest.mark.parametrize(
    "line", ["not JSON", "[1]", '{"email": "ada@example.com", "user": "ada"}', '{"username": "ada"}']
)
def test_the_service_names_an_invalid_line(sandbox: Sandbox, tmp_path: Path, line: str) -> None:
    file = tmp_path / "sign-ups.jsonl"
    file.write_text(f'{{"email": "eve@example.com"}}\n\n{line}\n')
    ended = run_example("service.py", str(file), environ=bare_environment() | sandbox_environment(sandbox, "flat"))
    message = f"service: {file}, line 3: not a JSON object of a sign-up's fields\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", message)
    assert not sandbox.requests.count(method="POST")


def test_the_service_sends_no_file_to_the_sandbox(tmp_path: Path) -> None:
    environ = bare_environment() | {"FLAT_TOKEN": "misspelled"}
    ended = run_example("service.py", sign_ups(tmp_path, 3), environ=environ)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("service: No provider is set")


def test_an_account_without_a_membership_is_not_retried(sandbox: Sandbox, tmp_path: Path) -> None:
    # Logto makes the account and then the membership, which fails: a second try would meet the account.
    fault = Respond(503, headers=(("Retry-After", "0"),))
    sandbox.logto_faults.add(
        fault, method="POST", path=f"/api/organizations/{sandbox.logto.organization_id}/users", times=3
    )
    environ = bare_environment() | sandbox_environment(sandbox, "logto")
    ended = run_example("service.py", sign_ups(tmp_path, 1), environ=environ)
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1] == "1 to be checked"
    assert sandbox.requests.count(method="POST", path_prefix="/api/users") == 1


def test_the_service_continues_after_an_outage(sandbox: Sandbox, tmp_path: Path) -> None:
    # The client's three attempts of the first sign-up are refused, and so the service comes back to it.
    fault = Respond(503, headers=(("Retry-After", "0"),))
    sandbox.flat_faults.add(fault, method="POST", path="/v2/organizations/users", times=3)
    environ = bare_environment() | sandbox_environment(sandbox, "flat")
    ended = run_example("service.py", sign_ups(tmp_path, 3), environ=environ)
    assert (ended.returncode, ended.stdout) == (0, "3 created\n")


def test_the_service_ends_if_the_credentials_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    environ = bare_environment() | sandbox_environment(sandbox, "flat") | {"FLAT_ACCESS_TOKEN": "f" * 20}
    ended = run_example("service.py", sign_ups(tmp_path, 50), environ=environ)
    assert ended.returncode == 1
    assert ended.stderr.startswith("service: flat create_organization_user [401")
    assert ended.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_the_service_finishes_sign_ups_in_progress(sandbox: Sandbox, tmp_path: Path) -> None:
    held = sandbox.flat_faults.add(Hang(), method="POST", path="/v2/organizations/users", times=None)
    command = [sys.executable, str(EXAMPLES / "service.py"), sign_ups(tmp_path, 500)]
    environ = bare_environment() | sandbox_environment(sandbox, "flat")
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert held.reached.wait(20)
        program.send_signal(signal.SIGTERM)
        held.release()
        output, errors = program.communicate(timeout=30)
    assert (program.returncode, errors) == (0, "")
    done, rest = output.splitlines()
    created = int(done.removesuffix(" created"))
    assert 1 <= created < 500
    assert rest == f"Stopped before the end: {500 - created} not done."
    assert sandbox.requests.count(method="POST", path_prefix="/v2/organizations/users") == created
