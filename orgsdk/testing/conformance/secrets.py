"""Finding what a provider signs in with, so that it can be looked for where it must not stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from pydantic import SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TELLING = re.compile(r"token|secret|password|passwd|api_?key|credential", re.IGNORECASE)
_SHORTEST = 6  # a shorter text stands anywhere by chance
_DEEPEST = 6


def secrets_of(root: object) -> list[str]:
    """Give the texts that an object holds as a `SecretStr`, or under a name that says so."""
    return sorted({text for text in _walk(root, "", set(), 0) if len(text) >= _SHORTEST})


def _walk(found: object, name: str, seen: set[int], depth: int) -> Iterator[str]:
    if isinstance(found, SecretStr):
        yield found.get_secret_value()
    elif isinstance(found, str):
        if _TELLING.search(name) and "://" not in found and "/" not in found:
            yield found
    elif depth < _DEEPEST and id(found) not in seen and not isinstance(found, type):
        seen.add(id(found))
        for key, value in _parts(found):
            yield from _walk(value, key or name, seen, depth + 1)


def _parts(found: object) -> Iterator[tuple[str, object]]:
    if isinstance(found, dict):
        for key, value in cast("dict[object, object]", found).items():
            yield str(key), value
    elif isinstance(found, list | tuple | set | frozenset):
        for value in cast("Iterable[object]", found):
            yield "", value
    elif type(found).__module__.partition(".")[0] not in {"builtins", "types", "ssl", "re"}:
        yield from getattr(found, "__dict__", {}).items()
        for kind in type(found).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            for slot in [slots] if isinstance(slots, str) else slots:
                if hasattr(found, slot):
                    yield slot, getattr(found, slot)
