"""Settings of a run: from the environment or a profile, with secrets from files or a prompt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk.cli.errors import UsageError
from orgsdk.cli.profiles import is_secret, profile_file, read_profile
from orgsdk.providers.discovery import VARIABLE, load_provider, provider_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.providers.base import Provider

PROFILE_VARIABLE = "ORGSDK_PROFILE"
ORGANIZATION_VARIABLE = "ORGSDK_ORGANIZATION"


def load_settings(environ: Mapping[str, str], *, provider: str | None, profile: str | None) -> dict[str, str]:
    """Return the variables for `OrgClient.from_env`.

    `provider` takes precedence over `ORGSDK_PROVIDER`; if they differ, `ORGSDK_ORGANIZATION` is ignored. `profile`
    takes precedence over `ORGSDK_PROFILE`. With a profile, the environment supplies only required settings that the
    profile lacks, so that settings of two tenants are never mixed. `NAME_FILE` names a file that contains `NAME`. A
    missing secret is asked for at the terminal.

    Raise `UsageError` or `ConfigurationError` if a setting is invalid.
    """
    profile_name = profile or environ.get(PROFILE_VARIABLE)
    settings = _from_profile(environ, profile_name, provider) if profile_name else _from_environment(environ, provider)
    classes = _provider_classes(settings)
    for provider_class in classes:
        for name in provider_class.environment:
            _read_file(settings, name)
    if not settings.get(VARIABLE, "").strip():
        classes = [one for one in classes if any(settings.get(name) for name in one.environment)]
    if len(classes) == 1:
        _ask_missing(settings, classes[0])
    return settings


def _from_environment(environ: Mapping[str, str], provider: str | None) -> dict[str, str]:
    settings = dict(environ)
    if provider:
        if settings.get(VARIABLE, provider).strip().lower() != provider.strip().lower():
            settings.pop(ORGANIZATION_VARIABLE, None)  # it belongs to the other provider
        settings[VARIABLE] = provider
    return settings


def _from_profile(environ: Mapping[str, str], name: str, provider: str | None) -> dict[str, str]:
    path = profile_file(environ)
    settings = read_profile(path, name)
    for key, value in settings.items():
        if key.endswith("_FILE") and value and not value.startswith("~"):
            settings[key] = str(path.parent / value)  # relative to the profile's file, not to the current folder
    named = settings.setdefault(VARIABLE, provider or "").strip().lower()
    if not named:
        raise UsageError(f'{path}: profile {name!r} does not name a provider: add {VARIABLE} = "…" to it')
    if provider and provider.strip().lower() != named:
        raise UsageError(f"profile {name!r} is for provider {named}, but --provider is {provider}: omit --provider")
    for needed in load_provider(named).environment:
        if needed not in settings and f"{needed}_FILE" not in settings:
            found = {key: environ[key] for key in (needed, f"{needed}_FILE") if key in environ}
            settings.update(found)
    return settings


def _provider_classes(settings: Mapping[str, str]) -> list[type[Provider]]:
    name = settings.get(VARIABLE, "").strip().lower()
    if name:
        return [load_provider(name)]
    # Like `OrgClient.from_env`, import only providers with a variable that has their prefix.
    names = [(name, f"{name.upper().replace('-', '_')}_") for name in provider_names()]
    return [load_provider(name) for name, prefix in names if any(key.startswith(prefix) for key in settings)]


def _read_file(settings: dict[str, str], name: str) -> None:
    path = settings.pop(f"{name}_FILE", None)
    if not path:
        return
    if settings.get(name):
        raise UsageError(f"{name} and {name}_FILE are both set: unset one")
    try:
        settings[name] = Path(path).expanduser().read_text("utf-8").strip()
    except (OSError, RuntimeError) as error:  # RuntimeError: no home folder for ~user
        raise UsageError(f"{name}_FILE: {path}: {getattr(error, 'strerror', error)}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name}_FILE: {path} is not text") from None
    except ValueError:  # a NUL character
        raise UsageError(f"{name}_FILE: {path!r} is not a path") from None
    if not settings[name]:
        raise UsageError(f"{name}_FILE: {path} is empty")


def _ask_missing(settings: dict[str, str], provider_class: type[Provider]) -> None:
    missing = [name for name in provider_class.environment if not settings.get(name)]
    if not missing or not all(map(is_secret, missing)) or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return  # `from_env` raises for what is missing
    from orgsdk.cli.user_input import ask_secret

    for name in missing:
        settings[name] = ask_secret(name)
