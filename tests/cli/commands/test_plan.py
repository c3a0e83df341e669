"""`orgsdk plan`: its output and its exit codes."""

from __future__ import annotations

import json
import os
import re
import shlex
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import Plan, Policy
from orgsdk.cli.errors import UsageError
from orgsdk.cli.options.policy import PolicyOptions
from orgsdk.cli.options.roster import RosterOptions, parse_pairs
from orgsdk.domain import EMAIL_FORM
from orgsdk.sandbox.roster import default_roster
from tests.cli.rosters import HEADER, write_roster

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


def writes(sandbox: Sandbox) -> list[str]:
    return [f"{e.method} {e.path}" for e in sandbox.requests if e.method != "GET" and not e.path.endswith("/token")]


def test_an_empty_plan_is_reported(orgsdk: Run, provider: str, tmp_path: Path, sandbox: Sandbox) -> None:
    ran = orgsdk("plan", write_roster(tmp_path / "roster.csv", provider), "--exit-code")
    assert (ran.code, ran.err) == (0, "")
    assert "to do: nothing" in ran.out
    assert writes(sandbox) == []


def test_plan_shows_saves_and_prints_the_next_command(
    orgsdk: Run, provider: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    roster = write_roster(tmp_path / "roster.csv", provider, new=30, without=5)
    ran = orgsdk("plan", roster, "-o", "plan.json", "--remove", "membership", "--show", "3")
    assert ran.code == 0
    assert ran.out.count("  + email:new_") == 3
    assert ran.out.count("  - ") == 3 + 1
    assert "  and 27 more\n- end 5 memberships\n" in ran.out
    assert "  to do: 35 changes, about " in ran.out
    assert ran.out.index("    + create 30 accounts\n    - end 5 memberships\n") < ran.out.index("  + email:new_")
    assert ran.err == "orgsdk: saved; to apply it, run: orgsdk apply plan.json\n"
    plan = Plan.load("plan.json")
    assert (plan.provider, plan.counts["create"], plan.counts["remove"]) == (provider, 30, 5)
    assert os.stat("plan.json").st_mode & 0o777 == 0o600  # noqa: PTH116
    assert writes(sandbox) == []


def test_exit_code_2_needs_the_option_exit_code(orgsdk: Run, reach: Callable[[str], None], tmp_path: Path) -> None:
    reach("flat")
    roster = write_roster(tmp_path / "roster.csv", "flat", new=1)
    assert orgsdk("plan", roster).code == 0
    ran = orgsdk("plan", roster, "--exit-code")
    assert ran.code == 2
    assert ran.err == "orgsdk: to apply it, save it with --output plan.json, and run: orgsdk apply plan.json\n"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_json_prints_the_plan(
    program: Callable[..., Program], reach: Callable[[str], None], tmp_path: Path, encoding: str
) -> None:
    reach("logto")
    people = default_roster()[:5]
    roster = write_roster(tmp_path / "roster.csv", "logto", new=1, people=people)
    ran = program("plan", roster, "--json", "--output", "plan.json", encoding=encoding).end()
    assert ran.code == 0
    assert Plan.from_json(ran.out.encode()).hash == Plan.load("plan.json").hash
    assert ran.err == "orgsdk: saved; to apply it, run: orgsdk apply plan.json\n"


def test_a_failed_guard_exits_with_5_and_shows_the_override(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path
) -> None:
    reach("flat")
    roster = write_roster(tmp_path / "roster.csv", "flat", without=100)
    ran = orgsdk("plan", roster, "--remove=membership", "-o", "plan.json", "--exit-code")
    assert ran.code == 5
    assert "REFUSED by the guard 'removals'" in ran.out
    plan = Plan.load("plan.json")
    assert ran.err == (
        f"orgsdk: saved, but refused; if the changes are intended, run: orgsdk apply plan.json --confirm {plan.hash}\n"
    )
    half = write_roster(tmp_path / "roster.csv", "flat", without=600)
    ran = orgsdk("plan", half, "--remove=membership", "-o", "other.json")
    assert (ran.code, ran.err) == (5, "orgsdk: saved, but refused: check the roster, and make another plan\n")


def test_the_replaced_plan_is_the_previous_plan(orgsdk: Run, reach: Callable[[str], None], tmp_path: Path) -> None:
    reach("flat")
    roster = write_roster(tmp_path / "roster.csv", "flat", without=5)
    assert orgsdk("plan", roster, "--remove=membership", "-o", "plan.json").code == 0
    renamed = tmp_path / "renamed.csv"
    renamed.write_text(
        (tmp_path / "roster.csv").read_text("utf-8").replace(HEADER, HEADER.replace("roles", "role")), "utf-8"
    )
    ran = orgsdk("plan", str(renamed), "--remove=membership", "-o", "plan.json")
    assert ran.code == 5
    assert "if the roster is right, delete plan.json and make another plan" in ran.err
    assert orgsdk("plan", str(renamed), "--remove=membership", "--previous", "plan.json").code == 5
    assert orgsdk("plan", str(renamed), "--remove=membership", "-o", "new.json").code == 0


def test_a_file_that_is_not_a_plan_is_not_replaced(orgsdk: Run, reach: Callable[[str], None], tmp_path: Path) -> None:
    reach("flat")
    roster = write_roster(tmp_path / "roster.csv", "flat")
    before = (tmp_path / "roster.csv").read_bytes()
    ran = orgsdk("plan", roster, "-o", "roster.csv")
    assert (ran.code, ran.out) == (64, "")
    assert ran.err == "orgsdk: roster.csv exists and is not a plan: name another file, or delete it\n"
    assert (tmp_path / "roster.csv").read_bytes() == before
    missing = orgsdk("plan", roster, "--previous", "none.json")
    assert (missing.code, missing.err) == (64, "orgsdk: none.json: No such file or directory: check the path\n")
    nowhere = orgsdk("plan", roster, "-o", "none/plan.json")
    assert (nowhere.code, nowhere.err) == (64, "orgsdk: none/plan.json: No such file or directory: check the path\n")


def test_roster_errors_are_one_line_for_each_problem(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path, sandbox: Sandbox
) -> None:
    reach("flat")
    (tmp_path / "roster.csv").write_text("username,email\n" + "ada,x\n" * 2 + "bob\n", "utf-8")
    ran = orgsdk("plan", "roster.csv")
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.splitlines() == [
        "orgsdk: There are 3 problems with the source; nothing was sent",
        f"  2 rows (roster.csv, lines 2, 3): the email is invalid: write {EMAIL_FORM}",
        "  roster.csv, line 4: the row has 1 cell, the header has 2",
    ]
    assert writes(sandbox) == []


def test_problems_of_the_file_and_of_the_provider_are_shown_together(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path
) -> None:
    reach("flat")
    rows = "ada,x,user\nbob,bob@example.org,pupil\n" + "c" * 31 + ",cy@example.org,user\n"
    (tmp_path / "roster.csv").write_text(f"username,email,role\n{rows}", "utf-8")
    ran = orgsdk("plan", "roster.csv")
    assert ran.err.startswith("orgsdk: There are 3 problems with the source")
    for problem in ("line 2: the email is invalid", "line 3: 'pupil' is no role here", "at most 30"):
        assert problem in ran.err


def test_an_unknown_column_is_reported_with_the_options_for_columns(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path
) -> None:
    reach("flat")
    people = "".join(f"{p.username},{p.role},5A\n" for p in default_roster())
    (tmp_path / "roster.csv").write_text(f"Login,Funktion,Klasse\n{people}", "utf-8")
    ran = orgsdk("plan", "roster.csv")
    assert ran.code == 64
    assert "the columns found are 'Login', 'Funktion', 'Klasse'\n" in ran.err
    (tmp_path / "mixed.csv").write_text(f"username,role,Klasse\n{people}", "utf-8")
    ran = orgsdk("plan", "mixed.csv")
    assert ran.err.endswith("  --column FIELD=NAME maps a column to a field, --ignore NAME ignores one\n")
    assert orgsdk("plan", "mixed.csv", "--ignore", "Klasse", "--map-role", "student=user", "--exit-code").code == 0
    columns = ("--column", "username=Login", "--column=roles=Funktion", "--map-role=student=user")
    assert orgsdk("plan", "roster.csv", *columns, "--exit-code").code == 0


def test_an_unknown_role_names_its_rows_and_the_option_that_maps_it(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path
) -> None:
    reach("flat")
    (tmp_path / "roster.csv").write_text("username,role\nada,pupil\ngrace,pupil\nalan,pupil\n", "utf-8")
    ran = orgsdk("plan", "roster.csv")
    assert ran.code == 64
    roles = "accountAdmin, admin, teacher, user"
    assert ran.err.splitlines() == [
        "orgsdk: There are 3 problems with the source; nothing was sent",
        f"  3 rows (roster.csv, lines 2, 3, 4): 'pupil' is no role here. Roles here: {roles}",
        "  --map-role pupil=ROLE maps it, --map-role pupil= ignores it",
    ]
    assert "map-role" not in orgsdk("plan", "roster.csv", "--map-role", "pupil=", "--default-role", "pupil").err


def test_a_failed_sign_in_exits_with_4(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach("flat")
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", "wrong")
    ran = orgsdk("plan", write_roster(tmp_path / "roster.csv", "flat"))
    assert (ran.code, ran.out) == (4, "")
    assert "check FLAT_ACCESS_TOKEN" in ran.err


def test_a_reader_that_closes_the_pipe_is_not_an_error(
    program: Callable[..., Program], reach: Callable[[str], None], tmp_path: Path
) -> None:
    reach("flat")
    run = program("plan", write_roster(tmp_path / "roster.csv", "flat", new=300), "--show", "300", "-o", "plan.json")
    run.leave()
    ran = run.end()
    assert ran.code == 141
    assert "Traceback" not in ran.err


def test_policy_options_set_the_policy(orgsdk: Run, reach: Callable[[str], None], tmp_path: Path) -> None:
    reach("logto")
    roster = write_roster(tmp_path / "roster.csv", "logto", people=default_roster()[:3])
    options = (
        *("--match-by", "email", "--match-by", "username", "--create", "no", "--search", "find", "--update", "name"),
        *("--roles", "leave", "--default-role", "student", "--remove", "account", "--max-removal-share", "0.1"),
        *("--max-removals", "7", "--min-matched-share", "0", "--admin-role", "admin", "--protect", "*@example.net"),
        *("--max-age", "1.5"),
    )
    orgsdk("plan", roster, "-o", "plan.json", *options)
    policy = Plan.load("plan.json").policy
    assert policy == Policy(
        match_by=("email", "username"),
        create="no",
        search="find",
        update=("name",),
        roles="leave",
        default_roles=("student",),
        remove="account",
        max_removal_share=0.1,
        max_removals=7,
        min_matched_share=0,
        admin_roles=("admin",),
        protect=("*@example.net",),
        max_age=policy.max_age,
    )
    assert policy.max_age.total_seconds() == 5400
    ran = orgsdk("plan", roster, "--max-removal-share", "7")
    assert (ran.code, ran.err) == (64, "orgsdk: --max-removal-share is 7.0: pass a number, 0 to 1\n")


# File formats


def test_json_lines_and_oneroster_are_detected(orgsdk: Run, reach: Callable[[str], None], tmp_path: Path) -> None:
    reach("flat")
    first = default_roster()[0]
    row = json.dumps({"username": first.username, "roles": ["admin"]})
    (tmp_path / "roster.jsonl").write_text(f"{row}\n", "utf-8")
    assert "1,000 members: 1 with a row" in orgsdk("plan", "roster.jsonl").out
    with zipfile.ZipFile("export.zip", "w") as archive:
        archive.writestr("manifest.csv", "propertyName,value\noneroster.version,1.1\nfile.users,bulk\nfile.orgs,bulk\n")
        archive.writestr("orgs.csv", "sourcedId,status\nschool,\n")
        header = "sourcedId,status,enabledUser,username,givenName,familyName,email,orgSourcedIds,role\n"
        archive.writestr("users.csv", f"{header}s1,,true,{first.username},,,,school,administrator\n")
    ran = orgsdk("plan", "export.zip", "--org", "school", "--map-role", "administrator=admin")
    assert (ran.code, ran.err) == (0, "")
    assert "made " in ran.out
    assert "from export.zip, 1 row" in ran.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.csv",), "none.csv: No such file or directory: check the path"),
        (("roster.xlsx",), "roster.xlsx: No such file or directory: check the path"),
        (("roster.csv", "--sheet", "x"), "--sheet is given, but roster.csv is CSV: omit it"),
        (("roster.csv", "export"), "A folder is among several files: pass the folder alone"),
        (("roster.csv", "--complete", "--partial"), "--complete and --partial contradict each other: omit one"),
        (
            ("roster.csv", "--org", "x"),
            "--org is for OneRoster, SDS, Clever and GitHub Enterprise, but roster.csv has no organizations",
        ),
        (("roster.jsonl", "--delimiter", ";"), "--delimiter is given, but roster.jsonl is JSON: omit it"),
        (("export", "--column", "email=x"), "--column is given, but export is OneRoster: omit it"),
        (("roster.csv", "--column", "email"), "--column FIELD=NAME: 'email' is not of that form"),
        (
            ("roster.csv", "--map-role", "a=b", "--map-role", "a=c"),
            "--map-role FROM=TO: 'a' is given twice, with different values: leave one of them out",
        ),
        (("roster.csv", "--column", "mail=x"), "columns names the unknown field 'mail' (did you mean 'email'?)"),
        (("roster.csv", "--on", "31.8.2026"), "--on '31.8.2026' is not a day, such as 2026-08-31"),
        *(
            (
                ("roster.csv", "--on-error", "skip", "--max-bad-rows", text),
                (
                    f"--max-bad-rows '{text}' is neither a number of rows, such as 20, nor a share below 1, such as 5% "
                    "or 0.05"
                ),
            )
            for text in ("1.0", "2.5", "100%", "-3", "all", "5%%", "nan", "")
        ),
        (("roster.csv", "--encoding", "x"), "Unknown text encoding 'x': pass one such as 'cp1252'"),
    ],
)
def test_invalid_options_are_one_line(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    reach("flat")
    write_roster(tmp_path / "roster.csv", "flat")
    (tmp_path / "roster.jsonl").write_text('{"username": "ada"}\n')
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "manifest.csv").write_text("propertyName,value\n")
    ran = orgsdk("plan", *arguments)
    assert (ran.code, ran.out, ran.err) == (64, "", f"orgsdk: {message}\n")


