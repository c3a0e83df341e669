"""Faults that a test switches on in a running sandbox server.

`sandbox.flat_faults` and `sandbox.logto_faults` hold them; `sandbox.reset()` clears both. A fault is an action and
the requests it strikes: by method, by the start of the path, and by their number among those that match.

    # The second creation is done, but its answer never arrives.
    lost = sandbox.flat_faults.add(Close(after_commit=True), method="POST", path="/v2/organizations/users", nth=2)
    ...
    assert (lost.seen, lost.struck) == (3, 1)

    # The first page hangs until the test lets it go.
    held = sandbox.logto_faults.add(Hang(), method="GET", path="/api/organizations")
    held.reached.wait(5)
    held.release()

What is struck stands in `sandbox.requests` as everything else does, with the status that the client was sent, and None
where it was sent none. A request that a fault answers without running the app is not counted against a rate limit.

Actions: `Respond`, `CloseConnection`, `TruncateBody`, `DripBody`, `Hang`, `ReplaceContentType`, `TruncateGzip`.
"""

import math
import threading
from dataclasses import dataclass, field

import anyio

# The test and the server live in different threads; what the one sets the other cannot await, but look at.
_POLL_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer this; `after_commit` runs the app first and throws its answer away."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    """Sent as they are, and `Content-Length` beside them unless it is among them."""
    after_commit: bool = False


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Close the connection without an answer.

    The app does not run, so nothing is committed; with `after_commit` it does run, and its answer is lost. `reset`
    ends the connection with RST, as a crash does, and not with FIN, as a server does that shuts down.
    """

    after_commit: bool = False
    reset: bool = False


@dataclass(frozen=True, slots=True)
class TruncateBody:
    """Run the app, send its head and the first bytes of its body, and close the connection."""

    at: int
    """How many bytes of the body arrive; the head promises them all."""


@dataclass(frozen=True, slots=True)
class DripBody:
    """Run the app and send its body in pieces, each after a wait.

    Without `seconds` each piece but the first waits for a `step` of the fault, or for its `release`.
    """

    size: int = 1
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Hang:
    """Hold the request until the fault is released, then answer as usual.

    The app runs at the release, and never if the client has gone by then; with `after_commit` it runs at once and its
    answer is held.
    """

    after_commit: bool = False


@dataclass(frozen=True, slots=True)
class ReplaceContentType:
    """Run the app and send its answer as another content type, or as none."""

    content_type: str | None


@dataclass(frozen=True, slots=True)
class TruncateGzip:
    """Run the app and send its answer gzipped, without its last bytes but as long as the head says."""

    missing: int = 12
    """How many bytes lack; the last eight are the checksum and the length of what was compressed."""


Action = Respond | CloseConnection | TruncateBody | DripBody | Hang | ReplaceContentType | TruncateGzip
"""What a fault does."""


@dataclass(slots=True, eq=False)
class Fault:
    """Hold one fault and what has become of it; safe to use from any thread."""

    action: Action
    method: str | None
    path: str
    nth: int
    times: float
    seen: int = 0
    """How many requests matched."""
    struck: int = 0
    """How many requests it acted on."""
    reached: threading.Event = field(default_factory=threading.Event)
    """Set when it acts for the first time: wait for it to know that a request hangs."""
    _steps: float = 0
    _cleared: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self) -> None:
        """Let one hanging request, or one piece of a dripping answer, go on."""
        with self._lock:
            self._steps += 1

    def release(self) -> None:
        """Let everything it holds go on, now and from now on."""
        with self._lock:
            self._steps = math.inf

    def strikes(self, method: str, path: str) -> bool:
        """Count a request that matches, and tell whether it is one to act on."""
        if self.method not in {None, method} or not path.startswith(self.path):
            return False
        with self._lock:
            self.seen += 1
            return self.nth <= self.seen < self.nth + self.times

    def strike(self) -> None:
        """Note that it acts on a request."""
        with self._lock:
            self.struck += 1
        self.reached.set()

    def drop(self) -> None:
        """Close the connection of everything it holds, which is then never done."""
        with self._lock:
            self._cleared = True

    async def held(self) -> bool:
        """Wait for a step or for the release, and tell whether to go on."""
        while (go_on := self._go_on()) is None:  # noqa: ASYNC110
            await anyio.sleep(_POLL_SECONDS)
        return go_on

    def _go_on(self) -> bool | None:
        with self._lock:
            if self._cleared:
                return False
            if self._steps < 1:
                return None
            self._steps -= 1
            return True


class Faults:
    """Keep the faults of one server; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(
        self, action: Action, *, method: str | None = None, path: str = "/", nth: int = 1, times: int | None = 1
    ) -> Fault:
        """Switch on a fault and return it.

        Args:
            action: what happens.
            method: the method of the requests it is for; None is every method.
            path: how their path starts, as it is sent: percent-encoded, with `/v2` or `/api`.
            nth: the first of the matching requests it acts on, counted from 1 and from now.
            times: how many of them it acts on; None is every one from there.
        """
        fault = Fault(
            action, None if method is None else method.upper(), path, nth, math.inf if times is None else times
        )
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Switch off every fault; what they hold is dropped, so that it is not done to a state seeded anew."""
        with self._lock:
            cleared, self._faults = self._faults, []
        for fault in cleared:
            fault.drop()

    def struck_by(self, method: str, path: str) -> Fault | None:
        """Return the fault that acts on a request.

        Each fault counts every request that matches it; of those whose turn it is, the first that was added acts.
        """
        with self._lock:
            striking = [fault for fault in self._faults if fault.strikes(method, path)]
        if not striking:
            return None
        striking[0].strike()
        return striking[0]
