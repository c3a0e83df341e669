"""Sign-in to a SCIM server: a token, a function, client credentials of another host, and a caller's own source."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from orgsdk import OrgClient
from orgsdk.errors import ConfigurationError
from orgsdk.providers import SCIM
from orgsdk.providers.discovery import settings_in_use
from orgsdk.providers.http import OAuthClient
from orgsdk.transport import BearerToken
from tests.mock_http import mock_client
from tests.providers.scim.servers import TOKEN, URL, Peer

pytestmark = pytest.mark.anyio

OAUTH = OAuthClient(
    client_id="a-client", client_secret="a-secret-of-the-client", token_url="https://id.example.com/token", scope="scim"
)


async def used(peer: Peer, **settings: Any) -> list[str]:
    """Return the hosts that one call with these settings sends requests to."""
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        if request.url.host == "id.example.com":
            assert request.content == b"grant_type=client_credentials&scope=scim"
            return httpx.Response(200, json={"access_token": TOKEN, "expires_in": 3600})
        return peer.handle(request)

    async with OrgClient(SCIM(URL, http_client=mock_client(answer), **settings)) as client:
        assert await client.organization().users.count() == 0
    return hosts


async def test_every_sign_in_works(peer: Peer) -> None:
    own = ["scim.example.com"] * 4
    assert await used(peer, token=SecretStr(TOKEN)) == own
    assert await used(peer, token=lambda: TOKEN) == own
    assert await used(peer, auth=BearerToken(SecretStr(TOKEN))) == own
    assert await used(peer, oauth_client=OAUTH) == ["id.example.com", *own]


def test_settings_are_read_from_the_environment() -> None:
    environ = {"SCIM_BASE_URL": URL, "SCIM_CLIENT_ID": "a", "SCIM_CLIENT_SECRET": "s-of-the-client"}
    with pytest.raises(ConfigurationError, match="SCIM_TOKEN_URL is not set"):
        SCIM.from_env(environ)
    provider = SCIM.from_env({**environ, "SCIM_TOKEN_URL": "https://id.example.com/token"})
    assert "s-of-the-client" not in repr(provider)
    assert repr(SCIM.from_env({"SCIM_BASE_URL": f"{URL}/", "SCIM_TOKEN": TOKEN})) == f"SCIM(base_url='{URL}')"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "SCIM_TOKEN"),
        ({"token": "a", "oauth_client": OAUTH}, "pass one of them"),
        ({"token": "a b"}, "has a space"),
        ({"oauth_client": 5}, "an OAuthClient"),
        ({"token": "a", "server": {}}, "a SCIMServer"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        SCIM(URL, **settings)
    with pytest.raises(ConfigurationError, match="plain http"):
        SCIM("http://scim.example.com", token="t")
    with pytest.raises(ConfigurationError, match="token_url"):
        OAuthClient(client_id="a", client_secret="s", token_url="id.example.com/token")


def test_an_error_names_the_variables_that_were_used() -> None:
    oauth = {"SCIM_CLIENT_ID": "a", "SCIM_CLIENT_SECRET": "s-of-the-client", "SCIM_TOKEN_URL": "https://id.example.com"}
    for environ in (oauth, {"SCIM_TOKEN": TOKEN}, {"SCIM_TOKEN_FILE": "token"}):
        expected = sorted(name.removesuffix("_FILE") for name in (*environ, "SCIM_BASE_URL"))
        assert sorted(settings_in_use(SCIM, {"SCIM_BASE_URL": URL, "OTHER": "x", **environ})) == expected
    assert settings_in_use(SCIM, {}) == SCIM.environment
