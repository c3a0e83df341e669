"""Read the files of an export that is a folder or a zip: those of users, of their roles and of the organizations."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, cast

from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.input_file import open_input
from orgsdk.bulk.roster.content import as_seekable, content_of, read_head
from orgsdk.bulk.roster.dates import ReadingDay
from orgsdk.bulk.roster.file_context import FileContext, FileRoster
from orgsdk.bulk.roster.file_rows import read_file
from orgsdk.bulk.roster.oneroster import MANIFEST, with_descendants
from orgsdk.bulk.roster.oneroster_export import ExportFiles, ExportPackage, open_package
from orgsdk.bulk.roster.preset_rows import ReadOptions
from orgsdk.bulk.roster.presets import PRESETS
from orgsdk.bulk.roster.problems import ProblemCollector, origin_at
from orgsdk.bulk.roster.recognition import match_json, match_lines, match_table
from orgsdk.bulk.roster.roles import RolesOfUsers
from orgsdk.bulk.roster.tables import csv_header
from orgsdk.bulk.roster.workbook import is_workbook

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from typing import NoReturn

    from orgsdk.bulk.roster.presets.preset import Preset, RoleFile
    from orgsdk.bulk.roster.recognition import Match
    from orgsdk.bulk.roster.spec import RosterProblem

_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx", ".xlsm"})


def is_package(path: Path) -> bool:
    """Return whether a path is a folder, or a zip that is not a workbook.

    Raises `FileError` if it cannot be opened.
    """
    if path.is_dir():
        return True
    if path.suffix.lower() != ".zip":
        return False
    with open_input(path) as stream:
        return not is_workbook(stream)


def has_manifest(path: Path) -> bool:
    """Return whether a folder or zip is a OneRoster export of version 1.1 or 1.2, which has a manifest.

    One whose users.csv is of these versions counts too: the reader reports that its manifest is missing.
    """
    problems = ProblemCollector()
    with open_package(path, problems) as package:
        if any(PurePosixPath(name).name == MANIFEST for name in package.names):
            return True
        name = _by_lower_name(package).get("users.csv")
        if name is None:
            return False
        with package.open(name) as stream:
            header = csv_header(read_head(stream, name)[0], ReadOptions())
        return "enabledUser" in header


def _by_lower_name(package: ExportPackage) -> dict[str, str]:
    return {name.casefold(): name for name in package.names}


def read_package(path: Path, options: ReadOptions, preset: str | None) -> list[FileRoster]:
    """Return the roster of each file of users in a folder or a zip.

    Raises `SourceError` for problems in them, and if a file is not recognized: its users would be missing.
    """
    problems = ProblemCollector()
    with open_package(path, problems) as package:
        return _PackageReader(path.name, package, problems, options, preset).read()


class _PackageReader:
    def __init__(
        self, name: str, package: ExportPackage, problems: ProblemCollector, options: ReadOptions, preset: str | None
    ) -> None:
        self._name, self._package, self._problems = name, package, problems
        self._options, self._preset = options, preset
        self._files = ExportFiles(package, problems, whole=options.complete is True)

    def read(self) -> list[FileRoster]:
        names = sorted(
            name
            for name in self._package.names
            if PurePosixPath(name).suffix.lower() in _SUFFIXES and "/" not in name and not name.startswith(".")
        )
        preset = self._recognize(names)
        names = [name for name in names if not self._is_other(name, preset)]
        if not names:
            self._problems.fail(self._name, f"no file in it lists users of {preset.title}")
        orgs = self._orgs(preset)
        roles_of = self._roles_of(preset, orgs)
        context = FileContext(preset=preset.name, orgs=orgs, roles_of=roles_of)
        found: list[FileRoster] = []
        wrong: list[RosterProblem] = []
        for name in names:
            try:
                with self._package.open(name) as stream:
                    found.append(read_file(stream, name, self._options, context))
            except SourceError as error:
                wrong += error.problems
        if wrong:
            raise SourceError(wrong)
        self._problems.raise_any()
        return found

    def _recognize(self, names: Collection[str]) -> Preset:
        """Return the preset of the files. It is the only one that any of them is recognized as."""
        if self._preset in PRESETS:
            return PRESETS[self._preset]
        found = {match.preset.name for name in names if (match := self._match(name)) is not None}
        if len(found) != 1:
            self._fail_unrecognized(found)
        return PRESETS[found.pop()]

    def _is_other(self, name: str, preset: Preset) -> bool:
        """Return whether a file belongs to the export, and lists no users."""
        if name.casefold() in preset.other_files:
            return True
        if preset.may_lack_users is None or not preset.may_lack_users.fullmatch(name):
            return False
        with self._package.open(name) as stream:
            try:
                document: object = json.loads(stream.read())
            except (ValueError, RecursionError):
                return False  # its reader reports it
        if not isinstance(document, dict):
            return False
        names = cast("dict[str, object]", document)
        return not any(names.get(one.list_at or "") for one in preset.layouts)

    def _fail_unrecognized(self, found: Collection[str]) -> NoReturn:
        what = f"files of several systems: {', '.join(sorted(found))}" if found else "no file of a known system"
        self._problems.fail(self._name, f"the folder has {what}. Pass the files that list users, or a preset")

    def _match(self, name: str) -> Match | None:
        with self._package.open(name) as stream:
            head, whole = read_head(stream, name)
            content = content_of(head)
            if content == "table":
                return match_table(csv_header(head, self._options), None)
            if content == "json lines":
                return match_lines(head, None, None)
            if content == "json":
                return match_json(as_seekable(whole), None, None)
        return None

    def _orgs(self, preset: Preset) -> Collection[str] | None:
        org = self._options.org
        if org is None:
            return None
        if preset.parents is None or (name := _by_lower_name(self._package).get(preset.parents[0])) is None:
            return frozenset({org})
        parents: dict[str, str] = {}
        with self._files.rows(name, preset.parents[1:]) as rows:
            for _, (one, parent) in rows:
                parents[one] = parent
        return with_descendants(org, parents, self._files)

    def _roles_of(self, preset: Preset, orgs: Collection[str] | None) -> RolesOfUsers | None:
        if preset.roles is None or (name := _by_lower_name(self._package).get(preset.roles.name)) is None:
            return None
        return self._read_roles(preset.roles, name, orgs)

    def _read_roles(self, file: RoleFile, name: str, orgs: Collection[str] | None) -> RolesOfUsers:
        """Return the roles that are valid on the day, in the organizations."""
        found = RolesOfUsers(ReadingDay(self._options.on))
        with self._files.rows(name, (file.user, file.role, file.org), (file.begin, file.end)) as rows:
            for line, (user, role, org, begin, end) in rows:
                origin = origin_at(name, line)
                if not user or not role:
                    self._problems.add(origin, f"the {file.role if user else file.user} is empty")
                    continue
                try:
                    is_current = found.day.is_within(begin, end)
                except ValueError:
                    self._problems.add(origin, f"{file.begin} or {file.end} is not a date such as 2026-08-31")
                    continue
                if orgs is not None and org not in orgs:
                    found.elsewhere[user] = found.elsewhere.get(user, False) or not found.day.has_ended(end)
                elif is_current:
                    found.current.setdefault(user, []).append(file.words.get(role.casefold(), role))
                else:
                    found.ended.add(user)
        self._problems.raise_any()
        return found
