"""Market: raw observations in, what was known at each daily decision out.

A ``Track`` is one series as it was known over time. Between two revisions it only grows at
its end, so a measure computed over the whole vector and read at 'how many were known on day
D' gives exactly what a computation on day D would have given. Each revision, or value that
arrived out of order, starts a new ``Epoch`` with a vector of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from rotation.calendars import freshness
from rotation.epochs import (
    BEGINNING,
    EMPTY,
    Epoch,
    best_known,
    candidates,
    ends,
    epochs_of,
    joined,
    overlay,
)
from rotation.inputs import (
    Codes,
    Days,
    Flags,
    Floats,
    Freshness,
    Input,
    Instants,
    Listing,
    Observations,
    Withheld,
    first_decision,
    input_of,
)

__all__ = ["Daily", "Epoch", "Market", "Measure", "Track", "further"]

Measure = Callable[[Floats, Days], Floats]


@runtime_checkable
class Tailed(Protocol):
    """A measure that can be continued: ``tail`` is exactly what the whole has from an element
    on, for less work.
    """

    def __call__(self, values: Floats, dates: Days) -> Floats: ...

    def tail(self, values: Floats, dates: Days, first: int) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Daily:
    """One number a day: value, date of the observation behind it, when it was released, and
    how fresh it is. NaN and NaT where nothing was known.
    """

    value: Floats
    date: Days
    released: Instants
    fresh: Codes

    def scored(self) -> Floats:
        """The values with stale ones as NaN: late is scored, stale is not."""
        return np.where(self.fresh < Freshness.STALE, self.value, np.nan)


def further(date: Days) -> Flags:
    """Days on which a date further than the one before became the newest."""
    out = ~np.isnat(date)
    out[1:] &= np.isnat(date[:-1]) | (date[1:] > date[:-1])
    return out


@dataclass(frozen=True, slots=True)
class Track:
    """One series over time; see the module's text. ``source`` names the declaration whose
    rhythm decides how fresh it is.
    """

    epochs: tuple[Epoch, ...]
    source: Input
    days: Days

    def map(self, measure: Measure) -> Track:
        """The same dates with ``measure(values, dates)`` as values. A measure with a ``tail`` is
        computed anew only from the first element that a revision changed.
        """
        values = (
            _continued(self.epochs, measure)
            if isinstance(measure, Tailed)
            else (measure(e.value, e.date) for e in self.epochs)
        )
        return self._with(
            Epoch(e.start, e.date, value, e.released, e.known)
            for e, value in zip(self.epochs, values, strict=True)
        )

    def join(self, other: Track, combine: Callable[[Floats, Floats], Floats]) -> Track:
        """``combine(self, other)`` on the dates that both have, known when both are."""
        return self._with(
            joined(start, a, b, combine) for start, a, b in overlay(self.epochs, other.epochs)
        )

    def join_latest(
        self,
        other: Track,
        combine: Callable[[Floats, Floats], Floats],
        most_days: int,
        least_days: int = 0,
    ) -> Track:
        """``combine(self, other)`` on the dates of self, with the newest value of other dated
        ``least_days`` to ``most_days`` before; dates without one are left out.
        """
        parts = [
            candidates(self.epochs, other.epochs, back, combine)
            for back in range(least_days, most_days + 1)
        ]
        rows = best_known(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        return self._with(epochs_of(*rows))

    def daily(self) -> Daily:
        """The newest known value on every day of the market."""
        n = len(self.days)
        value, date = np.full(n, np.nan), np.full(n, "NaT", "datetime64[D]")
        released = np.full(n, "NaT", "datetime64[us]")
        for epoch, rows in self._spans():
            index = np.searchsorted(epoch.known, self.days[rows], side="right") - 1
            some, at = np.arange(rows.start, rows.stop)[index >= 0], index[index >= 0]
            value[some], date[some] = epoch.value[at], epoch.date[at]
            released[some] = epoch.released[at]
        fresh = freshness(self.source, self.days, date, released)
        fresh[np.isnan(value)] = Freshness.MISSING
        return Daily(value, date, released, fresh)

    def first_readings(self) -> Epoch:
        """Each date once, with the value and the day on which it was first known; a date that
        came after a later one is left out. What a state machine was fed, in its order.
        """
        parts: list[tuple[Days, Floats, Instants, Days]] = []
        newest = BEGINNING
        for epoch, rows in self._spans():
            if rows.start >= rows.stop:
                continue
            until = self.days[rows.stop - 1]
            keep = (epoch.date > newest) & (epoch.known <= until)
            if keep.any():
                parts.append(
                    (epoch.date[keep], epoch.value[keep], epoch.released[keep], epoch.known[keep])
                )
                newest = epoch.date[keep][-1]
        if not parts:
            return EMPTY
        return Epoch(EMPTY.start, *(np.concatenate(c) for c in zip(*parts, strict=True)))

    def as_known(self, day: np.datetime64) -> Epoch:
        """The vector that was valid on a day; its elements known later are in it too."""
        return next((e for e in self.epochs[::-1] if e.start <= day), EMPTY)

    def _spans(self) -> Iterable[tuple[Epoch, slice]]:
        """Each epoch with the rows of ``days`` for which it is valid."""
        for epoch, end in zip(self.epochs, ends(self.epochs), strict=True):
            begin, stop = np.searchsorted(self.days, [epoch.start, end])
            yield epoch, slice(int(begin), int(stop))

    def _with(self, epochs: Iterable[Epoch]) -> Track:
        return Track(tuple(epochs), self.source, self.days)


def _continued(epochs: Iterable[Epoch], measure: Tailed) -> Iterator[Floats]:
    """The measure of each epoch. An element depends on those before it alone, so it is the same
    as in the epoch before as long as all up to it are.
    """
    before, result = EMPTY, EMPTY.value
    for epoch in epochs:
        same = _same(before, epoch)
        rest = (
            measure.tail(epoch.value, epoch.date, same)
            if same
            else measure(epoch.value, epoch.date)
        )
        result = np.concatenate([result[:same], rest])
        before = epoch
        yield result


def _same(one: Epoch, other: Epoch) -> int:
    """How many elements two epochs have in common at their beginning."""
    n = min(len(one.date), len(other.date))
    a, b = one.value[:n], other.value[:n]
    differ = (one.date[:n] != other.date[:n]) | ((a != b) & ~(np.isnan(a) & np.isnan(b)))
    return int(differ.argmax()) if differ.any() else n


class Market:
    """Everything observed, readable day by day. ``days`` are the decisions it covers."""

    def __init__(
        self,
        observations: Iterable[Observations],
        listings: Iterable[Listing] = (),
        *,
        first: np.datetime64,
        last: np.datetime64,
        live_since: np.datetime64 | None = None,
        sample: bool = False,
    ) -> None:
        self.days: Days = np.arange(first, last + 1)
        self.sample = sample
        self.listings = tuple(sorted(listings, key=lambda item: item.date))
        self._withheld: dict[Withheld, None] = {}
        self.caveats: dict[str, str] = {}
        self._raw: dict[str, list[Observations]] = {}
        self._tracks: dict[str, Track] = {}
        self._live_since = live_since
        for item in observations:
            self._raw.setdefault(item.series, []).append(item)
            if item.caveat:
                self.caveats[item.series] = item.caveat

    def __contains__(self, series: str) -> bool:
        return series in self._raw

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """Values that were not believed, of the series read so far."""
        return tuple(self._withheld)

    def track(self, series: str) -> Track:
        """The series as it was known over time; empty if nothing was ever observed."""
        if series not in self._tracks:
            self._tracks[series] = self._build(series)
        return self._tracks[series]

    @cached_property
    def coins(self) -> tuple[str, ...]:
        """Every coin of the listings that has observations."""
        listed = {coin for item in self.listings for coin in item.coins}
        return tuple(sorted(name for name in listed if name in self._raw))

    def in_hindsight(self) -> tuple[Market, tuple[str, ...]]:
        """The same market had each value been from the first what its last reading says, and
        the series that this changes: all else, and when each date became known, is the same.
        """
        told: list[Observations] = []
        changed: list[str] = []
        for series, raw in self._raw.items():
            date, value, released, fetched, known = self._believed(series)
            order = np.lexsort((np.arange(len(date)), released, known, date))
            day = date[order]
            first = np.append(True, day[1:] != day[:-1])[: len(day)]
            last = np.append(day[1:] != day[:-1], True)[: len(day)]
            before, after = order[first], order[last]
            if (value[before] == value[after]).all():
                told += raw
                continue
            changed.append(series)
            told.append(
                Observations(
                    series, date[before], value[after], released[before], fetched[before],
                    raw[-1].source,
                )
            )  # fmt: skip
        market = Market(
            told,
            self.listings,
            first=self.days[0],
            last=self.days[-1],
            live_since=self._live_since,
            sample=self.sample,
        )
        return market, tuple(changed)

    def _believed(self, series: str) -> tuple[Days, Floats, Instants, Instants, Days]:
        """Date, value, release, arrival and first decision of every reading of a series that
        is over, was known by the last decision and lies within its range; withholds the others.
        """
        source, raw = input_of(series), self._raw[series]
        date = np.concatenate([r.date for r in raw])
        value = np.concatenate([r.value for r in raw])
        released = np.concatenate([r.released_at for r in raw])
        fetched = np.concatenate([r.fetched_at for r in raw])
        known = released
        if self._live_since is not None:
            known = np.where(fetched > self._live_since, np.maximum(released, fetched), released)
        known_day = first_decision(known)
        finished = fetched >= released  # else the bar of a session that was still running
        keep = ~np.isnan(value) & finished & (known_day <= self.days[-1])
        outside = keep & ((value < source.low) | (value > source.high))
        self._withhold(series, date[outside], value[outside], _range_reason(source))
        keep &= ~outside
        return date[keep], value[keep], released[keep], fetched[keep], known_day[keep]

    def _build(self, series: str) -> Track:
        source = input_of(series)
        if series not in self._raw:
            return Track((), source, self.days)
        date, value, released, _, known = self._believed(series)
        epochs = epochs_of(date, value, released, known)
        if source.jump is not None:
            epochs = tuple(self._without_jumps(source, epoch) for epoch in epochs)
        return Track(epochs, source, self.days)

    def _without_jumps(self, source: Input, epoch: Epoch) -> Epoch:
        """Leave out a value that no second reading confirms; a confirmed one is known from its
        confirmation on.
        """
        limit = (source.jump or 0) / 100
        jumps = np.abs(np.diff(epoch.value) / epoch.value[:-1]) > limit
        if not jumps.any():
            return epoch
        keep, known = np.ones(len(epoch.value), dtype=bool), epoch.known.copy()
        accepted = epoch.value[0]
        for i in range(1, len(epoch.value)):
            value = epoch.value[i]
            if abs(value / accepted - 1) > limit:
                second = epoch.value[i + 1] if i + 1 < len(epoch.value) else accepted
                nearer = abs(second - value) < abs(second - accepted)
                agrees = nearer and abs(second / value - 1) <= limit
                if not agrees:
                    keep[i] = False
                    continue
                known[i] = epoch.known[i + 1]
            accepted = value
        reason = f"moved more than {source.jump:.0f} % and no second reading agrees"
        self._withhold(source.id, epoch.date[~keep], epoch.value[~keep], reason)
        return Epoch(
            epoch.start, epoch.date[keep], epoch.value[keep], epoch.released[keep], known[keep]
        )

    def _withhold(self, series: str, dates: Days, values: Floats, reason: str) -> None:
        rows = zip(dates, values, strict=True)
        self._withheld |= {Withheld(series, d.item(), float(v), reason): None for d, v in rows}


def _range_reason(source: Input) -> str:
    return f"outside {source.low:g} to {source.high:g} {source.unit}"
