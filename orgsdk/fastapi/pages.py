"""A page as a response model, and a whole list as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from orgsdk._callables import describe
from orgsdk.domain import Page
from orgsdk.errors import ConfigurationError

T = TypeVar("T")
ItemT = TypeVar("ItemT")


def _title(model: type[object]) -> str:
    # `UserPage` in the OpenAPI document, not `PageOut[User]`.
    item = model.__name__.removeprefix("PageOut").strip("[]")
    return f"{item}Page" if item.isidentifier() else model.__name__


class PageOut(BaseModel, Generic[T]):
    """One page of a list, with the cursors of the next and the previous page."""

    # All fields are always sent: they are required fields for a generated client.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_serialization_defaults_required=True, model_title_generator=_title
    )

    items: list[T]
    next_cursor: str | None = Field(
        default=None, description="Pass it as `cursor` for the next page; null on the last page."
    )
    previous_cursor: str | None = Field(
        default=None,
        description="Pass it as `cursor` for the previous page; null if there is none.",
    )
    total: int | None = Field(default=None, description="Number of items in the whole list; null if unknown.")

    @staticmethod
    def of(page: Page[ItemT]) -> PageOut[ItemT]:
        """Return the response for a page. The items are not copied or converted.

        Args:
            page: A page of a list.

        Returns:
            The page's items, cursors and total.

        Raises:
            ConfigurationError: `page` is not a page, such as a list that was not awaited.

        Example:
            ``return PageOut.of(await client.organization().users.list(cursor=cursor))``
        """
        if not isinstance(page, Page):  # pyright: ignore[reportUnnecessaryIsInstance]  # no types
            raise ConfigurationError(
                f"PageOut.of takes a page, not a value {describe(page)}: "
                "pass `await client.organization().users.list()`."
            )
        # Without an item type: FastAPI validates it against the return type of the path operation.
        return PageOut(
            items=page.items,
            next_cursor=page.next_cursor,
            previous_cursor=page.previous_cursor,
            total=page.total,
        )


async def begin(items: AsyncIterable[T]) -> AsyncIterator[T]:
    """Read the first item now, and return an iterator over all items.

    Use it in a dependency of a path operation that streams. A streamed response sends its status before the first item,
    so an error in the first page must be raised before, to get its own status. A later error cuts the response off, and
    the reader sees an incomplete body.

    Args:
        items: A paginator, or its `pages()`, whose cursors a reader can resume from.

    Returns:
        An iterator over all items, the first one included.

    Raises:
        ConfigurationError: `items` is no list.
        OrgError: Reading the first page failed.

    Example:
        ``async def all_users(client: Client) -> AsyncIterator[User]: return await begin(client.accounts.list())``
    """
    try:
        iterator = aiter(items)
    except TypeError as error:  # a page, a resource or a coroutine; the message of a resource has advice
        raise ConfigurationError(f"items cannot be iterated with `async for` ({error}): pass a list.") from None
    try:
        return _StartedStream([await anext(iterator)], iterator)
    except StopAsyncIteration:
        return _StartedStream([], iterator)


class _StartedStream(Generic[T]):
    # A class, not an async generator: nothing needs to be closed if it is abandoned (PEP 533).

    def __init__(self, first: list[T], rest: AsyncIterator[T]) -> None:
        self._first = first
        self._rest = rest

    def __aiter__(self) -> _StartedStream[T]:
        return self

    async def __anext__(self) -> T:
        return self._first.pop() if self._first else await anext(self._rest)
