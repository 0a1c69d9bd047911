"""The log of calls can be added to and nothing else, and tells when somebody has touched it."""

import datetime as dt
import sqlite3
from dataclasses import replace

import pytest

from rotation.record import FrozenCall
from storage.calls import broken, freeze, frozen

CALL = FrozenCall(
    "breakout-btc", dt.date(2026, 1, 5), dt.date(2026, 1, 5), dt.datetime(2026, 1, 6, 0, 20),
    dt.date(2026, 4, 6), 0.5, 2, 6, 0.58, 1, (("mrs", 1.5), ("phase", "spillover")), False,
)  # fmt: skip
CALLS = [replace(CALL, probability=n / 10) for n in range(5)]


@pytest.fixture
def log(database):
    database.write(lambda db: freeze(db, CALLS)).result()
    return database


def test_calls_come_back_in_their_order_and_once(log):
    assert log.write(lambda db: freeze(db, CALLS)).result() == 0
    with log.reading() as db:
        assert frozen(db) == tuple(CALLS)
        assert broken(db) == []


@pytest.mark.parametrize("sql", ["UPDATE calls SET body = ''", "DELETE FROM calls"])
def test_nothing_is_changed_or_deleted(log, sql):
    with pytest.raises(sqlite3.IntegrityError, match="a call is frozen"):
        log.write(lambda db: db.execute(sql)).result()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (
            "UPDATE calls SET body = replace(body, '0.58', '0.99') WHERE nth = 3",
            "not what was frozen",
        ),
        ("UPDATE calls SET body = '{}' WHERE nth = 2", "cannot be read"),
        ("DELETE FROM calls WHERE nth = 2", "call 2 is missing"),
    ],
)
def test_a_forged_log_is_found_out(log, path, sql, words):
    """Somebody takes the triggers away first."""
    log.close()
    forger = sqlite3.connect(path)
    for verb in ("update", "delete"):
        forger.execute(f"DROP TRIGGER calls_stay_{verb}")
    forger.execute(sql)
    forger.commit()
    forger.close()
    from storage.database import Database

    with Database(path, read_only=True) as opened, opened.reading() as db:
        assert any(words in line for line in broken(db))
