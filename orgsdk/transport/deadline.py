"""The end of a call: one deadline over waiting, sending, reading and repeating."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from orgsdk.errors import NotSentError, RequestTimeoutError
from orgsdk.transport.call import Stage

if TYPE_CHECKING:
    from orgsdk.transport.call import Call, Onward
    from orgsdk.transport.request import Response


class Deadline:
    """Stop a call when its time is over, wherever it is: an answer that drips does not hold it up."""

    def __init__(self, *, provider: str) -> None:
        self._provider = provider

    async def send(self, call: Call, onward: Onward) -> Response:
        """Give the answer that came in time.

        Raises `RequestTimeoutError` where a request was on its way; where the call waited to repeat it, what the last
        attempt raised, or the one before where that may have been carried out; and `NotSentError` where it never had
        its turn.
        """
        with anyio.CancelScope(deadline=call.deadline):
            return await onward(call)
        told = {"provider": self._provider, "operation": call.request.operation}
        if call.stage is Stage.SENT:
            raise RequestTimeoutError(f"no answer within {call.options.timeout:g} s.", **told)
        before = call.lost or call.last_error
        if before is not None:
            raise before
        raise NotSentError(f"no turn to send within {call.options.timeout:g} s.", **told)
