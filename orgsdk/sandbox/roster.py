"""Roster: the people a sandbox is seeded with, read from a CSV file."""

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROLES = frozenset({"student", "teacher", "admin"})
COLUMNS = ("external_id", "username", "email", "first_name", "last_name", "role")


class RosterError(ValueError):
    """A line of a roster file is invalid. The message names the line and the reason."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a roster.

    Attributes:
        external_id: Id of the person in the school's own system.
        username: Unique username.
        email: E-mail address, or None.
        first_name: Given name.
        last_name: Family name.
        role: `student`, `teacher` or `admin`.
        group: Name of the group, or None.
    """

    external_id: str
    username: str
    email: str | None
    first_name: str
    last_name: str
    role: str
    group: str | None


def read_roster(path: Path | str) -> list[Person]:
    """Read a roster file (CSV, UTF-8).

    Its columns are `external_id`, `username`, `email`, `first_name`, `last_name` and `role`, and optionally `group`.

    Args:
        path: Path of the file.

    Returns:
        The people, in the order of the file.

    Raises:
        RosterError: A column or value is missing, a username is repeated, a role is unknown, or the file is not valid
            CSV in UTF-8.
        OSError: The file cannot be read.
        TypeError: `path` is not a path.
        ValueError: `path` has a NUL character.
    """
    if not isinstance(path, str | Path):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise TypeError(f"path is of type {type(path).__name__}: pass the path of a roster file")
    if "\0" in str(path):
        raise ValueError("path has a NUL character, which no file's name has")
    # Spreadsheets save UTF-8 with a byte order mark; "utf-8-sig" reads files with and without one.
    with open(path, encoding="utf-8-sig", newline="", opener=_open) as file:  # a `Path` takes no opener
        reader = csv.DictReader(file)
        try:
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise RosterError(f"{path}, line 1: no column {', '.join(missing)}")
            return _people(path, ((reader.line_num, row) for row in reader))
        except UnicodeDecodeError as error:
            raise RosterError(f"{path}, after line {reader.line_num}: not UTF-8") from error
        except csv.Error as error:
            raise RosterError(f"{path}, line {reader.line_num}: {error}") from error


def _open(path: str, flags: int) -> int:
    # A pipe without a writer is empty, instead of a wait without an end.
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if os.name == "posix":
        os.set_blocking(descriptor, True)
    return descriptor


def default_roster() -> list[Person]:
    """Read the roster that comes with the package.

    Returns:
        The people of one school of 1,000.
    """
    here = Path(__file__)
    # The wheel has the file next to this module; a checkout has it in examples/data.
    bundled, checkout = here.with_name("roster.csv"), here.parents[2] / "examples" / "data" / "roster.csv"
    return read_roster(bundled if bundled.exists() else checkout)


def _people(path: Path | str, rows: Iterable[tuple[int, Mapping[str, str | None]]]) -> list[Person]:
    people: list[Person] = []
    first_line: dict[str, int] = {}
    for line, row in rows:
        problem = _problem(row)
        if problem is None:
            username = _value(row, "username")
            if username in first_line:
                problem = f"username {username!r} is already used on line {first_line[username]}"
            first_line[username] = line
        if problem is not None:
            raise RosterError(f"{path}, line {line}: {problem}")
        people.append(_person(row))
    return people


def _problem(row: Mapping[str, str | None]) -> str | None:
    # DictReader sets the missing values of a short row to None.
    short = [column for column in COLUMNS if row[column] is None]
    if short:
        return f"no value for {', '.join(short)}"
    if not _value(row, "username"):
        return "no username"
    if _value(row, "role") not in ROLES:
        return f"unknown role {_value(row, 'role')!r} (known: {', '.join(sorted(ROLES))})"
    return None


def _person(row: Mapping[str, str | None]) -> Person:
    return Person(
        external_id=_value(row, "external_id"),
        username=_value(row, "username"),
        email=_value(row, "email") or None,
        first_name=_value(row, "first_name"),
        last_name=_value(row, "last_name"),
        role=_value(row, "role"),
        group=_value(row, "group") or None,
    )


def _value(row: Mapping[str, str | None], column: str) -> str:
    return (row.get(column) or "").strip()
