"""URLs: checks of the base URL, and of ids before they enter a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from orgsdk.errors import ConfigurationError, InvalidArgumentError

_HOST_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_IPV6 = re.compile(r"[0-9a-f:.]+")


def check_base_url(value: str, setting: str) -> str:
    """Give the address without a trailing slash; `setting` names it in the error.

    Raises `ConfigurationError` where it is no http(s) address, carries a user, a query or a fragment, or is plain
    http anywhere but on this machine: a bearer token would travel readable.
    """
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise ConfigurationError(f"{setting} is {'not set' if value is None else 'not an address'}: {_expected_form()}")
    try:
        parts = urlsplit(value.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"{setting} is not an address: {_expected_form()}") from None
    bracketed = "[" in parts.netloc
    if parts.scheme not in {"http", "https"} or not host or not (_IPV6 if bracketed else _HOST_NAME).fullmatch(host):
        raise ConfigurationError(f"{setting} is not an address: {_expected_form()}")
    if parts.username is not None or "?" in value or "#" in value:
        raise ConfigurationError(f"{setting} carries a user, a query or a fragment: {_expected_form()}")
    if any(not (" " < character < "\x7f") for character in value.strip()):
        raise ConfigurationError(f"{setting} has characters that an address cannot have: {_expected_form()}")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"{setting} is plain http, which would send the token readable: use https (http is for loopback)."
        )
    return value.strip().rstrip("/")


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _expected_form() -> str:
    return "pass https://host, with a path where the provider is under one."


_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_MAX_ID_LENGTH = 128


@dataclass(frozen=True, slots=True)
class IdAlphabet:
    """Say which characters a provider's ids are made of.

    `pattern` is a regular expression's character class, `description` how a message names it. Neither a dot nor
    a slash nor a percent sign can be part of one: `DELETE /organizations/X/users/..` deletes the organization,
    however it is quoted (DESIGN.md, decision 6).
    """

    pattern: str
    description: str

    def check(self, value: str, name: str) -> str:
        """Give `value` back where it is an id; `name` says whose in the error.

        Raises `InvalidArgumentError` where it is not: empty, too long, or of other characters.
        """
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            raise InvalidArgumentError(f"The {name} is of type {type(value).__name__}: pass the id as a string.")
        if not value:
            raise InvalidArgumentError(f"The {name} is empty: pass the id that the provider gave.")
        if len(value) > _MAX_ID_LENGTH or not re.fullmatch(f"[{self.pattern}]+", value, re.ASCII):
            # A person's address may have been passed by mistake, spelled with "@" or without: shown is what is none.
            shown = value if re.fullmatch(r"[\w ./\\-]{1,40}", value) else "…"
            raise InvalidArgumentError(f"The {name} {shown!r} is no id: ids are made of {self.description}.")
        return value


def build_path(template: str, alphabet: IdAlphabet, **ids: str) -> str:
    """Give the path that `template` stands for, with every `{name}` replaced by a checked id.

    Raises `InvalidArgumentError` for a hostile or empty id, before anything is sent.
    """
    return _PLACEHOLDER.sub(lambda place: alphabet.check(ids[place[1]], f"{place[1].replace('_', ' ')}"), template)
