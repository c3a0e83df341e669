"""Settings of a provider from environment variables."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from orgsdk.arguments import check_instance
from orgsdk.errors import ConfigurationError


def required(environ: Mapping[str, str], name: str, meaning: str) -> str:
    """Return the value of a required variable.

    Args:
        environ: The variables.
        name: The variable's name.
        meaning: What the variable contains, for the error.

    Returns:
        The value of a required variable.

    Raises:
        ConfigurationError: The variable is missing, empty or quoted. The error names it, its meaning, and a variable
            with a similar name if one is set.
    """
    value = optional(environ, name)
    if value is None:
        raise ConfigurationError(f"{name} is not set: it contains {meaning}.{misspelled(environ, name)}")
    return value


def optional(environ: Mapping[str, str], name: str) -> str | None:
    """Return the value of an optional variable, None if it is missing or empty.

    Args:
        environ: The variables.
        name: The variable's name.

    Returns:
        The value of an optional variable, None if it is missing or empty.

    Raises:
        ConfigurationError: The value is quoted.
    """
    check_instance("environ", environ, Mapping, "a dict of variables", error=ConfigurationError)
    value = environ.get(name, "")
    check_instance(name, value, str, "a string", error=ConfigurationError)
    value = value.strip()
    if value[:1] in {'"', "'"} and value[-1:] == value[:1]:
        # A shell removes quotes. A file of variables that no shell reads (docker --env-file) keeps them.
        raise ConfigurationError(f"{name} has quotes around its value, which would be part of the value: remove them.")
    return value or None


def check_key_prefix(key: SecretStr, setting: str, prefix: str, other_kinds: Mapping[str, str]) -> None:
    """Check that a secret starts with the prefix of an API key. Many providers mark their kinds of keys so.

    Args:
        key: The secret. No error shows it.
        setting: The parameter and the variable, for the error.
        prefix: What an API key starts with, such as ``sk_``.
        other_kinds: What secrets with another prefix are, such as ``{"pk_": "a publishable key"}``.

    Raises:
        ConfigurationError: The secret is of another kind. The error names the kind if it is known.
    """
    text = key.get_secret_value()
    if not text.startswith(prefix):
        kind = next((kind for start, kind in other_kinds.items() if text.startswith(start)), "of another kind")
        raise ConfigurationError(f"{setting} is {kind}: pass an API key, which starts with {prefix}.")


def misspelled(environ: Mapping[str, str], name: str) -> str:
    """Return a question about a variable with a similar name that is set, such as a misspelled one, or an empty text.

    Args:
        environ: The variables.
        name: The variable that is not set.

    Returns:
        A question about a variable with a similar name that is set, such as a misspelled one, or an empty text.
    """
    if environ.get(f"{name}_FILE"):
        return f" {name}_FILE is set, which only the command line reads."
    prefix = f"{name.partition('_')[0]}_"
    others = [one for one, value in environ.items() if value and one != name and one.upper().startswith(prefix)]
    found = next((one for one in others if _is_like(one, name)), None)
    return f" {found} is set: did you mean {name}?" if found else ""


def _is_like(one: str, other: str) -> bool:
    from difflib import SequenceMatcher  # only for this error

    (_, *left), (_, *right) = one.upper().split("_"), other.split("_")
    # TOKEN is ACCESS_TOKEN, APPID and APP_IDD are APP_ID; REFRESH_TOKEN is not ACCESS_TOKEN, nor APP_SECRET APP_ID.
    ours, theirs = "".join(left), "".join(right)
    return left == right[-len(left) :] or SequenceMatcher(None, ours, theirs).ratio() > 0.8
