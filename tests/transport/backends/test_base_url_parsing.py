"""The base URL is parsed once per client: requests are the same as if each URL were parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from orgsdk.errors import ConfigurationError
from orgsdk.transport import parse_links
from orgsdk.transport.backends import httpcore
from orgsdk.transport.backends.base import OutgoingRequest
from orgsdk.transport.backends.proxy import parse_proxy

if TYPE_CHECKING:
    from tests.transport.conftest import MakeResponse, Serve

pytestmark = pytest.mark.anyio

TARGETS = ["/", "/things", "/a%2Fb/%C3%A9?q=a+b%26&x=%2B", "/it's(fine)?a=%27", "/x?"]


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
@pytest.mark.parametrize("path", ["", "/base"])
async def test_a_target_is_sent_unchanged(serve: Serve, answer: MakeResponse, library: str, path: str) -> None:
    async with serve(*[answer()] * len(TARGETS)) as server:
        backend = httpcore.HttpcoreBackend(server.url + path, max_body=100, library=library)
        for target in TARGETS:
            await backend.send(OutgoingRequest("GET", server.url + path + target, [], None, SecretStr("Bearer t")))
        await backend.aclose()
    assert [head[0] for head in server.heads] == [f"GET {path}{target} HTTP/1.1" for target in TARGETS]
    assert {line for head in server.heads for line in head if line.lower().startswith("host:")} == {
        f"Host: {server.url.removeprefix('http://')}"
    }


async def test_a_base_url_without_a_path_requests_the_root(serve: Serve, answer: MakeResponse) -> None:
    async with serve(answer()) as server:
        backend = httpcore.HttpcoreBackend(server.url, max_body=100)
        await backend.send(OutgoingRequest("GET", server.url, [], None, None))
        await backend.aclose()
    assert server.heads[0][0] == "GET / HTTP/1.1"


async def test_a_proxy_gets_a_connect_for_the_provider(
    serve: Serve, answer: MakeResponse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(answer(status="403 Forbidden")) as server:
        monkeypatch.setattr(httpcore, "proxy_for", lambda _: parse_proxy(server.url))
        backend = httpcore.HttpcoreBackend("https://api.example.test/base", max_body=100)
        with pytest.raises(Exception, match="403"):
            await backend.send(OutgoingRequest("GET", "https://api.example.test/base/things", [], None, None))
        await backend.aclose()
    assert server.heads[0][0] == "CONNECT api.example.test:443 HTTP/1.1"


async def test_a_proxy_gets_the_full_url_of_plain_http(
    serve: Serve, answer: MakeResponse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(answer(), answer()) as server:
        proxy = server.url.replace("http://", "http://me:secret@")
        monkeypatch.setattr(httpcore, "proxy_for", lambda _: parse_proxy(proxy))
        backend = httpcore.HttpcoreBackend("http://api.example.test/base", max_body=100)
        for _ in range(2):
            await backend.send(OutgoingRequest("GET", "http://api.example.test/base/things?q=1", [], None, None))
        await backend.aclose()
    assert [head[0] for head in server.heads] == ["GET http://api.example.test/base/things?q=1 HTTP/1.1"] * 2
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in server.heads[0]
    assert server.connections == 1


async def test_a_socks_proxy_without_its_package_is_reported_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(httpcore, "proxy_for", lambda _: parse_proxy("socks5://me:hush@proxy.example"))
    advice = r'The SOCKS proxy of .* needs one more package: pip install "httpx\[socks\]"'
    with pytest.raises(ConfigurationError, match=advice) as caught:
        httpcore.HttpcoreBackend("http://api.example.test", max_body=100)
    assert "hush" not in str(caught.value)


def test_links_are_a_mapping_of_relations() -> None:
    links = parse_links(['<?a=1>; rel=next, <?b=2>; rel="prev"'])
    assert (list(links), len(links), "next" in links, "last" in links) == (["next", "prev"], 2, True, False)
    assert (links["prev"], links.get("last")) == ({"b": "2"}, None)
    assert not parse_links([])
