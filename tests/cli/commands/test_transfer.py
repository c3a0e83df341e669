"""`orgsdk export` and `orgsdk copy`: users from one provider to a file or to another provider."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient
from orgsdk.bulk import Plan, Policy, plan, read_csv, read_jsonl
from orgsdk.cli.commands.sandbox import sandbox_settings
from orgsdk.cli.commands.transfer import roster_csv, roster_jsonl
from orgsdk.domain import User
from orgsdk.sandbox.faults import Respond
from orgsdk.sandbox.roster import default_roster

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Program, Ran

    Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def both(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment for Flat and Logto, without selecting one."""
    for provider in ("flat", "logto"):
        for name, value in sandbox_settings(sandbox)[provider].items():
            monkeypatch.setenv(name, value)
    monkeypatch.delenv("ORGSDK_PROVIDER")


# export


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_plan_with_an_export_is_empty(orgsdk: Run, provider: str, tmp_path: Path, form: str) -> None:
    ran = orgsdk("export", "-o", f"out.{form}")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("orgsdk: exported 1,000 users\n")
    file = tmp_path / f"out.{form}"
    assert os.stat(file).st_mode & 0o777 == 0o600  # noqa: PTH116
    roster = read_csv(file) if form == "csv" else read_jsonl(file)
    assert {user.username for user in roster.users} == {person.username for person in default_roster()}
    ran = orgsdk("plan", f"out.{form}", "--exit-code", "--remove", "membership")
    assert ran.code == 0
    assert "to do: nothing" in ran.out


def test_an_export_is_csv_on_stdout(orgsdk: Run, reach: Callable[[str], None]) -> None:
    reach("flat")
    ran = orgsdk("export")
    lines = ran.out.splitlines()
    assert lines[0] == "external_id,username,email,phone,name,given_name,family_name,locale,roles"
    assert len(lines) == 1001
    assert json.loads(orgsdk("export", "--format", "jsonl").out.splitlines()[0])["username"] == "hwright"


