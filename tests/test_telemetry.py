"""Spans and metrics of calls, read back through OpenTelemetry's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from orgsdk import NotFoundError, OrgClient
from orgsdk.providers import Logto
from orgsdk.sandbox.faults import Respond
from orgsdk.telemetry import OpenTelemetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from orgsdk.sandbox import Sandbox

pytestmark = pytest.mark.anyio


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def metrics() -> InMemoryMetricReader:
    return InMemoryMetricReader()


@pytest.fixture
async def client(
    sandbox: Sandbox, spans: InMemorySpanExporter, metrics: InMemoryMetricReader
) -> AsyncIterator[OrgClient[Logto]]:
    tracing = TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(spans))
    telemetry = OpenTelemetry(tracer_provider=tracing, meter_provider=MeterProvider([metrics]))
    provider = Logto(sandbox.logto_url, app_id=sandbox.logto.app_id, app_secret=sandbox.logto.app_secret)
    async with OrgClient(provider, telemetry=telemetry) as client:
        yield client


async def test_a_call_is_one_client_span_including_retries(
    client: OrgClient[Logto], sandbox: Sandbox, spans: InMemorySpanExporter
) -> None:
    sandbox.logto_faults.add(Respond(503, headers=(("retry-after", "0"),)), path="/api/organizations")
    await client.organizations.get(sandbox.logto.organization_id)
    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind, span.status.status_code) == (
        "logto.get_organization",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert dict(span.attributes or {}) == {
        "orgsdk.provider": "logto",
        "orgsdk.operation": "get_organization",
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "orgsdk.attempts": 2,
    }


async def test_a_failed_call_has_the_class_of_its_error_and_no_message(
    client: OrgClient[Logto], spans: InMemorySpanExporter, metrics: InMemoryMetricReader
) -> None:
    with pytest.raises(NotFoundError) as caught:
        await client.organizations.get("doesnotexist00")
    (span,) = spans.get_finished_spans()
    reported = dict(span.attributes or {})
    assert reported["error.type"] == "NotFoundError"
    assert reported["http.response.status_code"] == 404
    assert reported["orgsdk.request_id"] == caught.value.request_id
    assert span.status.status_code is StatusCode.ERROR
    assert not span.events
    assert "doesnotexist00" not in span.to_json()
    (point,) = points(metrics)
    assert point.count == 1
    assert dict(point.attributes or {})["error.type"] == "NotFoundError"


def points(reader: InMemoryMetricReader) -> list[HistogramDataPoint]:
    data = reader.get_metrics_data()
    assert data is not None
    found = [metric for r in data.resource_metrics for scope in r.scope_metrics for metric in scope.metrics]
    assert [metric.name for metric in found] == ["orgsdk.client.call.duration"]
    return [point for point in found[0].data.data_points if isinstance(point, HistogramDataPoint)]
