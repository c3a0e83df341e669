"""Proxy of the environment: which one an address is reached through, and what its URL means. Private to orgsdk.

Source: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, as httpx and curl read them
(https://curl.se/libcurl/c/CURLOPT_NOPROXY.html).
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from orgsdk.errors import ConfigurationError
from orgsdk.transport.urls import is_host, is_loopback

_SCHEMES = ("http", "https", "socks5", "socks5h")
_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_NOT_AN_ADDRESS = "is not an address: write it as http://host:port."
_SYSTEM = "the system's settings"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, the credentials for it, and the variable that names it."""

    scheme: str
    host: str
    port: int
    username: SecretStr | None = None
    password: SecretStr | None = None
    source: str = _SYSTEM

    def __str__(self) -> str:
        return f"the proxy {self.url} of {self.source}"

    @property
    def url(self) -> str:
        """Return its URL without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def authorization(self) -> SecretStr | None:
        """Return the `Proxy-Authorization` header, or None without credentials."""
        if self.username is None or self.password is None:
            return None
        credentials = f"{self.username.get_secret_value()}:{self.password.get_secret_value()}"
        return SecretStr(f"Basic {base64.b64encode(credentials.encode()).decode()}")


def proxy_for(base_url: str) -> Proxy | None:
    """Return the proxy that the environment names for an address, or None for loopback and for hosts in `NO_PROXY`.

    An HTTP library's own reading of the environment would use credentials from a `.netrc` file too.

    Raises `ConfigurationError` if the proxy's URL is invalid.
    """
    found = _from_environment(base_url)
    if isinstance(found, str):
        # Raised here, where neither a local variable nor an exception holds the URL: it may contain a password.
        raise ConfigurationError(found)
    return found


def proxy_of_environment(base_url: str) -> Proxy | None:
    """Return the proxy that the environment names for an address, None if there is none or if its URL is invalid."""
    found = _from_environment(base_url)
    return None if isinstance(found, str) else found


def proxy_secrets(base_url: str) -> list[SecretStr]:
    """Return the credentials of the proxy of an address, so that no error shows them."""
    proxy = _from_environment(base_url)
    if proxy is None or isinstance(proxy, str) or proxy.authorization is None or proxy.username is None:
        return []
    # Some proxies take a token as the username, without a password.
    is_token = proxy.password is not None and not proxy.password.get_secret_value()
    return [proxy.authorization, *([proxy.username] if is_token else [])]


def _from_environment(base_url: str) -> Proxy | str | None:
    from urllib.request import getproxies, getproxies_environment, proxy_bypass  # loads http.client and email

    parts = urlsplit(base_url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    if is_loopback(host):
        return None
    proxies = getproxies_environment()
    if bypasses_proxy(proxies.get("no", ""), parts.scheme, host, port):
        return None
    if not proxies and proxy_bypass(host):  # the settings of macOS and Windows
        return None
    proxies = proxies or getproxies()
    key = parts.scheme if proxies.get(parts.scheme) else "all"
    if not (value := proxies.get(key)):
        return None
    found, source = parse_proxy(value), _variable(key)
    return f"The proxy of {source} {found}" if isinstance(found, str) else replace(found, source=source)


def _variable(key: str) -> str:
    # The standard library prefers the lower-case name, and of others the last one.
    names = [name for name, value in os.environ.items() if value and name.lower() == f"{key}_proxy"]
    return max(names, key=str.islower, default=_SYSTEM)


def parse_proxy(value: str) -> Proxy | str:
    """Return the proxy of a URL, or what is wrong with it. Without a scheme it is an HTTP proxy, as for httpx and curl.

    The text does not contain the URL: it may hold a password.
    """
    scheme, separator, rest = value.strip().partition("://")
    scheme, rest = (scheme.lower(), rest) if separator else ("http", value.strip())
    if scheme not in _SCHEMES:
        # What precedes "://" may be no scheme but a password.
        is_scheme = re.fullmatch("[a-z][a-z0-9+.-]{0,15}", scheme)
        return (f"has the scheme {scheme!r}" if is_scheme else "is not a URL") + f": use {', '.join(_SCHEMES)}."
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return _NOT_AN_ADDRESS
    is_printable = all(" " < character < "\x7f" for character in rest)
    bracketed = "[" in parts.netloc.rpartition("@")[2]
    if not is_printable or not is_host(host, bracketed=bracketed) or port == 0:
        return _NOT_AN_ADDRESS
    username = None if parts.username is None else SecretStr(unquote(parts.username))
    password = None if username is None else SecretStr(unquote(parts.password or ""))
    return Proxy(scheme, host, _DEFAULT_PORTS[scheme] if port is None else port, username, password)


def bypasses_proxy(no_proxy: str, scheme: str, host: str, port: int) -> bool:
    """Return whether an entry of `NO_PROXY` matches: a host with its subdomains, an address, a network, or ``*``.

    An entry may have a port, as for curl and Python, and a scheme, as for httpx.
    """
    host = host.lower().rstrip(".")
    return any(_matches(entry, scheme, host, port) for entry in re.split(r"[,\s]+", no_proxy.lower().strip()) if entry)


def _matches(entry: str, scheme: str, host: str, port: int) -> bool:
    entry_scheme, separator, rest = entry.partition("://")
    if separator:
        if entry_scheme not in {scheme, "all"}:
            return False
        entry = rest.rstrip("/")
    if entry == "*":
        return True
    name, entry_port = _split_port(entry)
    if entry_port is not None and entry_port != port:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        name = name.strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
    try:
        return address in ip_network(name, strict=False)
    except ValueError:
        return False


def _split_port(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        port = rest.removeprefix(":")
    elif entry.count(":") == 1:
        name, _, port = entry.partition(":")
    else:
        return entry, None  # an IPv6 address has several colons
    return name, int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None
