"""What every source ever said, and when the bot came to know it. Nothing is overwritten.

One row is one reading: series, source, date, value, ``released_at``, ``fetched_at``. A decision
knows a reading from ``released_at`` on where it was fetched before the store went live (it was
public then), else from the later of the two: ``rotation.market`` sees to that. The first history
of a series whose source was out of order when the store went live counts as fetched before. What
is stored of what a source says is decided in ``ledger.py``, so that past decisions come out the
same for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

import numpy as np
from sqlite_utils import Database as Tables

from rotation.inputs import Observations, input_of
from storage.edition import renew
from storage.errors import StoreError
from storage.ledger import Last, Ledger, Reading
from storage.listings import listings
from storage.live import FIRST_COINS, awaited, live_since
from storage.moments import day, micros
from storage.ranking import heard

KEPT_REVISIONS = timedelta(weeks=13)
_COLUMNS = np.dtype([("date", "i8"), ("value", "f8"), ("released", "i8"), ("fetched", "i8")])


@dataclass(frozen=True, slots=True)
class AppendResult:
    """How many readings were of a date not known before, changed one, or said nothing new."""

    new: int = 0
    revised: int = 0
    same: int = 0

    def __add__(self, other: AppendResult) -> AppendResult:
        return AppendResult(
            self.new + other.new, self.revised + other.revised, self.same + other.same
        )


def append(db: Tables, observations: Iterable[Observations], now: datetime) -> AppendResult:
    """Store what is new, by the rules of ``ledger.py``. ``now``: the clock of whoever brings it.

    NaN is no observation, nor is what was fetched before its release; both are left out and not
    counted. Of several entries of one date in one item the one released last is what the source
    says now. StoreError if the clock stands before the moment at which the store went live: it
    would let late values pass for history.
    """
    live = live_since(db)
    if live is not None and micros(now) < micros(live):
        raise StoreError(
            f"The clock says {now:%Y-%m-%d %H:%M}, but this store has been live since "
            f"{live:%Y-%m-%d %H:%M} UTC. Set the clock of this machine right, or, if it was "
            "wrong then, start a new store. Nothing was stored."
        )
    result = AppendResult()
    for item in observations:
        result += _append(db, item, micros(now), live=live is not None)
    if result.new or result.revised:
        renew(db)
    return result


def load(db: Tables, prefer: Sequence[str] = ()) -> tuple[Observations, ...]:
    """What counts for ``Market``, as columns: one item a series and source, by date and in the
    order in which it was said.

    Of several sources of a series the one named first in ``prefer`` is believed, then the one
    that the store has known longest: see ``ranking.py``. A source that is added later therefore
    never changes the past; another order of ``prefer`` can.
    """
    live = live_since(db)
    late = awaited(db)
    if FIRST_COINS in late and (lists := listings(db)):
        late |= set(lists[0].coins)
    rank = {source: place for place, source in enumerate(prefer)}
    origins = db.execute("SELECT id, series, source, caveat FROM origins").fetchall()
    origins.sort(key=lambda row: (row[1], rank.get(row[2], len(rank)), row[0]))
    found: list[Observations] = []
    since = None if live is None else np.datetime64(live, "us")
    for series, rows in groupby(origins, key=lambda row: row[1]):
        items = [_loaded(db, *row) for row in rows]
        if since is not None and series in late:
            items = _as_history(items, since)
        found += heard(items, since)
    return tuple(found)


def _as_history(items: Sequence[Observations], live: np.datetime64) -> list[Observations]:
    """What the first answer of all told of the time before the store went live, as if it had come
    in time: a new store would know no more. What came later, a second source's history or a
    change, stays known from its arrival on.
    """
    first = min((item.fetched_at.min() for item in items if item.date.size), default=live)
    found = []
    for item in items:
        history = (item.fetched_at == first) & (item.released_at <= live)
        fetched = np.where(history, item.released_at, item.fetched_at)
        found.append(replace(item, fetched_at=fetched))
    return found


def newest(db: Tables, source: str | None = None) -> dict[str, date]:
    """The newest date of every series, whichever source has it, or of one source. A series
    without any is left out.
    """
    rows = db.execute(
        """SELECT series, max((SELECT max(date) FROM observations WHERE origin = origins.id))
        FROM origins WHERE source = ifnull(?, source) GROUP BY series""",
        [source],
    )
    return {series: day(last) for series, last in rows if last is not None}


def oldest(db: Tables, series: str) -> date | None:
    """The first date of a series, whichever source has it; None if none has any."""
    row = db.execute(
        """SELECT min((SELECT min(date) FROM observations WHERE origin = origins.id))
        FROM origins WHERE series = ?""",
        [series],
    ).fetchone()
    return None if row[0] is None else day(row[0])


def prune(db: Tables, now: datetime) -> int:
    """Drop old revisions of the series that are re-estimated (``Input.revised``); returns how
    many readings went.

    Of each source and date three kinds stay: the first reading, the newest one fetched by 13
    weeks before ``now``, and all that came after that. So every decision of the last 13 weeks
    finds exactly the readings that it was taken on, and no older decision loses a date.

    Given up: an older decision finds for a date its first reading, until the one in force 13
    weeks ago came, where it was taken on an estimate between; its scores can differ by as much
    as those estimates did, and a state that follows from old scores (lit since, phase since)
    with them. Calls keep inputs of their own. Vintages that a source served as history go too.
    """
    cutoff = micros(now - KEPT_REVISIONS)
    rows = db.execute("SELECT id, series FROM origins").fetchall()
    gone = sum(_prune(db, origin, cutoff) for origin, series in rows if _revised(series))
    if gone:
        renew(db)
    return gone


def _prune(db: Tables, origin: int, cutoff: int) -> int:
    return db.execute(
        """DELETE FROM observations AS old WHERE origin = :origin AND nth > 0 AND EXISTS (
            SELECT 1 FROM observations AS later
            WHERE later.origin = old.origin AND later.date = old.date AND later.nth > old.nth
            AND later.fetched_at <= :cutoff)""",
        {"origin": origin, "cutoff": cutoff},
    ).rowcount


def _revised(series: str) -> bool:
    try:
        return input_of(series).revised
    except KeyError:  # of a version that knew more series
        return False


def _loaded(db: Tables, origin: int, series: str, source: str, caveat: str) -> Observations:
    rows = db.execute(
        """SELECT date, value, released_at, fetched_at FROM observations
        WHERE origin = ? ORDER BY date, nth""",
        [origin],
    ).fetchall()
    table = np.array(rows, _COLUMNS)
    date, value, released, fetched = (
        np.ascontiguousarray(table[name]) for name in _COLUMNS.names or ()
    )
    return Observations(
        series,
        date.view("datetime64[D]"),
        value,
        released.view("datetime64[us]"),
        fetched.view("datetime64[us]"),
        source,
        caveat,
    )


def _append(db: Tables, item: Observations, now: int, *, live: bool) -> AppendResult:
    readings = _readings(item)
    if not readings:
        return AppendResult()
    origin = _origin(db, item)
    ledger = Ledger(_last(db, origin, readings[0].date, readings[-1].date), now, live)
    following = [reading.date for reading in readings[1:]]
    for reading, next_date in zip(readings, [*following, None], strict=True):
        ledger.hear(reading, final=reading.date != next_date)
    db.conn.executemany(
        f"INSERT INTO observations VALUES ({origin:d}, ?, ?, ?, ?, ?)",
        ledger.rows,
    )
    same = len(readings) - len(ledger.rows)
    return AppendResult(len(ledger.rows) - ledger.revised, ledger.revised, same)


def _readings(item: Observations) -> list[Reading]:
    """By date, then by release. ValueError for an entry without a date or an instant."""
    date = item.date.astype("datetime64[D]")
    released = item.released_at.astype("datetime64[us]")
    fetched = item.fetched_at.astype("datetime64[us]")
    if any(np.isnat(column).any() for column in (date, released, fetched)):
        raise ValueError(f"{item.series} of {item.source}: a date or an instant is missing")
    order = np.lexsort((released, date))
    order = order[~np.isnan(item.value[order]) & (fetched[order] >= released[order])]
    columns = (date.view(np.int64), item.value, released.view(np.int64), fetched.view(np.int64))
    return list(map(Reading, *(column[order].tolist() for column in columns)))


def _origin(db: Tables, item: Observations) -> int:
    """The id of series and source. A new caveat replaces the old one; none leaves it, for the
    readings that it spoke of are still there.
    """
    row = db.execute(
        """INSERT INTO origins (series, source, caveat) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET caveat = iif(excluded.caveat = '', caveat, excluded.caveat)
        RETURNING id""",
        [item.series, item.source, item.caveat],
    ).fetchone()
    return int(row[0])


def _last(db: Tables, origin: int, first: int, last: int) -> dict[int, Last]:
    """The newest reading of each date between two dates (inclusive)."""
    rows = db.execute(
        """SELECT date, max(nth), value, released_at, fetched_at FROM observations
        WHERE origin = ? AND date BETWEEN ? AND ? GROUP BY date""",
        [origin, first, last],
    )
    return {row[0]: Last(*row) for row in rows}
