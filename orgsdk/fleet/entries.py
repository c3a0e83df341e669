"""One organization of a fleet: its roster, its credentials, and how it is made to match."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from orgsdk._messages import did_you_mean
from orgsdk._parameters import name_constructor_parameters
from orgsdk._secret_settings import is_secret
from orgsdk.bulk import Policy
from orgsdk.bulk.roster.mapping_file import MAPPING_KEYS
from orgsdk.errors import OrgError
from orgsdk.fleet.errors import FleetConfigError, SecretError
from orgsdk.fleet.secrets import Reference, is_reference
from orgsdk.providers.discovery import provider_names

if TYPE_CHECKING:
    from collections.abc import Iterator

READER_ARGUMENTS: Final = frozenset({*MAPPING_KEYS, "mapping", "on_error"} - {"preset"})
"""The arguments of `bulk.read_roster` that an entry may have."""

# Durations of a policy in a file, with their unit.
_DURATIONS: Final = {"grace_days": ("grace", "days"), "max_age_hours": ("max_age", "hours")}
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_MAX_NAME: Final = 200
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class FleetEntry:
    """One organization of a fleet.

    Attributes:
        name: The organization's name in the fleet. Runs, reports and the audit use it, so that it should not change.
        roster: Path of the roster: a file, a folder or a zip; several files; or an address with ``://``, which the
            fleet's `load_roster` reads.
        credentials: Name of the fleet's credentials. None if `provider` and `settings` are given.
        provider: Name of the provider, such as ``"flat"``.
        settings: The environment variables of the provider's `from_env`, besides those of the credentials. Secrets are
            references, such as ``"env:SCHOOL_17_TOKEN"``; see `orgsdk.fleet.secrets`.
        organization: Id of the organization at the provider. None for that of the credentials.
        preset: The system that wrote the roster, as for `bulk.read_roster`. None to recognize it.
        reader: Other arguments of `bulk.read_roster`.
        policy: What a run may do.
        key: Name of the limit key. Entries of one key share one rate limit, and are worked on one after the other.
            Default: the name of the credentials, or what `provider` and `settings` are.

    Raises:
        FleetConfigError: A value is invalid. The error lists all problems.

    Example:
        ``FleetEntry(name="school-17", roster="rosters/17.csv", credentials="main", organization="org_17")``
    """

    name: str
    roster: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
    credentials: str | None = None
    provider: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    organization: str | None = None
    preset: str | None = None
    reader: Mapping[str, object] = field(default_factory=dict[str, object])
    policy: Policy = field(default_factory=Policy, repr=False)
    key: str | None = None

    def __post_init__(self) -> None:
        problems = list(_find_problems(self))
        if problems:
            is_named = name_problem(self.name) is None
            raise FleetConfigError(f"The organization {self.name!r}" if is_named else "An organization", problems)

    @property
    def limit_key(self) -> str:
        """The limit key: `key`, or the name of the credentials, or a hash of provider and settings."""
        if self.key is not None:
            return self.key
        if not self.settings and self.credentials is not None:
            return self.credentials
        known = json.dumps([self.credentials, self.provider, sorted(self.settings.items())])
        return f"{self.credentials or self.provider}-{sha256(known.encode()).hexdigest()[:12]}"

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files or the folder of the roster; empty if it is an address."""
        if self.address is not None:
            return ()
        if isinstance(self.roster, str | os.PathLike):
            return (Path(self.roster),)
        return tuple(Path(path) for path in self.roster)

    @property
    def address(self) -> str | None:
        """The roster's address, which the fleet's `load_roster` reads; None if the roster is in files."""
        return self.roster if isinstance(self.roster, str) and "://" in self.roster else None

    def to_json(self) -> str:
        """Return the entry without its name and key, as stores keep it. Secrets are references.

        Returns:
            A JSON object.
        """
        roster: object = self.address
        if roster is None:
            roster = [str(path) for path in self.paths]
        values = {
            "roster": roster,
            "credentials": self.credentials,
            "provider": self.provider,
            "settings": dict(self.settings),
            "organization": self.organization,
            "preset": self.preset,
            "reader": dict(self.reader),
            "policy": policy_to_table(self.policy),
        }
        return json.dumps({name: value for name, value in values.items() if value}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, *, name: str, key: str) -> FleetEntry:
        """Return an entry that a store has kept.

        Args:
            text: What `to_json` returned.
            name: The entry's name.
            key: Its limit key.

        Returns:
            The entry.

        Raises:
            FleetConfigError: The text is not that of an entry.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            policy = policy_from_table(values.pop("policy", {}))
            roster: Any = values.pop("roster", "")
            single = isinstance(roster, list) and len(cast("list[str]", roster)) == 1
            if single:
                roster = cast("list[str]", roster)[0]
            return cls(name=name, key=key, policy=policy, roster=cast("Any", roster), **values)
        except FleetConfigError:
            raise
        except (AttributeError, TypeError, ValueError, OrgError):
            raise FleetConfigError(f"The stored entry of {name!r}", ["it is of another version, or damaged"]) from None


def policy_to_table(policy: Policy) -> dict[str, object]:
    """Return what of a policy is not the default, as a table of a TOML or JSON file.

    Args:
        policy: The policy.

    Returns:
        The values by name. A duration is a number, and its name has the unit.
    """
    default = Policy()
    table: dict[str, object] = {}
    for one in fields(Policy):
        value: object = getattr(policy, one.name)
        if value != getattr(default, one.name):
            table[one.name] = list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
    for named, (name, unit) in _DURATIONS.items():
        if isinstance(value := table.pop(name, None), timedelta):
            table[named] = value / timedelta(**{unit: 1})
    return table


def policy_from_table(table: Mapping[str, object]) -> Policy:
    """Return the policy of a table of a TOML or JSON file.

    Args:
        table: The values by name, such as ``{"remove": "membership", "grace_days": 30}``.

    Returns:
        The policy. What is missing has the default.

    Raises:
        FleetConfigError: A name or a value is wrong.
        ConfigurationError: A value is invalid.
    """
    known = [*(one.name for one in fields(Policy) if one.name not in {"grace", "max_age"}), *_DURATIONS]
    problems = [unknown_key(name, known) for name in table if name not in known]
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name in _DURATIONS:
            target, unit = _DURATIONS[name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
                problems.append(f"{name} must be a number of {unit}, 0 or more")
            else:
                values[target] = timedelta(**{unit: value})
        else:
            values[name] = tuple(cast("list[object]", value)) if isinstance(value, list) else value
    if problems:
        raise FleetConfigError("The policy", problems)
    return Policy(**values)


def unknown_key(name: str, known: Sequence[str]) -> str:
    """Return the problem of a name that a table cannot have.

    Args:
        name: The name.
        known: The names that it can have.

    Returns:
        One sentence, with the name that was probably meant or all names.
    """
    hint = did_you_mean(name, known) or f" Known: {', '.join(sorted(known))}."
    return f"unknown key {name[:100]!r}.{hint}"


def settings_problems(settings: object, *, may_execute: bool) -> Iterator[str]:
    """Yield what is wrong with the settings of a provider. No text shows a value.

    Args:
        settings: The settings.
        may_execute: Whether references of ``exec:`` are allowed.

    Yields:
        The problems.
    """
    if not isinstance(settings, Mapping):
        yield "settings must be a table of environment variables"
        return
    for name, value in cast("Mapping[object, object]", settings).items():
        if not (isinstance(name, str) and _VARIABLE.fullmatch(name)):
            shown = name[:100] if isinstance(name, str) else type(name).__name__
            yield f"{shown!r} is not a setting: use the name of an environment variable"
        elif not isinstance(value, str):
            yield f"{name} is not a text: put its value in quotation marks"
        elif is_reference(value):
            try:
                kind = Reference.parse(value).kind
            except SecretError as error:
                yield f"{name}: {error}"
            else:
                if kind == "exec" and not may_execute:
                    yield f"{name}: exec: is allowed in [credentials.NAME] alone, because stores do not keep commands"
        elif is_secret(name):
            advice = f"write a reference, such as env:{name}, file:PATH or keyring:SERVICE/USER"
            yield f"{name} is a secret in plain text: {advice}"


def provider_problem(name: object) -> str | None:
    """Return what is wrong with the name of a provider; None if it is installed."""
    known = provider_names()
    if isinstance(name, str) and name in known:
        return None
    if not isinstance(name, str):
        return "provider must be the name of a provider"
    return f"no provider is called {name[:100]!r}.{did_you_mean(name, known)} Installed: {', '.join(known)}."


def _find_problems(entry: FleetEntry) -> Iterator[str]:
    values: dict[str, object] = {one.name: getattr(entry, one.name) for one in fields(FleetEntry)}
    if text_problem := name_problem(values["name"]):
        yield f"name {text_problem}"
    if values["key"] is not None and (text_problem := name_problem(values["key"])):
        yield f"key {text_problem}"
    yield from _roster_problems(values["roster"])
    if (values["credentials"] is None) == (values["provider"] is None):
        yield "either credentials or a provider is needed, and not both"
    elif values["provider"] is not None and (wrong := provider_problem(values["provider"])):
        yield wrong
    for name in ("credentials", "organization", "preset"):
        if not isinstance(values[name], str | None) or values[name] == "":
            yield f"{name} must be a text"
    yield from settings_problems(values["settings"], may_execute=False)
    reader = values["reader"]
    if not isinstance(reader, Mapping):
        yield "reader must be a table of arguments of read_roster"
    else:
        for argument in cast("Mapping[object, object]", reader):
            if argument not in READER_ARGUMENTS:
                yield f"reader: {unknown_key(str(argument), sorted(READER_ARGUMENTS))}"
    if not isinstance(values["policy"], Policy):
        yield "policy must be a bulk.Policy"


def name_problem(value: object) -> str | None:
    """Return why a text is no name of an organization, a key or credentials; None if it is one."""
    if not isinstance(value, str) or not value.strip():
        return "must be a text that is not empty"
    if len(value) > _MAX_NAME or _UNPRINTABLE.search(value):
        return f"must have at most {_MAX_NAME} characters, and no control characters"
    return None


def _roster_problems(roster: object) -> Iterator[str]:
    files: object = [cast("object", roster)] if isinstance(roster, str | os.PathLike) else roster
    if isinstance(files, Mapping) or not isinstance(files, Sequence) or isinstance(files, bytes):
        yield "roster must be a path, several paths, or an address"
        return
    listed = cast("Sequence[object]", files)
    if not listed:
        yield "roster is empty: name a file"
    for file in listed:
        if not isinstance(file, str | os.PathLike) or not str(cast("object", file)):
            yield "roster must be a path, several paths, or an address"
        elif isinstance(file, str) and "://" in file and len(listed) > 1:
            yield "roster: an address must be alone"
