"""The file `fleet.toml`: read and checked strictly. One error lists everything that is wrong in it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from orgsdk._callables import check_function
from orgsdk._parameters import name_parameters
from orgsdk.bulk import Policy
from orgsdk.bulk.input_file import check_path, open_input
from orgsdk.errors import ConfigurationError
from orgsdk.fleet.config_entries import EntryFile, EntryReader, EntryTables, read_table
from orgsdk.fleet.credentials import FleetCredentials
from orgsdk.fleet.entries import FleetEntry, name_problem, policy_from_table, unknown_key
from orgsdk.fleet.errors import FleetConfigError
from orgsdk.fleet.options import FleetBudget, FleetGuards, FleetOptions
from orgsdk.fleet.rosters import LoadRoster
from orgsdk.fleet.secrets import is_reference

if TYPE_CHECKING:
    from collections.abc import Sequence


OptionsT = TypeVar("OptionsT", FleetOptions, FleetGuards, FleetBudget)

_MAX_BYTES: Final = 50_000_000
_SECTIONS: Final = ("fleet", "guards", "budget", "defaults", "credentials", "policies", "organizations")
_DURATIONS: Final = {"max_pause_seconds": "max_pause", "retry_pause_seconds": "retry_pause"}
_OF_THE_FILE: Final = ("store", "load_roster")
# A password in the address of a database (RFC 3986, section 3.2.1), or among its parameters.
_PASSWORD: Final = re.compile(r"://[^/?#@]*:[^/?#@]*@|[?&\s]password=|^password=", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetConfig:
    """What a configuration file describes.

    Attributes:
        path: The file.
        store: Where the fleet keeps its runs: a path, an address, or a reference to an address.
        credentials: The credentials by name.
        options: The options.
        load_roster: Loads the rosters of addresses; None if the file names no function.
        entries: The organizations. Each iteration reads them again.
    """

    path: Path
    store: str
    credentials: Mapping[str, FleetCredentials]
    options: FleetOptions
    load_roster: LoadRoster | None
    entries: Iterable[FleetEntry]


@name_parameters
def load_config(path: str | os.PathLike[str]) -> FleetConfig:
    """Read a configuration file, and check it and all of its organizations.

    Args:
        path: The file.

    Returns:
        What it describes.

    Raises:
        FleetConfigError: Anything in it is wrong. The error lists every problem.
        FileError: The file cannot be read.
    """
    source = check_path("path", path)
    document = _read_toml(source)
    reader = _Reader(source.parent, document)
    config = reader.read(source)
    if reader.problems:
        raise FleetConfigError(str(source), reader.problems)
    return config


def _read_toml(source: Path) -> dict[str, Any]:
    with open_input(source) as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise FleetConfigError(str(source), [f"it is larger than {_MAX_BYTES:,} bytes: list organizations in a CSV"])
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        problem = "it is not text in UTF-8"
    except (ValueError, RecursionError) as error:
        # Without the decoder's message, which may quote a secret.
        found = re.search(r"line \d+, column \d+", str(error))
        problem = f"it is not TOML: see {found[0]}" if found else "it is not TOML, or ends too early"
    raise FleetConfigError(str(source), [problem])


class _Reader:
    """Read the sections of a document, and collect every problem."""

    def __init__(self, folder: Path, document: Mapping[str, Any]) -> None:
        self._folder = folder
        self._document = document
        self.problems: list[str] = []

    def read(self, source: Path) -> FleetConfig:
        self.problems += [unknown_key(name, _SECTIONS) for name in self._document if name not in _SECTIONS]
        fleet = self._table("fleet")
        credentials = self._credentials()
        policies = self._policies()
        options = self._options(fleet)
        entries = self._entries(credentials, policies)
        return FleetConfig(
            path=source,
            store=self._store(fleet),
            credentials=credentials,
            options=options,
            load_roster=self._load_roster(fleet),
            entries=entries,
        )

    def _table(self, name: str) -> dict[str, Any]:
        found = self._document.get(name, {})
        if isinstance(found, dict):
            return cast("dict[str, Any]", found)
        self.problems.append(f"{name} is not a table: start it with [{name}]")
        return {}

    def _store(self, fleet: Mapping[str, object]) -> str:
        store = fleet.get("store", "fleet.db")
        if not isinstance(store, str) or not store:
            self.problems.append("[fleet] store must be a path, the address of a database, or a reference to one")
            return ""
        if is_reference(store):
            return store
        if "://" not in store:
            return str(self._folder / Path(store).expanduser())
        if _PASSWORD.search(store):
            self.problems.append('[fleet] store has a password in plain text: write store = "env:FLEET_STORE"')
        return store

    def _load_roster(self, fleet: Mapping[str, object]) -> LoadRoster | None:
        named = fleet.get("load_roster")
        if named is None:
            return None
        module, _, function = named.partition(":") if isinstance(named, str) else ("", "", "")
        if not (module and function):
            self.problems.append('[fleet] load_roster must name a function, as in "mypackage.rosters:load"')
            return None
        try:
            found: object = getattr(import_module(module), function)
            check_function(found, "load_roster", "one FleetEntry")
        except ConfigurationError as error:
            self.problems.append(f"[fleet] {error}")
        except Exception as error:  # noqa: BLE001, RUF100  # a module may raise anything when it is imported
            self.problems.append(f"[fleet] load_roster cannot be imported: {type(error).__name__}: {error}")
        else:
            return cast("LoadRoster", found)
        return None

    def _options(self, fleet: Mapping[str, object]) -> FleetOptions:
        guards = self._build(FleetGuards, "guards", self._table("guards"))
        budget = self._build(FleetBudget, "budget", self._table("budget"))
        values = {name: value for name, value in fleet.items() if name not in _OF_THE_FILE}
        known = [one.name for one in fields(FleetOptions) if one.name not in {"guards", "budget", *_DURATIONS.values()}]
        known += [*_DURATIONS, *_OF_THE_FILE]
        for name in [name for name in values if name not in known]:
            self.problems.append(f"[fleet] {unknown_key(name, known)}")
            del values[name]
        for named, name in _DURATIONS.items():
            seconds = values.pop(named, None)
            if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < 1e9:
                values[name] = timedelta(seconds=seconds)
            elif seconds is not None:
                self.problems.append(f"[fleet] {named} must be a number of seconds, 0 or more")
        return self._build(FleetOptions, "fleet", {**values, "guards": guards, "budget": budget})

    def _build(self, kind: type[OptionsT], section: str, values: Mapping[str, Any]) -> OptionsT:
        known = [one.name for one in fields(kind)]
        self.problems += [f"[{section}] {unknown_key(name, known)}" for name in values if name not in known]
        try:
            return kind(**{name: value for name, value in values.items() if name in known})
        except ConfigurationError as error:
            self.problems.append(f"[{section}] {error}")
            return kind()

    def _credentials(self) -> dict[str, FleetCredentials]:
        found: dict[str, FleetCredentials] = {}
        for name, table in self._table("credentials").items():
            where = f"[credentials.{name}]"
            if wrong := name_problem(name):
                self.problems.append(f"{where} its name {wrong}")
            if not isinstance(table, dict):
                self.problems.append(f"{where} is not a table: start it with {where}")
                continue
            values = dict(cast("dict[str, object]", table))
            provider, key = values.pop("provider", None), values.pop("key", None)
            if provider is None:
                self.problems.append(f'{where} provider is missing: write provider = "logto", or another one')
                continue
            try:
                found[name] = FleetCredentials(
                    provider=cast("str", provider), key=cast("str | None", key), settings=cast("dict[str, str]", values)
                )
            except FleetConfigError as error:
                self.problems += [f"{where} {problem}" for problem in error.problems]
        return found

    def _policies(self) -> dict[str, Policy]:
        found: dict[str, Policy] = {}
        for name, table in self._table("policies").items():
            found[name] = self._policy(f"[policies.{name}]", table)
        return found

    def _policy(self, where: str, table: object) -> Policy:
        if not isinstance(table, dict):
            self.problems.append(f"{where} is not a table: start it with {where}")
            return Policy()
        try:
            return policy_from_table(cast("dict[str, object]", table))
        except FleetConfigError as error:
            self.problems += [f"{where} {problem}" for problem in error.problems]
        except ConfigurationError as error:
            self.problems.append(f"{where} {error}")
        return Policy()

    def _entries(self, credentials: Mapping[str, FleetCredentials], policies: Mapping[str, Policy]) -> EntryReader:
        reader = EntryReader(
            self._folder,
            self._source(),
            credentials=credentials,
            policies=policies,
            defaults=read_table(self._table("defaults"), "[defaults]", self.problems),
            # Sections that are wrong themselves are reported once, and not for each organization.
            known_credentials=tuple(self._table("credentials")),
        )
        self.problems += reader.check()
        return reader

    def _source(self) -> EntryTables | EntryFile:
        organizations: object = self._document.get("organizations")
        if isinstance(organizations, str) and organizations:
            return EntryFile(self._folder / Path(organizations).expanduser())
        if isinstance(organizations, list) and all(
            isinstance(one, dict) for one in cast("list[object]", organizations)
        ):
            return EntryTables(cast("Sequence[Mapping[str, object]]", organizations))
        self.problems.append('there are no organizations: write [[organizations]], or organizations = "schools.csv"')
        return EntryTables(())
