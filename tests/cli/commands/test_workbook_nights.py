"""A workbook of a school, night after night, by the command line alone: inspect, mapping, plan, apply, grace, copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter

from orgsdk.bulk import Plan
from orgsdk.sandbox import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ran

    Run = Callable[..., Ran]
    Row = tuple[str, ...]

HEADER = ("Schülernr.", "E-Mail", "Kennung", "Vorname", "Nachname", "Art", "Status")
WORDS = {"student": "Schüler", "teacher": "Lehrer", "admin": "Leitung"}
PEOPLE = [Person("0000", "boss", "boss@vale.example", "Boss", "Vale", "admin", None)] + [
    Person(f"00{n:02}", f"user{n}", f"user{n}@vale.example", f"Given{n}", f"Family{n}", "student", None)
    for n in range(10, 34)
]
# What a user writes into the file that `roster inspect` has made.
COLUMNS = """\
external_id = "Schülernr."
username = "Kennung"
given_name = "Vorname"
family_name = "Nachname"
roles = "Art"
state = "Status"

[roles]
"Schüler" = "student"
Lehrer = "teacher"
Leitung = "admin"

[enabled]
aktiv = "active"
beurlaubt = "suspended"
ausgetreten = "gone"
"""
PLAN = (
    *("plan", "people.xlsx", "--mapping", "people.toml", "-o", "plan.json", "--suspended", "suspend"),
    *("--remove", "membership", "--grace", "7", "--on-error", "skip", "--max-bad-rows", "10%"),
    *("--max-removal-share", "0.3"),
)


def rows(changes: Mapping[str, Mapping[int, str]], *new: Row) -> Iterable[Row]:
    """Return the rows of the people; `changes` are cells by username and column, and no cells leave the row out."""
    for person in PEOPLE:
        cells = [person.external_id, person.email or "", person.username, person.first_name, person.last_name]
        cells += [WORDS[person.role], "aktiv"]
        change = changes.get(person.username, {0: person.external_id})
        if change:
            yield tuple(change.get(column, cell) for column, cell in enumerate(cells))
    yield from new


def write_book(data: Iterable[Row], program: str) -> None:
    book = xlsxwriter.Workbook("people.xlsx")
    sheet = book.add_worksheet("Personen")
    sheet.write(0, 0, "Export der Schule Vale")
    for line, cells in enumerate((HEADER, *data), 2):
        sheet.write_row(line, 0, cells)
    book.close()
    if program == "openpyxl":
        openpyxl.load_workbook("people.xlsx").save("people.xlsx")


def let_days_pass(days: int) -> None:
    made = Plan.load("plan.json")
    replace(made, missing={user: since - timedelta(days=days) for user, since in made.missing.items()}).save(
        "plan.json"
    )


def counts(ran: Ran) -> dict[str, int]:
    assert ran.code == 0, ran.err
    return {kind: number for kind, number in Plan.load("plan.json").counts.items() if number}


@pytest.fixture
def at_logto(
    sandbox: Sandbox, reach: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Seed the servers with the people, and use Logto."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for state in (sandbox.flat, sandbox.logto, sandbox.workos):
        state.seed(PEOPLE)
    reach("logto")
    return reach


@pytest.mark.parametrize("program", ["XlsxWriter", "openpyxl"])
def test_a_workbook_is_carried_out_night_after_night(orgsdk: Run, at_logto: object, program: str) -> None:
    write_book(rows({}), program)
    assert "--header-line 3 reads the header in that line" in orgsdk("roster", "inspect", "people.xlsx").out
    ran = orgsdk("roster", "inspect", "people.xlsx", "--header-line", "3", "--write-mapping", "people.toml")
    assert "user10@vale.example" not in ran.out
    mapping = Path("people.toml")
    mapping.write_text(mapping.read_text("utf-8").rstrip("\n") + "\n" + COLUMNS, "utf-8")
    assert counts(orgsdk(*PLAN)) == {}

    # The second night: leavers, a suspended one, a newcomer, two bad rows and changes.
    changed: dict[str, dict[int, str]] = {
        "user10": {},
        "user11": {},
        "user12": {3: "Renamed"},
        "user13": {5: "Lehrer"},
        "user14": {6: "beurlaubt"},
        "user15": {6: "ausgetreten"},
        "user16": {6: "weg", 3: "Nobody"},
    }
    write_book(
        rows(
            changed,
            ("9001", "new@vale.example", "new", "New", "N", "Schüler", "aktiv"),
            ("9002", "pilot@vale.example", "pilot", "Pilot", "P", "Pilot", "aktiv"),
        ),
        program,
    )
    ran = orgsdk(*PLAN)
    assert counts(ran) == {"create": 1, "update": 1, "set_roles": 1, "suspend": 3, "remove": 1}
    assert "2 rows left out because of problems" in ran.out
    assert ran.out.index("people.xlsx, line 9: unknown word 'weg'") < ran.out.index("line 28: 'Pilot' is no role here")
    assert "state in the source: ausgetreten" in ran.out
    assert "2 members stay without a row until the grace period of 7 days ends" in ran.out
    ran = orgsdk("apply", "plan.json", "--yes", "--report", "report.csv")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "7 planned: 1 created, 5 updated, 1 removed.")
    assert Path("report.csv").read_text("utf-8").count("people.xlsx, line ") == 5
    assert counts(orgsdk(*PLAN)) == {}

    # A week later: one leaver is back, and the other one is removed. The bad row is right.
    let_days_pass(7)
    changed |= {"user10": {0: "0010"}, "user16": {3: "Nobody"}}
    write_book(rows(changed, ("9001", "new@vale.example", "new", "New", "N", "Schüler", "aktiv")), program)
    made = orgsdk(*PLAN)
    assert counts(made) == {"activate": 1, "update": 1, "remove": 1}
    assert orgsdk("apply", "plan.json", "--yes").code == 0
    assert counts(orgsdk(*PLAN)) == {}


def test_the_same_workbook_at_a_provider_without_suspensions(
    orgsdk: Run, at_logto: Callable[[str], None], tmp_path: Path
) -> None:
    """At Flat, each printed remedy leads to the next step, up to the removal after the grace period."""
    at_logto("flat")
    mapping = Path("people.toml")
    mapping.write_text(f'preset = "excel"\nheader_line = 3\n\n[columns]\nemail = "E-Mail"\n{COLUMNS}', "utf-8")
    changed: dict[str, dict[int, str]] = {
        "user10": {},
        "user11": {5: "Lehrer"},
        "user12": {6: "beurlaubt"},
        "user13": {6: "ausgetreten"},
        "user14": {6: "weg"},
    }
    write_book(rows(changed, ("9001", "new@vale.example", "new", "New", "N", "Schüler", "aktiv")), "XlsxWriter")
    refused = orgsdk(*PLAN)
    assert refused.code == 64
    assert "Leave --suspended suspend out, or pass --suspended remove" in refused.err
    plan = tuple(word for word in PLAN if word not in {"--suspended", "suspend"})
    refused = orgsdk(*plan)
    assert "'student' is no role here. Roles here: accountAdmin, admin, teacher, user" in refused.err
    assert "in place of 'Schüler'=student: --map-role 'Schüler'=ROLE maps it" in refused.err
    plan += ("--map-role", "Schüler=user")
    ran = orgsdk(*plan)
    assert counts(ran) == {"create": 1, "set_roles": 1, "remove": 1}
    assert "(beurlaubt 1) stays active, because the provider cannot suspend: --suspended remove treats" in ran.out
    assert orgsdk("apply", "plan.json", "--yes").out.splitlines()[-1] == ("3 planned: 1 created, 1 updated, 1 removed.")
    assert counts(orgsdk(*plan)) == {}
    let_days_pass(7)
    ran = orgsdk(*plan, "--suspended", "remove")
    assert counts(ran) == {"remove": 2}
    assert "state in the source: beurlaubt" in ran.out
    assert orgsdk("apply", "plan.json", "--yes").code == 0
    assert counts(orgsdk(*plan)) == {}


def test_a_changed_organization_is_copied_to_another_provider(
    orgsdk: Run, at_logto: Callable[[str], None], sandbox: Sandbox
) -> None:
    logto, workos = sandbox.logto.organization_id, sandbox.workos.organization_id
    changed: dict[str, dict[int, str]] = {"user10": {3: "Renamed"}, "user11": {5: "Lehrer"}, "user12": {6: "beurlaubt"}}
    Path("people.toml").write_text(
        f'preset = "excel"\nheader_line = 3\n\n[columns]\nemail = "E-Mail"\n{COLUMNS}', "utf-8"
    )
    write_book(rows(changed, ("9001", "new@vale.example", "new", "New", "N", "Schüler", "aktiv")), "XlsxWriter")
    assert counts(orgsdk(*PLAN)) == {"create": 1, "update": 1, "set_roles": 1, "suspend": 1}
    assert orgsdk("apply", "plan.json", "--yes").code == 0
    at_logto("workos")
    copy: tuple[Any, ...] = ("copy", "--from", "logto", "--from-organization", logto, "--provider", "workos")
    copy += ("--organization", workos, "--suspended", "suspend", "-o", "copy.json")
    ran = orgsdk(*copy, "--yes")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[-1] == "4 planned: 1 created, 3 updated."
    assert orgsdk(*copy, "--exit-code").out.splitlines()[-1] == "0 planned: nothing to do."
