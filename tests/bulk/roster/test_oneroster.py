"""`read_oneroster`: exports of both versions, whole and not, as folders and as zips."""

from __future__ import annotations

import csv
import io
import shutil
import struct
import zipfile
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from orgsdk.bulk import FileError, Roster, SourceError, read_oneroster
from orgsdk.bulk.roster import oneroster_export

if TYPE_CHECKING:
    from pathlib import Path

Export = dict[str, str]

ORGS = """\
sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
district,,,District,district,,
school1,,,School One,school,,district
school2,,,School Two,school,,district
other,,,Another,district,,
gone,tobedeleted,,Closed,school,,district
"""

V1_1: Export = {
    "manifest.csv": """\
propertyName,value
manifest.version,1.0
oneroster.version,1.1
file.academicSessions,absent
file.orgs,bulk
file.users,bulk
file.enrollments,bulk
source.systemName,Made up
""",
    "orgs.csv": ORGS,
    "users.csv": """\
sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
t1,,,true,"school1,school2",teacher,grace,,Grace,Hopper,,,grace@example.org,,,,,secret
s1,,,true,school1,student,ada,{LDAP:ada},Ada,Lovelace,,7,,+15550100,+15550101,p1,"07,08",
s2,tobedeleted,,true,school2,student,bob,,Bob,Bobson,,,,,,,,
s3,,,FALSE,school2,student,cy,,Cy,Cyson,,,,,,,,
p1,,,true,other,parent,dora,,Dora,Lovelace,,,,,,,,
""",
}

V1_2: Export = {
    "manifest.csv": """\
propertyName,value
manifest.version,1.0
oneroster.version,1.2
file.orgs,bulk
file.users,bulk
file.roles,bulk
""",
    "orgs.csv": ORGS,
    "users.csv": """\
sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns
t1,,,true,grace,,Grace,Hopper,,,grace@example.org,,,,,,,,Amazing,,,school1,
s1,,,true,ada,,Ada,Byron,,,,,,,,,,,,,Lovelace,school1,
s2,,,false,bob,,Bob,Bobson,,,,,,,,,,,,,,school2,
p1,,,true,dora,,Dora,Lovelace,,,,,,,,,,,,,,other,
""",
    "roles.csv": """\
sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
r1,,,t1,secondary,principal,,,school2,
r2,,,t1,primary,teacher,2026-08-01,2027-07-31,school1,
r3,,,t1,primary,aide,2020-08-01,2021-07-31,school1,
r4,tobedeleted,,t1,secondary,counselor,,,school1,
r5,,,s1,primary,student,,,school1,
r6,,,s2,primary,student,,,school2,
r7,,,p1,primary,parent,,,other,
""",
}
DAY = date(2026, 11, 23)


def folder(path: Path, export: Export, **changes: str | None) -> Path:
    target = path / "export"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for name, text in {**export, **{f"{name}.csv": text for name, text in changes.items()}}.items():
        if text is not None:
            (target / name).write_text(text, "utf-8")
    return target


