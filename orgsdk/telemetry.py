"""OpenTelemetry: a span and a duration for each call (extra `otel`)."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orgsdk._callables import describe
from orgsdk._distribution import install_advice
from orgsdk.errors import APIError, ConfigurationError, OrgError

try:
    from opentelemetry import metrics, trace
except ModuleNotFoundError as _missing:
    raise ImportError(f"orgsdk.telemetry needs opentelemetry-api. {install_advice('otel')}") from _missing

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from orgsdk.options import Observation

_NAME = "orgsdk"


class OpenTelemetry:
    """Record a client span and a duration for each call, including its retries.

    A span is named ``provider.operation`` and has method, status, number of attempts and class of the error. The metric
    is ``orgsdk.client.call.duration``, in seconds. Neither contains an id, an email address or a message.

    Importing this module raises `ImportError` if the extra ``otel`` is not installed.

    Args:
        tracer_provider: Receives the spans. Default: the process's tracer provider.
        meter_provider: Receives the metric. Default: the process's meter provider.

    Raises:
        ConfigurationError: A provider is of the wrong type.

    Example:
        ``OrgClient(Flat(token="…"), telemetry=OpenTelemetry())``
    """

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        for name, value, method in (
            ("tracer_provider", tracer_provider, "get_tracer"),
            ("meter_provider", meter_provider, "get_meter"),
        ):
            if value is not None and (isinstance(value, type) or not callable(getattr(value, method, None))):
                raise ConfigurationError(f"{name} is {describe(value)}: pass one of OpenTelemetry's SDK, or None.")
        self._tracer = trace.get_tracer(_NAME, tracer_provider=tracer_provider)
        meter = metrics.get_meter(_NAME, meter_provider=meter_provider)
        self._duration = meter.create_histogram(
            "orgsdk.client.call.duration", unit="s", description="Duration of a call, including its retries."
        )

    @contextmanager
    def call(self, observation: Observation) -> Generator[None]:
        """Open a span for the duration of a call.

        Args:
            observation: The call.

        Yields:
            None, once the span is open.
        """
        attributes = {"orgsdk.provider": observation.provider, "orgsdk.operation": observation.operation}
        started = time.perf_counter()
        failed: str | None = None
        # The exception is not recorded: its message may contain an id.
        with self._tracer.start_as_current_span(
            f"{observation.provider}.{observation.operation}",
            kind=trace.SpanKind.CLIENT,
            attributes={**attributes, "http.request.method": observation.method},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except BaseException as error:
                failed = type(error).__name__
                span.set_status(trace.StatusCode.ERROR)
                span.set_attribute("error.type", failed)
                if isinstance(error, APIError) and error.status_code is not None:
                    observation.status_code = error.status_code
                if isinstance(error, OrgError) and (request_id := getattr(error, "request_id", None)):
                    span.set_attribute("orgsdk.request_id", request_id)
                raise
            finally:
                span.set_attribute("orgsdk.attempts", observation.attempts)
                if observation.status_code is not None:
                    span.set_attribute("http.response.status_code", observation.status_code)
                outcome = attributes if failed is None else {**attributes, "error.type": failed}
                self._duration.record(time.perf_counter() - started, outcome)
