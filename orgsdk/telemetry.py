"""Traces and metrics of logical calls, through OpenTelemetry's API alone (extra `otel`)."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orgsdk.errors import APIError, OrgError

try:
    from opentelemetry import metrics, trace
except ModuleNotFoundError as _missing:
    raise ImportError('opentelemetry-api is not installed: pip install "orgsdk[otel]".') from _missing

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from orgsdk.options import Observation

_NAME = "orgsdk"


class OpenTelemetry:
    """Make a client span and a duration of every logical call, repeats included.

    `tracer_provider` and `meter_provider` are where they go; without them, the process's own. A span is called
    `provider.operation` and tells method, status, attempts and the error's class; neither it nor the metric
    `orgsdk.client.call.duration` (seconds) tells an id, an address or a message.

    Raises `ImportError` on import where `orgsdk[otel]` is not installed.

    Example: `OrgClient(Flat(token="…"), telemetry=OpenTelemetry())`
    """

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        self._tracer = trace.get_tracer(_NAME, tracer_provider=tracer_provider)
        meter = metrics.get_meter(_NAME, meter_provider=meter_provider)
        self._duration = meter.create_histogram(
            "orgsdk.client.call.duration", unit="s", description="How long a logical call took, repeats included."
        )

    @contextmanager
    def call(self, observation: Observation) -> Generator[None]:
        """Open a span for as long as a call takes."""
        about = {"orgsdk.provider": observation.provider, "orgsdk.operation": observation.operation}
        began = time.perf_counter()
        failed: str | None = None
        # The exception is not recorded: its message may name an id.
        with self._tracer.start_as_current_span(
            f"{observation.provider}.{observation.operation}",
            kind=trace.SpanKind.CLIENT,
            attributes={**about, "http.request.method": observation.method},
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
                ended = about if failed is None else {**about, "error.type": failed}
                self._duration.record(time.perf_counter() - began, ended)
