"""Base class of WorkOS' native operations: one request by its name, and lists with pages and without."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, TypeVar

from orgsdk.providers.http import EnvelopeReader, HTTPNativeOperations, Paging, given
from orgsdk.providers.workos.native.routes import MAX_PAGE_SIZE, PAGES, REQUESTS

if TYPE_CHECKING:
    from orgsdk.pagination import Paginator
    from orgsdk.providers.workos.models import WorkOSBody, WorkOSResponseModel
    from orgsdk.transport import Request

    ModelT = TypeVar("ModelT", bound=WorkOSResponseModel)

Order: TypeAlias = Literal["desc", "asc"]
"""The order of a list by the time of creation: ``"desc"`` is newest first."""


@cache
def _reader_of(model: type[Any]) -> EnvelopeReader[Any]:
    return EnvelopeReader(model, items="data")


class WorkOSNativeOperations(HTTPNativeOperations):
    """Base class of the native operations."""

    _paging: ClassVar[Paging] = PAGES
    _max_page_size: ClassVar[int] = MAX_PAGE_SIZE

    async def _call(self, model: type[ModelT], operation: str, body: WorkOSBody | None = None, **names: str) -> ModelT:
        """Send the request of an operation and return the object of its response."""
        found: ModelT = await self._read_one(REQUESTS.build(operation, body, **names), _reader_of(model))
        return found

    async def _delete(self, operation: str, body: WorkOSBody | None = None, **names: str) -> None:
        """Send the request of an operation whose response has no content."""
        await self._send(REQUESTS.build(operation, body, **names))

    def _list(
        self,
        model: type[ModelT],
        operation: str,
        *filters: tuple[str, str | None],
        order: Order,
        page_size: int | None,
        cursor: str | None,
        **names: str,
    ) -> Paginator[ModelT]:
        """Return a list with pages. A filter of None is left out."""

        def build_request(position: str | None, size: int) -> Request:
            query = [*given(*filters), ("order", order), *PAGES.parameters(position, size)]
            return REQUESTS.build(operation, None, query, **names)

        return self._paginate(_reader_of(model), build_request, page_size=page_size, cursor=cursor)

    def _list_whole(self, model: type[ModelT], operation: str, **names: str) -> Paginator[ModelT]:
        """Return a list without pages."""
        return self._whole(_reader_of(model), REQUESTS.build(operation, **names))
