"""Changes to the profiles file: one table is changed, everything else stays as it is, comments included."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

from orgsdk.bulk.private_file import check_file, file_errors, replace_privately
from orgsdk.cli.errors import UsageError
from orgsdk.cli.profiles import profile_names
from orgsdk.providers.discovery import VARIABLE, load_provider, provider_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_SETTING = re.compile(r"[A-Z][A-Z0-9_]*")
_HEADER = re.compile(r"\s*\[")
_KEY = re.compile(r"\s*([A-Z][A-Z0-9_]*)\s*=")


def check_profile_name(name: str) -> None:
    """Raise `UsageError` if a name cannot be written as the name of a table."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is not a name for a profile: use letters, digits, - and _")


def check_setting(name: str, value: str, settings: Mapping[str, str]) -> None:
    """Raise `UsageError` if a profile with these settings cannot have this one."""
    if not _SETTING.fullmatch(name):
        raise UsageError(f"{name!r} is not a setting: use the name of an environment variable, such as {VARIABLE}")
    if any(not character.isprintable() for character in value):
        raise UsageError(f"{name}: the value contains a control character")
    provider = (value if name == VARIABLE else settings.get(VARIABLE, "")).strip().lower()
    if name == VARIABLE and value:
        load_provider(provider)
    prefixes = [f"{one.upper().replace('-', '_')}_" for one in ([provider] if provider else provider_names())]
    if not name.startswith(("ORGSDK_", *prefixes)):
        raise UsageError(f"{name} is not a setting of a profile: those start with ORGSDK_ or {' or '.join(prefixes)}")


def write_profile(path: Path, name: str, settings: Mapping[str, str] | None) -> None:
    """Write one profile, with mode 0600, or remove it if `settings` is None.

    Raise `UsageError` if the file cannot be read, or cannot be changed without losing something else in it, and
    `FileError` if it cannot be written.
    """
    check_file(path)  # before reading: a pipe has no content to change
    profile_names(path)  # raises for a file that is not TOML, or that others can write
    with file_errors(path):
        text = path.read_text("utf-8") if path.exists() else ""
        changed = edit_profiles(text, name, settings)
        if changed is None:
            raise UsageError(f"{path}: the profile {name!r} is not written in lines of its own: change it by hand")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_privately(path, changed.encode())


def edit_profiles(text: str, name: str, settings: Mapping[str, str] | None) -> str | None:
    """Return the text of the file with other settings for one profile, or without the profile if they are None.

    None if the text cannot be changed line by line, such as a profile that is an inline table.
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    start, end = _find_table(lines, name)
    if settings is None:
        table: list[str] = []
    elif start == end:
        table = [*(["\n"] if lines else []), f"[profiles.{name}]\n", *_assignments(settings)]
    else:
        table = _edit_table(lines[start:end], settings)
    changed = "".join([*lines[:start], *table, *lines[end:]])
    return changed if _parse(changed) == _expected(text, name, settings) else None


def _find_table(lines: list[str], name: str) -> tuple[int, int]:
    """Return the lines of the profile's table; an empty range at the end of the file if there is none."""
    header = re.compile(rf"\s*\[\s*profiles\s*\.\s*(?:{name}|\"{name}\"|'{name}')\s*\]\s*(?:#.*)?\n")
    start = next((number for number, line in enumerate(lines) if header.fullmatch(line)), None)
    if start is None:
        return len(lines), len(lines)
    following = (number for number in range(start + 1, len(lines)) if _HEADER.match(lines[number]))
    return start, next(following, len(lines))


def _edit_table(table: list[str], settings: Mapping[str, str]) -> list[str]:
    written: set[str] = set()
    kept: list[str] = []
    for line in table:
        found = _KEY.match(line)
        if found is None:
            kept.append(line)
        elif found[1] in settings:
            written.add(found[1])
            kept.append(_assignment(found[1], settings[found[1]]))
    added = _assignments({key: value for key, value in settings.items() if key not in written})
    # Before the empty lines that separate the table from the next one.
    end = next((index for index in range(len(kept), 0, -1) if kept[index - 1].strip()), 0)
    return [*kept[:end], *added, *kept[end:]]


def _assignments(settings: Mapping[str, str]) -> list[str]:
    return [_assignment(key, value) for key, value in settings.items()]


def _assignment(key: str, value: str) -> str:
    # The escapes of JSON are those of TOML, for text without control characters beyond U+001F.
    return f"{key} = {json.dumps(value, ensure_ascii=False)}\n"


def _parse(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _expected(text: str, name: str, settings: Mapping[str, str] | None) -> dict[str, Any]:
    """Return what the changed file has to contain."""
    document = tomllib.loads(text)
    others = {key: value for key, value in document.get("profiles", {}).items() if key != name}
    profiles = others if settings is None else {**others, name: dict(settings)}
    rest = {key: value for key, value in document.items() if key != "profiles"}
    return {**rest, "profiles": profiles} if profiles else rest
