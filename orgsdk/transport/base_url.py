"""What an address must be before a token is sent to it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from orgsdk.errors import ConfigurationError

_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_IPV6 = re.compile(r"[0-9a-f:.]+")


def check_base_url(value: str, setting: str) -> str:
    """Give the address without a trailing slash; `setting` names it in the error.

    Raises `ConfigurationError` where it is no http(s) address, carries a user, a query or a fragment, or is plain
    http anywhere but on this machine: a bearer token would travel readable.
    """
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise ConfigurationError(f"{setting} is {'not set' if value is None else 'not an address'}: {_shape()}")
    try:
        parts = urlsplit(value.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"{setting} is not an address: {_shape()}") from None
    bracketed = "[" in parts.netloc
    if parts.scheme not in {"http", "https"} or not host or not (_IPV6 if bracketed else _NAME).fullmatch(host):
        raise ConfigurationError(f"{setting} is not an address: {_shape()}")
    if parts.username is not None or "?" in value or "#" in value:
        raise ConfigurationError(f"{setting} carries a user, a query or a fragment: {_shape()}")
    if any(not (" " < character < "\x7f") for character in value.strip()):
        raise ConfigurationError(f"{setting} has characters that an address cannot have: {_shape()}")
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


def _shape() -> str:
    return "pass https://host, with a path where the provider is under one."
