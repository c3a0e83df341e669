"""Read a roster from a OneRoster 1.1 or 1.2 export: manifest, organizations, then users.

Source: OneRoster CSV Tables 1.1.1 and CSV Binding 1.2.1, "manifest.csv" and "orgs.csv".
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_flag, check_instance
from orgsdk.bulk.input_file import check_path
from orgsdk.bulk.roster.columns import check_file_arguments, suggest
from orgsdk.bulk.roster.dates import ReadingDay
from orgsdk.bulk.roster.oneroster_export import ExportFiles, open_package
from orgsdk.bulk.roster.oneroster_users import USERS, UserFilter, read_role_assignments, read_users_1_1, read_users_1_2
from orgsdk.bulk.roster.problems import origin_at
from orgsdk.bulk.roster.roles import RoleMapping
from orgsdk.bulk.roster.rows import OnError, RowOptions, RowReader
from orgsdk.bulk.roster.spec import Roster

MANIFEST: Final = "manifest.csv"
ORGS: Final = "orgs.csv"
_VERSIONS: Final = ("1.1", "1.2")
_MODES: Final = ("bulk", "delta", "absent")
# The files that are read. The modes of others are of no use, and often blank.
_READ: Final = ("users", "orgs", "roles")
_VERSION = re.compile(r"v?(\d+\.\d+)(?:\.\d+)*", re.IGNORECASE)


@name_parameters
def read_oneroster(
    path: str | os.PathLike[str],
    *,
    org: str | None = None,
    roles: RoleMapping | None = None,
    primary_only: bool = False,
    omit_shared_emails: bool | Collection[str] = False,
    on_error: OnError = "raise",
    on: date | None = None,
    complete: bool | None = None,
) -> Roster:
    """Read and check a OneRoster export, version 1.1 or 1.2: a folder or a zip of CSV files.

    The sourcedId of a user becomes `external_id`; preferred names are used if there are any. A user whose status is
    `tobedeleted` is gone; one whose `enabledUser` is false, or whose status is `inactive`, is suspended. In 1.2, roles
    are read from roles.csv, primary roles first. Enrolments in classes are not read. A roster from a delta is
    `incomplete`, and a delta of roles.csv does not change roles. All files are read before it returns: in an async
    program, call it in a worker thread. Nothing is unpacked to disk.

    Args:
        path: The folder or the zip.
        org: The sourcedId of an organization: only its users and those of its descendants are read. Default: all.
        roles: Maps OneRoster's roles to the provider's, such as `{"student": "user", "parent": None}`, or the roles
            that may occur. A user whose only roles map to None is left out; a role that is not mapped keeps its name.
        primary_only: Read only primary roles (1.2).
        omit_shared_emails: Leaves out an e-mail address that several users have, as in `read_csv`.
        on_error: `"skip"` leaves bad rows out, and lists them in `Roster.rejected`. Default: they are raised.
        on: The day on which a role must be valid (1.2). Default: today.
        complete: True: all files are complete even if a last line has no line end. False: the export lists only a part
            of the users, so no member is removed because it is missing. Default: a file whose last line has no line
            end may be truncated, and is refused.

    Returns:
        The roster.

    Raises:
        SourceError: Files or rows are invalid; it lists all problems.
        FileError: A file cannot be opened or read.
        InvalidArgumentError: An argument is of the wrong type.

    Source:
        1EdTech OneRoster CSV Tables 1.1.1, and CSV Binding 1.2.1.

    Example:
        ``read_oneroster("export.zip", org="school-7", roles={"student": "user", "parent": None})``
    """
    source = check_path("path", path)
    check_file_arguments(complete=complete)
    reader = RowReader(RowOptions(roles=roles, omit_shared_emails=omit_shared_emails, on_error=on_error))
    check_instance("org", org, str | None, "the sourcedId of an organization")
    check_instance("on", on, date | None, "a date")
    check_flag("primary_only", primary_only)
    problems, day = reader.problems, ReadingDay(on)
    with open_package(source, problems) as package:
        files = ExportFiles(package, problems, whole=complete is True)
        manifest = read_manifest(files)
        orgs = read_orgs(files) if manifest.mode("orgs") != "absent" else None
        if org is not None and orgs is None:
            problems.fail(ORGS, "it is absent: without it, users cannot be selected by organization")
        org_ids = None if org is None or orgs is None else with_descendants(org, orgs.parents, files, orgs.closed)
        closed = frozenset[str]() if orgs is None else orgs.closed
        # A delta of orgs.csv does not contain unchanged organizations.
        known = None if orgs is None or manifest.mode("orgs") != "bulk" else orgs.parents.keys() | closed
        user_filter = UserFilter(known, closed, org_ids, reader)
        whole = manifest.mode("users") == "bulk"
        if manifest.version == "1.1":
            read_users_1_1(files, user_filter)
        else:
            mode = manifest.mode("roles")
            assignments = None
            if mode != "absent":
                assignments = read_role_assignments(files, user_filter, day, primary_only=primary_only)
            read_users_1_2(
                files, user_filter, assignments, roles_complete=mode == "bulk", whole=whole and mode == "bulk"
            )
            whole = whole and mode != "delta"
    if whole and reader.is_empty and not problems:
        problems.add(USERS, "it contains no users" if org is None else f"no user in it belongs to {org!r}")
    return reader.roster(
        name=source.name,
        fingerprint=files.fingerprint,
        columns=tuple(files.columns),
        incomplete=complete is False or not whole,
        changes_on=day.changes_on,
        notes=(f"{source.name}: read as OneRoster {manifest.version} (preset oneroster)",),
    )


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest: `version` is "1.1" or "1.2"; a file is complete (`bulk`), has changes (`delta`), or is `absent`."""

    version: str
    modes: Mapping[str, str]

    def mode(self, name: str) -> str:
        """Return the mode of a file; a file that is not listed is absent."""
        return self.modes.get(name, "absent")


