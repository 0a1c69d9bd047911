"""What goes wrong with a store, each in a sentence that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StoreError(Exception):
    """The store cannot do what was asked. The message says in plain words what happened and
    what a person can do; nothing of the failed transaction is in the store.
    """


class StoreBusyError(StoreError):
    """Somebody else holds the store: the same again later may well succeed."""


_KEPT = "Nothing was lost: the store is as it was before."
_SENTENCES = {
    sqlite3.SQLITE_FULL: f"the disk is full. Free some space and try again. {_KEPT}",
    sqlite3.SQLITE_IOERR: (
        "the disk refuses to read or write: it may be full, over its quota or failing. Free "
        f"some space or check the disk, then try again. {_KEPT}"
    ),
    sqlite3.SQLITE_READONLY: (
        "it cannot be written: a read-only file or file system. Make the file and its folder "
        "writable for this user, or name another file."
    ),
    sqlite3.SQLITE_PERM: "this user may not open it. Change its owner or its permissions.",
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened. Check that it is a file, that its folder exists and that this "
        "user may write both."
    ),
    sqlite3.SQLITE_NOTADB: (
        "it is no SQLite database, or its beginning is damaged. Name another file, or put a "
        "backup in its place: `spillover restore FILE`."
    ),
    sqlite3.SQLITE_CORRUPT: (
        "it is damaged. Stop the bot and put a backup in its place: `spillover restore FILE`."
    ),
    sqlite3.SQLITE_TOOBIG: "a value is too large to be stored. Please report this.",
}
_BUSY = (
    "another program has locked it and did not let go in time. Close what else has it open "
    "(an SQLite shell, a copy in progress) and try again."
)


_OF_THE_SOURCE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def in_plain_words(path: Path, backup: Path | None = None) -> Iterator[None]:
    """Turn SQLite's errors about the file at ``path`` into StoreError; others pass as they are,
    broken constraints and wrong SQL among them. While ``backup`` is written it is to blame for
    all but damage.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreBusyError(f"The store {path}: {_BUSY}") from error
        if code in _SENTENCES:
            file = f"The store {path}"
            if backup is not None and code not in _OF_THE_SOURCE:
                file = f"The backup {backup}"
            raise StoreError(f"{file}: {_SENTENCES[code]}") from error
        raise


def cannot(path: Path, error: OSError, what: str = "store") -> StoreError:
    """The same for what the file system says of a path."""
    why = (error.strerror or str(error)).lower()
    return StoreError(
        f"The {what} {path}: it cannot be opened ({why}). Check the folder, the free space and "
        "that this user may write there, or name another file."
    )
