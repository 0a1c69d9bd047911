"""Epochs: one series over time, cut into stretches in which it only grows at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rotation.inputs import Days, Floats, Instants


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


BEGINNING = np.datetime64("0001-01-01")
FOREVER = np.datetime64("9999-01-01")
EMPTY = Epoch(
    BEGINNING,
    np.empty(0, "datetime64[D]"),
    np.empty(0),
    np.empty(0, "datetime64[us]"),
    np.empty(0, "datetime64[D]"),
)


def epochs_of(date: Days, value: Floats, released: Instants, known: Days) -> tuple[Epoch, ...]:
    """Cut observations of one series into stretches in which it only grows at its end."""
    if not len(date):
        return ()
    if (date[1:] > date[:-1]).all() and (known[1:] >= known[:-1]).all():  # nothing was revised
        return (Epoch(BEGINNING, date, value, released, known),)
    order = np.lexsort((released, date, known))
    order = order[_news(date[order], value[order], released[order], known[order])]
    date, value, released, known = date[order], value[order], released[order], known[order]
    newest_before = np.maximum.accumulate(date)
    appended = np.ones(len(date), dtype=bool)
    appended[1:] = date[1:] > newest_before[:-1]
    starts = np.unique(np.append(known[~appended], BEGINNING))
    until = np.append(starts[1:], FOREVER)
    spans = [(start, known < end) for start, end in zip(starts, until, strict=True)]
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


def overlay(
    left: tuple[Epoch, ...], right: tuple[Epoch, ...]
) -> Iterable[tuple[np.datetime64, Epoch, Epoch]]:
    """Pairs of epochs valid together, each with the day from which the pair is."""
    i, j, left_ends, right_ends = 0, 0, ends(left), ends(right)
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left_ends[i], right_ends[j])
        if start < end:
            yield start, left[i], right[j]
        left_is_over, right_is_over = left_ends[i] <= end, right_ends[j] <= end
        i, j = i + int(left_is_over), j + int(right_is_over)


def ends(epochs: tuple[Epoch, ...]) -> list[np.datetime64]:
    """The day on which each epoch stops being valid."""
    return [e.start for e in epochs[1:]] + [FOREVER] * bool(epochs)


def joined(
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


def candidates(
    left: tuple[Epoch, ...],
    right: tuple[Epoch, ...],
    back: int,
    combine: Callable[[Floats, Floats], Floats],
) -> Rows:
    """All pairs of a left value with the right value ``back`` days earlier, over all epochs:
    date, value, released, known, and the date of the right value.
    """
    shifted = tuple(Epoch(e.start, e.date + back, e.value, e.released, e.known) for e in right)
    pairs = [joined(start, a, b, combine) for start, a, b in overlay(left, shifted)] or [EMPTY]
    date, value, released, known = (
        np.concatenate([getattr(p, name) for p in pairs])
        for name in ("date", "value", "released", "known")
    )
    return date, value, released, known, date - back


def best_known(
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
