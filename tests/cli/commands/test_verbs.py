"""Every command at both providers, with its effect on the sandbox."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.cli.output.rows import ACCOUNTS, INVITATIONS, ORGANIZATIONS, ROLES, USERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ran

NOBODY = "0" * 24


@pytest.fixture
def one(orgsdk: Callable[..., Ran]) -> Callable[..., dict[str, Any]]:
    """Return a function that runs a command and returns the record that it shows."""

    def run(*arguments: str) -> dict[str, Any]:
        ran = orgsdk(*arguments)
        assert (ran.code, ran.err) == (0, "")
        (line,) = ran.out.splitlines()
        record: dict[str, Any] = json.loads(line)
        return record

    return run


@pytest.fixture
def done(orgsdk: Callable[..., Ran]) -> Callable[..., str]:
    """Return a function that runs a command without output and returns its message."""

    def run(*arguments: str) -> str:
        ran = orgsdk(*arguments)
        assert (ran.code, ran.out) == (0, "")
        return ran.err

    return run


def test_a_user_is_created_found_changed_and_removed(
    orgsdk: Callable[..., Ran], one: Callable[..., dict[str, Any]], done: Callable[..., str], provider: str
) -> None:
    made = one("users", "create", "--username", "ada", "--email", "ada@example.com", "--role", "teacher")
    assert list(made) == [field for field in USERS.fields if field != "raw"]
    assert (made["username"], made["email"], made["roles"]) == ("ada", "ada@example.com", ["teacher"])
    assert orgsdk("users", "count").out == "1001\n"
    assert one("users", "get", made["id"])["id"] == made["id"]
    assert one("users", "find", "--email", "ADA@example.com")["id"] == made["id"]
    assert one("users", "find", "--username", "ada", "--fields", "id,roles") == {"id": made["id"], "roles": ["teacher"]}
    changed = one("users", "update", made["id"], "--given-name", "Ada", "--family-name", "Lovelace")
    assert (changed["given_name"], changed["family_name"]) == ("Ada", "Lovelace")
    assert done("users", "set-roles", made["id"], "admin") == f"orgsdk: the user {made['id']} now has the role admin\n"
    assert [json.loads(line)["name"] for line in orgsdk("users", "list-roles", made["id"]).out.splitlines()] == [
        "admin"
    ]
    message = done("users", "remove", made["id"], "--account", "delete", "--yes")
    assert message == f"orgsdk: removed the user {made['id']}\n"
    assert orgsdk("users", "count").out == "1000\n"
    gone = orgsdk("users", "get", made["id"])
    assert (gone.code, gone.out) == (1, "")
    assert made["id"] in gone.err


def test_commands_that_only_logto_supports(
    orgsdk: Callable[..., Ran],
    one: Callable[..., dict[str, Any]],
    done: Callable[..., str],
    reach: Callable[[str], None],
) -> None:
    reach("logto")
    made = one(
        "accounts", "create", "--username", "ada", "--email", "ada@example.com", "--name", "Ada", "--phone", "4477"
    )
    assert list(made) == [field for field in ACCOUNTS.fields if field != "raw"]
    user = made["id"]
    assert orgsdk("accounts", "count").out == "1001\n"
    assert orgsdk("accounts", "count", "--query", "ada@example.com").out == "1\n"
    listed = json.loads(orgsdk("accounts", "list", "--query", "ada@example.com", "--format", "json", "--complete").out)
    assert [account["id"] for account in listed] == [user]
    assert one("accounts", "get", user)["name"] == "Ada"
    assert one("accounts", "find", "--username", "ada")["id"] == user
    assert one("accounts", "update", user, "--clear", "name", "--clear", "phone", "--fields", "name,phone") == {
        "name": None,
        "phone": None,
    }
    assert one("accounts", "suspend", user)["is_suspended"] is True
    assert one("accounts", "suspend", user, "--undo")["is_suspended"] is False
    assert done("users", "add", user, "--role", "student") == "orgsdk: added 1 user\n"
    done("users", "add-roles", user, "teacher", "admin")
    message = done("users", "remove-roles", user, "student", "admin")
    assert message == f"orgsdk: removed the roles student, admin from the user {user}\n"
    assert one("users", "get", user)["roles"] == ["teacher"]
    refused = orgsdk("users", "set-roles", user)
    assert (refused.code, "remove all roles of the user" in refused.err) == (64, True)
    assert one("users", "get", user)["roles"] == ["teacher"]
    assert done("users", "set-roles", user, "--yes") == f"orgsdk: the user {user} now has no roles\n"
    assert one("users", "suspend", user)["is_suspended"] is True
    assert one("users", "suspend", user, "--undo")["is_suspended"] is False
    done("users", "remove", user, "--account", "keep", "--yes")
    assert done("accounts", "remove", user, "--yes") == f"orgsdk: deleted the account {user}\n"
    nobody = orgsdk("accounts", "find", "--username", "ada")
    assert (nobody.code, nobody.out, nobody.err) == (1, "", "orgsdk: no account has that username\n")


def test_organization_and_role_commands_of_logto(
    orgsdk: Callable[..., Ran],
    one: Callable[..., dict[str, Any]],
    done: Callable[..., str],
    reach: Callable[[str], None],
) -> None:
    reach("logto")
    made = one("organizations", "create", "Choir", "--description", "It sings")
    assert list(made) == [field for field in ORGANIZATIONS.fields if field != "raw"]
    renamed = one("organizations", "update", made["id"], "--name", "Band", "--clear", "description")
    assert (renamed["name"], renamed["description"]) == ("Band", None)
    assert one("organizations", "get", made["id"])["name"] == "Band"
    assert "Band" in orgsdk("organizations", "list", "--format", "csv").out
    assert one("organizations", "update", made["id"], "--description", "It plays")["description"] == "It plays"
    message = done("organizations", "remove", made["id"], "--yes")
    assert message == f"orgsdk: deleted the organization {made['id']}\n"
    role = one("roles", "create", "caretaker", "--description", "Has the keys", "--kind", "User")
    assert list(role) == [field for field in ROLES.fields if field != "raw"]
    assert one("roles", "update", "caretaker", "--name", "janitor", "--clear", "description")["description"] is None
    assert one("roles", "update", "janitor", "--clear", "scopes")["scopes"] == []
    assert one("roles", "get", "janitor")["id"] == role["id"]
    assert done("roles", "remove", "janitor", "--yes") == "orgsdk: deleted the role janitor\n"
    assert "janitor" not in orgsdk("roles", "list").out


def test_the_scopes_of_a_role_are_replaced(
    orgsdk: Callable[..., Ran], one: Callable[..., dict[str, Any]], reach: Callable[[str], None]
) -> None:
    reach("logto")
    scopes = {
        scope
        for line in orgsdk("roles", "list", "--fields", "scopes").out.splitlines()
        for scope in json.loads(line)["scopes"] or ()
    }
    assert scopes, "the sandbox has roles with permissions"
    scope = min(scopes)
    role = one("roles", "create", "caretaker")
    assert one("roles", "update", role["id"], "--scope", scope)["scopes"] == [scope]


def test_flat_has_one_organization_and_four_roles(
    orgsdk: Callable[..., Ran], one: Callable[..., dict[str, Any]], reach: Callable[[str], None]
) -> None:
    reach("flat")
    (line,) = orgsdk("organizations", "list").out.splitlines()
    assert one("organizations", "get", json.loads(line)["id"])["id"] == json.loads(line)["id"]
    assert orgsdk("roles", "list").out.count("\n") == 4
    accounts = orgsdk("accounts", "list")
    assert accounts.code == 64
    assert "flat does not offer accounts.list" in accounts.err


def test_an_invitation_is_created_listed_and_removed(
    orgsdk: Callable[..., Ran], one: Callable[..., dict[str, Any]], done: Callable[..., str], provider: str
) -> None:
    made = one("invitations", "create", "bob@example.com", "--role", "teacher")
    assert list(made) == [field for field in INVITATIONS.fields if field != "raw"]
    assert (made["email"], made["status"], made["roles"]) == ("bob@example.com", "pending", ["teacher"])
    assert one("invitations", "list", "--status", "pending", "--email", "bob@example.com")["id"] == made["id"]
    assert one("invitations", "get", made["id"])["id"] == made["id"]
    message = done("invitations", "remove", made["id"], "--yes")
    assert message == f"orgsdk: deleted the invitation {made['id']}\n"
    assert done("invitations", "list") == "orgsdk: no invitations found\n"


def test_an_invitation_of_logto_is_resent_accepted_and_revoked(
    orgsdk: Callable[..., Ran],
    one: Callable[..., dict[str, Any]],
    done: Callable[..., str],
    reach: Callable[[str], None],
) -> None:
    reach("logto")
    account = one("accounts", "create", "--email", "bob@example.com")
    made = one("invitations", "create", "bob@example.com", "--role", "teacher", "--expires-in", "7d", "--no-send")
    assert made["expires_at"][:10] > made["created_at"][:10]
    assert done("invitations", "resend", made["id"]) == f"orgsdk: sent the invitation {made['id']} again\n"
    assert one("invitations", "accept", made["id"], "--user", account["id"])["status"] == "accepted"
    other = one("invitations", "create", "eve@example.com", "--inviter", account["id"])
    assert other["inviter_id"] == account["id"]
    assert one("invitations", "revoke", other["id"], "--yes")["status"] == "revoked"


# Output formats


def test_one_record_on_a_terminal_has_one_line_per_field(
    orgsdk: Callable[..., Ran], provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    ran = orgsdk("users", "find", "--email", "hwright@example.org", "--fields", "username,roles,is_suspended,raw")
    lines = [line.split(maxsplit=1) for line in ran.out.splitlines()]
    assert [line[0] for line in lines[:3]] == ["field", "username", "roles"]
    assert ["username", "hwright"] in [[word.strip() for word in line] for line in lines]
    assert '"hwright"' in ran.out  # the provider's own object, as one text


def test_one_record_as_json_is_an_object_and_as_csv_two_lines(orgsdk: Callable[..., Ran], provider: str) -> None:
    wanted = ("users", "find", "--username", "hwright", "--fields", "username,roles,created_at,raw")
    record = json.loads(orgsdk(*wanted, "--format", "json").out)
    assert record["roles"] == ["admin"]
    assert record["raw"]["username"] == "hwright"
    head, row = csv.reader(io.StringIO(orgsdk(*wanted, "--format", "csv").out))
    assert head == ["username", "roles", "created_at", "raw"]
    assert (row[:3], json.loads(row[3])) == (["hwright", "admin", record["created_at"] or ""], record["raw"])


def test_csv_escapes_formulas_and_has_one_header(
    orgsdk: Callable[..., Ran], one: Callable[..., dict[str, Any]], provider: str
) -> None:
    one("users", "create", "--username", "evil", "--given-name", '=HYPERLINK("x")', "--family-name", "@SUM(1)")
    shown = ("--format", "csv", "--fields", "username,given_name,family_name")
    ran = orgsdk("users", "list", *shown, "--page-size", "100")
    rows = list(csv.reader(io.StringIO(ran.out)))
    assert rows[0] == ["username", "given_name", "family_name"]
    assert len(rows) == 1002
    assert ["evil", '\'=HYPERLINK("x")', "'@SUM(1)"] in rows
    nobody = orgsdk("users", "list", "--format", "csv", "--query", "nobody-of-this-name")
    assert nobody.out == "id,username,name,email,roles\n"


def test_booleans_are_yes_and_no_in_a_table(orgsdk: Callable[..., Ran], reach: Callable[[str], None]) -> None:
    reach("logto")
    ran = orgsdk("users", "list", "--query", "hwright", "--format", "csv", "--fields", "is_suspended")
    assert ran.out == "is_suspended\nno\n"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("nope", "unknown field 'nope'; users have id, "),
        ("id,nope,nein", "unknown field 'nope', 'nein'"),
        (",", "no field is named; users have id, "),
    ],
)
@pytest.mark.parametrize("command", [("list",), ("get", NOBODY), ("find", "--username", "x"), ("list-roles", NOBODY)])
def test_an_unknown_field_is_rejected_before_a_request(
    orgsdk: Callable[..., Ran],
    reach: Callable[[str], None],
    sandbox: Sandbox,
    command: tuple[str, ...],
    fields: str,
    message: str,
) -> None:
    reach("logto")
    ran = orgsdk("users", *command, "--fields", fields)
    assert (ran.code, ran.out, len(sandbox.requests)) == (64, "", 0)
    assert message.replace("users", "roles" if command[0] == "list-roles" else "users") in ran.err


# Invalid arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("users", "find"), "exactly one of --email and --username"),
        (("users", "find", "--email", "a@b", "--username", "a"), "exactly one of --email and --username"),
        (("users", "update", NOBODY), "nothing to change"),
        (("users", "update", NOBODY, "--name", "x", "--clear", "name"), "--clear name clears"),
        (("users", "update", NOBODY, "--clear", "password"), "--clear"),
        (("users", "remove", NOBODY), "--account"),
        (("users", "remove", NOBODY, "--account", "burn"), "--account"),
        (("users", "add"), "no users to add"),
        (("users", "add-roles", NOBODY), "no role was given"),
        (("users", "remove-roles", NOBODY), "no role was given"),
        (("users", "create"), "needs a username"),
        (("organizations", "update", NOBODY), "nothing to change"),
        (("organizations", "update", NOBODY, "--clear", "name"), "--clear"),
        (("organizations", "update", NOBODY, "--description", "x", "--clear", "description"), "--clear description"),
        (("roles", "update", "x"), "nothing to change"),
        (("roles", "update", "x", "--scope", "y", "--clear", "scopes"), "--clear scopes"),
        (("invitations", "create", "bob@example.com", "--expires-in", "soon"), "--expires-in"),
        (("invitations", "create", "bob"), "not one"),
        (("users", "create", "--username", "a", "--password-file", "/nonexistent/file"), "No such file"),
        (("users", "create", "--username", "a", "--password-file", "x", "--ask-password"), "omit one"),
    ],
)
def test_invalid_arguments_are_one_line_and_send_nothing(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox, arguments: tuple[str, ...], message: str
) -> None:
    reach("logto")
    ran = orgsdk(*arguments)
    assert (ran.code, ran.out, len(sandbox.requests)) == (64, "", 0)
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_a_password_comes_from_a_file(
    orgsdk: Callable[..., Ran], provider: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "password"
    path.write_text("a correct horse's battery 77\n", "utf-8")
    ran = orgsdk("users", "create", "--username", "ada", "--password-file", str(path))
    assert ran.code == 0
    assert "horse" not in ran.out + ran.err
    assert json.loads(ran.out)["username"] == "ada"
    changed = orgsdk("users", "update", json.loads(ran.out)["id"], "--password-file", str(path))
    assert (changed.code, changed.err) == (0, "")


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "no first line"), (b"\n", "no first line"), (b"\xff\xfe", "is not text")]
)
def test_a_file_without_a_password_is_an_error(
    orgsdk: Callable[..., Ran], provider: str, sandbox: Sandbox, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    ran = orgsdk("users", "create", "--username", "ada", "--password-file", str(path))
    assert (ran.code, len(sandbox.requests)) == (64, 0)
    assert message in ran.err


DESTRUCTIVE = [
    ("users", "remove", NOBODY, "--account", "delete"),
    ("users", "remove", NOBODY, "--account", "keep"),
    ("accounts", "remove", NOBODY),
    ("organizations", "remove", NOBODY),
    ("invitations", "remove", NOBODY),
    ("invitations", "revoke", NOBODY),
    ("roles", "remove", "teacher"),
]


@pytest.mark.parametrize("arguments", DESTRUCTIVE)
def test_destructive_commands_need_yes_without_a_terminal(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox, arguments: tuple[str, ...]
) -> None:
    reach("logto")
    ran = orgsdk(*arguments)
    assert (ran.code, ran.out, len(sandbox.requests)) == (64, "", 0)
    assert ran.err.startswith("orgsdk: logto: ")
    assert "pass --yes" in ran.err
    assert arguments[2] in ran.err
