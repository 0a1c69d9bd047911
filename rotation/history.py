"""What happened after events: hit rate, interval, base rate. Known by a given day only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from rotation.inputs import BTC, Floats
from rotation.market import Epoch

EVIDENCE_FROM = {BTC: dt.date(2014, 9, 17)}
SPACING = 90
"""Events are at least this many days apart; the earliest is kept."""
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
    """How often an asset stood higher at the horizon. Rates and interval in %, None where
    there is nothing to count.
    """

    asset: str
    horizon: int
    since: dt.date
    outcomes: tuple[Outcome, ...]
    base_rate: float | None
    base_days: int

    @property
    def n(self) -> int:
        return sum(outcome.hit is not None for outcome in self.outcomes)

    @property
    def hits(self) -> int:
        return sum(outcome.hit is True for outcome in self.outcomes)

    @property
    def open(self) -> int:
        return len(self.outcomes) - self.n

    @property
    def rate(self) -> float | None:
        return 100 * self.hits / self.n if self.n else None

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


def record(
    asset: str, events: Sequence[dt.date], closes: Epoch, today: dt.date, horizon: int
) -> Record:
    """Outcomes of events known by the decision for ``today``, from the closes known by then.

    Entry is the close dated the day after the event's decision, the outcome the close
    ``horizon`` days later. The base rate takes every day of the span as an event.
    """
    since = EVIDENCE_FROM[asset]
    by_day = _by_day(closes, since, today)
    gains = 100 * (by_day[1 + horizon :] / by_day[1 : max(len(by_day) - horizon, 1)] - 1)
    matured = gains[~np.isnan(gains)]
    kept = spaced([event for event in events if since <= event <= today])
    outcomes = tuple(_outcome(event, gains, (event - since).days, horizon) for event in kept)
    base = 100 * float((matured > 0).mean()) if len(matured) else None
    return Record(asset, horizon, since, outcomes, base, len(matured))


def _by_day(closes: Epoch, since: dt.date, today: dt.date) -> Floats:
    """One close a day from ``since`` to ``today``; NaN where none was known."""
    begin = np.datetime64(since)
    out = np.full(max((today - since).days + 1, 0), np.nan)
    known = closes.known <= np.datetime64(today)
    row = (closes.date - begin).astype(np.int64)
    use = known & (row >= 0) & (row < len(out))
    out[row[use]] = closes.value[use]
    return out


def _outcome(event: dt.date, gains: Floats, row: int, horizon: int) -> Outcome:
    """An event whose close is missing stays open."""
    gain = gains[row] if row < len(gains) else np.nan
    matures = event + dt.timedelta(days=1 + horizon)
    return Outcome(event, matures, None if np.isnan(gain) else float(gain))
