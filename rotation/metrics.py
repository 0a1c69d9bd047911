"""What a metric is, and how metrics are built from series and from each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

import numpy as np

from rotation import measures as m
from rotation.altseason import AltSeason, altseason
from rotation.inputs import (
    Days,
    Floats,
    Freshness,
)
from rotation.market import Daily, Market, Measure, Track

T = TypeVar("T")

WEEK_SPAN = 10
"""Two weekly prints may lie this many days further apart than the weeks between them."""
MANY_EPOCHS = 50
"""A metric with more revisions is not kept beside its days: it would take too much memory, and
few are the base of another one.
"""
DAY_SPAN = 3
"""A window of daily values may be this many days longer than its count: no wider hole."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number a day. ``build`` gives it as a track, or by day where it mixes rhythms."""

    id: str
    name: str
    unit: str
    build: Callable[[Bench], Track | Daily]
    formula: str
    meaning: str
    decimals: int = 1


class Bench:
    """The metrics of one market, each built once, on demand."""

    def __init__(self, market: Market, metrics: Mapping[str, Metric]) -> None:
        self.market = market
        self._metrics = metrics
        self._built: dict[str, Track | Daily] = {}
        self._daily: dict[str, Daily] = {}
        self._made: dict[str, object] = {}

    @cached_property
    def altseason(self) -> AltSeason:
        return altseason(self.market)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Something else that is made of this market, made at the first call."""
        if key not in self._made:
            self._made[key] = make()
        return cast("T", self._made[key])

    def track(self, id: str) -> Track:
        """A series, or a metric that has observations of its own; TypeError for others."""
        built = self._build(id)
        if not isinstance(built, Track):
            raise TypeError(f"{id} has no observations of its own")
        return built

    def daily(self, id: str) -> Daily:
        """What a series or metric was known to be on every day of the market."""
        if id not in self._daily:
            built = self._build(id)
            self._daily[id] = built.daily() if isinstance(built, Track) else built
            if isinstance(built, Track) and len(built.epochs) > MANY_EPOCHS:
                self._built.pop(id, None)
        return self._daily[id]

    def _build(self, id: str) -> Track | Daily:
        if id not in self._metrics:
            return self.market.track(id)
        if id not in self._built:
            self._built[id] = self._metrics[id].build(self)
        return self._built[id]


def series(id: str) -> Callable[[Bench], Track]:
    return lambda bench: bench.track(id)


def measured(id: str, measure: Measure) -> Callable[[Bench], Track]:
    return lambda bench: bench.track(id).map(measure)


def ratio(left: str, right: str) -> Callable[[Bench], Track]:
    return lambda bench: bench.track(left).join(bench.track(right), lambda a, b: a / b)


def percentile(id: str) -> Callable[[Bench], Track]:
    return measured(id, m.Percentile())


def by_value(function: Callable[[Floats], Floats]) -> Measure:
    return lambda numbers, _: function(numbers)


def days_change(n: int) -> Measure:
    return lambda values, dates: m.percent_change(values, dates, n, n + DAY_SPAN)


def weeks_change(n: int) -> Measure:
    return lambda values, dates: m.percent_change(values, dates, n, 7 * n + WEEK_SPAN)


def net_liquidity(bench: Bench) -> Track:
    """Fed assets − Treasury account − reverse repo of the same Wednesday, USD."""
    known_from = np.datetime64("2013-09-23")
    less_account = bench.track("WALCL").join(bench.track("TGA"), lambda a, b: a - b)
    net = less_account.join_latest(bench.track("RRP"), lambda a, b: a - b, most_days=5)

    def guarded(values: Floats, dates: Days) -> Floats:
        believable = (dates >= known_from) & (values > 0.5e12) & (values < 10e12)
        return np.where(believable, values, np.nan)

    return net.map(guarded)


def same_wednesday(bench: Bench) -> Track:
    """The reverse repo that net liquidity takes off, USD."""
    return bench.track("WALCL").join_latest(bench.track("RRP"), lambda _, b: b, most_days=5)


def year_gain(values: Floats, dates: Days) -> Floats:
    """Gain since the last close of the year before, in %."""
    years = dates.astype("datetime64[Y]")
    starts = np.searchsorted(dates, years.astype("datetime64[D]"))
    return np.where(starts > 0, 100 * (values / values[np.maximum(starts - 1, 0)] - 1), np.nan)


def breadth(members: tuple[str, ...]) -> Callable[[Bench], Daily]:
    """Share of the members above their own 50-session average, in %."""
    above = m.Windowed(lambda values, n: 100 * m.above_average(values, n), 50)
    return lambda bench: _mean([bench.track(id).map(above).daily() for id in members])


def mean_of(ids: tuple[str, ...]) -> Callable[[Bench], Daily]:
    """Mean of those at hand and not stale."""
    return lambda bench: _mean([bench.daily(id) for id in ids])


def _mean(parts: list[Daily]) -> Daily:
    """Of those that are not stale: the newest of their dates, the worst of their freshness."""
    scored = np.array([part.scored() for part in parts])
    count = (~np.isnan(scored)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(scored, axis=0) / count
    fresh = np.where(np.isnan(scored), -1, [part.fresh for part in parts]).max(axis=0)
    return Daily(
        np.where(count > 0, mean, np.nan),
        _newest([part.date for part in parts]),
        _newest([part.released for part in parts]),
        np.where(count > 0, fresh, Freshness.MISSING).astype(np.int8),
    )


def _newest(columns: list[Days]) -> Days:
    stacked = np.array(columns)
    filled = np.where(np.isnat(stacked), np.array(0, stacked.dtype), stacked).max(axis=0)
    return np.where(np.isnat(stacked).all(axis=0), np.array("NaT", stacked.dtype), filled)


def season_index(bench: Bench) -> Daily:
    return bench.altseason.index


def of_index(column: str) -> Callable[[Bench], Daily]:
    def made(bench: Bench) -> Daily:
        index = bench.altseason.index
        value: Floats = getattr(bench.altseason, column)
        return Daily(value, index.date, index.released, index.fresh)

    return made


def creations(bench: Bench) -> Track:
    """20-observation change of IWM shares × its close, USD."""
    new = bench.track("IWM_SHARES").map(lambda v, d: m.change(v, d, 20, 35))
    return new.join(bench.track("IWM"), lambda a, b: a * b)


def sum_20(values: Floats, dates: Days) -> Floats:
    """NaN where the 20 lie more than 35 days apart: never across a hole."""
    whole = np.isfinite(m.change(values, dates, 19, 35))
    return np.where(whole, m.sma(values, 20) * 20, np.nan)


def spread(left: str, right: str, least_days: int = 0) -> Callable[[Bench], Track]:
    return lambda bench: bench.track(left).join_latest(
        bench.track(right), lambda a, b: a - b, most_days=5, least_days=least_days
    )