def read_manifest(files: ExportFiles) -> Manifest:
    """Read the manifest.

    Raises `SourceError` if it is missing, has another version, or does not match the files of the export.
    """
    problems = files.problems
    if not files.has(MANIFEST):
        problems.fail(MANIFEST, "it is missing: OneRoster 1.1 and 1.2 require it, because it describes the other files")
    values: dict[str, str] = {}
    with files.rows(MANIFEST, ("propertyName", "value")) as rows:
        for line, (name, value) in rows:
            if name in values:
                problems.add(origin_at(MANIFEST, line), f"{name[:100]!r} occurs twice")
            values[name] = value
            is_read = name.removeprefix("file.") in _READ
            if name.startswith("file.") and is_read and value.casefold() not in _MODES:
                problems.add(origin_at(MANIFEST, line), f"{name[:100]} must be one of {', '.join(_MODES)}")
    stated = values.get("oneroster.version", "")
    found = _VERSION.fullmatch(stated)
    version = found[1] if found else stated
    if version not in _VERSIONS:
        problems.add(MANIFEST, f"oneroster.version is {stated[:20]!r}: 1.1 and 1.2 are supported")
    modes = {name.removeprefix("file."): value.casefold() for name, value in values.items() if name.startswith("file.")}
    for name in _READ:
        declared, exists = modes.get(name, "absent") != "absent", files.has(f"{name}.csv")
        if declared and not exists:
            problems.add(MANIFEST, f"it lists {name}.csv, which is missing: the export is incomplete")
        if exists and not declared and name != "orgs":
            problems.add(MANIFEST, f"it lists {name}.csv as absent, but the file exists: correct one of them")
    if modes.get("users", "absent") == "absent":
        problems.add(MANIFEST, "it lists no users.csv: there are no users to read")
    problems.raise_any()
    return Manifest(version, modes)


@dataclass(frozen=True, slots=True)
class Organizations:
    """The organizations: `parents` by sourcedId (may be empty), and those that are `closed` (`tobedeleted`)."""

    parents: Mapping[str, str]
    closed: frozenset[str]


def read_orgs(files: ExportFiles) -> Organizations:
    """Return the organizations of an export. A closed one has no users any more."""
    parents: dict[str, str] = {}
    closed: set[str] = set()
    with files.rows(ORGS, ("sourcedId", "status"), ("parentSourcedId",)) as rows:
        for line, (sourced_id, status, parent) in rows:
            if not sourced_id:
                files.problems.add(origin_at(ORGS, line), "the sourcedId is empty")
            elif sourced_id in parents or sourced_id in closed:
                files.problems.add(origin_at(ORGS, line), f"the sourcedId {sourced_id[:100]!r} occurs twice")
            elif status.casefold() == "tobedeleted":
                closed.add(sourced_id)
            else:
                parents[sourced_id] = parent
    return Organizations(parents, frozenset(closed))


def with_descendants(
    org: str, parents: Mapping[str, str], files: ExportFiles, closed: Collection[str] = ()
) -> frozenset[str]:
    """Return an organization and its descendants: the users of a district are those of its schools."""
    if org in closed:
        files.problems.fail(ORGS, f"the organization {org!r} is closed: its status is tobedeleted")
    if org not in parents:
        files.problems.fail(ORGS, f"no organization has the sourcedId {org!r}{suggest(org, parents)}")
    children: dict[str, list[str]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    found: set[str] = set()
    waiting = [org]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += children.get(one, [])
    return frozenset(found)
