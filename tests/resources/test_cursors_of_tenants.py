"""Cursors belong to the tenant that they come from: no other client accepts one."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import InvalidCursorError, OrgClient
from orgsdk.pagination import encode_cursor
from orgsdk.providers import Flat, FlatRefreshToken, Logto, WorkOS

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.pagination import Paginator
    from orgsdk.providers.base import Provider

pytestmark = pytest.mark.anyio

URL = "https://a.example/v2"


async def _on_tokens(access: object, refresh: object) -> None: ...


async def _token() -> str:
    return "secret"


def refreshed(secret: str) -> Flat:
    return Flat(
        refresh_token=FlatRefreshToken(
            refresh_token="changes", client_id="app", client_secret=secret, on_tokens=_on_tokens
        ),
        base_url=URL,
    )


def logto(endpoint: str = "https://a.example", app_id: str = "app", app_secret: str = "secret") -> Logto:
    return Logto(endpoint, app_id=app_id, app_secret=app_secret)


def workos(key: str = "sk_test_a", base_url: str = "https://a.example") -> WorkOS:
    return WorkOS(key, base_url=base_url)


LISTS: dict[str, Callable[[OrgClient[Any], str | None], Paginator[Any]]] = {
    "users": lambda client, cursor: client.organization("5f1e0c9b2a3d4e5f6a7b8c9d").users.list(cursor=cursor),
    "invitations": lambda client, cursor: client.organization("5f1e0c9b2a3d4e5f6a7b8c9d").invitations.list(
        cursor=cursor
    ),
    "organizations": lambda client, cursor: client.organizations.list(cursor=cursor),
    "roles": lambda client, cursor: client.roles.list(cursor=cursor),
    "accounts": lambda client, cursor: client.accounts.list(cursor=cursor),
}


def cursor_of(paginator: Paginator[Any]) -> str:
    return encode_cursor(paginator._listing, 10, "1" if paginator._listing.provider == "logto" else "next:abc")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (logto(), logto("https://b.example")),
        (logto(), logto(app_id="other")),
        (logto(), logto(app_secret="other")),
        (Flat("a", base_url=URL), Flat("b", base_url=URL)),
        (Flat("a", base_url=URL), Flat("a", base_url="https://b.example/v2")),
        (refreshed("a"), refreshed("b")),
        (workos(), workos("sk_test_b")),
        (workos(), workos(base_url="https://b.example")),
        (Flat(_token, base_url=URL), Flat(_token, base_url="https://b.example/v2")),
    ],
)
@pytest.mark.parametrize("noun", LISTS)
async def test_a_cursor_of_another_tenant_is_refused(first: Provider[Any], second: Provider[Any], noun: str) -> None:
    if (first.name, noun) == ("flat", "accounts"):
        pytest.skip("the provider has no such list")
    open_list = LISTS[noun]
    async with OrgClient(first) as one, OrgClient(second) as other:
        cursor = cursor_of(open_list(one, None))
        open_list(one, cursor)
        with pytest.raises(InvalidCursorError, match="another tenant"):
            open_list(other, cursor)


NATIVE = [
    (first, second, name)
    for first, second in (
        (Flat("a", base_url=URL), Flat("b", base_url=URL)),
        (logto(), logto(app_secret="other")),
        (workos(), workos("sk_test_b")),
    )
    for name, method in inspect.getmembers(first.native, callable)
    if name.startswith("list_") and "cursor" in inspect.signature(method).parameters
]


@pytest.mark.parametrize(("first", "second", "name"), NATIVE, ids=[f"{first.name} {name}" for first, _, name in NATIVE])
async def test_a_cursor_of_another_tenant_is_refused_by_every_native_list(
    first: Provider[Any], second: Provider[Any], name: str
) -> None:
    method = getattr(first.native, name)
    required = {
        parameter.name: "5f1e0c9b2a3d4e5f6a7b8c9d"
        for parameter in inspect.signature(method).parameters.values()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    }
    cursor = cursor_of(method(**required))
    method(**required, cursor=cursor)
    with pytest.raises(InvalidCursorError, match="another tenant"):
        getattr(second.native, name)(**required, cursor=cursor)


@pytest.mark.parametrize("make", [logto, workos, lambda: Flat("a", base_url=URL), lambda: refreshed("a")])
async def test_a_cursor_is_accepted_by_another_client_with_the_same_settings(make: Callable[[], Provider[Any]]) -> None:
    async with OrgClient(make()) as one, OrgClient(make()) as other:
        LISTS["users"](other, cursor_of(LISTS["users"](one, None)))


async def test_no_list_shows_the_key() -> None:
    provider = logto()
    async with OrgClient(provider) as client:
        assert repr(provider.tenant_key) not in repr(LISTS["users"](client, None)._listing)
