"""Faults that a test injects into a running sandbox server: errors, broken connections, delays, broken bodies.

`sandbox.flat_faults`, `sandbox.logto_faults` and `sandbox.workos_faults` hold the faults of one server each;
`sandbox.reset()` clears them. A fault has an action and selects requests by method, by the start of their path, and by
their number among the matching requests.

    # The server carries out the second create, but the client never gets the response.
    lost = sandbox.flat_faults.add(
        CloseConnection(after_commit=True), method="POST", path="/v2/organizations/users", nth=2
    )
    ...
    assert (lost.seen, lost.applied) == (3, 1)

    # The first page hangs until the test releases it.
    held = sandbox.logto_faults.add(Hang(), method="GET", path="/api/organizations")
    held.reached.wait(5)
    held.release()

`sandbox.requests` records these requests too, with the status that was sent, or None if none was sent. A request that
a fault handles without running the app does not count against the rate limit.

Actions: `CloseConnection`, `DripBody`, `Hang`, `ReplaceContentType`, `Respond`, `TruncateBody`, `TruncateGzip`.
"""

import math
import threading
from dataclasses import dataclass, field, fields
from typing import Any, get_origin

import anyio

# The test and the server run in different threads, so the server polls for what the test sets.
_POLL_SECONDS = 0.001


class _Checked:
    """Base of the actions: refuses a value of a wrong type at once, not in the thread of the server."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]  # the subclasses are dataclasses
            value: object = getattr(self, one.name)
            kind: Any = tuple if get_origin(one.type) is tuple else one.type
            if kind in (int, float | None):
                if value is not None or kind is int:
                    _check_number(one.name, value, is_whole=kind is int)
            elif not isinstance(value, kind):
                raise TypeError(f"{one.name} is of type {type(value).__name__}: pass {one.type}")


def _check_number(name: str, value: object, *, is_whole: bool) -> None:
    if not isinstance(value, int if is_whole else int | float) or isinstance(value, bool):
        raise TypeError(f"{name} is of type {type(value).__name__}: pass a number")
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} is out of range: pass a number, 0 or more")


@dataclass(frozen=True, slots=True)
class Respond(_Checked):
    """Send this response instead of the app's.

    Args:
        status: HTTP status.
        body: Response body.
        headers: Names and values, sent unchanged. `Content-Length` is added unless it is among them.
        after_commit: Run the app first and discard its response.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    after_commit: bool = False


@dataclass(frozen=True, slots=True)
class CloseConnection(_Checked):
    """Close the connection without a response.

    Args:
        after_commit: Run the app first, so that the change is made and only the response is lost.
        reset: Close with RST, like a crashed server, instead of FIN, like a server that shuts down.
    """

    after_commit: bool = False
    reset: bool = False


@dataclass(frozen=True, slots=True)
class TruncateBody(_Checked):
    """Run the app, send the head and the first bytes of the body, and close the connection.

    Args:
        at: How many bytes of the body are sent. The head announces the whole body.
    """

    at: int


@dataclass(frozen=True, slots=True)
class DripBody(_Checked):
    """Run the app and send its body in pieces, with a pause before each piece but the first.

    Args:
        size: Bytes in a piece.
        seconds: Length of a pause. None waits for `Fault.step` or `Fault.release`.
    """

    size: int = 1
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Hang(_Checked):
    """Hold the request until the fault is released, then send the app's response.

    Args:
        after_commit: Run the app at once and hold only the response. By default the app runs after the release, and
            does not run if the client has disconnected by then.
    """

    after_commit: bool = False


@dataclass(frozen=True, slots=True)
class ReplaceContentType(_Checked):
    """Run the app and send its response with another content type.

    Args:
        content_type: Value of `Content-Type`; None removes the header.
    """

    content_type: str | None


@dataclass(frozen=True, slots=True)
class TruncateGzip(_Checked):
    """Run the app and send its response compressed with gzip, without the last bytes.

    `Content-Length` is the length of what is sent, so HTTP is correct and only the gzip data is broken.

    Args:
        missing: How many bytes are removed. The last eight are gzip's checksum and length.
    """

    missing: int = 12


Action = CloseConnection | DripBody | Hang | ReplaceContentType | Respond | TruncateBody | TruncateGzip
"""What a fault does."""


