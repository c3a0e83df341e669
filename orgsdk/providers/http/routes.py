"""Routes: the operations of an API by name, the requests that they make, and operations that call them by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import ClassVar, Protocol, TypeAlias, TypeVar
from urllib.parse import quote

from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Fetch, Listing, QueryParameters
from orgsdk.providers.http.connection import BodyReader
from orgsdk.providers.http.duplicates import RowT
from orgsdk.providers.http.operations import HTTPOperations
from orgsdk.providers.http.paging import Paging
from orgsdk.transport import IdAlphabet, Request, Safety

T = TypeVar("T")

Filter: TypeAlias = tuple[str, str | None]
"""Name and value of a query parameter. One of None is not sent."""

_SAFETY = {"GET": Safety.SAFE, "POST": Safety.UNSAFE}
_MAX_TEXT_LENGTH = 512
_JSON = "application/json"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class JsonBody(Protocol):
    """The body of a request: a model that returns its JSON."""

    def content(self) -> bytes:
        """Return the JSON to send.

        Returns:
            The JSON, encoded in UTF-8.

        Raises:
            InvalidArgumentError: A value cannot be sent.
        """
        ...


class Routes:
    """The operations of an API, by the names that errors and events show. Builds their requests without I/O.

    A POST is not sent again after a lost response; every other method is.

    Args:
        table: Method and path of each operation, such as ``{"get_user": "GET /users/{user_id}"}``.
        provider: What messages call the provider, such as ``WorkOS``.
        ids: The characters of ids. The values of all placeholders are checked, except those in `texts`.
        paging: How lists are paged.
        complete_paging: How a complete list is paged. Default: the same.
        texts: Placeholders that are no ids, such as slugs. Their values are percent-encoded.
        max_page_size: The largest page.
        order: Query parameters of every list, such as ``[("order", "desc")]``.
        media_type: The media type of bodies, if it is not JSON's own. It is accepted in responses beside that one.

    Example:
        ``ROUTES = Routes({"get_user": "GET /users/{user_id}"}, provider="Acme", ids=IDS, paging=PAGES)``
    """

    def __init__(
        self,
        table: Mapping[str, str],
        *,
        provider: str,
        ids: IdAlphabet,
        paging: Paging,
        complete_paging: Paging | None = None,
        texts: Collection[str] = (),
        max_page_size: int = 100,
        order: QueryParameters | None = None,
        media_type: str = _JSON,
    ) -> None:
        self.table = table
        self.ids = ids
        self.paging = paging
        self.complete_paging: Paging = complete_paging or paging
        self.max_page_size = max_page_size
        self._provider = provider
        self._texts = frozenset(texts)
        self._order = order or []
        self._media_type = media_type
        self._headers = () if media_type == _JSON else (("Accept", f"{media_type}, {_JSON};q=0.9"),)

    def build(
        self, operation: str, body: JsonBody | None = None, query: Sequence[tuple[str, str]] = (), /, **names: str
    ) -> Request:
        """Build the request of an operation.

        Args:
            operation: Name of the operation.
            body: The body.
            query: Query parameters.
            **names: The values of the placeholders in the path.

        Returns:
            The request.

        Raises:
            InvalidArgumentError: An id or another value in the path is invalid.
        """
        method, _, template = self.table[operation].partition(" ")
        return Request(
            operation=operation,
            method=method,
            path=_PLACEHOLDER.sub(lambda found: self._segment(found[1], names[found[1]]), template),
            query=query,
            safety=_SAFETY.get(method, Safety.IDEMPOTENT),
            body=None if body is None else body.content(),
            content_type=None if body is None else self._media_type,
            # Most deletes answer without a body.
            expects_json=method != "DELETE",
            headers=self._headers,
        )

    def build_page(
        self, operation: str, position: str | None, page_size: int, /, *filters: Filter, complete: bool = False
    ) -> Request:
        """Build the request for a page of a list.

        Args:
            operation: Name of the operation.
            position: Position of the page. None for the first.
            page_size: Items per page.
            *filters: Names and values of filters. One of None is left out.
            complete: Whether the page is of a complete list.

        Returns:
            The request.

        Raises:
            InvalidArgumentError: A filter is empty.
            InvalidCursorError: The position is not one of this list.
        """
        paging = self.complete_paging if complete else self.paging
        return self.build(operation, None, [*given(*filters), *self._order, *paging.parameters(position, page_size)])

    def _segment(self, placeholder: str, value: str) -> str:
        name = placeholder.replace("_", " ")
        if placeholder not in self._texts:
            return self.ids.check(value, name)
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            raise InvalidArgumentError(f"The {name} is of type {type(value).__name__}: pass a text.")
        # A dot segment would address another resource. It is no slug, either.
        if value in {"", ".", ".."} or len(value) > _MAX_TEXT_LENGTH or not value.isprintable():
            raise InvalidArgumentError(f"The {name} is invalid: pass it as {self._provider} returned it.")
        return quote(value, safe="")


def given(*filters: Filter) -> QueryParameters:
    """Return the filters that have a value. Refuse an empty one: many providers would ignore it, and list everything.

    Args:
        *filters: Names and values.

    Returns:
        The query parameters.

    Raises:
        InvalidArgumentError: A filter is empty.
    """
    for name, value in filters:
        if value == "":
            raise InvalidArgumentError(f"The filter {name} is empty. Pass a value, or leave it out.")
    return [(name, value) for name, value in filters if value is not None]


class RoutedOperations(HTTPOperations):
    """Base of operations that name their requests. Set `_routes`.

    Args:
        connection: Sends the requests.

    Example:
        ``class AcmeUsers(RoutedOperations, UserOperations): _routes = ROUTES``
    """

    _routes: ClassVar[Routes]

    async def _one(self, reader: BodyReader[T], operation: str, body: JsonBody | None = None, /, **names: str) -> T:
        """Send the request of an operation, and return the object of its response."""
        return await self._connection.read_one(self._routes.build(operation, body, **names), reader)

    async def _send(self, operation: str, body: JsonBody | None = None, /, **names: str) -> None:
        """Send the request of an operation whose response has no content of interest."""
        await self._connection.send(self._routes.build(operation, body, **names))

    def _page(
        self, operation: str, position: str | None, page_size: int, /, *filters: Filter, complete: bool = False
    ) -> Request:
        """Build the request for a page of a list. A filter of None is left out."""
        return self._routes.build_page(operation, position, page_size, *filters, complete=complete)

    def _fetcher(
        self, reader: BodyReader[T], build_request: Callable[[str | None, int], Request], *, complete: bool = False
    ) -> Fetch[T]:
        """Return the `fetch` of a list."""
        paging = self._routes.complete_paging if complete else self._routes.paging
        return self._connection.fetcher(build_request, reader, paging)

    def _fetch_paged(self, reader: BodyReader[T], operation: str, paging: Paging, /, *filters: Filter) -> Fetch[T]:
        """Return the `fetch` of a list whose paging is not that of the routes. A filter of None is left out."""

        def build_request(position: str | None, page_size: int) -> Request:
            return self._routes.build(operation, None, [*given(*filters), *paging.parameters(position, page_size)])

        return self._connection.fetcher(build_request, reader, paging)

    async def _first_page(
        self, reader: BodyReader[T], build_request: Callable[[str | None, int], Request]
    ) -> Sequence[T]:
        """Return the first page of a list, as large as possible: the result of a search for few items."""
        size = self._routes.max_page_size
        request = build_request(None, size)
        return (await self._connection.read_page(request, reader, self._routes.paging, None, size)).items

    def _listing(
        self,
        name: str,
        fetch: Fetch[RowT],
        *scope: str | None,
        keep: Callable[[RowT], bool] | None = None,
        complete: bool = False,
    ) -> Listing[RowT]:
        """Describe a list whose cursors name a row. `scope` has the organization and every filter."""
        listing = Listing(
            provider=self._connection.provider,
            name=name,
            scope=scope,
            max_page_size=self._routes.max_page_size,
            fetch=fetch,
            keep=keep,
        )
        if not complete:
            return listing
        from orgsdk.providers.http.row_cursor import complete_by_row_cursor  # on first use: few lists need it

        return complete_by_row_cursor(listing)
