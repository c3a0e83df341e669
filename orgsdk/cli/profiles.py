"""Profiles: named sets of settings in a TOML file. Each is a table of environment variables."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, cast

from orgsdk._distribution import install_advice
from orgsdk._messages import similar_name
from orgsdk._secret_settings import is_secret
from orgsdk.bulk.errors import FileError
from orgsdk.bulk.input_file import open_input
from orgsdk.cli.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from orgsdk._tracked_settings import TrackedSettings

FILE_VARIABLE = "ORGSDK_CONFIG"
_MAX_BYTES = 1_000_000
_ROOT = 0
_SETTING = re.compile(r"[A-Z][A-Z0-9_]*")


def profile_file(environ: Mapping[str, str]) -> Path:
    """Return the path of the profiles file: `ORGSDK_CONFIG`, or `orgsdk/config.toml` in the config folder."""
    if named := environ.get(FILE_VARIABLE):
        return Path(named)
    try:
        from platformdirs import user_config_path
    except ModuleNotFoundError:
        raise MissingExtraError(f"profiles need platformdirs. {install_advice('cli')}") from None
    return user_config_path("orgsdk") / "config.toml"


def profile_names(path: Path) -> list[str]:
    """Return the names of the profiles in the file; empty if the file does not exist."""
    return sorted(_profiles(path, must_exist=False))


def read_profile(path: Path, name: str) -> dict[str, str]:
    """Return the settings of one profile.

    Raise `UsageError` if the file or the profile does not exist or cannot be read, if users other than its owner can
    read its secrets, and if they can write it: a changed URL would receive the secrets.
    """
    profiles = _profiles(path)
    if name not in profiles:
        similar = similar_name(name, profiles, likeness=0.7)
        meant = f"did you mean {similar}? " if similar else ""
        known = ", ".join(sorted(profiles)) or "none"
        raise UsageError(
            f"{path} has no profile {name!r}: {meant}it has {known}; orgsdk auth login --profile NAME adds one"
        )
    settings = profiles[name]
    if not isinstance(settings, dict):
        raise UsageError(f"{path}: profile {name!r} is not a table: start it with [profiles.{name}]")
    return _validate(cast("dict[str, object]", settings), f"{path}: profile {name!r}")


def check_settings(settings: TrackedSettings, path: Path, profile: str) -> None:
    """Raise `UsageError` for a setting of a profile that was not read."""
    for problem in settings.unread_problems():
        raise UsageError(f"{path}: profile {profile!r}: {problem}")


def _profiles(path: Path, *, must_exist: bool = True) -> dict[str, object]:
    try:
        with open_input(path) as file:
            status = os.fstat(file.fileno())
            content = file.read(_MAX_BYTES + 1)
    except FileError as error:
        if error.errno != errno.ENOENT:
            raise UsageError(str(error)) from None
        if not must_exist:
            return {}
        raise UsageError(
            f"the profiles file {path} does not exist: orgsdk auth login --profile NAME writes one"
        ) from None
    if len(content) > _MAX_BYTES:
        raise UsageError(f"{path} is larger than {_MAX_BYTES:,} bytes: it is not a profiles file")
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not TOML: it is not text in UTF-8") from None
    except (ValueError, RecursionError) as error:
        # Also a number of thousands of digits, and thousands of brackets. Without the decoder's message: it may quote
        # the file, which contains secrets.
        raise UsageError(f"{path} is not TOML{_position(error)}") from None
    tables = document.get("profiles", {})
    if not isinstance(tables, dict):
        raise UsageError(f"{path}: profiles is not a table: start one with [profiles.NAME]")
    profiles = cast("dict[str, object]", tables)
    _check_access(path, status, _keys(profiles.values()))
    return profiles


def _position(error: Exception) -> str:
    found = re.search(r"line \d+, column \d+", str(error))
    if found:
        return f": see {found[0]}"
    return ": it ends too early" if isinstance(error, tomllib.TOMLDecodeError) else ": a value in it cannot be read"


def _keys(profiles: Iterable[object]) -> list[str]:
    return [key for settings in profiles if isinstance(settings, dict) for key in cast("dict[str, object]", settings)]


def _check_access(path: Path, status: os.stat_result, variables: list[str]) -> None:
    if sys.platform == "win32":  # pragma: no cover  # Windows has access lists, not file modes
        return
    mode = status.st_mode
    if status.st_uid not in {os.geteuid(), _ROOT}:
        raise UsageError(f"{path} belongs to another user, who could redirect secrets: copy it to a file of your own")
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageError(f"other users can write {path} and could redirect secrets: run chmod 600 on it")
    if mode & (stat.S_IRGRP | stat.S_IROTH) and any(map(is_secret, variables)):
        raise UsageError(f"other users can read {path}, which contains secrets: run chmod 600 on it")


def _validate(settings: dict[str, object], where: str) -> dict[str, str]:
    for key, value in settings.items():
        if not _SETTING.fullmatch(key):
            raise UsageError(f"{where}: {key!r} is not a setting: use the name of an environment variable")
        if not isinstance(value, str):
            raise UsageError(f"{where}: {key} is not a string: put its value in quotation marks")
    return cast("dict[str, str]", settings)
