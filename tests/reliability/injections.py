"""Injections: what a fault does to one exchange between client and server."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import anyio

from orgsdk.transport.backends.failures import RequestNotSent, ResponseLost, ResponseTimedOut
from tests.reliability.network import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.network import Exchange, Injection

_HTML = b"<!doctype html><html><body><h1>Bad gateway</h1></body></html>"
_FOREVER = 100_000.0


def _response(status: int, body: bytes, content_type: str, *headers: tuple[str, str]) -> Wire:
    return Wire(status, (("content-type", content_type), ("content-length", str(len(body))), *headers), body)


def html(status: int, *headers: tuple[str, str]) -> Wire:
    """Return the HTML page of a proxy."""
    return _response(status, _HTML, "text/html; charset=utf-8", *headers)


def json_response(status: int, value: object, *headers: tuple[str, str]) -> Wire:
    """Return a JSON response."""
    return _response(status, json.dumps(value).encode(), "application/json", *headers)


# Not sent


async def refused(exchange: Exchange) -> Wire:
    """Refuse the connection."""
    raise RequestNotSent("connection refused")


def slow_connect(seconds: float) -> Injection:
    """Connect after some seconds, and execute the request."""

    async def inject(exchange: Exchange) -> Wire:
        await anyio.sleep(seconds)
        return await exchange.run()

    return inject


async def connect_timeout(exchange: Exchange) -> Wire:
    """Do not connect in time."""
    await anyio.sleep(10)
    raise RequestNotSent("no connection in time")


# Lost responses: the server commits before, later, or never


def lost(*, committed: bool, seconds: float = 0.0, timed_out: bool = False) -> Injection:
    """Lose the response, before or after the server executes the request."""

    async def inject(exchange: Exchange) -> Wire:
        if committed:
            await exchange.run()
        await anyio.sleep(seconds)
        raise ResponseTimedOut("no response") if timed_out else ResponseLost("the connection was reset")

    return inject


def lost_and_late(seconds: float) -> Injection:
    """Lose the connection; the server executes the request some seconds later."""

    async def inject(exchange: Exchange) -> Wire:
        exchange.run_later(seconds)
        raise ResponseLost("the connection was reset")

    return inject


def truncated(position: Callable[[bytes], int]) -> Injection:
    """End the connection inside the body."""

    async def inject(exchange: Exchange) -> Wire:
        wire = await exchange.run()
        raise ResponseLost(f"the connection ended after {position(wire.body)} bytes")

    return inject


def hang(*, committed: bool) -> Injection:
    """Never answer, before or after the server executes the request."""

    async def inject(exchange: Exchange) -> Wire:
        if committed:
            await exchange.run()
        await anyio.sleep(_FOREVER)
        raise ResponseLost("no response")

    return inject


async def hang_and_late(exchange: Exchange) -> Wire:
    """Never answer; the server executes the request two minutes later."""
    exchange.run_later(120)
    await anyio.sleep(_FOREVER)
    raise ResponseLost("no response")


def drip(seconds: float) -> Injection:
    """Send the response in pieces over some seconds."""

    async def inject(exchange: Exchange) -> Wire:
        wire = await exchange.run()
        pieces = 20
        for _ in range(pieces):
            await anyio.sleep(seconds / pieces)
        return wire

    return inject


# Responses of a failing server, or of a proxy in front of it


def instead(make: Callable[[], Wire], *, committed: bool = False) -> Injection:
    """Answer with another response than the server's."""

    async def inject(exchange: Exchange) -> Wire:
        if committed:
            await exchange.run()
        return make()

    return inject


def gateway(status: int, text: str = "default backend") -> Injection:
    """Answer as a gateway in front of the server does, which did not pass the request on."""
    return instead(lambda: _response(status, f"{text} - {status}".encode(), "text/plain; charset=utf-8"))


def echoing(status: int) -> Injection:
    """Answer with an error that repeats the whole request, credentials included, in every field."""

    async def inject(exchange: Exchange) -> Wire:
        sent = " ".join(exchange.sent_secrets())
        body = {"code": sent, "message": f"cannot process {sent}", "id": sent, "param": sent, "details": sent}
        oauth = {"error": sent, "error_description": sent}
        workos = {"errors": [{"code": sent, "message": sent, "field": sent}]}
        return json_response(
            status, {**body, **oauth, **workos}, ("x-request-id", sent), ("logto-core-request-id", sent)
        )

    return inject


def and_then(first: Injection, then: Injection) -> Injection:
    """Inject one fault, and another into the next exchange of the same kind, which is the retry."""

    async def inject(exchange: Exchange) -> Wire:
        network, before = exchange.network, exchange.network.plan

        def plan(following: Exchange) -> Injection:
            if following.is_token != exchange.is_token:
                return before(following)
            network.plan = before
            return then

        network.plan = plan
        return await first(exchange)

    return inject


def http_date(seconds: float) -> str:
    """Return a time from now as an HTTP date."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def asctime_date(seconds: float) -> str:
    """Return a time from now in C's form, which RFC 9110, section 5.6.7, calls obsolete."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).ctime()


