"""From an export to a roster."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk.bulk.sources.oneroster.files import Files
from orgsdk.bulk.sources.oneroster.manifest import read_manifest
from orgsdk.bulk.sources.oneroster.orgs import ORGS, beneath, read_orgs
from orgsdk.bulk.sources.oneroster.package import open_package
from orgsdk.bulk.sources.oneroster.roles import read_roles
from orgsdk.bulk.sources.oneroster.users import USERS, Asked, read_users_1_1, read_users_1_2
from orgsdk.bulk.sources.problems import Problems
from orgsdk.bulk.sources.values import Roles
from orgsdk.bulk.spec import Roster

if TYPE_CHECKING:
    import os

    from orgsdk.bulk.sources.values import RoleNames


def read_oneroster(
    path: str | os.PathLike[str],
    *,
    org: str | None = None,
    roles: RoleNames | None = None,
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
    problems = Problems()
    with open_package(Path(path), problems) as package:
        files = Files(package, problems, whole=complete is True)
        manifest = read_manifest(files)
        parents = read_orgs(files) if manifest.mode("orgs") != "absent" else None
        if org is not None and parents is None:
            problems.fail(ORGS, "it is absent: without it, nobody can be chosen by organization")
        wanted = None if org is None or parents is None else beneath(org, parents, files)
        # A delta of orgs.csv lacks those that did not change.
        asked = Asked(parents if manifest.mode("orgs") == "bulk" else None, wanted, Roles(roles))
        whole = manifest.mode("users") == "bulk"
        if manifest.version == "1.1":
            users = read_users_1_1(files, asked)
        else:
            mode = manifest.mode("roles")
            held = None
            if mode != "absent":
                day = on or date.today()  # a school's day, in the place where this runs
                held = read_roles(files, asked.parents, wanted, day, primary_only=primary_only)
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
