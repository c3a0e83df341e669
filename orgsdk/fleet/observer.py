"""Observer of a fleet's work: what happens to each organization, for telemetry and for progress on a terminal."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from orgsdk.errors import OrgError
from orgsdk.fleet.progress import FleetProgress, read_progress
from orgsdk.options import Telemetry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable

    from orgsdk.fleet.progress import ProgressStore

T = TypeVar("T")


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

    @property
    def progress_seconds(self) -> float | None:
        """Seconds between two calls of `progress`; None if it is not called."""
        return None

    def progress(self, progress: FleetProgress) -> None:
        """Note the numbers of the whole run, as `progress_seconds` asks for, and at its end.

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

    @property
    def progress_seconds(self) -> float | None:
        """The shortest interval of the observers; None if none has one."""
        known = [one.progress_seconds for one in self._observers if one.progress_seconds is not None]
        return min(known, default=None)

    def progress(self, progress: FleetProgress) -> None:
        """Pass the progress on to each observer.

        Args:
            progress: The progress of the run.
        """
        for observer in self._observers:
            observer.progress(progress)


async def observe_work(
    work: Callable[[], Awaitable[T]], store: ProgressStore, observer: FleetObserver, epoch: int
) -> T:
    """Await the work on a run, and pass its progress to an observer again and again meanwhile, and once at the end.

    Args:
        work: Works on the run.
        store: The store, open.
        observer: The observer.
        epoch: The run.

    Returns:
        What `work` returns.

    Raises:
        OrgError: What `work` raises.
    """
    every = observer.progress_seconds
    if every is None:
        return await work()
    results: list[T] = []
    failure: OrgError | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_report, store, observer, epoch, every)
        try:
            results.append(await work())
        except OrgError as error:  # as it is, not in a group
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    await _report_once(store, observer, epoch)
    return results[0]


async def _report(store: ProgressStore, observer: FleetObserver, epoch: int, every: float) -> None:
    with suppress(OrgError):  # a store that cannot be read ends the work, which reports it
        while True:
            await _report_once(store, observer, epoch)
            await anyio.sleep(every)


async def _report_once(store: ProgressStore, observer: FleetObserver, epoch: int) -> None:
    progress = await anyio.to_thread.run_sync(read_progress, store, epoch)
    if progress is not None:
        observer.progress(progress)
