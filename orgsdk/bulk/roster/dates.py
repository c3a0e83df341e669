"""Dates in a roster: which roles and bans count on the day of the reading, and when that changes next."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta


class ReadingDay:
    """The day for which a roster is read.

    Args:
        on: The day; today in local time, and the present time, if it is None.

    Attributes:
        changes_on: The first day on which a date that was compared gives another answer; None if there is none.
    """

    def __init__(self, on: date | None = None) -> None:
        self.changes_on: date | None = None
        self._day = on or date.today()  # the local day
        self._now = datetime.now(UTC) if on is None else datetime.combine(on, time.min, UTC)

    def is_within(self, begin: str, end: str) -> bool:
        """Return whether the day is within two days such as 2026-08-31, both included; an empty one is no limit.

        Raises `ValueError` if one of them is no date.
        """
        first, last = _parse(begin, date.min), _parse(end, date.max)
        if self._day < first <= last:
            self._change_on(first)
        elif first <= self._day <= last < date.max:
            self._change_on(last + timedelta(1))
        return first <= self._day <= last

    def has_ended(self, end: str) -> bool:
        """Return whether the day is after a day such as 2026-08-31; an empty one never ends.

        Raises `ValueError` if it is no date.
        """
        return self._day > _parse(end, date.max)

    def is_before(self, end: datetime) -> bool:
        """Return whether a time is still to come; one without an offset is in UTC."""
        end = end if end.tzinfo else end.replace(tzinfo=UTC)
        if is_before := self._now < end:
            self._change_on(end.astimezone().date())
        return is_before

    def _change_on(self, day: date) -> None:
        self.changes_on = day if self.changes_on is None else min(day, self.changes_on)


def _parse(text: str, default: date) -> date:
    return date.fromisoformat(text[:10]) if text else default
