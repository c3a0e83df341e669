"""Times in response headers, by a server's clock that may differ from the local one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, strategies as st

from orgsdk.transport import Headers, Response, parse_epoch_seconds
from orgsdk.transport.headers import parse_http_date, parse_retry_after, parse_wait, server_time, to_local_clock

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)


def date_of(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def headers_of(**headers: str) -> Headers:
    return Headers(tuple((name.replace("_", "-"), value) for name, value in headers.items()))


def wait_of(resets_at: datetime | None = None, **headers: str) -> tuple[float | None, datetime | None]:
    return parse_wait(Response(429, headers_of(**headers), b""), resets_at, NOW)


# The example of RFC 9110, section 5.6.7, in its three forms, and dates that a lenient parser would accept.
@pytest.mark.parametrize(
    "value",
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
)
def test_an_http_date_is_read_in_all_three_forms(value: str) -> None:
    assert parse_http_date(value, NOW) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@given(st.datetimes(datetime(1980, 1, 1), datetime(2070, 1, 1)))  # the time zone is added below
def test_every_time_is_read_back_from_each_form(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    forms = (
        date_of(moment),
        f"{moment:%A, %d-%b-%y %H:%M:%S} GMT",
        f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S %Y}",
    )
    assert [parse_http_date(form, NOW) for form in forms] == [moment] * 3


@pytest.mark.parametrize(
    ("year", "now", "expected"),
    [
        ("76", 2026, 2076),
        ("77", 2026, 1977),
        ("00", 2026, 2000),
        ("10", 2080, 2110),
        ("29", 2080, 2129),
        ("99", 2100, 2099),
    ],
)
def test_two_digits_of_a_year_are_at_most_fifty_years_ahead(year: str, now: int, expected: int) -> None:
    found = parse_http_date(f"Monday, 01-Jun-{year} 00:00:00 GMT", NOW.replace(year=now, month=1))
    assert found is not None
    assert found.year == expected


def test_a_leap_second_is_the_second_before_it() -> None:
    assert parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", NOW) == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        *("", "GMT", "soon", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT"),
        *("Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 06 Nov 1994 08:49:37"),
        *("Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT x"),
        *("Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 1994 GMT", "Sun, \u06606 Nov 1994 08:49:37 GMT"),
        *("1994-11-06T08:49:37Z", "784111777", "Sunday, 06-Nov-1994 08:49:37 GMT"),
    ],
)
def test_another_text_is_no_http_date(value: str) -> None:
    assert parse_http_date(value, NOW) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *(("1.5", 1.5), ("0.25", 0.25), ("120.000", 120.0), (" 7 ", 7.0), ("604800", 604800.0)),
        *(
            ("604800.1", None),
            ("1.", None),
            (".5", None),
            ("1,5", None),
            ("-1.5", None),
            ("1.5e3", None),
            ("1.5s", None),
        ),
        *(("Sun, 29 Nov 2026 12:00:30 GMT", 30.0), ("Sunday, 29-Nov-26 12:00:30 GMT", 30.0)),
        *(("Sun Nov 29 12:00:30 2026", 30.0), ("Sun Nov  1 12:00:30 2026", 0.0), ("Sun Dec 27 12:00:30 2026", None)),
    ],
)
def test_a_retry_after_may_have_a_fraction_or_be_a_date_of_any_form(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


# The server's clock


@pytest.mark.parametrize("ahead", [TEN_MINUTES, -TEN_MINUTES, timedelta(hours=23), timedelta(hours=-23), timedelta()])
def test_a_limit_is_measured_by_the_clock_of_its_response(ahead: timedelta) -> None:
    date, end = date_of(NOW + ahead), NOW + ahead + timedelta(seconds=2)
    local_end = NOW + timedelta(seconds=2)
    assert wait_of(end, date=date) == (2.0, local_end)
    assert wait_of(date=date, retry_after=date_of(end)) == (2.0, local_end)
    assert wait_of(end, date=date, retry_after="1.5") == (1.5, local_end)
    assert to_local_clock(end, headers_of(date=date), NOW) == local_end


@pytest.mark.parametrize("form", ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"])
def test_the_date_of_the_response_may_have_any_form(form: str) -> None:
    assert server_time(headers_of(date=f"{NOW + TEN_MINUTES:{form}}"), NOW) == NOW + TEN_MINUTES


def test_a_cached_response_is_older_than_its_date_by_its_age() -> None:
    # The cache's clock and the local one agree: the response was made ten minutes ago.
    headers = {"date": date_of(NOW - TEN_MINUTES), "age": "600"}
    assert server_time(headers_of(**headers), NOW) == NOW
    assert wait_of(NOW + timedelta(seconds=2), **headers) == (2.0, NOW + timedelta(seconds=2))


@pytest.mark.parametrize("age", ["", "old", "-600", "1.5", "٣", "9" * 400])
def test_an_invalid_age_is_ignored(age: str) -> None:
    assert server_time(headers_of(date=date_of(NOW + TEN_MINUTES), age=age), NOW) == NOW + TEN_MINUTES


@pytest.mark.parametrize(
    "date",
    [
        *("", "now", "0", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"),
        *(date_of(NOW + sign * timedelta(days=1, seconds=1)) for sign in (1, -1)),
    ],
)
def test_without_a_date_near_the_local_time_the_local_clock_decides(date: str) -> None:
    end = NOW + timedelta(seconds=2)
    assert wait_of(end, date=date) == (2.0, end)
    assert server_time(headers_of(), NOW) == NOW


def test_an_age_that_leaves_the_calendar_is_no_time() -> None:
    assert server_time(headers_of(date="Fri, 31 Dec 9999 23:59:59 GMT", age="99999999"), NOW) == NOW


def test_clocks_that_agree_leave_the_reported_time_unchanged() -> None:
    now = NOW + timedelta(seconds=0.9)
    end = NOW + timedelta(seconds=5)
    seconds, shown = parse_wait(Response(429, headers_of(date=date_of(NOW)), b""), end, now)
    assert (seconds, shown) == (5.0, end)  # never too early


def test_epoch_seconds_may_have_a_fraction() -> None:
    assert parse_epoch_seconds("1893456000.5") == datetime(2030, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
