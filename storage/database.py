"""One SQLite file: a single writer thread, readers of their own, and one writing process.

All else in this package is functions over a connection, so that what belongs together goes
into one transaction:

    def record(db: Tables) -> AppendResult:
        result = append(db, harvest.observations, now)
        succeeded(db, task.id, now)
        return result

    result = await database.write_async(record)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlite_utils import Database as Tables

from storage.connection import Writer, connect
from storage.errors import StoreError, in_plain_words
from storage.lock import Lock
from storage.migrations import refuse_unready

T = TypeVar("T")

WAIT = 5.0
"""Seconds to wait while another program locks the file."""
IDLE_READERS = 4
"""So many read-only connections are kept open for the next readers."""


class Database:
    """The store at ``path``: made if it is not there, brought up to date if it is older.

    StoreBusyError if another process writes it; StoreError, in plain words, if it cannot be
    used. With ``read_only`` any number of processes may open it, also while one writes: nothing
    is made, locked or changed. Close it, or use it in a ``with``.
    """

    def __init__(self, path: Path, *, read_only: bool = False, wait: float = WAIT) -> None:
        self.path = path
        self._wait = wait
        self._idle: deque[Tables] = deque()
        self._closed = False
        self._lock: Lock | None = None
        self._writer: Writer | None = None
        if read_only:
            with self.reading() as db:
                refuse_unready(db, path)
            return
        self._lock = Lock(path)
        try:
            self._writer = Writer(path, wait)
        except BaseException:
            self._lock.release()
            raise

    def write(self, work: Callable[[Tables], T]) -> Future[T]:
        """Run ``work`` on the writer thread as a transaction of its own, after all that was
        given before; from any thread.

        The future holds what ``work`` returned, once committed. If it raised, all that it did
        is undone and the future holds that error, or StoreError where the store was the cause.
        ``work`` is to be short and must not wait for another write.
        """
        if self._closed or self._writer is None:
            state = "is closed" if self._closed else "was opened for reading only"
            raise StoreError(f"The store {self.path} {state}.")
        return self._writer.submit(work)

    async def write_async(self, work: Callable[[Tables], T]) -> T:
        """The same for asyncio, never blocking the loop. A cancelled wait withdraws what has
        not begun; what has begun is finished.
        """
        return await asyncio.wrap_future(self.write(work))

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """A read-only connection that sees one unchanging state of the store, for any thread;
        the writer never keeps it waiting. Not for long: meanwhile the journal cannot shrink.
        StoreError if the file cannot be read.
        """
        if self._closed:
            raise StoreError(f"The store {self.path} is closed.")
        with in_plain_words(self.path):
            db = self._reader()
            try:
                db.execute("BEGIN")
                yield db
            finally:
                db.rollback()
                self._give_back(db)

    def close(self) -> None:
        """Finish what was given to the writer, then let go of the file. May be repeated."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _reader(self) -> Tables:
        try:
            return self._idle.pop()
        except IndexError:
            return self._opened()

    def _opened(self) -> Tables:
        if not self.path.is_file():
            raise StoreError(
                f"There is no store at {self.path}. Start `spillover run` once, which makes and "
                "fills it, or name another file."
            )
        return connect(self.path, "ro", self._wait)

    def _give_back(self, db: Tables) -> None:
        if self._closed or len(self._idle) >= IDLE_READERS:
            db.close()
        else:
            self._idle.append(db)
