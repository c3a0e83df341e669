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
    if environ.get(f"{name}_FILE"):
        return f" {name}_FILE is set, which the command line alone reads."
    prefix = f"{name.partition('_')[0]}_"
    others = [one for one, value in environ.items() if value and one != name and one.upper().startswith(prefix)]
    found = next((one for one in others if _is_like(one, name)), None)
    return f" {found} is set: is {name} meant?" if found else ""


def _is_like(one: str, other: str) -> bool:
    from difflib import SequenceMatcher  # when used: hardly anybody needs it

    (_, *left), (_, *right) = one.upper().split("_"), other.split("_")
    # TOKEN is ACCESS_TOKEN, APPID and APP_IDD are APP_ID; REFRESH_TOKEN is not ACCESS_TOKEN, nor APP_SECRET APP_ID.
    ours, theirs = "".join(left), "".join(right)
    return left == right[-len(left) :] or SequenceMatcher(None, ours, theirs).ratio() > 0.8