@pytest.mark.parametrize(
    ("text", "limit"), [("1", 1), ("0", 0), ("20", 20), ("5%", 0.05), ("0.5 %", 0.005), ("0.25", 0.25), ("0.0", 0.0)]
)
def test_a_bound_of_bad_rows_is_a_number_or_a_share(text: str, limit: float) -> None:
    found = PolicyOptions(max_bad_rows=text).policy().max_bad_rows
    assert (type(found), found) == (type(limit), limit)


ROLE_FILES = {
    "own.csv": "username,Art\nada,Lehrer\nnew1,Lehrer\n",
    "canvas.csv": "user_id,login_id,status,declared_user_type\n1,new1,active,Lehrer\n",
    "people.json": '[{"username": "new1", "Art": ["Lehrer"]}]',
    "people.csv=Lehrer": "username\nnew1\n",
}


@pytest.mark.parametrize("given", ["nothing", "a mapping file", "an option"])
@pytest.mark.parametrize("name", ROLE_FILES)
def test_the_printed_remedy_of_an_unknown_role_works(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, given: str
) -> None:
    reach("logto")
    monkeypatch.chdir(tmp_path)
    file = name.partition("=")[0]
    Path(file).write_text(ROLE_FILES[name])
    columns = ("--column", "username=username", "--column", "roles=Art") if "Art" in ROLE_FILES[name] else ()
    role = "Lehrer" if given == "nothing" else "Teachers"
    Path("own.toml").write_text('[roles]\nLehrer = "Teachers"\nKind = "student"\n')
    options = {
        "nothing": (),
        "a mapping file": ("--mapping", "own.toml"),
        "an option": ("--map-role", f"Lehrer={role}"),
    }
    ran = orgsdk("plan", name, *columns, *options[given])
    assert f"'{role}' is no role here" in ran.err
    remedy = ran.err.splitlines()[-1]
    instead = "" if given == "nothing" else "in place of Lehrer=Teachers: "
    assert remedy == f"  {instead}--map-role Lehrer=teacher maps it, --map-role Lehrer= ignores it"
    if given == "an option":
        appended = orgsdk("plan", name, *columns, *options[given], "--map-role", "Lehrer=teacher")
        assert "'Lehrer' is given twice, with different values: leave one of them out" in appended.err
    pasted = shlex.split(remedy.removeprefix(f"  {instead}").partition(" maps it")[0])
    others = () if given == "an option" else options[given]
    ran = orgsdk("plan", name, *columns, *others, *pasted)
    assert ran.code == 0
    assert "roles: teacher" in ran.out


