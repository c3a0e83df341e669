"""Log of a run on stderr, for `--verbose` and `--debug`."""

from __future__ import annotations

import logging
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orgsdk.cli.errors import print_status

if TYPE_CHECKING:
    from collections.abc import Generator

_LOGGER = logging.getLogger("orgsdk")


class _StatusHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        print_status(record.getMessage())


@contextmanager
def log_requests(*, enabled: bool) -> Generator[None]:
    """Write each request of the block to stderr: operation, status, attempt, duration and the provider's request id."""
    if not enabled:
        yield
        return
    handler, level, propagates = _StatusHandler(), _LOGGER.level, _LOGGER.propagate
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.DEBUG)
    _LOGGER.propagate = False  # each line once, with ORGSDK_LOG too
    try:
        yield
    finally:
        _LOGGER.removeHandler(handler)
        _LOGGER.setLevel(level)
        _LOGGER.propagate = propagates


def print_origin(error: BaseException) -> None:
    """Write the types of an error and of its causes, and where each was raised.

    Without the messages of the causes: those of other libraries may contain addresses.
    """
    current: BaseException | None = error
    while current is not None:
        print_status(f"{type(current).__module__}.{type(current).__qualname__}, raised at:")
        for frame in traceback.extract_tb(current.__traceback__):
            print_status(f"  {frame.filename}:{frame.lineno} in {frame.name}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
