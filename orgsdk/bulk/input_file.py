"""Open the files that a run reads: check the argument, and raise `FileError` with advice instead of raw errors."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from orgsdk.bulk.errors import FileError
from orgsdk.bulk.private_file import file_errors
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import BinaryIO


def check_path(argument: str, value: object) -> Path:
    """Return the path of an argument.

    Args:
        argument: Name of the argument, for the error.
        value: The argument.

    Returns:
        The path.

    Raises:
        InvalidArgumentError: It is not a str or a PathLike of text, is empty, or no file can have it.
    """
    kind = type(value).__name__
    # The types of a path of bytes and of text are the same, and `fspath` returns bytes for the first.
    text: object = os.fspath(cast("str", value)) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str):
        raise InvalidArgumentError(f"is of type {kind}: pass a path, as a str or a pathlib.Path.", argument=argument)
    if not text:
        raise InvalidArgumentError("is an empty path: pass the path of a file.", argument=argument)
    try:
        is_possible = b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        is_possible = False
    if not is_possible:
        raise InvalidArgumentError("is a path that no file can have: choose another.", argument=argument)
    if "\n" in text and not os.path.lexists(text):
        raise InvalidArgumentError("is the text of a file: pass its path.", argument=argument)
    return Path(text)


@contextmanager
def open_input(path: Path) -> Generator[BinaryIO]:
    """Open a file, or a pipe that another program writes to, for reading bytes.

    A pipe without a writer is empty, instead of a wait without an end. Errors while the file is open are converted too.

    Args:
        path: The file.

    Yields:
        The open file.

    Raises:
        FileError: The file is missing, a folder or a device, or cannot be read.
    """
    with file_errors(path):
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags)
        try:
            mode = os.fstat(descriptor).st_mode
            # /dev/stdin is a terminal or a pipe; other devices have no end, such as /dev/zero.
            if stat.S_ISBLK(mode) or (stat.S_ISCHR(mode) and not os.isatty(descriptor)):
                raise FileError(path, "it is a device: name a file")
            if hasattr(os, "set_blocking") and os.name == "posix":
                os.set_blocking(descriptor, True)
            stream = os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise
        with stream:
            yield stream
