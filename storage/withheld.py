"""Values that were not believed, with the reasons: the newest ones only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from math import nan

from sqlite_utils import Database as Tables

from rotation.inputs import Withheld
from storage.moments import day, days, micros

MOST = 500


def withhold(db: Tables, items: Iterable[Withheld], at: datetime) -> None:
    """Note values that were not believed at an instant. Of one series and date the last word
    counts; beyond ``MOST`` the ones noted longest ago go.
    """
    db.conn.executemany(
        """INSERT INTO withheld (series, date, value, reason, noted_at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET
        value = excluded.value, reason = excluded.reason, noted_at = excluded.noted_at""",
        [(x.series, days(x.date), x.value, x.reason, micros(at)) for x in items],
    )
    db.execute(
        """DELETE FROM withheld WHERE (series, date) IN (
            SELECT series, date FROM withheld
            ORDER BY noted_at DESC, date DESC, series LIMIT -1 OFFSET ?)""",
        [MOST],
    )


def withheld(db: Tables, since: datetime | None = None) -> tuple[Withheld, ...]:
    """What was noted at or after ``since``, or all that is kept; the newest date first."""
    rows = db.execute(
        """SELECT series, date, value, reason FROM withheld WHERE noted_at >= ?
        ORDER BY date DESC, series""",
        [-(2**62) if since is None else micros(since)],
    )
    return tuple(
        Withheld(series, day(date), nan if value is None else value, why)
        for series, date, value, why in rows
    )
