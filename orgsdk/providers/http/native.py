"""Base class of the native operations of a provider over HTTP, and the conventions that all of them follow.

Parameters are keywords, except the first id. A body is a model or keywords. What cannot be sent raises
`InvalidArgumentError`. A write that is not idempotent raises `OutcomeUnknownError` if its response is lost: a native
operation is one request, so that nothing is looked up. A list is a `Paginator`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, TypeVar

from orgsdk.errors import OrgError
from orgsdk.pagination import Listing, Paginator
from orgsdk.providers.http.adoption import is_response_lost, outcome_unknown_error
from orgsdk.providers.http.operations import HTTPOperations
from orgsdk.providers.http.paging import Paging
from orgsdk.transport import Safety

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from orgsdk.pagination import Fetch, Slice
    from orgsdk.providers.http.connection import BodyReader
    from orgsdk.transport import Request

T = TypeVar("T")

_CAN_BE_SENT_AGAIN = {Safety.SAFE, Safety.IDEMPOTENT}


class HTTPNativeOperations(HTTPOperations):
    """Base of the native operations. Each method builds a request and passes it to one of the methods below.

    Set `_paging` and `_max_page_size`: how the provider's lists are paged, and its largest page.

    Args:
        connection: Sends the requests.

    Example:
        ``class AcmeAPI(HTTPNativeOperations): ...``
    """

    _paging: ClassVar[Paging]
    _max_page_size: ClassVar[int]

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    async def _send(self, request: Request) -> None:
        """Send a request whose response has no content of interest."""
        with self._report_lost_write(request):
            await self._connection.send(request)

    async def _read(self, request: Request, decoder: Callable[[bytes], T]) -> T:
        """Send a request and decode its response."""
        with self._report_lost_write(request):
            return await self._connection.read(request, decoder)

    async def _read_one(self, request: Request, reader: BodyReader[T]) -> T:
        """Send a request and read the one object of its response."""
        return await self._read(request, reader.one)

    def _paginate(
        self,
        reader: BodyReader[T],
        build_request: Callable[[str | None, int], Request],
        *,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[T]:
        """Return a list with pages. `build_request` is called at once, so that an invalid argument raises here."""
        fetch = self._connection.fetcher(build_request, reader, self._paging)
        first = build_request(None, self._max_page_size)
        of_paging = {name for name, _ in self._paging.parameters(None, self._max_page_size)}
        filters = [(name, value) for name, value in first.query if name not in of_paging]
        return Paginator(self._listing(first, filters, fetch), page_size=page_size, cursor=cursor)

    def _whole(self, reader: BodyReader[T], request: Request) -> Paginator[T]:
        """Return a list without pages, as a paginator of one page."""

        async def fetch(position: str | None, size: int) -> Slice[T]:
            return await self._connection.read_whole(request, reader, position)

        return Paginator(self._listing(request, request.query, fetch))

    def _listing(self, request: Request, filters: Sequence[tuple[str, str]], fetch: Fetch[T]) -> Listing[T]:
        # The path and the filters identify the list, so that a cursor of another list is refused.
        return Listing(
            provider=self._connection.provider,
            name=request.operation,
            scope=(request.path, *(part for pair in filters for part in pair)),
            max_page_size=self._max_page_size,
            fetch=fetch,
            tenant_key=self._connection.tenant_key,
        )

    @contextmanager
    def _report_lost_write(self, request: Request) -> Generator[None]:
        try:
            yield
        except OrgError as error:
            if request.safety in _CAN_BE_SENT_AGAIN or not is_response_lost(error):
                raise
            reason = "a native operation looks nothing up"
            raise outcome_unknown_error(self._connection.provider, request.operation, reason, error) from error
