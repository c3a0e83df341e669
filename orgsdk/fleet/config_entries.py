"""The organizations of `fleet.toml`: tables in the file itself, or the rows of a CSV file, with defaults for all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from orgsdk.bulk import Policy
from orgsdk.bulk.input_file import open_input
from orgsdk.errors import ConfigurationError, OrgError
from orgsdk.fleet.credentials import FleetCredentials, unread_settings
from orgsdk.fleet.entries import FleetEntry, policy_from_table, policy_to_table, unknown_key
from orgsdk.fleet.errors import FleetConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS: Final = ("name", "credentials", "provider", "organization", "roster", "preset", "policy", "key")
_KEYS: Final = (*_COLUMNS, "settings", "reader")
_DEFAULTS: Final = ("credentials", "roster", "preset", "policy", "reader")
_MARK: Final = re.compile(r"\{\w+\}")
_MAX_FIELD: Final = 1_000_000
_MAX_PROBLEMS: Final = 1_000


@dataclass(frozen=True, slots=True)
class EntryTables:
    """Organizations in the configuration file itself."""

    tables: Sequence[Mapping[str, object]]

    def rows(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield where each organization is, and its values."""
        for number, table in enumerate(self.tables, 1):
            yield f"[[organizations]] number {number}", table


@dataclass(frozen=True, slots=True)
class EntryFile:
    """Organizations in a CSV file, one a row. Columns in capitals are settings of the provider."""

    path: Path

    def rows(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield where each organization is, and its values. Only one row is in memory.

        Raises `FleetConfigError` if it is not such a CSV file, and `FileError` if it cannot be read.
        """
        with open_input(self.path) as file:
            text = io.TextIOWrapper(file, "utf-8-sig", newline="")
            reader = csv.reader(text, strict=True)
            try:
                header = self._header(next(reader, list[str]()))
                for row in reader:
                    where = f"{self.path.name}, line {reader.line_num}"
                    if len(row) > len(header) and any(row[len(header) :]):
                        raise FleetConfigError(
                            str(self.path), [f"line {reader.line_num} has more cells than the header"]
                        )
                    if any(row):
                        yield where, _of_cells(dict(zip(header, row, strict=False)))
            except (csv.Error, UnicodeDecodeError) as error:
                problem = f"after line {reader.line_num}, it is not CSV in UTF-8: {error}"
                raise FleetConfigError(str(self.path), [problem]) from None

    def _header(self, cells: Sequence[str]) -> list[str]:
        names = [cell.strip() for cell in cells]
        problems = [unknown_key(name, _COLUMNS) for name in names if name not in _COLUMNS and not _is_setting(name)]
        problems += [f"the column {name!r} is there twice" for name in sorted({n for n in names if names.count(n) > 1})]
        if "name" not in names:
            problems.append("the column 'name' is missing")
        if problems:
            raise FleetConfigError(str(self.path), problems)
        return names


class EntryReader:
    """Iterate the organizations of a configuration file. Each iteration reads them again.

    Args:
        folder: The folder of the configuration file: relative paths are relative to it.
        source: Where the organizations are.
        credentials: The credentials by name.
        policies: The named policies.
        defaults: The values for all organizations.
        known_credentials: Names of credentials that are in the file, also if they are wrong.
    """

    def __init__(
        self,
        folder: Path,
        source: EntryTables | EntryFile,
        *,
        credentials: Mapping[str, FleetCredentials],
        policies: Mapping[str, Policy],
        defaults: Mapping[str, object],
        known_credentials: Sequence[str],
    ) -> None:
        self._folder = folder
        self._source = source
        self._credentials = credentials
        self._policies = policies
        self._defaults = defaults
        self._known_credentials = known_credentials

    def __iter__(self) -> Iterator[FleetEntry]:
        for where, values in self._source.rows():
            problems: list[str] = []
            entry = self._read(values, problems)
            if entry is None:
                raise FleetConfigError(where, problems)
            yield entry

    def check(self) -> list[str]:
        """Return every problem of the organizations, names that occur twice included."""
        found: list[str] = []
        seen: dict[str, str] = {}
        try:
            for where, values in self._source.rows():
                problems: list[str] = []
                entry = self._read(values, problems)
                if entry is not None and seen.setdefault(entry.name, where) != where:
                    problems.append(f"the name {entry.name!r} is that of {seen[entry.name]} too")
                found += [f"{where}: {problem}" for problem in problems]
                if len(found) >= _MAX_PROBLEMS:
                    break
        except FleetConfigError as error:
            found += [f"{error.source}: {problem}" for problem in error.problems]
        except OrgError as error:
            found.append(str(error))
        return found

    def _read(self, values: Mapping[str, object], problems: list[str]) -> FleetEntry | None:
        """Return one entry. If it is wrong, add its problems, and return None."""
        values = read_table(values, "", problems, keys=_KEYS)
        merged: dict[str, Any] = {**self._defaults, **values}
        if "provider" in values and "credentials" not in values:
            merged.pop("credentials", None)
        policy = self._policy(values.get("policy"), problems)
        if isinstance(defaults := self._defaults.get("reader"), dict) and isinstance(merged.get("reader"), dict):
            merged["reader"] = {**cast("dict[str, object]", defaults), **merged["reader"]}
        named = merged.get("credentials")
        if isinstance(named, str) and named not in self._known_credentials:
            problems.append(f"credentials: {unknown_key(named, self._known_credentials)}")
        roster = self._roster(merged, problems)
        if problems:
            return None
        credentials = self._credentials.get(named) if isinstance(named, str) else None
        if merged.get("key") is None and credentials is not None and credentials.key is not None:
            merged["key"] = credentials.key
        try:
            merged |= {"policy": policy, "roster": roster}
            entry = FleetEntry(**merged)
        except FleetConfigError as error:
            problems += error.problems
            return None
        problems += self._unread(entry)
        return None if problems else entry

    def _policy(self, given: object, problems: list[str]) -> Policy:
        """Return the policy of an organization: the defaults, and what is named or written for it instead."""
        table: dict[str, object] = {}
        for value in (self._defaults.get("policy"), given):
            if isinstance(value, str):
                if value in self._policies:
                    table |= policy_to_table(self._policies[value])
                else:
                    problems.append(f"policy: {unknown_key(value, list(self._policies))}")
            elif isinstance(value, dict):
                table |= cast("dict[str, object]", value)
            elif value is not None:
                problems.append("policy must be the name of [policies.NAME], or a table")
        try:
            return policy_from_table(table)
        except FleetConfigError as error:
            problems += [f"policy: {problem}" for problem in error.problems]
        except ConfigurationError as error:
            problems.append(f"policy: {error}")
        return Policy()

    def _roster(self, merged: Mapping[str, object], problems: list[str]) -> object:
        """Return the roster with the organization's name filled in, and paths relative to the file."""
        roster, name = merged.get("roster"), merged.get("name")
        if not roster:
            problems.append('roster is missing: write roster = "rosters/17.csv", or "rosters/{name}.csv" in [defaults]')
            return ""
        listed = cast("list[object]", roster) if isinstance(roster, list) else [roster]
        fill = {"{name}": name, "{organization}": merged.get("organization")}
        found: list[object] = []
        for one in listed:
            text = one
            for mark, value in fill.items():
                if isinstance(text, str) and mark in text:
                    if _can_be_in_path(value):
                        text = text.replace(mark, str(value))
                    else:
                        problems.append(f"roster: {mark} cannot be part of a path here: write the roster itself")
            if isinstance(text, str) and text and "://" not in text:
                if unknown := [mark for mark in _MARK.findall(str(one)) if mark not in fill]:
                    problems.append(f"roster: {unknown[0]} is not filled in: write {{name}} or {{organization}}")
                text = str(self._folder / Path(text).expanduser())
            found.append(text)
        return found[0] if len(found) == 1 else found

    def _unread(self, entry: FleetEntry) -> list[str]:
        """Return what is wrong with the names of an organization's own settings, together with its credentials'."""
        if not entry.settings and entry.provider is None:
            return []
        named = self._credentials.get(entry.credentials or "")
        provider = entry.provider or (None if named is None else named.provider)
        return (
            []
            if provider is None
            else unread_settings(provider, {**(named.settings if named else {}), **entry.settings})
        )


def read_table(
    values: Mapping[str, object], where: str, problems: list[str], *, keys: Sequence[str] = _DEFAULTS
) -> dict[str, object]:
    """Return the values of a table whose keys are known; add a problem for each other key.

    Args:
        values: The table.
        where: What the problems start with.
        problems: The list that problems are added to.
        keys: The known keys. Default: those of ``[defaults]``.

    Returns:
        The values.
    """
    before = f"{where} " if where else ""
    problems += [f"{before}{unknown_key(name, keys)}" for name in values if name not in keys]
    return {name: value for name, value in values.items() if name in keys}


def _can_be_in_path(value: object) -> bool:
    return isinstance(value, str) and bool(value) and not set(value) & set("/\\\0") and value not in {".", ".."}


def _is_setting(name: str) -> bool:
    return name.isupper() and name.isascii() and name.replace("_", "").isalnum()


def _of_cells(cells: Mapping[str, str]) -> dict[str, object]:
    """Return the values of a row: empty cells are left out, and settings are gathered."""
    filled = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    values: dict[str, object] = {name: cell for name, cell in filled.items() if not _is_setting(name)}
    settings = {name: cell for name, cell in filled.items() if _is_setting(name)}
    return {**values, "settings": settings} if settings else values
