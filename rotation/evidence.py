"""Evidence: the event study of every kind of event, as it was known on one day.

Everything is computed when it is first asked for, and once: a status asks for two records, the
history for one kind, ``complete`` for all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeVar, cast

import numpy as np

from rotation.altseason import LEAST_COINS, MEMBERS, choose_listings
from rotation.breakout import Breakout
from rotation.events import BREAKOUT, KINDS, Cycle, attempts, cycles, event_days
from rotation.history import (
    ASSETS,
    BASKET,
    BEGINNING,
    ETH_BTC,
    EVIDENCE_FROM,
    HORIZONS,
    MAIN_HORIZON,
    Record,
    by_day,
    gains,
    record,
    row_of,
)
from rotation.inputs import BTC, ETH, Floats
from rotation.placebo import Placebo, Rows, chance, placebo, sets_of_days
from rotation.timeline import RULES_RELEASED, Timeline

T = TypeVar("T")
Drawn = dict[int, tuple[Floats, Floats]]
"""What chance shows of one asset and horizon, by number of events."""

TESTS = len(KINDS) * len(ASSETS) * len(HORIZONS)
"""Tests shown: kinds × assets × horizons. None is called significant unadjusted."""
FAN_FIRST, FAN_LAST = -30, 90
FAN_DRAWS = 2_000
FAN_SHARES = (50, 80, 95)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Variant:
    """What an earlier start of the evidence would say."""

    since: dt.date
    record: Record


@dataclass(frozen=True, slots=True)
class Path:
    """One event: the asset against its entry close, in %, by day from −30 to +90."""

    event: dt.date
    gains: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Between which values the median of as many random dates lies in ``share`` % of draws."""

    share: int
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Fan:
    """Paths around events by day, and the median of those that have reached the horizon."""

    offsets: tuple[int, ...]
    paths: tuple[Path, ...]
    median: tuple[float | None, ...]
    bands: tuple[Band, ...]


