"""What holds credentials or connections refuses to be pickled and deep-copied, and copies of it share them."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient, blocking
from orgsdk.options import CallOptions
from orgsdk.providers import Flat, Logto, Memory
from orgsdk.providers.flat import FlatRefreshToken
from orgsdk.transport import BearerToken, check_secret

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "t0ken-that-nobody-may-see"  # made up


async def _store(access: object, refresh: object) -> None: ...


def _flat() -> Flat:
    return Flat(TOKEN)


def _logto() -> Logto:
    return Logto("https://t.logto.app", app_id="a", app_secret=TOKEN)


def _refresh_token() -> FlatRefreshToken:
    return FlatRefreshToken(refresh_token=TOKEN, client_id="a", client_secret=TOKEN, on_tokens=_store)


def _client() -> OrgClient:
    return OrgClient(_flat(), headers={"X-Gateway": TOKEN})


HOLDERS: dict[str, Callable[[], object]] = {
    "Flat": _flat,
    "Flat with a refresh token": lambda: Flat(refresh_token=_refresh_token()),
    "its refresh token": _refresh_token,
    "Logto": _logto,
    "Memory": Memory,
    "client": _client,
    "client with options": lambda: _client().with_options(timeout=5),
    "options": lambda: CallOptions(headers=(("X-Gateway", TOKEN),)),
    "handle": lambda: _client().organization(),
    "users": lambda: _client().organization().users,
    "invitations": lambda: OrgClient(_logto()).organization("org_id").invitations,
    "accounts": lambda: OrgClient(_logto()).accounts,
    "organizations": lambda: _client().organizations,
    "roles": lambda: OrgClient(_logto()).roles,
    "native": lambda: OrgClient(_logto()).native,
    "native of Flat": lambda: OrgClient(_flat()).native,
    "paginator": lambda: _client().organization().users.list(),
    "operations": lambda: _flat().users(None),
    "bearer token": lambda: BearerToken(check_secret(TOKEN, "token")),
    "blocking client": lambda: blocking.OrgClient(_flat()),
    "blocking handle": lambda: blocking.OrgClient(_flat()).organization(),
    "blocking users": lambda: blocking.OrgClient(_flat()).organization().users,
    "blocking paginator": lambda: blocking.OrgClient(_flat()).organization().users.list(),
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("holder", HOLDERS)
def test_pickle_is_refused(holder: str, protocol: int) -> None:
    with pytest.raises(TypeError, match="holds credentials or connections, so it cannot be pickled") as caught:
        pickle.dumps(HOLDERS[holder](), protocol)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("holder", HOLDERS)
def test_deepcopy_is_refused(holder: str) -> None:
    with pytest.raises(TypeError, match="or deep-copied: create it where it is used"):
        copy.deepcopy(HOLDERS[holder]())


@pytest.mark.anyio
async def test_a_shallow_copy_shares_the_connections() -> None:
    client = OrgClient.memory(users=3)
    copied = copy.copy(client)
    assert copied.provider is client.provider
    assert await copied.organization().users.count() == 3
    options = CallOptions(timeout=5)
    assert copy.copy(options) == options
