"""HTTP libraries: the settings that choose one, and the backend that is opened for them. Private to orgsdk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from orgsdk._distribution import install_advice
from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

    from orgsdk.transport.backends.base import Backend

# Types of the settings `http_client` and `http_library`. A client of httpx2 has the same interface.
if TYPE_CHECKING:
    HTTPClient: TypeAlias = httpx.AsyncClient
else:

    class HTTPClient:
        """Represent `httpx.AsyncClient` in annotations at run time, for which httpx is not loaded."""

        @classmethod
        def __get_pydantic_core_schema__(cls, source: object, handler: object) -> object:
            # FastAPI asks for it with `Depends(Flat)`.
            raise ConfigurationError(
                "A provider is no dependency of FastAPI: write `client: Client` with orgsdk.fastapi.Client, and "
                "FastAPI(lifespan=lifespan(lambda: OrgClient(Flat(token=…))))."
            )


HTTPLibrary: TypeAlias = Literal["httpx", "httpx2", "aiohttp"]


def check_http_settings(http_client: object, http_library: object) -> None:
    """Raise `ConfigurationError` if a setting is not a client or a library that is supported."""
    if http_client is not None:
        from orgsdk.transport.backends.httpx_client import library_of  # imports the library that the client is of

        library_of(http_client)
    if http_library not in get_args(HTTPLibrary):
        names = ", ".join(map(repr, get_args(HTTPLibrary)))
        raise ConfigurationError(f"http_library is {http_library!r}: pass one of {names}.")


def open_backend(http_client: HTTPClient | None, http_library: HTTPLibrary, base_url: str, max_body: int) -> Backend:
    """Return the backend of the caller's client, or of a library's own connections.

    Raises `ConfigurationError` if the library is not installed, or TLS or the proxy cannot be set up.
    """
    # Imported on use, so that `import orgsdk` loads no HTTP library (docs/architecture.md, decision 13).
    if http_client is not None:
        from orgsdk.transport.backends.httpx_client import HttpxClientBackend

        return HttpxClientBackend(http_client, max_body=max_body)
    try:
        if http_library == "aiohttp":
            from orgsdk.transport.backends.aiohttp import AiohttpBackend

            return AiohttpBackend(base_url, max_body=max_body)
        from orgsdk.transport.backends.httpcore import HttpcoreBackend

        return HttpcoreBackend(base_url, max_body=max_body, library=http_library)
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"{http_library} is not installed. {install_advice(http_library)}") from error
    except OSError as error:
        # The standard library's error does not name the file.
        problem = type(error).__name__
    raise ConfigurationError(f"TLS cannot be set up ({problem}): check SSL_CERT_FILE and SSL_CERT_DIR.")
