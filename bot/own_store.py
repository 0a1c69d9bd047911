"""The store for one person at a terminal."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database as Tables

from storage.database import Database

T = TypeVar("T")


class OwnStore:
    """Opened for writing only while something is written, so that a console never keeps the bot
    from starting. Without a path it is a new one that goes with the process.
    """

    def __init__(self, path: Path | None) -> None:
        self._aside = None if path else tempfile.TemporaryDirectory(prefix="spillover-")
        self._path = path or Path(self._aside.name if self._aside else "") / "own.db"

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        if not self._path.exists():
            self.write(lambda _db: None)
        with Database(self._path, read_only=True) as database, database.reading() as db:
            yield db

    def write(self, work: Callable[[Tables], T]) -> Future[T]:
        """StoreBusyError, naming the process, while the bot runs on the same store."""
        with Database(self._path) as database:
            done = database.write(work)
            done.exception()  # the store is closed again once it has ended
        return done
