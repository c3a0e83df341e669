"""Request, response, and the state of one call in the pipeline."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeAlias
from urllib.parse import quote_plus
from uuid import uuid4

from pydantic import JsonValue, SecretStr

from orgsdk._callables import call_hook
from orgsdk.errors import InvalidArgumentError, OrgError
from orgsdk.options import HEADER_NAME, HEADER_VALUE, CallOptions
from orgsdk.responses import Headers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.events import Event

_LOGGER = logging.getLogger("orgsdk")
# What a query holds as it is (RFC 3986, section 2.3), such as each name and number.
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")

_IDEMPOTENCY_KEY = "idempotency-key"
# Headers that only the transport sets: credentials, address, connection, and how the body is framed and encoded.
# `content_type` sets its header.
_RESERVED_HEADERS = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)


class Safety(Enum):
    """What a second, identical request can change.

    Attributes:
        SAFE: The request changes nothing.
        IDEMPOTENT: A second request ends in the same state.
        KEYED: The provider promises to perform an operation once for each idempotency key, which the request has in
            the header `Idempotency-Key`. A retry sends the same key. A provider that ignores the header is UNSAFE.
        UNSAFE: A second request may perform the operation twice.

    Source: RFC 9110, section 9.2.
    """

    SAFE = "safe"
    IDEMPOTENT = "idempotent"
    KEYED = "keyed"
    UNSAFE = "unsafe"


def new_idempotency_key() -> str:
    """Return a new key for the header `Idempotency-Key`: one for each call, the same for all of its attempts.

    Returns:
        A random UUID.

    Example: ``headers = [("Idempotency-Key", new_idempotency_key())]``
    """
    return str(uuid4())


@dataclass(frozen=True, slots=True)
class Request:
    """One request, described without any HTTP library.

    Args:
        operation: The provider's own name of the operation, such as ``listOrganizationUsers``.
        method: The HTTP method in upper case.
        path: The path below the base URL. Build it with `build_path` if it contains an id.
        query: Query parameters in order, not yet encoded.
        safety: What a second, identical request can change. Decides which failures are retried.
        body: The request body, or None.
        content_type: The media type of `body`.
        expects_json: Whether a successful response must be JSON.
        headers: Names and values of headers, such as ``If-Match`` or an API version. One replaces the client's header
            of the same name, ``Accept`` included. Errors and logs do not show them.

    Raises:
        InvalidArgumentError: A query parameter or a header is not a text. A header has invalid characters, or only the
            transport may set it. The safety is `KEYED`, and there is no `Idempotency-Key`.
    """

    operation: str
    method: str
    path: str
    query: Sequence[tuple[str, str]] = field(default=(), repr=False)
    safety: Safety = Safety.SAFE
    body: bytes | None = field(default=None, repr=False)
    content_type: str | None = None
    expects_json: bool = True
    headers: Sequence[tuple[str, str]] = field(default=(), repr=False)  # may contain a caller's value

    def __post_init__(self) -> None:
        for name, value in self.query:
            # `urlencode` would send the text of any object.
            if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
                raise InvalidArgumentError(f"The filter {name} is of type {type(value).__name__}: pass a text.")
        for name, value in self.headers:
            _check_header(name, value)
        if self.safety is Safety.KEYED and all(name.lower() != _IDEMPOTENCY_KEY for name, _ in self.headers):
            raise InvalidArgumentError(
                "A request with Safety.KEYED has no Idempotency-Key: add the header, with new_idempotency_key()."
            )

    @property
    def target(self) -> str:
        """Return the path and the encoded query.

        Raises:
            InvalidArgumentError: The query contains a lone surrogate, which no URL can hold.
        """
        if not self.query:
            return self.path
        try:
            return f"{self.path}?{'&'.join([f'{_encode(name)}={_encode(value)}' for name, value in self.query])}"
        except UnicodeEncodeError:
            raise InvalidArgumentError("The search text is not valid Unicode: it has a lone surrogate.") from None


def _check_header(name: str, value: str) -> None:
    # The value is never shown: a caller may have passed it.
    for part, text in (("name", name), ("value", value)):
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            raise InvalidArgumentError(f"The {part} of a header is of type {type(text).__name__}: pass a text.")
    if not HEADER_NAME.fullmatch(name):
        raise InvalidArgumentError("The name of a header has invalid characters: use letters, digits and hyphens.")
    if name.lower() in _RESERVED_HEADERS:
        raise InvalidArgumentError(f"The transport sets the header {name} itself: remove it from the request.")
    if not value or not HEADER_VALUE.fullmatch(value):
        raise InvalidArgumentError(
            f"The value of the header {name} is empty or has invalid characters: pass printable ASCII, without spaces "
            "at either end."
        )


def _encode(text: str) -> str:
    return text if _UNRESERVED.fullmatch(text) else quote_plus(text)


@dataclass(frozen=True, slots=True)
class Response:
    """One response, free of any HTTP library.

    Args:
        status: The HTTP status.
        headers: The header lines.
        content: The body, decompressed.
    """

    status: int
    headers: Headers = field(repr=False)  # a `Link` header repeats the search text
    content: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """Return the content type without parameters, in lower case. Empty if there is none."""
        return (self.headers.get("content-type") or "").partition(";")[0].strip().lower()

    def json_object(self) -> Mapping[str, JsonValue]:
        """Return the body if it is a JSON object.

        Returns:
            The object. An empty mapping if the body is anything else.
        """
        try:
            found: JsonValue = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class AttemptStage(Enum):
    """How far an attempt got. Private to orgsdk."""

    WAITING = "waiting"  # for the rate limit, a slot or a token: nothing was sent
    SENT = "sent"  # the provider may have carried it out
    ANSWERED = "answered"


@dataclass(slots=True, eq=False)
class Call:
    """The state of one call, which the middleware share. Private to orgsdk.

    Attributes:
        request: The request.
        options: The caller's options.
        deadline: End of the call, on anyio's clock.
        attempt: Number of requests sent so far.
        stage: How far the current attempt got.
        last_error: How the previous attempt ended.
        lost: The error of an attempt at a write that may have been carried out.
        authorization: The `Authorization` header of the current attempt.
        held_secrets: Further secrets that no error of this call may show: the `Authorization` headers of earlier
            attempts, and what an earlier request of the same method sent.
    """

    request: Request
    options: CallOptions
    deadline: float
    attempt: int = 0
    stage: AttemptStage = AttemptStage.WAITING
    last_error: OrgError | None = None
    lost: OrgError | None = None
    authorization: SecretStr | None = field(default=None, repr=False)
    held_secrets: tuple[SecretStr, ...] = field(default=(), repr=False)

    @property
    def has_listeners(self) -> bool:
        """Return whether the caller listens to events. If not, no event has to be built."""
        return self.options.on_event is not None

    def emit(self, event: Event) -> None:
        """Pass an event to the caller's hook. An exception of the hook is logged, so that it cannot hide a response."""
        if self.options.on_event is None:
            return
        try:
            call_hook(self.options.on_event, "on_event", event)
        except Exception as error:
            _LOGGER.warning("%s %s: on_event raised %s", event.provider, event.operation, type(error).__name__)


CallNext: TypeAlias = "Callable[[Call], Awaitable[Response]]"


class Middleware(Protocol):
    """One step of the pipeline. Private to orgsdk."""

    async def __call__(self, call: Call, call_next: CallNext) -> Response:
        """Return the response to `call`. `call_next` runs the rest of the pipeline, as often as this step decides."""
        ...
