"""Settings of a provider that record which of them it reads. Private to orgsdk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from orgsdk._messages import similar_name
from orgsdk._secret_settings import is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator


class TrackedSettings(Mapping[str, str]):
    """Settings that record which of them were read.

    Args:
        settings: The settings, by the names of environment variables.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self._read.add(name)
        return self._settings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def was_read(self, name: str) -> bool:
        """Return whether a setting was read."""
        return name in self._read

    def read_secrets(self) -> list[str]:
        """Return the values of the secret settings that were read."""
        return [value for name, value in self._settings.items() if name in self._read and is_secret(name) and value]

    def unread_problems(self) -> list[str]:
        """Return a problem for each setting that was not read, such as a misspelt one, which would have no effect."""
        found: list[str] = []
        for name in self._settings:
            if name not in self._read:
                similar = similar_name(name, self._read - self._settings.keys())
                found.append(f"unknown setting {name}: {f'did you mean {similar}?' if similar else 'remove it'}")
        return found
