"""The journal of a run: what is about to be done stands in it before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.bulk.journal_file import Entry, JournalFile


class Journal:
    """Write entries by worker threads, those together that come while the disk is busy (group commit).

    What is intended is waited for. An outcome is not: it goes with the next intent, or with `flush`; where it is lost
    with the process, the write is looked up at resume as one whose answer was lost.
    """

    def __init__(self, file: JournalFile) -> None:
        self._file = file
        self._waiting: list[Entry] = []
        self._put, self._kept = 0, 0
        self._disk = anyio.Lock()

    async def intend(self, entries: Iterable[Entry]) -> None:
        """Take note of what is about to be done; it is on the disk when it returns."""
        self.settle(entries)
        await self.flush()

    def settle(self, entries: Iterable[Entry]) -> None:
        """Take note of what was done, at the next occasion."""
        before = len(self._waiting)
        self._waiting += entries
        self._put += len(self._waiting) - before

    async def flush(self) -> None:
        """Have all on the disk that was noted before."""
        mine = self._put
        while self._kept < mine:
            async with self._disk:
                if self._kept < mine:
                    await self._write()

    async def _write(self) -> None:
        entries, self._waiting = self._waiting, []
        # Not given up half-way: who is cancelled waits for the disk, and the others' entries are in it too.
        with anyio.CancelScope(shield=True):
            try:
                await to_thread.run_sync(self._file.put, entries)
            except BaseException:
                self._waiting = entries + self._waiting
                raise
        self._kept += len(entries)
