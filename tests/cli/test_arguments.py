"""Global options before the command, `orgsdk help`, and the groups of `orgsdk --help`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.cli.app import COMMANDS, GROUPS
from orgsdk.cli.arguments import command_words, move_global_options, name_standard_input, remove_log_options
from orgsdk.cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ran


@pytest.mark.parametrize(
    ("arguments", "moved"),
    [
        ("--profile x users list", "users list --profile x"),
        ("users --profile x list", "users list --profile x"),
        ("--profile=x users list --limit 5", "users list --profile=x --limit 5"),
        ("--provider flat --organization o users get id", "users get --provider flat --organization o id"),
        ("users list --profile x", "users list --profile x"),
        ("users get -- --profile", "users get -- --profile"),
        ("--profile x scim map check acme", "scim map check --profile x acme"),
        ("scim map --profile x check", "scim map check --profile x"),
        ("--profile x scim serve --port 0", "scim serve --profile x --port 0"),
        ("--profile x scim map --help", "scim map --help"),
        ("--profile x", ""),
        ("--profile x --help", "--help"),
        ("--profile x users --help", "users --help"),
        ("--limit 5 users list", "--limit 5 users list"),
        ("", ""),
    ],
)
def test_global_options_move_behind_the_command(arguments: str, moved: str) -> None:
    assert move_global_options(arguments.split(), GROUPS) == moved.split()


@pytest.mark.parametrize("option", ["--provider", "--profile", "--organization"])
def test_a_global_option_without_a_value_is_an_error(option: str) -> None:
    with pytest.raises(UsageError, match=f"^{option} needs a value, as in orgsdk {option} NAME users list$"):
        move_global_options([option], GROUPS)


def test_the_words_of_a_command_are_found_behind_global_options() -> None:
    assert command_words(["--profile", "list", "users", "list", "get"], GROUPS) == ["users", "list"]
    assert command_words(["sandbox", "users"], GROUPS) == ["sandbox"]
    assert command_words(["scim", "--profile", "x", "token", "create", "acme"], GROUPS) == ["scim", "token", "create"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("users add -", "users add /dev/stdin"),
        ("users create --password-file -", "users create --password-file /dev/stdin"),
        ("users list --query -", "users list --query -"),
        ("plan - --preset csv", "plan /dev/stdin --preset csv"),
        ("users list --", "users list --"),
    ],
)
def test_a_hyphen_is_standard_input_where_an_id_or_a_file_is_expected(arguments: str, named: str) -> None:
    assert name_standard_input(arguments.split()) == named.split()


@pytest.mark.parametrize("before", [("--provider", "flat", "users", "count"), ("users", "--provider", "flat", "count")])
def test_a_global_option_before_the_command_takes_effect(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], before: tuple[str, ...]
) -> None:
    reach("logto")
    reach("flat")
    assert orgsdk(*before).out == "1000\n"


@pytest.mark.parametrize("command", [(), ("users",), ("users", "list"), ("plan",)])
def test_help_explains_a_command(orgsdk: Callable[..., Ran], command: tuple[str, ...]) -> None:
    assert orgsdk("help", *command) == orgsdk(*command, "--help")


def test_help_of_an_unknown_command_is_one_line(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("help", "user")
    assert (ran.code, ran.out) == (64, "")
    assert ran.err == 'orgsdk: Unknown command "user". Did you mean orgsdk users? See: orgsdk --help\n'


def test_help_shows_the_commands_in_groups(orgsdk: Callable[..., Ran]) -> None:
    shown = orgsdk("--help").out
    titles = ["Start here", "Users and organizations", "Rosters", "Providers", "Other"]
    assert [title for title in titles if f"─ {title} ─" in shown] == titles
    assert sorted(titles, key=lambda title: shown.index(f"─ {title} ─")) == titles
    for name, (group, _, _) in COMMANDS.items():
        panel = shown.partition(f"─ {group.name} ─")[2].partition("╰")[0]
        assert f"│ {name} " in panel


@pytest.mark.parametrize(
    ("arguments", "shortened"),
    [
        ("--verbose users list --debug", "users list"),
        ("users get -- --debug", "users get -- --debug"),
        ("users --debug get --verbose --", "users get --"),
        ("users list", "users list"),
    ],
)
def test_the_options_of_the_log_are_removed(arguments: str, shortened: str) -> None:
    assert remove_log_options(arguments.split()) == shortened.split()


@pytest.mark.parametrize("arguments", ["--verbose users count", "users --debug count", "users count --verbose"])
def test_each_request_is_a_line(orgsdk: Callable[..., Ran], provider: str, sandbox: Sandbox, arguments: str) -> None:
    ran = orgsdk(*arguments.split())
    assert (ran.code, ran.out) == (0, "1000\n")
    assert ran.err.count("\n") == len(sandbox.requests)
    assert all(line.startswith(f"orgsdk: {provider} ") for line in ran.err.splitlines())
    assert ": 200, attempt 1, " in ran.err
    secrets = (sandbox.flat.token, sandbox.logto.app_secret)
    assert not any(secret in ran.err for secret in secrets)
    assert orgsdk("users", "count").err == ""


def test_debug_shows_where_an_error_was_raised(orgsdk: Callable[..., Ran], provider: str) -> None:
    plain = orgsdk("users", "get", "0" * 24)
    verbose = orgsdk("users", "get", "0" * 24, "--verbose")
    debug = orgsdk("--debug", "users", "get", "0" * 24)
    assert (plain.code, debug.code) == (1, 1)
    assert "raised at:" not in verbose.err
    assert "orgsdk.errors.NotFoundError, raised at:" in debug.err
    assert debug.err.splitlines()[-1] == plain.err.splitlines()[-1]
