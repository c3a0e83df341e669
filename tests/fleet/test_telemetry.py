"""Spans and metrics of a fleet's work, read back through OpenTelemetry's SDK."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from orgsdk import OrgClient
from orgsdk.fleet.observer import UnitObservation
from orgsdk.fleet.progress import fleet_progress
from orgsdk.fleet.telemetry import FleetTelemetry
from orgsdk.providers import Logto
from tests.fleet.samples import ATTENTION, KEYS, NOW, RUN

if TYPE_CHECKING:
    from orgsdk.sandbox import Sandbox

Points = dict[str, dict[tuple[tuple[str, Any], ...], Any]]


class Collected:
    """A telemetry, and what it has recorded."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._metrics = InMemoryMetricReader()
        tracing = TracerProvider()
        tracing.add_span_processor(SimpleSpanProcessor(self._spans))
        self.observer = FleetTelemetry(tracer_provider=tracing, meter_provider=MeterProvider([self._metrics]))

    def spans(self) -> list[Any]:
        return list(self._spans.get_finished_spans())

    def points(self) -> Points:
        """Return the points of each metric by their attributes."""
        data = self._metrics.get_metrics_data()
        assert data is not None
        found = [metric for each in data.resource_metrics for scope in each.scope_metrics for metric in scope.metrics]
        return {
            metric.name: {tuple(sorted((point.attributes or {}).items())): point for point in metric.data.data_points}
            for metric in found
        }


@pytest.fixture
def collected() -> Collected:
    return Collected()


def unit(name: str = "school-17") -> UnitObservation:
    return UnitObservation(epoch=7, key="logto 1", name=name, provider="logto")


@pytest.mark.anyio
async def test_the_calls_of_an_organization_are_children_of_its_span(collected: Collected, sandbox: Sandbox) -> None:
    provider = Logto(sandbox.logto_url, app_id=sandbox.logto.app_id, app_secret=sandbox.logto.app_secret)
    observation = unit()
    async with OrgClient(provider, telemetry=collected.observer.telemetry) as client:
        with collected.observer.unit(observation):
            await client.organization(sandbox.logto.organization_id).users.list(page_size=5)
            observation.state, observation.requests = "done", 2
    *calls, work = collected.spans()
    assert [call.name for call in calls] == ["logto.list_organization_users"]
    assert {call.parent.span_id for call in calls} == {work.context.span_id}
    assert (work.name, work.parent, work.status.status_code) == ("fleet.unit", None, StatusCode.UNSET)
    assert dict(work.attributes) == {
        "orgsdk.provider": "logto",
        "orgsdk.fleet.key": "logto 1",
        "orgsdk.fleet.run": 7,
        "orgsdk.fleet.organization": "school-17",
        "orgsdk.fleet.outcome": "done",
        "orgsdk.fleet.requests": 2,
    }


def test_metrics_are_counted_by_key_run_and_outcome(collected: Collected) -> None:
    for state, requests in (("done", 25), ("done", 5), ("failed", 3)):
        observation = unit()
        with collected.observer.unit(observation):
            observation.state, observation.requests = state, requests
    points = collected.points()
    by = {
        outcome: (("orgsdk.fleet.key", "logto 1"), ("orgsdk.fleet.outcome", outcome), ("orgsdk.fleet.run", 7))
        for outcome in ("done", "failed")
    }
    assert {key: point.value for key, point in points["orgsdk.fleet.units"].items()} == {by["done"]: 2, by["failed"]: 1}
    assert points["orgsdk.fleet.requests"][by["done"]].value == 30
    assert points["orgsdk.fleet.unit.duration"][by["done"]].count == 2
    assert [span.status.status_code for span in collected.spans()] == [StatusCode.UNSET] * 2 + [StatusCode.ERROR]


def test_work_that_is_interrupted_has_the_class_of_its_error_and_no_message(collected: Collected) -> None:
    with pytest.raises(KeyboardInterrupt), collected.observer.unit(unit()):
        raise KeyboardInterrupt("ada@example.com")
    (span,) = collected.spans()
    assert span.attributes["error.type"] == "KeyboardInterrupt"
    assert span.attributes["orgsdk.fleet.outcome"] == "interrupted"
    assert (span.status.status_code, span.events) == (StatusCode.ERROR, ())
    assert "ada@example.com" not in span.to_json()


def test_gauges_have_the_numbers_of_each_key(collected: Collected) -> None:
    collected.observer.progress(fleet_progress(RUN, KEYS, ATTENTION, NOW))
    points = collected.points()
    left = {
        dict(attributes)["orgsdk.fleet.key"]: point.value
        for attributes, point in points["orgsdk.fleet.key.units"].items()
        if dict(attributes)["orgsdk.fleet.column"] == "left"
    }
    assert left == {KEYS[0].key: 199, KEYS[1].key: 30, KEYS[2].key: 0, KEYS[3].key: 9}
    pauses = {
        dict(attributes)["orgsdk.fleet.key"]: point.value
        for attributes, point in points["orgsdk.fleet.key.pause"].items()
    }
    assert pauses == {KEYS[0].key: 0, KEYS[1].key: 420, KEYS[2].key: 0, KEYS[3].key: 0}


def test_a_pause_is_known_at_once(collected: Collected) -> None:
    collected.observer.paused("logto 1", datetime.now(UTC) + timedelta(minutes=5))
    (point,) = collected.points()["orgsdk.fleet.key.pause"].values()
    assert 290 < point.value <= 300


def test_nothing_of_it_is_imported_without_a_need() -> None:
    program = "import sys, orgsdk.fleet.observer, orgsdk.fleet.progress; print('opentelemetry' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
