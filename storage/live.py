"""The moment from which the bot decides for itself: before it all is history, filled in."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database as Tables

from storage.moments import micros, moment

_LIVE = "live since"


def go_live(db: Tables, now: datetime) -> datetime:
    """The first backfill is complete. Counts once: returns the moment that holds, naive UTC."""
    db.execute("INSERT OR IGNORE INTO moments (name, at) VALUES (?, ?)", [_LIVE, micros(now)])
    return live_since(db) or now


def live_since(db: Tables) -> datetime | None:
    """When the store went live, naive UTC; None while the first backfill is under way."""
    row = db.execute("SELECT at FROM moments WHERE name = ?", [_LIVE]).fetchone()
    return moment(row[0]) if row else None
