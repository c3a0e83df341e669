"""Values of response headers: `Link`, HTTP dates, `Retry-After`, ends of rate limits, and the server's clock.

Of a `Link` header, only the queries of its URLs are returned, never an address. Private to orgsdk, except
`parse_links`, `parse_epoch_seconds` and `read_rate_limit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from orgsdk.responses import RateLimit
from orgsdk.transport.request import Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.responses import Headers

_TARGET = re.compile(r"<([^<>]*)>")
_PARAMETER = re.compile(r'\s*;\s*([^\s=;,"]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?')
# The usual line: one link, with a quoted relation and nothing else. Reading it takes half the time.
_ONE_LINK = re.compile(r'\s*<([^<>]*)>\s*;\s*rel="([^"\\]*)"\s*')
_ESCAPED = re.compile(r"\\(.)")

_INTEGER = re.compile(r"-?[0-9]{1,12}")
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


def read_rate_limit(response: Response) -> RateLimit | None:
    """Read the rate limit from ``X-RateLimit-Limit``, ``-Remaining`` and ``-Reset``, which is in epoch seconds.

    Args:
        response: Any response of the provider.

    Returns:
        The rate limit. None if the response has none of the headers, or none of their values is valid.
    """
    header = response.headers.get
    limit, remaining = _parse_integer(header("x-ratelimit-limit")), _parse_integer(header("x-ratelimit-remaining"))
    resets_at = parse_epoch_seconds(header("x-ratelimit-reset"))
    if limit is None and remaining is None and resets_at is None:
        return None
    return RateLimit(limit=limit, remaining=remaining, resets_at=resets_at)


def _parse_integer(value: str | None) -> int | None:
    # `remaining` can be negative (facts/flat.md, Rate limit).
    return int(value) if value is not None and _INTEGER.fullmatch(value) else None


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


class _Links(Mapping[str, dict[str, str]]):
    """Link URLs by relation. A query is parsed on access: most of Logto's four links per page are never read."""

    def __init__(self, targets: dict[str, str]) -> None:
        self._targets = targets

    def __getitem__(self, relation: str) -> dict[str, str]:
        return parse_query(self._targets[relation])

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __len__(self) -> int:
        return len(self._targets)

    def __contains__(self, relation: object) -> bool:
        return relation in self._targets


def parse_links(lines: Iterable[str]) -> Mapping[str, dict[str, str]]:
    """Return the query parameters of each link relation.

    Scheme, host and path are dropped: a header never decides where a request goes. Malformed parts are skipped.

    Args:
        lines: The values of all `Link` header lines. A line may hold several links, and a link several relations.

    Returns:
        Query parameters by relation, in lower case. The first link of a relation counts.

    Source: RFC 8288, section 3.
    """
    found: dict[str, str] = {}
    for line in lines:
        for target, relations in _parse_line(line):
            for relation in relations:
                found.setdefault(relation, target)
    return _Links(found)


def _parse_line(line: str) -> Iterator[tuple[str, list[str]]]:
    one = _ONE_LINK.fullmatch(line)
    if one is not None:
        yield one[1], one[2].lower().split()
        return
    position = 0
    while (target := _TARGET.search(line, position)) is not None:
        position = target.end()
        relations: list[str] | None = None
        while (parameter := _PARAMETER.match(line, position)) is not None:
            position = parameter.end()
            name, quoted, token = parameter.groups()
            if name.lower() == "rel" and relations is None:  # a repeated rel is ignored: RFC 8288, 3.3
                value = quoted if quoted is not None else token or ""
                if "\\" in value and quoted is not None:
                    value = _ESCAPED.sub(r"\1", value)
                relations = value.lower().split()
        yield target[1], relations or []


def parse_query(target: str) -> dict[str, str]:
    """Return the query parameters of a URL, and nothing of its address. Empty if it cannot be parsed."""
    try:
        return dict(parse_qsl(urlsplit(target).query, keep_blank_values=True, max_num_fields=100))
    except ValueError:
        return {}
