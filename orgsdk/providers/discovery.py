"""Finding installed providers by the entry-point group `orgsdk.providers`, and choosing one by the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from orgsdk.errors import ConfigurationError
from orgsdk.providers.base import Provider

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoints

GROUP = "orgsdk.providers"
VARIABLE = "ORGSDK_PROVIDER"


def _entry_points() -> EntryPoints:
    # Imported when used: importlib.metadata is a fifth of what `import orgsdk` takes.
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def provider_names() -> list[str]:
    """Name the installed providers, in alphabetical order, importing none of them."""
    return sorted({entry.name for entry in _entry_points()})


def load_provider(name: str) -> type[Provider]:
    """Give the provider class that is installed under `name`.

    Raises `ConfigurationError` where there is none, or where it is not a provider.
    """
    for entry in _entry_points().select(name=name):
        found = entry.load()
        if isinstance(found, type) and issubclass(found, Provider):
            provider: type[Provider] = cast("type[Provider]", found)
            return provider
        raise ConfigurationError(f"The entry point {entry.value} of provider {name!r} is not a Provider.")
    raise ConfigurationError(f"No provider is called {name!r}. Installed: {', '.join(provider_names()) or 'none'}.")


def provider_from_env(environ: Mapping[str, str]) -> Provider:
    """Make the provider that `ORGSDK_PROVIDER` names or, without it, the one whose variables are set.

    Raises `ConfigurationError` naming the variable where none is chosen, several could be, or a setting of the
    chosen one is missing.
    """
    name = environ.get(VARIABLE, "").strip().lower()
    if name:
        return load_provider(name).from_env(environ)
    kinds = [load_provider(name) for name in provider_names()]
    set_up = [kind for kind in kinds if any(environ.get(variable) for variable in kind.environment)]
    if len(set_up) == 1:
        return set_up[0].from_env(environ)
    if set_up:
        raise ConfigurationError(
            f"{VARIABLE} is not set, and there are settings of several providers: set it to one of "
            f"{', '.join(kind.name for kind in set_up)}."
        )
    needs = "; ".join(f"{kind.name}: {', '.join(kind.environment)}" for kind in kinds)
    raise ConfigurationError(
        f"{VARIABLE} is not set, and neither are the settings of a provider ({needs}). "
        "Without an account: orgsdk sandbox starts both providers on this machine."
    )
