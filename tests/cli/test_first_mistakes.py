"""First mistakes of an operator: each ends in one line that shows what to write."""

from __future__ import annotations

import json
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
        ("users list --json", "Did you mean --format json?"),
        ("users list --output json", "Did you mean --format?"),
        ("users list -o json", "Did you mean --format?"),
        ("--verson", "Unknown option --verson. Did you mean orgsdk --version?"),
        ("--hlep", "Did you mean orgsdk --help?"),
        ("-V", "Did you mean orgsdk --version?"),
        ("-v users list", "Did you mean orgsdk --verbose?"),
        ("--provder flat users list", "Did you mean orgsdk --provider?"),
        ("--organisation x users list", "Did you mean orgsdk --organization?"),
        ("users --profle x list", "Did you mean orgsdk users --profile?"),
        ("--email ada@example.com users find", "--email comes after the command, as in orgsdk users find --email …."),
        ("version", "Did you mean orgsdk --version?"),
        ("help usrs", "Did you mean orgsdk users?"),
        ("usrs --limit 5 list", "Did you mean orgsdk users?"),
        ("users list --verbos", "Did you mean --verbose?"),
        ("users list --hlp", "Did you mean --help?"),
        ("auth logn", "Did you mean orgsdk auth login?"),
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
        ("users list --format yaml", '"table"'),
        ("users list --fields id,emial", "unknown field 'emial'; did you mean email?"),
        ("organizations list --fields nam", "did you mean name?"),
        # Commands of gh, terraform, aws and stripe.
        ("list", "Did you mean orgsdk users list?"),
        ("org list", "Did you mean orgsdk organizations?"),
        ("organization list", "Did you mean orgsdk organizations?"),
        ("init", "Did you mean orgsdk auth login?"),
        ("configure", "Did you mean orgsdk auth login?"),
        ("config list", "Did you mean orgsdk config show?"),
        ("validate roster.csv", "Did you mean orgsdk plan?"),
        ("sync roster.csv", "Did you mean orgsdk plan?"),
        ("invite bob@example.com", "Did you mean orgsdk invitations create?"),
        ("invitations send bob@example.com", "Did you mean orgsdk invitations create?"),
        ("invitations cancel 5", "Did you mean orgsdk invitations revoke?"),
        ("users retrieve 5", "Did you mean orgsdk users get?"),
        ("users list-users", "Did you mean orgsdk users list?"),
        ("users user-get 5", "Did you mean orgsdk users get?"),
        ("completion", "Did you mean orgsdk --install-completion?"),
        # Options of other programs.
        ("users list -n 5", "Did you mean --limit?"),
        ("users list -q ada", "Did you mean --query?"),
        ("users list --filter role=teacher", "Did you mean --query?"),
        ("users list --max-items 5", "Did you mean --limit?"),
        ("users list --starting-after 5", "Did you mean --cursor?"),
        ("users list --page 2", "Did you mean --cursor?"),
        ("users list --jq .id", "Did you mean --fields?"),
        ("users list --all", "A list has all records without it: leave it out."),
        ("users list --sort name", "Options: --query, --role, "),
        ("users list --verbose=true", "--verbose takes no value"),
        ("users list --env-file .env", "Load the file first: set -a; . ./.env; set +a."),
        ("--env-file .env users list", "Load the file first: set -a; . ./.env; set +a."),
        ("sandbox --port 8000", "Options: --roster, --flat-port, "),
        ("resume run.journal --yes", "The command asks nothing: leave it out."),
        ("resume run.journal --force", "The command asks nothing: leave it out."),
        ("apply plan.json --auto-approve", "Did you mean --yes?"),
        ("plan roster.csv --dry-run", "orgsdk plan shows the changes and makes none."),
        ("plan roster.csv --delete", "Did you mean --remove?"),
        ("plan roster.csv --key username", "Did you mean --match-by?"),
        ("plan roster.csv -out=plan.json", "-out is not an option: write --output"),
        ("plan roster.csv -output plan.json", "-output is not an option: write --output"),
        # Arguments as options, and options as arguments.
        ("users get --id 5", "USER is an argument: orgsdk users get USER."),
        ("organizations get --organization-id 5", "Did you mean --organization?"),
        ("invitations create --email bob@example.com", "EMAIL is an argument: orgsdk invitations create EMAIL."),
        ("plan -f roster.csv", "ROSTER is an argument: orgsdk plan ROSTER."),
        ("plan --file roster.csv", "ROSTER is an argument: orgsdk plan ROSTER."),
        ("apply --plan plan.json", "FILE is an argument: orgsdk apply FILE."),
        ("users update 5 --role teacher", "Did you mean orgsdk users set-roles USER ROLE?"),
        ("users set-roles 5 --role teacher", "is an argument: orgsdk users set-roles"),
        ("users list 5", "Did you mean --limit 5?"),
        ("users count teacher", "Did you mean --query teacher, or --role teacher?"),
        ("users find ada@example.com", "Did you mean --email …?"),
        ("users find ada", "Did you mean --username ada?"),
        ("users create ada", "Did you mean --username ada?"),
        (
            'users create {"email":"ada@example.com"}',
            "Pass each value as an option: --username, ",
        ),
        ("export out.csv", "Did you mean --output out.csv?"),
        ("plan plan.json roster.csv", "Did you mean orgsdk plan ROSTER --output PATH?"),
        ("providers list", "orgsdk providers takes options only."),
        ("whoami me", "orgsdk whoami takes options only."),
        # Values.
        ("users list --limit five", "--limit is 'five': pass a whole number, such as 10."),
        ("plan roster.csv --max-removal-share some", "--max-removal-share is 'some': pass a number, such as 0.5."),
        ("users list --format jsonl", 'Did you mean "ndjson"?'),
        ("users find --email ada", "pass name@domain"),
        ("users get https://logto.example/users/5", "A URL is not an id"),
        ("users get '5a6d8f1e2c3b'", "The quotation marks are part of the value: leave them out"),
        ('users get {"id":"5"}', "JSON is not an id"),
        ("users list --profile teanant", "orgsdk auth login --profile NAME writes one"),
        ("plan roster.xlsx", "No such file or directory: check the path"),
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


