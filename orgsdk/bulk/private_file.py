"""Private files (mode 0600), atomic replacement, and the lock of a run."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.errors import FileError, LockedError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from io import BufferedRandom

_LINK_FLAGS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ATTEMPTS: Final = 10


_ADVICE: Final = {
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "check the path",
    errno.EISDIR: "name a file in it",
    errno.EACCES: "change the mode of the file or its folder, or name another file",
    errno.EPERM: "change the mode of the file or its folder, or name another file",
    errno.EROFS: "name a file in another folder",
    errno.ELOOP: "name the file itself",
    errno.ENXIO: "it is a socket, or a device that is missing: name a file",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ENOSPC: "free some space, or name a file on another disk",
    errno.EDQUOT: "free some space, or name a file on another disk",
    errno.EMFILE: "close files, or raise the limit (ulimit -n)",
    errno.ENFILE: "close files, or raise the limit of the system",
}


def _describe(error: OSError) -> str:
    """Return what is wrong with a file, and what to do about it."""
    reason = error.strerror or str(error)
    advice = _ADVICE.get(error.errno or 0)
    return f"{reason}: {advice}" if advice else reason


@contextmanager
def file_errors(path: Path) -> Generator[None]:
    """Raise a `FileError` with the path for each `OSError`, and for a path that no file can have."""
    try:
        is_possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        is_possible = False
    if not is_possible:
        raise FileError(ascii(str(path)), "no file can have this name")
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(path, _describe(error), error.errno) from error


def check_file(path: Path) -> os.stat_result | None:
    """Return the status of an existing file, None if it is missing. Nothing is opened or changed.

    Raises `FileError` if the file is not safe to write to: see `find_risk`.
    """
    with file_errors(path):
        try:
            status = path.lstat()
        except FileNotFoundError:
            return None
    if risk := find_risk(status, user_id()):
        raise FileError(path, f"{risk}: name another file")
    return status


def find_risk(status: os.stat_result, user: int | None) -> str | None:
    """Return why `user` must not write personal data or secrets to an existing file; None if they may.

    Another user may have made the file, may be writing to it, or may have made the name a link to a file of this user.
    """
    if stat.S_ISLNK(status.st_mode):
        return "it is a symbolic link"
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if user is None:  # Windows has access lists, and neither file modes nor user ids
        return None
    if status.st_uid != user:
        return "it belongs to another user"
    if status.st_nlink > 1:
        return "it has a second name (a hard link)"
    if status.st_mode & _OTHERS_WRITE and status.st_size:
        return "other users can write to it"
    return None


def is_exposed(status: os.stat_result) -> bool:
    """Return whether the mode of a file lets other users read it or write to it."""
    return os.name == "posix" and bool(status.st_mode & _OTHERS)


def user_id() -> int | None:
    """Return the id of the user of this process; None on Windows."""
    return os.geteuid() if sys.platform != "win32" else None


def create_file(path: Path) -> int:
    """Create a file of mode 0600 and return its descriptor. Raises `FileError` if the name exists."""
    with file_errors(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | _LINK_FLAGS, 0o600)
        if is_exposed(os.fstat(descriptor)):
            os.close(descriptor)
            path.unlink()
            raise FileError(path, "this file system does not keep file modes: name a file in another folder")
        return descriptor


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def try_lock(descriptor: int) -> None:
        """Lock an open file for this process; raises `OSError` if another process has locked it."""
        # Lock a byte far behind the contents: on Windows a locked byte cannot be read, and the process id must be.
        os.lseek(descriptor, 0x7FFF0000, os.SEEK_SET)
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
    do not apply within one process.
    """

    def __init__(self, provider: str, tenant: str, organization: str, *, folder: Path | None = None) -> None:
        self._provider, self._organization = provider, organization
        self._name = hashlib.sha256("\0".join((provider, tenant, organization)).encode()).hexdigest()[:32]
        self._folder = folder

    def acquire(self) -> None:
        """Take the lock.

        Raises `LockedError` if another run has it, and `FileError` if the folder is a link, belongs to another user,
        or lets others write.
        """
        folder = lock_folder(os.environ) if self._folder is None else self._folder
        path = _make_lock_folder(folder) / f"{self._name}.lock"
        descriptor = _open_or_create(path)
        try:
            try_lock(descriptor)
        except OSError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() if hasattr(os, "pread") else ""
            os.close(descriptor)
            whose = f" (process {holder})" if holder.isdigit() else ""
            raise LockedError(
                f"Another run{whose} is working on organization {self._organization} of {self._provider}: wait for "
                "it, or stop it."
            ) from None
        try:
            with file_errors(path):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()}\n".encode())
        except FileError:
            os.close(descriptor)
            raise
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


