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

# Source: OWASP, CSV Injection. East Asian editions of spreadsheets treat the full-width forms like the ASCII ones.
_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def escape_cell(text: str) -> str:
    """Return `text`, with an apostrophe before it if a spreadsheet would run it as a formula."""
    return f"'{text}" if text[:1] in _FORMULA_STARTS or text.lstrip()[:1] in _FORMULA_STARTS else text


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def try_lock(descriptor: int) -> None:
        """Lock an open file for this process; raises `OSError` if another process has locked it."""
        # Lock a byte far behind the contents: on Windows a locked byte cannot be read, and the process id must be.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def try_lock(descriptor: int) -> None:
        """Lock an open file for this process; raises `OSError` if another process has locked it."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class RunLock:
    """Lock an organization against other runs of this user on this machine.

    The operating system releases the lock when the process ends. The lock file, in the user's own folder, is not
    deleted: otherwise two runs could lock two files of one name. It uses `flock(2)`, because the locks of `fcntl(2)`
    do not apply within one process. Raises `LockedError` if another run has the lock.
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
                f"Another run{whose} is working on organization {organization} of {provider}: wait for it, or stop it."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Release the lock; call it once."""
        os.close(self._descriptor)


def lock_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder for locks: the user's state folder, or the system's temporary one if there is no home.

    Not `XDG_RUNTIME_DIR`: it is emptied when the user signs out, and a job of the user may still run.
    Source: XDG Base Directory Specification 0.8.
    """
    state = environ.get("LOCALAPPDATA") if sys.platform == "win32" else environ.get("XDG_STATE_HOME")
    if state:
        return Path(state) / "orgsdk"
    home = Path(environ.get("HOME") or "/nonexistent")
    if os.access(home, os.W_OK):
        return home / ".local" / "state" / "orgsdk"
    user = os.getuid() if sys.platform != "win32" else "user"
    return Path(tempfile.gettempdir()) / f"orgsdk-{user}"


def open_private(path: Path) -> BufferedRandom:
    """Open a file of mode 0600 for reading and appending, and lock it for this process.

    A missing file is created. An existing one keeps its contents, and other users lose their access to it. Raises
    `LockedError` if another run has it open.
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
    """Append to a file; the content is on disk on return."""
    file.seek(0, os.SEEK_END)
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def replace_privately(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Replace a file atomically by `content`, with mode 0600; the content is on disk on return."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines((content,) if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
