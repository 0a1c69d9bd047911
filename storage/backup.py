"""A consistent copy of the store while it runs, and whether the store is sound.

``restore`` puts a copy back: by hand the ``-wal`` and ``-shm`` files beside the store would be left
in place and be applied to the copy, which breaks it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing, suppress
from pathlib import Path

from storage.connection import connect
from storage.database import WAIT, Database
from storage.errors import StoreError, cannot, in_plain_words
from storage.lock import Lock

_MOST_PROBLEMS = 20


def backup(database: Database, target: Path, *, force: bool = False) -> None:
    """Write the store as it is now to ``target``, one file that needs no other. Neither the
    writer nor readers wait. The file appears whole or not at all, and has been checked.

    StoreError if it exists (``force`` replaces it), if a running store is there, or if the disk
    does not take it; then nothing is left behind.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _refuse(database.path, target, force=force)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _copy(database, part, target)
        _sync(part)
        part.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise cannot(target, error, "backup") from error
    finally:
        _drop(part, part.with_name(f"{part.name}-journal"))


def restore(copy: Path, store: Path) -> Path | None:
    """Put a backup in place of the store, whatever state that is in. What was there is kept beside
    it; returns where, None if there was nothing.

    StoreBusyError while a process writes the store; StoreError if the copy is not sound, or the
    disk does not take it: then the store is as it was.
    """
    with Database(copy, read_only=True) as source:
        if found := problems(source):
            raise StoreError(found[0])
    lock = Lock(store)
    part = store.with_name(f".{store.name}.{os.getpid()}.part")
    before = store.with_name(f"{store.name}.before-restore")
    try:
        if copy.exists() and store.exists() and copy.samefile(store):
            raise StoreError(f"{copy} is the store itself. Name the backup.")
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        shutil.copyfile(copy, part)
        _sync(part)
        there = store.exists()
        for end in ("", "-wal", "-shm"):  # they belong together, also where they are kept
            beside = store.with_name(store.name + end)
            if beside.exists():
                beside.replace(before.with_name(before.name + end))
        part.replace(store)
        _sync(store.parent)
    except OSError as error:
        raise cannot(store, error, "store") from error
    finally:
        _drop(part)
        lock.release()
    return before if there else None


def _drop(*files: Path) -> None:
    for file in files:
        with suppress(OSError):
            file.unlink()


def problems(database: Database) -> tuple[str, ...]:
    """What is wrong inside the store, at most 20 sentences; empty if it is sound. Reads all of
    it. StoreError if it cannot be read at all.
    """
    with database.reading() as db:
        found = db.execute(f"PRAGMA integrity_check({_MOST_PROBLEMS})").fetchall()
        orphans = db.execute("PRAGMA foreign_key_check").fetchall()
    words = [f"The store {database.path}: {row[0]}" for row in found if row[0] != "ok"]
    words += [
        f"The store {database.path}: a row of {table} belongs to no row of {parent}"
        for table, _, parent, _ in orphans
    ]
    return tuple(words[:_MOST_PROBLEMS])


def _refuse(path: Path, target: Path, *, force: bool) -> None:
    if target.exists() and target.samefile(path):
        raise StoreError(f"{target} is the store itself. Name another file for the backup.")
    if target.is_dir():
        raise StoreError(f"{target} is a folder. Name a file for the backup.")
    if target.with_name(f"{target.name}-wal").exists():
        raise StoreError(f"{target} is a store in use. Name another file for the backup.")
    if target.exists() and not force:
        raise StoreError(f"{target} exists. Name another file, or say --force to replace it.")


def _copy(database: Database, part: Path, target: Path) -> None:
    with (
        in_plain_words(database.path, target),
        closing(connect(database.path, "ro", WAIT)) as db,
    ):
        db.execute("VACUUM INTO ?", [str(part)])
    with in_plain_words(target), closing(connect(part, "ro", WAIT)) as db:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise StoreError(f"The backup {target} came out damaged ({found}). Check the disk.")


def _sync(path: Path) -> None:
    """Have it on the disk before going on."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
