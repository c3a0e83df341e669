"""OpenTelemetry of a fleet: a span and metrics for each organization, by key, run and outcome (extra `otel`)."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orgsdk.telemetry import OpenTelemetry  # first: without the extra, it raises ImportError with advice

from opentelemetry import metrics, trace  # isort: skip

from orgsdk.fleet.observer import FleetObserver, UnitObservation
from orgsdk.fleet.progress import ATTENTION_STATES, COLUMNS

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider
    from opentelemetry.util.types import AttributeValue

    from orgsdk.fleet.progress import FleetProgress
    from orgsdk.options import Telemetry

_NAME = "orgsdk.fleet"
_PROGRESS_SECONDS = 15.0


class FleetTelemetry(FleetObserver):
    """Record a span and metrics for the work on each organization. The spans of its calls are children of it.

    A span is named ``fleet.unit``. Its attributes, and those of the metrics, are below ``orgsdk.fleet.``: ``key``,
    ``run`` (the epoch) and ``outcome`` (the state in which the work ended). A span also has the organization's name in
    the fleet and its number of requests. Nothing has an address, a reason or a secret.

    | metric | what |
    | --- | --- |
    | ``orgsdk.fleet.units`` | counter of organizations |
    | ``orgsdk.fleet.requests`` | counter of requests |
    | ``orgsdk.fleet.unit.duration`` | histogram of seconds |
    | ``orgsdk.fleet.key.units`` | gauge of organizations by key, run and ``column``, such as ``left`` |
    | ``orgsdk.fleet.key.pause`` | gauge of the seconds that a key waits for its rate limit |

    Importing this module raises `ImportError` if the extra ``otel`` is not installed.

    Args:
        tracer_provider: Receives the spans. Default: the process's tracer provider.
        meter_provider: Receives the metrics. Default: the process's meter provider.

    Raises:
        ConfigurationError: A provider is of the wrong type.

    Example:
        ``Fleet.load("fleet.toml", observer=FleetTelemetry())``
    """

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        self._telemetry = OpenTelemetry(tracer_provider=tracer_provider, meter_provider=meter_provider)
        self._tracer = trace.get_tracer(_NAME, tracer_provider=tracer_provider)
        meter = metrics.get_meter(_NAME, meter_provider=meter_provider)
        self._units = meter.create_counter(
            "orgsdk.fleet.units", unit="{organization}", description="Organizations whose work has ended, by outcome."
        )
        self._requests = meter.create_counter(
            "orgsdk.fleet.requests", unit="{request}", description="Requests that were sent for organizations."
        )
        self._duration = meter.create_histogram(
            "orgsdk.fleet.unit.duration", unit="s", description="Duration of the work on one organization."
        )
        self._key_units = meter.create_gauge(
            "orgsdk.fleet.key.units", unit="{organization}", description="Organizations of a key, by column."
        )
        self._pause = meter.create_gauge(
            "orgsdk.fleet.key.pause", unit="s", description="How long a key waits for its rate limit."
        )

    @property
    def telemetry(self) -> Telemetry:
        """The telemetry of the fleet's clients."""
        return self._telemetry

    @property
    def progress_seconds(self) -> float:
        """Seconds between two readings of the gauges' values."""
        return _PROGRESS_SECONDS

    @contextmanager
    def unit(self, observation: UnitObservation) -> Generator[None]:
        """Open a span for the work on an organization, and record its metrics when it ends.

        Args:
            observation: The work.

        Yields:
            None, once the span is open.
        """
        attributes: dict[str, AttributeValue] = {
            "orgsdk.fleet.key": observation.key,
            "orgsdk.fleet.run": observation.epoch,
        }
        started = time.perf_counter()
        # The exception is not recorded: its message may contain an id.
        with self._tracer.start_as_current_span(
            "fleet.unit",
            attributes={
                **attributes,
                "orgsdk.fleet.organization": observation.name,
                "orgsdk.provider": observation.provider,
            },
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            failed: str | None = None
            try:
                yield
            except BaseException as error:
                failed = type(error).__name__
                span.set_attribute("error.type", failed)
                raise
            finally:
                # A worker that ends in the middle leaves the organization to the next one.
                outcome = observation.state or "interrupted"
                if failed is not None or outcome in ATTENTION_STATES:
                    span.set_status(trace.StatusCode.ERROR)
                span.set_attribute("orgsdk.fleet.outcome", outcome)
                span.set_attribute("orgsdk.fleet.requests", observation.requests)
                attributes |= {"orgsdk.fleet.outcome": outcome}
                self._units.add(1, attributes)
                self._requests.add(observation.requests, attributes)
                self._duration.record(time.perf_counter() - started, attributes)

    def paused(self, key: str, until: datetime) -> None:
        """Set the gauge of a key's pause.

        Args:
            key: The limit key.
            until: When its work goes on.
        """
        self._pause.set(max((until - datetime.now(UTC)).total_seconds(), 0.0), {"orgsdk.fleet.key": key})

    def progress(self, progress: FleetProgress) -> None:
        """Set the gauges of all keys.

        Args:
            progress: The progress of the run.
        """
        for key in progress.keys:
            attributes = _attributes(key.key, progress.run.epoch)
            for column in COLUMNS:
                self._key_units.set(key.counts[column], {**attributes, "orgsdk.fleet.column": column})
            pause = 0.0 if key.until is None else (key.until - progress.at).total_seconds()
            self._pause.set(pause, {"orgsdk.fleet.key": key.key})


def _attributes(key: str, epoch: int) -> dict[str, AttributeValue]:
    return {"orgsdk.fleet.key": key, "orgsdk.fleet.run": epoch}
