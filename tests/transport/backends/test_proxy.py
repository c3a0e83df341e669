"""Which proxy an address is reached through: as httpx and curl read the environment, and never for this machine."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr

from orgsdk import Flat, OrgClient
from orgsdk.errors import APIError, ConfigurationError, NotSentError, OrgError
from orgsdk.options import CallOptions
from orgsdk.transport import BearerToken, ProviderProblem, Request, Transport
from orgsdk.transport.backends.proxy import Proxy, bypasses_proxy, parse_proxy, proxy_for, proxy_secrets
from tests.transport.backends.raw_server import RawServer, raw_server
from tests.transport.backends.test_secrets_in_tracebacks import shown

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from orgsdk.transport.backends.libraries import HTTPLibrary

VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
API = "https://api.flat.io/v2"


@pytest.fixture
def anyio_backend(loop_and_library: tuple[str, HTTPLibrary]) -> str:
    return loop_and_library[0]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def set_all(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def url_of(base_url: str) -> str | None:
    found = proxy_for(base_url)
    return None if found is None else found.url


@pytest.mark.parametrize(
    ("address", "proxy"),
    [
        ("https://api.flat.io/v2", "http://proxy.example:3128"),
        ("http://provider.example", "http://plain.example:3128"),
        ("https://inside.example", None),
        ("https://deep.inside.example", None),
        ("https://localhost:8443", None),
        ("http://127.0.0.1:8000", None),
        ("http://[::1]:8000", None),
    ],
)
def test_the_proxy_of_an_address(address: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    proxies = {"HTTPS_PROXY": "http://proxy.example:3128", "HTTP_PROXY": "http://plain.example:3128"}
    set_all(monkeypatch, {**proxies, "NO_PROXY": "inside.example"})
    assert url_of(address) == proxy


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"ALL_PROXY": "http://all.example:1"}, "http://all.example:1"),
        ({"all_proxy": "http://all.example:1"}, "http://all.example:1"),
        ({"ALL_PROXY": "http://all.example:1", "HTTPS_PROXY": "http://own.example:2"}, "http://own.example:2"),
        ({"ALL_PROXY": "http://all.example:1", "HTTPS_PROXY": ""}, "http://all.example:1"),
        ({"ALL_PROXY": "http://all.example:1", "HTTP_PROXY": "http://other.example:2"}, "http://all.example:1"),
        ({"ALL_PROXY": "http://all.example:1", "NO_PROXY": "api.flat.io"}, None),
        ({"HTTPS_PROXY": "p:3128"}, "http://p:3128"),
        ({"HTTPS_PROXY": "me:pw@p:3128"}, "http://p:3128"),
        ({"HTTPS_PROXY": "http://p"}, "http://p:80"),
        ({"HTTPS_PROXY": "HTTP://P:8080/"}, "http://p:8080"),
        ({"HTTPS_PROXY": "https://p"}, "https://p:443"),
        ({"HTTPS_PROXY": "socks5://p"}, "socks5://p:1080"),
        ({"HTTPS_PROXY": "socks5h://p:9050"}, "socks5h://p:9050"),
        ({"HTTPS_PROXY": "http://[2001:db8::1]:3128"}, "http://[2001:db8::1]:3128"),
        ({"HTTPS_PROXY": " http://p:1 "}, "http://p:1"),
        ({"HTTPS_PROXY": "http://up.example:1", "https_proxy": "http://low.example:2"}, "http://low.example:2"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
    ],
    ids=repr,
)
def test_the_environment_is_read_as_by_httpx_and_curl(
    environment: Mapping[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, environment)
    assert url_of(API) == proxy


@pytest.mark.parametrize(
    ("no_proxy", "address", "is_direct"),
    [
        ("h", "https://h", True),
        ("H", "https://h", True),
        ("h:8443", "https://h:8443", True),
        ("h:8443", "https://h", False),
        ("h:443", "https://h", True),
        ("https://h", "https://h", True),
        ("https://h/", "https://h", True),
        ("http://h", "https://h", False),
        ("all://h:8443", "https://h:8443", True),
        (".h.example", "https://h.example", True),
        (".h.example", "https://a.h.example", True),
        ("h.example", "https://nah.example", False),
        ("h.example", "https://oh.example", False),
        ("h.example", "https://ah.example", False),
        ("h.example.", "https://h.example", True),
        ("h.example", "https://h.example.", True),
        ("a.example, h.example", "https://h.example", True),
        ("a.example h.example", "https://h.example", True),
        ("10.0.0.7", "https://10.0.0.7", True),
        ("0.0.7", "https://10.0.0.7", False),
        ("10.0.0.0/8", "https://10.9.9.9", True),
        ("10.0.0.0/8", "https://11.0.0.1", False),
        ("10.0.0.7/8", "https://10.9.9.9", True),
        ("2001:db8::1", "https://[2001:db8::1]", True),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443", True),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]", False),
        ("2001:db8::/32", "https://[2001:db8::5]", True),
        ("a,*", "https://h", True),
        ("", "https://h", False),
        (",, ", "https://h", False),
        (".", "https://h", False),
        ("h:x", "https://h", True),
        ("[", "https://h", False),
    ],
)
def test_an_entry_of_no_proxy(no_proxy: str, address: str, is_direct: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {"HTTPS_PROXY": "http://p:3128", "NO_PROXY": no_proxy})
    assert (proxy_for(address) is None) is is_direct


CASES: list[tuple[dict[str, str], str]] = [
    ({"ALL_PROXY": "PROXY"}, "provider.example"),
    ({"HTTPS_PROXY": "PROXY"}, "provider.example"),
    ({"HTTPS_PROXY": "PROXY", "NO_PROXY": "other.example"}, "provider.example"),
    ({"HTTPS_PROXY": "PROXY", "NO_PROXY": "der.example"}, "provider.example"),
]


@pytest.mark.parametrize("with_scheme", [False, True])
@pytest.mark.parametrize(("environment", "host"), CASES, ids=repr)
def test_httpx_and_curl_take_the_same_proxy(
    environment: dict[str, str], host: str, with_scheme: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        server.receive(connection)
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")

    with raw_server(handle) as server:
        address = f"127.0.0.1:{server.port}"
        proxy = f"http://{address}" if with_scheme else address
        set_all(monkeypatch, {name: value.replace("PROXY", proxy) for name, value in environment.items()})
        assert url_of(f"https://{host}") == f"http://{address}"
        with pytest.raises(httpx.ProxyError), httpx.Client() as client:
            client.get(f"https://{host}")
        if (curl := shutil.which("curl")) is not None:
            subprocess.run([curl, "-s", f"https://{host}"], check=False, timeout=20)  # our own arguments
    assert set(server.heads) == {f"CONNECT {host}:443 HTTP/1.1"}
    assert len(server.heads) == (1 if curl is None else 2)


INVALID = [
    "http://hush:pw@p:99999",
    "http://hush:pw@p:port",
    "http://hush:pw@p:0",
    "http://hush:pw@[::1",
    "http://hush:pw@[hush]:1",
    "http://hush:pw@[::1%25eth0]:1",
    "http://hush:pw@p\x00:1",
    "http://hush:pw@p\x7f",
    "http://hush:pw@p hush:1",
    "http://hush:pw@b\u00fccher.example:1",
    "http://hush:pw@xn--zzzzzzz99999.example:1",
    "http://hush:pw@xn--.example:1",
    f"http://hush:pw@{'a' * 64}.example",
    f"http://hush:pw@{'a.' * 130}example",
    "http://hush:pw@1.2.3.999:1",
    "http://hush:pw@",
    "http://",
    "hush:pw@",
    "hush:pw@p:99999",
    "ftp://hush:pw@p:1",
    "hush:pw@ftp://p",
    "//hush:pw@p",
]


@pytest.mark.parametrize("value", INVALID, ids=repr)
def test_an_invalid_proxy_is_reported_without_its_password(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib.request.getproxies_environment", lambda: {"https": value})
    with pytest.raises(ConfigurationError, match="The proxy of the system's settings") as caught:
        proxy_for(API)
    assert "hush" not in f"{caught.value}{shown(caught.value)}"


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"HTTPS_PROXY": "http://p:1"}, "HTTPS_PROXY"),
        ({"https_proxy": "http://p:1"}, "https_proxy"),
        ({"https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:1"}, "https_proxy"),
        ({"ALL_PROXY": "http://p:1"}, "ALL_PROXY"),
        ({"ALL_PROXY": "http://p:1", "HTTPS_PROXY": ""}, "ALL_PROXY"),
        ({"ALL_PROXY": "http://q:1", "Https_Proxy": "http://p:1"}, "Https_Proxy"),
    ],
    ids=repr,
)
def test_the_variable_of_a_proxy_is_named(
    environment: Mapping[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, environment)
    assert str(proxy_for(API)) == f"the proxy http://p:1 of {name}"
    monkeypatch.setenv(name, "ftp://hush@p:1")
    with pytest.raises(ConfigurationError, match=f"^The proxy of {name} has the scheme 'ftp': use http, ") as caught:
        proxy_for(API)
    assert "hush" not in str(caught.value)


@pytest.mark.anyio
@pytest.mark.undocumented("a made-up provider")
@pytest.mark.parametrize("credentials", ["", "me:hush@"])
async def test_a_proxy_that_is_not_running_is_named_with_its_variable(
    credentials: str, library: HTTPLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{credentials}127.0.0.1:1")
    text = str(await failing(library, "https://provider.example"))
    proxy = "through the proxy http://127.0.0.1:1 of HTTPS_PROXY"
    assert text.startswith(f"acme read: could not connect to https://provider.example {proxy} (")
    advice = "check HTTPS_PROXY, and that the proxy is running, or set NO_PROXY=provider.example to connect without it."
    assert text.endswith(f"): {advice}")
    assert "hush" not in text


@pytest.mark.anyio
@pytest.mark.parametrize("module", ["httpx", "httpx2"])
@pytest.mark.parametrize("trust_env", [True, False])
async def test_the_proxy_of_the_environment_is_named_for_a_callers_own_client(
    module: str, trust_env: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hush@127.0.0.1:1")
    http = pytest.importorskip(module)

    def refuse(_: Any) -> Any:
        raise http.ConnectError("refused")

    own = http.AsyncClient(trust_env=trust_env, transport=None if trust_env else http.MockTransport(refuse))
    async with own, OrgClient(Flat("t", http_client=own), max_attempts=1) as client:
        with pytest.raises(NotSentError) as caught:
            await client.organization().users.count()
    named = "or the proxy http://127.0.0.1:1 of HTTPS_PROXY, which your http_client uses unless it has settings"
    assert (named in str(caught.value)) is trust_env
    assert "hush" not in str(caught.value)


def test_credentials_are_decoded_and_not_in_a_repr() -> None:
    found = parse_proxy("http://me%40x:p%3Aw@p:3128")
    assert isinstance(found, Proxy)
    assert (found.username, found.password) == (SecretStr("me@x"), SecretStr("p:w"))
    assert "p:w" not in repr(found)
    assert found.authorization == SecretStr("Basic bWVAeDpwOnc=")


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ("http://me:hush@p:3128", ["Basic bWU6aHVzaA=="]),
        ("http://t0ken@p:3128", ["Basic dDBrZW46", "t0ken"]),
        ("http://t0ken:@p:3128", ["Basic dDBrZW46", "t0ken"]),
        ("http://p:3128", []),
        ("ftp://me:hush@p:3128", []),
        ("", []),
    ],
)
def test_the_credentials_of_a_proxy_are_secrets(
    value: str, secrets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    assert [secret.get_secret_value() for secret in proxy_secrets(API)] == secrets


@pytest.mark.anyio
@pytest.mark.undocumented("a made-up provider")
@pytest.mark.parametrize("scheme", ["", "http://"])
async def test_the_proxy_gets_its_credentials_and_not_the_token(
    library: HTTPLibrary, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        seen.append(connection.recv(65536).decode())
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")

    with raw_server(handle) as server:
        set_all(monkeypatch, {"ALL_PROXY": f"{scheme}me:p%C3%BC@127.0.0.1:{server.port}"})
        await failing(library, "https://provider.example")
    assert seen[0].startswith("CONNECT provider.example:443 HTTP/1.1")
    assert "Proxy-Authorization: Basic bWU6cMO8" in seen[0]
    assert "t0ken" not in "".join(seen)


async def failing(library: HTTPLibrary, base_url: str, **settings: Any) -> OrgError:
    transport = Transport(
        provider="acme",
        base_url=base_url,
        auth=BearerToken(SecretStr("t0ken")),
        read_problem=lambda response: ProviderProblem("no"),
        http_library=library,
        **settings,
    ).with_options(CallOptions(max_attempts=1, timeout=5))
    try:
        with pytest.raises(OrgError) as caught:
            await transport.send(Request("read", "GET", "/read"))
    finally:
        await transport.aclose()
    assert not isinstance(caught.value, APIError)
    return caught.value


@pytest.mark.anyio
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE"])
async def test_certificates_that_cannot_be_read_are_a_configuration_error(
    library: HTTPLibrary, variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    if library == "aiohttp":
        (tmp_path / "broken.pem").write_text("no certificate")
    monkeypatch.setenv(variable, str(tmp_path / ("broken.pem" if library == "aiohttp" else "missing.pem")))
    error = await failing(library, "https://provider.example")
    if library != "aiohttp":  # OpenSSL itself ignores a file that it cannot read
        assert isinstance(error, ConfigurationError)
        assert "check SSL_CERT_FILE" in str(error)


def test_the_list_of_hosts_is_matched_in_linear_time() -> None:
    assert not bypasses_proxy("," * 100_000 + "a." * 100_000, "https", "h", 443)
