from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database as Tables
from sqlite_utils.migrations import Migrations

from storage import migrations as module
from storage.database import Database
from storage.errors import StoreError
from storage.migrations import migrations

SCHEMA = Path(__file__).with_name("schema.sql")
STEPS = [
    "observations", "listings", "sources", "withheld", "chats", "subscriptions", "alerts",
    "deliveries", "evidence",
]  # fmt: skip
OLDEST = """
    PRAGMA application_id = 1397771350;
    CREATE TABLE _sqlite_migrations
        (id INTEGER PRIMARY KEY, migration_set TEXT, name TEXT, applied_at TEXT);
    INSERT INTO _sqlite_migrations VALUES (1, 'spillover', 'observations', '2026-11-22');
    CREATE TABLE origins (id INTEGER PRIMARY KEY, series TEXT NOT NULL, source TEXT NOT NULL,
        caveat TEXT NOT NULL, UNIQUE (series, source)) STRICT;
    CREATE TABLE observations (origin INTEGER NOT NULL REFERENCES origins (id),
        date INTEGER NOT NULL, nth INTEGER NOT NULL, value REAL NOT NULL,
        released_at INTEGER NOT NULL, fetched_at INTEGER NOT NULL,
        PRIMARY KEY (origin, date, nth)) STRICT, WITHOUT ROWID;
    CREATE TRIGGER observations_stay BEFORE UPDATE ON observations
        BEGIN SELECT RAISE(ABORT, 'an observation is never overwritten'); END;
    CREATE TABLE moments (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
    INSERT INTO origins VALUES (1, 'RUT', 'yahoo', '');
    INSERT INTO observations VALUES (1, 19000, 0, 1800.5, 1, 2);
"""
"""The first schema that was ever written, with a row in it; never to be changed."""


def schema(path: Path) -> str:
    """The schema as text: what `tests/storage/schema.sql` holds."""
    with Database(path, read_only=True) as database, database.reading() as db:
        rows = db.execute(
            """SELECT sql FROM sqlite_master WHERE sql IS NOT NULL
            AND tbl_name <> '_sqlite_migrations' ORDER BY rowid"""
        )
        lines = "\n".join(sql + ";" for (sql,) in rows).splitlines()
    return "\n".join(line.strip() for line in lines) + "\n"


def shape(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Columns and indices, however the SQL was laid out."""
    with Database(path, read_only=True) as database, database.reading() as db:
        names = [x for x in db.table_names() if not x.startswith(("sqlite_", "_sqlite"))]
        return {
            name: db.execute(f"PRAGMA table_xinfo([{name}])").fetchall()
            + db.execute(f"PRAGMA index_list([{name}])").fetchall()
            + db.execute(
                "SELECT strict, wr FROM pragma_table_list WHERE name = ?", [name]
            ).fetchall()
            for name in names
        }


def applied(path: Path) -> list[str]:
    with Database(path, read_only=True) as database, database.reading() as db:
        return [step.name for step in migrations.applied(db)]


def raw(path: Path, script: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


def test_from_blank(database: Database, path: Path):
    assert applied(path) == STEPS
    assert schema(path) == SCHEMA.read_text(encoding="utf-8")


def test_every_table_is_strict(database: Database, path: Path):
    with database.reading() as db:
        loose = db.execute(
            """SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict
            AND name NOT LIKE '%sqlite_%'"""
        ).fetchall()
    assert loose == []


def test_from_the_oldest_schema_with_its_rows(path: Path, tmp_path: Path):
    raw(path, OLDEST)
    Database(path).close()
    Database(tmp_path / "blank.db").close()
    assert applied(path) == STEPS
    assert shape(path) == shape(tmp_path / "blank.db")
    with Database(path) as database, database.reading() as db:
        assert db.execute("SELECT * FROM observations").fetchall() == [(1, 19000, 0, 1800.5, 1, 2)]


@pytest.mark.parametrize("step", STEPS[1:])
def test_from_every_schema_on_the_way(path: Path, tmp_path: Path, step: str):
    old = Tables(path)
    migrations.apply(old, stop_before=step)
    old.close()
    Database(path).close()
    Database(tmp_path / "blank.db").close()
    assert shape(path) == shape(tmp_path / "blank.db")


def test_again_changes_nothing(path: Path):
    Database(path).close()
    before = (schema(path), applied(path), path.read_bytes()[28:100])
    Database(path).close()
    assert (schema(path), applied(path), path.read_bytes()[28:100]) == before


def test_a_newer_store_is_refused_untouched(path: Path):
    Database(path).close()
    raw(
        path,
        """INSERT INTO _sqlite_migrations (migration_set, name, applied_at)
        VALUES ('spillover', 'telepathy', '2031-01-01')""",
    )
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"newer version .* \(it has telepathy\)\. Update"):
            Database(path, read_only=read_only)
    assert path.read_bytes() == before


def test_a_file_of_another_program_is_refused_untouched(path: Path):
    raw(path, "CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')")
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreError, match="of another program"):
            Database(path, read_only=read_only)
    assert path.read_bytes() == before
    assert not path.with_name("store.db-wal").exists()


def test_a_step_that_fails_leaves_nothing_of_any(path: Path, monkeypatch: pytest.MonkeyPatch):
    broken = Migrations("spillover")
    for step in (module.observations, module.listings):
        broken()(step)

    @broken()
    def sources(db: Tables) -> None:
        db.execute("CREATE TABLE half (a)")
        raise RuntimeError("out of luck")

    monkeypatch.setattr(module, "migrations", broken)
    with pytest.raises(RuntimeError, match="out of luck"):
        Database(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    monkeypatch.undo()
    Database(path).close()
    assert applied(path) == STEPS


def test_a_reader_of_an_older_or_empty_store_is_told_what_to_do(path: Path):
    with pytest.raises(StoreError, match=r"no store at .*`spillover run`"):
        Database(path, read_only=True)
    assert not path.exists()
    path.touch()
    with pytest.raises(StoreError, match=r"is empty\. Start `spillover run`"):
        Database(path, read_only=True)
    raw(path, OLDEST)
    with pytest.raises(StoreError, match=r"older version\. Start `spillover run`"):
        Database(path, read_only=True)
