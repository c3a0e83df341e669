"""Passwords for new accounts: generated and written to a private CSV file, or derived from a key."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import secrets
import string
from collections.abc import Collection, Iterable
from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from orgsdk._parameters import name_parameters
from orgsdk.arguments import as_list, check_instance
from orgsdk.bulk.csv_cells import escape_cell, unescape_cell
from orgsdk.bulk.input_file import check_path
from orgsdk.bulk.planning.writes import Write
from orgsdk.bulk.private_file import append_durably, close_file, open_private, replace_privately
from orgsdk.bulk.run.report import Outcome
from orgsdk.errors import ConfigurationError, InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEADER = ["key", "username", "email", "password"]
# Without similar letters: a user may have to type the password from paper.
_LETTERS = "".join(sorted(set(string.ascii_letters) - set("IOlo")))
_ALPHABET = _LETTERS + "23456789"
_GROUPS, _GROUP = 4, 5
# As long as the hash: a shorter key would be the weakest part.
_LEAST_KEY_BYTES: Final = 32
_DOMAIN: Final = b"orgsdk password 1"


def new_password(choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a password of 23 characters (about 115 bits): lower and upper case letters, digits and hyphens.

    `choose` returns a random character of a text.
    """
    while True:
        groups = ["".join(choose(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS)]
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
                writer.writerow(_row(write, password))
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


class DerivedPasswords:
    """Derive the passwords of a run from a secret key: the `PasswordStore` that stores nothing.

    A password is an HMAC-SHA-256 of the key, the run and the row's key. It has the form of a generated one. Another
    machine with the same key derives the same passwords, so it can resume the run without a file. Anyone with the key
    can derive them too: keep it as safe as the passwords, and use it for nothing else.

    Args:
        key: The secret key, at least 32 bytes, such as `secrets.token_urlsafe(32)`.
        run: Name of the run. Another run derives other passwords, for the same users too.

    Raises:
        InvalidArgumentError: The key is short or no `SecretStr`, or the run has no name.

    Example:
        ``passwords = bulk.DerivedPasswords(SecretStr(secrets.token_urlsafe(32)), "2026-11-29 school-17")``
    """

    @name_parameters
    def __init__(self, key: SecretStr, run: str) -> None:
        check_instance("key", key, SecretStr, "a pydantic.SecretStr, so that it is never shown")
        check_instance("run", run, str, "the name of the run")
        self._key = SecretStr(key.get_secret_value())
        self._run = run
        text = key.get_secret_value()
        if text != text.strip():
            raise InvalidArgumentError("has spaces or a line end around it: strip them.", argument="key")
        if len(_encode(text)) < _LEAST_KEY_BYTES:
            raise InvalidArgumentError(
                f"is shorter than {_LEAST_KEY_BYTES} bytes: pass a random one, such as secrets.token_urlsafe(32).",
                argument="key",
            )
        if not run.strip():
            raise InvalidArgumentError("is empty: pass the name of the run.", argument="run")

    def __repr__(self) -> str:
        return f"DerivedPasswords(run={self._run!r})"

    @property
    def name(self) -> str:
        """A name that only this key and run have. It reveals neither."""
        return f"passwords derived from the key {self._digest(b'name').hex()[:16]}"

    def open(self) -> None:
        """Do nothing: nothing is stored."""

    def reserve(self, writes: Iterable[Write]) -> None:
        """Do nothing: a password is derived when it is needed.

        Args:
            writes: The writes that are left in the run.
        """

    def of(self, write: Write) -> SecretStr | None:
        """Return the password of a new account.

        Args:
            write: The write.

        Returns:
            The password; None for a write that creates no account.
        """
        if write.kind != "create":
            return None
        random_bytes = self._bytes_for(write.key)

        def choose(alphabet: str) -> str:
            # A remainder would prefer the first characters, so bytes beyond the last whole multiple are passed over.
            limit = 256 - 256 % len(alphabet)
            return alphabet[next(byte for byte in random_bytes if byte < limit) % len(alphabet)]

        return SecretStr(new_password(choose))

    def drop(self, keys: Collection[str]) -> None:
        """Do nothing: an account that was not created has no password.

        Args:
            keys: The keys of the writes.
        """

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def save(self, path: Path | str, outcomes: Iterable[Outcome]) -> int:
        """Write the passwords of the accounts that a run has created to a CSV file of mode 0600, to hand them out.

        Args:
            path: The file; an existing one is replaced.
            outcomes: The outcomes of the run: those of its report, or of `bulk.read_outcomes`.

        Returns:
            The number of passwords.

        Raises:
            FileError: The file cannot be written.
            InvalidArgumentError: `path` is not a path.
        """
        target = check_path("path", path)
        rows = io.StringIO()
        writer = csv.writer(rows, lineterminator="\n")
        writer.writerow(_HEADER)
        number = 0
        for outcome in as_list("outcomes", outcomes):
            check_instance("outcomes", outcome, Outcome, "the outcomes of a run")
            password = self.of(outcome.write) if outcome.has_password else None
            if password is not None:
                writer.writerow(_row(outcome.write, password.get_secret_value()))
                number += 1
        replace_privately(target, rows.getvalue().encode())
        return number

    def _bytes_for(self, key: str) -> Iterator[int]:
        return chain.from_iterable(self._digest(b"row", _encode(key), str(number).encode()) for number in count())

    def _digest(self, *parts: bytes) -> bytes:
        # The length before each part: no two lists of parts have the same bytes.
        message = b"".join(len(part).to_bytes(8, "big") + part for part in (_DOMAIN, _encode(self._run), *parts))
        return hmac.digest(_encode(self._key.get_secret_value()), message, hashlib.sha256)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _row(write: Write, password: str) -> list[str]:
    shown = (write.key, write.fields.get("username", ""), write.fields.get("email", ""))
    return [*map(escape_cell, shown), password]
