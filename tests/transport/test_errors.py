"""Error responses as typed exceptions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from orgsdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnprocessableError,
)
from orgsdk.transport import Headers, ProviderProblem, Request, Response, parse_epoch_seconds
from orgsdk.transport.errors import error_for

REQUEST = Request("list_users", "GET", "/users", query=[("q", "ada@example.org")])


def error(status: int, problem: ProviderProblem | None = None, **headers: str) -> APIError:
    lines = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return error_for("acme", REQUEST, Response(status, Headers(lines), b""), problem or ProviderProblem("no"))


def limited(problem: ProviderProblem | None = None, **headers: str) -> RateLimitError:
    found = error(429, problem, **headers)
    assert isinstance(found, RateLimitError)
    return found


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, APIError),
        (400, BadRequestError),
        (401, AuthenticationError),
        (402, BadRequestError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, BadRequestError),
        (409, ConflictError),
        (418, BadRequestError),
        (422, UnprocessableError),
        (429, RateLimitError),
        (431, BadRequestError),
        (499, BadRequestError),
        (500, ServerError),
        (501, ServerError),
        (503, ServerError),
        (599, ServerError),
    ],
)
def test_the_status_decides_the_exception(status: int, kind: type[APIError]) -> None:
    found = error(status)
    assert type(found) is kind
    assert found.status_code == status


def test_the_provider_may_override_the_status() -> None:
    # Flat's rate limit is a 403, distinguished by its code only (facts/flat.md, Rate limit).
    found = error(
        403, ProviderProblem("slow down", code="API_RATE_LIMIT_EXCEEDED", kind=RateLimitError), retry_after="3"
    )
    assert isinstance(found, RateLimitError)
    assert (found.status_code, found.code, found.retry_after) == (403, "API_RATE_LIMIT_EXCEEDED", 3.0)


def test_an_error_has_everything_that_the_provider_reported() -> None:
    found = error(422, ProviderProblem("bad name", code="entity.invalid", details="name: too long", request_id="r1"))
    assert str(found) == "acme list_users [422 entity.invalid]: bad name (name: too long) [request r1]"
    assert (found.provider, found.operation, found.message) == ("acme", "list_users", "bad name")
    assert (found.code, found.details, found.request_id) == ("entity.invalid", "name: too long", "r1")


def test_an_error_shows_no_address_and_no_search_text() -> None:
    found = error(409, ProviderProblem("ada@example.org is taken", details="primary_email: ada@example.org"))
    assert (found.message, found.details) == ("[address] is taken", "primary_email: [address]")
    assert "ada" not in f"{found} {found!r} {vars(found)}"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("604800", 604800.0),
        ("604801", None),
        ("9" * 400, None),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("soon", None),
        ("²", None),
        ("٣", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Sun, 06 Nov 9994 08:49:37 GMT", None),
        ("Sun, 06 Nov 99999999999 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 +0000", None),
        ("Sun, 06 Nov 1994 08:49:37 -0000", None),
        ("Sun, 32 Nov 1994 99:49:37 GMT", None),
        ("GMT", None),
    ],
)
def test_retry_after_is_seconds_or_none(value: str, seconds: float | None) -> None:
    assert limited(retry_after=value).retry_after == seconds


def test_without_a_retry_after_the_reset_time_decides_the_wait() -> None:
    resets_at = datetime.now(UTC) + timedelta(minutes=5)
    found = limited(ProviderProblem("slow down", resets_at=resets_at))
    assert found.resets_at == resets_at
    assert found.retry_after == pytest.approx(300, abs=5)


def test_a_retry_after_precedes_the_reset_time() -> None:
    resets_at = datetime.now(UTC) + timedelta(minutes=5)
    found = limited(ProviderProblem("slow down", resets_at=resets_at), retry_after="2")
    assert (found.retry_after, found.resets_at) == (2.0, resets_at)


def test_a_reset_time_in_the_past_is_no_wait() -> None:
    assert limited(ProviderProblem("slow down", resets_at=datetime(2020, 1, 1, tzinfo=UTC))).retry_after == 0.0


def test_a_date_becomes_seconds_and_a_reset_time() -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5)
    found = limited(retry_after=format_datetime(until, usegmt=True))
    assert found.retry_after == pytest.approx(300, abs=5)
    assert found.resets_at == pytest.approx(until, abs=timedelta(seconds=1))


def test_seconds_become_a_reset_time() -> None:
    found = limited(retry_after="7")
    assert found.resets_at == pytest.approx(datetime.now(UTC) + timedelta(seconds=7), abs=timedelta(seconds=2))


def test_a_reset_time_after_more_than_a_week_is_ignored() -> None:
    found = limited(ProviderProblem("slow down", resets_at=datetime.now(UTC) + timedelta(days=8)))
    assert (found.retry_after, found.resets_at) == (None, None)


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_may_have_a_retry_after(status: int) -> None:
    found = error(status, retry_after="3")
    assert isinstance(found, ServerError)
    assert found.retry_after == 3.0


def test_code_and_request_id_are_one_line_without_an_address() -> None:
    found = error(400, ProviderProblem("no", code="taken\nby ada@example.org", request_id="r1\r\nada@example.org"))
    assert (found.code, found.request_id) == ("taken by [address]", "r1 [address]")


def test_without_a_stated_wait_both_are_none() -> None:
    found = limited()
    assert (found.retry_after, found.resets_at) == (None, None)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1893456000", datetime(2030, 1, 1, tzinfo=UTC)),
        ("99999999999", datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)),
        ("999999999999", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("٣", None),
        ("tomorrow", None),
        (None, None),
    ],
)
def test_epoch_seconds_are_a_time_or_none(value: str | None, time: datetime | None) -> None:
    assert parse_epoch_seconds(value) == time
