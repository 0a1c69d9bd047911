"""The moment from which the bot decides for itself, and the last decision it has told of."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlite_utils import Database as Tables

from storage.edition import renew
from storage.moments import micros, moment

_LIVE = "live since"
_TOLD = "told of"


def go_live(db: Tables, now: datetime) -> datetime:
    """The first backfill is complete. Counts once: returns the moment that holds, naive UTC."""
    if live_since(db) is None:
        db.execute("INSERT INTO moments (name, at) VALUES (?, ?)", [_LIVE, micros(now)])
        renew(db)
    return live_since(db) or now


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
