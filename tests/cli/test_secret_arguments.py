"""Secrets as arguments: they are rejected and never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.cli.errors import UsageError
from orgsdk.cli.user_input import refuse_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ran

SECRET = "hunter2-hunter2"
JSON_WEB_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--token", SECRET),
        (f"--token={SECRET}",),
        ("--access-token", SECRET),
        ("--app-secret", SECRET),
        (f"--app_secret={SECRET}",),
        ("--password", SECRET),
        (f"--api-key={SECRET}",),
        ("-token", SECRET),
        (f"FLAT_ACCESS_TOKEN={SECRET}",),
        (f"--LOGTO_APP_SECRET={SECRET}",),
        ("--query", JSON_WEB_TOKEN),
        (f"--query={JSON_WEB_TOKEN}",),
        ("--query", "set-in-the-environment"),
        ("--query=set-in-the-environment",),
    ],
)
@pytest.mark.parametrize("command", [("users", "list"), ("nonesuch",)])
def test_a_secret_is_refused_with_advice_and_not_repeated(
    orgsdk: Callable[..., Ran],
    reach: Callable[[str], None],
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    arguments: tuple[str, ...],
) -> None:
    reach("flat")
    monkeypatch.setenv("ACME_API_KEY", "set-in-the-environment")
    ran = orgsdk(*command, *arguments)
    assert (ran.code, ran.out, len(sandbox.requests)) == (64, "", 0)
    password = arguments[0] == "--password"
    assert ("--password-file PATH" if password else "set it in the environment") in ran.err
    assert ran.err.count("\n") == 1
    for secret in (SECRET, JSON_WEB_TOKEN, "set-in-the-environment"):
        assert secret not in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        (
            "users",
            "list",
            "--cursor",
            "68obeiyAWzEsImZsYXQiLCJnMTZkbjk2aSIsMiwibmV4dDorLysvVVd4T2dWc2lkWE5sY25NZ1RtOXVa",
        ),
        ("users", "create", "--password-file", "/run/secrets/password", "--ask-password"),
        ("apply", "plan.json", "--passwords", "passwords.csv"),
        ("users", "list", "--query", "secret"),
        ("users", "list", "--query", "token=of love"),
        ("users", "list", "--query", "short"),
        ("users", "list", "--query", "https://t.logto.app"),
    ],
)
def test_arguments_that_only_resemble_a_secret_are_accepted(arguments: tuple[str, ...]) -> None:
    environ = {"FLAT_ACCESS_TOKEN": "short", "LOGTO_ENDPOINT": "https://t.logto.app", "EMPTY_TOKEN": ""}
    refuse_secrets(arguments, environ)


def test_the_error_names_the_option() -> None:
    with pytest.raises(UsageError, match=r"^--token is not an option"):
        refuse_secrets(["users", f"--token={SECRET}"], {})


def test_a_token_of_the_sandbox_is_not_a_secret() -> None:
    environ = {"FLAT_ACCESS_TOKEN": "dev-token-1", "ORGSDK_SANDBOX_TOKEN": "dev-token-1"}
    refuse_secrets(["sandbox", "--token", "dev-token-1"], environ, ["sandbox"])
    refuse_secrets(["sandbox", "--token=dev-token-1"], environ, ["sandbox"])
    for arguments in (["sandbox", "--password", "x"], ["sandbox", "--token", "x", "--roster", "dev-token-1"]):
        with pytest.raises(UsageError):
            refuse_secrets(arguments, environ, ["sandbox"])
