"""The proxy that the environment names for an address."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from orgsdk.transport.base_url import is_loopback


def proxy_for(base_url: str) -> str | None:
    """Give the proxy's address, None where requests go straight: to this machine, or where `NO_PROXY` says so.

    Source: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, as the standard library reads them. An HTTP library's own
    reading of the environment would take sign-ins from a `.netrc` file too.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)
