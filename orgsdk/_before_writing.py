"""A check right before a request is written to a connection. Private to orgsdk.

A process can freeze while it connects, and wake up when it no longer owns what it works on.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

check_before_writing: Final[ContextVar[Callable[[], None]]] = ContextVar("check_before_writing", default=lambda: None)
"""Called in the task that sends a request. It may cancel the task, so that nothing is written."""
