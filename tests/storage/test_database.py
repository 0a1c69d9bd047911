from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from storage.database import IDLE_READERS, Database
from storage.errors import StoreBusyError, StoreError
from storage.moments import day, days, micros, moment


@pytest.fixture
def notes(database: Database) -> Database:
    database.write(lambda db: db.execute("CREATE TABLE slips (n INTEGER) STRICT")).result()
    return database


def add(n: object):
    return lambda db: db.execute("INSERT INTO slips VALUES (?)", [n]).rowcount


def counted(database: Database) -> list[int]:
    with database.reading() as db:
        return [n for (n,) in db.execute("SELECT n FROM slips ORDER BY rowid")]


def test_writes_run_in_order_on_one_thread(notes: Database):
    threads = [notes.write(lambda _: threading.get_ident()) for _ in range(5)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: notes.write(add(n)).result(), range(200)))
    for n in (7, 8, 9):
        notes.write(add(n))
    last = notes.write(add(10))
    assert last.result() == 1
    assert len({thread.result() for thread in threads}) == 1
    assert threads[0].result() != threading.get_ident()
    found = counted(notes)
    assert found[-4:] == [7, 8, 9, 10]
    assert sorted(found[:-4]) == list(range(200))


def test_what_raises_is_undone_and_the_next_goes_on(notes: Database):
    def half(db):
        add(1)(db)
        db.table("slips").insert({"n": 2})  # a savepoint of sqlite-utils within
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        notes.write(half).result()
    assert notes.write(add(3)).result() == 1
    assert counted(notes) == [3]


def test_a_broken_constraint_is_the_callers_own(notes: Database):
    with pytest.raises(sqlite3.IntegrityError):
        notes.write(add("words")).result()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        notes.write(lambda db: db.execute("SELECT * FROM missing")).result()


def test_foreign_keys_hold(database: Database):
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        database.write(
            lambda db: db.execute("INSERT INTO observations VALUES (99, 1, 0, 1.0, 1, 1)")
        ).result()


def test_an_observation_is_never_overwritten(database: Database):
    def overwrite(db):
        db.execute("INSERT INTO origins VALUES (1, 'RUT', 'yahoo', '')")
        db.execute("INSERT INTO observations VALUES (1, 1, 0, 1.0, 1, 1)")
        db.execute("UPDATE observations SET value = 2")

    with pytest.raises(sqlite3.IntegrityError, match="never overwritten"):
        database.write(overwrite).result()


def test_numpy_numbers_are_stored_as_numbers(notes: Database):
    notes.write(add(np.int64(5))).result()
    notes.write(
        lambda db: db.execute("INSERT INTO withheld VALUES ('X', 1, ?, '', 1)", [np.float64(0.5)])
    ).result()
    assert counted(notes) == [5]
    with notes.reading() as db:
        assert db.execute("SELECT value FROM withheld").fetchone() == (0.5,)


def test_a_write_within_a_write_is_refused_at_once(notes: Database):
    with pytest.raises(RuntimeError, match="within a write"):
        notes.write(lambda _: notes.write(add(1)).result()).result()


def test_a_reader_sees_one_state_and_never_waits(notes: Database):
    notes.write(add(1)).result()
    inside, go_on = threading.Event(), threading.Event()

    def slow(db):
        add(2)(db)
        inside.set()
        go_on.wait(30)

    writing = notes.write(slow)
    assert inside.wait(10)
    begin = time.perf_counter()
    assert counted(notes) == [1]
    assert time.perf_counter() - begin < 10
    with notes.reading() as db:
        assert db.execute("SELECT count(*) FROM slips").fetchone() == (1,)
        go_on.set()
        writing.result()
        assert db.execute("SELECT count(*) FROM slips").fetchone() == (1,)
    assert counted(notes) == [1, 2]


