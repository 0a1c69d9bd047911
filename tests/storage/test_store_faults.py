"""Everything that can happen to the file, with the word that the operator gets."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from storage.backup import backup, problems
from storage.database import Database
from storage.errors import StoreBusyError, StoreError, in_plain_words
from tests.storage.said import said, tell, told
from tests.storage.worker import BATCH

MANY = [(day, 100 + day, day + 1, day + 1) for day in range(20_000)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with very little room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system of one's own needs root and the right to mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def fill(folder: Path) -> Iterator[None]:
    """Leave no room on the disk meanwhile."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    yield
    filler.unlink()


def test_a_second_writer_is_refused_by_name_while_readers_read(path: Path, worker):
    Database(path).close()
    holder = worker("hold", path)
    pid = json.loads(holder.stdout.readline())["pid"]
    with pytest.raises(StoreBusyError) as refusal:
        Database(path)
    assert f"already in use by process {pid} on " in str(refusal.value)
    assert "stop that one first" in str(refusal.value)
    with Database(path, read_only=True) as reader:
        assert told(reader) == ()
        backup(reader.path, path.with_name("copy.db"))
    holder.stdin.write("\n")
    holder.stdin.flush()
    assert holder.wait(30) == 0
    Database(path).close()


def test_a_writer_that_was_killed_lets_go(path: Path, worker):
    holder = worker("hold", path)
    assert json.loads(holder.stdout.readline())
    holder.send_signal(signal.SIGKILL)
    holder.wait(30)
    with Database(path) as database:
        assert tell(database, 1, said([(0, 1.0, 1, 1)])).new == 1


def test_kill_9_during_the_backfill(path: Path, run):
    before = 0
    for found in run("killed", path, 8, 20261122):
        assert found["problems"] == []
        assert found["right"]
        assert found["rows"] % BATCH == 0, "a transaction is whole or not there"
        assert found["rows"] >= found["acknowledged"] * BATCH, "nothing promised is lost"
        assert found["newest"] == found["reached"] == found["rows"] - 1, "with how far it got"
        assert found["rows"] > before, "each goes on where the last was killed"
        before = found["rows"]


def test_no_room_for_this_process(path: Path, run):
    (found,) = run("full", path)
    assert "it may be full" in found["error"] or "the disk is full" in found["error"]
    assert "Nothing was lost" in found["error"]
    assert found["rows"] == BATCH
    assert found["after"] == 2 * BATCH
    assert found["problems"] == []


def test_a_full_disk(small_disk: Path):
    with Database(small_disk / "store.db") as database:
        tell(database, 1, said(MANY[:50]))
        with pytest.raises(StoreError, match=r"the disk is full\. Free some space"):
            tell(database, 1, said(MANY))
        assert len(told(database)[0].date) == 50
        with (
            fill(small_disk),
            pytest.raises(StoreError, match=r"The backup .*copy\.db: .*full|no space"),
        ):
            backup(database.path, small_disk / "copy.db")
        assert [p.name for p in small_disk.glob("*copy*")] == []
        assert tell(database, 1, said(MANY[:60])).new == 10
        assert problems(database) == ()


def test_a_disk_that_is_full_from_the_start(small_disk: Path):
    with fill(small_disk), pytest.raises(StoreError, match=r"full|no space left"):
        Database(small_disk / "store.db")
    Database(small_disk / "store.db").close()


def test_no_more_pages(database: Database):
    tell(database, 1, said(MANY[:50]))

    with database.reading() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    database.write(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 2}")).result()
    with pytest.raises(StoreError, match="the disk is full"):
        tell(database, 1, said(MANY))
    database.write(lambda db: db.execute("PRAGMA max_page_count = 1000000")).result()
    assert tell(database, 1, said(MANY)).new == len(MANY) - 50
    assert problems(database) == ()


def test_locked_by_another_program(path: Path):
    with Database(path, wait=0.3) as database:
        tell(database, 1, said([(0, 1.0, 1, 1)]))
        shell = sqlite3.connect(path, isolation_level=None)
        shell.execute("BEGIN IMMEDIATE")
        begin = time.perf_counter()
        with pytest.raises(StoreBusyError, match=r"another program has locked it .* SQLite shell"):
            tell(database, 1, said([(1, 1.0, 2, 2)]))
        assert 0.25 < time.perf_counter() - begin < 5
        assert len(told(database)[0].date) == 1, "readers read on"
        waiting = database.write(lambda db: db.execute("SELECT 1").fetchone())
        shell.execute("COMMIT")
        assert waiting.result() == (1,), "and what comes while it is let go waits"
        shell.close()


def test_opening_while_another_program_locks(path: Path):
    Database(path).close()
    shell = sqlite3.connect(path, isolation_level=None)
    shell.execute("PRAGMA locking_mode = EXCLUSIVE")
    shell.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusyError, match="another program has locked it"):
        Database(path, wait=0.1)
    shell.close()
    Database(path).close()


@pytest.fixture
def read_only_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a store in it that nobody can write."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid():
        Database(folder / "store.db").close()
        (folder / "store.db").chmod(0o400)
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)
        return
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("root may write anywhere, and may not mount here")
    Database(folder / "store.db").close()
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_read_only_file_system(read_only_folder: Path):
    with pytest.raises(StoreError, match=r"(?i)(read-only|permission)"):
        Database(read_only_folder / "store.db")
    with pytest.raises(StoreError, match="cannot be opened"):
        Database(read_only_folder / "deeper" / "store.db")


def test_a_read_only_file(path: Path):
    """The folder is fine; SQLite opens the file for reading only."""
    Database(path).close()
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    with pytest.raises(StoreError, match="read-only file"), in_plain_words(path):
        connection.execute("CREATE TABLE x (a)")
    connection.close()


@pytest.mark.parametrize("content", [b"no database at all, " * 400, b"\0" * 5000])
def test_not_a_database(path: Path, content: bytes):
    path.write_bytes(content)
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"no SQLite database.*put a backup in its place"):
            Database(path, read_only=read_only)
    assert path.read_bytes() == content
    path.unlink()
    Database(path).close()


def test_a_damaged_store_says_so(path: Path):
    with Database(path) as database:
        tell(database, 1, said(MANY))
        assert problems(database) == ()
    pages = bytearray(path.read_bytes())
    for page in range(40, len(pages) // 4096 - 1):
        pages[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(pages)
    with Database(path) as database:
        with pytest.raises(StoreError, match=r"is damaged\. Stop the bot"):
            told(database)
        try:
            found = problems(database)
        except StoreError as error:
            found = (str(error),)
        with pytest.raises(StoreError, match=r"The store .*store\.db: it is damaged"):
            backup(database.path, path.with_name("copy.db"))
    assert [p.name for p in path.parent.glob("*copy*")] == []
    assert found
    assert all(str(path) in sentence for sentence in found)


def test_a_folder_in_place_of_a_file(tmp_path: Path):
    for read_only in (False, True):
        with pytest.raises(StoreError):
            Database(tmp_path, read_only=read_only)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"(?i)not a directory|file exists"):
        Database(tmp_path / "file" / "store.db")


def test_forty_years_of_everything(path: Path, run):
    (found,) = run("bulk", path, 28)
    assert found["new"] == found["rows"] == 409_080
    assert found["write"] < 60
    assert found["read"] < 60  # about half a second on an idle machine
    assert found["peak"] < 500
