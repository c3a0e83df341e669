"""Mapping files: the arguments of `read_roster` for a format of one's own, in TOML."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from orgsdk.bulk.input_file import check_path, open_input
from orgsdk.bulk.roster.columns import suggest
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAPPING_KEYS: Final[dict[str, str]] = {
    "preset": "a text",
    "columns": "a table",
    "ignore": "a list of texts",
    "roles": "a table",
    "enabled": "a table",
    "rows": "a text",
    "omit_shared_emails": "true or false",
    "items": "a text",
    "org": "a text",
    "primary_only": "true or false",
    "id_prefixes": "a table",
    "delimiter": "a text",
    "encoding": "a text",
    "header_line": "a whole number",
    "sheet": "a text",
    "complete": "true or false",
}
"""The arguments that a mapping file may have, and their types."""

_MAX_BYTES = 1_000_000
_TYPES: Final[dict[str, type]] = {"a text": str, "a list of texts": list, "true or false": bool, "a whole number": int}
_STATES: Final = ("active", "suspended", "gone")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def load_mapping(path: str | os.PathLike[str]) -> dict[str, object]:
    """Return the arguments in a mapping file.

    Raises `InvalidArgumentError` if it is not a mapping file, and `FileError` if it cannot be read.
    """
    source = check_path("mapping", path)
    with open_input(source) as stream:
        data = stream.read(_MAX_BYTES + 1)
    try:
        if len(data) > _MAX_BYTES:
            raise _invalid(source, f"it is larger than {_MAX_BYTES:,} bytes")
        found = tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise _invalid(source, "it is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise _invalid(source, f"it is not TOML: {error}") from None
    for key, value in found.items():
        _check(source, key, value)
    if isinstance(roles := found.get("roles"), dict):
        # TOML has no null: an empty text leaves a role out.
        found["roles"] = {name: to or None for name, to in cast("dict[str, str]", roles).items()}
    return found


def _check(source: Path, key: str, value: object) -> None:
    kind = MAPPING_KEYS.get(key)
    if kind is None:
        raise _invalid(source, f"unknown key {key[:100]!r}{suggest(key, MAPPING_KEYS)}")
    if kind == "a table":
        if not isinstance(value, dict):
            raise _invalid(source, f"{key} must be a table: write [{key}] above its lines")
        for name, target in cast("dict[str, object]", value).items():
            if key == "enabled":
                if not isinstance(target, bool) and target not in _STATES:
                    raise _invalid(source, f"the word {name[:100]!r} must be {', '.join(_STATES)}")
            elif not isinstance(target, str):
                raise _invalid(source, f"{name[:100]!r} in {key} must be a text")
    elif type(value) is not _TYPES[kind] or (
        isinstance(value, list) and not all(isinstance(one, str) for one in cast("list[object]", value))
    ):
        raise _invalid(source, f"{key} must be {kind}")


def _invalid(source: Path, reason: str) -> InvalidArgumentError:
    return InvalidArgumentError(f"The mapping file {source.name} is invalid: {reason}.")


def format_mapping(values: Mapping[str, object], comments: Iterable[str] = ()) -> str:
    """Return the text of a mapping file. `comments` are the lines above it."""
    lines = [f"# {_one_line(comment)}" for comment in comments]
    tables = {key: cast("Mapping[str, object]", value) for key, value in values.items() if isinstance(value, Mapping)}
    lines += [f"{key} = {_format(value)}" for key, value in values.items() if key not in tables and value is not None]
    for key, table in tables.items():
        lines += ["", f"[{key}]"]
        lines += [f"{_key(name)} = {_format('' if to is None else to)}" for name, to in table.items()]
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quote(name)


def _format(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_format, cast('list[object]', value)))}]"
    return _quote(str(value))


def _quote(text: str) -> str:
    # Source: TOML 1.0, "String": control characters, quotes and backslashes are escaped in a basic string.
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'