def packed(export: Export, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, text in export.items():
            archive.writestr(name, text)
    return stream.getvalue()


def problems_of(path: Path, **settings: object) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read_oneroster(path, **{"on": DAY, **settings})  # type: ignore[arg-type]  # different in each test
    return [str(problem) for problem in caught.value.problems]


def seen(roster: Roster) -> list[tuple[str | None, str | None, tuple[str, ...] | None, str]]:
    return [(user.external_id, user.given_name, user.roles, user.state) for user in roster.users]


# What is right


def test_version_1_1_has_role_and_organizations_in_users(tmp_path: Path) -> None:
    roster = read_oneroster(folder(tmp_path, V1_1))
    assert seen(roster) == [
        ("t1", "Grace", ("teacher",), "active"),
        ("s1", "Ada", ("student",), "active"),
        ("s2", "Bob", ("student",), "gone"),
        ("s3", "Cy", ("student",), "suspended"),
        ("p1", "Dora", ("parent",), "active"),
    ]
    grace, ada = roster.users[:2]
    assert (grace.username, grace.email, grace.family_name) == ("grace", "grace@example.org", "Hopper")
    assert (ada.email, ada.phone, ada.name, ada.origin) == (None, None, None, "users.csv, line 3")
    assert (roster.name, roster.incomplete) == ("export", False)
    assert "users.csv: enabledUser" in roster.columns
    assert "secret" not in repr(roster) + repr(roster.users)


def test_version_1_2_has_roles_in_their_own_file(tmp_path: Path) -> None:
    roster = read_oneroster(folder(tmp_path, V1_2), on=DAY)
    assert seen(roster) == [
        ("t1", "Amazing", ("teacher", "principal"), "active"),
        ("s1", "Ada", ("student",), "active"),
        ("s2", "Bob", ("student",), "suspended"),
        ("p1", "Dora", ("parent",), "active"),
    ]
    assert roster.users[1].family_name == "Lovelace"
    assert not roster.incomplete


def test_primary_roles_and_roles_of_a_day(tmp_path: Path) -> None:
    path = folder(tmp_path, V1_2)
    assert read_oneroster(path, on=DAY, primary_only=True).users[0].roles == ("teacher",)
    assert read_oneroster(path, on=date(2027, 7, 31)).users[0].roles == ("teacher", "principal")
    assert read_oneroster(path, on=date(2027, 8, 1)).users[0].roles == ("principal",)
    assert read_oneroster(path, on=date(2021, 1, 1)).users[0].roles == ("aide", "principal")
    assert read_oneroster(path, on=date(2022, 1, 1), primary_only=True).users[0].roles is None
    assert "principal" in (read_oneroster(path).users[0].roles or ())


@pytest.mark.parametrize(
    ("on", "changes_on"),
    [
        (date(2020, 1, 1), date(2020, 8, 1)),  # the aide begins
        (date(2021, 7, 31), date(2021, 8, 1)),  # the aide ended on that day
        (date(2021, 8, 1), date(2026, 8, 1)),
        (date(2026, 8, 1), date(2027, 8, 1)),
        (date(2027, 8, 1), None),
    ],
)
def test_a_roster_says_when_its_roles_change(tmp_path: Path, on: date, changes_on: date | None) -> None:
    assert read_oneroster(folder(tmp_path, V1_2), on=on).changes_on == changes_on


@pytest.mark.parametrize("export", [V1_1, V1_2])
@pytest.mark.parametrize(
    ("org", "ids"),
    [
        ("district", {"t1", "s1", "s2", "s3"}),
        ("school1", {"t1", "s1"}),
        ("school2", {"t1", "s2", "s3"}),
        ("other", {"p1"}),
    ],
)
def test_organization_includes_its_descendants(tmp_path: Path, export: Export, org: str, ids: set[str]) -> None:
    roster = read_oneroster(folder(tmp_path, export), org=org, on=DAY)
    assert {user.external_id for user in roster.users} == ids - ({"s3"} if export is V1_2 else set())


def test_roles_are_mapped(tmp_path: Path) -> None:
    names = {"student": "user", "parent": None, "principal": None}
    for export in (V1_1, V1_2):
        users = read_oneroster(folder(tmp_path, export), roles=names, on=DAY).users
        assert {(user.external_id, user.roles) for user in users} >= {("t1", ("teacher",)), ("s1", ("user",))}
        assert "p1" not in {user.external_id for user in users}
    assert problems_of(folder(tmp_path, V1_1), roles=["teacher", "student"]) == [
        "users.csv, line 6: unknown role 'parent' (choices: student, teacher)"
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_reads_like_a_folder(tmp_path: Path, method: int) -> None:
    file = tmp_path / "export.zip"
    file.write_bytes(packed(V1_1, method))
    roster, unpacked = read_oneroster(str(file)), read_oneroster(folder(tmp_path, V1_1))
    assert (roster.name, roster.users) == ("export.zip", unpacked.users)
    assert roster.fingerprint == unpacked.fingerprint
    changed = folder(tmp_path, V1_1, orgs=ORGS.replace("Another", "Renamed"))
    assert read_oneroster(changed).fingerprint != roster.fingerprint


@pytest.mark.parametrize(
    ("start", "delimiter", "encoding"), [("", ";", "utf-8-sig"), ("", "\t", "utf-16"), ("sep=;\n", ";", "utf-8")]
)
@pytest.mark.parametrize("export", [V1_1, V1_2])
def test_export_that_a_spreadsheet_saved_reads_the_same(
    tmp_path: Path, export: Export, start: str, delimiter: str, encoding: str
) -> None:
    saved = folder(tmp_path, export)
    whole = read_oneroster(saved)
    for path in saved.iterdir():
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(csv.reader(io.StringIO(path.read_text("utf-8"))))
        path.write_text(start + text.getvalue(), encoding, newline="")
    assert seen(read_oneroster(saved)) == seen(whole)


def test_orgs_may_be_absent(tmp_path: Path) -> None:
    manifest = V1_1["manifest.csv"].replace("file.orgs,bulk\n", "")
    path = folder(tmp_path, {**V1_1, "manifest.csv": manifest})
    assert len(read_oneroster(path).users) == 5
    assert problems_of(path, org="school1") == [
        "orgs.csv: it is absent: without it, users cannot be selected by organization"
    ]


def test_without_roles_file_the_primary_organization_decides(tmp_path: Path) -> None:
    export = {name: text for name, text in V1_2.items() if name != "roles.csv"}
    path = folder(tmp_path, export, manifest=V1_2["manifest.csv"].replace("file.roles,bulk", "file.roles,absent"))
    assert seen(read_oneroster(path, org="school2")) == [("s2", "Bob", None, "suspended")]


def test_a_user_whose_only_role_ended_has_none_any_more(tmp_path: Path) -> None:
    roles = V1_2["roles.csv"].replace("s1,primary,student,,", "s1,primary,student,,2026-08-01")
    path = folder(tmp_path, V1_2, roles=roles)
    assert {user.external_id: user.roles for user in read_oneroster(path, on=DAY).users}["s1"] == ()
    secondary = V1_2["roles.csv"].replace("r5,,,s1,primary", "r5,,,s1,secondary")
    path = folder(tmp_path, V1_2, roles=secondary)
    # A role that is valid but not read is no reason to take roles away.
    read = {user.external_id: user.roles for user in read_oneroster(path, on=DAY, primary_only=True).users}
    assert (read["s1"], read["t1"]) == (None, ("teacher",))


@pytest.mark.parametrize(("begin", "end", "held"), [(0, 0, True), (1, 1, False), (-1, -1, False), (-1, 0, True)])
def test_a_role_is_held_from_its_first_to_its_last_day(tmp_path: Path, begin: int, end: int, held: bool) -> None:
    first, last = DAY + timedelta(days=begin), DAY + timedelta(days=end)
    roles = V1_2["roles.csv"].replace("s1,primary,student,,", f"s1,primary,student,{first},{last}")
    path = folder(tmp_path, V1_2, roles=roles)
    read = {user.external_id: user.roles for user in read_oneroster(path, on=DAY).users}
    assert read["s1"] == (("student",) if held else ())


def test_closed_schools_and_leavers_refuse_nothing(tmp_path: Path) -> None:
    users = V1_1["users.csv"].replace("true,school1,student,ada", 'true,"gone,school1",student,ada')
    users += "x1,tobedeleted,,true,no-school,student,xi,,Xi,X,,,,,,,,\nx2,,,false,no-school,student,xa,,Xa,X,,,,,,,,\n"
    read = read_oneroster(folder(tmp_path, V1_1, users=users))
    assert [(user.external_id, user.state) for user in read.users][-2:] == [("x1", "gone"), ("x2", "suspended")]
    roles = V1_2["roles.csv"] + "r8,,,s1,primary,aide,,,gone,\nr9,tobedeleted,,nobody,primary,aide,,,nowhere,\n"
    read = read_oneroster(folder(tmp_path, V1_2, roles=roles), on=DAY)
    assert {user.external_id: user.roles for user in read.users}["s1"] == ("student",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("users,bulk", "users,Bulk"),
        ("file.enrollments,bulk", "file.enrollments,"),
        ("file.enrollments,bulk", "file.enrollments,whole"),
        ("version,1.1", "version,v1.1"),
        ("version,1.1", "version,1.1.1"),
    ],
)
def test_usual_spellings_of_a_manifest_are_read(tmp_path: Path, old: str, new: str) -> None:
    manifest = V1_1["manifest.csv"].replace(old, new)
    assert manifest != V1_1["manifest.csv"]
    roster = read_oneroster(folder(tmp_path, V1_1, manifest=manifest))
    assert (len(roster.users), roster.incomplete) == (5, False)


@pytest.mark.parametrize("mode", ["", "full"])
@pytest.mark.parametrize("name", ["users", "orgs"])
def test_an_unknown_mode_of_a_file_that_is_read_is_refused(tmp_path: Path, name: str, mode: str) -> None:
    manifest = V1_1["manifest.csv"].replace(f"file.{name},bulk", f"file.{name},{mode}")
    found = problems_of(folder(tmp_path, V1_1, manifest=manifest))
    assert any(f"file.{name} must be one of bulk, delta, absent" in problem for problem in found)


def test_usual_spellings_of_values_and_columns_are_read(tmp_path: Path) -> None:
    users = V1_1["users.csv"].replace("orgSourcedIds", "orgs").replace("t1,,,true", "t1,,,1").replace("FALSE", "0")
    read = read_oneroster(folder(tmp_path, V1_1, users=users))
    assert {user.external_id: user.state for user in read.users} == {
        "t1": "active",
        "s1": "active",
        "s2": "gone",
        "s3": "suspended",
        "p1": "active",
    }
    roles = V1_2["roles.csv"].replace("primary", "Primary").replace("secondary", "SECONDARY")
    read = read_oneroster(folder(tmp_path, V1_2, roles=roles), on=DAY)
    assert read.users[0].roles == ("teacher", "principal")


def test_a_delta_with_one_leaver_names_that_one(tmp_path: Path) -> None:
    lines = V1_1["users.csv"].splitlines(keepends=True)
    manifest = V1_1["manifest.csv"].replace("file.users,bulk", "file.users,delta")
    roster = read_oneroster(folder(tmp_path, V1_1, manifest=manifest, users="".join([lines[0], lines[3]])))
    assert ([(user.external_id, user.state) for user in roster.users], roster.incomplete) == ([("s2", "gone")], True)


def test_user_without_a_role_belongs_to_no_organization(tmp_path: Path) -> None:
    lines = V1_2["roles.csv"].splitlines(keepends=True)
    path = folder(tmp_path, V1_2, roles="".join(line for line in lines if ",s1," not in line))
    assert [user.external_id for user in read_oneroster(path, org="school1", on=DAY).users] == ["t1"]
    assert [user.roles for user in read_oneroster(path, on=DAY).users if user.external_id == "s1"] == [()]


# What is not whole


@pytest.mark.parametrize(
    ("export", "delta", "roles"),
    [(V1_1, "users", ("teacher",)), (V1_2, "users", ("teacher", "principal")), (V1_2, "roles", None)],
)
def test_delta_is_incomplete_and_does_not_define_roles(
    tmp_path: Path, export: Export, delta: str, roles: tuple[str, ...] | None
) -> None:
    manifest = export["manifest.csv"].replace(f"file.{delta},bulk", f"file.{delta},delta")
    roster = read_oneroster(folder(tmp_path, export, manifest=manifest), org="district", on=DAY, complete=True)
    assert roster.incomplete
    assert roster.users[0].roles == roles


def test_delta_of_orgs_may_lack_unchanged_organizations(tmp_path: Path) -> None:
    manifest = V1_1["manifest.csv"].replace("file.orgs,bulk", "file.orgs,delta")
    path = folder(tmp_path, V1_1, manifest=manifest, orgs="sourcedId,status\nschool2,active\n")
    assert [user.external_id for user in read_oneroster(path, org="school2").users] == ["t1", "s2", "s3"]


@pytest.mark.parametrize("name", ["manifest", "orgs", "users", "roles"])
def test_last_line_without_a_line_end_is_refused_unless_complete(tmp_path: Path, name: str) -> None:
    text = V1_2[f"{name}.csv"]
    path = folder(tmp_path, V1_2, **{name: text[:-1]})
    for complete in (None, False):
        (message,) = problems_of(path, complete=complete)
        assert message.startswith(f"{name}.csv, line {text.count(chr(10))}: the last line has no line end")
    roster = read_oneroster(path, on=DAY, complete=True)
    assert (seen(roster), roster.incomplete) == (seen(read_oneroster(folder(tmp_path, V1_2), on=DAY)), False)


def test_complete_false_makes_the_roster_incomplete(tmp_path: Path) -> None:
    assert read_oneroster(folder(tmp_path, V1_1), complete=False).incomplete


@pytest.mark.parametrize(("export", "name"), [(V1_1, "users.csv"), (V1_2, "roles.csv"), (V1_2, "manifest.csv")])
def test_file_truncated_within_a_row_is_refused(tmp_path: Path, export: Export, name: str) -> None:
    content = export[name].encode()
    path = folder(tmp_path, export)
    for cut in range(len(content)):
        (path / name).write_bytes(content[:cut])
        with suppress(SourceError):
            read_oneroster(path, on=DAY)
            assert content[cut - 1 : cut] == b"\n"


def test_missing_users_are_detected_by_their_roles(tmp_path: Path) -> None:
    lines = V1_2["users.csv"].splitlines(keepends=True)
    problem = "its userSourcedId is not in users.csv: the export is incomplete"
    assert problems_of(folder(tmp_path, V1_2, users="".join(lines[:-2]))) == [
        f"roles.csv, line 7: {problem}",
        f"roles.csv, line 8: {problem}",
    ]


# What is wrong


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("manifest", "oneroster.version,1.1", "oneroster.version,1.0", "manifest.csv: oneroster.version is '1.0'"),
        ("manifest", "oneroster.version,1.1\n", "", "manifest.csv: oneroster.version is '': 1.1 and 1.2 are supported"),
        (
            "manifest",
            "file.users,bulk",
            "file.users,all",
            "manifest.csv, line 6: file.users must be one of bulk, delta, ab",
        ),
        (
            "manifest",
            "file.users,bulk",
            "file.users,absent",
            "manifest.csv: it lists users.csv as absent, but the file exists",
        ),
        ("manifest", "file.users,bulk", "file.orgs,bulk", "manifest.csv, line 6: 'file.orgs' occurs twice"),
        (
            "manifest",
            "file.enrollments",
            "file.roles",
            "manifest.csv: it lists roles.csv, which is missing",
        ),
        (
            "manifest",
            "propertyName",
            "property",
            "manifest.csv, line 1: there is no column 'propertyName'",
        ),
        ("users", "enabledUser,", "enableduser,", "users.csv, line 1: there is no column 'enabledUser' (did you mean"),
        ("users", "identifier", "role", "users.csv, line 1: two columns have the name 'role'"),
        ("users", "t1,,,true", ",,,true", "users.csv, line 2: the sourcedId is empty"),
        ("users", "t1,,,true", "s1,,,true", "users.csv, line 3: the external_id is the same as in users.csv, line 2"),
        (
            "users",
            "t1,,,true",
            "t1,,,yes",
            "users.csv, line 2: the enabledUser is 'yes': it must be one of true, 1, false, 0",
        ),
        (
            "users",
            "t1,,",
            "t1,there,",
            "users.csv, line 2: the status is 'there': it must be one of active",
        ),
        (
            "users",
            "school1,student",
            "school9,student",
            "users.csv, line 3: an organization of the row is not in",
        ),
        ("users", "grace@example.org", "grace", "users.csv, line 2: the email is invalid"),
        ("orgs", "school1,,", ",,", "orgs.csv, line 3: the sourcedId is empty"),
        ("orgs", "school1,,", "school2,,", "orgs.csv, line 4: the sourcedId 'school2' occurs twice"),
    ],
)
def test_invalid_row_is_a_problem(tmp_path: Path, file: str, old: str, new: str, problem: str) -> None:
    text = V1_1[f"{file}.csv"]
    assert old in text
    assert problems_of(folder(tmp_path, V1_1, **{file: text.replace(old, new, 1)}))[0].startswith(problem)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("r5,,,s1", "r5,,,", "the userSourcedId is empty"),
        ("primary,student", "primary,", "the role is empty"),
        ("primary,student", "main,student", "the roleType is 'main': it must be primary or secondary"),
        ("student,,,school1", "student,,,school9", "its orgSourcedId is not in orgs.csv: the export is incomplete"),
        (
            "student,,,school1",
            "student,1.8.26,,school1",
            "beginDate or endDate is not a date",
        ),
    ],
)
def test_invalid_role_is_a_problem(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = V1_2["roles.csv"]
    messages = problems_of(folder(tmp_path, V1_2, roles=text.replace(old, new, 1)))
    assert any(message.startswith(f"roles.csv, line 6: {problem}") for message in messages)


def test_invalid_user_of_1_2_is_a_problem(tmp_path: Path) -> None:
    users = V1_2["users.csv"].replace("s2,,,false", "s2,,,no")
    assert problems_of(folder(tmp_path, V1_2, users=users)) == [
        "users.csv, line 4: the enabledUser is 'no': it must be one of true, 1, false, 0"
    ]


def test_unknown_organization_has_a_suggestion(tmp_path: Path) -> None:
    assert problems_of(folder(tmp_path, V1_1), org="school3") == [
        "orgs.csv: no organization has the sourcedId 'school3' (did you mean 'school2'?)"
    ]
    assert problems_of(folder(tmp_path, V1_1), org="gone") == [
        "orgs.csv: the organization 'gone' is closed: its status is tobedeleted"
    ]


def test_cycle_of_organizations_ends(tmp_path: Path) -> None:
    orgs = ORGS.replace("District,district,,\n", "District,district,,school1\n", 1)
    assert len(read_oneroster(folder(tmp_path, V1_1, orgs=orgs), org="district").users) == 4


def test_export_without_users_is_a_problem(tmp_path: Path) -> None:
    header = V1_1["users.csv"].splitlines()[0]
    assert problems_of(folder(tmp_path, V1_1, users=f"{header}\n")) == ["users.csv: it contains no users"]
    path = folder(tmp_path, V1_1, users=V1_1["users.csv"].replace("other,parent", "district,parent"))
    assert problems_of(path, org="other") == ["users.csv: no user in it belongs to 'other'"]


def test_missing_files(tmp_path: Path) -> None:
    assert "manifest.csv: it is missing" in problems_of(folder(tmp_path, {"users.csv": V1_1["users.csv"]}))[0]
    manifest = V1_1["manifest.csv"].replace("file.users,bulk\n", "")
    export = {"manifest.csv": manifest, "orgs.csv": ORGS}
    assert problems_of(folder(tmp_path, export)) == ["manifest.csv: it lists no users.csv: there are no users to read"]
    with pytest.raises(FileError):
        read_oneroster(tmp_path / "none.zip")


# Zips that are no export


def zipped(path: Path, content: bytes) -> Path:
    file = path / "export.zip"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("name", ["../users.csv", "/etc/users.csv", "a/../../users.csv", "C:\\users.csv", "..\\x.csv"])
def test_path_outside_of_the_zip_is_refused(tmp_path: Path, name: str) -> None:
    assert problems_of(zipped(tmp_path, packed({**V1_1, name: ""}))) == [
        "export.zip: a file of the zip has a path outside of it: the zip is not read"
    ]


def test_files_in_a_folder_of_the_zip_are_a_problem(tmp_path: Path) -> None:
    inside = packed({f"export/{name}": text for name, text in V1_1.items()})
    assert "the files are in a folder of the zip" in problems_of(zipped(tmp_path, inside))[0]


def test_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = packed({**V1_1, "users.csv": V1_1["users.csv"] + "\n" * 20_000_000})
    assert len(bomb) < 100_000
    assert problems_of(zipped(tmp_path, bomb)) == [
        "export.zip: a file of the zip unpacks to over 200 times its size, which no roster needs: it is not read"
    ]


def test_too_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oneroster_export, "MAX_FILE_BYTES", 100)
    assert "bytes: at most 100 are allowed" in problems_of(zipped(tmp_path, packed(V1_1)))[0]


