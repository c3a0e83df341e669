"""`orgsdk users list`: lists, output formats, and invalid arguments."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient
from orgsdk.cli import main
from orgsdk.domain import Capability
from orgsdk.errors import PermissionDeniedError, UnsupportedError
from orgsdk.resources import Organizations

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ran

FIELDS = ["id", "username", "name", "email", "roles"]


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def _cursor(err: str) -> str:
    found = re.search(r"--cursor (\S+)", err)
    assert found is not None
    return found[1]


def test_a_pipe_gets_one_json_object_per_line(orgsdk: Callable[..., Ran], provider: str, sandbox: Sandbox) -> None:
    ran = orgsdk("users", "list")
    assert (ran.code, ran.err) == (0, "")
    users = _lines(ran.out)
    assert len(users) == 1000
    assert all(list(user) == FIELDS for user in users)
    assert {"username": "hwright", "name": "Harry Wright", "email": "hwright@example.org", "roles": ["admin"]} in [
        {field: user[field] for field in FIELDS[1:]} for user in users
    ]
    tokens = sandbox.requests.count(path_prefix="/oidc/token")
    assert len(sandbox.requests) - tokens == {"flat": 1, "logto": 10}[provider]


def test_a_terminal_gets_a_table(orgsdk: Callable[..., Ran], provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    ran = orgsdk("users", "list", "--query", "hwright")
    assert ran.code == 0
    head, *rows = ran.out.splitlines()
    assert head.split() == FIELDS
    assert "hwright" in ran.out
    assert all(len(row) <= 80 for row in rows)


def test_a_table_in_a_pipe_has_one_line_per_user_and_one_header(orgsdk: Callable[..., Ran], provider: str) -> None:
    ran = orgsdk("users", "list", "--query", "wright", "--page-size", "5", "--format", "table")
    assert ran.code == 0
    assert [line.split()[0] for line in ran.out.splitlines()].count("id") == 1
    assert "hwright@example.org" in ran.out


def test_json_is_one_array(orgsdk: Callable[..., Ran], provider: str) -> None:
    users = json.loads(orgsdk("users", "list", "--format", "json", "--page-size", "100").out)
    assert len(users) == 1000
    assert list(users[0]) == FIELDS
    ran = orgsdk("users", "list", "--format", "json", "--query", "nobody-of-this-name")
    assert (ran.code, ran.out, ran.err) == (0, "[]\n", "orgsdk: no users found\n")


@pytest.mark.parametrize("form", ["table", "ndjson"])
def test_an_empty_list_prints_nothing_to_stdout(orgsdk: Callable[..., Ran], provider: str, form: str) -> None:
    ran = orgsdk("users", "list", "--query", "nobody-of-this-name", "--format", form)
    assert (ran.code, ran.out, ran.err) == (0, "", "orgsdk: no users found\n")


def test_users_are_filtered_by_query_and_role(orgsdk: Callable[..., Ran], provider: str) -> None:
    users = _lines(orgsdk("users", "list", "--query", "wright", "--role", "admin").out)
    assert [user["username"] for user in users] == ["hwright"]


def test_json_on_an_ascii_stdout_keeps_all_characters(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["users", "list", "--query", "bpham"]) == 0
    stream.seek(0)
    assert json.loads(stream.read())["name"] == "Bảo Ngọc Phạm"


# Invalid arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--page-size", "0"), "--page-size is 0"),
        (("--page-size", "-1"), "--page-size is -1"),
        (("--page-size", "1001"), "--page-size is 1001"),
        (("--cursor", "garbage"), "cursor is damaged"),
        (("--role", ""), "role is empty"),
        (("--role", "", "--limit", "3"), "role is empty"),
        (("--organization", "../x"), "organization id"),
        (("--organization", ""), "organization id"),
    ],
)
def test_a_bad_argument_is_one_line_and_exit_code_64(
    orgsdk: Callable[..., Ran], provider: str, sandbox: Sandbox, arguments: tuple[str, ...], message: str
) -> None:
    ran = orgsdk("users", "list", *arguments)
    assert (ran.code, ran.out) == (64, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert len(sandbox.requests) == 0


def test_a_cursor_of_another_provider_is_rejected(orgsdk: Callable[..., Ran], reach: Callable[[str], None]) -> None:
    reach("flat")
    cursor = _cursor(orgsdk("users", "list", "--limit", "1").err)
    reach("logto")
    ran = orgsdk("users", "list", "--cursor", cursor)
    assert ran.code == 64
    assert "The cursor belongs to another provider" in ran.err


def test_without_settings_the_error_names_the_variables(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("users", "list")
    assert (ran.code, ran.out) == (64, "")
    for name in ("FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT", "LOGTO_APP_ID", "LOGTO_APP_SECRET", "orgsdk sandbox"):
        assert name in ran.err


def test_logto_without_an_organization_reports_how_to_pass_one(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reach("logto")
    monkeypatch.delenv("ORGSDK_ORGANIZATION")
    ran = orgsdk("users", "list")
    assert ran.code == 64
    assert ran.err == (
        "orgsdk: logto needs an organization: pass --organization ID or set ORGSDK_ORGANIZATION; "
        "orgsdk organizations list shows the ids\n"
    )


def test_an_unsupported_operation_shows_the_providers_advice(
    orgsdk: Callable[..., Ran], provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UnsupportedError(provider, Capability.USERS_LIST, "Ask the administrator.")

    monkeypatch.setattr(OrgClient, "organization", refuse)
    ran = orgsdk("users", "list")
    assert ran.code == 64
    assert ran.err == f"orgsdk: {provider} does not offer users.list. Ask the administrator\n"


def test_an_unknown_organization_is_an_error_and_not_an_empty_list(orgsdk: Callable[..., Ran], provider: str) -> None:
    ran = orgsdk("users", "list", "--organization", "a" * 24)
    assert (ran.code, ran.out) == (1, "")
    assert "a" * 24 in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["users", "list"],
        ["users", "count"],
        ["users", "get", "nobody"],
        ["users", "find", "--username", "nobody"],
        ["users", "list-roles", "nobody"],
        ["users", "add", "nobody"],
        ["users", "remove", "nobody", "--account", "keep", "--yes"],
        ["invitations", "list"],
        ["invitations", "get", "none"],
        ["invitations", "create", "bob@example.org"],
        ["export"],
    ],
    ids=" ".join,
)
def test_every_command_reports_an_unknown_organization(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], arguments: list[str]
) -> None:
    reach("logto")
    ran = orgsdk(*arguments, "--organization", "nonesuch")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "nonesuch" in ran.err
    assert ran.err.endswith("orgsdk organizations list shows the existing ones\n")


def test_without_permission_to_read_organizations_the_first_error_is_reported(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise PermissionDeniedError("no", provider="logto", operation="get_organization", status_code=403)

    reach("logto")
    monkeypatch.setattr(Organizations, "get", refuse)
    ran = orgsdk("users", "get", "nobody")
    assert (ran.code, "no member nobody" in ran.err, "403" in ran.err) == (1, True, False)


def test_a_partial_result_of_a_failed_create_is_named(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox
) -> None:
    reach("logto")
    ran = orgsdk("users", "create", "--username", "ada", "--organization", "nonesuch")
    made = json.loads(orgsdk("accounts", "find", "--username", "ada").out)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith(f"; done before the error, and kept: {made['id']}\n")


def test_a_failed_sign_in_exits_with_4_names_the_settings_and_shows_no_secret(
    orgsdk: Callable[..., Ran], provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = {"flat": "FLAT_ACCESS_TOKEN", "logto": "LOGTO_APP_SECRET"}[provider]
    monkeypatch.setenv(secret, "hunter2hunter2")
    ran = orgsdk("users", "list")
    assert (ran.code, ran.out) == (4, "")
    assert secret in ran.err
    assert "hunter2" not in ran.err
    assert ran.err.count("\n") == 1


def test_an_exhausted_rate_limit_reports_its_reset_time(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox
) -> None:
    reach("flat")
    sandbox.flat.rate_limit = 1
    ran = orgsdk("users", "list", "--page-size", "2")
    assert (ran.code, len(_lines(ran.out)), ran.err.count("\n")) == (1, 2, 1)
    assert re.search(r"; wait until \d\d:\d\d UTC; stopped after 2 users; to resume, .* --cursor ", ran.err)


def test_an_unreachable_server_is_one_line(orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", "hunter2hunter2")
    # Port 1 is reserved: the connection is refused at once.
    monkeypatch.setenv("FLAT_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("orgsdk.transport.retry._FIRST_DELAY", 0)
    ran = orgsdk("users", "list")
    assert ran.code == 1
    assert "could not connect to http://127.0.0.1:1" in ran.err
    assert "hunter2" not in ran.err
