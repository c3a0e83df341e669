"""`read_roster`: recognition, several files, folders and zips, and its arguments."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.bulk import FileError, Roster, SourceError, read_csv, read_roster
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from pathlib import Path

SDS_2_1 = {
    "orgs.csv": "sourcedId,name,type,parentSourcedId\nd,District,district,\ns1,One,school,d\ns2,Two,school,d\n",
    "users.csv": "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email\n"
    "1,ada@example.org,Ada,L,,,\n2,bo@example.org,Bo,M,,,\n3,cy@example.org,Cy,N,,,\n",
    "roles.csv": "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate\n"
    "1,s1,Student,,7,true,2020-08-15,\n2,s1,teacher,,,true,,\n2,s2,coach,,,FALSE,,2020-10-31\n3,s2,ITADMIN,,,,,2020-01-01\n",
}
CLEVER = {
    "schools.csv": "School_id,School_name\n1,One\n2,Two\n",
    "students.csv": "School_id,Student_id,First_name,Last_name,Username\n1,417,Ada,L,ada\n2,418,Bo,M,bo\n",
    "teachers.csv": "School_id,Teacher_id,Teacher_email,First_name,Last_name,Username\n"
    "1,417,,Cy,N,cy\n2,419,d@example.org,Di,O,di\n",
    "staff.csv": "School_id,Staff_id,Staff_email,First_name,Last_name,Username\n2,419,d@example.org,Di,O,di\n",
}


def folder(path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (path / name).write_text(text, "utf-8")
    return path


def seen(roster: Roster) -> list[tuple[str | None, str | None, tuple[str, ...] | None]]:
    return [(row.external_id, row.username, row.roles) for row in roster.users]


def problems_of(*arguments: Any, **named: Any) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read_roster(*arguments, **named)
    return [str(problem) for problem in caught.value.problems]


# Recognition


def test_a_file_with_names_of_fields_is_read_as_before(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("username,firstname,lastname,email,role\nada,Ada,L,ada@example.org,teacher\n")
    assert read_roster(path) == read_csv(path)


@pytest.mark.parametrize(
    "header",
    [
        "username,firstname,lastname,email,role,class",  # not Moodle: a role would be lost
        "user_id,email,role",  # not Auth0
        "login,name,role,id",  # not GitHub
        "id,first_name,username,password_hash",  # not Clerk
    ],
)
def test_a_file_that_only_resembles_a_system_is_not_taken_for_it(tmp_path: Path, header: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"{header}\n{','.join('x' * len(header.split(',')))}\n")
    assert any("column" in problem for problem in problems_of(path))


def test_a_wrong_preset_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("username,email\nada,ada@example.org\n")
    assert problems_of(path, "canvas") == [
        "people.csv, line 1: the columns are not those of Canvas users: pass another preset, or none to recognize it"
    ]
    path.write_text('[{"login": "x"}]')
    assert problems_of(path, "okta") == ["people.csv: the names are not those of Okta users"]
    assert problems_of(path, "canvas") == ["people.csv: Canvas is no JSON, but a table"]
    assert problems_of(path, "excel") == ["people.csv: this is not a workbook"]


@pytest.mark.parametrize("preset", [None, "oneroster"])
def test_a_file_of_oneroster_without_its_folder_names_the_folder(tmp_path: Path, preset: str | None) -> None:
    path = tmp_path / "users.csv"
    path.write_text("sourcedId,status,enabledUser,username,password\n1,,true,ada,\n")
    assert problems_of(path, preset) == [
        "users.csv, line 1: this is users.csv of OneRoster 1.1 or 1.2: pass the folder or the zip that it is in"
    ]


def test_a_file_of_sds_without_that_of_the_roles_says_so(tmp_path: Path) -> None:
    folder(tmp_path, SDS_2_1)
    note = "users.csv: no roles are read: they are in roles.csv. Pass the folder or the zip of the export"
    assert note in read_roster(tmp_path / "users.csv").notes
    assert note not in read_roster(tmp_path).notes
    assert note not in read_roster({tmp_path / "users.csv": "student"}).notes


def test_a_column_that_somebody_added_is_named(tmp_path: Path) -> None:
    path = tmp_path / "okta.csv"
    path.write_text("login,firstName,lastName,email,Role\nada,Ada,L,ada@example.org,x\n")
    assert "okta.csv: the column 'Role' is not read" in read_roster(path).notes
    roster = read_roster(path, columns={"roles": "Role"})
    assert (roster.users[0].roles, roster.users[0].given_name) == (("x",), "Ada")
    assert not any("not read" in note for note in roster.notes)


@pytest.mark.parametrize("column", ["Status", "disabled", "Blocked", "deleted"])
def test_a_column_that_may_be_a_state_is_named_if_it_is_not_read(tmp_path: Path, column: str) -> None:
    path = tmp_path / "students.csv"
    path.write_text(f"SIS ID,School SIS ID,Username,{column}\n1,1,ada,x\n")
    assert f"students.csv: the column {column!r} is not read" in read_roster(path).notes


def test_columns_replace_those_of_a_preset(tmp_path: Path) -> None:
    path = tmp_path / "okta.json"
    path.write_text('[{"id": "1", "status": "SUSPENDED", "profile": {"login": "ada", "employeeNumber": "007"}}]')
    (row,) = read_roster(path, columns={"external_id": "profile.employeeNumber"}).users
    assert (row.external_id, row.username, row.state) == ("007", "ada", "suspended")
    assert problems_of(path, columns={"phone": "profile.fone"}) == [
        "okta.json: no object has the name 'profile.fone' for phone"
    ]
    (row,) = read_roster(path, ignore=["id"]).users
    assert row.external_id is None


def test_a_missing_key_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "google.csv"
    path.write_text("Correo [Required],Estado [READ ONLY]\na@example.org,Activo\n")
    assert any("google.csv, line 1" in problem for problem in problems_of(path))
    roster = read_roster(path, columns={"email": "Correo", "state": "Estado"}, enabled={"Activo": True})
    assert [(row.email, row.state) for row in roster.users] == [("a@example.org", "active")]


def test_standard_input_is_recognized_by_its_content() -> None:
    class Pipe(io.RawIOBase):
        """A stream that can be read once, in small pieces."""

        def __init__(self, data: bytes) -> None:
            self._data = data

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            piece, self._data = self._data[:7], self._data[7:]
            buffer[: len(piece)] = piece
            return len(piece)

    for text in ("username\nada\n", '[{"username": "ada"}]', '{"username": "ada"}\n{"username": "bo"}\n'):
        assert read_roster(io.BufferedReader(Pipe(text.encode()))).users[0].username == "ada"


# Several files


def test_files_with_roles_are_one_roster(tmp_path: Path) -> None:
    folder(
        tmp_path,
        {
            "students.csv": "external_id,username\n1,ada\n2,bo\n",
            "teachers.csv": "external_id,username\n2,bo\n3,cy\n",
            "parents.csv": "external_id,username\n3,cy\n",
        },
    )
    files = {str(tmp_path / f"{name}s.csv"): name for name in ("student", "teacher", "parent")}
    roster = read_roster(files, roles={"student": "user"})
    assert seen(roster) == [
        ("1", "ada", ("user",)),
        ("2", "bo", ("user", "teacher")),
        ("3", "cy", ("teacher", "parent")),
    ]
    assert roster.name == "students.csv, teachers.csv, parents.csv"
    assert roster.columns[0] == "students.csv: external_id"
    assert read_roster(files).fingerprint == roster.fingerprint
    assert seen(read_roster(files, roles={"parent": None}))[2] == ("3", "cy", ("teacher",))


def test_a_role_of_a_file_replaces_its_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("username,role\nada,x\n")
    assert read_roster({path: "student"}).users[0].roles == ("student",)
    assert read_roster({path: None}).users[0].roles == ("x",)
    assert read_roster([path]).users[0].roles == ("x",)


def test_two_users_with_one_id_are_kept_apart_by_a_prefix(tmp_path: Path) -> None:
    folder(tmp_path, CLEVER)
    with pytest.raises(SourceError) as caught:
        read_roster(tmp_path)
    assert "teachers.csv, line 2: the external_id is the same as in students.csv, line 2, but" in str(caught.value)
    assert "id_prefixes=" in str(caught.value)
    roster = read_roster(tmp_path, id_prefixes={"Students.csv": "S-"})
    assert {row[0]: row[2] for row in seen(roster)} == {
        "419": ("staff", "teacher"),
        "S-417": ("student",),
        "S-418": ("student",),
        "417": ("teacher",),
    }
    with pytest.raises(InvalidArgumentError, match=r"names no file that is read: 'pupils\.csv'"):
        read_roster(tmp_path, id_prefixes={"pupils.csv": "S-"})


def test_all_problems_of_all_files_are_reported(tmp_path: Path) -> None:
    folder(tmp_path, {"a.csv": "username,x\nada,1\n", "b.csv": "username\nbo,1\n", "c.csv": "username\ncy\n"})
    found = problems_of([tmp_path / name for name in ("a.csv", "b.csv", "c.csv")])
    assert [problem.split(",")[0] for problem in found] == ["a.csv", "b.csv"]


# Folders and zips


def test_roles_of_another_file_are_joined(tmp_path: Path) -> None:
    roster = read_roster(folder(tmp_path, SDS_2_1))
    assert seen(roster) == [
        ("1", "ada@example.org", ("student",)),
        ("2", "bo@example.org", ("teacher",)),
        ("3", "cy@example.org", ()),  # the only role ended
    ]
    assert roster.users[0].email == "ada@example.org"
    assert [row[0] for row in seen(read_roster(tmp_path, org="s1"))] == ["1", "2"]
    assert [row[0] for row in seen(read_roster(tmp_path, org="d"))] == ["1", "2", "3"]
    assert problems_of(tmp_path, org="s9") == ["orgs.csv: no organization has the sourcedId 's9' (choices: d, s1, s2)"]


def test_a_user_without_a_row_of_roles_is_an_error_of_the_export(tmp_path: Path) -> None:
    roles = SDS_2_1["roles.csv"].replace("1,s1,Student,,7,true,2020-08-15,\n", "")
    found = problems_of(folder(tmp_path, {**SDS_2_1, "roles.csv": roles}))
    assert found == ["users.csv, line 2: no row of the file of roles names the user: the export is incomplete"]


def test_a_school_is_selected(tmp_path: Path) -> None:
    roster = read_roster(folder(tmp_path, CLEVER), org="2")
    assert {row[0] for row in seen(roster)} == {"418", "419"}
    path = tmp_path / "people.csv"
    path.write_text("username\nada\n")
    with pytest.raises(InvalidArgumentError, match="org is for OneRoster, SDS, Clever and GitHub"):
        read_roster(path, org="2")


def test_a_zip_is_read_as_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in SDS_2_1.items():
            archive.writestr(name, text)
    assert len(read_roster(path).users) == 3


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.csv": "username\nada\n"}, "the folder has no file of a known system"),
        (
            {**CLEVER, "canvas.csv": "user_id,login_id,status\n1,ada,active\n"},
            "the folder has files of several systems: canvas, clever",
        ),
    ],
)
def test_a_folder_of_unknown_files_is_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    (found,) = problems_of(folder(tmp_path, files))
    assert message in found


KEYCLOAK = {
    "vale-realm.json": json.dumps({"realm": "vale", "enabled": True, "roles": {"realm": [{"name": "student"}]}}),
    "vale-users-0.json": json.dumps({"users": [{"username": "ada", "enabled": True, "firstName": "A"}]}),
    "vale-users-1.json": json.dumps({"users": [{"username": "bo", "enabled": True, "firstName": "B"}]}),
}


@pytest.mark.parametrize(
    ("files", "users"),
    [
        (KEYCLOAK, ["ada", "bo"]),
        ({**KEYCLOAK, "vale-realm.json": KEYCLOAK["vale-users-0.json"].replace("ada", "cy")}, ["ada", "bo", "cy"]),
        (
            {
                "users.csv": "user_id,login_id,status\n1,ada,active\n",
                "enrollments.csv": "course_id,user_id,role,status\nc,1,student,active\n",
                "logins.csv": "user_id,login_id,existing_user_id\n2,ada2,1\n",
            },
            ["ada"],
        ),
    ],
)
def test_files_without_users_belong_to_an_export(tmp_path: Path, files: dict[str, str], users: list[str]) -> None:
    assert sorted(row.username or "" for row in read_roster(folder(tmp_path, files)).users) == users


def test_a_realm_file_that_is_cut_is_refused(tmp_path: Path) -> None:
    files = {**KEYCLOAK, "vale-realm.json": KEYCLOAK["vale-realm.json"][:-9]}
    (found,) = problems_of(folder(tmp_path, files))
    assert found.startswith("vale-realm.json")


def test_a_file_of_users_in_a_folder_is_never_passed_over(tmp_path: Path) -> None:
    found = problems_of(folder(tmp_path, {**CLEVER, "more-students.csv": "School,Student,Name\n1,2,Ada\n"}))
    assert any(
        problem.startswith("more-students.csv, line 1: the columns are not those of Clever") for problem in found
    )


# Arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"preset": "canva"}, "Unknown preset 'canva': did you mean 'canvas'?"),
        ({"preset": "xyzzy"}, "Unknown preset 'xyzzy': pass one of oneroster, "),
        ({"header_line": 0}, "header_line"),
        ({"header_line": True}, "header_line"),
        ({"enabled": {"x": "left"}}, "enabled"),
        ({"enabled": ["x"]}, "enabled"),
        ({"id_prefixes": ["x"]}, "id_prefixes"),
        ({"columns": {"mail": "x"}}, "unknown field 'mail'"),
        ({"sheet": 1}, "sheet"),
        ({"on": "today"}, "on"),
        ({"complete": "yes"}, "complete"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("username\nada\n")
    with pytest.raises(InvalidArgumentError, match=message):
        read_roster(path, **arguments)


@pytest.mark.parametrize("path", [[], {}, 7, b"a.csv"])
def test_what_is_no_file_is_refused(path: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        read_roster(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="none"):
        read_roster([tmp_path / "none.csv"])
    with pytest.raises(FileError, match="none"):
        read_roster(tmp_path / "none")


def test_a_workbook_is_no_csv_and_a_binary_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", "")
    assert problems_of(path) == ["a.xlsb: this is a binary workbook (.xlsb): save it as .xlsx"]
    assert problems_of(path, "csv") == ["a.xlsb: this is not CSV, but a workbook or a zip"]


@pytest.mark.parametrize("start", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"version: 1\ndn: x\n", b"PK\x03\x04broken"])
def test_other_kinds_of_files_are_refused(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "x").write_bytes(start + b"rest")
    (problem,) = problems_of(tmp_path / "x")
    assert problem.startswith("x: this is ")
