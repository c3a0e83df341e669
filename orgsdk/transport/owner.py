"""Owner of a client: the process and the event loop of its first call. Private to orgsdk."""

from __future__ import annotations

import os
from dataclasses import dataclass

from anyio.lowlevel import RunVar

_LOOP: RunVar[object] = RunVar("orgsdk_loop")


@dataclass(frozen=True, slots=True)
class _Place:
    process: int
    loop: object


class ClientOwner:
    """Remember the process and the event loop of a client's first call, and report a call from another.

    Connections, locks and the times of a token belong to one event loop. After a fork, parent and child would read each
    other's responses from one connection.
    """

    def __init__(self) -> None:
        self._places: dict[None, _Place] = {}

    def claim(self) -> str | None:
        """Return what is wrong with a call from here, or None. The first call makes its place the owner."""
        # `setdefault` is atomic, so that one of several threads becomes the owner.
        return _problem(self._places.setdefault(None, here := _here()), here)

    @property
    def is_of_another_process(self) -> bool:
        """Return whether the first call was made before this process was forked."""
        owner = self._places.get(None)
        return owner is not None and owner.process != os.getpid()


def _problem(owner: _Place, here: _Place) -> str | None:
    if owner.process != here.process:
        return "the client was used before this process was forked: create one in each process."
    if owner.loop is not here.loop:
        return (
            "the client belongs to the event loop of its first call, and this is another one: "
            "create one client in each event loop and close it there."
        )
    return None


def _here() -> _Place:
    try:
        loop = _LOOP.get()
    except LookupError:
        # Not the loop itself, which the client would keep alive.
        loop = object()
        _LOOP.set(loop)
    return _Place(os.getpid(), loop)