def test_the_text_of_a_roster_is_not_its_path(orgsdk: Callable[..., Ran], reach: Callable[[str], None]) -> None:
    reach("flat")
    ran = orgsdk("plan", "username,email\nada,ada@example.com\n")
    assert (ran.code, ran.out, ran.err.count("\n")) == (64, "", 1)
    assert "ROSTER is the text of a file: pass its path" in ran.err
    assert "ada" not in ran.err


def test_without_settings_the_error_names_them(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("users", "list")
    assert (ran.code, ran.err.count("\n")) == (64, 1)
    assert "FLAT_ACCESS_TOKEN" in ran.err


@pytest.mark.parametrize("option", ["--user", "--yes", "--x", "-x", "--"])
def test_an_option_that_is_not_similar_gets_no_suggestion(option: str) -> None:
    assert similar_option(option, ["--query", "--fields", "--limit", "--format"]) is None


@pytest.mark.parametrize("word", ["x", "frobnicate", "set"])
def test_a_command_that_is_not_similar_gets_no_suggestion(word: str) -> None:
    assert similar_command(word, ["list", "get", "find"]) is None


def test_a_suggestion_exists() -> None:
    assert similar_option("--json", ["--limit"]) is None
    assert similar_command("delete", ["revoke"]) is None


@pytest.mark.parametrize("provider", ["flat", "logto"])
@pytest.mark.parametrize(
    "typed",
    [
        "users list --role techer",
        "users count --role techer",
        "users set-roles USER techer",
        "users add-roles USER techer",
        "users remove-roles USER techer",
        "users create --username new1 --role techer",
        "roles get techer",
    ],
)
def test_an_unknown_role_is_a_wrong_argument_in_every_command(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox, provider: str, typed: str
) -> None:
    reach(provider)
    user = json.loads(orgsdk("users", "list", "--limit", "1").out.splitlines()[0])["id"]
    ran = orgsdk(*typed.replace("USER", user).split())
    assert (ran.code, ran.out, ran.err.count("\n")) == (64, "", 1), ran.err
    assert "unknown role 'techer'" in ran.err
    assert "Roles here: " in ran.err


def test_a_username_as_an_id_shows_the_command_that_finds_it(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None]
) -> None:
    reach("flat")
    ran = orgsdk("users", "get", "ada")
    assert (ran.code, ran.err.count("\n")) == (64, 1)
    assert ran.err.endswith(
        "To look a user up, use orgsdk users find --email, or --username if the provider has usernames\n"
    )
    ran = orgsdk("invitations", "remove", "ada", "--yes")
    assert ran.err.endswith("orgsdk invitations list shows the ids\n")
