"""A consistent copy of the store while it runs, and whether the store is sound.

``restore`` puts a copy back: by hand the ``-wal`` and ``-shm`` files beside the store would be left
in place and be applied to the copy, which breaks it.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from pathlib import Path

from storage.connection import connect
from storage.database import WAIT, Database
from storage.errors import StoreError, cannot, in_plain_words
from storage.lock import Lock
from storage.migrations import refuse_stranger

_MOST_PROBLEMS = 20


def backup(store: Path, target: Path, *, force: bool = False) -> None:
    """Write the store as it is now to ``target``, one file that needs no other. Neither the
    writer nor readers wait. The file appears whole or not at all, and has been checked. The store
    may be an older one, from before an upgrade.

    StoreError if it exists (``force`` replaces it), if a running store is there, or if the disk
    does not take it; then nothing is left behind.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _refuse(store, target, force=force)
        _copy(store, part, target)
        part.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise cannot(target, error, "backup") from error
    finally:
        _drop(part)


def restore(copy: Path, store: Path) -> Path | None:
    """Put a backup in place of the store, whatever state that is in. What was there is kept beside
    it; returns where, None if there was nothing.

    StoreBusyError while a process writes the store; StoreError if the copy is no store or not
    sound, or the disk does not take it: then the store is as it was.
    """
    lock = Lock(store)
    part = store.with_name(f".{store.name}.{os.getpid()}.part")
    before = _free(store)
    try:
        if copy.exists() and store.exists() and copy.samefile(store):
            raise StoreError(f"{copy} is the store itself. Name the backup.")
        _copy(copy, part, copy)  # with its -wal, which a plain copy of the file leaves out
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


def _free(store: Path) -> Path:
    """A name that nothing has yet, not even a -wal: what was kept before stays."""
    taken = {path.name for path in store.parent.glob(f"{store.name}.before-restore*")}
    n, name = 1, f"{store.name}.before-restore"
    while any(item == name or item.startswith(f"{name}-") for item in taken):
        n += 1
        name = f"{store.name}.before-restore.{n}"
    return store.with_name(name)


def _drop(part: Path) -> None:
    """What is not finished, with the journal of a copy that broke off."""
    for file in (part, part.with_name(f"{part.name}-journal")):
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


def _copy(store: Path, part: Path, name: Path) -> None:
    """The content of a store as one new file, checked; ``name`` is what errors call it."""
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    with in_plain_words(store, name), closing(connect(store, "ro", WAIT)) as db:
        refuse_stranger(db, store)
        db.execute("VACUUM INTO ?", [str(part)])
    with in_plain_words(name), closing(connect(part, "ro", WAIT)) as db:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise StoreError(f"The copy of {name} came out damaged ({found}). Check the disk.")
    _sync(part)


def _sync(path: Path) -> None:
    """Have it on the disk before going on."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
