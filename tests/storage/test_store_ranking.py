"""Several sources of one series, and a store under two names."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from rotation.inputs import BTC, Observations, input_of
from rotation.market import Market
from storage.database import Database
from storage.errors import StoreBusyError
from storage.live import go_live
from storage.observations import append, load

DATE = np.array(["2026-05-10"], "datetime64[D]")
LIVE = dt.datetime(2026, 5, 1)


def say(database: Database, source: str, value: float, when: dt.datetime) -> None:
    """What a source says of one day, as it comes in."""
    released = input_of(BTC).clock.released(DATE)
    fetched = np.array([when], "datetime64[us]")
    item = Observations(BTC, DATE, np.array([value]), released, fetched, source)
    database.write(lambda db: append(db, [item], when)).result()


def daily(database: Database, last: str = "2026-05-15") -> list[float]:
    with database.reading() as db:
        found = load(db, ("best", "second", "third"))
    market = Market(
        found, first=DATE[0], last=np.datetime64(last), live_since=np.datetime64(LIVE, "us")
    )
    return market.track(BTC).daily().value.tolist()


def test_the_better_source_counts_from_its_word_on_whatever_others_restated(
    database: Database,
) -> None:
    database.write(lambda db: go_live(db, LIVE)).result()
    say(database, "third", 99.0, dt.datetime(2026, 5, 11, 0, 5))
    say(database, "second", 100.0, dt.datetime(2026, 5, 11, 0, 5))
    say(database, "second", 101.0, dt.datetime(2026, 5, 11, 12))
    assert daily(database) == [100, 101, 101, 101, 101, 101]
    say(database, "best", 110.0, dt.datetime(2026, 5, 12, 12))
    assert daily(database) == [100, 101, 110, 110, 110, 110]
    say(database, "second", 102.0, dt.datetime(2026, 5, 13, 12))
    assert daily(database) == [100, 101, 110, 110, 110, 110]
    say(database, "best", 111.0, dt.datetime(2026, 5, 14, 12))
    assert daily(database) == [100, 101, 110, 110, 111, 111]


def test_one_store_has_one_writer_by_whatever_name(database: Database, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(database.path)
    with pytest.raises(StoreBusyError, match="already in use"):
        Database(link)
