"""Observer of a fleet's work: what happens to each organization, for telemetry and for progress on a terminal."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from orgsdk.fleet.progress import read_progress

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from datetime import datetime

    from orgsdk.fleet.progress import FleetProgress, ProgressStore
    from orgsdk.options import Telemetry


@dataclass(slots=True, kw_only=True)
class UnitObservation:
    """The work on one organization, from when a worker takes it until it lets it go.

    Attributes:
        epoch: Number of the run.
        key: The limit key.
        name: The organization's name in the fleet.
        provider: Name of the provider.
        state: The state that the work ended in, such as "done". None until then, and if it ended with an exception.
        requests: Number of requests that were sent. Set when the work ends.
    """

    epoch: int
    key: str
    name: str
    provider: str
    state: str | None = None
    requests: int = 0


class FleetObserver:
    """Base class of what observes a fleet's work. Override the methods that you need.

    The methods run in the event loop, so they must not block. Pass the fleet's clients `telemetry`, so that an
    observer also sees their calls.
    """

    @property
    def telemetry(self) -> Telemetry | None:
        """The telemetry of the fleet's clients, or None."""
        return None

    def unit(self, observation: UnitObservation) -> AbstractContextManager[None]:
        """Return a context manager that is entered when the work on an organization starts and left when it ends.

        Args:
            observation: The work. Its `state` and its `requests` are set before the context manager is left.

        Returns:
            The context manager.
        """
        return nullcontext()

    def paused(self, key: str, until: datetime) -> None:
        """Note that a key waits for its rate limit, so that its organizations wait too.

        Args:
            key: The limit key.
            until: When its work goes on.
        """

    def progress(self, progress: FleetProgress) -> None:
        """Note the numbers of the whole run, which `report_progress` reads from the store again and again.

        Args:
            progress: The progress of the run, of all workers.
        """


class Observers(FleetObserver):
    """Several observers as one, in their order.

    Args:
        observers: The observers. The first one with a telemetry observes the calls of the clients.
    """

    def __init__(self, observers: Iterable[FleetObserver] = ()) -> None:
        self._observers = tuple(observers)

    @property
    def telemetry(self) -> Telemetry | None:
        """The first telemetry of the observers, or None."""
        return next((one.telemetry for one in self._observers if one.telemetry is not None), None)

    @contextmanager
    def unit(self, observation: UnitObservation) -> Generator[None]:
        """Enter the context manager of each observer.

        Args:
            observation: The work.

        Yields:
            None, once all are entered.
        """
        with ExitStack() as stack:
            for observer in self._observers:
                stack.enter_context(observer.unit(observation))
            yield

    def paused(self, key: str, until: datetime) -> None:
        """Pass the pause on to each observer.

        Args:
            key: The limit key.
            until: When its work goes on.
        """
        for observer in self._observers:
            observer.paused(key, until)

    def progress(self, progress: FleetProgress) -> None:
        """Pass the progress on to each observer.

        Args:
            progress: The progress of the run.
        """
        for observer in self._observers:
            observer.progress(progress)


async def report_progress(
    store: ProgressStore, observer: FleetObserver, epoch: int | None = None, *, every: float = 2.0
) -> None:
    """Read the progress of a run from the store and pass it to an observer, until the caller cancels it.

    Args:
        store: The store, open.
        observer: The observer.
        epoch: The run. Default: the latest one.
        every: Seconds between two readings.
    """
    while True:
        progress = await anyio.to_thread.run_sync(read_progress, store, epoch)
        if progress is not None:
            observer.progress(progress)
        await anyio.sleep(every)
