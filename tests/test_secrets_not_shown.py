"""No secret and no personal data is shown anywhere.

For each failure, the tests search the client with its parts, the error and its causes with the local variables of
orgsdk's frames, pickles, events, spans, metrics, and the log at level DEBUG.
"""

from __future__ import annotations

import base64
import logging
import pickle
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import orgsdk
from orgsdk import OrgClient, OrgError
from orgsdk.providers import Flat, Logto
from orgsdk.telemetry import OpenTelemetry
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from orgsdk.events import Event

pytestmark = [pytest.mark.anyio, pytest.mark.undocumented("the responses are invented")]

OURS = Path(orgsdk.__file__).parent
TOKEN, SECRET, PASSWORD, FETCHED = "canary-token-1", "canary-secret-2", "canary-password-3", "canary-fetched-4"
KEY, ADDRESS = "canary-key-5", "canary.6@example.org"
BASIC = base64.b64encode(f"app:{SECRET}".encode()).decode()
SECRETS = [TOKEN, SECRET, PASSWORD, FETCHED, KEY, BASIC]
# Personal data can be in the frames of the call itself, because it is an argument of the caller.
PERSONAL_DATA = ["canary.6", "canary.6%40example.org"]

ECHO = {"code": "made_up", "message": f"{ADDRESS} and Bearer {TOKEN} are no good", "id": "r1"}
LINK = f"<https://provider.example/things?q={ADDRESS}&next=n>; rel=last"


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset")


def refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


def no_token(request: httpx.Request) -> httpx.Response:
    return httpx.Response(401, json=ECHO)


def answer(status: int, content: bytes | None = None, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    def send(request: httpx.Request) -> httpx.Response:
        more = {"link": LINK, "set-cookie": f"session={ADDRESS}", **headers}
        if content is None:
            return httpx.Response(status, json=ECHO, headers=more)
        return httpx.Response(status, content=content, headers={"content-type": "application/json", **more})

    return send


FAILURES: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    **{str(status): answer(status) for status in (302, 400, 401, 403, 404, 409, 418, 422, 429, 500, 503)},
    "broken": broken,
    "refused": refused,
    "HTML": answer(200, b"<html>", **{"content-type": "text/html"}),
    "not as documented": answer(200, b'[{"id": 1, "username": ["' + ADDRESS.encode() + b'"]}]'),
    "no JSON": answer(200, b'{"' + ADDRESS.encode()),
    "cut off": answer(200, b"\x1f\x8b\x08", **{"content-encoding": "x-canary"}),
}


def with_token_endpoint(send: Callable[[httpx.Request], httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oidc/token" and send is not no_token:
            return httpx.Response(200, json={"access_token": FETCHED, "expires_in": 3600})
        return send(request)

    return respond


def provider(name: str, http_client: httpx.AsyncClient) -> Flat | Logto:
    if name == "flat":
        return Flat(TOKEN, base_url="https://provider.example", http_client=http_client)
    endpoint = "https://provider.example"
    return Logto(endpoint, app_id="app", app_secret=SECRET, http_client=http_client)


CALLS: dict[str, Callable[[OrgClient], Awaitable[object]]] = {
    "create": lambda client: client.organization("a" * 24).users.create(
        username="ada", email=ADDRESS, password=PASSWORD
    ),
    "update": lambda client: client.organization("a" * 24).users.update("b" * 24, email=ADDRESS, password=PASSWORD),
    "search": lambda client: client.organization("a" * 24).users.list(query=ADDRESS).collect(),
    "find": lambda client: client.organization("a" * 24).users.find(email=ADDRESS),
    "count": lambda client: client.organization("a" * 24).users.count(query=ADDRESS),
}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and every cause and context of it, suppressed ones included."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        found = waiting.pop()
        if found is not None and id(found) not in seen:
            seen.add(id(found))
            yield found
            waiting += [found.__cause__, found.__context__]


def frames(error: BaseException) -> Iterator[str]:
    """Yield the local variables of every orgsdk frame in the error and its causes."""
    for found in chain(error):
        shown = traceback.TracebackException.from_exception(found, capture_locals=True)
        for frame in shown.stack:
            if Path(frame.filename).is_relative_to(OURS):
                yield f"{Path(frame.filename).name}:{frame.lineno} {frame.locals}"


def insides(thing: object, depth: int = 6) -> Iterator[str]:
    """Yield the reprs of an object and of its parts."""
    yield repr(thing)
    held = vars(thing).values() if hasattr(thing, "__dict__") else ()
    if depth and type(thing).__module__.startswith("orgsdk"):
        for value in held:
            yield from insides(value, depth - 1)


async def test_the_search_finds_a_secret() -> None:
    """The search finds secrets in frames of orgsdk, and in a suppressed context."""

    def leak() -> None:
        try:
            raise LookupError(TOKEN)
        except LookupError:
            raise OrgError("no") from None

    with pytest.raises(OrgError) as caught:
        leak()
    assert any(TOKEN in str(error) for error in chain(caught.value))
    async with mock_client(FAILURES["HTML"]) as http_client:  # the frames of a provider's error are removed
        with pytest.raises(OrgError) as caught:
            await CALLS["find"](OrgClient(provider("flat", http_client)))
    found = list(frames(caught.value))
    assert len(found) > 10
    assert any(ADDRESS in frame for frame in found), "the argument is in the frames of the call"


@pytest.mark.parametrize("failure", [*FAILURES, "no sign-in"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", ["flat", "logto"])
async def test_no_secret_is_shown(name: str, call: str, failure: str, caplog: pytest.LogCaptureFixture) -> None:
    events: list[Event] = []
    spans, metrics, tracing = InMemorySpanExporter(), InMemoryMetricReader(), TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(spans))
    telemetry = OpenTelemetry(tracer_provider=tracing, meter_provider=MeterProvider([metrics]))
    send = FAILURES.get(failure, no_token)
    with caplog.at_level(logging.DEBUG):
        async with mock_client(with_token_endpoint(send)) as http_client:
            own = provider(name, http_client)
            client = OrgClient(
                own,
                max_attempts=2,
                max_wait=0,
                headers={"x-key": KEY},
                on_event=events.append,
                telemetry=telemetry,
            )
            with pytest.raises(OrgError) as caught:
                await CALLS[call](client)
    errors = [error for error in chain(caught.value) if isinstance(error, OrgError)]
    shown = {
        "client": " ".join(insides(client)),
        "errors": " ".join(f"{error} {error!r} {vars(error)}" for error in errors),
        "tracebacks": "".join(traceback.format_exception(caught.value)),
        "pickles": repr([pickle.dumps(error) for error in errors]),
        "events": repr(events),
        "spans": " ".join(span.to_json() for span in spans.get_finished_spans()),
        "metrics": str(metrics.get_metrics_data()),
        "logs": caplog.text + repr([record.__dict__ for record in caplog.records]),
    }
    for where, text in shown.items():
        hits = [canary for canary in SECRETS + PERSONAL_DATA if canary in text]
        assert hits == [], f"{hits} in {where}: {text}"
    for frame in frames(caught.value):
        assert [canary for canary in SECRETS if canary in frame] == [], frame
    assert events, "the hook was called"
    assert spans.get_finished_spans(), "the call was observed"
