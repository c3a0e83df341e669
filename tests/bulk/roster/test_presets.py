"""`read_roster` with presets: what each system's files are taken for, and what their rows become."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import Roster, SourceError, read_roster
from orgsdk.bulk.roster.presets import PRESETS
from tests.bulk.roster.preset_files import FILES, PresetFile, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = Path(os.environ.get("ORGSDK_SHARED") or Path(__file__).parents[4] / "shared") / "rosters"
IDS = [f"{file.title}-{file.name}" for file in FILES]


def seen(roster: Roster) -> list[Row]:
    return [(row.external_id, row.username, row.email, row.roles, row.state, row.word) for row in roster.users]


def written(folder: Path, file: PresetFile) -> Path:
    path = folder / file.name
    path.write_text(file.text, "utf-8")
    return path


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_a_file_is_recognized_and_read(tmp_path: Path, file: PresetFile) -> None:
    roster = read_roster(written(tmp_path, file))
    assert roster.notes[0] == f"{file.name}: read as {file.title} (preset {file.preset})"
    assert seen(roster) == file.rows
    assert roster.incomplete is file.incomplete


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_a_named_preset_reads_the_same(tmp_path: Path, file: PresetFile) -> None:
    path = written(tmp_path, file)
    assert read_roster(path, file.preset) == read_roster(path)


@pytest.mark.parametrize("file", [file for file in FILES if file.incomplete], ids=lambda file: file.title)
def test_a_download_is_complete_if_the_caller_states_it(tmp_path: Path, file: PresetFile) -> None:
    path = written(tmp_path, file)
    assert not read_roster(path, complete=True).incomplete
    assert read_roster(path, complete=False).incomplete
    assert any("read as incomplete, because" in note for note in read_roster(path).notes)


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_no_secret_is_read(tmp_path: Path, file: PresetFile) -> None:
    text = file.text.replace("****", "Secret-1")
    roster = read_roster(written(tmp_path, file._replace(text=text)))
    assert "Secret-1" not in repr((list(roster.users), roster.notes))


def test_each_preset_has_a_file_here() -> None:
    assert {file.preset for file in FILES} == set(PRESETS)
    assert {layout.title for preset in PRESETS.values() for layout in preset.layouts} - {
        file.title for file in FILES
    } == {
        "School Data Sync v2.1, users",  # its roles are in another file: test_read_roster.py
        "Clever, teachers",
    }


# Words of states


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("canvas.csv", "user_id,login_id,status\n1,ada,left\n", "active, suspended, deleted, empty"),
        ("slack.csv", "username,email,status,userid,fullname\nada,,Alumnus,U1,A\n", "deactivated"),
        ("okta.json", '[{"id": "1", "status": "GONE", "profile": {"login": "ada"}}]', "deprovisioned"),
        (
            "users.csv",
            "userPrincipalName,userType,accountEnabled\na@example.org,Member,Quizás\n",
            "true, yes, 1, ja, wahr, oui, vrai, sí, si, verdadero, false, no, 0, nein, falsch, non, faux, falso",
        ),
        (
            "users.csv",
            "Block credential,User principal name\nVielleicht,a@example.org\n",
            "known are true, yes, 1, ja",
        ),
    ],
)
def test_an_unknown_state_is_refused_with_the_known_ones(tmp_path: Path, name: str, text: str, known: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError) as caught:
        read_roster(tmp_path / name)
    (problem,) = caught.value.problems
    assert "unknown word" in problem.message
    assert known in problem.message
    assert "enabled=" in str(caught.value)


@pytest.mark.parametrize(
    ("state", "expected"), [(True, "active"), (False, "suspended"), ("gone", "gone"), ("active", "active")]
)
def test_the_caller_states_what_a_word_means(tmp_path: Path, state: bool | str, expected: str) -> None:
    (tmp_path / "a.csv").write_text("user_id,login_id,status\n1,ada,Ausgetreten\n2,bo,active\n")
    roster = read_roster(tmp_path / "a.csv", enabled={" ausgetreten ": state})  # type: ignore[dict-item]
    assert [row.state for row in roster.users] == [expected, "active"]
    assert roster.users[0].word == (None if expected == "active" else "Ausgetreten")


@pytest.mark.parametrize(
    ("word", "is_true"),
    [
        *((word, True) for word in ("Ja", "Oui", "Sí", "si", "WAHR", "VRAI", "VERDADERO")),
        *((word, False) for word in ("nein", "NON", "no", "FALSCH", "Faux", "FALSO")),
    ],
)
def test_yes_and_no_are_known_in_other_languages(tmp_path: Path, word: str, *, is_true: bool) -> None:
    texts = {
        "own.csv": f"username,enabled\nada,{word}\n",
        "entra.csv": f"userPrincipalName,userType,accountEnabled\nada@x.org,Member,{word}\n",
        "m365.csv": f"Block credential,User principal name\n{word},ada@x.org\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
        (row,) = read_roster(tmp_path / name).users
        is_active = not is_true if name == "m365.csv" else is_true
        assert row.state == ("active" if is_active else "suspended"), name


ENTERPRISE = (
    "GitHub com login,GitHub com name,GitHub com member roles,GitHub com verified domain emails\n"
    'ada,Ada L,"Vale:Owner, birch:Member",ada@example.org\nbo,,birch:Owner,\ncy,,vale:Member,\ndi,,,\n'
)


@pytest.mark.parametrize(
    ("org", "expected"),
    [("vale", [("ada", ("Owner",)), ("cy", ("Member",))]), ("Birch", [("ada", ("Member",)), ("bo", ("Owner",))])],
)
def test_roles_of_an_enterprise_are_those_of_the_named_organization(tmp_path: Path, org: str, expected: object) -> None:
    (tmp_path / "enterprise.csv").write_text(ENTERPRISE)
    assert [(row.username, row.roles) for row in read_roster(tmp_path / "enterprise.csv", org=org).users] == expected


def test_roles_of_several_organizations_of_an_enterprise_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "enterprise.csv"
    path.write_text(ENTERPRISE)
    with pytest.raises(
        SourceError, match=r'of 2 organizations \(birch, Vale\): name the one .*\nPass org="NAME"'
    ) as caught:
        read_roster(path)
    assert caught.value.advice[0].command == "--org NAME reads the users of one organization"
    with pytest.raises(SourceError, match="no user in it belongs to 'oak'"):
        read_roster(path, org="oak")


@pytest.mark.parametrize(
    ("on", "states", "changes_on"),
    [(date(2026, 8, 30), ["suspended"], date(2026, 8, 31)), (date(2026, 8, 31), ["active"], None)],
)
def test_a_ban_of_supabase_ends_on_a_day(tmp_path: Path, on: date, states: list[str], changes_on: date | None) -> None:
    user = {"id": "1", "aud": "x", "app_metadata": {}, "email": "a@x.org", "banned_until": "2026-08-31T00:00:00Z"}
    (tmp_path / "users.json").write_text(json.dumps({"users": [user]}))
    roster = read_roster(tmp_path / "users.json", on=on)
    assert ([row.state for row in roster.users], roster.changes_on) == (states, changes_on)


def test_several_files_change_on_the_first_of_their_days(tmp_path: Path) -> None:
    for name, end in (("a", "2026-10-02"), ("b", "2026-10-01"), ("c", "")):
        until = f"{end}T00:00:00Z" if end else None
        user: dict[str, object] = {
            "id": name,
            "aud": "x",
            "app_metadata": {},
            "email": f"{name}@x.org",
            "banned_until": until,
        }
        (tmp_path / f"{name}.json").write_text(json.dumps({"users": [user]}))
    paths = [tmp_path / f"{name}.json" for name in "abc"]
    assert read_roster(paths, on=date(2026, 9, 1)).changes_on == date(2026, 10, 1)
    assert read_roster(paths, on=date(2026, 10, 1)).changes_on == date(2026, 10, 2)
    assert read_roster(paths, on=date(2026, 11, 1)).changes_on is None


SDS_USERS = "sourcedId,username,givenName,familyName,activeDirectoryMatchId,email\n1,ada,Ada,L,,ada@example.org\n"
SDS_ROLES = "userSourcedId,orgSourcedId,role,roleStartDate,roleEndDate\n1,s1,teacher,2026-08-01,2027-07-31\n"


@pytest.mark.parametrize(
    ("on", "roles", "changes_on"),
    [
        (date(2026, 7, 31), (), date(2026, 8, 1)),
        (date(2026, 8, 1), ("teacher",), date(2027, 8, 1)),
        (date(2027, 8, 1), (), None),
    ],
)
def test_the_roles_of_sds_2_1_change_on_days(
    tmp_path: Path, on: date, roles: tuple[str, ...], changes_on: date | None
) -> None:
    (tmp_path / "users.csv").write_text(SDS_USERS)
    (tmp_path / "roles.csv").write_text(SDS_ROLES)
    roster = read_roster(tmp_path, "sds", on=on)
    assert ([row.roles for row in roster.users], roster.changes_on) == ([roles], changes_on)


def test_an_absent_state_is_refused_where_the_system_always_writes_one(tmp_path: Path) -> None:
    path = tmp_path / "realm.json"
    path.write_text('{"users": [{"username": "a", "enabled": true, "credentials": []}, {"username": "b"}]}')
    with pytest.raises(SourceError, match="enabled is empty: known are true"):
        read_roster(path)
    assert [row.state for row in read_roster(path, enabled={"": "active"}).users] == ["active", "active"]


def test_a_google_file_without_a_status_column_says_so(tmp_path: Path) -> None:
    path = tmp_path / "chosen.csv"
    path.write_text("Email Address [Required]\nada@example.org\n")
    assert "chosen.csv: no column states who is suspended, so every row is active" in read_roster(path).notes


def test_a_changing_google_address_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "upload.csv"
    path.write_text("Email Address [Required],New Primary Email [UPLOAD ONLY]\na@example.org,b@example.org\n")
    with pytest.raises(SourceError, match="line 2: the New Primary Email is set"):
        read_roster(path)


@pytest.mark.parametrize(
    ("value", "state"), [(0, "suspended"), (1, "active"), ("FALSE", "suspended"), (None, "active"), ("", "active")]
)
def test_a_number_is_a_state_and_no_empty_value(tmp_path: Path, value: object, state: str) -> None:
    path = tmp_path / "users.json"
    path.write_text(json.dumps({"Resources": [{"schemas": [], "userName": "ada", "active": value}]}))
    assert [row.state for row in read_roster(path).users] == [state]


@pytest.mark.parametrize(
    "document",
    [
        {"Resources": [{"schemas": [], "userName": "ada", "active": []}]},
        {"Resources": [{"schemas": [], "userName": "ada", "active": {"value": True}}]},
        {"users": [{"username": "ada", "firstName": "Ada", "enabled": 0.0}]},
        {"users": [{"localId": "1", "disabled": []}]},
        [{"user_id": "1", "email": "a@example.org", "blocked": {}}],
        [{"id": "1", "email_addresses": [], "first_name": "A", "external_id": "1", "banned": [True]}],
        [{"id": "1", "status": ["ACTIVE"], "profile": {"login": "ada"}}],
    ],
)
def test_a_state_of_another_type_is_refused(tmp_path: Path, document: object) -> None:
    (tmp_path / "users.json").write_text(json.dumps(document))
    with pytest.raises(SourceError, match="must be true, false, a text or a whole number"):
        read_roster(tmp_path / "users.json")


@pytest.mark.parametrize(
    "text",
    [
        "Block credential,User principal name\n,a@example.org\n",
        "x [displayName],x [userPrincipalName],x [passwordProfile],x [accountEnabled]\nA,a@example.org,,\n",
    ],
)
def test_an_empty_answer_to_whether_to_block_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "users.csv").write_text(text)
    with pytest.raises(SourceError, match="is empty: known are true"):
        read_roster(tmp_path / "users.csv")


def test_a_status_that_a_tool_added_to_the_okta_template_is_read(tmp_path: Path) -> None:
    path = tmp_path / "okta.csv"
    path.write_text(
        "status,login,firstName,lastName,email\nDEPROVISIONED,a,A,B,a@example.org\nSUSPENDED,b,A,B,b@example.org\n"
        "LOCKED_OUT,c,A,B,c@example.org\n,d,A,B,d@example.org\n"
    )
    assert [row.state for row in read_roster(path).users] == ["gone", "suspended", "active", "active"]
    path.write_text("status,login,firstName,lastName,email\nLeft,a,A,B,a@example.org\n")
    with pytest.raises(SourceError, match="unknown word"):
        read_roster(path)


# Whose value it is


@pytest.mark.parametrize(
    ("emails", "expected"),
    [
        ([{"Value": "h@example.org", "Type": "home"}, {"VALUE": "w@example.org", "TYPE": "Work"}], "w@example.org"),
        ([{"value": "h@example.org", "type": "work"}, {"value": "p@example.org", "primary": "True"}], "p@example.org"),
        ([{"value": "a@example.org", "primary": True}, {"value": "b@example.org", "primary": True}], None),
        ([{"value": "a@example.org", "type": "work"}, {"value": "b@example.org", "type": "work"}], None),
        ([{"value": "a@example.org"}, {"value": "b@example.org"}], None),
        ([{"value": "a@example.org", "primary": False}], "a@example.org"),
    ],
)
def test_a_scim_address_is_chosen_without_doubt(tmp_path: Path, emails: object, expected: str | None) -> None:
    user = {"schemas": [], "UserName": "ada", "Emails": emails, "ROLES": [{"Value": "teacher"}]}
    (tmp_path / "scim.json").write_text(json.dumps({"Resources": [user]}))
    (row,) = read_roster(tmp_path / "scim.json").users
    assert (row.email, row.roles) == (expected, ("teacher",))


@pytest.mark.parametrize("name", ["ada@example.org", "Ada@Example.org", "old.address@example.org"])
def test_an_address_is_no_name_at_auth0(tmp_path: Path, name: str) -> None:
    user = {"user_id": "auth0|1", "email": "ada@example.org", "email_verified": True, "name": name}
    (tmp_path / "users.json").write_text(json.dumps([user]))
    assert read_roster(tmp_path / "users.json").users[0].name is None


def test_of_several_phone_numbers_in_a_google_cell_none_is_the_first(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        'Email Address [Required],Work Phone,Mobile Phone\na@example.org,"+15550100,+15550101",+15550102\n'
        'b@example.org,"+15550103,+15550104",\n'
    )
    assert [row.phone for row in read_roster(tmp_path / "a.csv").users] == ["+15550102", None]


# Rows that are not users


@pytest.mark.parametrize(
    "text",
    [
        (
            "Block sign in [accountEnabled],x [passwordProfile],x [displayName],x [userPrincipalName]\n"
            "Example,,Example: Ana,example: ana@example.org\nNo,,Bo,bo@example.org\n"
        ),
        (
            "Redirection [inviteRedirectURL],x [inviteeEmail]\nhttps://example.org,Example: ana@example.org\n"
            "https://example.org,bo@example.org\n"
        ),
    ],
)
def test_the_example_of_a_template_is_no_user_wherever_its_columns_are(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    roster = read_roster(tmp_path / "a.csv")
    assert [row.email for row in roster.users] == ["bo@example.org"]
    assert "a.csv: passed over 1 example row" in roster.notes


def test_accounts_of_no_user_are_passed_over_by_their_name(tmp_path: Path) -> None:
    users = [{"username": name, "enabled": True, "firstName": "A"} for name in ("service-account-sync", "ada")]
    (tmp_path / "realm.json").write_text(json.dumps({"users": users}))
    roster = read_roster(tmp_path / "realm.json")
    assert ([row.username for row in roster.users], roster.notes[-1]) == (
        ["ada"],
        "realm.json: passed over 1 service account",
    )
    (tmp_path / "moodle.csv").write_text("username,firstname,lastname,email,city\n Guest ,G,G,,\nada,A,B,,\n")
    assert [row.username for row in read_roster(tmp_path / "moodle.csv").users] == ["ada"]


# Spellings of the same file


def _tables() -> list[PresetFile]:
    # These two have no header of names, or cells with backslashes.
    without = {"Firebase users (auth:export as CSV)", "Cognito import"}
    return [file for file in FILES if file.name.endswith(".csv") and file.title not in without]


def _spelled(text: str, change: str) -> bytes:
    # The first line of Entra is not one of the table.
    start, rest = ("", text) if not text.startswith("version:") else text.split("\n", 1)
    start = f"{start}\n" if start else ""
    delimiter = ";" if ";" in rest.split("\n")[0] else ","
    rows = list(csv.reader(io.StringIO(rest), delimiter=delimiter))
    if change == "reversed":
        rows = [row[::-1] for row in rows]
    elif change == "capitals":
        rows[0] = [cell.upper() for cell in rows[0]]
    elif change == "spaces":
        rows[0] = [f" {cell} " for cell in rows[0]]
    elif change == "trailing":
        rows = [[*row, "", ""] for row in rows]
    written = io.StringIO()
    separator = "\t" if change == "tabs" else delimiter
    if change == "quoted":
        csv.writer(written, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    else:
        csv.writer(written, delimiter=separator).writerows(rows)
    return (start + written.getvalue()).encode("utf-16" if change == "utf-16" else "utf-8-sig")


@pytest.mark.parametrize("word", ["password", "hash", "totp"])
@pytest.mark.parametrize("file", _tables(), ids=lambda file: f"{file.title}-{file.name}")
def test_a_table_without_the_columns_of_secrets_is_recognized(tmp_path: Path, file: PresetFile, word: str) -> None:
    lines = file.text.splitlines(keepends=True)
    start = lines.pop(0) if lines[0].startswith("version:") else ""
    delimiter = ";" if ";" in lines[0] else ","
    rows = list(csv.reader(io.StringIO("".join(lines)), delimiter=delimiter))
    columns = [at for at, name in enumerate(rows[0]) if word not in name.casefold()]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([row[at] for at in columns if at < len(row)] for row in rows)
    path = tmp_path / file.name
    path.write_text(start + text.getvalue(), "utf-8")
    assert seen(read_roster(path)) == file.rows


def test_users_of_a_scim_list_need_no_schemas(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    resources = [{"externalId": "7", "userName": "ada", "active": False}]
    path.write_text(json.dumps({"totalResults": 1, "Resources": resources}))
    assert seen(read_roster(path)) == [("7", "ada", None, None, "suspended", "active false")]


def test_firebase_file_that_a_spreadsheet_saved_is_recognized(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"f1,ada@example.org,TRUE{',' * 24}TRUE,,\n")
    assert seen(read_roster(path)) == [("f1", None, "ada@example.org", None, "suspended", "disabled TRUE")]


@pytest.mark.parametrize("change", ["reversed", "capitals", "spaces", "trailing", "quoted", "tabs", "utf-16"])
@pytest.mark.parametrize("file", _tables(), ids=lambda file: f"{file.title}-{file.name}")
def test_another_spelling_of_a_table_has_the_same_users(tmp_path: Path, file: PresetFile, change: str) -> None:
    path = tmp_path / file.name
    path.write_bytes(_spelled(file.text, change))
    assert seen(read_roster(path)) == file.rows


@pytest.mark.parametrize("preset", PRESETS)
def test_a_file_is_never_taken_for_that_of_another_system(tmp_path: Path, preset: str) -> None:
    for file in FILES:
        if file.preset != preset:
            with pytest.raises(SourceError):
                read_roster(written(tmp_path, file), preset)


# What proves a list to be whole


@pytest.mark.parametrize(
    ("text", "incomplete"),
    [
        ('{"totalResults": 1, "Resources": [{"schemas": [], "userName": "a"}]}', False),
        ('{"totalResults": 1, "startIndex": 1, "Resources": [{"schemas": [], "userName": "a"}]}', False),
        ('{"totalResults": 2, "Resources": [{"schemas": [], "userName": "a"}]}', True),
        ('{"totalResults": 1, "startIndex": 2, "Resources": [{"schemas": [], "userName": "a"}]}', True),
        ('{"Resources": [{"schemas": [], "userName": "a"}]}', True),
        ('{"data": [{"directory_id": "d", "idp_id": "1", "state": "active"}], "list_metadata": {"after": "x"}}', True),
        (
            '{"data": [{"directory_id": "d", "idp_id": "1", "state": "active"}], "list_metadata": {"after": null}}',
            False,
        ),
        ('{"data": [{"directory_id": "d", "idp_id": "1", "state": "active"}]}', True),
        ('{"users": [{"username": "a", "enabled": true, "firstName": "A"}], "clients": []}', False),
        ('{"realm": "r", "users": [{"username": "a", "enabled": true, "firstName": "A"}]}', True),
        ('{"ifResourceExists": "SKIP", "users": [{"username": "a", "enabled": true, "firstName": "A"}]}', True),
    ],
)
def test_a_total_or_a_last_page_proves_a_list_to_be_whole(tmp_path: Path, text: str, incomplete: bool) -> None:
    (tmp_path / "list.json").write_text(text)
    assert read_roster(tmp_path / "list.json").incomplete is incomplete


# The published samples


def samples() -> Sequence[tuple[str, str | None, int, dict[str, object]]]:
    return (
        ("oneroster-1.0", "OneRoster 1.0 users (preset oneroster)", 5, {}),
        ("oneroster-1.1-bulk", "OneRoster 1.1 (preset oneroster)", 5, {}),
        ("oneroster-1.1-delta", "OneRoster 1.1 (preset oneroster)", 3, {}),
        ("oneroster-1.2-bulk", "OneRoster 1.2 (preset oneroster)", 4, {}),
        ("oneroster-1.2-delta", "OneRoster 1.2 (preset oneroster)", 3, {}),
        ("classlink", "OneRoster 1.1 (preset oneroster)", 3, {}),
        ("sds-v1", "School Data Sync v1 (preset sds)", 5, {"id_prefixes": {"student.csv": "S"}}),
        ("sds-v2.0", "School Data Sync v2.0, users (preset sds)", 3, {}),
        ("sds-v2.1", "School Data Sync v2.1, users (preset sds)", 4, {}),
        ("clever", "Clever, staff (preset clever)", 6, {"id_prefixes": {"students.csv": "S"}}),
        ("canvas/users.csv", "Canvas users (preset canvas)", 4, {}),
        ("moodle/users.csv", "Moodle users (preset moodle)", 3, {}),
        ("moodle/users-semicolon.csv", "Moodle users (preset moodle)", 3, {"encoding": "cp1252"}),
        ("google/download.csv", "Google Workspace users (preset google)", 4, {}),
        ("entra/bulk-create.csv", "Entra bulk create (preset entra)", 3, {}),
        ("entra/bulk-invite.csv", "Entra bulk invite (preset entra)", 3, {}),
        ("entra/download.csv", "Entra download (preset entra)", 4, {}),
        ("okta/import.csv", "Okta import (preset okta)", 3, {}),
        ("okta/users.json", "Okta users (preset okta)", 5, {}),
        ("auth0/export.csv", "Auth0 users (preset auth0)", 3, {}),
        ("auth0/export.ndjson", "Auth0 users (preset auth0)", 3, {}),
        ("auth0/import.json", "Auth0 users (preset auth0)", 3, {}),
        ("clerk/export.csv", "Clerk dashboard (preset clerk)", 3, {}),
        ("clerk/export.json", "Clerk users (preset clerk)", 3, {}),
        ("workos/directory-users.json", "WorkOS directory users (preset workos)", 3, {}),
        ("keycloak/realm-export.json", "Keycloak realm (preset keycloak)", 3, {}),
        ("keycloak/partial-import.json", "Keycloak realm (preset keycloak)", 3, {}),
        ("keycloak/vale-users-0.json", "Keycloak realm (preset keycloak)", 3, {}),
        ("firebase/export.csv", "Firebase users (auth:export as CSV) (preset firebase)", 3, {}),
        ("firebase/export.json", "Firebase users (preset firebase)", 3, {}),
        ("cognito/import.csv", "Cognito import (preset cognito)", 3, {}),
        ("scim/list-response.json", "SCIM users (preset scim)", 3, {}),
        ("supabase/users.json", "Supabase users (preset supabase)", 4, {}),
        ("slack/slack-vale-members.csv", "Slack members (preset slack)", 4, {}),
        ("github/export-vale.csv", "GitHub members (preset github)", 3, {}),
        ("github/export-vale.json", "GitHub members (preset github)", 3, {}),
        ("github/enterprise-members.csv", "GitHub Enterprise members (preset github)", 2, {"org": "vale"}),
        ("xlsx/people.xlsx", None, 3, {}),
    )


@pytest.mark.parametrize(("name", "title", "users", "arguments"), samples(), ids=[one[0] for one in samples()])
def test_a_published_sample_is_read(name: str, title: str | None, users: int, arguments: dict[str, object]) -> None:
    if not (SAMPLES / name).exists():
        pytest.skip("the samples are not here: ORGSDK_SHARED names the folder that has rosters/")
    roster = read_roster(SAMPLES / name, **arguments)  # type: ignore[arg-type]
    assert len(roster.users) == users
    assert title is None or title in roster.notes[0]