class Evidence:
    """What the decision for ``day`` knew of past events. Reads a timeline, changes nothing."""

    def __init__(self, timeline: Timeline, day: dt.date) -> None:
        self.timeline = timeline
        self.day = day
        self._kept: dict[tuple[Any, ...], Any] = {}

    @classmethod
    def of(cls, timeline: Timeline) -> Evidence:
        """Of the newest decision."""
        return cls(timeline, timeline.last)

    def at(self, day: dt.date) -> Evidence:
        """The same as it was known on another day. UnknownDayError where there is none."""
        if day == self.day:
            return self
        self.timeline.row(day)
        return Evidence(self.timeline, day)

    def complete(self) -> Evidence:
        """Compute every record and placebo and the fan of the main kind; returns itself."""
        for asset in ASSETS:
            for horizon in HORIZONS:
                drawn: Drawn = {}
                for kind in KINDS:
                    made = partial(self._placebo, kind, asset, horizon, drawn)
                    self._once(("placebo", kind, asset, horizon), made)
        self.fan(BREAKOUT)
        return self

    def _once(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()
        return cast("T", self._kept[key])

    def events(self, kind: str) -> list[dt.date]:
        """Decisions that first knew of an event of a kind; KeyError or ValueError for no kind."""
        return self._once(("events", kind), lambda: event_days(self.timeline, kind, self.day))

    def record(self, kind: str, asset: str = BTC, horizon: int = MAIN_HORIZON) -> Record:
        """Outcomes, hit rate and base rate."""
        return self._once(
            ("record", kind, asset, horizon),
            lambda: record(
                asset, self.events(kind), self._gains(asset, horizon), horizon, self.since(asset)
            ),
        )

    def placebo(
        self, kind: str, asset: str = BTC, horizon: int = MAIN_HORIZON
    ) -> Placebo | None:  # fmt: skip
        """How often as many random dates did as well; None without outcomes."""
        return self._once(
            ("placebo", kind, asset, horizon), lambda: self._placebo(kind, asset, horizon, {})
        )

    def _placebo(self, kind: str, asset: str, horizon: int, drawn: Drawn) -> Placebo | None:
        """Kinds with as many events share the draws, which depend on nothing else of a kind."""
        found = self.record(kind, asset, horizon)
        if found.median is None:
            return None
        if found.n not in drawn:
            drawn[found.n] = chance(self._of_span(asset, horizon), found.n, horizon)
        by_chance = drawn[found.n]
        return placebo(found.median, found.hits, by_chance) if len(by_chance[0]) else None

    def since(self, asset: str) -> dt.date:
        """The first day of the span: the day fixed for the asset, or, where the data begins
        later, the first one with an outcome.
        """
        wanted = EVIDENCE_FROM[asset]
        known = np.flatnonzero(~np.isnan(self._gains(asset, HORIZONS[0])))
        late = len(known) and known[0] > row_of(wanted)
        return BEGINNING + int(known[0]) * DAY if late else wanted

    def variants(self, kind: str) -> tuple[Variant, ...]:
        """Bitcoin from its first close on, and from each later new year that changes the count."""
        gained = self._gains(BTC, MAIN_HORIZON)
        known = np.flatnonzero(~np.isnan(gained))
        since = self.since(BTC)
        if not len(known) or known[0] >= row_of(since):
            return ()
        first, found = BEGINNING + int(known[0]) * DAY, list[Variant]()
        for begin in (first, *(dt.date(y, 1, 1) for y in range(first.year + 1, since.year + 1))):
            counted = record(BTC, self.events(kind), gained, MAIN_HORIZON, begin)
            last = found[-1].record.n if found else -1
            if counted.n not in (last, self.record(kind).n):
                found.append(Variant(begin, counted))
        return tuple(found)

    def out_of_sample(self, kind: str) -> int:
        """Events since the rules were released."""
        found = self.record(kind).outcomes
        return sum(outcome.event >= RULES_RELEASED for outcome in found)

    @cached_property
    def cycles(self) -> tuple[Cycle, ...]:
        """The cycles of the popular story, found by the rule or not."""
        return cycles(self.timeline, self.day)

    @cached_property
    def attempts(self) -> tuple[Breakout, ...]:
        """Every attempted breakout, confirmed or not, since the evidence begins."""
        since = self.since(BTC)
        return tuple(e for e in attempts(self.timeline, self.day) if e.attempt >= since)

    def gain(self, day: dt.date, asset: str, horizon: int) -> float | None:
        """What an asset did after a day, event or not, in %; None while open or n/a."""
        row, gained = row_of(day), self._gains(asset, horizon)
        return float(gained[row]) if 0 <= row < len(gained) and not np.isnan(gained[row]) else None

    def fan(self, kind: str) -> Fan:
        """Bitcoin around the events of a kind."""
        outcomes = self.record(kind).outcomes
        done = [outcome.event for outcome in outcomes if outcome.gain is not None]
        still_open = [outcome.event for outcome in outcomes if outcome.gain is None]
        return self._once(("fan", kind), lambda: self._fan(done, still_open))

    def fan_of(self, day: dt.date) -> Fan:
        """Bitcoin around one day, against single random days."""
        done = self.gain(day, BTC, MAIN_HORIZON) is not None
        return self._once(
            ("fan", day), lambda: self._fan([day] if done else [], [] if done else [day])
        )

    def _fan(self, done: list[dt.date], still_open: list[dt.date]) -> Fan:
        """The median and its bands are those of the events that have reached the horizon."""
        offsets = np.arange(FAN_FIRST, FAN_LAST + 1)
        events = sorted([*done, *still_open])
        rows = np.array([row_of(event) for event in events], dtype=np.int64)
        counted = np.array([row_of(event) for event in done], dtype=np.int64)
        paths = tuple(
            Path(event, _known(values))
            for event, values in zip(events, self._around(rows[:, None], offsets), strict=True)
        )
        median = _known(np.median(self._around(counted[:, None], offsets), axis=0)) if done else ()
        at = tuple(offsets.tolist())
        return Fan(at, paths, median or (None,) * len(at), self._bands(max(len(done), 1), offsets))

    def _bands(self, count: int, offsets: Rows) -> tuple[Band, ...]:
        """Where the medians of random draws lie; nothing where none can be drawn."""
        drawn = self._chance_around(count, offsets)
        if drawn is None:
            return ()
        levels = [edge for share in FAN_SHARES for edge in (50 - share / 2, 50 + share / 2)]
        limits = np.array([_percentiles(row, levels) for row in drawn]).T
        return tuple(
            Band(share, _known(limits[2 * i]), _known(limits[2 * i + 1]))
            for i, share in enumerate(FAN_SHARES)
        )

    def _chance_around(self, count: int, offsets: Rows) -> Floats | None:
        """Medians of random draws, one row an offset."""
        usable = ~np.isnan(self._of_span(BTC, MAIN_HORIZON))
        drawn = sets_of_days(usable, count, MAIN_HORIZON, draws=FAN_DRAWS)
        if not len(drawn):
            return None
        return np.array([np.median(self._around(drawn, at), axis=1) for at in offsets])

    def _around(self, rows: Rows, offsets: Rows) -> Floats:
        """Bitcoin at offsets from the entry of events, against the entry close, in %."""
        prices = np.append(self.prices(BTC), np.nan)  # what is out of reach reads the last one
        last = len(prices) - 1
        at, entry = rows + 1 + offsets, rows + 1
        value = prices[np.where((at < 0) | (at > last), last, at)]
        return 100 * (value / prices[np.where((entry < 0) | (entry > last), last, entry)] - 1)

    def prices(self, asset: str) -> Floats:
        """One close a day from ``BEGINNING`` to the day. KeyError for the basket, which has no
        price of its own.
        """
        if asset == ETH_BTC:
            return self._once((asset,), lambda: self.prices(ETH) / self.prices(BTC))
        return self._once((asset,), lambda: self._by_day(asset))

    def _by_day(self, asset: str) -> Floats:
        track = self.timeline.closes[asset]
        return by_day(track.as_known(np.datetime64(self.day)), self.day)

    def _gains(self, asset: str, horizon: int) -> Floats:
        if asset == BASKET:
            return self._baskets[horizon]
        return self._once(("gains", asset, horizon), lambda: gains(self.prices(asset), horizon))

    def _of_span(self, asset: str, horizon: int) -> Floats:
        """Gains with the days before the span left out."""
        gained = self._gains(asset, horizon).copy()
        gained[: row_of(self.since(asset))] = np.nan
        return gained

    @cached_property
    def _baskets(self) -> dict[int, Floats]:
        """Equal parts of the members of the altcoin season index as known at the event, in %, by
        horizon. A member counts with closes at entry and outcome; fewer than 30: n/a. A coin
        that lost its quotes in between is left out, which flatters the basket.
        """
        n = max(row_of(self.day) + 1, 0)
        out = {horizon: np.full(n, np.nan) for horizon in HORIZONS}
        listed = {coin for listing in self.timeline.listings for coin in listing.coins}
        coins = sorted(listed & self.timeline.closes.keys())
        columns = {coin: i for i, coin in enumerate(coins)}
        known_then = [self._by_day(coin) for coin in coins]
        closes = np.array(known_then).T.reshape(n, len(coins))
        for coins_then, rows in self._memberships():
            known = [columns[coin] for coin in coins_then if coin in columns]
            members = np.array(known, dtype=np.int64)
            for horizon, gained in out.items():
                at = rows[rows + 1 + horizon < n]
                ratio = closes[np.ix_(at + 1 + horizon, members)] / closes[np.ix_(at + 1, members)]
                count = (~np.isnan(ratio)).sum(axis=1)
                total = np.nansum(ratio, axis=1)
                enough = count >= LEAST_COINS
                gained[at[enough]] = 100 * (total[enough] / count[enough] - 1)
        return out

    def _memberships(self) -> Iterator[tuple[tuple[str, ...], Rows]]:
        """The members of the index and the rows of the days on which they were its members."""
        timeline = self.timeline
        days = timeline.days[: timeline.row(self.day) + 1]
        chosen, _borrowed = choose_listings(timeline.listings, days)
        rows = (days - np.datetime64(BEGINNING)).astype(np.int64)
        for number, listing in enumerate(timeline.listings):
            mine = rows[(chosen == number) & (rows >= 0)]
            if len(mine):
                yield listing.coins[:MEMBERS], mine


def _known(values: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else value for value in values.tolist())


def _percentiles(values: Floats, edges: list[float]) -> Floats:
    """NaN where less than half of the values is known."""
    known = values[~np.isnan(values)]
    if 2 * len(known) < len(values):
        return np.full(len(edges), np.nan)
    return np.asarray(np.percentile(known, edges))
