"""Market: raw observations in, what was known at each daily decision out.

A ``Track`` is one series as it was known over time. Between two revisions it only grows at
its end, so a measure computed over the whole vector and read at 'how many were known on day
D' gives exactly what a computation on day D would have given. Each revision, or value that
arrived out of order, starts a new ``Epoch`` with a vector of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rotation.calendars import freshness
from rotation.inputs import (
    Days,
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

Codes = npt.NDArray[np.int8]
Measure = Callable[[Floats, Days], Floats]


@dataclass(frozen=True, slots=True)
class Epoch:
    """Observations in date order; element i is known from day ``known[i]`` (ascending) on.
    Valid for decisions from ``start`` until the next epoch starts.
    """

    start: np.datetime64
    date: Days
    value: Floats
    released: Instants
    known: Days


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


@dataclass(frozen=True, slots=True)
class Track:
    """One series over time; see the module's text. ``source`` names the declaration whose
    rhythm decides how fresh it is.
    """

    epochs: tuple[Epoch, ...]
    source: Input
    days: Days

    def map(self, measure: Measure) -> Track:
        """The same dates with ``measure(values, dates)`` as values."""
        return self._with(
            Epoch(e.start, e.date, measure(e.value, e.date), e.released, e.known)
            for e in self.epochs
        )

    def join(self, other: Track, combine: Callable[[Floats, Floats], Floats]) -> Track:
        """``combine(self, other)`` on the dates that both have, known when both are."""
        return self._with(
            _joined(start, a, b, combine) for start, a, b in _overlay(self.epochs, other.epochs)
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
            _candidates(self.epochs, other.epochs, back, combine)
            for back in range(least_days, most_days + 1)
        ]
        rows = _best_known(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        return self._with(_epochs(*rows))

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
        newest = _BEGINNING
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
            return _EMPTY
        return Epoch(_EMPTY.start, *(np.concatenate(c) for c in zip(*parts, strict=True)))

    def as_known(self, day: np.datetime64) -> Epoch:
        """The vector that was valid on a day; its elements known later are in it too."""
        return next((e for e in self.epochs[::-1] if e.start <= day), _EMPTY)

    def _spans(self) -> Iterable[tuple[Epoch, slice]]:
        """Each epoch with the rows of ``days`` for which it is valid."""
        for epoch, end in zip(self.epochs, _ends(self.epochs), strict=True):
            begin, stop = np.searchsorted(self.days, [epoch.start, end])
            yield epoch, slice(int(begin), int(stop))

    def _with(self, epochs: Iterable[Epoch]) -> Track:
        return Track(tuple(epochs), self.source, self.days)


_BEGINNING = np.datetime64("0001-01-01")
_FOREVER = np.datetime64("9999-01-01")
_EMPTY = Epoch(
    _BEGINNING,
    np.empty(0, "datetime64[D]"),
    np.empty(0),
    np.empty(0, "datetime64[us]"),
    np.empty(0, "datetime64[D]"),
)


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

    def _build(self, series: str) -> Track:
        source, raw = input_of(series), self._raw.get(series, [])
        if not raw:
            return Track((), source, self.days)
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
        epochs = _epochs(date[keep], value[keep], released[keep], known_day[keep])
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


def _epochs(date: Days, value: Floats, released: Instants, known: Days) -> tuple[Epoch, ...]:
    """Cut observations of one series into stretches in which it only grows at its end."""
    if not len(date):
        return ()
    if (date[1:] > date[:-1]).all() and (known[1:] >= known[:-1]).all():  # nothing was revised
        return (Epoch(_BEGINNING, date, value, released, known),)
    order = np.lexsort((released, date, known))
    order = order[_news(date[order], value[order], released[order], known[order])]
    date, value, released, known = date[order], value[order], released[order], known[order]
    newest_before = np.maximum.accumulate(date)
    appended = np.ones(len(date), dtype=bool)
    appended[1:] = date[1:] > newest_before[:-1]
    starts = np.unique(np.append(known[~appended], _BEGINNING))
    ends = np.append(starts[1:], _FOREVER)
    spans = [(start, known < end) for start, end in zip(starts, ends, strict=True)]
    return tuple(
        _vector(start, date[upto], value[upto], released[upto], known[upto])
        for start, upto in spans
    )


def _news(date: Days, value: Floats, released: Instants, known: Days) -> npt.NDArray[np.bool_]:
    """Readings, in the order in which they became known, that somebody could see: the last one
    of a date and day, and of a date only where it says something else than the one before.
    """
    keep = np.ones(len(date), dtype=bool)
    keep[:-1] = (date[1:] != date[:-1]) | (known[1:] != known[:-1])
    rows = np.flatnonzero(keep)
    by_date = rows[np.lexsort((known[rows], date[rows]))]
    again = np.ones(max(len(by_date) - 1, 0), dtype=bool)
    for column in (date, value, released):
        again &= column[by_date][1:] == column[by_date][:-1]
    keep[by_date[1:][again]] = False
    return keep


def _vector(
    start: np.datetime64, date: Days, value: Floats, released: Instants, known: Days
) -> Epoch:
    """Of each date the value released last, and of those the one that became known last; all
    arrays come in the order in which they became known.
    """
    order = np.lexsort((np.arange(len(date)), released, date))
    newest = np.ones(len(order), dtype=bool)
    newest[:-1] = date[order][1:] != date[order][:-1]
    last = order[newest]
    return Epoch(start, date[last], value[last], released[last], np.maximum(known[last], start))


def _overlay(
    left: tuple[Epoch, ...], right: tuple[Epoch, ...]
) -> Iterable[tuple[np.datetime64, Epoch, Epoch]]:
    """Pairs of epochs valid together, each with the day from which the pair is."""
    for a, a_end in zip(left, _ends(left), strict=True):
        for b, b_end in zip(right, _ends(right), strict=True):
            start = max(a.start, b.start)
            if start < min(a_end, b_end):
                yield start, a, b


def _ends(epochs: tuple[Epoch, ...]) -> list[np.datetime64]:
    """The day on which each epoch stops being valid."""
    return [e.start for e in epochs[1:]] + [_FOREVER] * bool(epochs)


def _joined(
    start: np.datetime64, a: Epoch, b: Epoch, combine: Callable[[Floats, Floats], Floats]
) -> Epoch:
    date, i, j = np.intersect1d(a.date, b.date, assume_unique=True, return_indices=True)
    return Epoch(
        start,
        date,
        combine(a.value[i], b.value[j]),
        np.maximum(a.released[i], b.released[j]),
        np.maximum(np.maximum(a.known[i], b.known[j]), start),
    )


Rows = tuple[Days, Floats, Instants, Days, Days]


def _candidates(
    left: tuple[Epoch, ...],
    right: tuple[Epoch, ...],
    back: int,
    combine: Callable[[Floats, Floats], Floats],
) -> Rows:
    """All pairs of a left value with the right value ``back`` days earlier, over all epochs:
    date, value, released, known, and the date of the right value.
    """
    shifted = tuple(Epoch(e.start, e.date + back, e.value, e.released, e.known) for e in right)
    pairs = [_joined(start, a, b, combine) for start, a, b in _overlay(left, shifted)] or [_EMPTY]
    date, value, released, known = (
        np.concatenate([getattr(p, name) for p in pairs])
        for name in ("date", "value", "released", "known")
    )
    return date, value, released, known, date - back


def _best_known(
    date: Days, value: Floats, released: Instants, known: Days, partner: Days
) -> tuple[Days, Floats, Instants, Days]:
    """For each date, in the order of becoming known, only pairs whose partner is at least as
    new as every partner known before: later ones are revisions, older ones no news.
    """
    order = np.lexsort((released, partner, known, date))
    date, value, released = date[order], value[order], released[order]
    known, partner = known[order], partner[order]
    same_next = np.zeros(len(date), dtype=bool)
    same_next[:-1] = (date[1:] == date[:-1]) & (known[1:] == known[:-1])
    rank = partner.astype(np.int64) + date.astype(np.int64) * 100_000
    keep = ~same_next & (rank >= np.maximum.accumulate(rank))
    return date[keep], value[keep], released[keep], known[keep]