@dataclass(slots=True, eq=False)
class Fault:
    """One fault and its counters. Safe to use from any thread.

    Attributes:
        action: What the fault does.
        method: Method of the requests it matches; None matches every method.
        path: Start of the path of the requests it matches.
        nth: First matching request it applies to, counted from 1.
        times: How many requests it applies to.
        seen: How many requests matched.
        applied: How many requests it applied to.
        reached: Set when the fault applies for the first time. Wait for it to know that a request hangs.
    """

    action: Action
    method: str | None
    path: str
    nth: int
    times: float
    seen: int = 0
    applied: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    _steps: float = 0
    _cancelled: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self) -> None:
        """Continue one held request, or send one more piece of a dripping response."""
        with self._lock:
            self._steps += 1

    def release(self) -> None:
        """Continue every held request, and hold none from now on."""
        with self._lock:
            self._steps = math.inf

    def count_match(self, method: str, path: str) -> bool:
        """Count a request if it matches, and return whether the fault applies to it.

        Args:
            method: Method of the request.
            path: Path of the request, percent-encoded.

        Returns:
            Whether the request matches and its number is one of those selected.
        """
        if self.method not in {None, method} or not path.startswith(self.path):
            return False
        with self._lock:
            self.seen += 1
            return self.nth <= self.seen < self.nth + self.times

    def count_applied(self) -> None:
        """Record that the fault applies to a request."""
        with self._lock:
            self.applied += 1
        self.reached.set()

    def cancel(self) -> None:
        """Close the connections of all held requests; those requests are never carried out."""
        with self._lock:
            self._cancelled = True

    async def wait_for_release(self) -> bool:
        """Wait for a step, a release or a cancellation.

        Returns:
            Whether to continue; False after a cancellation.
        """
        while (may_continue := self._may_continue()) is None:  # noqa: ASYNC110
            await anyio.sleep(_POLL_SECONDS)
        return may_continue

    def _may_continue(self) -> bool | None:
        with self._lock:
            if self._cancelled:
                return False
            if self._steps < 1:
                return None
            self._steps -= 1
            return True


class Faults:
    """The active faults of one server. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(
        self, action: Action, *, method: str | None = None, path: str = "/", nth: int = 1, times: int | None = 1
    ) -> Fault:
        """Activate a fault.

        Args:
            action: What happens.
            method: Method of the requests it matches. None matches every method.
            path: Start of the path as it is sent: percent-encoded, with `/v2` or `/api`, if the provider has it.
            nth: First matching request it applies to, counted from 1 and from now.
            times: How many of the matching requests it applies to. None means all from the `nth` on.

        Returns:
            The fault, with its counters.

        Raises:
            TypeError: An argument is of the wrong type.
            ValueError: `nth` or `times` is less than 1.
        """
        _check_fault(action, method, path, nth, times)
        fault = Fault(
            action, None if method is None else method.upper(), path, nth, math.inf if times is None else times
        )
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Deactivate every fault and cancel the requests they hold, so that none changes a state seeded later."""
        with self._lock:
            cleared, self._faults = self._faults, []
        for fault in cleared:
            fault.cancel()

    def fault_for(self, method: str, path: str) -> Fault | None:
        """Return the fault that applies to a request.

        Every fault counts the requests that match it. If several apply, the one that was added first is used.

        Args:
            method: Method of the request.
            path: Path of the request, percent-encoded.

        Returns:
            The fault, or None if no fault applies.
        """
        with self._lock:
            applying = [fault for fault in self._faults if fault.count_match(method, path)]
        if not applying:
            return None
        applying[0].count_applied()
        return applying[0]


def _check_fault(action: object, method: object, path: object, nth: object, times: object) -> None:
    # A fault that matches no request would make a test pass that tests nothing.
    if not isinstance(action, Action):
        raise TypeError(f"action is of type {type(action).__name__}: pass an action, such as Respond(503)")
    for name, text in (("method", method), ("path", path)):
        if not isinstance(text, str) and not (name == "method" and text is None):
            raise TypeError(f"{name} is of type {type(text).__name__}: pass a string")
    for name, count in (("nth", nth), ("times", times)):
        if name == "times" and count is None:
            continue
        if not isinstance(count, int) or isinstance(count, bool):
            raise TypeError(f"{name} is of type {type(count).__name__}: pass a number of requests")
        if count < 1:
            raise ValueError(f"{name} is {count}: pass 1 or more")
