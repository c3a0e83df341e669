"""First mistakes of an operator: each ends in one line that shows what to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.cli.suggestions import similar_command, similar_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ran


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("user list", "Did you mean orgsdk users?"),
        ("list users", "Did you mean orgsdk users list?"),
        ("delete users 5", "Did you mean orgsdk users remove?"),
        ("users delete 5", "Did you mean orgsdk users remove?"),
        ("roles ls", "Did you mean orgsdk roles list?"),
        ("orgs list", "Did you mean orgsdk organizations?"),
        ("login", "Did you mean orgsdk auth login?"),
        ("users list --limt 5", "Did you mean --limit?"),
        ("users list --page_sise 5", "Did you mean --page-size?"),
        ("users list --LIMIT=5", "Did you mean --limit?"),
        ("users list --org x", "Did you mean --organization?"),
        ("users list --json", "Did you mean -o json?"),
        ("users list limit=5", "Did you mean --limit 5?"),
        ("users list -", "Unexpected argument '-'"),
        ("users remove 5 --force", "needs --account keep or --account delete"),
        ("users remove 5 --account keep --force", "Did you mean --yes?"),
        ("users get ada@example.com", "orgsdk users find --email ADDRESS"),
        ("accounts get ada@example.com", "orgsdk accounts find --email ADDRESS"),
        ("users create --password x", "pass --password-file PATH, or --ask-password to type it"),
        ("users update 5 --password=x", "pass --password-file PATH, or --ask-password to type it"),
        ("users list --profile", "--profile needs a value"),
        ("--profile", "--profile needs a value"),
        ("users list -o yaml", '"table"'),
        ("users list --fields id,emial", "unknown field 'emial'; did you mean email?"),
        ("organizations list --fields nam", "did you mean name?"),
    ],
)
def test_a_first_mistake_is_one_line_that_says_what_to_write(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox, typed: str, advice: str
) -> None:
    reach("logto")
    ran = orgsdk(*typed.split())
    assert (ran.code, ran.out, len(sandbox.requests)) == (64, "", 0)
    assert ran.err.startswith("orgsdk: ")
    assert ran.err.count("\n") == 1
    assert advice in ran.err
    assert "ada@example.com" not in ran.err


def test_without_settings_the_error_names_them(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("users", "list")
    assert (ran.code, ran.err.count("\n")) == (64, 1)
    assert "FLAT_ACCESS_TOKEN" in ran.err


@pytest.mark.parametrize("option", ["--user", "--yes", "--x", "-x", "--"])
def test_an_option_that_is_not_similar_gets_no_suggestion(option: str) -> None:
    assert similar_option(option, ["--query", "--fields", "--limit", "--output"]) is None


@pytest.mark.parametrize("word", ["x", "frobnicate", "set"])
def test_a_command_that_is_not_similar_gets_no_suggestion(word: str) -> None:
    assert similar_command(word, ["list", "get", "find"]) is None


def test_a_suggestion_exists() -> None:
    assert similar_option("--json", ["--limit"]) is None
    assert similar_command("delete", ["revoke"]) is None