def rfc850_date(seconds: float) -> str:
    """Return a time from now in the form of RFC 850."""
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%A, %d-%b-%y %H:%M:%S} GMT"


def rate_limited(make_value: Callable[[], str | None]) -> Injection:
    """Limit the rate, with this `Retry-After`."""

    def make() -> Wire:
        value = make_value()
        headers = () if value is None else (("retry-after", value),)
        return json_response(429, {"code": "TOO_MANY", "message": "too many"}, *headers)

    return instead(make)


def flat_403(reset_in: float | None) -> Injection:
    """Limit the rate as Flat does, with 403."""

    def make() -> Wire:
        body = {"code": "API_RATE_LIMIT_EXCEEDED", "message": "You have exceeded your rate limit"}
        if reset_in is None:
            return json_response(403, body)
        resets_at = str(int(datetime.now(UTC).timestamp() + reset_in))
        return json_response(403, body, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", resets_at))

    return instead(make)


def clock_off(status: int, ahead: float, make_limit: Callable[[float], tuple[tuple[str, str], ...]]) -> Injection:
    """Limit the rate for two seconds, as a server does whose clock is some seconds ahead."""

    def make() -> Wire:
        body = {"code": "API_RATE_LIMIT_EXCEEDED", "message": "You have exceeded your rate limit"}
        return json_response(status, body, ("date", http_date(ahead)), *make_limit(ahead + 2))

    return instead(make)


def reset_header(seconds: float) -> tuple[tuple[str, str], ...]:
    """Return the headers of a limit that ends in some seconds."""
    resets_at = str(int(datetime.now(UTC).timestamp() + seconds))
    return (("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", resets_at))


def retry_after(seconds: float) -> tuple[tuple[str, str], ...]:
    """Return the header of a wait that ends in some seconds, with a date."""
    return (("retry-after", http_date(seconds)),)


# Changed responses


def change_response(change: Callable[[Wire], Wire]) -> Injection:
    """Change the server's response."""

    async def inject(exchange: Exchange) -> Wire:
        return change(await exchange.run())

    return inject


def zipped(wire: Wire, change: Callable[[bytes], bytes]) -> Wire:
    """Return the response compressed, with its compressed body changed."""
    plain = wire.plain()
    if not plain.body:
        return plain
    return replace(plain, body=change(gzip.compress(plain.body))).with_headers(("content-encoding", "gzip"))


def change_body(change: Callable[[bytes], bytes]) -> Injection:
    """Change the body of the server's response."""

    def changed(wire: Wire) -> Wire:
        plain = wire.plain()
        # A response without a body cannot be damaged.
        return replace(plain, body=change(plain.body)) if plain.body else plain

    return change_response(changed)


def with_headers(*headers: tuple[str, str]) -> Injection:
    """Replace headers of the server's response."""
    return change_response(lambda wire: wire.with_headers(*headers))


def without_type(wire: Wire) -> Wire:
    """Return the response without a content type."""
    return replace(wire, headers=tuple(line for line in wire.headers if line[0].lower() != "content-type"))


def doubled(wire: Wire) -> Wire:
    """Return the response with each header twice."""
    return replace(wire, headers=tuple(line for line in wire.headers for _ in range(2)))


def in_capitals(wire: Wire) -> Wire:
    """Return the response with its headers in capitals, in another order."""
    return replace(wire, headers=tuple((name.upper(), value) for name, value in reversed(wire.headers)))


_ENUMS = {"status", "state", "type", "organizationRole", "classRole", "product", "mode", "source"}


def _each(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    if isinstance(value, dict):
        return change({name: _each(item, change) for name, item in value.items()})
    return value


def change_objects(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Injection:
    """Change each JSON object in the server's response."""

    def changed(body: bytes) -> bytes:
        try:
            return json.dumps(_each(json.loads(body), change)).encode()
        except ValueError:
            return body

    return change_body(changed)


def unknown_words(found: dict[str, Any]) -> dict[str, Any]:
    """Return the object with unknown words in its enumerations."""
    return {name: "wizardry" if name in _ENUMS and isinstance(v, str) else v for name, v in found.items()}


def more_fields(found: dict[str, Any]) -> dict[str, Any]:
    """Return the object with unknown fields."""
    return {"zzNew": {"a": [1, None]}, **found, "zzOther": "x" * 50}


# Credentials


async def token_expired(exchange: Exchange) -> Wire:
    """Execute the request with an expired token."""
    return await exchange.run(authorization=None if exchange.is_token else "Bearer expired")


def token_expired_and(then: Injection) -> Injection:
    """Expire the token, and inject a fault into the request for the next one."""

    async def inject(exchange: Exchange) -> Wire:
        if exchange.is_token:
            return await then(exchange)
        network, before = exchange.network, exchange.network.plan

        def plan(following: Exchange) -> Injection:
            if not following.is_token:
                return before(following)
            network.plan = before
            return then

        network.plan = plan
        return await token_expired(exchange)

    return inject
