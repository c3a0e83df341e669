"""A provider without HTTP: the users of one organization in a SQLite file, accessed in worker threads."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from anyio import to_thread

from orgsdk import errors
from orgsdk.domain import Capability, RecordReader, Unset, User
from orgsdk.pagination import Listing, Slice
from orgsdk.providers.base import Provider, UserOperations
from orgsdk.providers.settings import required

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orgsdk.domain import UserChanges, UserDraft, UserQuery
    from orgsdk.providers.base import AccountAction

T = TypeVar("T")
NAME = "sqlite"
READER = RecordReader(User)
TABLE = """CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL UNIQUE, email TEXT UNIQUE COLLATE NOCASE, name TEXT)"""
SELECT = "SELECT id, username, email, name FROM users"
# Every value is a parameter. Only these column names are inserted into statements.
COLUMNS = ("username", "email", "name")
SEARCHED = "instr(lower(username || char(10) || coalesce(email, '') || char(10) || coalesce(name, '')), ?)"


class SqliteUsers(UserOperations):
    """The users in the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of users that contain the query, ordered by id."""
        text = (query.query or "").lower()

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            after = parse_id(position or "0")
            if after is None:
                raise errors.InvalidCursorError("The cursor does not name a page of this list.")

            def work(db: sqlite3.Connection) -> Slice[User]:
                # The position is the last row's id, not a number of rows: inserts and removals do not shift pages.
                where = f"WHERE {SEARCHED} AND id > ? ORDER BY id LIMIT ?"
                found = read(db, where, text, after, page_size + 1)
                page = found[:page_size]
                return Slice(page, next=page[-1].id if len(found) > page_size else None, total=count_rows(db, text))

            return await self._run("users.list", work)

        # A cursor is valid only for the filters in the scope.
        return Listing(provider=NAME, name="users.list", scope=(query.query,), max_page_size=500, fetch=fetch)

    async def get(self, user_id: str) -> User:
        """Return one user."""
        return await self._run("users.get", lambda db: read_one(db, user_id, "users.get"))

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the user with the email address (case-insensitive, by the column's collation) or username, or None."""
        column, value = ("email", email) if email is not None else ("username", username)
        found = await self._run("users.find", lambda db: read(db, f"WHERE {column} = ?", value))
        return found[0] if found else None

    async def count(self, query: UserQuery) -> int:
        """Count the users that contain the query."""
        return await self._run("users.count", lambda db: count_rows(db, (query.query or "").lower()))

    def check_create(self, draft: UserDraft) -> None:
        """Raise the errors that `create` raises before it opens the file."""
        column_values(asdict(draft), "users.create")

    def check_update(self, changes: UserChanges) -> None:
        """Raise the errors that `update` raises before it opens the file."""
        column_values(asdict(changes), "users.update")

    async def create(self, draft: UserDraft) -> User:
        """Create a user."""
        fields = column_values(asdict(draft), "users.create")

        def work(db: sqlite3.Connection) -> User:
            statement = f"INSERT INTO users ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})"
            return read_one(db, str(db.execute(statement, tuple(fields.values())).lastrowid), "users.create")

        return await self._run("users.create", work)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update a user: UNSET leaves a field unchanged, None clears it."""
        fields = column_values(asdict(changes), "users.update")

        def work(db: sqlite3.Connection) -> User:
            found = read_one(db, user_id, "users.update")
            for column, value in fields.items():
                db.execute(f"UPDATE users SET {column} = ? WHERE id = ?", (value, found.id))
            return read_one(db, user_id, "users.update")

        return await self._run("users.update", work)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Delete a user. The file has no accounts apart from users, so none can be kept."""
        if account == "keep":
            raise errors.UnsupportedError(NAME, 'users.remove(account="keep")', 'Pass account="delete".')
        delete = "DELETE FROM users WHERE id = ?"
        await self._run("users.remove", lambda db: db.execute(delete, (read_one(db, user_id, "users.remove").id,)))

    async def _run(self, operation: str, work: Callable[[sqlite3.Connection], T]) -> T:
        # In a worker thread, with a new connection and one transaction. Errors of SQLite are converted.
        def in_thread() -> T:
            with closing(sqlite3.connect(self._path)) as db, db:
                db.execute(TABLE)
                return work(db)

        try:
            return await to_thread.run_sync(in_thread)
        except sqlite3.IntegrityError:
            raise errors.ConflictError(
                "the username or the email address is taken.", provider=NAME, operation=operation
            ) from None
        except sqlite3.Error as error:
            raise errors.ServerError(f"the file failed: {error}", provider=NAME, operation=operation) from error


class Sqlite(Provider):
    """Store the users of one organization in a SQLite file, which is created on first use."""

    name: ClassVar[str] = NAME
    contract: ClassVar[int] = 2
    environment: ClassVar[tuple[str, ...]] = ("SQLITE_FILE",)
    address_variable: ClassVar[str | None] = "SQLITE_FILE"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            *(Capability.DEFAULT_ORGANIZATION, Capability.TOTAL, Capability.USERS_USERNAME, Capability.USERS_NAME),
            *(Capability.USERS_LIST, Capability.USERS_QUERY, Capability.USERS_GET, Capability.USERS_FIND),
            *(Capability.USERS_COUNT, Capability.USERS_CREATE, Capability.USERS_UPDATE, Capability.USERS_REMOVE),
        }
    )

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Sqlite:
        """Create the provider from `SQLITE_FILE`."""
        return cls(required(environ, "SQLITE_FILE", "the path of a SQLite file"))

    @property
    def tenant(self) -> str:
        """Return the absolute path of the file."""
        return str(self._path.resolve())

    async def own_organization_id(self) -> str:
        """Return the name of the file, which `users` accepts too."""
        return self._path.stem

    def users(self, organization_id: str | None) -> SqliteUsers:
        """Return the operations on users."""
        if organization_id not in {None, self._path.stem}:
            raise errors.InvalidArgumentError(f"Unknown organization. The file has only {self._path.stem}.")
        return SqliteUsers(self._path)

    async def aclose(self) -> None:
        """Do nothing: each call closes its connection."""


def read(db: sqlite3.Connection, where: str, *values: object) -> list[User]:
    rows = [dict(zip(("id", *COLUMNS), row, strict=True)) for row in db.execute(f"{SELECT} {where}", values)]
    return READER.many(json.dumps([{**row, "id": str(row["id"])} for row in rows]).encode())


def read_one(db: sqlite3.Connection, user_id: str, operation: str) -> User:
    found = read(db, "WHERE id = ?", parse_id(user_id))
    if not found:
        raise errors.NotFoundError("the file has no user with this id.", provider=NAME, operation=operation)
    return found[0]


def count_rows(db: sqlite3.Connection, text: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM users WHERE {SEARCHED}", (text,)).fetchone()[0])


def parse_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def column_values(fields: Mapping[str, object], operation: str) -> dict[str, object]:
    if fields["username"] is None:
        raise errors.UnsupportedError(NAME, f"{operation} without a username", "Pass username=.")
    for name, value in fields.items():
        if name not in COLUMNS and value:
            raise errors.UnsupportedError(NAME, f"{operation}({name}=)", "It stores username, email and name only.")
    return {name: fields[name] for name in COLUMNS if not isinstance(fields[name], Unset)}
