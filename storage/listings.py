"""The lists of the largest coins, each as it was first known."""

from __future__ import annotations

import json
from datetime import date, datetime

from sqlite_utils import Database as Tables

from rotation.inputs import Listing
from storage.edition import renew
from storage.live import live_since
from storage.moments import day, days, micros, moment


def append_listing(db: Tables, listing: Listing, now: datetime) -> bool:
    """Store the list of a date; False, and nothing changed, if the store has one of that date.

    ``now``: the clock of whoever brings it. A store that is live knows no list before it came.
    """
    known = micros(listing.known)
    if live_since(db) is not None:
        known = max(known, micros(now))
    added = db.execute(
        "INSERT OR IGNORE INTO listings (date, known_at, coins) VALUES (?, ?, ?)",
        [days(listing.date), known, json.dumps(listing.coins)],
    )
    if added.rowcount > 0:
        renew(db)
    return added.rowcount > 0


def listings(db: Tables, since: date | None = None) -> tuple[Listing, ...]:
    """All lists by date, oldest first; or those from a date on, but the newest one in any case."""
    rows = db.execute(
        """SELECT date, coins, known_at FROM listings
        WHERE date >= min(?, (SELECT max(date) FROM listings)) ORDER BY date""",
        [days(since or date.min)],
    )
    return tuple(
        Listing(day(dated), tuple(json.loads(coins)), moment(known)) for dated, coins, known in rows
    )