def test_two_files_with_one_name_are_refused(tmp_path: Path) -> None:
    stream = io.BytesIO(packed(V1_1))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("users.csv", "")
    assert problems_of(zipped(tmp_path, stream.getvalue())) == ["export.zip: two files of the zip have the same name"]


def _flagged(content: bytes, offset: int, value: int) -> bytes:
    """Change a field of the first entry of the zip's directory."""
    where = content.index(b"PK\x01\x02") + offset
    return content[:where] + struct.pack("<H", value) + content[where + 2 :]


def test_encrypted_or_unsupported_zip_is_refused(tmp_path: Path) -> None:
    assert "the zip is encrypted" in problems_of(zipped(tmp_path, _flagged(packed(V1_1), 8, 1)))[0]
    assert "the zip uses an unsupported compression" in problems_of(zipped(tmp_path, packed(V1_1, zipfile.ZIP_LZMA)))[0]


def test_damaged_zip_is_a_problem(tmp_path: Path) -> None:
    content = packed(V1_1, zipfile.ZIP_STORED)
    damaged = content.replace(b"Grace,Hopper", b"Grace,Hoppla")
    assert (
        problems_of(zipped(tmp_path, damaged))[-1]
        == "export.zip, users.csv: the zip is damaged here: download it again"
    )
    assert "neither a folder nor a readable zip" in problems_of(zipped(tmp_path, content[:-30]))[0]
    users = tmp_path / "users.csv"
    users.write_text(V1_1["users.csv"])
    assert "pass the whole export" in problems_of(users)[0]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_changed_bytes_of_a_zip_raise_only_source_errors(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(packed(V1_2))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    size = data.draw(st.integers(len(content) // 2, len(content)) | st.just(len(content)))
    with suppress(SourceError):
        read_oneroster(zipped(tmp_path, bytes(content[:size])), on=DAY)
