"""Safe text output: control characters, encodings, closed pipes, and rich consoles."""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import cast

from rich.console import Console

# Names come from other systems and are not trusted. Removed: control characters, and marks that change the direction
# of a whole line. Kept: joiners and direction marks of single letters, which Persian and Hebrew need.
_LINE_ENDS = dict.fromkeys([*range(0x09, 0x0E), 0x85, 0x2028, 0x2029], " ")
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)], "\N{REPLACEMENT CHARACTER}")
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_CLEAN = {**_CONTROLS, **_LINE_ENDS, **_DIRECTIONS}
# Those of them that JSON does not escape.
_UNESCAPED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Return the text on one line, without control characters and halves of surrogate pairs."""
    return " ".join(text.translate(_CLEAN).split())


def escape_json(document: str) -> str:
    """Return the JSON document with control characters and halves of surrogate pairs as JSON escapes."""
    return _UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # rich would exit the program here. `run` must handle the error.
        raise BrokenPipeError


def make_console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Return a console that writes text unchanged: no markup, no emoji codes, no automatic colours."""
    stream = sys.stderr if stderr else sys.stdout
    return _Console(file=stream, stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def supports_unicode() -> bool:
    """Return whether stdout can encode every character."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def prepare_streams() -> None:
    """Prepare stdout and stderr: closed streams are replaced, and characters that cannot be encoded become "?"."""
    for name in ("stdout", "stderr"):
        # Python sets it to None if the program was started with the stream closed.
        if getattr(sys, name) is None:
            # Not closed: it replaces a standard stream.
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    stream: object = sys.stdout
    if not supports_unicode() and isinstance(stream, io.TextIOWrapper):
        cast("io.TextIOWrapper", stream).reconfigure(errors="replace")


def discard_output() -> None:
    """Discard buffered output: the interpreter would report the closed pipe when it exits."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        # A stream without a file descriptor cannot be redirected.
        with suppress(OSError, ValueError):
            stream.flush()
            continue
        with suppress(OSError, ValueError):
            os.dup2(null, stream.fileno())
    os.close(null)
