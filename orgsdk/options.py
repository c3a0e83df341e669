"""Options of every call: timeout, retries, waiting, headers, event hook, telemetry."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypedDict

from orgsdk._callables import check_function, describe, is_async_function
from orgsdk._unpicklable import Unpicklable, schema_or_error
from orgsdk.arguments import check_instance, describe_value, is_integer, is_number
from orgsdk.errors import ConfigurationError
from orgsdk.events import Event

# Headers that only the transport sets: credentials, address, and how the body is framed.
_RESERVED_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "proxy-authorization",
        "transfer-encoding",
    }
)

# RFC 9110, sections 5.1 and 5.5, without non-ASCII characters, tabs, and spaces at either end.
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")

_NO_DEPENDENCY = (
    "OrgClient and its constructors are no dependencies of FastAPI, which would read their options from the request: "
    "write `client: Client` with orgsdk.fastapi.Client, and FastAPI(lifespan=lifespan(OrgClient.from_env))."
)
DEFAULT_TIMEOUT = 30.0
DEFAULT_MAX_ATTEMPTS = 3
DEFAULT_MAX_WAIT = 60.0


@dataclass(slots=True)
class Observation:
    """A call, as reported to telemetry.

    Attributes:
        provider: Name of the provider.
        operation: The provider's own name of the operation.
        method: The HTTP method.
        attempts: Number of requests sent. Set when the call ends.
        status_code: HTTP status of the last response, or None. Set when the call ends.
    """

    provider: str
    operation: str
    method: str
    attempts: int = 0
    status_code: int | None = None


class Telemetry(Protocol):
    """Observer of calls, such as `orgsdk.telemetry.OpenTelemetry`."""

    def call(self, observation: Observation) -> AbstractContextManager[None]:
        """Return a context manager that is entered when a call starts and left when it ends.

        Args:
            observation: The call.

        Returns:
            The context manager.
        """
        ...

    if not TYPE_CHECKING:  # no part of the protocol

        @classmethod
        def __get_pydantic_core_schema__(cls, source: object, handler: Callable[[object], object]) -> object:
            # FastAPI asks for it with `Depends(OrgClient.from_env)`, whose parameter `telemetry` it takes for one of
            # the request.
            return schema_or_error(cls, handler, _NO_DEPENDENCY)


class ClientOptions(TypedDict, total=False):
    """The options of `OrgClient`, which `OrgClient.from_env` and its other constructors take too.

    Attributes:
        organization: Id used by `OrgClient.organization` when it is called without one.
        timeout: Seconds for a whole call, including retries and waiting. Default 30.
        max_attempts: How often a request is sent at most. Default 3.
        max_wait: Longest wait for a rate limit or for a server's `Retry-After`, in seconds. Default 60.
        headers: Headers of every request.
        on_event: Called with each event of `orgsdk.events`.
        telemetry: Observes each call as a whole, such as `orgsdk.telemetry.OpenTelemetry`.
    """

    organization: str | None
    timeout: float
    max_attempts: int
    max_wait: float
    headers: Mapping[str, str] | None
    on_event: Callable[[Event], None] | None
    telemetry: Telemetry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions(Unpicklable):
    """Options of every call.

    Args:
        timeout: Seconds for a whole call, including retries and waiting. Default 30.
        max_attempts: Largest number of requests per call. Default 3.
        max_wait: Longest wait, in seconds, for a rate limit or for a server that states when to come back, before
            `RateLimitError` or `ServerError` is raised. Default 60.
        headers: Name and value of additional request headers.
        on_event: Called with each event of `orgsdk.events`.
        telemetry: Observes each call as a whole.
        settings: The environment variables that the credentials were read from, by the provider's error code, and for
            any other code under ``""``. An `AuthenticationError` names them.

    Raises:
        ConfigurationError: A value is out of range or of the wrong type.
    """

    timeout: float = DEFAULT_TIMEOUT
    max_attempts: int = DEFAULT_MAX_ATTEMPTS
    max_wait: float = DEFAULT_MAX_WAIT
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # may contain a gateway's key
    on_event: Callable[[Event], None] | None = None
    telemetry: Telemetry | None = None
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]], repr=False)

    def __post_init__(self) -> None:
        if not (is_number(self.timeout) and self.timeout > 0 and math.isfinite(self.timeout)):
            raise ConfigurationError(f"timeout is {describe_value(self.timeout)}: pass a number of seconds above 0.")
        if not (is_integer(self.max_attempts) and self.max_attempts >= 1):
            raise ConfigurationError(f"max_attempts is {describe_value(self.max_attempts)}: pass 1 or more.")
        if not (is_number(self.max_wait) and self.max_wait >= 0):
            raise ConfigurationError(
                f"max_wait is {describe_value(self.max_wait)}: pass a number of seconds, 0 or more."
            )
        if not isinstance(self.headers, tuple):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            raise ConfigurationError(f"headers is {describe(self.headers)}: pass a tuple of names and values.")
        check_instance("settings", self.settings, Mapping, "a dict of names", error=ConfigurationError)
        for names in self.settings.values():
            check_instance("settings", names, tuple, "a dict with tuples of names", error=ConfigurationError)
        for name, value in self.headers:
            _check_header_types(name, value)
            if name.lower() in _RESERVED_HEADERS:
                raise ConfigurationError(f"The client sets the header {name!r} itself: remove it from `headers`.")
            if not HEADER_NAME.fullmatch(name):
                raise ConfigurationError("A header's name has invalid characters.")
            if not HEADER_VALUE.fullmatch(value):
                raise ConfigurationError(f"The header {name!r} has invalid characters.")
        if self.on_event is not None:
            check_function(self.on_event, "on_event", "one event", plain=True)
        if self.telemetry is not None:
            _check_telemetry(self.telemetry)


def header_lines(headers: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Return the setting `headers` as lines. Private to orgsdk.

    Args:
        headers: The setting.

    Returns:
        The name and the value of each header.

    Raises:
        ConfigurationError: The setting is not a mapping.
    """
    if not isinstance(headers, Mapping | None):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise ConfigurationError(f"headers is {describe(headers)}: pass a dict of names and values.")
    return tuple((headers or {}).items())


def _check_header_types(name: object, value: object) -> None:
    # State only the type: the value may be a key.
    if not isinstance(name, str):
        raise ConfigurationError(f"A header's name is {describe(name)}: pass a string.")
    if not isinstance(value, str):
        raise ConfigurationError(f"The header {name!r} is {describe(value)}: pass a string.")


def _check_telemetry(telemetry: Telemetry) -> None:
    observe = getattr(telemetry, "call", None)
    # A class has the method too, but no instance to call it on.
    if isinstance(telemetry, type) or not callable(observe):
        raise ConfigurationError(f"telemetry is {describe(telemetry)}: pass an object, such as OpenTelemetry().")
    check_function(observe, "telemetry.call", "one observation", plain=True)
    if is_async_function(inspect.unwrap(observe)):  # of @asynccontextmanager
        raise ConfigurationError("telemetry.call is an async context manager: use contextlib.contextmanager.")
