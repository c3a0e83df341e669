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

# Names come from other people's systems. What steers a terminal or turns the reading direction of a whole line is
# no part of a name; joiners and direction marks of single letters are, in Persian or Hebrew.
_LINE_ENDS = dict.fromkeys([*range(0x09, 0x0E), 0x85, 0x2028, 0x2029], " ")
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\N{REPLACEMENT CHARACTER}")
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_CLEAN = {**_CONTROLS, **_LINE_ENDS, **_DIRECTIONS}
# What JSON leaves as it is of those.
_UNESCAPED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Give the text on one line, with nothing in it that steers a terminal."""
    return " ".join(text.translate(_CLEAN).split())


def escape_json(document: str) -> str:
    """Give a JSON document with nothing in it that steers a terminal: as escapes, which lose nothing."""
    return _UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def count_noun(number: int, noun: str) -> str:
    """Give the number with its noun: "1 request", "1,000 users"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # Rich would end the program here; how it ends is `run`'s to say.
        raise BrokenPipeError


def make_console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Make a console that writes text as it stands: no markup, no emoji codes, no guessed colours."""
    stream = sys.stderr if stderr else sys.stdout
    return _Console(file=stream, stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def supports_unicode() -> bool:
    """Tell whether stdout can take every character."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def prepare_streams() -> None:
    """Let no character that stdout's encoding lacks, and no stream that was closed, end the program."""
    for name in ("stdout", "stderr"):
        # Python has None where the program was started with the stream closed.
        if getattr(sys, name) is None:
            # It stays open, as a standard stream does.
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    stream: object = sys.stdout
    if not supports_unicode() and isinstance(stream, io.TextIOWrapper):
        cast("io.TextIOWrapper", stream).reconfigure(errors="replace")


def discard_output() -> None:
    """Send what is still buffered nowhere: the interpreter would complain of the closed pipe at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        # A stream that is no file of the system's has nothing to redirect.
        with suppress(OSError, ValueError):
            stream.flush()
            continue
        with suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