def test_options_are_passed_to_the_reader(tmp_path: Path) -> None:
    file = tmp_path / "roster.txt"
    file.write_bytes("username\tname\tx\nzoe\tZoë\t1".encode("cp1252"))
    options = RosterOptions(delimiter="tab", encoding="cp1252", ignore=("x",), complete=True)
    roster = options.read(file)
    assert (roster.users[0].name, roster.incomplete) == ("Zoë", False)
    file.write_text("username\nada\n")
    assert RosterOptions(partial=True).read(file).incomplete


def test_a_last_line_without_a_line_end_is_an_error_with_advice(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path
) -> None:
    reach("flat")
    roster = tmp_path / "roster.csv"
    write_roster(roster, "flat")
    roster.write_bytes(roster.read_bytes()[:-1])
    ran = orgsdk("plan", "roster.csv")
    number = len(roster.read_bytes().splitlines())
    assert (ran.code, ran.out) == (64, "")
    assert ran.err == (
        "orgsdk: There is 1 problem with the source; nothing was sent\n"
        f"  roster.csv, line {number}: the last line has no line end: the file may be truncated\n"
        "  add a line end; or, if the file is complete (some spreadsheets export it so), pass --complete\n"
    )
    assert orgsdk("plan", "roster.csv", "--partial").code == 64
    assert orgsdk("plan", "roster.csv", "--complete", "--exit-code").code == 0


