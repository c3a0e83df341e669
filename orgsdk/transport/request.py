"""Request, response, and the state of one call in the pipeline."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from pydantic import JsonValue, SecretStr

    from orgsdk.errors import OrgError
    from orgsdk.events import Event
    from orgsdk.options import CallOptions

    CallNext = Callable[["Call"], Awaitable["Response"]]

# What a request for an access token is called in errors, events and logs.
TOKEN_OPERATION = "token"  # noqa: S105  # a name, no password


class Safety(Enum):
    """Say what a repeat of a request can do (RFC 9110, section 9.2)."""

    SAFE = "safe"  # changes nothing
    IDEMPOTENT = "idempotent"  # a repeat ends in the same state
    UNSAFE = "unsafe"  # a repeat may do it twice


@dataclass(frozen=True, slots=True)
class Request:
    """Describe one request: what to ask, and how safe it is to ask again.

    `operation` is the provider's own name of the call; `path` comes from `paths.fill` alone. `body` is what
    `content_type` says. `expects_json` has the answer's content type checked.
    """

    operation: str
    method: str
    path: str
    query: Sequence[tuple[str, str]] = field(default=(), repr=False)
    safety: Safety = Safety.SAFE
    body: bytes | None = field(default=None, repr=False)
    content_type: str | None = None
    expects_json: bool = True

    @property
    def target(self) -> str:
        """Give path and query as they stand in the URL.

        Raises `InvalidArgumentError` where the query has half a character (a lone surrogate), which no URL can hold.
        """
        if not self.query:
            return self.path
        try:
            return f"{self.path}?{urlencode(self.query)}"
        except UnicodeEncodeError:
            raise InvalidArgumentError("A text to look for has half a character in it: pass valid Unicode.") from None


@dataclass(frozen=True, slots=True)
class Headers:
    """Hold an answer's header lines in order, looked up in any case."""

    lines: tuple[tuple[str, str], ...] = ()

    def get_all(self, name: str) -> list[str]:
        """Give every line of that name, in order."""
        name = name.lower()
        return [value for key, value in self.lines if key.lower() == name]

    def get(self, name: str) -> str | None:
        """Give the first line of that name, or None."""
        name = name.lower()
        for key, value in self.lines:
            if key.lower() == name:
                return value
        return None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.lines)


@dataclass(frozen=True, slots=True)
class Response:
    """Hold an answer: status, headers, and the decoded body's bytes."""

    status: int
    headers: Headers = field(repr=False)  # a `Link` holds what was searched for
    content: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """Give the content type without parameters, in lower case; empty where there is none."""
        return (self.headers.get("content-type") or "").partition(";")[0].strip().lower()

    def json_object(self) -> Mapping[str, JsonValue]:
        """Give the body where it is a JSON object, and an empty mapping where it is anything else."""
        try:
            found: JsonValue = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


_LOGGER = logging.getLogger("orgsdk")


class AttemptStage(Enum):
    """Say how far an attempt came."""

    WAITING = "waiting"  # for the gate, a slot, a token: nothing of it has left
    SENT = "sent"  # it may have been carried out
    ANSWERED = "answered"


@dataclass(slots=True, eq=False)
class Call:
    """Hold what the policies tell each other about one call.

    `deadline` is on anyio's clock. `attempt` counts the requests sent. `stage` says how far the present attempt
    came; `last_error` is how the one before it ended; `lost` is set where an earlier attempt at a write may have been
    carried out.
    """

    request: Request
    options: CallOptions
    deadline: float
    attempt: int = 0
    stage: AttemptStage = AttemptStage.WAITING
    last_error: OrgError | None = None
    lost: OrgError | None = None
    authorization: SecretStr | None = field(default=None, repr=False)

    @property
    def has_listeners(self) -> bool:
        """Tell whether anybody hears of events, so that none need be made where nobody does."""
        return self.options.on_event is not None

    def emit(self, event: Event) -> None:
        """Hand an event to the caller's hook, where there is one; what that raises must not hide a write's answer."""
        if self.options.on_event is None:
            return
        try:
            self.options.on_event(event)
        except Exception as error:
            _LOGGER.warning("%s %s: on_event raised %s", event.provider, event.operation, type(error).__name__)


class Middleware(Protocol):
    """Do one thing to every call: before it goes onward, after it came back, or instead."""

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Give the answer to `call`, had by `call_next` as often as this policy decides."""
        ...
