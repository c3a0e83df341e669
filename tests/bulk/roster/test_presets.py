"""`read_roster` with presets: what each system's files are taken for, and what their rows become."""

from __future__ import annotations

import os
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
            "userPrincipalName,userType,accountEnabled\na@example.org,Member,Oui\n",
            "true, yes, 1, false, no, 0",
        ),
        ("users.csv", "Block credential,User principal name\nJa,a@example.org\n", "true, yes, 1, false, no, 0, empty"),
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
        ("github/enterprise-members.csv", "GitHub Enterprise members (preset github)", 3, {}),
        ("xlsx/people.xlsx", None, 3, {}),
    )


@pytest.mark.parametrize(("name", "title", "users", "arguments"), samples(), ids=[one[0] for one in samples()])
def test_a_published_sample_is_read(name: str, title: str | None, users: int, arguments: dict[str, object]) -> None:
    if not (SAMPLES / name).exists():
        pytest.skip("the samples are not here: ORGSDK_SHARED names the folder that has rosters/")
    roster = read_roster(SAMPLES / name, **arguments)  # type: ignore[arg-type]
    assert len(roster.users) == users
    assert title is None or title in roster.notes[0]
