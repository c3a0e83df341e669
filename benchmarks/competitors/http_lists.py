"""Read both providers' lists by hand, as code does that uses only an HTTP library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import TypeAdapter

from benchmarks.competitors import wire_models

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

PATHS = {"flat": "/v2/organizations/users", "logto": "/api/organizations/org/users"}
SIZES = {"flat": "limit", "logto": "page_size"}


def domain_pages() -> dict[str, TypeAdapter[Any]]:
    """Return readers of pages into orgsdk's domain models, without `raw`."""
    from orgsdk.providers.flat.records import FlatUser
    from orgsdk.providers.logto.records import LogtoUser

    return {"flat": TypeAdapter(list[FlatUser]), "logto": TypeAdapter(list[LogtoUser])}


def reader(model: str, provider: str) -> Callable[[bytes], list[Any]]:
    """Return the function that reads a page's bytes: into the full `"wire"` model, or the `"domain"` model."""
    return (domain_pages() if model == "domain" else wire_models.PAGES)[provider].validate_json


async def walk(
    get: Callable[[str, dict[str, str]], Awaitable[tuple[bytes, Mapping[str, str]]]],
    provider: str,
    page_size: int,
    read: Callable[[bytes], list[Any]],
) -> int:
    """Count the users of every page. `get` returns a page's bytes, and the URLs of its links by relation."""
    params: dict[str, str] = {SIZES[provider]: str(page_size)}
    users = 0
    while True:
        content, links = await get(PATHS[provider], params)
        for _ in read(content):
            users += 1
        following = next_page(provider, links, params)
        if following is None:
            return users
        params |= following


def next_page(provider: str, links: Mapping[str, str], params: Mapping[str, str]) -> dict[str, str] | None:
    """Return the parameters that request the next page. None after the last page."""
    if "next" not in links:
        return None
    if provider == "flat":
        return {"next": parse_qs(urlsplit(links["next"]).query)["next"][0]}
    return {"page": str(int(params.get("page", "1")) + 1)}


def links_of(headers: list[str]) -> dict[str, str]:
    """Return the URLs of `Link` headers by relation, for a library that does not parse them."""
    links = {}
    for link in ", ".join(headers).split(", "):
        url, _, relation = link.partition(">; rel=")
        links[relation.strip('"')] = url.lstrip("<")
    return links
