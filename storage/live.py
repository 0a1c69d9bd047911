"""The moment from which the bot decides for itself, and the last decision it has told of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from sqlite_utils import Database as Tables

from storage.edition import renew
from storage.moments import micros, moment

_LIVE = "live since"
_TOLD = "told of"
_AWAITED = "awaited "
FIRST_COINS = "coins of the first list"
"""Awaited where the store went live without a list of coins."""


def go_live(db: Tables, now: datetime, awaited: Iterable[str] = ()) -> datetime:
    """The first backfill is complete, but for the series that are ``awaited``: their sources were
    asked and did not answer. Counts once: returns the moment that holds, naive UTC.
    """
    if live_since(db) is None:
        names = [_LIVE, *(_AWAITED + series for series in awaited)]
        rows = [(name, micros(now)) for name in names]
        db.conn.executemany("INSERT INTO moments (name, at) VALUES (?, ?)", rows)
        renew(db)
    return live_since(db) or now


def awaited(db: Tables) -> frozenset[str]:
    """The series whose first backfill was still missing when the store went live."""
    rows = db.execute("SELECT name FROM moments WHERE name GLOB ?", [f"{_AWAITED}*"])
    return frozenset(name.removeprefix(_AWAITED) for (name,) in rows)


def live_since(db: Tables) -> datetime | None:
    """When the store went live, naive UTC; None while the first backfill is under way."""
    row = db.execute("SELECT at FROM moments WHERE name = ?", [_LIVE]).fetchone()
    return moment(row[0]) if row else None


def told_of(db: Tables) -> date | None:
    """The last decision whose events have been put into the outbox; None before the first."""
    row = db.execute("SELECT at FROM moments WHERE name = ?", [_TOLD]).fetchone()
    return moment(row[0]).date() if row else None


def set_told_of(db: Tables, day: date) -> None:
    """The events of all decisions up to this day are in the outbox."""
    at = micros(datetime.combine(day, time()))
    db.execute("INSERT OR REPLACE INTO moments (name, at) VALUES (?, ?)", [_TOLD, at])
