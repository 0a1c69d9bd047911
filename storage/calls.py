"""The log of frozen calls: written once, in order, never changed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database as Tables

from rotation.record import FrozenCall
from storage.moments import days


def freeze(db: Tables, calls: Iterable[FrozenCall]) -> int:
    """Append calls; one that is there already stays as it is. Returns how many were new."""
    new = 0
    for call in calls:
        done = db.execute(
            """INSERT OR IGNORE INTO calls (short, nth, day, body)
            SELECT ?, coalesce(max(nth), 0) + 1, ?, ? FROM calls""",
            [call.short, days(call.decision), call.to_json()],
        )
        new += done.rowcount
    return new


def frozen(db: Tables) -> tuple[FrozenCall, ...]:
    """All calls, in the order in which they were frozen."""
    rows = db.execute("SELECT body FROM calls ORDER BY nth")
    return tuple(FrozenCall.from_json(body) for (body,) in rows)


def count_of(db: Tables) -> int:
    """How many calls there are."""
    return int(db.execute("SELECT count(*) FROM calls").fetchone()[0])


def broken(db: Tables) -> list[str]:
    """What is wrong with the log, in words: a call whose hash is not that of its text, a number
    that is missing. Empty for a log that is as it was written.
    """
    found = []
    rows = db.execute("SELECT nth, short, body FROM calls ORDER BY nth").fetchall()
    for expected, (nth, short, body) in enumerate(rows, 1):
        if nth != expected:
            return [f"call {expected} is missing"]
        try:
            call = FrozenCall.from_json(body)
        except (ValueError, KeyError, TypeError):
            found.append(f"call {nth} ({short}) cannot be read")
            continue
        if call.short != short or call.to_json() != body:
            found.append(f"call {nth} ({short}) is not what was frozen")
    return found
