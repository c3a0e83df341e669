"""Reading a provider's settings from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


def required(environ: Mapping[str, str], name: str, meaning: str) -> str:
    """Give the variable's value.

    Raises `ConfigurationError` where it is missing or empty, naming it and its `meaning`.
    """
    value = environ.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} is not set: it holds {meaning}.")
    return value


def optional(environ: Mapping[str, str], name: str) -> str | None:
    """Give the variable's value, None where it is missing or empty."""
    return environ.get(name, "").strip() or None