def _make_lock_folder(folder: Path) -> Path:
    # In a shared temporary folder, another user may have made it before.
    with file_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status, user = folder.lstat(), user_id()
    advice = "set XDG_STATE_HOME to a folder of your own"
    if stat.S_ISLNK(status.st_mode) or (user is not None and status.st_uid != user):
        raise FileError(folder, f"the folder of the locks is a link, or belongs to another user: {advice}")
    if user is not None and status.st_mode & _OTHERS_WRITE:
        raise FileError(folder, f"other users can write to the folder of the locks: run chmod 700 on it, or {advice}")
    return folder


def _open_or_create(path: Path) -> int:
    for _ in range(_ATTEMPTS):
        if check_file(path) is None:
            try:
                return create_file(path)
            except FileError as error:
                if error.errno != errno.EEXIST:
                    raise
                continue  # another run was faster
        with file_errors(path):
            # Not blocking: the file may have become a pipe since the check.
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | _LINK_FLAGS)
        status = os.fstat(descriptor)
        if status.st_nlink and find_risk(status, user_id()) is None:
            return descriptor
        os.close(descriptor)
    raise FileError(path, "it is replaced all the time: name another file")


def open_private(path: Path) -> BufferedRandom:
    """Open a file of mode 0600 for reading and appending, and lock it for this process.

    A missing file is created. An existing one keeps its contents. If others can read it, it is replaced by a private
    copy: another user may have it open. Raises `LockedError` if another run has it open, and `FileError` if it cannot
    be opened or is not safe to write to; it is unchanged then.
    """
    while True:
        descriptor = _open_or_create(path)
        file = os.fdopen(descriptor, "r+b")
        try:
            try_lock(descriptor)
        except OSError:
            file.close()
            raise LockedError(f"Another run has {path} open: name another file.") from None
        if not is_exposed(os.fstat(descriptor)):
            return file
        with file:
            replace_privately(path, file)
            status = check_file(path)
            if status is None or is_exposed(status):
                raise FileError(path, "this file system does not keep file modes: name a file in another folder")


def append_durably(path: Path, file: BufferedRandom, content: bytes) -> None:
    """Append to a file; the content is on disk on return.

    Raises `FileError`, for example if the disk is full. The file is as before then: half a line would damage the next.
    """
    with file_errors(path):
        end = file.seek(0, os.SEEK_END)
        try:
            # Not into the buffer, which Python would write when the file is closed, after the error.
            left = memoryview(content)
            while left:
                left = left[file.raw.write(left) :]
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                os.ftruncate(file.fileno(), end)
            raise


def close_file(path: Path, file: BufferedRandom) -> None:
    """Close a file. Raises `FileError` if what it still had to write cannot be written."""
    with file_errors(path):
        file.close()


def replace_privately(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Replace a file atomically by `content`, with mode 0600; the content is on disk on return.

    Raises `FileError` if it cannot be written, or if the name is a link, a device or a folder.
    """
    with file_errors(path):
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise FileError(path, "it is a link, or not a regular file: name another file")
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _LINK_FLAGS, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines((content,) if isinstance(content, bytes) else content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
