"""Every kind of fault that can be injected into one exchange.

If a kind `survives`, an idempotent request must succeed despite the fault.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import anyio

from orgsdk.transport.backends.failures import RequestNotSent, ResponseLost, ResponseTimedOut
from tests.reliability.network import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.network import Exchange, Injection
    from tests.reliability.servers import Name

_HTML = b"<!doctype html><html><body><h1>Bad gateway</h1></body></html>"
_FOREVER = 100_000.0


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault: its name, its effect, and the only provider that it is for (None: both)."""

    name: str
    inject: Injection
    survives: bool = False
    only: Name | None = None


def _answer(status: int, body: bytes, content_type: str, *headers: tuple[str, str]) -> Wire:
    return Wire(status, (("content-type", content_type), ("content-length", str(len(body))), *headers), body)


def _html(status: int, *headers: tuple[str, str]) -> Wire:
    return _answer(status, _HTML, "text/html; charset=utf-8", *headers)


def _json(status: int, value: object, *headers: tuple[str, str]) -> Wire:
    return _answer(status, json.dumps(value).encode(), "application/json", *headers)


# Not sent


async def _refused(exchange: Exchange) -> Wire:
    raise RequestNotSent("connection refused")


async def _connect_timeout(exchange: Exchange) -> Wire:
    await anyio.sleep(10)
    raise RequestNotSent("no connection in time")


# Lost responses: the server commits before, later, or never


def _lost(*, committed: bool, seconds: float = 0.0, timed_out: bool = False) -> Injection:
    async def inject(exchange: Exchange) -> Wire:
        if committed:
            await exchange.run()
        await anyio.sleep(seconds)
        raise ResponseTimedOut("no response") if timed_out else ResponseLost("the connection was reset")

    return inject


def _lost_and_late(seconds: float) -> Injection:
    async def inject(exchange: Exchange) -> Wire:
        exchange.run_later(seconds)
        raise ResponseLost("the connection was reset")

    return inject


def _truncated(place: Callable[[bytes], int]) -> Injection:
    async def inject(exchange: Exchange) -> Wire:
        wire = await exchange.run()
        raise ResponseLost(f"the connection ended after {place(wire.body)} bytes")

    return inject


def _hang(*, committed: bool) -> Injection:
    async def inject(exchange: Exchange) -> Wire:
        if committed:
            await exchange.run()
        await anyio.sleep(_FOREVER)
        raise ResponseLost("no response")

    return inject


async def _hang_and_late(exchange: Exchange) -> Wire:
    exchange.run_later(120)
    await anyio.sleep(_FOREVER)
    raise ResponseLost("no response")


def _drip(seconds: float) -> Injection:
    async def inject(exchange: Exchange) -> Wire:
        wire = await exchange.run()
        pieces = 20
        for _ in range(pieces):
            await anyio.sleep(seconds / pieces)
        return wire

    return inject


# Responses of a failing server, or of a proxy in front of it


def _instead(make: Callable[[], Wire], *, committed: bool = False) -> Injection:
    async def inject(exchange: Exchange) -> Wire:
        if committed:
            await exchange.run()
        return make()

    return inject


def _http_date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def _rate_limited(make_value: Callable[[], str | None]) -> Injection:
    def make() -> Wire:
        value = make_value()
        headers = () if value is None else (("retry-after", value),)
        return _json(429, {"code": "TOO_MANY", "message": "too many"}, *headers)

    return _instead(make)


