"""Reading a provider's settings from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


def required(environ: Mapping[str, str], name: str, meaning: str) -> str:
    """Give the variable's value.

    Raises `ConfigurationError` where it is missing, empty or in quotes, naming it, its `meaning`, and what is set
    by a name that is much like it.
    """
    value = optional(environ, name)
    if value is None:
        raise ConfigurationError(f"{name} is not set: it holds {meaning}.{misspelled(environ, name)}")
    return value


def optional(environ: Mapping[str, str], name: str) -> str | None:
    """Give the variable's value, None where it is missing or empty.

    Raises `ConfigurationError` where it is in quotes.
    """
    value = environ.get(name, "").strip()
    if value[:1] in {'"', "'"} and value[-1:] == value[:1]:
        # A shell takes them away; a file of variables that no shell reads (docker --env-file) keeps them.
        raise ConfigurationError(
            f"{name} has quotes around its value, and they are taken as part of it: leave them out."
        )
    return value or None


def misspelled(environ: Mapping[str, str], name: str) -> str:
    """Ask whether the variable is meant by one that is set, whose name is much like it; empty where none is."""
    from difflib import get_close_matches  # when used: hardly anybody needs it

    prefix, _, rest = name.partition("_")
    others = {
        one.partition("_")[2].upper(): one
        for one, value in environ.items()
        if value and one != name and one.upper().startswith(f"{prefix}_")
    }
    # Half of the letters, in their order: TOKEN is ACCESS_TOKEN, APPID is APP_ID, and APP_ID is not APP_SECRET.
    found = get_close_matches(rest, others, n=1, cutoff=0.55)
    return f" {others[found[0]]} is set: is {name} meant?" if found else ""