def test_an_export_to_a_terminal_has_no_control_characters(
    orgsdk: Run, reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "\x1b[31mred\x9b"
    monkeypatch.setattr(
        "orgsdk.cli.commands.transfer.call_provider", lambda *_: [User(id="1", username="ada", name=name)]
    )
    reach("flat")
    assert "'\\u001b[31mred\\u009b" in orgsdk("export").out
    assert name in orgsdk("export", "--raw").out
    assert json.loads(orgsdk("export", "--format", "jsonl").out)["name"] == name
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for options in (("csv",), ("csv", "--raw"), ("jsonl",)):
        assert not {"\x1b", "\x9b"} & set(orgsdk("export", "--format", *options).out)


def test_only_a_raw_export_has_formulas_and_prints_a_warning(
    orgsdk: Run, reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [User(id="1", username="ada", name="=1+1"), User(id="2", username="bob", phone="+15550100")]
    monkeypatch.setattr("orgsdk.cli.commands.transfer.call_provider", lambda *_: people)
    reach("flat")
    ran = orgsdk("export")
    assert ",'=1+1," in ran.out
    assert ran.err == "orgsdk: exported 2 users\n"
    ran = orgsdk("export", "--raw")
    assert ",=1+1," in ran.out
    assert "orgsdk: 2 rows with a formula or a control character: do not open the file in a spreadsheet" in ran.err
    ran = orgsdk("export", "--raw", "--format", "jsonl")
    assert (ran.code, ran.err) == (64, "orgsdk: --raw is for csv, but the roster is jsonl\n")
    people[0] = User(id="1", username="ada", roles=("a;b",))
    ran = orgsdk("export")
    assert (ran.code, ran.out) == (64, "")
    assert "a role's name contains ; or |" in ran.err
    assert json.loads(orgsdk("export", "--format", "jsonl").out.splitlines()[0])["roles"] == ["a;b"]


VALUES = [
    *(
        "=1+1",
        "+15550100",
        "-1",
        "@SUM(1)",
        "'=1",
        "''=1",
        " =1",
        "\t=1",
        "a;=1",
        "a,@b",
        "C:\\new",
        "=C:\\new",
        "'t Hooft",
    ),
    *(
        "\x1b[31mred\x1b[0m",
        "two\nlines",
        "\u202eabc",
        "\x9b",
        "\\u001b",
        "'\\u001b",
        '"=1"',
        "=cmd|' /C calc'!A0",
        "\uff1d1",
    ),
]


@pytest.mark.parametrize("value", VALUES)
def test_a_roster_restores_what_an_export_escaped(
    orgsdk: Run, reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    user = User(id="1", username="ada", name=value, given_name=value, external_id=value)
    user = user.model_copy(update={"roles": ("=teacher", "@b")})
    monkeypatch.setattr("orgsdk.cli.commands.transfer.call_provider", lambda *_: [user])
    reach("flat")
    orgsdk("export", "-o", "out.csv")
    (row,) = read_csv("out.csv").users
    assert (row.name, row.given_name, row.external_id, row.roles) == (value, value, value, ("=teacher", "@b"))
    orgsdk("export", "-o", "out.csv", "--raw")
    if value.isprintable() and value == value.strip() and not value.startswith("'"):
        assert read_csv("out.csv").users[0].name == value


@pytest.mark.anyio
@pytest.mark.parametrize("value", VALUES)
async def test_a_plan_with_an_export_of_odd_values_is_empty(tmp_path: Path, value: str) -> None:
    async with OrgClient.memory(users=0) as client:
        org = client.organization()
        await org.users.create(username="ada", email="ada@example.com", name=value)
        users = await org.users.list(complete=True).collect()
        (tmp_path / "out.csv").write_text(roster_csv(users, raw=False), "utf-8")
        planned = await plan(org, read_csv(tmp_path / "out.csv"), Policy(remove="membership"))
        assert planned.is_empty


def test_a_file_that_cannot_be_written_is_one_line(orgsdk: Run, reach: Callable[[str], None]) -> None:
    reach("flat")
    ran = orgsdk("export", "-o", "none/out.csv")
    assert (ran.code, ran.err) == (64, "orgsdk: none/out.csv: No such file or directory: check the path\n")
    ran = orgsdk("export", "-o", "out.xlsx")
    assert (ran.code, ran.err) == (
        64,
        "orgsdk: out.xlsx: the format is unknown from the file's name: pass --format csv or jsonl\n",
    )


def test_a_reader_that_closes_the_pipe_is_not_an_error(
    program: Callable[..., Program], reach: Callable[[str], None]
) -> None:
    reach("flat")
    run = program("export")
    run.line()
    run.leave()
    ran = run.end()
    assert "Traceback" not in ran.err


# copy


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(
    ("source", "target", "role"), [("flat", "logto", "user=student"), ("logto", "flat", "student=user")]
)
def test_copy_creates_the_users_at_the_other_provider(
    orgsdk: Run, sandbox: Sandbox, tmp_path: Path, source: str, target: str, role: str
) -> None:
    options = ("copy", "--from", source, "--provider", target, "--map-role", role)
    new = "user" if source == "flat" else "student"
    (tmp_path / "new.csv").write_text(f"username,email,given_name,role\nnewcomer,new@example.org,New,{new}\n", "utf-8")
    assert orgsdk("plan", "new.csv", "-o", "new.json", *_at(source, sandbox)).code == 0
    assert orgsdk("apply", "new.json", *_at(source, sandbox)).code == 0

    seen = orgsdk(*options, "--dry-run", "-o", "copy.json")
    assert (seen.code, seen.err) == (
        0,
        f"orgsdk: saved; to apply it, run: orgsdk apply copy.json --provider {target}\n",
    )
    assert "    + create 1 account\n" in seen.out
    assert f"from the users of {source}, 1,001 rows" in seen.out
    assert Plan.load("copy.json").provider == target
    asked = orgsdk(*options)
    assert asked.code == 64
    assert asked.err == f"orgsdk: {target}: make 1 change? There is no terminal to ask at: pass --yes to confirm\n"
    done = orgsdk(*options, "--yes", "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["created"] == 1
    assert not list(tmp_path.glob("*.journal"))
    again = orgsdk(*options, "--dry-run", "--json")
    assert Plan.from_json(again.out.encode()).is_empty
    assert orgsdk(*options).out.endswith("0 planned: nothing to do.\n")


def _at(provider: str, sandbox: Sandbox) -> tuple[str, ...]:
    organization = getattr(sandbox, provider).organization_id
    return ("--provider", provider, "--organization", str(organization))


@pytest.mark.usefixtures("both")
def test_failed_writes_leave_a_journal_with_a_resume_command(
    orgsdk: Run, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new.csv").write_text("username,email,role\nnewcomer,new@example.org,user\n", "utf-8")
    orgsdk("plan", "new.csv", "-o", "new.json", *_at("flat", sandbox))
    orgsdk("apply", "new.json", *_at("flat", sandbox))
    sandbox.logto_faults.add(
        Respond(401, b'{"code": "auth.unauthorized", "message": "no"}'), method="POST", path="/api/users", times=None
    )
    options = ("copy", "--from", "flat", "--provider", "logto", "--map-role", "user=student")
    stopped = orgsdk(*options, "--yes", "--journal", "mine.journal")
    assert stopped.code == 4
    command = f"orgsdk resume mine.journal --provider logto --organization {sandbox.logto.organization_id}"
    assert stopped.err == f"orgsdk: to continue with the rest, run: {command}\n"
    sandbox.logto_faults.clear()
    assert orgsdk(*command.split()[1:]).out == "1 planned: 1 created.\n"


@pytest.mark.usefixtures("both")
def test_a_failed_guard_exits_with_5(orgsdk: Run, sandbox: Sandbox) -> None:
    ran = orgsdk(
        "copy",
        "--from",
        "flat",
        "--provider",
        "logto",
        "--map-role",
        "user=student",
        "--map-role",
        "teacher=",
        "--remove",
        "membership",
        "--remove-role",
        "teacher",
        "--min-matched-share",
        "0",
        "--yes",
    )
    assert ran.code == 5
    assert "REFUSED by the guard 'removals'" in ran.out
    assert ran.err.startswith("orgsdk: refused: nothing was sent; check the roster\n")


@pytest.mark.usefixtures("both")
def test_an_unknown_provider_is_reported(orgsdk: Run) -> None:
    ran = orgsdk("copy", "--from", "flat", "--provider", "nobody")
    assert (ran.code, ran.out) == (64, "")
    assert "nobody" in ran.err


@pytest.mark.anyio
@pytest.mark.parametrize("ascii_only", [True, False])
async def test_json_lines_with_control_characters_are_read_back(ascii_only: bool, tmp_path: Path) -> None:
    odd = ["\x1b[31mAda", "A\nB", "Ada\x1f", "\x85Ada", "\tAda", "\x00Ada", "a\u2028b\x07", "x\x7f"]
    memory = OrgClient.memory()
    org = memory.organization()
    for number, name in enumerate(odd):
        await org.users.create(username=f"u{number}", name=name)
    users = await org.users.list().collect()
    file = tmp_path / "out.jsonl"
    file.write_text(roster_jsonl(users, ascii_only=ascii_only), "utf-8")
    roster = read_jsonl(file)
    assert [user.name for user in roster.users] == odd
    assert (await plan(org, roster, Policy(remove="membership"))).writes == []
