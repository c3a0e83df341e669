"""The circuit breaker of a run."""

from __future__ import annotations

from orgsdk.bulk.run.engine import FailureRate


def test_more_than_a_fifth_of_fifty_outcomes_trips_it() -> None:
    rate = FailureRate()
    for number in range(49):
        rate.record(failed=number < 11)
        assert not rate.is_exceeded
    rate.record(failed=False)
    assert rate.is_exceeded
    rate = FailureRate()
    for number in range(50):
        rate.record(failed=number < 10)
    assert not rate.is_exceeded


def test_outage_trips_it_after_many_successes() -> None:
    rate = FailureRate()
    for _ in range(50_000):
        rate.record(failed=False)
    count = 0
    while not rate.is_exceeded:
        rate.record(failed=True)
        count += 1
    assert count == 51
    for _ in range(250):
        rate.record(failed=False)
    assert not rate.is_exceeded
