from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from storage.backup import backup, problems, restore
from storage.database import Database
from storage.errors import StoreError
from storage.sources import enrol
from tests.storage.said import contents, said, tell, told

DAYS = [(day, 100 + day, day + 1, day + 1) for day in range(400)]


@pytest.fixture
def filled(database: Database) -> Database:
    tell(database, 500, said(DAYS), said(DAYS, "NFCI", "fred", "revised data"))
    database.write(lambda db: enrol(db, "yahoo", ["yahoo/RUT"])).result()
    return database


def test_a_copy_has_the_same_content_and_is_one_file(filled: Database, path: Path):
    target = path.with_name("copy.db")
    backup(filled.path, target)
    assert contents(target) == contents(path)
    assert sorted(p.name for p in path.parent.glob("*copy*")) == ["copy.db"]
    assert target.stat().st_mode & 0o077 == 0
    with Database(target) as restored:
        assert problems(restored) == ()
        assert tell(restored, 500, said(DAYS)).same == len(DAYS)
        assert tell(restored, 600, said([(401, 1.0, 402, 402)])).new == 1


def test_it_does_not_overwrite_unless_told(filled: Database, path: Path):
    target = path.with_name("copy.db")
    target.write_text("precious")
    with pytest.raises(StoreError, match=r"copy\.db exists\. .* --force"):
        backup(filled.path, target)
    assert target.read_text() == "precious"
    backup(filled.path, target, force=True)
    assert contents(target) == contents(path)


def test_never_over_a_store(filled: Database, path: Path):
    with pytest.raises(StoreError, match="is the store itself"):
        backup(filled.path, path, force=True)
    with Database(path.with_name("other.db")) as other:
        tell(other, 1, said(DAYS[:1]))
        with pytest.raises(StoreError, match="is a store in use"):
            backup(filled.path, other.path, force=True)
    with pytest.raises(StoreError, match="is a folder"):
        backup(filled.path, path.parent, force=True)
    with pytest.raises(StoreError, match="no such file or directory"):
        backup(filled.path, path.parent / "nowhere" / "copy.db")


def test_a_copy_while_it_is_written_is_one_moment_of_it(filled: Database, path: Path):
    stop = threading.Event()

    def pour() -> None:
        day = 1000
        while not stop.is_set():
            pair = [said([(day, float(day), day, day)], series) for series in ("RUT", "SPX")]
            tell(filled, day, *pair)
            day += 1

    writing = threading.Thread(target=pour)
    writing.start()
    try:
        for n in range(5):
            target = path.with_name(f"copy{n}.db")
            backup(filled.path, target)
            with Database(target, read_only=True) as copy:
                assert problems(copy) == ()
                count = {(x.series, x.source): len(x.date) for x in told(copy)}
            assert count["RUT", "yahoo"] - len(DAYS) == count.get(("SPX", "yahoo"), 0)
    finally:
        stop.set()
        writing.join()


def test_orphans_are_a_problem(filled: Database, path: Path):
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM origins WHERE series = 'NFCI'")
    connection.commit()
    connection.close()
    found = problems(filled)
    assert len(found) == 20
    assert found[0].endswith("a row of observations belongs to no row of origins")


# restore


def test_a_backup_is_put_back_over_what_a_killed_process_left(filled: Database, path: Path):
    copy = path.with_name("copy.db")
    backup(filled.path, copy)
    before = contents(copy)
    tell(filled, 700, said([(500, 1.0, 501, 501)]))
    for end in ("", "-wal", "-shm"):  # as they stand while it is open: a kill leaves them so
        there = path.with_name(path.name + end)
        path.with_name(f"kept{end}").write_bytes(there.read_bytes() if there.exists() else b"")
    filled.close()
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).write_bytes(path.with_name(f"kept{end}").read_bytes())
    aside = restore(copy, path)
    assert contents(path) == before
    assert aside is not None
    assert aside.with_name(f"{aside.name}-wal").exists()
    with Database(path) as restored:
        assert problems(restored) == ()


def test_a_store_that_is_broken_or_missing_is_replaced(filled: Database, path: Path):
    copy = path.with_name("copy.db")
    backup(filled.path, copy)
    filled.close()
    path.write_bytes(b"no store at all")
    assert restore(copy, path) is not None
    with Database(path) as restored:
        assert problems(restored) == ()
    new = path.with_name("new.db")
    assert restore(copy, new) is None
    assert contents(new) == contents(copy)


def test_a_running_store_is_not_replaced_nor_by_what_is_not_sound(filled: Database, path: Path):
    copy, bad = path.with_name("copy.db"), path.with_name("bad.db")
    backup(filled.path, copy)
    bad.write_bytes(copy.read_bytes()[:5000])
    with pytest.raises(StoreError, match="already in use"):
        restore(copy, path)
    filled.close()
    before = contents(path)
    with pytest.raises(StoreError):
        restore(bad, path)
    with pytest.raises(StoreError, match="itself"):
        restore(path, path)
    assert contents(path) == before


def test_a_backup_that_fails_leaves_nothing_beside_it(filled: Database, path: Path, monkeypatch):
    def full(_path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storage.backup._sync", full)
    with pytest.raises(StoreError):
        backup(filled.path, path.with_name("copy.db"))
    assert not [*path.parent.glob("*copy*")]


def test_what_was_kept_by_an_earlier_restore_stays_and_can_be_put_back(filled, path):
    copy = path.with_name("copy.db")
    backup(path, copy)
    tell(filled, 700, said([(500, 1.0, 501, 501)]))
    filled.close()
    later = contents(path)
    first = restore(copy, path)
    second = restore(copy, path)
    assert first != second
    assert contents(first) == later
    restore(first, path)
    assert contents(path) == later


def test_an_older_store_can_be_backed_up_before_an_upgrade(filled, path):
    filled.close()
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM _sqlite_migrations WHERE rowid = (SELECT max(rowid) "
                   "FROM _sqlite_migrations)")  # fmt: skip
    db.close()
    backup(path, path.with_name("copy.db"))
    assert path.with_name("copy.db").is_file()
