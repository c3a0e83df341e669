"""Base of SCIM's native operations: lists with SCIM's parameters, and changes whose response may be empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Literal, cast

from pydantic import JsonValue

from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator
from orgsdk.providers.http import (
    EnvelopeReader,
    HTTPConnection,
    HTTPNativeOperations,
    JsonObject,
    Paging,
    given,
)
from orgsdk.providers.scim.discovery import Service
from orgsdk.providers.scim.models import SCIMResource
from orgsdk.providers.scim.native.routes import REQUESTS, paging, patch_body
from orgsdk.transport import Request, Response

READER: EnvelopeReader[SCIMResource] = EnvelopeReader(SCIMResource, "Resources", "totalResults")


class SCIMNativeOperations(HTTPNativeOperations):
    """Base of the native operations.

    Args:
        connection: Sends the requests.
        service: What the server supports.
    """

    _paging: ClassVar[Paging] = paging()
    _max_page_size: ClassVar[int] = 1000

    def __init__(self, connection: HTTPConnection, service: Service) -> None:
        super().__init__(connection)
        self._service = service

    def _list(
        self,
        noun: Literal["user", "group"],
        query: Sequence[tuple[str, str]],
        page_size: int | None,
        cursor: str | None,
    ) -> Paginator[SCIMResource]:
        server = self._service.server
        pages = self._service.paging()

        def build_request(position: str | None, size: int) -> Request:
            return REQUESTS.build(f"list_{noun}", None, [*query, *pages.parameters(position, size)])

        size = server.max_page_size if page_size is None and cursor is None else page_size
        return self._paginate(READER, build_request, page_size=size, cursor=cursor)

    async def _resource(self, request: Request) -> SCIMResource:
        """Send a request whose response has the resource."""
        with self._report_lost_write(request):
            return self._decode(request, await self._connection.send(request))

    async def _change(self, request: Request, if_match: str | None) -> SCIMResource | None:
        """Send a request whose response may have the resource."""
        changing = _conditional(replace(request, expects_json=False), if_match)
        response = await self._connection.send(changing)
        return self._decode(changing, response) if response.content else None

    async def _delete(self, request: Request, if_match: str | None) -> None:
        await self._connection.send(_conditional(request, if_match))

    def _decode(self, request: Request, response: Response) -> SCIMResource:
        resource = self._connection.decode(request, response, READER.one)
        return resource if resource.version else resource.model_copy(update={"version": response.headers.get("etag")})


def _conditional(request: Request, if_match: str | None) -> Request:
    return request if if_match is None else replace(request, headers=[*request.headers, ("If-Match", if_match)])


def query_of(
    filter_text: str | None,
    attributes: str | None,
    excluded_attributes: str | None,
    sort_by: str | None,
    sort_order: str | None,
) -> Sequence[tuple[str, str]]:
    """Return the parameters of a list that are given.

    Args:
        filter_text: The filter.
        attributes: Names of attributes to return.
        excluded_attributes: Names of attributes to leave out.
        sort_by: The attribute to sort by.
        sort_order: The order.

    Returns:
        The parameters.
    """
    return given(
        ("filter", filter_text),
        ("attributes", attributes),
        ("excludedAttributes", excluded_attributes),
        ("sortBy", sort_by),
        ("sortOrder", sort_order),
    )


def operations_body(operations: Sequence[Mapping[str, JsonValue]]) -> JsonObject:
    """Return the body of a PATCH with the operations that a caller passed.

    Args:
        operations: The operations.

    Returns:
        The body.

    Raises:
        InvalidArgumentError: They are no list of JSON objects.
    """
    given = cast("object", operations)  # callers without types
    are_objects = isinstance(given, Sequence) and all(isinstance(each, Mapping) for each in cast("list[object]", given))
    if not are_objects or isinstance(given, (str, bytes)):
        raise InvalidArgumentError("The operations are no list of JSON objects: pass dicts with op, path and value.")
    return patch_body(operations)


def body_of(resource: Mapping[str, JsonValue]) -> JsonObject:
    """Return the body of a request.

    Args:
        resource: The resource as the caller passed it.

    Returns:
        The body.

    Raises:
        InvalidArgumentError: It is no JSON object.
    """
    try:
        return JsonObject(resource)
    except (TypeError, ValueError):
        pass
    raise InvalidArgumentError("The resource is no JSON object: pass a dict of attributes, with its schemas.")
