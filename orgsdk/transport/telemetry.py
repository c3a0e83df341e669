"""The middleware that reports each call to the telemetry of its options. Private to orgsdk."""

from __future__ import annotations

from contextlib import AbstractContextManager
from inspect import iscoroutine
from typing import TYPE_CHECKING

from orgsdk._callables import describe
from orgsdk.errors import ConfigurationError
from orgsdk.options import Observation

if TYPE_CHECKING:
    from orgsdk.transport.request import Call, CallNext, Response


class TelemetryMiddleware:
    """Report each call to the telemetry of its options: started once and ended once, for any number of attempts.

    Private to orgsdk.
    """

    def __init__(self, *, provider: str) -> None:
        self._provider = provider

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Continue within the telemetry's context, if there is one, which suppresses no exception.

        Raises `ConfigurationError` if it is no context manager.
        """
        telemetry = call.options.telemetry
        if telemetry is None:
            return await call_next(call)
        observation = Observation(self._provider, call.request.operation, call.request.method)
        context: object = telemetry.call(observation)
        if not isinstance(context, AbstractContextManager):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            if iscoroutine(context):
                context.close()  # otherwise Python warns that it was never awaited
            raise ConfigurationError(f"telemetry.call returned a value {describe(context)}: return a context manager.")
        failure: BaseException | None = None
        response: Response | None = None
        try:
            with context:
                try:
                    response = await call_next(call)
                    observation.status_code = response.status
                except BaseException as error:
                    failure = error
                    raise
                finally:
                    observation.attempts = call.attempt
            if failure is not None:
                raise failure
            return response
        finally:
            del failure  # its traceback holds this frame
