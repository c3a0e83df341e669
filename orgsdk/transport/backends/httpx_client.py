"""Backend over a caller's own `httpx.AsyncClient` or `httpx2.AsyncClient`. Private to orgsdk."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from orgsdk.errors import ConfigurationError
from orgsdk.responses import Headers
from orgsdk.transport.backends.base import (
    NEW_CONNECTION_STATUSES,
    RequestBody,
    UnreadBytes,
    decompress,
    read_body,
)
from orgsdk.transport.backends.failures import RequestNotSent
from orgsdk.transport.request import Response

if TYPE_CHECKING:
    from types import ModuleType

    import httpx

    from orgsdk.transport.backends.base import OutgoingRequest
    from orgsdk.transport.backends.proxy import Proxy


class HttpxClientBackend:
    """Send requests through the caller's `AsyncClient` of httpx or httpx2. The caller closes it.

    Args:
        client: The client.
        max_body: Limit of a response body in bytes.

    Raises:
        ConfigurationError: `client` is not an `AsyncClient` of httpx or httpx2.
    """

    def __init__(self, client: httpx.AsyncClient, *, max_body: int) -> None:
        self.proxy: Proxy | None = None  # the caller's client has its own settings
        self.reads_environment: bool = client.trust_env
        self._client = client
        self._library = library_of(client)
        self._max_body = max_body

    async def send(self, outgoing: OutgoingRequest) -> Response:
        """Return the complete response. See `Backend.send`."""
        if self._client.is_closed:
            advice = "keep it open until the OrgClient is closed"
            raise RequestNotSent("your http_client is closed", retryable=False, advice=advice)
        request = _request(self._library, outgoing)
        request.extensions["timeout"] = self._client.timeout.as_dict()
        request.extensions["trace"] = outgoing.progress.trace
        try:
            return await self._send(request)
        finally:
            await outgoing.progress.close_unfinished()

    async def aclose(self) -> None:
        """Leave the caller's client open."""

    async def _send(self, request: httpx.Request) -> Response:
        response = await self._client.send(request, stream=True, auth=_no_auth, follow_redirects=False)
        headers = Headers(tuple(response.headers.multi_items()))
        reuse = response.status_code not in NEW_CONNECTION_STATUSES
        if response.is_stream_consumed:
            # A hook of the caller's client has read and decompressed it, or their transport had it in memory.
            await UnreadBytes(response).close(reuse=reuse)
            return Response(response.status_code, headers, decompress(response.content, "", self._max_body))
        content = await read_body(response, self._max_body, UnreadBytes(response), reuse=reuse)
        encoding = headers.get("content-encoding") or ""
        return Response(response.status_code, headers, decompress(content, encoding, self._max_body))


def library_of(client: object) -> ModuleType:
    """Return httpx or httpx2, whichever the client is of. Raise `ConfigurationError` for anything else."""
    # The caller's class may be a subclass of either library's.
    roots = [kind.__module__.partition(".")[0] for kind in type(client).__mro__]
    for name in ("httpx", "httpx2"):
        if name in roots and isinstance(client, import_module(name).AsyncClient):
            return import_module(name)
    raise ConfigurationError(f"http_client is of type {type(client).__name__}: pass an AsyncClient of httpx or httpx2.")


def _request(library: ModuleType, outgoing: OutgoingRequest) -> httpx.Request:
    # The token goes from `SecretStr` into httpx's header object, whose repr hides it.
    secret = outgoing.authorization
    request: httpx.Request = library.Request(
        outgoing.method,
        outgoing.url,
        headers=[*outgoing.headers, *([("authorization", secret.get_secret_value())] if secret is not None else [])],
        content=outgoing.body,
    )
    if outgoing.body:
        request.stream = _stream_class(library)(outgoing.body)
    return request


@cache
def _stream_class(library: ModuleType) -> Any:
    return type("Stream", (RequestBody, library.AsyncByteStream), {})


def _no_auth(request: httpx.Request) -> httpx.Request:
    # Without this the client would replace the token by its own credentials, or by those of a .netrc file.
    return request
