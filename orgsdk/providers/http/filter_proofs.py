"""Filters of servers that differ: believe one only after it has found a record that is known to exist.

A filter that a server does not support is not always an error. Some servers answer with an empty list, which looks as
if there were no such record, and some with every record.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Sequence
from typing import TypeVar

from orgsdk.errors import APIError, BadRequestError, ServerError

T = TypeVar("T")

# Enough to see whether a server ignores a filter. More rows of a filter that works need not be read.
_MOST_ROWS_OF_A_PROOF = 100
_IS_NOT_IMPLEMENTED = 501


class FilterProofs:
    """Which filters a server has, as far as they were tried. Use one object for all operations of a provider.

    A filter is named by its form, without the value. A refused filter (status 400 or 501) is not tried again.

    Example:
        ``proofs = FilterProofs()``
    """

    def __init__(self) -> None:
        self._works: dict[str, bool] = {}

    def result(self, form: str) -> bool | None:
        """Return whether a filter works, as far as it was tried.

        Args:
            form: The form of the filter.

        Returns:
            True if it has found a known record, and has never returned a wrong one. None if it was not tried.
        """
        return self._works.get(form)

    async def search(
        self,
        builds: Sequence[Callable[[str], str]],
        read: Callable[[str | None], AsyncIterable[T]],
        value: str,
        values_of: Callable[[T], Sequence[str | None]],
        *,
        narrow: Callable[[str], str] | None = None,
    ) -> list[T]:
        """Return the records with a value, by a filter if the server has one, and else by reading all records.

        Each record is compared with the value, in any case. If a filter finds nothing and is not proven yet, it has to
        find the first record of the list that has any value.

        Args:
            builds: Each returns a filter for a value. The first one that the server has is used.
            read: Returns the records that a filter finds, or all records for None.
            value: The value.
            values_of: Returns the values of a record that the filter compares.
            narrow: Returns a filter that some servers have instead, and that finds only some of the records, such as
                those with a work address. It is tried first, until one of `builds` is proven. A record that it finds is
                believed. If it finds nothing, `builds` decide.

        Returns:
            The records.

        Raises:
            OrgError: What `read` raises, unless the server does not accept the filter.
        """

        def has(row: T, value: str) -> bool:
            return value.casefold() in [each.casefold() for each in values_of(row) if each is not None]

        async def find(build: Callable[[str], str]) -> list[T] | None:
            form = build("")
            if not self._works.get(form, True):
                return None
            found = await self._read(form, read(build(value)))
            if found:
                self._works[form] = all(has(row, value) for row in found)
            return found if self._works.get(form, True) else None

        is_narrow = narrow is not None and not any(self.result(build("")) for build in builds)
        found = await find(narrow) if narrow is not None and is_narrow else None
        if found:
            return found
        for build in builds:
            found = await find(build)
            if found:
                return found
            if found is not None:
                works = await self.works(build, read, lambda row: next(filter(None, values_of(row)), None), has)
                if works is not False:
                    return []
        return [row async for row in read(None) if has(row, value)]

    async def works(
        self,
        build: Callable[[str], str],
        read: Callable[[str | None], AsyncIterable[T]],
        value_of: Callable[[T], str | None],
        is_found: Callable[[T, str], bool],
    ) -> bool | None:
        """Return whether a filter works, which is tried with the first record that has a value.

        Args:
            build: Returns the filter for a value.
            read: Returns the records that a filter finds, or all records for None.
            value_of: Returns a record's value, or None if it has none.
            is_found: Whether a record is one that the filter finds by a value.

        Returns:
            True or False. None if no record has a value, so that there is nothing to find.

        Raises:
            OrgError: What `read` raises, unless the server does not accept the filter.
        """
        known = self.result(build(""))
        if known is not None:
            return known
        async for row in read(None):
            value = value_of(row)
            if value is not None:
                return await self.prove(build, read, value, is_found)
        return None

    async def prove(
        self,
        build: Callable[[str], str],
        read: Callable[[str], AsyncIterable[T]],
        value: str,
        is_found: Callable[[T, str], bool],
    ) -> bool:
        """Return whether a filter finds the records with a value that some record has.

        Args:
            build: Returns the filter for a value.
            read: Returns the records that a filter finds.
            value: The value.
            is_found: Whether a record is one that the filter finds by a value.

        Returns:
            True if it finds such records, and no others.

        Raises:
            OrgError: What `read` raises, unless the server does not accept the filter.
        """
        form = build("")
        found = await self._read(form, read(build(value)), _MOST_ROWS_OF_A_PROOF)
        if found is not None:
            self._works[form] = bool(found) and all(is_found(row, value) for row in found)
        return self._works.get(form, False)

    async def _read(self, form: str, rows: AsyncIterable[T], limit: int | None = None) -> list[T] | None:
        """Return what a filter finds, or None if the server refuses it."""
        found: list[T] = []
        try:
            async for row in rows:
                found.append(row)
                if len(found) == limit:
                    break
        except APIError as error:
            # Some servers answer 500 to a filter that they cannot read. It may also be an outage: ask again next time.
            if not isinstance(error, (BadRequestError, ServerError)):
                raise
            if isinstance(error, BadRequestError) or error.status_code == _IS_NOT_IMPLEMENTED:
                self._works[form] = False
            return None
        return found