def test_readers_cannot_write(notes: Database):
    with (
        pytest.raises(StoreError, match="cannot be written"),
        notes.reading() as db,
    ):
        db.execute("DELETE FROM slips")
    assert counted(notes) == []


def test_many_readers_at_once_leave_few_open(notes: Database):
    notes.write(add(1)).result()
    together = threading.Barrier(12)

    def read(_: int) -> int:
        with notes.reading() as db:
            together.wait(10)
            return db.execute("SELECT count(*) FROM slips").fetchone()[0]

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(read, range(12))) == [1] * 12
    assert len(notes._idle) == IDLE_READERS


async def test_awaiting_a_write_leaves_the_loop_free(notes: Database):
    gate = threading.Event()

    async def tick():
        for _ in range(10):
            await asyncio.sleep(0.005)
        gate.set()

    ticking = asyncio.create_task(tick())
    assert await notes.write_async(lambda db: gate.wait(30) and add(1)(db)) == 1
    await ticking
    with pytest.raises(ZeroDivisionError):
        await notes.write_async(lambda _: 1 / 0)


async def test_a_cancelled_wait_withdraws_what_has_not_begun(notes: Database):
    inside, go_on = threading.Event(), threading.Event()

    def slow(db):
        inside.set()
        go_on.wait(10)
        return add(1)(db)

    begun = asyncio.create_task(notes.write_async(slow))
    await asyncio.to_thread(inside.wait, 10)
    waiting = asyncio.create_task(notes.write_async(add(2)))
    await asyncio.sleep(0.02)
    begun.cancel()
    waiting.cancel()
    await asyncio.gather(begun, waiting, return_exceptions=True)
    go_on.set()
    await notes.write_async(add(3))
    assert counted(notes) == [1, 3]


def test_closing_finishes_what_was_given_and_leaves_one_file(path: Path):
    with Database(path) as database:
        database.write(lambda db: db.execute("CREATE TABLE slips (n INTEGER) STRICT"))
        for n in range(50):
            database.write(add(n))
        with database.reading():
            pass
    assert sorted(p.name for p in path.parent.iterdir()) == ["store.db", "store.db.lock"]
    with Database(path) as database:
        assert counted(database) == list(range(50))
    database.close()
    with pytest.raises(StoreError, match="is closed"):
        database.write(add(1))
    with pytest.raises(StoreError, match="is closed"), database.reading():
        pass


def test_only_one_at_a_time_even_within_a_process(database: Database, path: Path):
    with pytest.raises(StoreBusyError, match="already in use by process"):
        Database(path)
    database.close()
    Database(path).close()


def test_others_may_not_read_the_file(database: Database, path: Path):
    assert path.stat().st_mode & 0o077 == 0


def test_a_folder_is_made_for_it(tmp_path: Path):
    with Database(tmp_path / "a" / "b" / "store.db") as database:
        assert database.path.is_file()


def test_reading_only_changes_nothing(database: Database, path: Path):
    with Database(path, read_only=True) as reader:
        with reader.reading() as db:
            assert db.execute("SELECT count(*) FROM observations").fetchone() == (0,)
        with pytest.raises(StoreError, match="opened for reading only"):
            reader.write(add(1))


def test_reading_where_nobody_writes(path: Path):
    Database(path).close()
    with Database(path, read_only=True) as reader, reader.reading() as db:
        assert db.execute("SELECT count(*) FROM observations").fetchone() == (0,)


def test_three_thousand_small_writes_take_a_second_or_so(notes: Database):
    begin = time.perf_counter()
    for future in [notes.write(add(n)) for n in range(3000)]:
        future.result()
    assert time.perf_counter() - begin < 10


@pytest.mark.parametrize("number", [0, -1, 1, -(10**15), 1_700_000_000_123_456])
def test_instants_and_dates_come_back(number: int):
    assert micros(moment(number)) == number
    assert days(day(number % 20_000)) == number % 20_000
    assert np.datetime64(moment(number), "us").astype(np.int64) == number