def test_pairs_are_trimmed_and_may_be_repeated() -> None:
    assert parse_pairs([" a = b ", "a=b", "c="], "--x") == {"a": "b", "c": ""}
    with pytest.raises(UsageError):
        parse_pairs(["=b"], "--x")


# Problems


def test_all_problems_are_written_to_a_file(orgsdk: Run, reach: Callable[[str], None], tmp_path: Path) -> None:
    reach("flat")
    rows = "".join(f"new_{number},x{number}\n" for number in range(50))
    (tmp_path / "roster.csv").write_text(f"username,role\n{rows}", "utf-8")
    ran = orgsdk("plan", "roster.csv", "--problems", "problems.csv")
    assert ran.code == 64
    assert ran.err.endswith("  all of them are in problems.csv\n")
    lines = (tmp_path / "problems.csv").read_text("utf-8").splitlines()
    assert lines[0] == "row,problem,remedy"
    assert len(lines) == 51
    assert lines[1].startswith('"roster.csv, line 2","\'x0\' is no role here. Roles here: ')
    assert lines[1].endswith('"remedy: --map-role x0=ROLE maps it, --map-role x0= ignores it"')
    assert os.stat("problems.csv").st_mode & 0o777 == 0o600  # noqa: PTH116
    write_roster(tmp_path / "roster.csv", "flat")
    assert orgsdk("plan", "roster.csv", "--problems", "problems.csv").code == 0
    assert (tmp_path / "problems.csv").read_text("utf-8") == "row,problem,remedy\n"


