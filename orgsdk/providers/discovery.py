"""Discovery: find the installed providers by their entry points, and choose one by environment variables or URL.

The entry-point group is `orgsdk.providers`. It is read from the packages' metadata; a provider is imported when it is
chosen.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from orgsdk._distribution import __version__
from orgsdk.arguments import check_instance
from orgsdk.errors import ConfigurationError
from orgsdk.providers.base import Provider, check_contract
from orgsdk.providers.settings import misspelled, optional

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import EntryPoint, EntryPoints

GROUP = "orgsdk.providers"
VARIABLE = "ORGSDK_PROVIDER"

# Known without metadata, which a frozen or vendored package does not have. pyproject.toml has the same.
_INCLUDED = {
    "flat": "orgsdk.providers.flat:Flat",
    "logto": "orgsdk.providers.logto:Logto",
    "memory": "orgsdk.providers.memory:Memory",
    "scim": "orgsdk.providers.scim:SCIM",
    "workos": "orgsdk.providers.workos:WorkOS",
}

# RFC 3986, section 3.1, with the name before the plus.
_SCHEME = re.compile(r"(?P<name>[a-z][a-z0-9_-]*)(?:\+(?P<inner>[a-z][a-z0-9.-]*))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InstalledProvider:
    """A provider according to the metadata of its package.

    Attributes:
        name: The provider's name.
        location: Module and class, such as ``orgsdk.providers.flat:Flat``.
        package: The package's name. None if its metadata has none.
        version: The package's version.
    """

    name: str
    location: str
    package: str | None
    version: str | None

    @property
    def origin(self) -> str:
        """The package and its version, for an error message."""
        return f"package {self.package} {self.version}" if self.package else "a package without a name"


def installed_providers() -> list[InstalledProvider]:
    """Return the installed providers in alphabetical order, without importing them. A name may occur twice."""
    found = {_describe(entry) for entry in _entry_points()}
    return sorted(found, key=lambda one: (one.name, one.package or "", one.location))


def provider_names() -> list[str]:
    """Return the names of the installed providers in alphabetical order, without importing them."""
    return sorted({entry.name for entry in _entry_points()})


def load_provider(name: str) -> type[Provider]:
    """Import the provider class that is installed under a name.

    Args:
        name: The provider's name.

    Returns:
        The class.

    Raises:
        ConfigurationError: There is no such provider or several, or it cannot be imported, is not a provider, or was
            written for another version of the contract. The error names the package.
    """
    check_instance("name", name, str, "the name of a provider", error=ConfigurationError)
    entries = {_describe(entry): entry for entry in _entry_points().select(name=name)}
    if not entries:
        installed = ", ".join(provider_names()) or "none"
        raise ConfigurationError(f"No provider is called {name!r}. Installed: {installed}.")
    if len(entries) > 1:
        origins = " and ".join(sorted(f"{one.origin} ({one.location})" for one in entries))
        raise ConfigurationError(f"Several packages have a provider called {name!r}: {origins}. Uninstall all but one.")
    (described, entry) = entries.popitem()
    return _check_class(described, _import(described, entry))


def provider_from_env(environ: Mapping[str, str]) -> Provider:
    """Create the provider that ``ORGSDK_PROVIDER`` names or, without it, the provider whose variables are set.

    Without ``ORGSDK_PROVIDER``, only providers with a matching variable are imported: ``FLAT_…`` imports Flat.

    Args:
        environ: The variables.

    Returns:
        The provider.

    Raises:
        ConfigurationError: No provider is chosen, several match, or a setting is missing. The error names the variable.
    """
    name = (optional(environ, VARIABLE) or "").lower()
    if name:
        return load_provider(name).from_env(environ)
    named = [
        name for name in provider_names() if any(variable.startswith(_variable_prefix(name)) for variable in environ)
    ]
    kinds = [load_provider(name) for name in named]
    set_up = [kind for kind in kinds if any(environ.get(variable) for variable in kind.environment)]
    if len(set_up) == 1:
        return set_up[0].from_env(environ)
    if set_up:
        raise ConfigurationError(
            f"{VARIABLE} is not set, and there are settings of several providers: set it to one of "
            f"{', '.join(kind.name for kind in set_up)}."
        )
    loadable = [kind for kind in _load_all() if kind.environment]
    needs = "; ".join(f"{kind.name}: {', '.join(kind.environment)}" for kind in loadable)
    meant = "".join(misspelled(environ, variable) for kind in loadable for variable in kind.environment)
    raise ConfigurationError(
        f"No provider is set.{meant} Sign in: orgsdk auth login. Or set {VARIABLE}, or the settings of a provider "
        f"({needs}). To try without an account: orgsdk sandbox --env-file .env, "
        "then load the file: set -a; . ./.env; set +a"
    )


def credential_settings(kind: type[Provider], environ: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the environment variables that a provider's credentials are read from, for `CallOptions.settings`.

    Args:
        kind: The provider's class.
        environ: The variables that the provider was created from.

    Returns:
        The variables by the provider's error code, and under ``""`` those of any other code.
    """
    return {"": settings_in_use(kind, environ), **kind.settings_by_error}


