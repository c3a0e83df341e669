"""Silence of the HTTP libraries' own loggers while a request of ours is on its way.

httpx logs whole URLs, httpcore and httpcore2 every header of an answer, `Link` among them: with a search for a
person's address in it. What is to be told of a request the logger `orgsdk` tells.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_PARTS = ("connection", "http11", "http2", "proxy", "socks")
_NAMES = ("httpx", "httpx2", *(f"{core}.{part}" for core in ("httpcore", "httpcore2") for part in _PARTS))
# Found once: to ask for twelve loggers by name at each request took 15 µs of it.
_LOGGERS = tuple(logging.getLogger(name) for name in _NAMES)
_OURS: ContextVar[bool] = ContextVar("orgsdk_request_on_its_way", default=False)


@contextmanager
def quiet() -> Generator[None]:
    """Have the HTTP libraries log nothing in this context; what others send is logged as ever."""
    for logger in _LOGGERS:
        if _not_ours not in logger.filters:
            logger.addFilter(_not_ours)
    before = _OURS.set(True)
    try:
        yield
    finally:
        _OURS.reset(before)


def _not_ours(record: logging.LogRecord) -> bool:
    return not _OURS.get()
