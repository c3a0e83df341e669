"""Files that their owner alone may read."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from orgsdk.bulk.errors import LockedError
from orgsdk.bulk.lock import try_lock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import BufferedRandom
    from pathlib import Path


def open_private(path: Path) -> BufferedRandom:
    """Open a file for reading and appending, made where it is missing with mode 0600, for this process alone.

    One that is there keeps its contents, and loses what rights others have on it.

    Raises `LockedError` where another run has it open.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
    if os.name == "posix":
        os.fchmod(descriptor, 0o600)
    file = os.fdopen(descriptor, "r+b")
    try:
        try_lock(descriptor)
    except OSError:
        file.close()
        raise LockedError(f"Another run has {path} open: name another file.") from None
    return file


def append_durably(file: BufferedRandom, content: bytes) -> None:
    """Write at the end of a file; it is on the disk on return."""
    file.seek(0, os.SEEK_END)
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def replace_privately(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Put `content`, or its pieces, in the place of a file, whole or not at all, with mode 0600, on the disk."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines((content,) if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
