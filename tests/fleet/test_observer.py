"""Observers of a fleet's work: several as one, and the base class that does nothing."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orgsdk.fleet.observer import FleetObserver, Observers, UnitObservation

if TYPE_CHECKING:
    from collections.abc import Generator

    from orgsdk.options import Observation

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def unit() -> UnitObservation:
    return UnitObservation(epoch=7, key="flat:1", name="school-17", provider="flat")


class Calls:
    """A telemetry that observes nothing."""

    @contextmanager
    def call(self, observation: Observation) -> Generator[None]:
        yield


class Recorder(FleetObserver):
    """Notes what it is called with."""

    def __init__(self, name: str, seen: list[str], calls: Calls | None = None) -> None:
        self._name, self._seen, self._calls = name, seen, calls

    @property
    def telemetry(self) -> Calls | None:
        return self._calls

    @contextmanager
    def unit(self, observation: UnitObservation) -> Generator[None]:
        self._seen.append(f"{self._name}: {observation.name} starts")
        yield
        self._seen.append(f"{self._name}: {observation.name} is {observation.state}")

    def paused(self, key: str, until: datetime) -> None:
        self._seen.append(f"{self._name}: {key} waits until {until:%H:%M}")


def test_several_observers_see_the_same_work_in_their_order() -> None:
    seen: list[str] = []
    calls = Calls()
    group = Observers([Recorder("a", seen), Recorder("b", seen, calls), Recorder("c", seen, Calls())])
    observation = unit()
    with group.unit(observation):
        observation.state = "done"
    group.paused("flat:1", NOON)
    assert seen == [
        "a: school-17 starts",
        "b: school-17 starts",
        "c: school-17 starts",
        "c: school-17 is done",
        "b: school-17 is done",
        "a: school-17 is done",
        "a: flat:1 waits until 12:00",
        "b: flat:1 waits until 12:00",
        "c: flat:1 waits until 12:00",
    ]
    assert group.telemetry is calls


def test_an_observer_that_overrides_nothing_observes_nothing() -> None:
    observer = FleetObserver()
    with observer.unit(unit()):
        observer.paused("flat:1", NOON)
    assert observer.telemetry is None
    assert Observers([observer]).telemetry is None
