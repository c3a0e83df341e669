"""The logical call as an observer sees it: begun once, ended once, however often it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.options import Observation

if TYPE_CHECKING:
    from orgsdk.transport.call import Call, Onward
    from orgsdk.transport.request import Response


class Observing:
    """Wrap a call in the telemetry of its options, where there is one."""

    def __init__(self, *, provider: str) -> None:
        self._provider = provider

    async def send(self, call: Call, onward: Onward) -> Response:
        """Go onward within the observer's context."""
        telemetry = call.options.telemetry
        if telemetry is None:
            return await onward(call)
        observation = Observation(self._provider, call.request.operation, call.request.method)
        with telemetry.call(observation):
            try:
                response = await onward(call)
                observation.status_code = response.status
            finally:
                observation.attempts = call.attempt
        return response
