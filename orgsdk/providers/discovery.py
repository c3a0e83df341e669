"""Finding installed providers by the entry-point group `orgsdk.providers`, and choosing one by environment or URL.

An entry point is read from a package's metadata: no provider is imported before it is chosen.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from orgsdk.errors import ConfigurationError
from orgsdk.providers.base import CONTRACT_VERSION, Provider
from orgsdk.providers.settings import misspelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.metadata import EntryPoint, EntryPoints

GROUP = "orgsdk.providers"
VARIABLE = "ORGSDK_PROVIDER"

# RFC 3986, section 3.1, with the name before the plus.
_SCHEME = re.compile(r"(?P<name>[a-z][a-z0-9_-]*)(?:\+(?P<inner>[a-z][a-z0-9.-]*))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InstalledProvider:
    """Hold what a package's metadata says of a provider: its name, where it is, and which package brings it."""

    name: str
    location: str
    package: str | None
    version: str | None

    @property
    def origin(self) -> str:
        """Say which package it comes from, for a message."""
        return f"package {self.package} {self.version}" if self.package else "a package without a name"


def installed_providers() -> list[InstalledProvider]:
    """Give what is installed, in alphabetical order, importing none of it; a name may stand there twice."""
    found = {_described(entry) for entry in _entry_points()}
    return sorted(found, key=lambda one: (one.name, one.package or "", one.location))


def provider_names() -> list[str]:
    """Name the installed providers, in alphabetical order, importing none of them."""
    return sorted({entry.name for entry in _entry_points()})


def load_provider(name: str) -> type[Provider]:
    """Give the provider class that is installed under `name`.

    Raises `ConfigurationError` where there is none, or several; and, naming the package, where it cannot be
    imported, is not a provider, or was written for another version of the contract.
    """
    entries = {_described(entry): entry for entry in _entry_points().select(name=name)}
    if not entries:
        installed = ", ".join(provider_names()) or "none"
        raise ConfigurationError(f"No provider is called {name!r}. Installed: {installed}.")
    if len(entries) > 1:
        origins = " and ".join(sorted(f"{one.origin} ({one.location})" for one in entries))
        raise ConfigurationError(
            f"Several packages bring a provider called {name!r}: {origins}. Uninstall all but one."
        )
    (described, entry) = entries.popitem()
    return _checked(described, _imported(described, entry))


def provider_from_env(environ: Mapping[str, str]) -> Provider:
    """Make the provider that `ORGSDK_PROVIDER` names or, without it, the one whose variables are set.

    Of the second, only those are imported after which a variable is named: `FLAT_…` imports Flat.

    Raises `ConfigurationError` naming the variable where none is chosen, several could be, or a setting of the
    chosen one is missing.
    """
    name = environ.get(VARIABLE, "").strip().lower()
    if name:
        return load_provider(name).from_env(environ)
    named = [name for name in provider_names() if any(variable.startswith(_prefix(name)) for variable in environ)]
    kinds = [load_provider(name) for name in named]
    set_up = [kind for kind in kinds if any(environ.get(variable) for variable in kind.environment)]
    if len(set_up) == 1:
        return set_up[0].from_env(environ)
    if set_up:
        raise ConfigurationError(
            f"{VARIABLE} is not set, and there are settings of several providers: set it to one of "
            f"{', '.join(kind.name for kind in set_up)}."
        )
    loadable = [kind for kind in _loadable() if kind.environment]
    needs = "; ".join(f"{kind.name}: {', '.join(kind.environment)}" for kind in loadable)
    meant = "".join(misspelled(environ, variable) for kind in loadable for variable in kind.environment)
    raise ConfigurationError(
        f"{VARIABLE} is not set, and neither are the settings of a provider ({needs}).{meant} "
        "Without an account: orgsdk sandbox starts both providers on this machine."
    )


def provider_from_url(url: str, environ: Mapping[str, str]) -> Provider:
    """Make the provider that `url` names, at the address that it names; all other settings are the environment's.

    `logto+https://t.logto.app` is Logto at `https://t.logto.app`, `sqlite:people.db` (or `sqlite:///people.db` for
    a path from the root) a provider called sqlite at `people.db`, and `memory:` one that needs no address.

    Raises `ConfigurationError` where the URL names no provider, or holds credentials: those stand in no URL, which
    is written to logs and histories. It repeats nothing of what it refuses.
    """
    scheme, colon, rest = url.strip().partition(":")
    match = _SCHEME.fullmatch(scheme)
    if not colon or match is None:
        raise ConfigurationError(_no_provider())
    if "@" in rest:
        raise ConfigurationError(
            "The URL holds an @, which ends credentials: leave them out, they are read from the environment alone."
        )
    name, inner = match["name"].lower(), match["inner"]
    if name not in provider_names():
        raise ConfigurationError(_no_provider())
    kind = load_provider(name)
    address = f"{inner}:{rest}" if inner else rest.removeprefix("//")
    if not address:
        return kind.from_env(environ)
    if kind.address_variable is None:
        raise ConfigurationError(f"The provider {name} has no address: pass {name}: alone.")
    return kind.from_env({**environ, kind.address_variable: address})


def _entry_points() -> EntryPoints:
    # Imported when used: importlib.metadata is a fifth of what `import orgsdk` takes.
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def _described(entry: EntryPoint) -> InstalledProvider:
    package = entry.dist
    return InstalledProvider(
        entry.name, entry.value, None if package is None else package.name, None if package is None else package.version
    )


def _imported(described: InstalledProvider, entry: EntryPoint) -> object:
    try:
        return cast("object", entry.load())
    except Exception as error:  # whatever a module does when it is imported
        raise ConfigurationError(
            f"The provider {described.name!r} of {described.origin} cannot be imported from {described.location}: "
            f"{type(error).__name__}: {error}"
        ) from error


def _checked(described: InstalledProvider, found: object) -> type[Provider]:
    where = f"of {described.origin}"
    if not (isinstance(found, type) and issubclass(found, Provider)):
        raise ConfigurationError(
            f"The entry point {described.location} of provider {described.name!r} {where} is not a Provider."
        )
    kind = cast("type[Provider]", found)
    contract: object = getattr(kind, "contract", None)
    if contract != CONTRACT_VERSION:
        said = "says no version" if contract is None else f"was written for version {contract}"
        raise ConfigurationError(
            f"The provider {described.name!r} {where} {said} of the contract, and this orgsdk has version "
            f"{CONTRACT_VERSION}: install versions of both that fit."
        )
    return kind


def _loadable() -> Sequence[type[Provider]]:
    kinds: list[type[Provider]] = []
    for name in provider_names():
        # One that is broken is no reason not to say what the others need.
        with suppress(ConfigurationError):
            kinds.append(load_provider(name))
    return kinds


def _prefix(name: str) -> str:
    return f"{name.upper().replace('-', '_')}_"


def _no_provider() -> str:
    return (
        "The URL names no provider that is installed: write NAME+ADDRESS, such as logto+https://t.logto.app. "
        f"Installed: {', '.join(provider_names()) or 'none'}."
    )
