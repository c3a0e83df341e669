"""The settings of one run: the environment, or a profile before it, with secrets from files and from a prompt."""

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
    """Give the variables that `OrgClient.from_env` shall read.

    `provider` stands before `ORGSDK_PROVIDER`, whose `ORGSDK_ORGANIZATION` it leaves out with it; `profile` before
    `ORGSDK_PROFILE`. A profile stands alone, so that no setting of one tenant meets another's: only what its provider
    needs and it leaves out comes from the environment.
    `NAME_FILE` gives the text of a file as `NAME`. A secret that is still missing is asked for on a terminal.

    Raises `UsageError` and `ConfigurationError` naming what is wrong.
    """
    named = profile or environ.get(PROFILE_VARIABLE)
    settings = _from_profile(environ, named, provider) if named else _from_environment(environ, provider)
    kinds = _kinds(settings)
    for kind in kinds:
        for name in kind.environment:
            _read_file(settings, name)
    chosen = kinds if settings.get(VARIABLE, "").strip() else [kind for kind in kinds if _has_any(kind, settings)]
    if len(chosen) == 1:
        _ask(settings, chosen[0])
    return settings


def _from_environment(environ: Mapping[str, str], provider: str | None) -> dict[str, str]:
    settings = dict(environ)
    if provider:
        if settings.get(VARIABLE, provider).strip().lower() != provider.strip().lower():
            settings.pop(ORGANIZATION_VARIABLE, None)  # it is the other provider's
        settings[VARIABLE] = provider
    return settings


def _from_profile(environ: Mapping[str, str], name: str, provider: str | None) -> dict[str, str]:
    path = profile_file(environ)
    settings = read_profile(path, name)
    for key, value in settings.items():
        if key.endswith("_FILE") and value and not value.startswith("~"):
            settings[key] = str(path.parent / value)  # a profile is the same from wherever it is used
    stated = settings.setdefault(VARIABLE, provider or "").strip().lower()
    if not stated:
        raise UsageError(f'{path}: profile {name!r} does not name its provider: add {VARIABLE} = "…" to it')
    if provider and provider.strip().lower() != stated:
        raise UsageError(f"profile {name!r} is of provider {stated}, and --provider says {provider}: leave one out")
    for needed in load_provider(stated).environment:
        if needed not in settings and f"{needed}_FILE" not in settings:
            found = {key: environ[key] for key in (needed, f"{needed}_FILE") if key in environ}
            settings.update(found)
    return settings


def _kinds(settings: Mapping[str, str]) -> list[type[Provider]]:
    name = settings.get(VARIABLE, "").strip().lower()
    if name:
        return [load_provider(name)]
    # As `OrgClient.from_env` does, it imports those alone after which a variable is named.
    names = [(name, f"{name.upper().replace('-', '_')}_") for name in provider_names()]
    return [load_provider(name) for name, prefix in names if any(key.startswith(prefix) for key in settings)]


def _has_any(kind: type[Provider], settings: Mapping[str, str]) -> bool:
    return any(settings.get(name) for name in kind.environment)


def _read_file(settings: dict[str, str], name: str) -> None:
    path = settings.pop(f"{name}_FILE", None)
    if not path:
        return
    if settings.get(name):
        raise UsageError(f"{name} and {name}_FILE are both set: leave one out")
    try:
        settings[name] = Path(path).expanduser().read_text("utf-8").strip()
    except (OSError, RuntimeError) as error:  # the second where nobody has that home
        raise UsageError(f"{name}_FILE: {path}: {getattr(error, 'strerror', error)}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name}_FILE: {path} holds no text") from None
    if not settings[name]:
        raise UsageError(f"{name}_FILE: {path} is empty")


def _ask(settings: dict[str, str], kind: type[Provider]) -> None:
    missing = [name for name in kind.environment if not settings.get(name)]
    if not missing or not all(map(is_secret, missing)) or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return  # whoever makes the provider says what is missing
    from orgsdk.cli.user_input import ask_secret

    for name in missing:
        settings[name] = ask_secret(name)
