"""Owner of a client: the process and the event loop of its first call. Private to orgsdk."""

from __future__ import annotations

import os
from dataclasses import dataclass

from anyio.lowlevel import RunVar

_LOOP: RunVar[object] = RunVar("orgsdk_loop")


@dataclass(frozen=True, slots=True)
class _Owner:
    """A process and an event loop."""

    process: int
    loop: object


class ClientOwner:
    """Record the process and the event loop of a client's first call, and report a call from another.

    Connections, locks and the times of a token belong to one event loop. After a fork, parent and child would read each
    other's responses from one connection.
    """

    def __init__(self) -> None:
        self._owners: dict[None, _Owner] = {}

    def claim(self) -> str | None:
        """Return why the current process or event loop may not make a call, or None. The first call sets the owner."""
        # `setdefault` is atomic, so that one of several threads becomes the owner.
        return _problem(self._owners.setdefault(None, caller := _caller()), caller)

    @property
    def is_of_another_process(self) -> bool:
        """Return whether the first call was made before this process was forked."""
        owner = self._owners.get(None)
        return owner is not None and owner.process != os.getpid()


def _problem(owner: _Owner, caller: _Owner) -> str | None:
    if owner.process != caller.process:
        return "the client was used before this process was forked: create one in each process."
    if owner.loop is not caller.loop:
        return (
            "the client belongs to the event loop of its first call, and this is another one: "
            "create one client in each event loop and close it there."
        )
    return None


def _caller() -> _Owner:
    try:
        loop = _LOOP.get()
    except LookupError:
        # Not the loop itself, which the client would keep in memory.
        loop = object()
        _LOOP.set(loop)
    return _Owner(os.getpid(), loop)