def test_a_file_with_other_contents_is_not_replaced_by_problems(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path
) -> None:
    reach("flat")
    roster = write_roster(tmp_path / "roster.csv", "flat")
    before = (tmp_path / "roster.csv").read_bytes()
    ran = orgsdk("plan", roster, "--problems", "roster.csv")
    message = "orgsdk: --problems: roster.csv exists and has other contents: name another file, or delete it\n"
    assert (ran.code, ran.err) == (64, message)
    orgsdk("plan", roster, "-o", "plan.json")
    ran = orgsdk("apply", "plan.json", "--report", "roster.csv")
    assert (ran.code, "--report: roster.csv exists and has other contents" in ran.err) == (64, True)
    assert (tmp_path / "roster.csv").read_bytes() == before
    assert orgsdk("plan", roster, "--problems", "none/x.csv").code == 64


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_shows_twenty_lines_of_problems(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    reach("flat")
    rows = "".join(f"new_{number},x{number}\n" for number in range(50))
    (tmp_path / "roster.csv").write_text(f"username,role\n{rows}", "utf-8")
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)
    _, *lines = orgsdk("plan", "roster.csv").err.splitlines()
    # Each unknown role is one problem, with its remedy in the next line.
    if is_terminal:
        assert len(lines) == 20
        assert lines[-1] == "  and 40 more problems; --problems PATH writes all of them to a file"
    else:
        assert len(lines) == 100


def test_a_refused_plan_is_not_followed_by_how_to_apply_it(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path
) -> None:
    reach("flat")
    roster = write_roster(tmp_path / "roster.csv", "flat", without=100)
    ran = orgsdk("plan", roster, "--remove", "membership")
    assert (ran.code, ran.err) == (5, "orgsdk: refused: check the roster, and make another plan\n")


@pytest.mark.parametrize("width", ["60", "80", "120"])
def test_a_terminal_shows_colours_and_cuts_nothing(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    reach("flat")
    roster = write_roster(tmp_path / "roster.csv", "flat", new=2, without=1)
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": width}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    out = orgsdk("plan", roster, "--remove", "membership").out
    assert "\x1b[32m+ create 2 accounts\x1b[0m" in out
    assert "  \x1b[31m-\x1b[0m email:" in out
    assert "…" not in out
    plain = re.sub(r"\x1b\[[\d;]*m", "", out)
    assert max(len(line) for line in plain.splitlines()) <= int(width)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR")
    assert "\x1b" not in orgsdk("plan", roster, "--remove", "membership").out
