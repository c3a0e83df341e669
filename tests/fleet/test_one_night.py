"""A night of thousands of organizations: bounded memory, few requests, and quick hand-outs."""

from __future__ import annotations

import pytest

from benchmarks.fleet import MAX_REQUESTS, measure


def test_a_night_takes_as_few_requests_as_promised() -> None:
    for measured in measure(12, nights=("changed", "verified", "identified")):
        assert measured.states == {"done": 12}
        for provider, number in measured.requests.items():
            assert 0 < number <= MAX_REQUESTS[measured.night, provider]


@pytest.mark.proof
def test_a_night_of_5000_organizations_is_bounded() -> None:
    for measured in measure(5_000):
        assert measured.problems() == []
