"""What happened after events: hit rate, interval, base rate. Known by a given day only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

import numpy as np

from rotation.inputs import BTC, ETH, Floats
from rotation.market import Epoch

ETH_BTC = "eth/btc"
BASKET = "basket"
ASSETS = (BTC, ETH, ETH_BTC, BASKET)
"""Of an event study: bitcoin, ether, their ratio, and the members of the altcoin season index as
known at the event, in equal parts.
"""
HORIZONS = (30, 60, 90)
MAIN_HORIZON = 90

BEGINNING = dt.date(2010, 1, 1)
"""Row 0 of a vector by day; no coin had a price before."""
EVIDENCE_FROM = {
    BTC: dt.date(2014, 9, 17),
    ETH: dt.date(2016, 5, 18),
    ETH_BTC: dt.date(2016, 5, 18),
    BASKET: dt.date(2016, 5, 18),
}
SPACING = 90
"""Events are at least this many days apart; the earliest is kept."""
LEAST_DAYS = 365
"""A base rate of fewer days says how one season went, and nothing of any day."""
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Outcome:
    """One event and what the asset did by its horizon; ``gain`` in %, None while it is open."""

    event: dt.date
    matures: dt.date
    gain: float | None

    @property
    def hit(self) -> bool | None:
        return None if self.gain is None else self.gain > 0


@dataclass(frozen=True, slots=True)
class Record:
    """How often an asset stood higher at the horizon. Rates, interval and gains in %, None where
    there is nothing to count. ``events`` are all of the span, ``outcomes`` those at least 90 days
    apart, which are counted.
    """

    asset: str
    horizon: int
    since: dt.date
    events: tuple[dt.date, ...]
    outcomes: tuple[Outcome, ...]
    base_rate: float | None
    """Share of all days of the span after which it stood higher; None below a year of them."""
    base_days: int

    @property
    def gains(self) -> list[float]:
        """Of the events that have reached their horizon."""
        return [outcome.gain for outcome in self.outcomes if outcome.gain is not None]

    @property
    def n(self) -> int:
        return len(self.gains)

    @property
    def hits(self) -> int:
        return sum(gain > 0 for gain in self.gains)

    @property
    def open(self) -> int:
        return len(self.outcomes) - self.n

    @property
    def uncounted(self) -> int:
        """Events that came less than 90 days after one that is counted."""
        return len(self.events) - len(self.outcomes)

    @property
    def rate(self) -> float | None:
        return 100 * self.hits / self.n if self.n else None

    @property
    def median(self) -> float | None:
        return median(self.gains) if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.hits, self.n)


def wilson(hits: int, n: int) -> tuple[float, float] | None:
    """Wilson score interval of a hit rate, 95 %, in %; None without cases.

    Source: E. B. Wilson, JASA 22 (1927) 209–212.
    """
    if n == 0:
        return None
    share, z2 = hits / n, Z95 * Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def spaced(events: Sequence[dt.date], spacing: int = SPACING) -> list[dt.date]:
    """The earliest event, then each that comes at least ``spacing`` days after the last kept."""
    kept: list[dt.date] = []
    for event in sorted(events):
        if not kept or (event - kept[-1]).days >= spacing:
            kept.append(event)
    return kept


def row_of(day: dt.date) -> int:
    """The row of a day in a vector that begins on ``BEGINNING``."""
    return (day - BEGINNING).days


def by_day(closes: Epoch, today: dt.date) -> Floats:
    """One close a day up to ``today``, NaN where none was known by the decision for it."""
    out = np.full(max(row_of(today) + 1, 0), np.nan)
    row = (closes.date - np.datetime64(BEGINNING)).astype(np.int64)
    use = (closes.known <= np.datetime64(today)) & (row >= 0) & (row < len(out))
    out[row[use]] = closes.value[use]
    return out


def gains(prices: Floats, horizon: int) -> Floats:
    """Of an event on each day, in %: entry is the close dated the day after its decision, the
    outcome the close ``horizon`` days later. NaN where one of the two is not known.
    """
    out = np.full(len(prices), np.nan)
    if len(prices) > 1 + horizon:
        out[: -1 - horizon] = 100 * (prices[1 + horizon :] / prices[1:-horizon] - 1)
    return out


def record(
    asset: str, events: Sequence[dt.date], gained: Floats, horizon: int, since: dt.date
) -> Record:
    """Outcomes of the events of a span that begins with ``since`` and ends with the last row of
    ``gained``, the vector of :func:`gains`. The base rate takes every day of it as an event.
    """
    first = row_of(since)
    matured = gained[first:][~np.isnan(gained[first:])]
    within = sorted(event for event in events if first <= row_of(event) < len(gained))
    outcomes = tuple(_outcome(event, gained[row_of(event)], horizon) for event in spaced(within))
    base = 100 * float((matured > 0).mean()) if len(matured) >= LEAST_DAYS else None
    return Record(asset, horizon, since, tuple(within), outcomes, base, len(matured))


def _outcome(event: dt.date, gain: float, horizon: int) -> Outcome:
    """An event whose close is missing stays open."""
    matures = event + dt.timedelta(days=1 + horizon)
    return Outcome(event, matures, None if np.isnan(gain) else float(gain))
