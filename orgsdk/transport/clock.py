"""Times in response headers: HTTP dates, `Retry-After`, ends of rate limits, and the server's clock.

Private to orgsdk, except `parse_epoch_seconds`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.responses import Headers
    from orgsdk.transport.request import Response

_MAX_WAIT = 7 * 24 * 3600
# A `Date` that differs more from the local clock is not the time of the response, but a mistake.
_MAX_CLOCK_DIFFERENCE = timedelta(days=1)
# `Date` has whole seconds, and the response took time.
_LEAST_CLOCK_DIFFERENCE = timedelta(seconds=2)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH, _TIME = rf"(?P<month>{'|'.join(_MONTHS)})", r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
# The three forms of RFC 9110, section 5.6.7. A recipient must accept all of them.
_HTTP_DATES = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"[A-Z][a-z]{{2}}, (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_TIME} GMT",  # IMF-fixdate
        rf"[A-Z][a-z]{{5,8}}, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_TIME} GMT",  # RFC 850
        rf"[A-Z][a-z]{{2}} {_MONTH} (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})",  # asctime, always in UTC
    )
)
_AGE = re.compile(r"\d{1,9}", re.ASCII)
_SECONDS = re.compile(r"(\d{1,11})(?:\.\d{1,9})?", re.ASCII)


def parse_http_date(value: str, now: datetime) -> datetime | None:
    """Return the time of an HTTP date in one of its three forms (RFC 9110, 5.6.7), or None if it is none of them.

    `now` decides the century of the form with two digits: a year more than 50 years ahead is in the past.
    """
    found = next(filter(None, (form.fullmatch(value.strip(" \t")) for form in _HTTP_DATES)), None)
    if found is None:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += now.year // 100 * 100
        year += 100 if year <= now.year - 50 else -100 if year > now.year + 50 else 0
    # 60 is a leap second.
    second = min(int(found["second"]), 59) if found["second"] == "60" else int(found["second"])
    month = _MONTHS.index(found["month"]) + 1
    try:
        return datetime(year, month, int(found["day"]), int(found["hour"]), int(found["minute"]), second, tzinfo=UTC)
    except ValueError:
        return None


def parse_epoch_seconds(value: str | None) -> datetime | None:
    """Read a header that holds seconds since the Unix epoch, such as the end of a rate limit.

    Args:
        value: The header's value, or None if it is missing.

    Returns:
        The time in UTC, or None if the value is missing or invalid.
    """
    seconds = _parse_seconds(value)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def server_time(headers: Headers, now: datetime) -> datetime:
    """Return the time by the server's clock, or `now`, the local time, if it is unknown or more than a day from it."""
    date = response_date(headers, now)
    return date if date is not None and abs(date - now) <= _MAX_CLOCK_DIFFERENCE else now


def response_date(headers: Headers, now: datetime) -> datetime | None:
    """Return the server's time when the response was received, or None if there is no valid `Date`.

    It is `Date`, and `Age` later if the response is from a cache (RFC 9110, 6.6.1; RFC 9111, 5.1).
    """
    date = parse_http_date(headers.get("date") or "", now)
    age = headers.get("age") or ""
    if date is None or not _AGE.fullmatch(age):
        return date
    try:
        return date + timedelta(seconds=int(age))
    except OverflowError:
        return None


def to_local_clock(moment: datetime, headers: Headers, now: datetime) -> datetime:
    """Return a time that the server stated, by the local clock. It is unchanged if the two clocks agree."""
    difference = server_time(headers, now) - now
    if abs(difference) < _LEAST_CLOCK_DIFFERENCE:
        return moment
    return moment - timedelta(seconds=round(difference.total_seconds()))


def parse_wait(response: Response, resets_at: datetime | None, now: datetime) -> tuple[float | None, datetime | None]:
    """Return the seconds to wait and the end of the wait, by `Retry-After` or else `resets_at`.

    Times are measured by the server's clock, and the returned end is by the local one. Both are None if neither is
    known, or if the wait is longer than a week.
    """
    headers = response.headers
    current = server_time(headers, now)
    seconds = parse_retry_after(headers.get("retry-after"), current)
    if seconds is None and resets_at is not None:
        seconds = _seconds_until(resets_at, current)
    if seconds is None:
        return None, None
    end = now + timedelta(seconds=seconds) if resets_at is None else to_local_clock(resets_at, headers, now)
    return seconds, end


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds of a `Retry-After` header: a number or an HTTP date (RFC 9110, 10.2.3).

    A fraction is accepted, though the RFC has none: servers send it. None for an invalid value, and for more than a
    week. `now` is the time by the server's clock.
    """
    if value is None:
        return None
    seconds = _parse_seconds(value.strip(" \t"))
    if seconds is not None:
        return seconds if seconds <= _MAX_WAIT else None
    moment = parse_http_date(value, now)
    return None if moment is None else _seconds_until(moment, now)


def _seconds_until(moment: datetime, now: datetime) -> float | None:
    seconds = max(0.0, (moment - now).total_seconds())
    return seconds if seconds <= _MAX_WAIT else None


def _parse_seconds(value: str | None) -> float | None:
    return float(value) if value is not None and _SECONDS.fullmatch(value) else None
