"""A whole list as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

T = TypeVar("T")


async def begin(items: AsyncIterable[T]) -> AsyncIterator[T]:
    """Read the first of `items` now, and give an iterator over all of them.

    For a dependency of a path operation that streams: once that has begun, the answer's status is sent. What is read
    here can still end in an error with a status of its own. An error after it cuts the answer off, which a reader
    sees as an incomplete body. `items` is a paginator, or its `pages()`, whose cursors a reader can resume from.

    Raises what reading the first page raises.

    Example: `async def listed(client: Client) -> AsyncIterator[User]: return await begin(client.users.list())`
    """
    iterator = aiter(items)
    try:
        return _Begun([await anext(iterator)], iterator)
    except StopAsyncIteration:
        return _Begun([], iterator)


class _Begun(Generic[T]):
    # A class, not an async generator: one that is left early holds nothing that needs closing (PEP 533).

    def __init__(self, read: list[T], rest: AsyncIterator[T]) -> None:
        self._read = read
        self._rest = rest

    def __aiter__(self) -> _Begun[T]:
        return self

    async def __anext__(self) -> T:
        return self._read.pop() if self._read else await anext(self._rest)
