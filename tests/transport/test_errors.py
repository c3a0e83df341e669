"""Error responses as typed exceptions, and redaction of a provider's text before it is used in an error."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, strategies as st

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
from orgsdk.transport.redaction import Secrets, redact

REQUEST = Request("list_users", "GET", "/users", query=[("q", "ada@example.org")])


def error(status: int, problem: ProviderProblem | None = None, **headers: str) -> APIError:
    lines = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return error_for(
        "acme", REQUEST, Response(status, Headers(lines), b""), problem or ProviderProblem("no", is_own=True)
    )


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
        (408, ServerError),
        (409, ConflictError),
        (418, BadRequestError),
        (421, ServerError),
        (422, UnprocessableError),
        (425, ServerError),
        (426, BadRequestError),
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


def test_a_404_that_the_provider_does_not_claim_is_not_a_missing_resource() -> None:
    """A provider of another author that does not set `is_own` reports no resource as gone."""
    found = error(404, ProviderProblem("no such user"))
    assert type(found) is APIError
    assert found.message == (
        "received 404 with no content type, which is not acme's error format. "
        "A gateway or a proxy may have sent it: check the base URL, and whether the provider is available."
    )
    assert "received 404 with text/plain, which" in error(404, ProviderProblem("no"), content_type="text/plain").message


def test_no_text_of_an_error_has_a_secret_but_a_known_code_stays() -> None:
    secrets = Secrets(["invite"])
    problem = ProviderProblem("no invite", code="bad.invite", details="invite: used", request_id="invite-1")
    for known, code in ((False, "bad.[secret]"), (True, "bad.invite")):
        found = error_for(
            "acme", REQUEST, Response(400, Headers(), b""), replace(problem, has_known_code=known), secrets
        )
        assert (found.message, found.code) == ("no [secret]", code)
        assert (found.details, found.request_id) == ("[secret]: used", "[secret]-1")


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
        ("1.5", 1.5),
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


@pytest.mark.parametrize("status", [500, 503])
def test_the_end_of_a_rate_limit_says_nothing_about_a_failing_server(status: int) -> None:
    found = error(status, ProviderProblem("down", resets_at=datetime.now(UTC) + timedelta(minutes=5)))
    assert isinstance(found, ServerError)
    assert (found.retry_after, found.resets_at) == (None, None)


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
        ("1.5", datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)),
        ("", None),
        ("٣", None),
        ("tomorrow", None),
        (None, None),
    ],
)
def test_epoch_seconds_are_a_time_or_none(value: str | None, time: datetime | None) -> None:
    assert parse_epoch_seconds(value) == time


AROUND = st.text("xyz019 \t\n'\"<>(),;:=@[]{}%.", max_size=40)
LOCAL = st.text("bcxyz019.'=+-_%!#$&*/?^`{|}~", max_size=12)


@given(before=AROUND, more=LOCAL, at=st.sampled_from(["@", "%40", "\uff20"]), after=AROUND)
def test_no_email_address_is_left(before: str, more: str, at: str, after: str) -> None:
    assert "ada" not in redact(f"{before}ada{more}{at}example.org{after}")


@given(before=AROUND, address=st.emails(domains=st.just("mail.example.org")), after=AROUND)
def test_no_address_of_the_rfc_is_left(before: str, address: str, after: str) -> None:
    assert address not in redact(f"{before}{address}{after}")


@given(st.text())
def test_the_result_is_short_and_on_one_line(text: str) -> None:
    found = redact(text * 30)
    assert len(found) <= 500
    assert len(found.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The user does not exist.", "The user does not exist."),
        ("ada@example.org is taken", "[address] is taken"),
        ("taken: ada@example.org, bob@example.org.", "taken: [address], [address]"),
        ("<ada@example.org>", "<[address]>"),
        ("'ada@example.org' is taken", "'[address]' is taken"),
        ('{"email":"ada@example.org"}', '{"email":"[address]"}'),
        ("Key (primary_email)=(ada@example.org) already exists.", "Key (primary_email)=([address]) already exists."),
        ("o'brien@example.org", "[address]"),
        ('"ada lovelace"@example.org is taken', "[address] is taken"),
        ("GET /users?q=ada%40example.org", "GET [address]"),
        ("ada@[192.0.2.1]", "[address]"),
        ("ada\uff20example.org", "[address]"),
        ("'@example.org", "[address]"),
        ("ada(work)@example.org", "ada(work[address]"),
        ("one @ a time", "one @ a time"),
        ("token eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJ4In0.c2ln is bad", "token [token] is bad"),
        ("sent bearer abc.def", "sent [token]"),
        ("Authorization: Bearer abc", "Authorization: [token]"),
        ("Eyjafjallajökull erupts", "Eyjafjallajökull erupts"),
        ("two\n  lines\t", "two lines"),
        ("", ""),
    ],
)
def test_only_addresses_and_tokens_are_removed(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_a_long_text_is_cut() -> None:
    assert redact("x" * 500) == "x" * 500
    assert redact("x" * 501) == "x" * 499 + "…"


@pytest.mark.parametrize("piece", ["x", "x'", '"', "@", "%4", "x ", "eyJ", "Bearer "])
def test_a_text_of_megabytes_is_processed_quickly(piece: str) -> None:
    assert len(redact(piece * 1_000_000)) <= 500
