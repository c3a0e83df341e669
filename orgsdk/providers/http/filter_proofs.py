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

    def is_proven(self, form: str) -> bool:
        """Return whether a filter has found a known record.

        Args:
            form: The form of the filter.

        Returns:
            True if it has, and has never returned a wrong one.
        """
        return self._works.get(form, False)

    async def search(
        self,
        build: Callable[[str], str],
        read: Callable[[str | None], AsyncIterable[T]],
        value: str,
        values_of: Callable[[T], Sequence[str | None]],
    ) -> list[T]:
        """Return the records with a value, by the filter if the server has it, and else by reading all records.

        Each record is compared with the value, in any case. If the filter finds nothing and is not proven yet, it has
        to find the first record of the list that has any value.

        Args:
            build: Returns the filter for a value.
            read: Returns the records that a filter finds, or all records for None.
            value: The value.
            values_of: Returns the values of a record that the filter compares.

        Returns:
            The records.

        Raises:
            OrgError: What `read` raises, unless the server does not accept the filter.
        """

        def has(row: T, value: str) -> bool:
            return value.casefold() in [each.casefold() for each in values_of(row) if each is not None]

        form = build("")
        if self._works.get(form, True):
            found = await self._read(form, read(build(value)))
            right = [row for row in found or () if has(row, value)]
            if found:
                self._works[form] = len(right) == len(found)
            if found and self._works[form]:
                return right
            if found is not None and not found:
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
        form = build("")
        if form not in self._works:
            async for row in read(None):
                known = value_of(row)
                if known is not None:
                    found = await self._read(form, read(build(known)), _MOST_ROWS_OF_A_PROOF)
                    if found is not None:
                        self._works[form] = bool(found) and all(is_found(each, known) for each in found)
                    return self._works.get(form, False)
            return None
        return self._works[form]

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
