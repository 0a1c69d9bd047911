from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from storage.backup import backup, problems
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
    backup(filled, target)
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
        backup(filled, target)
    assert target.read_text() == "precious"
    backup(filled, target, force=True)
    assert contents(target) == contents(path)


def test_never_over_a_store(filled: Database, path: Path):
    with pytest.raises(StoreError, match="is the store itself"):
        backup(filled, path, force=True)
    with Database(path.with_name("other.db")) as other:
        tell(other, 1, said(DAYS[:1]))
        with pytest.raises(StoreError, match="is a store in use"):
            backup(filled, other.path, force=True)
    with pytest.raises(StoreError, match="is a folder"):
        backup(filled, path.parent, force=True)
    with pytest.raises(StoreError, match="no such file or directory"):
        backup(filled, path.parent / "nowhere" / "copy.db")


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
            backup(filled, target)
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
