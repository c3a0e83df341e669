"""Private files (mode 0600), atomic replacement, the lock of a run, and escaping of spreadsheet cells."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk.bulk.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from io import BufferedRandom

# Source: OWASP, CSV Injection; the wide forms are taken for the narrow ones in East Asian editions.
_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def escape_cell(text: str) -> str:
    """Give `text` with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text[:1] in _FORMULA_STARTS or text.lstrip()[:1] in _FORMULA_STARTS else text


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def try_lock(descriptor: int) -> None:
        """Lock an open file for this process; raises `OSError` where another has it."""
        # A byte far behind what is written: on Windows a locked one cannot be read, and who holds it should be.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def try_lock(descriptor: int) -> None:
        """Lock an open file for this process; raises `OSError` where another has it."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class RunLock:
    """Keep any other run of this user, on this machine, from the organization for as long as this is held.

    It is a file of the user's own (`folder`), and stays there when it is let go of: to delete it would let two runs
    lock two files of one name. `flock(2)` is used and not `fcntl(2)`'s locks, which do not hold within one process.

    Raises `LockedError` where another run holds it.
    """

    def __init__(self, provider: str, tenant: str, organization: str, *, folder: Path | None = None) -> None:
        name = hashlib.sha256("\0".join((provider, tenant, organization)).encode()).hexdigest()[:32]
        path = (lock_folder(os.environ) if folder is None else folder) / f"{name}.lock"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try_lock(descriptor)
        except OSError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() if hasattr(os, "pread") else ""
            os.close(descriptor)
            whose = f" (process {holder})" if holder.isdigit() else ""
            raise LockedError(
                f"Another run{whose} is working on organization {organization} of {provider}: wait for it, or end it."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go, once."""
        os.close(self._descriptor)


def lock_folder(environ: Mapping[str, str]) -> Path:
    """Give the folder for locks: the user's state folder, or the system's temporary one where there is no home.

    Not `XDG_RUNTIME_DIR`, which is emptied when the user signs out, and a job of theirs may run on.
    Source: XDG Base Directory Specification 0.8.
    """
    kept = environ.get("LOCALAPPDATA") if sys.platform == "win32" else environ.get("XDG_STATE_HOME")
    if kept:
        return Path(kept) / "orgsdk"
    home = Path(environ.get("HOME") or "/nonexistent")
    if os.access(home, os.W_OK):
        return home / ".local" / "state" / "orgsdk"
    user = os.getuid() if sys.platform != "win32" else "user"
    return Path(tempfile.gettempdir()) / f"orgsdk-{user}"


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
