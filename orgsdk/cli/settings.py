"""Settings of a run: from the environment or a profile, with secrets from files or a prompt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk._secret_settings import is_secret
from orgsdk.cli.errors import MissingExtraError, UsageError
from orgsdk.cli.profiles import profile_file, profile_names, read_profile
from orgsdk.cli.secret_store import read_secret
from orgsdk.cli.standard_input import read_secret_text
from orgsdk.providers.discovery import VARIABLE, load_provider, provider_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.providers.base import Provider

PROFILE_VARIABLE = "ORGSDK_PROFILE"
DEFAULT_PROFILE = "default"
ORGANIZATION_VARIABLE = "ORGSDK_ORGANIZATION"


def load_settings(environ: Mapping[str, str], *, provider: str | None, profile: str | None) -> dict[str, str]:
    """Return the variables for `OrgClient.from_env`.

    `provider` takes precedence over `ORGSDK_PROVIDER`; if they differ, `ORGSDK_ORGANIZATION` is ignored. See
    `select_profile` for the profile. With a profile, the environment supplies only required settings that the
    profile lacks, so that settings of two tenants are never mixed. `NAME_FILE` names a file that contains `NAME`. A
    missing secret is asked for at the terminal.

    Raise `UsageError` or `ConfigurationError` if a setting is invalid.
    """
    profile_name = select_profile(environ, provider=provider, profile=profile)
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


def select_profile(environ: Mapping[str, str], *, provider: str | None, profile: str | None) -> str | None:
    """Return the name of the profile that a command uses, None for the environment.

    It is `profile`, or `ORGSDK_PROFILE`, or the profile `default` if the environment has no settings of a provider.
    """
    if named := profile or environ.get(PROFILE_VARIABLE):
        return named
    chosen = (provider or environ.get(VARIABLE) or "").strip().lower()
    if environ.get(VARIABLE, "").strip():
        return None
    classes = _provider_classes({**environ, VARIABLE: chosen} if chosen else environ)
    if any(environ.get(name) or environ.get(f"{name}_FILE") for one in classes for name in one.environment):
        return None
    try:
        path = profile_file(environ)
    except MissingExtraError:
        return None  # without platformdirs, only ORGSDK_CONFIG names a file
    if DEFAULT_PROFILE not in profile_names(path):
        return None
    belongs_to = read_profile(path, DEFAULT_PROFILE).get(VARIABLE, chosen).strip().lower()
    return DEFAULT_PROFILE if chosen in {"", belongs_to} else None


def profile_to_change(environ: Mapping[str, str], profile: str | None) -> str:
    """Return the name of the profile that a command writes: `profile`, `ORGSDK_PROFILE`, or `default`."""
    return profile or environ.get(PROFILE_VARIABLE) or DEFAULT_PROFILE


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
    _make_absolute(settings, path.parent)
    named = settings.setdefault(VARIABLE, provider or "").strip().lower()
    if not named:
        raise UsageError(f'{path}: profile {name!r} does not name a provider: add {VARIABLE} = "…" to it')
    if provider and provider.strip().lower() != named:
        raise UsageError(f"profile {name!r} is for provider {named}, but --provider is {provider}: omit --provider")
    for needed in load_provider(named).environment:
        if entry := settings.pop(f"{needed}_KEYRING", ""):
            settings[needed] = read_secret(entry)
        if needed not in settings and f"{needed}_FILE" not in settings:
            found = {key: environ[key] for key in (needed, f"{needed}_FILE") if key in environ}
            settings.update(found)
    return settings


def _make_absolute(settings: dict[str, str], folder: Path) -> None:
    for key, value in settings.items():
        if key.endswith("_FILE") and value and not value.startswith("~"):
            settings[key] = str(folder / value)  # relative to the profile's file, not to the current folder


def read_files(settings: Mapping[str, str], provider: type[Provider], folder: Path) -> dict[str, str]:
    """Return settings with the contents of the files that `NAME_FILE` names, relative to `folder`."""
    found = dict(settings)
    _make_absolute(found, folder)
    for name in provider.environment:
        _read_file(found, name)
    return found


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
    settings[name] = read_secret_file(f"{name}_FILE", path)


def read_secret_file(source: str, path: str) -> str:
    """Return the secret in a file, or in standard input. Raise `UsageError`, starting with `source`, if it has none."""
    try:
        file = Path(path).expanduser()
    except RuntimeError as error:  # no home folder for ~user
        raise UsageError(f"{source}: {path}: {error}") from None
    secret = read_secret_text(file, source)
    if not secret.strip():
        raise UsageError(f"{source}: {path} is empty")
    return secret.strip()


def _ask_missing(settings: dict[str, str], provider_class: type[Provider]) -> None:
    missing = [name for name in provider_class.environment if not settings.get(name)]
    if not missing or not all(map(is_secret, missing)) or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return  # `from_env` raises for what is missing
    from orgsdk.cli.user_input import ask_secret

    for name in missing:
        settings[name] = ask_secret(name)
