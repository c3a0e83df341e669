"""Every kind of fault that can be injected into one exchange.

If a kind `survives`, an idempotent request must succeed despite the fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.reliability.injections import (
    and_then,
    asctime_date,
    change_body,
    change_objects,
    change_response,
    clock_off,
    connect_timeout,
    doubled,
    drip,
    echoing,
    flat_403,
    gateway,
    hang,
    hang_and_late,
    html,
    http_date,
    in_capitals,
    instead,
    json_response,
    lost,
    lost_and_late,
    more_fields,
    rate_limited,
    refused,
    reset_header,
    retry_after,
    rfc850_date,
    slow_connect,
    token_expired,
    token_expired_and,
    truncated,
    unknown_words,
    with_headers,
    without_type,
    zipped,
)
from tests.reliability.network import Wire
from tests.reliability.servers import ALL_NAMES, Name

if TYPE_CHECKING:
    from tests.reliability.network import Injection


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault: its name, its effect, and the providers that it is for."""

    name: str
    inject: Injection
    survives: bool = False
    only: tuple[Name, ...] = ALL_NAMES


# Answers of a gateway in front of the server, which did not pass the request on.
_GATEWAY_KINDS: tuple[FaultKind, ...] = (
    *(FaultKind(f"{status} of a gateway", gateway(status)) for status in (400, 403, 410)),
    *(
        FaultKind(f"502, then {status} of a gateway", and_then(instead(lambda: html(502)), gateway(status)))
        for status in (400, 403)
    ),
)


def _lost_then(status: int, *, survives: bool = False) -> FaultKind:
    injection = and_then(lost(committed=True), gateway(status))
    return FaultKind(f"lost after the commit, then {status} of a gateway", injection, survives=survives)


# Flat and WorkOS report when a limit ends, and Flat limits with 403 too.
_WITH_RESET: tuple[tuple[int, tuple[Name, ...]], ...] = ((429, ("flat", "workos")), (403, ("flat",)))


def _clock_kinds(word: str, ahead: float) -> tuple[FaultKind, ...]:
    return (
        *(
            FaultKind(f"{status} reset, clock {word}", clock_off(status, ahead, reset_header), survives=True, only=only)
            for status, only in _WITH_RESET
        ),
        *(
            FaultKind(f"{status} date, clock {word}", clock_off(status, ahead, retry_after), survives=True)
            for status in (429, 503)
        ),
    )


# Kinds that the client does not yet withstand, by what is wrong. A fix moves its kinds to `FAULT_KINDS`.
OPEN_KINDS: dict[str, tuple[FaultKind, ...]] = {}

