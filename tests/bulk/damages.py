"""Damage that real exports have: rows that are missing, states and cells that are wrong, and broken texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from orgsdk.bulk import State, UserSpec

Rows = Sequence[UserSpec]


def _with(change: Callable[[UserSpec], Mapping[str, Any]], *, every: int = 1) -> Callable[[Rows], list[UserSpec]]:
    """Return a function that changes each row, or every second or third one, but not the first, who is the admin."""
    return lambda rows: [
        replace(row, **change(row)) if number and number % every == 0 else row for number, row in enumerate(rows)
    ]


def _in_state(state: State, *, every: int = 1) -> Callable[[Rows], list[UserSpec]]:
    return _with(lambda _row: {"state": state}, every=every)


def _sorted_alone(name: str) -> Callable[[Rows], list[UserSpec]]:
    """Return a function that sorts one column of a sheet, but not the others."""

    def changed(rows: Rows) -> list[UserSpec]:
        values = sorted((getattr(row, name) or "" for row in rows), reverse=True)
        cells: list[dict[str, Any]] = [{name: value} for value in values]
        return [replace(row, **cell) for row, cell in zip(rows, cells, strict=True)]

    return changed


def _of_other_school(row: UserSpec) -> dict[str, str]:
    return {"external_id": f"T{row.external_id}", "username": f"other.{row.username}", "email": f"other.{row.email}"}


def _with_other_names(row: UserSpec) -> dict[str, str]:
    # Another school numbers its users in the same way.
    names = {"given_name": f"Other {row.given_name}", "family_name": "Meier"}
    return {"username": f"other.{row.username}", "email": f"other.{row.email}", **names}


ROWS: dict[str, Callable[[Rows], list[UserSpec]]] = {
    # Rows that are missing
    "the first half": lambda rows: list(rows[: len(rows) // 2]),
    "the second half": lambda rows: [rows[0], *rows[len(rows) // 2 :]],
    "every second row": lambda rows: list(rows[::2]),
    "as many missing as may be": lambda rows: list(rows[:-1]),
    "one more missing than may be": lambda rows: list(rows[:-2]),
    "a tenth missing": lambda rows: list(rows[: len(rows) * 9 // 10]),
    "the admin alone": lambda rows: list(rows[:1]),
    "one student alone": lambda rows: [rows[-1]],
    "no student": lambda rows: [row for row in rows if row.roles != ("student",)],
    "no teacher": lambda rows: [row for row in rows if row.roles != ("teacher",)],
    # States
    "all suspended": lambda rows: [replace(row, state="suspended") for row in rows],
    "all gone": lambda rows: [replace(row, state="gone") for row in rows],
    "all but the admin suspended": _in_state("suspended"),
    "all but the admin gone": _in_state("gone"),
    "every second one suspended": _in_state("suspended", every=2),
    "every second one gone": _in_state("gone", every=2),
    "every tenth one suspended": _in_state("suspended", every=10),
    "every tenth one gone": _in_state("gone", every=10),
    "half missing, the rest suspended": lambda rows: _in_state("suspended")(rows[: len(rows) // 2]),
}
"""Damage after which each row has its own keys."""

CELLS: dict[str, Callable[[Rows], list[UserSpec]]] = {
    "another school": _with(_of_other_school),
    "another school with the same ids": _with(_with_other_names),
    "another domain": _with(lambda row: {"email": (row.email or "").replace("example.org", "example.net")}),
    "ids of another system": _with(lambda row: {"external_id": f"new-{row.external_id}"}),
    "ids lost": _with(lambda _row: {"external_id": None}),
    "addresses lost": _with(lambda _row: {"email": None}),
    "usernames lost": _with(lambda _row: {"username": None}),
    "keys lost": _with(lambda _row: {"external_id": None, "username": None, "email": None}),
    "ids filled down": _with(lambda _row: {"external_id": "S01"}),
    "addresses filled down": _with(lambda _row: {"email": "user01@example.org"}),
    "ids sorted alone": _sorted_alone("external_id"),
    "addresses sorted alone": _sorted_alone("email"),
    "usernames sorted alone": _sorted_alone("username"),
    "given names sorted alone": _sorted_alone("given_name"),
    "usernames and addresses exchanged": lambda rows: [
        replace(row, username=row.email, email=row.username) for row in rows
    ],
    "ids and usernames exchanged": lambda rows: [
        replace(row, external_id=row.username, username=row.external_id) for row in rows
    ],
    "all promoted": _with(lambda _row: {"roles": ("admin",)}),
    "all students": lambda rows: [replace(row, roles=("student",)) for row in rows],
    # One row is left out, because the policy skips it. Half of the others are missing.
    "one row bad, half missing": lambda rows: [*rows[: len(rows) // 2], replace(rows[-1], email="at home")],
    "one row without a key, half missing": lambda rows: [
        *rows[: len(rows) // 2],
        replace(rows[-1], email="at home", username=None, external_id=None),
    ],
}
"""Damage after which rows have wrong cells."""


def _one(**fields: Any) -> Callable[[Rows], list[UserSpec]]:
    """Return a function that changes the last row."""
    return lambda rows: [*rows[:-1], replace(rows[-1], **fields)]


BAD: dict[str, Callable[[Rows], list[UserSpec]]] = {
    "half of the roles unknown": _with(lambda _row: {"roles": ("pilot",)}, every=2),
    "half of the addresses invalid": _with(lambda row: {"email": f"{row.given_name} at home"}, every=2),
    "one role unknown": _one(roles=("pilot",)),
    "one address invalid": _one(email="at home"),
    "one address invalid, its id and username new": _one(email="at home", external_id="S99", username="new"),
    "one id and address of a spreadsheet, its username new": _one(
        external_id="1.23457E+11", email="#N/A", username="new"
    ),
    "one row of errors": _one(external_id="#N/A", email="#REF!", username="#N/A", given_name="#N/A"),
}
"""Damage after which rows are bad. If they are left out, nobody may leave, even if every guard is overridden."""


def _cut(share: float) -> Callable[[str], bytes]:
    return lambda text: text.encode()[: int(len(text.encode()) * share)]


def _in_lines(change: Callable[[list[str]], list[str]]) -> Callable[[str], bytes]:
    """Return a function that changes the lines after the first one."""

    def changed(text: str) -> bytes:
        header, *lines = text.splitlines()
        return ("\n".join([header, *change(lines)]) + "\n").encode()

    return changed


def _rotated(line: str, by: int) -> str:
    cells = line.split(",")
    return ",".join(cells[by:] + cells[:by])


TEXTS: dict[str, Callable[[str], bytes]] = {
    "empty": lambda _text: b"",
    "the header alone": _in_lines(lambda _lines: []),
    "the header lost": lambda text: text.partition("\n")[2].encode(),
    **{f"cut at {share:.0%}": _cut(share) for share in (0.05, 0.25, 0.5, 0.75, 0.9, 0.99)},
    "cut between two lines": _in_lines(lambda lines: lines[: len(lines) // 2]),
    "a cell too much at the start": _in_lines(lambda lines: [f",{line}" for line in lines]),
    "a cell lost at the start": _in_lines(lambda lines: [line.partition(",")[2] for line in lines]),
    "cells moved to the right": _in_lines(lambda lines: [_rotated(line, -1) for line in lines]),
    "cells moved to the left": _in_lines(lambda lines: [_rotated(line, 1) for line in lines]),
    "cells moved from the middle on": _in_lines(
        lambda lines: [_rotated(line, -1) if number * 2 > len(lines) else line for number, line in enumerate(lines)]
    ),
    "header moved": lambda text: f"{_rotated(text.partition(chr(10))[0], -1)}\n{text.partition(chr(10))[2]}".encode(),
    "line ends lost": lambda text: text.replace("\n", " ").encode(),
    "an open quote": lambda text: text.replace("user03", '"user03', 1).encode(),
    "zeros from the middle on": lambda text: text.encode()[: len(text) // 2] + bytes(len(text) // 2),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "an error page": lambda _text: b"<html><body><h1>502 Bad Gateway</h1></body></html>\n",
    "an error in JSON": lambda _text: b'{"error": "too many requests", "users": [], "data": [], "Resources": []}',
    "an empty list": lambda _text: b"[]",
}
"""Damage of the file with most of the users."""
