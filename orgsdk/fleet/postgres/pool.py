"""Sessions of one database for any number of threads."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from orgsdk.fleet.postgres.session import Address, Session

if TYPE_CHECKING:
    from psycopg import Cursor
    from psycopg.abc import Params
    from psycopg.rows import TupleRow

    from orgsdk.fleet.postgres.session import Row, Statement

# Sessions that wait for their next use. Others end when they are given back.
_LARGEST: Final = 16


class SessionPool:
    """Lend sessions, and keep a few open.

    Args:
        address: The database.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._mutex = threading.Lock()
        self._idle: list[Session] = []

    @contextmanager
    def _transaction(self) -> Generator[Cursor[TupleRow]]:
        with self._session() as session, session.transaction() as cursor:
            yield cursor

    def _rows(self, statement: Statement, wanted: Params | None = None) -> list[Row]:
        with self._session() as session:
            return session.rows(statement, wanted)

    @contextmanager
    def _session(self) -> Generator[Session]:
        session = self._take()
        try:
            yield session
        finally:
            self._give_back(session)

    def _take(self) -> Session:
        """Return a session that nobody uses."""
        while True:
            with self._mutex:
                session = self._idle.pop() if self._idle else None
            if session is None:
                return Session(self._address)
            if session.is_alive():
                return session
            session.close()

    def _give_back(self, session: Session) -> None:
        with self._mutex:
            if session.is_alive() and len(self._idle) < _LARGEST:
                self._idle.append(session)
                return
        session.close()

    def _close_idle(self) -> None:
        with self._mutex:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()