FAULT_KINDS: tuple[FaultKind, ...] = (
    FaultKind("404 of a gateway", gateway(404)),
    FaultKind("502, then 404 of a gateway", and_then(instead(lambda: html(502)), gateway(404))),
    *(_lost_then(status) for status in (400, 403, 404, 409, 422)),
    *(_lost_then(status, survives=True) for status in (408, 421, 425)),
    *(FaultKind(f"{status} of a gateway", gateway(status), survives=True) for status in (408, 421, 425)),
    FaultKind("408 after the commit", instead(lambda: html(408), committed=True), survives=True),
    FaultKind("connection refused", refused, survives=True),
    FaultKind("connect time-out", connect_timeout, survives=True),
    FaultKind("slow connect", slow_connect(8), survives=True),
    FaultKind("reset before the commit", lost(committed=False), survives=True),
    FaultKind("reset after the commit", lost(committed=True), survives=True),
    FaultKind("reset, committed 50 ms later", lost_and_late(0.05), survives=True),
    FaultKind("reset, committed 2 s later", lost_and_late(2), survives=True),
    FaultKind("reset, committed a minute later", lost_and_late(60), survives=True),
    FaultKind("read time-out before the commit", lost(committed=False, seconds=12, timed_out=True), survives=True),
    FaultKind("read time-out after the commit", lost(committed=True, seconds=12, timed_out=True), survives=True),
    FaultKind("hang before the commit", hang(committed=False)),
    FaultKind("hang after the commit", hang(committed=True)),
    FaultKind("hang, committed when the client has gone", hang_and_late),
    FaultKind("cut before the first byte", truncated(lambda _: 0), survives=True),
    FaultKind("cut in the middle", truncated(lambda body: len(body) // 2), survives=True),
    FaultKind("cut before the last byte", truncated(lambda body: max(0, len(body) - 1)), survives=True),
    FaultKind("drip within the deadline", drip(6), survives=True),
    FaultKind("drip past the deadline", drip(600)),
    FaultKind(
        "500 before the commit",
        instead(lambda: json_response(500, {"message": "Internal server error."})),
        survives=True,
    ),
    FaultKind(
        "500 after the commit",
        instead(lambda: json_response(500, {"message": "Internal server error."}), committed=True),
        survives=True,
    ),
    FaultKind("502 HTML", instead(lambda: html(502)), survives=True),
    FaultKind("502 HTML after the commit", instead(lambda: html(502), committed=True), survives=True),
    FaultKind("503", instead(lambda: html(503)), survives=True),
    FaultKind("503 after the commit", instead(lambda: html(503), committed=True), survives=True),
    FaultKind("503 Retry-After seconds", instead(lambda: html(503, ("retry-after", "2"))), survives=True),
    FaultKind("503 Retry-After date", instead(lambda: html(503, ("retry-after", http_date(2)))), survives=True),
    FaultKind(
        "503 Retry-After garbage after the commit",
        instead(lambda: html(503, ("retry-after", "soon")), committed=True),
        survives=True,
    ),
    FaultKind("504 HTML", instead(lambda: html(504)), survives=True),
    FaultKind("429 seconds", rate_limited(lambda: "3"), survives=True),
    FaultKind("429 date", rate_limited(lambda: http_date(3)), survives=True),
    FaultKind("429 date in the past", rate_limited(lambda: http_date(-60)), survives=True),
    FaultKind("429 without Retry-After", rate_limited(lambda: None), survives=True),
    FaultKind("429 negative", rate_limited(lambda: "-3"), survives=True),
    FaultKind("429 nan", rate_limited(lambda: "nan"), survives=True),
    FaultKind("429 inf", rate_limited(lambda: "inf"), survives=True),
    FaultKind("429 1e9", rate_limited(lambda: "1e9"), survives=True),
    FaultKind("429 digits beyond ASCII", rate_limited(lambda: "\u0663"), survives=True),
    FaultKind("429 an hour", rate_limited(lambda: "3600")),
    FaultKind("429 HTML", instead(lambda: html(429)), survives=True),
    FaultKind("429 with a fraction", rate_limited(lambda: "1.5"), survives=True),
    FaultKind("429 asctime date", rate_limited(lambda: asctime_date(3)), survives=True),
    FaultKind("429 RFC 850 date", rate_limited(lambda: rfc850_date(3)), survives=True),
    *_clock_kinds("ten minutes ahead", 600),
    *_clock_kinds("ten minutes behind", -600),
    FaultKind("403 as rate limit", flat_403(4), survives=True, only=("flat",)),
    FaultKind("403 as rate limit, for an hour", flat_403(3600), only=("flat",)),
    FaultKind("403 as rate limit, without a reset", flat_403(None), survives=True, only=("flat",)),
    FaultKind("403 refused", instead(lambda: json_response(403, {"code": "FORBIDDEN", "message": "no"}))),
    *_GATEWAY_KINDS,
    *(
        FaultKind(f"{status} that echoes the request", echoing(status), survives=status in {429, 500})
        for status in (400, 403, 404, 409, 422, 429, 500)
    ),
    FaultKind("truncated gzip", change_response(lambda wire: zipped(wire, lambda packed: packed[:-9]))),
    FaultKind(
        "damaged gzip",
        change_response(lambda wire: zipped(wire, lambda packed: packed[:12] + b"\0\0\0" + packed[15:])),
    ),
    FaultKind("good gzip", change_response(lambda wire: zipped(wire, bytes)), survives=True),
    FaultKind("an unrequested encoding", with_headers(("content-encoding", "br"))),
    FaultKind("truncated JSON", change_body(lambda body: body[: len(body) // 2])),
    FaultKind("empty 200", change_body(lambda _: b"")),
    FaultKind("HTML 200 after the commit", instead(lambda: html(200), committed=True)),
    FaultKind("HTML 200 of a proxy", instead(lambda: html(200))),
    FaultKind("an empty 204 instead of the response", change_response(lambda wire: Wire(204, (), b""))),
    FaultKind("bad UTF-8", change_body(lambda body: body.replace(b'"', b'"\xff', 1))),
    FaultKind("deep JSON", change_body(lambda _: b"[" * 100_000)),
    FaultKind("a huge integer", change_body(lambda _: b'[{"id": ' + b"9" * 10_000 + b"}]")),
    FaultKind("a body that is too large", change_body(lambda _: b"[" + b" " * (9 << 20) + b"]")),
    FaultKind("wrong content type", with_headers(("content-type", "application/octet-stream"))),
    FaultKind("no content type", change_response(without_type)),
    FaultKind("unknown words in enums", change_objects(unknown_words), survives=True),
    FaultKind("unknown fields", change_objects(more_fields), survives=True),
    FaultKind("duplicated headers", change_response(doubled), survives=True),
    FaultKind("headers in capitals, in another order", change_response(in_capitals), survives=True),
    FaultKind("token expired", token_expired, survives=True, only=("logto",)),
    FaultKind("token not accepted", token_expired, only=("flat", "workos", "scim")),
    FaultKind("token expired, endpoint down", token_expired_and(refused), survives=True, only=("logto",)),
    FaultKind(
        "token expired, endpoint 500", token_expired_and(instead(lambda: html(500))), survives=True, only=("logto",)
    ),
    FaultKind("token expired, endpoint hangs", token_expired_and(hang(committed=False)), only=("logto",)),
    FaultKind("token expired, endpoint slow", token_expired_and(drip(5)), survives=True, only=("logto",)),
    FaultKind("token expired, endpoint HTML", token_expired_and(instead(lambda: html(200))), only=("logto",)),
    FaultKind("token expired, endpoint empty", token_expired_and(change_body(lambda _: b"{}")), only=("logto",)),
)


def kinds_of(name: Name) -> tuple[FaultKind, ...]:
    """Return the kinds for one provider."""
    return tuple(kind for kind in FAULT_KINDS if name in kind.only)
