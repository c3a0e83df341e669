"""A server that repeats the client's secrets: they are cut out of everything that is shown, and the rest stays."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from orgsdk import OrgClient, OrgError
from orgsdk.fastapi import install_error_handlers
from orgsdk.providers import Flat, Logto
from orgsdk.providers.flat import FlatRefreshToken
from orgsdk.telemetry import OpenTelemetry
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from pydantic import SecretStr

    from orgsdk.events import Event
    from orgsdk.resources import OrganizationHandle

pytestmark = [pytest.mark.anyio, pytest.mark.undocumented("the responses are invented")]

TOKEN, SECRET, PASSWORD, FETCHED = "tok/en+1-abcdefgh", "s3cr&t?-2-ijklmnop", "pass wörd\"'3-qrst", "fetched-4.uvwxyz"
KEY, REFRESH, PROXY = "gateway-key-5-ABCD", "refresh-6-EFGHIJ", "proxy-password-7"
SECRETS = [TOKEN, SECRET, PASSWORD, FETCHED, KEY, REFRESH]
BASIC = base64.b64encode(f"app-id:{SECRET}".encode()).decode()
STATUSES = [400, 401, 403, 404, 409, 418, 422, 429, 500, 503]
ORGANIZATION, USER = "a" * 24, "b" * 24


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


def fields(text: str) -> dict[str, object]:
    """Return an error body of each provider with the text in every field."""
    named = dict.fromkeys(("message", "id", "param", "details", "error_description"), text)
    return {**named, "code": text.replace(" ", "_"), "data": {"inner": [text]}}


def everything(secrets: list[str]) -> str:
    return " ".join([*secrets, *(json.dumps(each) for each in secrets), *(repr(each) for each in secrets)])


def echo(status: int, text: str, *, as_request_id: str | None = None) -> httpx.Response:
    request_id = (as_request_id or text).encode("ascii", "replace").decode()
    headers = {"logto-core-request-id": request_id, "x-request-id": request_id}
    return httpx.Response(status, json=fields(text), headers=headers)


def is_token_request(request: httpx.Request) -> bool:
    return request.url.path in {"/oidc/token", "/oauth/access_token"}


def shown_by(error: BaseException) -> str:
    """Return the texts, the fields and the traceback of an error and of its causes."""
    texts = "".join(traceback.format_exception(error))
    found: BaseException | None = error
    while found is not None:
        texts += f"{found} {found!r} {vars(found)} {pickle.dumps(found)!r}"
        found = found.__cause__ or found.__context__
    return texts


def leaks(text: str, secrets: list[str]) -> list[str]:
    return [each for each in secrets if each[:8] in text or each[-8:] in text or json.dumps(each)[1:9] in text]


CALLS: dict[str, Callable[[OrganizationHandle], Awaitable[object]]] = {
    "create": lambda org: org.users.create(username="ada", password=PASSWORD),
    "update": lambda org: org.users.update(USER, password=PASSWORD),
}


def provider(name: str, http_client: httpx.AsyncClient) -> Flat | Logto:
    if name == "flat":
        return Flat(TOKEN, base_url="https://provider.example", http_client=http_client)
    return Logto("https://provider.example", app_id="app-id", app_secret=SECRET, http_client=http_client)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", ["flat", "logto"])
async def test_what_the_server_repeats_is_cut(
    name: str, call: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[Event] = []
    spans, tracing = InMemorySpanExporter(), TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(spans))
    telemetry = OpenTelemetry(tracer_provider=tracing, meter_provider=MeterProvider())
    held = [TOKEN] if name == "flat" else [SECRET, FETCHED, BASIC]
    sent: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        if is_token_request(request):
            return httpx.Response(200, json={"access_token": FETCHED, "expires_in": 3600})
        sent.extend([PASSWORD] if PASSWORD in json.loads(request.content or b"{}").values() else [])
        return echo(status, f"Sorry: {everything([*held, *sent, KEY])}", as_request_id=f"r-1 {held[0]} {KEY}")

    with caplog.at_level(logging.DEBUG):
        async with mock_client(respond) as http_client:
            client = OrgClient(
                provider(name, http_client),
                max_attempts=2,
                headers={"X-API-Key": KEY, "User-Agent": "school-sync/1"},
                on_event=events.append,
                telemetry=telemetry,
                max_wait=0,
            )
            with pytest.raises(OrgError) as caught:
                await CALLS[call](client.organization(None if name == "flat" else ORGANIZATION))
    shown = shown_by(caught.value)
    assert "Sorry: " in shown or status == 404
    assert leaks(shown, [*SECRETS, BASIC]) == []
    assert leaks(repr(events), [*SECRETS, BASIC]) == []
    assert leaks(caplog.text, [*SECRETS, BASIC]) == []
    assert leaks(" ".join(span.to_json() for span in spans.get_finished_spans()), [*SECRETS, BASIC]) == []
    assert sent or name == "logto"
    assert ("r-1 [secret]" in repr(events)) == (name == "logto")


@pytest.mark.parametrize("status", STATUSES)
async def test_the_token_endpoint_repeats_what_signs_in(status: int) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        sent = [SECRET, BASIC, KEY, *request.headers["authorization"].split(), request.content.decode()]
        return echo(status, f"Sorry: {everything(sent)}")

    async def on_tokens(access: SecretStr, refresh: SecretStr) -> None:
        raise AssertionError

    async with mock_client(respond) as http_client:
        url = "https://provider.example"
        refresh_token = FlatRefreshToken(
            refresh_token=REFRESH, client_id="app-id", client_secret=SECRET, on_tokens=on_tokens
        )
        for own in (
            Logto(url, app_id="app-id", app_secret=SECRET, http_client=http_client),
            Flat(refresh_token=refresh_token, base_url=url, http_client=http_client),
        ):
            client = OrgClient(own, headers={"X-API-Key": KEY}, max_attempts=1, max_wait=0)
            with pytest.raises(OrgError) as caught:
                await client.organization(ORGANIZATION).users.list().collect()
            assert leaks(shown_by(caught.value), [SECRET, BASIC, REFRESH, KEY]) == []


async def test_tokens_that_were_replaced_are_cut() -> None:
    """The token of a callable, refused once and replaced: the error of the second request repeats the first token."""
    tokens = ["first-token-abcdef", "second-token-ghijkl"]
    left = list(tokens)

    async def get_token() -> str:
        return left.pop(0)

    def respond(request: httpx.Request) -> httpx.Response:
        return echo(401 if left else 422, everything(tokens))

    async with mock_client(respond) as http_client:
        client = OrgClient(Flat(token=get_token, base_url="https://provider.example", http_client=http_client))
        with pytest.raises(OrgError) as caught:
            await client.organization().users.update(USER, given_name="Ada")
    assert left == []
    assert leaks(shown_by(caught.value), tokens) == []
    assert "[secret]" in str(caught.value)


async def test_refresh_tokens_are_cut_after_they_were_replaced() -> None:
    async def on_tokens(access: SecretStr, refresh: SecretStr) -> None:
        await anyio.lowlevel.checkpoint()

    new = "new-refresh-token-8"

    def respond(request: httpx.Request) -> httpx.Response:
        if is_token_request(request):
            return httpx.Response(200, json={"access_token": FETCHED, "refresh_token": new, "expires_in": 60})
        return echo(422, everything([REFRESH, new, FETCHED, SECRET]))

    async with mock_client(respond) as http_client:
        refresh_token = FlatRefreshToken(
            refresh_token=REFRESH, client_id="app-id", client_secret=SECRET, on_tokens=on_tokens
        )
        own = Flat(refresh_token=refresh_token, base_url="https://provider.example", http_client=http_client)
        with pytest.raises(OrgError) as caught:
            await OrgClient(own).organization().users.update(USER, given_name="Ada")
    assert leaks(shown_by(caught.value), [REFRESH, new, FETCHED, SECRET]) == []


async def test_a_later_step_repeats_the_password_of_the_first() -> None:
    """Logto creates the account, then the membership: the second request does not contain the password."""
    account = {"id": "u12345678901", "username": "ada", "createdAt": 1_700_000_000_000}

    def respond(request: httpx.Request) -> httpx.Response:
        if is_token_request(request):
            return httpx.Response(200, json={"access_token": FETCHED, "expires_in": 3600})
        if request.url.path == "/api/users":
            return httpx.Response(200, json=account)
        return echo(422, everything([PASSWORD]))

    async with mock_client(respond) as http_client:
        client = OrgClient(provider("logto", http_client))
        with pytest.raises(OrgError) as caught:
            await client.organization(ORGANIZATION).users.create(username="ada", password=PASSWORD)
    assert caught.value.partial_result is not None
    assert leaks(shown_by(caught.value), [PASSWORD]) == []


async def test_a_response_that_cannot_be_read_repeats_a_token_as_its_request_id() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if is_token_request(request):
            return httpx.Response(200, json={"access_token": FETCHED, "expires_in": 3600})
        return httpx.Response(200, json=[{"id": 1}], headers={"logto-core-request-id": f"r-1 {FETCHED} {SECRET}"})

    async with mock_client(respond) as http_client:
        with pytest.raises(OrgError, match="r-1") as caught:
            await OrgClient(provider("logto", http_client)).organization(ORGANIZATION).users.list().collect()
    assert leaks(shown_by(caught.value), [FETCHED, SECRET]) == []


async def test_a_content_type_repeats_a_token() -> None:
    for status in (200, 404):
        async with mock_client(lambda _: httpx.Response(status, headers={"content-type": TOKEN})) as http_client:  # noqa: B023
            with pytest.raises(OrgError, match="received") as caught:
                await OrgClient(provider("flat", http_client)).organization(ORGANIZATION).users.list().collect()
        assert leaks(shown_by(caught.value), [TOKEN]) == []


@pytest.mark.parametrize("library_text", [f"illegal status line: bytearray(b'{TOKEN}')", f"407 {PROXY}"])
async def test_an_http_librarys_text_repeats_a_token_or_the_proxys_password(
    library_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PROXY}@proxy.example:3128")

    def respond(request: httpx.Request) -> httpx.Response:
        kind = httpx.ProxyError if "407" in library_text else httpx.RemoteProtocolError
        raise kind(library_text)

    async with mock_client(respond) as http_client:
        client = OrgClient(provider("flat", http_client), max_attempts=1)
        with pytest.raises(OrgError, match=r"\[secret\]") as caught:
            await client.organization(ORGANIZATION).users.list().collect()
    assert leaks(shown_by(caught.value), [TOKEN, PROXY]) == []


async def test_a_proxy_repeats_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PROXY}@proxy.example:3128")
    credentials = base64.b64encode(f"me:{PROXY}".encode()).decode()
    async with mock_client(lambda _: echo(403, f"{PROXY} {credentials}")) as http_client:
        with pytest.raises(OrgError) as caught:
            await OrgClient(provider("flat", http_client)).organization(ORGANIZATION).users.list().collect()
    assert leaks(shown_by(caught.value), [PROXY, credentials]) == []


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429])
async def test_fastapi_shows_no_secret(status: int) -> None:
    app = FastAPI()
    install_error_handlers(app)
    async with mock_client(lambda _: echo(status, f"Sorry: {everything([TOKEN])}")) as http_client:
        client = OrgClient(provider("flat", http_client), max_wait=0, max_attempts=1)

        @app.get("/")
        async def users() -> object:
            return await client.organization().users.list().collect()

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app.example") as browser:
            response = await browser.get("/")
    assert leaks(response.text + repr(response.headers), [TOKEN]) == []
    assert "[secret]" in response.text or status == 404


async def test_a_short_password_leaves_the_message_readable() -> None:
    text = "a password needs at least 6 characters, and a digit"
    async with mock_client(lambda _: httpx.Response(422, json={"code": "weak", "message": text})) as http_client:
        flat = OrgClient(Flat("a1", base_url="https://provider.example", http_client=http_client))
        with pytest.raises(OrgError) as caught:
            await flat.organization().users.update(USER, given_name="Ada")
    assert text in str(caught.value)
