"""Generate passwords for new accounts, and write them to a private CSV file."""

from __future__ import annotations

import csv
import io
import secrets
import string
from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import SecretStr

from orgsdk.bulk.csv_cells import escape_cell, unescape_cell
from orgsdk.bulk.private_file import append_durably, close_file, open_private, replace_privately
from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from orgsdk.bulk.planning.writes import Write

_HEADER = ["key", "username", "email", "password"]
# Without similar letters: a user may have to type the password from paper.
_LETTERS = "".join(sorted(set(string.ascii_letters) - set("IOlo")))
_ALPHABET = _LETTERS + "23456789"
_GROUPS, _GROUP = 4, 5


def new_password() -> str:
    """Return a password of 23 characters (about 115 bits): lower and upper case letters, digits and hyphens."""
    while True:
        groups = ["".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS)]
        password = "-".join(groups)
        kinds = (str.islower, str.isupper, str.isdigit)
        # It starts with a letter, so a spreadsheet does not read it as a formula, a number or a date.
        if password[0] in _LETTERS and all(any(map(kind, password)) for kind in kinds):
            return password


class PasswordFile:
    """Store the passwords of a run in a CSV file of mode 0600 with `key`, `username`, `email` and `password`.

    A key that is in the file keeps its password, so a resumed run sends the same one. It is the `PasswordStore` of a
    path.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    def open(self) -> None:
        """Open the file.

        Raises `ConfigurationError` if it is not a password file, and what `open_private` raises.
        """
        self._file = open_private(self._path)
        try:
            self._passwords = self._read()
        except BaseException:
            self._file.close()
            raise

    def reserve(self, writes: Iterable[Write]) -> None:
        """Generate passwords for new accounts that have none yet; they are on disk on return."""
        rows = io.StringIO()
        writer = csv.writer(rows, lineterminator="\n")
        if self._file.tell() == 0:
            writer.writerow(_HEADER)
        for write in writes:
            if write.kind == "create" and write.key not in self._passwords:
                password = self._passwords[write.key] = new_password()
                shown = (write.key, write.fields.get("username", ""), write.fields.get("email", ""))
                writer.writerow([*map(escape_cell, shown), password])
        append_durably(self._path, self._file, rows.getvalue().encode())

    def of(self, write: Write) -> SecretStr | None:
        """Return the password of a new account."""
        found = self._passwords.get(write.key)
        return None if found is None else SecretStr(found)

    def drop(self, keys: Collection[str]) -> None:
        """Remove the passwords of accounts that were not created."""
        if any(key in self._passwords for key in keys):
            rows = io.StringIO()
            csv.writer(rows, lineterminator="\n").writerows(
                row for row in self._rows() if unescape_cell(row[0]) not in keys
            )
            replace_privately(self._path, rows.getvalue().encode())

    def close(self) -> None:
        """Close the file."""
        close_file(self._path, self._file)

    def _rows(self) -> list[list[str]]:
        self._file.seek(0)
        text = self._file.read().decode("utf-8")
        if text and not text.endswith("\n"):
            # A truncated line was not on disk before, so its password was never sent.
            text = text[: text.rfind("\n") + 1]
            self._file.truncate(len(text.encode()))
        return list(csv.reader(io.StringIO(text)))

    def _read(self) -> dict[str, str]:
        rows: list[list[str]] = [[]]
        with suppress(UnicodeDecodeError, csv.Error):
            rows = self._rows()
        if rows and (rows[0] != _HEADER or any(len(row) != len(_HEADER) for row in rows)):
            raise ConfigurationError(
                f"{self._path} is not a password file: name another file, or one that does not exist yet."
            )
        self._file.seek(0, io.SEEK_END)
        return {unescape_cell(row[0]): row[3] for row in rows[1:]}
