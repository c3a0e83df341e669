"""One logical call on its way through the policies."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pydantic import SecretStr

    from orgsdk.errors import OrgError
    from orgsdk.events import Event
    from orgsdk.options import CallOptions
    from orgsdk.transport.request import Request, Response

    Onward = Callable[["Call"], Awaitable[Response]]

_LOGGER = logging.getLogger("orgsdk")


class Stage(Enum):
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
    stage: Stage = Stage.WAITING
    last_error: OrgError | None = None
    lost: OrgError | None = None
    authorization: SecretStr | None = field(default=None, repr=False)

    @property
    def is_told(self) -> bool:
        """Tell whether anybody hears of events, so that none need be made where nobody does."""
        return self.options.on_event is not None

    def tell(self, event: Event) -> None:
        """Hand an event to the caller's hook, where there is one; what that raises must not hide a write's answer."""
        if self.options.on_event is None:
            return
        try:
            self.options.on_event(event)
        except Exception as error:
            _LOGGER.warning("%s %s: on_event raised %s", event.provider, event.operation, type(error).__name__)


class Policy(Protocol):
    """Do one thing to every call: before it goes onward, after it came back, or instead."""

    async def send(self, call: Call, onward: Onward) -> Response:
        """Give the answer to `call`, had by `onward` as often as this policy decides."""
        ...
