"""A page as a response model, and a whole list as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from orgsdk.domain import Page

T = TypeVar("T")
ItemT = TypeVar("ItemT")


def _title(model: type[object]) -> str:
    # `UserPage` in the OpenAPI document, not `PageOut[User]`.
    inside = model.__name__.removeprefix("PageOut").strip("[]")
    return f"{inside}Page" if inside.isidentifier() else model.__name__


class PageOut(BaseModel, Generic[T]):
    """One page of a list, with the cursors of the pages beside it."""

    # What is always sent is no optional field to a generated client.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_serialization_defaults_required=True, model_title_generator=_title
    )

    items: list[T]
    next_cursor: str | None = Field(default=None, description="Pass it as `cursor` to go on; null on the last page.")
    previous_cursor: str | None = Field(
        default=None,
        description="Pass it as `cursor` to go back; null where there is no way back.",
    )
    total: int | None = Field(default=None, description="How many items the whole list has; null where nobody says.")

    @staticmethod
    def of(page: Page[ItemT]) -> PageOut[ItemT]:
        """Make it of a page, whose items are taken as they are.

        Example: `return PageOut.of(await client.organization().users.list(cursor=cursor))`
        """
        # Of no kind yet: FastAPI validates what is returned against the path operation's own.
        return PageOut(
            items=page.items,
            next_cursor=page.next_cursor,
            previous_cursor=page.previous_cursor,
            total=page.total,
        )


async def begin(items: AsyncIterable[T]) -> AsyncIterator[T]:
    """Read the first of `items` now, and give an iterator over all of them.

    For a dependency of a path operation that streams: once that has begun, the answer's status is sent. What is read
    here can still end in an error with a status of its own. An error after it cuts the answer off, which a reader
    sees as an incomplete body. `items` is a paginator, or its `pages()`, whose cursors a reader can resume from.

    Raises what reading the first page raises.

    Example: `async def listed(client: Client) -> AsyncIterator[User]: return await begin(client.accounts.list())`
    """
    iterator = aiter(items)
    try:
        return _StartedStream([await anext(iterator)], iterator)
    except StopAsyncIteration:
        return _StartedStream([], iterator)


class _StartedStream(Generic[T]):
    # A class, not an async generator: one that is left early holds nothing that needs closing (PEP 533).

    def __init__(self, read: list[T], rest: AsyncIterator[T]) -> None:
        self._read = read
        self._rest = rest

    def __aiter__(self) -> _StartedStream[T]:
        return self

    async def __anext__(self) -> T:
        return self._read.pop() if self._read else await anext(self._rest)
