"""Standard input: `-` as an argument stands for ids, or for the path of a file."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, cast

from orgsdk._messages import count_noun
from orgsdk.bulk.errors import FileError
from orgsdk.bulk.input_file import open_input
from orgsdk.cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import BinaryIO, TextIO

STANDARD_INPUT = "/dev/stdin"
_MAX_SECRET_BYTES = 100_000


def is_standard_input(path: Path | str) -> bool:
    """Return whether an argument stands for standard input. `orgsdk.cli.arguments` gives `-` this name."""
    return str(path) in {"-", STANDARD_INPUT}


def read_ids(ids: Sequence[str]) -> list[str]:
    """Return the ids, with those of standard input in place of `-`. Raise `UsageError` for an invalid line."""
    found: list[str] = []
    for one in ids:
        found += parse_ids(_lines()) if is_standard_input(one) else [one]
    return found


def read_one_id(argument: str, noun: str) -> str:
    """Return the id, or for `-` the only id of standard input.

    Raise `UsageError` if there is not exactly one, or if it is an e-mail address.
    """
    if is_standard_input(argument):
        ids = parse_ids(_lines())
        if len(ids) != 1:
            raise UsageError(f"standard input has {count_noun(len(ids), 'id')}, but the command needs one")
        argument = ids[0]
    if noun in {"user", "account"} and "@" in argument:
        # Without the address: it is personal.
        raise UsageError(f"an e-mail address is not an id: orgsdk {noun}s find --email ADDRESS shows the {noun}")
    return argument


def parse_ids(lines: Iterable[str]) -> list[str]:
    """Return the ids in lines: one id each, or JSON objects with an `id`, as a list in a pipe writes them.

    Empty lines and the header of CSV are skipped. Raise `UsageError` for another line, with its number.
    """
    ids: list[str] = []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or (number == 1 and text == "id"):
            continue
        if text.startswith("{"):
            text = _id_of(text)
        if not text or len(text.split()) != 1 or text.startswith(("[", "{")):
            raise UsageError(f"standard input, line {number}: it is neither an id nor a JSON object with an id")
        ids.append(text)
    return ids


def _id_of(text: str) -> str:
    try:
        record = cast("dict[str, object]", json.loads(text))
    except (ValueError, RecursionError):
        return ""
    found = record.get("id")
    return found if isinstance(found, str) else ""


def read_first_line() -> str:
    """Return the first line of standard input, without its end; empty if there is none."""
    return next(iter(_lines()), "")


def open_bytes() -> BinaryIO:
    """Return standard input, open for reading bytes. Raise `UsageError` if it is a terminal."""
    _check_piped()
    return sys.stdin.buffer


def _check_piped() -> None:
    stdin: TextIO | None = sys.stdin  # None if the program was started with the stream closed
    if stdin is None or stdin.isatty():
        raise UsageError("- reads standard input, but nothing is piped to the command")


def read_secret_text(path: Path, source: str) -> str:
    """Return the text of a file that contains a secret, or the first line of standard input.

    Raise `UsageError`, starting with `source`, if it cannot be read. A pipe without a writer is empty: nothing
    waits for it.
    """
    if is_standard_input(path):
        return read_first_line()
    try:
        with open_input(path) as file:
            content = file.read(_MAX_SECRET_BYTES + 1)
    except FileError as error:
        raise UsageError(f"{source}: {error}") from None
    if len(content) > _MAX_SECRET_BYTES:
        raise UsageError(f"{source}: {path} is larger than {_MAX_SECRET_BYTES:,} bytes: it is not a secret")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{source}: {path} is not text in UTF-8") from None


def _lines() -> list[str]:
    _check_piped()
    try:
        return sys.stdin.read().splitlines()
    except UnicodeDecodeError:
        raise UsageError("standard input is not text in UTF-8") from None
