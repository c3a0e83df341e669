"""Connection of a provider over HTTP: send a request, and read its response as a record, a page or a whole list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol, Self, TypeVar

from pydantic import JsonValue, SecretStr, ValidationError

from orgsdk.domain import Record, mark_adopted
from orgsdk.errors import APIError, DecodeError, InvalidCursorError, OrgError
from orgsdk.options import CallOptions
from orgsdk.pagination import Fetch, Slice
from orgsdk.providers.http.adoption import create_or_adopt
from orgsdk.providers.http.paging import Paging, SinglePage
from orgsdk.transport import Request, Response, Transport

T = TypeVar("T")


_WHOLE_LIST = SinglePage()


class BodyReader(Protocol[T]):
    """Reads the body of a response into objects of one class: a `RecordReader`, `JsonReader` or `EnvelopeReader`."""

    def one(self, content: bytes) -> T:
        """Read a JSON object.

        Args:
            content: The bytes.

        Returns:
            The object.

        Raises:
            pydantic.ValidationError: The content is not as documented.
        """
        ...

    def many(self, content: bytes, limit: int = ..., /) -> list[T]:
        """Read an array of about `limit` objects at most.

        Args:
            content: The bytes.
            limit: Number of objects that were requested.

        Returns:
            The objects.

        Raises:
            pydantic.ValidationError: The content is not as documented, or has far more objects.
        """
        ...

    def page(self, content: bytes, limit: int = ..., /) -> tuple[list[T], Mapping[str, JsonValue]]:
        """Read the objects of a page, and what is beside them.

        Args:
            content: The bytes.
            limit: Number of objects that were requested.

        Returns:
            The objects, and the other members of the body. An array has none.

        Raises:
            pydantic.ValidationError: As for `many`.
        """
        ...


@dataclass(frozen=True, slots=True)
class HTTPConnection:
    """Send the requests of one provider and read their responses. Every request is sent by `send`.

    Derive from it to convert errors: override `convert_error`, or set `cursor_codes`.

    Args:
        transport: Sends the requests.
        tenant_key: The key that signs the cursors of native lists, from `derive_tenant_key`.
        root: What the path of every request starts with, such as ``/v2``. Tokens are fetched outside of it.

    Attributes:
        cursor_codes: The error codes for a cursor that the provider does not know, or no longer.
    """

    cursor_codes: ClassVar[frozenset[str]] = frozenset()

    transport: Transport
    tenant_key: bytes = field(default=b"", repr=False)
    root: str = ""

    @property
    def provider(self) -> str:
        """The name of the provider, as errors have it."""
        return self.transport.provider

    def within_timeout(self) -> Self:
        """Return a connection whose requests share one timeout, which starts now.

        Returns:
            The new connection, for a method that sends several requests.
        """
        return replace(self, transport=self.transport.within_timeout())

    def holding(self, secret: SecretStr | None) -> Self:
        """Return a connection whose errors do not show a secret that an earlier request of the method sent.

        Args:
            secret: The secret, such as a new password. None for no secret.

        Returns:
            The new connection.
        """
        return replace(self, transport=self.transport.holding(secret))

    def with_options(self, options: CallOptions) -> Self:
        """Return a connection that applies other options to each call.

        Args:
            options: The options.

        Returns:
            The new connection.
        """
        return replace(self, transport=self.transport.with_options(options))

    def convert_error(self, error: APIError, request: Request) -> OrgError:
        """Return the error to raise for an error response. By default, it is the transport's.

        Args:
            error: The error that the transport raised. A note may be added to it.
            request: The request, with its path below `root`.

        Returns:
            The same error, or another one.
        """
        if error.code in self.cursor_codes:
            message = "The provider does not know the cursor, or no longer: read the list from its start."
            return InvalidCursorError(message)
        return error

    async def send(self, request: Request) -> Response:
        """Send a request.

        Args:
            request: The request, with its path below `root`.

        Returns:
            The successful response.

        Raises:
            OrgError: What the transport raises, converted by `convert_error`.
        """
        try:
            if not self.root:
                return await self.transport.send(request)
            return await self.transport.send(replace(request, path=self.root + request.path))
        except APIError as error:
            converted = self.convert_error(error, request)
            if converted is error:
                raise
        # Raised outside the handler: the traceback shows one error.
        raise converted

    async def read(self, request: Request, decoder: Callable[[bytes], T]) -> T:
        """Send a request and decode its response.

        Args:
            request: The request.
            decoder: Reads the body, and raises pydantic's `ValidationError` if it is not as documented.

        Returns:
            What `decoder` returns.

        Raises:
            DecodeError: The body is not as documented. The error names the fields, but none of their values.
            OrgError: What `send` raises.
        """
        return self.decode(request, await self.send(request), decoder)

    async def read_optional(self, request: Request, decoder: Callable[[bytes], T]) -> T | None:
        """Send a request that not every server knows, such as for what it announces of itself, and decode its response.

        Args:
            request: The request.
            decoder: As for `read`.

        Returns:
            What `decoder` returns. None if the server answers with an error, or with something else.

        Raises:
            OrgError: There was no response.
        """
        try:
            return await self.read(request, decoder)
        except (APIError, DecodeError):
            return None

    async def read_one(self, request: Request, reader: BodyReader[T]) -> T:
        """Send a request and read the one object of its response.

        Args:
            request: The request.
            reader: Reads the object.

        Returns:
            The object.

        Raises:
            DecodeError: The body is not as documented.
            OrgError: What `send` raises.
        """
        return self.decode(request, await self.send(request), reader.one)

    async def read_page(
        self, request: Request, reader: BodyReader[T], paging: Paging, position: str | None, page_size: int
    ) -> Slice[T]:
        """Send the request for a page of a list and read the page.

        Args:
            request: The request. Its query has the parameters of `paging`.
            reader: Reads the items.
            paging: How the list is paged.
            position: Position of the page, or None for the first.
            page_size: Items that the request asks for.

        Returns:
            The items, and the positions of the pages beside them.

        Raises:
            DecodeError: The body is not as documented, or has more items than requested: the provider, or something
                between, ignored the page size. Far too many items are refused before they are built.
            PaginationError: The response contradicts itself.
            OrgError: What `send` raises.
        """
        response = await self.send(request)
        items, metadata = self._read_items(request, response, reader, page_size)
        return paging.read(items, position, page_size, headers=response.headers, metadata=metadata)

    def fetcher(
        self, build_request: Callable[[str | None, int], Request], reader: BodyReader[T], paging: Paging
    ) -> Fetch[T]:
        """Return the `fetch` of a `Listing`, which reads the page at a position.

        Args:
            build_request: Returns the request for a position and a page size.
            reader: Reads the items.
            paging: How the list is paged.

        Returns:
            The function.
        """

        async def fetch(position: str | None, page_size: int) -> Slice[T]:
            return await self.read_page(build_request(position, page_size), reader, paging, position, page_size)

        return fetch

    async def read_whole(self, request: Request, reader: BodyReader[T], position: str | None = None) -> Slice[T]:
        """Send the request for a list without pages and read the whole list.

        Args:
            request: The request.
            reader: Reads the items.
            position: Position of the page. None is the only one of such a list.

        Returns:
            The whole list.

        Raises:
            InvalidCursorError: There is a position.
            DecodeError: The body is not as documented.
            OrgError: What `send` raises.
        """
        _WHOLE_LIST.parameters(position)
        return _WHOLE_LIST.slice(self.decode(request, await self.send(request), reader.many))

    async def count(self, request: Request, reader: BodyReader[T], paging: Paging) -> int:
        """Send the request for a page of one item and return the length of the whole list.

        Args:
            request: The request for the first page, with a page size of 1.
            reader: Reads the item.
            paging: How the list is paged.

        Returns:
            The total that the page reports.

        Raises:
            DecodeError: The page reports no total, or is not as documented.
            OrgError: What `send` raises.
        """
        response = await self.send(request)
        items, metadata = self._read_items(request, response, reader, 1)
        total = paging.read(items, None, 1, headers=response.headers, metadata=metadata).total
        if total is None:
            raise self._unreadable(request, response, "the response does not report the length of the list.")
        return total

    async def create_or_adopt(
        self,
        request: Request,
        reader: BodyReader[T],
        look_up: Callable[[], Awaitable[T | None]] | None,
        *,
        unique: bool = True,
    ) -> T:
        """Create a resource. If the response is lost, adopt the resource that `look_up` finds, and mark it.

        If there is none, the request is sent once more. With `unique=False` it is not, because the provider would not
        refuse a second resource: the outcome is unknown then.

        Args:
            request: The request that creates the resource.
            reader: Reads the resource.
            look_up: Finds the resource by its natural key, and returns None if it is another one. None if there is no
                key.
            unique: Whether the provider refuses a second resource with the same key.

        Returns:
            The resource. An adopted record has `adopted` set.

        Raises:
            OutcomeUnknownError: The response was lost and the outcome cannot be determined.
            OrgError: What `send` raises.
        """
        created, is_adopted = await create_or_adopt(
            lambda: self.read_one(request, reader),
            look_up,
            provider=self.provider,
            operation=request.operation,
            unique=unique,
        )
        if is_adopted and isinstance(created, Record):
            mark_adopted(created)
        return created

    def decode(self, request: Request, response: Response, decoder: Callable[[bytes], T]) -> T:
        """Decode the body of a response.

        Args:
            request: The request, for the error.
            response: The response.
            decoder: Reads the body, and raises pydantic's `ValidationError` if it is not as documented.

        Returns:
            What `decoder` returns.

        Raises:
            DecodeError: The body is not as documented. The error names the fields, but none of their values.
        """
        try:
            return decoder(response.content)
        except ValidationError as error:
            problem = _describe_validation_error(error)
        # Raised outside the handler: pydantic's error contains the values, and a chained traceback would show them.
        raise self._unreadable(request, response, f"the response is not as documented: {problem}")

    def request_id(self, request: Request, response: Response) -> str | None:
        """Return the provider's id of a request, for an error about its response.

        Args:
            request: The request.
            response: Its response.

        Returns:
            The id without secrets. None if the response has none.
        """
        return self.transport.request_id(request, response)

    def _read_items(
        self, request: Request, response: Response, reader: BodyReader[T], page_size: int
    ) -> tuple[list[T], Mapping[str, JsonValue]]:
        items, metadata = self.decode(request, response, lambda content: reader.page(content, page_size))
        if len(items) > page_size:
            message = f"the response has {len(items)} items, and {page_size} were requested."
            raise self._unreadable(request, response, message)
        return items, metadata

    def _unreadable(self, request: Request, response: Response, message: str) -> DecodeError:
        return DecodeError(
            message,
            provider=self.provider,
            operation=request.operation,
            request_id=self.request_id(request, response),
        )


def _describe_validation_error(error: ValidationError) -> str:
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    shown = [f"{'.'.join(str(part) for part in p['loc']) or 'body'}: {p['type']}" for p in problems[:3]]
    more = f" and {len(problems) - len(shown)} more" if len(problems) > len(shown) else ""
    return ", ".join(shown) + more
