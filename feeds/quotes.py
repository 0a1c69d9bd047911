"""The latest prices between two decisions: fetched by the clock, kept in memory, never stored."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from math import isnan
from typing import Any, TypeVar

import numpy as np

from feeds.feed import FeedError
from feeds.http import Now
from feeds.readings import days_of, number
from rotation.calendars import in_session
from rotation.inputs import Floats, Quote, input_of

log = logging.getLogger(__name__)

T = TypeVar("T")

OLDEST = timedelta(hours=1)
"""A price older than this is not shown as live."""
AHEAD = timedelta(minutes=10)
"""A price may be dated so far in the future; the clocks of two machines differ."""
PLENTY = 1_000_000
SESSION = timedelta(hours=6, minutes=30)


@dataclass(frozen=True, slots=True)
class QuoteSource:
    """Who tells prices, how often it is asked, and what asking costs. ``fetch`` blocks and raises
    FeedError. ``in_sessions``: asked while the exchange is open, only.
    """

    source: str
    name: str
    fetch: Callable[[], Sequence[Quote]]
    every: timedelta
    calls: int = 1
    in_sessions: bool = False
    verified: bool = False
    """A real answer of this kind has been recorded and is tested against."""

    @property
    def calls_a_day(self) -> int:
        """At most, on a day with a session."""
        times = SESSION // self.every + 1 if self.in_sessions else timedelta(days=1) // self.every
        return times * self.calls


@dataclass
class Board:
    """The latest price of each asset. A source that fails is asked again at its next turn, or
    when it said; what it told before stands until it is an hour old. ``room``: the calls that
    a day leaves for prices; they come after what decisions need.
    """

    sources: Sequence[QuoteSource]
    now: Now
    room: Callable[[], int] = lambda: PLENTY
    _spent: Counter[date] = field(default_factory=Counter)
    _waits: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """Since when and until when a source is left alone."""
    _told: dict[str, Quote] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refresh(self) -> int:
        """Ask whose turn it is; returns how many answered. Blocks."""
        return sum(self._ask(item) for item in self.sources if self._is_due(item))

    def _is_due(self, source: QuoteSource) -> bool:
        now = self.now()
        since, until = self._waits.get(source.source, (now, now))
        turn = not since <= now < until  # a clock that was ahead is put back
        if self._spent[now.date()] + source.calls > self.room():
            return False
        return turn and (not source.in_sessions or in_session(now))

    def _ask(self, source: QuoteSource) -> bool:
        now = self.now()
        self._waits[source.source] = now, now + source.every
        self._spent = Counter({now.date(): self._spent[now.date()] + source.calls})
        try:
            found = source.fetch()
        except FeedError as error:
            log.warning("latest prices: %s", error)
            pause = max(source.every, timedelta(seconds=error.after or 0))
            self._waits[source.source] = now, self.now() + pause
            return False
        except Exception:
            log.exception("latest prices of %s", source.name)
            return False
        with self._lock:
            self._told |= {quote.asset: quote for quote in found}
        return True

    def quotes(self) -> Mapping[str, Quote]:
        """What is not older than an hour, by asset."""
        now = self.now()
        with self._lock:
            self._told = {id: q for id, q in self._told.items() if q.at >= now - OLDEST}
            return {id: q for id, q in self._told.items() if q.at <= now + AHEAD}


def coin_quote(row: Mapping[str, Any], at: datetime, price: float) -> Quote:
    """A row of CoinGecko's ``/coins/markets``."""
    day, week, month = (
        _some(number(row.get(f"price_change_percentage_{span}_in_currency")))
        for span in ("24h", "7d", "30d")
    )
    rank = row.get("market_cap_rank")
    place = None if rank is None else int(rank)
    return Quote(
        f"coin:{row['id']}", row["name"], price, at, day, week, month, place,
        str(row.get("symbol", "")).upper(),
    )  # fmt: skip


def share_quote(series: str, chart: Mapping[str, Any]) -> Quote | None:
    """Three months of daily bars of Yahoo's, the last one of the running session; None where
    there is no price, or one that the guards of the series do not believe.
    """
    meta, known = chart["meta"], input_of(series)
    dates = days_of(chart.get("timestamp") or ())
    close = np.array([number(x) for x in chart["indicators"]["quote"][0].get("close", ())])
    price, stamp = number(meta.get("regularMarketPrice")), meta.get("regularMarketTime")
    if isnan(price) or stamp is None or not len(dates) or len(dates) != len(close):
        return None
    at = datetime.fromtimestamp(stamp, UTC).replace(tzinfo=None)
    today = np.datetime64(at.date(), "D")

    def move(days: int) -> float | None:
        then = np.flatnonzero((dates <= today - days) & ~np.isnan(close))
        return _some(_move(price, close, then))

    quote = Quote(series, known.name, price, at, move(1), move(7), move(30), symbol=series)
    odd = quote.day is None or abs(quote.day) > (known.jump or np.inf)
    return quote if known.low <= price <= known.high and not odd else None


def _move(price: float, close: Floats, then: np.ndarray[Any, np.dtype[np.intp]]) -> float:
    return 100 * (price / float(close[then[-1]]) - 1) if len(then) else np.nan


def _some(value: float) -> float | None:
    return None if isnan(value) else value


def batched(items: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    """The items, ``size`` at a time."""
    rest = iter(items)
    while part := tuple(islice(rest, size)):
        yield part
