"""A provider of another kind: the users of one organization in a SQLite file, reached in worker threads."""

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
# Every value is a parameter; what is put into a statement are the names of columns, which are these.
COLUMNS = ("username", "email", "name")
SEARCHED = "instr(lower(username || char(10) || coalesce(email, '') || char(10) || coalesce(name, '')), ?)"


class SqliteUsers(UserOperations):
    """The users of a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of those that mention the query, in the order of their ids."""
        text = (query.query or "").lower()

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            after = number(position or "0")
            if after is None:
                raise errors.InvalidCursorError("The cursor does not name a page of this list.")

            def work(db: sqlite3.Connection) -> Slice[User]:
                # The last row's id leads on, not a number of rows: whoever stays comes once, whoever comes and goes.
                where = f"WHERE {SEARCHED} AND id > ? ORDER BY id LIMIT ?"
                found = read(db, where, text, after, page_size + 1)
                page = found[:page_size]
                return Slice(page, next=page[-1].id if len(found) > page_size else None, total=counted(db, text))

            return await self._run("users.list", work)

        # A cursor holds for the filters in its scope alone.
        return Listing(provider=NAME, name="users.list", scope=(query.query,), max_page_size=500, fetch=fetch)

    async def get(self, user_id: str) -> User:
        """Give one user."""
        return await self._run("users.get", lambda db: one(db, user_id, "users.get"))

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the user of this address or username; the column's collation has no regard to an address's case."""
        column, value = ("email", email) if email is not None else ("username", username)
        found = await self._run("users.find", lambda db: read(db, f"WHERE {column} = ?", value))
        return found[0] if found else None

    async def count(self, query: UserQuery) -> int:
        """Count the users that mention the query."""
        return await self._run("users.count", lambda db: counted(db, (query.query or "").lower()))

    def check_create(self, draft: UserDraft) -> None:
        """Refuse what `create` refuses before it opens the file."""
        kept(asdict(draft), "users.create")

    def check_update(self, changes: UserChanges) -> None:
        """Refuse what `update` refuses before it opens the file."""
        kept(asdict(changes), "users.update")

    async def create(self, draft: UserDraft) -> User:
        """Make a user."""
        fields = kept(asdict(draft), "users.create")

        def work(db: sqlite3.Connection) -> User:
            into = f"INSERT INTO users ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})"
            return one(db, str(db.execute(into, tuple(fields.values())).lastrowid), "users.create")

        return await self._run("users.create", work)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change a user: UNSET leaves a field as it is, None clears it."""
        fields = kept(asdict(changes), "users.update")

        def work(db: sqlite3.Connection) -> User:
            found = one(db, user_id, "users.update")
            for column, value in fields.items():
                db.execute(f"UPDATE users SET {column} = ? WHERE id = ?", (value, found.id))
            return one(db, user_id, "users.update")

        return await self._run("users.update", work)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Delete a user; the file has no account that could be kept."""
        if account == "keep":
            raise errors.UnsupportedError(NAME, 'users.remove(account="keep")', 'Pass account="delete".')
        delete = "DELETE FROM users WHERE id = ?"
        await self._run("users.remove", lambda db: db.execute(delete, (one(db, user_id, "users.remove").id,)))

    async def _run(self, operation: str, work: Callable[[sqlite3.Connection], T]) -> T:
        # In a thread, on a connection of its own and in one transaction; nothing of SQLite's is raised.
        def in_thread() -> T:
            with closing(sqlite3.connect(self._path)) as db, db:
                db.execute(TABLE)
                return work(db)

        try:
            return await to_thread.run_sync(in_thread)
        except sqlite3.IntegrityError:
            raise errors.ConflictError(
                "the username or the address is taken.", provider=NAME, operation=operation
            ) from None
        except sqlite3.Error as error:
            raise errors.ServerError(f"the file failed: {error}", provider=NAME, operation=operation) from error


class Sqlite(Provider):
    """Keep the users of one organization in the SQLite file at `path`, which is made when it is first needed."""

    name: ClassVar[str] = NAME
    contract: ClassVar[int] = 1
    environment: ClassVar[tuple[str, ...]] = ("SQLITE_FILE",)
    address_variable: ClassVar[str | None] = "SQLITE_FILE"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            *(Capability.DEFAULT_ORGANIZATION, Capability.TOTAL, Capability.USERS_NAME),
            *(Capability.USERS_LIST, Capability.USERS_QUERY, Capability.USERS_GET, Capability.USERS_FIND),
            *(Capability.USERS_COUNT, Capability.USERS_CREATE, Capability.USERS_UPDATE, Capability.USERS_REMOVE),
        }
    )

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Sqlite:
        """Make it from `SQLITE_FILE`."""
        return cls(required(environ, "SQLITE_FILE", "the path of a SQLite file"))

    @property
    def tenant(self) -> str:
        """Give the file's whole path."""
        return str(self._path.resolve())

    async def own_organization_id(self) -> str:
        """Give the file's name, which `users` takes too."""
        return self._path.stem

    def users(self, organization_id: str | None) -> SqliteUsers:
        """Give the room of the users."""
        if organization_id not in {None, self._path.stem}:
            raise errors.InvalidArgumentError(f"The file is the organization {self._path.stem} alone.")
        return SqliteUsers(self._path)

    async def aclose(self) -> None:
        """Close nothing: each call closes what it opened."""


def read(db: sqlite3.Connection, where: str, *values: object) -> list[User]:
    rows = [dict(zip(("id", *COLUMNS), row, strict=True)) for row in db.execute(f"{SELECT} {where}", values)]
    return READER.many(json.dumps([{**row, "id": str(row["id"])} for row in rows]).encode())


def one(db: sqlite3.Connection, user_id: str, operation: str) -> User:
    found = read(db, "WHERE id = ?", number(user_id))
    if not found:
        raise errors.NotFoundError("the file has no user of this id.", provider=NAME, operation=operation)
    return found[0]


def counted(db: sqlite3.Connection, text: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM users WHERE {SEARCHED}", (text,)).fetchone()[0])


def number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def kept(fields: Mapping[str, object], operation: str) -> dict[str, object]:
    if fields["username"] is None:
        raise errors.UnsupportedError(NAME, f"{operation} without a username", "Pass username=.")
    for name, value in fields.items():
        if name not in COLUMNS and value:
            raise errors.UnsupportedError(NAME, f"{operation}({name}=)", "It has username, email and name alone.")
    return {name: fields[name] for name in COLUMNS if not isinstance(fields[name], Unset)}
