"""Profiles: named sets of settings in a TOML file, each a table of the environment variables that it stands for."""

from __future__ import annotations

import os
import re
import stat
import sys
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, cast

from orgsdk.cli.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FILE_VARIABLE = "ORGSDK_CONFIG"
_SETTING = re.compile(r"[A-Z][A-Z0-9_]*")
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|KEY|CREDENTIAL")


def is_secret(variable: str) -> bool:
    """Tell whether a variable holds a secret, by its name; the path of a file that holds one is none."""
    return _SECRET.search(variable) is not None and not variable.endswith("_FILE")


def profile_file(environ: Mapping[str, str]) -> Path:
    """Give where profiles are kept: `ORGSDK_CONFIG`, or `orgsdk/config.toml` in the user's folder of settings."""
    if named := environ.get(FILE_VARIABLE):
        return Path(named)
    try:
        from platformdirs import user_config_path
    except ModuleNotFoundError:
        raise MissingExtraError('profiles need platformdirs: pip install "orgsdk[cli]"') from None
    return user_config_path("orgsdk") / "config.toml"


def profile_names(path: Path) -> list[str]:
    """Name the profiles in the file, none where there is no file."""
    return sorted(_profiles(path)) if path.exists() else []


def read_profile(path: Path, name: str) -> dict[str, str]:
    """Give the settings of one profile.

    Raises `UsageError` where there is no such file or profile, where it cannot be read, and where others than its
    owner could read its secrets, or write where they are sent.
    """
    profiles = _profiles(path)
    if name not in profiles:
        raise UsageError(f"{path} has no profile {name!r}: it has {', '.join(sorted(profiles)) or 'none'}")
    settings = profiles[name]
    if not isinstance(settings, dict):
        raise UsageError(f"{path}: profile {name!r} is no table: begin it with [profiles.{name}]")
    return _checked(cast("dict[str, object]", settings), f"{path}: profile {name!r}")


class TrackedSettings(Mapping[str, str]):
    """Be settings that know which of them were asked for."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self._asked.add(name)
        return self._settings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def check(self, path: Path, profile: str) -> None:
        """Raise `UsageError` for a setting that nobody asked for: misspelt, an address would be the usual one."""
        for name in self._settings:
            if name not in self._asked:
                meant = get_close_matches(name, self._asked - self._settings.keys(), 1)
                advice = f"is {meant[0]} meant?" if meant else "leave it out"
                raise UsageError(f"{path}: profile {profile!r}: nothing reads {name}: {advice}")


def _profiles(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            document = tomllib.load(file)
    except FileNotFoundError:
        raise UsageError(f"there is no file of profiles {path}: make it, or set {FILE_VARIABLE} to its path") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # Not the decoder's own sentence as a whole: it may quote the text, and the text holds secrets.
        raise UsageError(f"{path} is not TOML{_place(error)}") from None
    found = document.get("profiles", {})
    if not isinstance(found, dict):
        raise UsageError(f"{path}: profiles is no table: begin one with [profiles.NAME]")
    profiles = cast("dict[str, object]", found)
    _check_mode(path, mode, _keys(profiles.values()))
    return profiles


def _place(error: ValueError) -> str:
    found = re.search(r"line \d+, column \d+", str(error))
    return f": look at {found[0]}" if found else ": its end is missing"


def _keys(profiles: Iterable[object]) -> list[str]:
    return [key for settings in profiles if isinstance(settings, dict) for key in cast("dict[str, object]", settings)]


def _check_mode(path: Path, mode: int, variables: list[str]) -> None:
    if sys.platform == "win32":  # pragma: no cover  # access is in lists there, not in a mode
        return
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageError(f"others than you can write {path}, and so say where secrets go: chmod 600 it")
    if mode & (stat.S_IRGRP | stat.S_IROTH) and any(map(is_secret, variables)):
        raise UsageError(f"others than you can read {path}, and it holds secrets: chmod 600 it")


def _checked(settings: dict[str, object], where: str) -> dict[str, str]:
    for key, value in settings.items():
        if not _SETTING.fullmatch(key):
            raise UsageError(f"{where}: {key!r} is no setting: write the environment variable's name, as it is set")
        if not isinstance(value, str):
            raise UsageError(f"{where}: {key} is no text: put its value in quotation marks")
    return cast("dict[str, str]", settings)
