"""What is a wave of failures, and what is none."""

from __future__ import annotations

from orgsdk.bulk.run.engine import FailureRate


def test_over_a_fifth_of_fifty_is_a_wave_and_a_fifth_is_none() -> None:
    trouble = FailureRate()
    for number in range(49):
        trouble.note(failed=number < 11)
        assert not trouble.is_wave
    trouble.note(failed=False)
    assert trouble.is_wave
    trouble = FailureRate()
    for number in range(50):
        trouble.note(failed=number < 10)
    assert not trouble.is_wave


def test_an_outage_shows_however_much_went_well_before() -> None:
    trouble = FailureRate()
    for _ in range(50_000):
        trouble.note(failed=False)
    count = 0
    while not trouble.is_wave:
        trouble.note(failed=True)
        count += 1
    assert count == 51
    for _ in range(250):
        trouble.note(failed=False)
    assert not trouble.is_wave