def settings_in_use(kind: type[Provider], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the variables that a provider was created from.

    Args:
        kind: The provider's class.
        environ: The variables.

    Returns:
        Those of `environment`. If one of them is missing, those that are set instead, such as ``SCIM_CLIENT_ID``.
    """
    named = {name.removesuffix("_FILE") for name in environ if name.startswith(_variable_prefix(kind.name))}
    return kind.environment if named.issuperset(kind.environment) else tuple(sorted(named)) or kind.environment


def provider_from_url(url: str, environ: Mapping[str, str]) -> Provider:
    """Create the provider that a URL names, at the URL's address. Other settings are read from the environment.

    ``logto+https://t.logto.app`` is Logto at ``https://t.logto.app``; ``sqlite:people.db`` (or ``sqlite:///people.db``
    for an absolute path) is a provider named sqlite at ``people.db``; ``memory:`` is one that needs no address.

    Args:
        url: The URL. It must not contain credentials, because URLs are written to logs and histories.
        environ: The variables.

    Returns:
        The provider.

    Raises:
        ConfigurationError: The URL names no provider, or contains credentials. The error does not repeat the URL.
    """
    check_instance("url", url, str, "a string", error=ConfigurationError)
    check_instance("environ", environ, Mapping, "a dict of variables", error=ConfigurationError)
    scheme, colon, rest = url.strip().partition(":")
    match = _SCHEME.fullmatch(scheme)
    if not colon or match is None:
        raise ConfigurationError(_no_provider_message())
    if "@" in rest:
        raise ConfigurationError(
            "The URL contains an @, which ends credentials: remove them, and set the environment variables instead."
        )
    name, inner = match["name"].lower(), match["inner"]
    if name not in provider_names():
        raise ConfigurationError(_no_provider_message())
    kind = load_provider(name)
    address = f"{inner}:{rest}" if inner else rest.removeprefix("//")
    if not address:
        return kind.from_env(environ)
    if kind.address_variable is None:
        raise ConfigurationError(f"The provider {name} has no address: pass {name}: without one.")
    return kind.from_env({**environ, kind.address_variable: address})


def _entry_points() -> EntryPoints:
    """Return the entry points of the group. They are read again after an installation has changed a folder."""
    return _read_entry_points(tuple((path, _version_of(path)) for path in sys.path))


def _version_of(path: str) -> tuple[int, int] | None:
    """Return what changes when a package is installed into a folder of `sys.path`, or removed from it."""
    try:
        found = os.stat(path or os.curdir)  # noqa: PTH116  # pathlib would take longer than the call itself
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


# One command asks ten times, and each time the metadata of every installed package would be read.
@lru_cache(maxsize=1)
def _read_entry_points(_folders: tuple[object, ...]) -> EntryPoints:
    # Imported on use: importlib.metadata takes a fifth of the time of `import orgsdk`.
    from importlib.metadata import EntryPoint, EntryPoints, entry_points

    found = entry_points(group=GROUP)
    known = {(entry.name, entry.value) for entry in found}
    included = [EntryPoint(name, value, GROUP) for name, value in _INCLUDED.items() if (name, value) not in known]
    return EntryPoints((*found, *included))


def _describe(entry: EntryPoint) -> InstalledProvider:
    package = entry.dist
    if package is None and _INCLUDED.get(entry.name) == entry.value:
        return InstalledProvider(entry.name, entry.value, "orgsdk", __version__)
    return InstalledProvider(
        entry.name, entry.value, None if package is None else package.name, None if package is None else package.version
    )


def _import(described: InstalledProvider, entry: EntryPoint) -> object:
    try:
        return cast("object", entry.load())
    except Exception as error:  # a module may raise anything when it is imported
        raise ConfigurationError(
            f"The provider {described.name!r} of {described.origin} cannot be imported from {described.location}: "
            f"{type(error).__name__}: {error}"
        ) from error


def _check_class(described: InstalledProvider, found: object) -> type[Provider]:
    where = f"of {described.origin}"
    if not (isinstance(found, type) and issubclass(found, Provider)):
        raise ConfigurationError(
            f"The entry point {described.location} of provider {described.name!r} {where} is not a Provider."
        )
    kind = cast("type[Provider]", found)
    check_contract(kind, f"The provider {described.name!r} {where}")
    return kind


def _load_all() -> Sequence[type[Provider]]:
    kinds: list[type[Provider]] = []
    for name in provider_names():
        # Skip a broken provider, to list what the others need.
        with suppress(ConfigurationError):
            kinds.append(load_provider(name))
    return kinds


def _variable_prefix(name: str) -> str:
    return f"{name.upper().replace('-', '_')}_"


def _no_provider_message() -> str:
    return (
        "The URL names no installed provider: write NAME+ADDRESS, such as logto+https://t.logto.app. "
        f"Installed: {', '.join(provider_names()) or 'none'}."
    )
