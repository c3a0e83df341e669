"""Generate passwords for new accounts, and write them to a private CSV file."""

from __future__ import annotations

import csv
import io
import secrets
import string
from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import SecretStr

from orgsdk.bulk.private_file import append_durably, escape_cell, open_private, replace_privately
from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from orgsdk.bulk.planning.writes import Write

_HEADER = ["key", "username", "email", "password"]
# Without those that look like each other: somebody may have to type it from paper.
_LETTERS = "".join(sorted(set(string.ascii_letters) - set("IOlo")))
_ALPHABET = _LETTERS + "23456789"
_GROUPS, _GROUP = 4, 5


def new_password() -> str:
    """Give a password of 23 characters, some 115 bits, that has small and capital letters, digits and hyphens."""
    while True:
        groups = ["".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS)]
        password = "-".join(groups)
        kinds = (str.islower, str.isupper, str.isdigit)
        # No spreadsheet takes what begins with a letter for a formula, a number or a date.
        if password[0] in _LETTERS and all(any(map(kind, password)) for kind in kinds):
            return password


class PasswordFile:
    """Keep the passwords of a run in a CSV file of mode 0600 with `key`, `username`, `email` and `password`.

    A key that has one in the file keeps it: a run that is resumed sends what it would have sent. For one thread at
    a time.

    Raises `ConfigurationError` where the file is another one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = open_private(path)
        try:
            self._passwords = self._read()
        except BaseException:
            self._file.close()
            raise

    def reserve(self, writes: Iterable[Write]) -> None:
        """Make passwords for those who are to be created and have none; they are on the disk on return."""
        rows = io.StringIO()
        writer = csv.writer(rows, lineterminator="\n")
        if not self._file.tell():
            writer.writerow(_HEADER)
        for write in writes:
            if write.kind == "create" and write.key not in self._passwords:
                password = self._passwords[write.key] = new_password()
                shown = (write.key, write.fields.get("username", ""), write.fields.get("email", ""))
                writer.writerow([*map(escape_cell, shown), password])
        append_durably(self._file, rows.getvalue().encode())

    def of(self, write: Write) -> SecretStr | None:
        """Give the password of who is to be created."""
        found = self._passwords.get(write.key)
        return None if found is None else SecretStr(found)

    def drop(self, keys: Collection[str]) -> None:
        """Take out those of people who were not created after all."""
        if any(key in self._passwords for key in keys):
            rows = io.StringIO()
            csv.writer(rows, lineterminator="\n").writerows(row for row in self._rows() if row[0] not in keys)
            replace_privately(self._path, rows.getvalue().encode())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rows(self) -> list[list[str]]:
        self._file.seek(0)
        text = self._file.read().decode("utf-8")
        if text and not text.endswith("\n"):
            # Cut off in the middle of a line: it was not on the disk, so that nothing was sent with it.
            text = text[: text.rfind("\n") + 1]
            self._file.truncate(len(text.encode()))
        return list(csv.reader(io.StringIO(text)))

    def _read(self) -> dict[str, str]:
        rows: list[list[str]] = [[]]
        with suppress(UnicodeDecodeError, csv.Error):
            rows = self._rows()
        if rows and (rows[0] != _HEADER or any(len(row) != len(_HEADER) for row in rows)):
            raise ConfigurationError(
                f"{self._path} is no file of passwords: name another, or one that is not there yet."
            )
        self._file.seek(0, io.SEEK_END)
        return {row[0]: row[3] for row in rows[1:]}