def _flat_403(reset_in: float | None) -> Injection:
    def make() -> Wire:
        body = {"code": "API_RATE_LIMIT_EXCEEDED", "message": "You have exceeded your rate limit"}
        if reset_in is None:
            return _json(403, body)
        resets_at = str(int(datetime.now(UTC).timestamp() + reset_in))
        return _json(403, body, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", resets_at))

    return _instead(make)


# Changed responses


def _changed(change: Callable[[Wire], Wire]) -> Injection:
    async def inject(exchange: Exchange) -> Wire:
        return change(await exchange.run())

    return inject


def _zipped(wire: Wire, change: Callable[[bytes], bytes]) -> Wire:
    plain = wire.plain()
    if not plain.body:
        return plain
    return replace(plain, body=change(gzip.compress(plain.body))).with_headers(("content-encoding", "gzip"))


def _body(change: Callable[[bytes], bytes]) -> Injection:
    def changed(wire: Wire) -> Wire:
        plain = wire.plain()
        # A response without a body cannot be damaged.
        return replace(plain, body=change(plain.body)) if plain.body else plain

    return _changed(changed)


def _with(*headers: tuple[str, str]) -> Injection:
    return _changed(lambda wire: wire.with_headers(*headers))


def _without_type(wire: Wire) -> Wire:
    return replace(wire, headers=tuple(line for line in wire.headers if line[0].lower() != "content-type"))


def _doubled(wire: Wire) -> Wire:
    return replace(wire, headers=tuple(line for line in wire.headers for _ in range(2)))


def _in_capitals(wire: Wire) -> Wire:
    return replace(wire, headers=tuple((name.upper(), value) for name, value in reversed(wire.headers)))


_ENUMS = {"status", "type", "organizationRole", "classRole", "product", "mode", "source"}


def _each(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    if isinstance(value, dict):
        return change({name: _each(item, change) for name, item in value.items()})
    return value


def _objects(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Injection:
    def changed(body: bytes) -> bytes:
        try:
            return json.dumps(_each(json.loads(body), change)).encode()
        except ValueError:
            return body

    return _body(changed)


def _unknown_words(found: dict[str, Any]) -> dict[str, Any]:
    return {name: "wizardry" if name in _ENUMS and isinstance(v, str) else v for name, v in found.items()}


def _more_fields(found: dict[str, Any]) -> dict[str, Any]:
    return {"zzNew": {"a": [1, None]}, **found, "zzOther": "x" * 50}


# Credentials


async def _token_expired(exchange: Exchange) -> Wire:
    return await exchange.run(authorization=None if exchange.is_token else "Bearer expired")


def _token_expired_and(then: Injection) -> Injection:
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
        return await _token_expired(exchange)

    return inject


FAULT_KINDS: tuple[FaultKind, ...] = (
    FaultKind("connection refused", _refused, survives=True),
    FaultKind("connect time-out", _connect_timeout, survives=True),
    FaultKind("reset before the commit", _lost(committed=False), survives=True),
    FaultKind("reset after the commit", _lost(committed=True), survives=True),
    FaultKind("reset, committed 50 ms later", _lost_and_late(0.05), survives=True),
    FaultKind("reset, committed 2 s later", _lost_and_late(2), survives=True),
    FaultKind("reset, committed a minute later", _lost_and_late(60), survives=True),
    FaultKind("read time-out before the commit", _lost(committed=False, seconds=12, timed_out=True), survives=True),
    FaultKind("read time-out after the commit", _lost(committed=True, seconds=12, timed_out=True), survives=True),
    FaultKind("hang before the commit", _hang(committed=False)),
    FaultKind("hang after the commit", _hang(committed=True)),
    FaultKind("hang, committed when the client has gone", _hang_and_late),
    FaultKind("cut before the first byte", _truncated(lambda _: 0), survives=True),
    FaultKind("cut in the middle", _truncated(lambda body: len(body) // 2), survives=True),
    FaultKind("cut before the last byte", _truncated(lambda body: max(0, len(body) - 1)), survives=True),
    FaultKind("drip within the deadline", _drip(6), survives=True),
    FaultKind("drip past the deadline", _drip(600)),
    FaultKind(
        "500 before the commit", _instead(lambda: _json(500, {"message": "Internal server error."})), survives=True
    ),
    FaultKind(
        "500 after the commit",
        _instead(lambda: _json(500, {"message": "Internal server error."}), committed=True),
        survives=True,
    ),
    FaultKind("502 HTML", _instead(lambda: _html(502)), survives=True),
    FaultKind("502 HTML after the commit", _instead(lambda: _html(502), committed=True), survives=True),
    FaultKind("503", _instead(lambda: _html(503)), survives=True),
    FaultKind("503 after the commit", _instead(lambda: _html(503), committed=True), survives=True),
    FaultKind("503 Retry-After seconds", _instead(lambda: _html(503, ("retry-after", "2"))), survives=True),
    FaultKind("503 Retry-After date", _instead(lambda: _html(503, ("retry-after", _http_date(2)))), survives=True),
    FaultKind(
        "503 Retry-After garbage after the commit",
        _instead(lambda: _html(503, ("retry-after", "soon")), committed=True),
        survives=True,
    ),
    FaultKind("504 HTML", _instead(lambda: _html(504)), survives=True),
    FaultKind("429 seconds", _rate_limited(lambda: "3"), survives=True),
    FaultKind("429 date", _rate_limited(lambda: _http_date(3)), survives=True),
    FaultKind("429 date in the past", _rate_limited(lambda: _http_date(-60)), survives=True),
    FaultKind("429 without Retry-After", _rate_limited(lambda: None), survives=True),
    FaultKind("429 negative", _rate_limited(lambda: "-3"), survives=True),
    FaultKind("429 nan", _rate_limited(lambda: "nan"), survives=True),
    FaultKind("429 inf", _rate_limited(lambda: "inf"), survives=True),
    FaultKind("429 1e9", _rate_limited(lambda: "1e9"), survives=True),
    FaultKind("429 digits beyond ASCII", _rate_limited(lambda: "\u0663"), survives=True),
    FaultKind("429 an hour", _rate_limited(lambda: "3600")),
    FaultKind("429 HTML", _instead(lambda: _html(429)), survives=True),
    FaultKind("403 as rate limit", _flat_403(4), survives=True, only="flat"),
    FaultKind("403 as rate limit, for an hour", _flat_403(3600), only="flat"),
    FaultKind("403 as rate limit, without a reset", _flat_403(None), survives=True, only="flat"),
    FaultKind("403 refused", _instead(lambda: _json(403, {"code": "FORBIDDEN", "message": "no"}))),
    FaultKind("truncated gzip", _changed(lambda wire: _zipped(wire, lambda packed: packed[:-9]))),
    FaultKind(
        "damaged gzip", _changed(lambda wire: _zipped(wire, lambda packed: packed[:12] + b"\0\0\0" + packed[15:]))
    ),
    FaultKind("good gzip", _changed(lambda wire: _zipped(wire, bytes)), survives=True),
    FaultKind("an unrequested encoding", _with(("content-encoding", "br"))),
    FaultKind("truncated JSON", _body(lambda body: body[: len(body) // 2])),
    FaultKind("empty 200", _body(lambda _: b"")),
    FaultKind("HTML 200 after the commit", _instead(lambda: _html(200), committed=True)),
    FaultKind("HTML 200 of a proxy", _instead(lambda: _html(200))),
    FaultKind("an empty 204 instead of the response", _changed(lambda wire: Wire(204, (), b""))),
    FaultKind("bad UTF-8", _body(lambda body: body.replace(b'"', b'"\xff', 1))),
    FaultKind("deep JSON", _body(lambda _: b"[" * 100_000)),
    FaultKind("a huge integer", _body(lambda _: b'[{"id": ' + b"9" * 10_000 + b"}]")),
    FaultKind("a body that is too large", _body(lambda _: b"[" + b" " * (9 << 20) + b"]")),
    FaultKind("wrong content type", _with(("content-type", "application/octet-stream"))),
    FaultKind("no content type", _changed(_without_type)),
    FaultKind("unknown words in enums", _objects(_unknown_words), survives=True),
    FaultKind("unknown fields", _objects(_more_fields), survives=True),
    FaultKind("duplicated headers", _changed(_doubled), survives=True),
    FaultKind("headers in capitals, in another order", _changed(_in_capitals), survives=True),
    FaultKind("token expired", _token_expired, survives=True, only="logto"),
    FaultKind("token not accepted", _token_expired, only="flat"),
    FaultKind("token expired, endpoint down", _token_expired_and(_refused), survives=True, only="logto"),
    FaultKind(
        "token expired, endpoint 500", _token_expired_and(_instead(lambda: _html(500))), survives=True, only="logto"
    ),
    FaultKind("token expired, endpoint hangs", _token_expired_and(_hang(committed=False)), only="logto"),
    FaultKind("token expired, endpoint slow", _token_expired_and(_drip(5)), survives=True, only="logto"),
    FaultKind("token expired, endpoint HTML", _token_expired_and(_instead(lambda: _html(200))), only="logto"),
    FaultKind("token expired, endpoint empty", _token_expired_and(_body(lambda _: b"{}")), only="logto"),
)


def kinds_of(name: Name) -> tuple[FaultKind, ...]:
    """Return the kinds for one provider."""
    return tuple(kind for kind in FAULT_KINDS if kind.only in {None, name})
