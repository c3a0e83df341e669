"""The time at which a run will end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk.bulk.run.forecast import Allowance, Forecast, seconds_until_end
from orgsdk.responses import RateLimit, RequestRate

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUR = RequestRate(7_200, 3600)
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("requests", "speed", "allowance", "waiting", "seconds"),
    [
        (100, None, None, 0, None),
        (100, 10, None, 0, 10),
        (100, 10, None, 30, 40),
        (100, 10, Allowance(HOUR, 100, 60), 0, 10),
        # 100 at once, then the next hour's first 100.
        (200, 10, Allowance(HOUR, 100, 60), 0, 70),
        # Two more whole hours are needed.
        (20_000, 100, Allowance(HOUR, 7_200, 3600), 0, 3600 + 3600 + 56),
        # It waits for 10 minutes now, and for another hour later.
        (10_000, 100, Allowance(HOUR, 7_200, 4200), 600, 4200 + 28),
        # Slower than the limit: the speed decides.
        (20_000, 1, Allowance(HOUR, 7_200, 3600), 0, 20_000),
        (20_000, None, Allowance(HOUR, 7_200, 3600), 0, 7200),
        (50, None, Allowance(HOUR, 7_200, 3600), 0, None),
    ],
)
def test_waits_for_the_rate_limit_are_included(
    requests: float, speed: float | None, allowance: Allowance | None, waiting: float, seconds: float | None
) -> None:
    assert seconds_until_end(requests, speed, allowance, waiting) == seconds


@pytest.mark.parametrize(
    ("limit", "waiting", "allowance"),
    [
        (None, 0, Allowance(HOUR, 7_200, 3600)),
        (None, 60, Allowance(HOUR, 7_200, 3660)),
        (RateLimit(7_200, 70, NOW + timedelta(minutes=5)), 0, Allowance(HOUR, 70, 300)),
        (RateLimit(7_200, -3, NOW + timedelta(minutes=5)), 0, Allowance(HOUR, 0, 300)),
        # A period that has ended, and a limit that the run's own pace is below of.
        (RateLimit(7_200, 70, NOW - timedelta(minutes=5)), 0, Allowance(HOUR, 7_200, 3600)),
        (RateLimit(9_999, 70, NOW + timedelta(minutes=5)), 0, Allowance(HOUR, 7_200, 3600)),
    ],
)
def test_the_allowance_is_the_reported_one(limit: RateLimit | None, waiting: float, allowance: Allowance) -> None:
    assert Allowance.of(HOUR, limit, waiting, NOW) == allowance


class TestOverTime:
    @pytest.fixture
    def anyio_backend(self, virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
        return virtual_time

    @pytest.mark.anyio
    async def test_a_wait_does_not_slow_the_forecast_down(self) -> None:
        forecast = Forecast(1.0, lambda: None, lambda: None)
        assert forecast.ends_at(1_000, 0, 0) is None
        await anyio.sleep(10)
        assert minutes(forecast.ends_at(1_000, 100, 0)) == pytest.approx(1.5, abs=0.1)
        forecast.ends_at(1_000, 100, 3600)
        await anyio.sleep(3600)
        assert minutes(forecast.ends_at(1_000, 100, 0)) == pytest.approx(1.5, abs=0.1)

    @pytest.mark.anyio
    async def test_an_endless_run_has_no_end(self) -> None:
        forecast = Forecast(1.0, lambda: RequestRate(1, 1e12), lambda: None)
        assert forecast.ends_at(10_000_000, 0, 0) is None


def minutes(at: datetime | None) -> float:
    assert at is not None
    return (at - datetime.now(UTC)).total_seconds() / 60
