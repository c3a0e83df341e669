"""Read a roster from a OneRoster 1.1 or 1.2 export: manifest, organizations, then users.

Source: OneRoster CSV Tables 1.1.1 and CSV Binding 1.2.1, "manifest.csv".

Source: OneRoster CSV Tables 1.1.1 and CSV Binding 1.2.1, "orgs.csv".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.roster.columns import RoleReader, suggest
from orgsdk.bulk.roster.oneroster_export import ExportFiles, open_package
from orgsdk.bulk.roster.oneroster_users import USERS, UserFilter, read_role_assignments, read_users_1_1, read_users_1_2
from orgsdk.bulk.roster.problems import ProblemCollector, origin_at
from orgsdk.bulk.roster.spec import Roster

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from orgsdk.bulk.roster.columns import RoleMapping

MANIFEST: Final = "manifest.csv"
_VERSIONS: Final = ("1.1", "1.2")
_MODES: Final = ("bulk", "delta", "absent")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Hold what the manifest says: `version` is "1.1" or "1.2"."""

    version: str
    modes: Mapping[str, str]

    def mode(self, name: str) -> str:
        """Give how a file is to be taken; one that is not listed is absent."""
        return self.modes.get(name, "absent")


def read_manifest(files: ExportFiles) -> Manifest:
    """Read the manifest.

    Raises `SourceError` where it is missing, of another version, or at odds with the files that are there.
    """
    problems = files.problems
    if not files.has(MANIFEST):
        problems.fail(MANIFEST, "it is missing: OneRoster 1.1 and 1.2 have one, which says what the other files are")
    said: dict[str, str] = {}
    with files.rows(MANIFEST, ("propertyName", "value")) as rows:
        for line, (name, value) in rows:
            if name in said:
                problems.add(origin_at(MANIFEST, line), f"{name[:100]!r} stands twice")
            said[name] = value
            if name.startswith("file.") and value not in _MODES:
                problems.add(origin_at(MANIFEST, line), f"{name[:100]} is none of {', '.join(_MODES)}")
    version = said.get("oneroster.version", "")
    if version not in _VERSIONS:
        problems.add(MANIFEST, f"oneroster.version is {version[:20]!r}: 1.1 and 1.2 are read")
    modes = {name.removeprefix("file."): value for name, value in said.items() if name.startswith("file.")}
    for name in ("users", "orgs", "roles"):
        declared, there = modes.get(name, "absent") != "absent", files.has(f"{name}.csv")
        if declared and not there:
            problems.add(MANIFEST, f"it lists {name}.csv, which is missing: the export is not whole")
        if there and not declared and name != "orgs":
            problems.add(MANIFEST, f"it calls {name}.csv absent, which is there: which of them is right?")
    if modes.get("users", "absent") == "absent":
        problems.add(MANIFEST, "it lists no users.csv: there is nobody to read")
    problems.raise_any()
    return Manifest(version, modes)


ORGS = "orgs.csv"


def read_orgs(files: ExportFiles) -> dict[str, str]:
    """Give each organization's sourcedId with its parent's, which may be empty; those that are deleted are left out."""
    parents: dict[str, str] = {}
    with files.rows(ORGS, ("sourcedId", "status"), ("parentSourcedId",)) as rows:
        for line, (sourced_id, status, parent) in rows:
            if not sourced_id:
                files.problems.add(origin_at(ORGS, line), "the sourcedId is empty")
            elif sourced_id in parents:
                files.problems.add(origin_at(ORGS, line), f"the sourcedId {sourced_id[:100]!r} stands twice")
            elif status.casefold() != "tobedeleted":
                parents[sourced_id] = parent
    return parents


def with_descendants(org: str, parents: dict[str, str], files: ExportFiles) -> frozenset[str]:
    """Give an organization and all that lie beneath it: a district's people are those of its schools."""
    if org not in parents:
        files.problems.fail(ORGS, f"there is no organization with the sourcedId {org!r}{suggest(org, parents)}")
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


def read_oneroster(
    path: str | os.PathLike[str],
    *,
    org: str | None = None,
    roles: RoleMapping | None = None,
    primary_only: bool = False,
    on: date | None = None,
    complete: bool | None = None,
) -> Roster:
    """Read a OneRoster export, version 1.1 or 1.2, a folder or a zip of CSV files, into a roster, checked.

    The manifest says the version, and which files are whole. People are known by their sourcedId, as `external_id`;
    names are the preferred ones where there are any. Those whose status is `tobedeleted` or whose `enabledUser` is
    false are not `enabled`. `org` is the sourcedId of the organization whose people are wanted, with those of the
    organizations beneath it; without it, everybody is.

    `roles` maps OneRoster's roles onto the provider's, such as `{"student": "user", "parent": None}`: people whose
    only roles map to None are left out, and a role that is not named keeps its name. In 1.2 several are read from
    roles.csv, the primary one first, or it alone with `primary_only`, as they are held `on` a day, today if not
    given. Enrolments in classes are not read.

    A roster from a delta is `incomplete`, as is one of which `complete=False` says that it lists a part of the
    people: nobody is removed for missing in it. A file whose last line is not ended may have been cut, and is refused;
    `complete=True` says that all files are whole. Who holds which roles is not known from a delta of roles.csv, which
    leaves them as they are.

    Raises `SourceError` with every row that is wrong (at most 100), and OSError where there is no such file. It
    reads all files before it returns; in an async program, call it in a worker thread. Nothing is unpacked to disk.

    Source: 1EdTech OneRoster CSV Tables 1.1.1, and CSV Binding 1.2.1.

    Example: `read_oneroster("export.zip", org="school-7", roles={"student": "user", "parent": None})`
    """
    problems = ProblemCollector()
    with open_package(Path(path), problems) as package:
        files = ExportFiles(package, problems, whole=complete is True)
        manifest = read_manifest(files)
        parents = read_orgs(files) if manifest.mode("orgs") != "absent" else None
        if org is not None and parents is None:
            problems.fail(ORGS, "it is absent: without it, nobody can be chosen by organization")
        wanted = None if org is None or parents is None else with_descendants(org, parents, files)
        # A delta of orgs.csv lacks those that did not change.
        asked = UserFilter(parents if manifest.mode("orgs") == "bulk" else None, wanted, RoleReader(roles))
        whole = manifest.mode("users") == "bulk"
        if manifest.version == "1.1":
            users = read_users_1_1(files, asked)
        else:
            mode = manifest.mode("roles")
            held = None
            if mode != "absent":
                day = on or date.today()  # a school's day, in the place where this runs
                held = read_role_assignments(files, asked.parents, wanted, day, primary_only=primary_only)
            users = read_users_1_2(files, asked, held, roles_told=mode == "bulk", whole=whole and mode == "bulk")
            whole = whole and mode != "delta"
    if whole and not (users or problems):
        problems.add(USERS, "it names nobody" if org is None else f"nobody in it belongs to {org!r}")
    problems.raise_any()
    return Roster(
        users=users,
        name=Path(path).name,
        fingerprint=files.fingerprint,
        columns=tuple(files.columns),
        incomplete=complete is False or not whole,
    )
