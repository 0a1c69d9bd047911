"""Connections to the SQLite file, and the one thread that owns the writing one."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from sqlite_utils import Database as Tables

from storage.errors import cannot, in_plain_words
from storage.migrations import migrate, refuse_stranger

T = TypeVar("T")

_JOURNAL_BYTES = 32 * 2**20

sqlite3.register_adapter(np.int64, int)  # it would be stored as a BLOB
sqlite3.register_adapter(np.float64, float)


def connect(path: Path, mode: str, wait: float) -> Tables:
    """A connection without transactions of its own accord. ``mode`` is SQLite's: 'ro' or 'rw';
    ``wait``: seconds that it waits for a lock. Use it in one thread at a time.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=wait,
        isolation_level=None,
        check_same_thread=False,
    )
    return Tables(connection, recursive_triggers=False, execute_plugins=False)


class Writer:
    """The thread that owns the only writing connection. Opening makes the file if it is not
    there and brings it up to date; StoreError if it cannot be used.
    """

    def __init__(self, path: Path, wait: float) -> None:
        self._path = path
        self._pool = ThreadPoolExecutor(1, f"writer of {path.name}")
        try:
            self._thread = self._pool.submit(threading.get_ident).result()
            self._db = self._pool.submit(_ready, path, wait).result()
        except BaseException:
            self._pool.shutdown()
            raise

    def submit(self, work: Callable[[Tables], T]) -> Future[T]:
        """Queue ``work`` as a transaction of its own."""
        if threading.get_ident() == self._thread:
            raise RuntimeError("within a write: use the connection that it was given")
        return self._pool.submit(self._transact, work)

    def close(self) -> None:
        """Finish what is queued, then close."""
        self._pool.submit(self._db.close)
        self._pool.shutdown()

    def _transact(self, work: Callable[[Tables], T]) -> T:
        with in_plain_words(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                result = work(self._db)
                self._db.commit()
            finally:
                self._db.rollback()
        return result


def _ready(path: Path, wait: float) -> Tables:
    """The writing connection, of a file that has been made or checked before it is changed."""
    try:
        path.touch(mode=0o600)  # chats will be in it: for this user only
    except OSError as error:
        raise cannot(path, error) from error
    with in_plain_words(path):
        db = connect(path, "rw", wait)
        try:
            refuse_stranger(db, path)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
            migrate(db)
            db.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            db.close()
            raise
    return db
