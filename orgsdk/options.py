"""What a caller may set for every call: waiting, repeating, headers, hooks."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from orgsdk.events import Event

# Headers that the transport alone decides: who is asking, where to, and how the body is framed.
_OWN_HEADERS = frozenset(
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


@dataclass(slots=True)
class Observation:
    """Hold what an observer may know of a logical call; attempts and status are there when it ends."""

    provider: str
    operation: str
    method: str
    attempts: int = 0
    status_code: int | None = None


class Telemetry(Protocol):
    """Observe logical calls, such as `orgsdk.telemetry.OpenTelemetry` does."""

    def call(self, observation: Observation) -> AbstractContextManager[None]:
        """Give a context that is entered when a call begins and left when it ends."""
        ...


# RFC 9110, sections 5.1 and 5.5, less what is not ASCII, tabs, and spaces at either end.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")

DEFAULT_TIMEOUT = 30.0
DEFAULT_MAX_ATTEMPTS = 3
DEFAULT_MAX_WAIT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """Hold what holds for each call.

    `timeout` bounds a whole call in seconds, waiting and repeats included. `max_attempts` is how often a request
    is sent at most. `max_wait` is how many seconds a call waits for a rate limit, or for a server that
    says when to come back, before it raises `RateLimitError` or `ServerError`. `headers` go with every request.
    `on_event` is called with each `orgsdk.events` event, `telemetry` observes the call as a whole.

    Raises `ConfigurationError` for a value that cannot be.
    """

    timeout: float = DEFAULT_TIMEOUT
    max_attempts: int = DEFAULT_MAX_ATTEMPTS
    max_wait: float = DEFAULT_MAX_WAIT
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # a gateway's key may be among them
    on_event: Callable[[Event], None] | None = None
    telemetry: Telemetry | None = None

    def __post_init__(self) -> None:
        if not (is_number(self.timeout) and self.timeout > 0 and math.isfinite(self.timeout)):
            raise ConfigurationError(f"timeout is {self.timeout!r}: pass a number of seconds above 0.")
        if not (is_number(self.max_attempts) and self.max_attempts >= 1):
            raise ConfigurationError(f"max_attempts is {self.max_attempts!r}: pass 1 or more.")
        if not (is_number(self.max_wait) and self.max_wait >= 0):
            raise ConfigurationError(f"max_wait is {self.max_wait!r}: pass a number of seconds, 0 or more.")
        for name, value in self.headers:
            if name.lower() in _OWN_HEADERS:
                raise ConfigurationError(f"The header {name!r} is the client's own: it cannot be set.")
            if not _HEADER_NAME.fullmatch(name):
                raise ConfigurationError("A header's name has characters that it cannot have.")
            if not _HEADER_VALUE.fullmatch(value):
                raise ConfigurationError(f"The header {name!r} has characters that it cannot have.")
        if not (self.on_event is None or callable(self.on_event)):
            raise ConfigurationError(f"on_event is {_named(self.on_event)}: pass a function of one event.")
        # A class has the method too, without an object to call it on.
        observes = callable(getattr(self.telemetry, "call", None)) and not isinstance(self.telemetry, type)
        if not (self.telemetry is None or observes):
            raise ConfigurationError(f"telemetry is {_named(self.telemetry)}: pass an object, such as OpenTelemetry().")


def is_number(value: object) -> bool:
    """Tell a setting that is a number from None, which elsewhere stands for no bound, and from text."""
    return isinstance(value, int | float)


def _named(given: object) -> str:
    return f"the class {given.__name__}" if isinstance(given, type) else f"of type {type(given).__name__}"
