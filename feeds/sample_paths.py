"""Invented paths between given points, the same on every machine.

Each path has a stream of its own, so that a change of one leaves the others as they were. The
streams are raw PCG64 output, which numpy keeps stable (it does not for its normal deviates).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np
import numpy.typing as npt

from rotation.calendars import sessions
from rotation.inputs import Days, Floats, business_days

FIRST = np.datetime64("2007-01-01")
LAST = np.datetime64("2026-06-30")
GRID: Days = np.arange(FIRST, LAST + 1)
"""Every calendar day; a path is a vector over it, NaN where the series does not exist."""
POWERS = np.array([float(f"1e{k}") for k in range(23)])
WEDNESDAY, THURSDAY, FRIDAY = 2, 3, 4

Mask = npt.NDArray[np.bool_]


def shocks(name: str) -> Floats:
    """Independent draws, one a day: mean 0, variance about 1, tails a little fat."""
    raw = np.random.PCG64(crc32(name.encode())).random_raw(3 * len(GRID))
    parts = np.stack([(raw >> shift) & 0xFFFF for shift in (0, 16, 32, 48)])
    total = parts.sum(axis=0).reshape(3, -1).sum(axis=0)
    normal = (total.astype(np.float64) - 6 * 65_535) / 65_536
    shocks: Floats = normal * (0.84 + 0.05 * normal**2)
    return shocks


@dataclass(frozen=True, slots=True)
class Points:
    """Turning points: where they are in ``GRID``, and the levels."""

    at: npt.NDArray[np.int64]
    level: Floats


def points_of(text: str) -> Points:
    words = text.split()
    days = np.array(words[::2], "datetime64[D]")
    return Points((days - FIRST).astype(np.int64), np.array(words[1::2], np.float64))


def path_through(
    points: Points,
    noise: Floats,
    *,
    log: bool = True,
    around: Floats | None = None,
    slack: float | None = 0,
) -> Floats:
    """A path through all points, NaN outside of them, moved by ``noise`` in between.

    It stays in the range of the two points it runs between, give or take ``slack``, and never
    beats the highest point so far, so that a record is one; None sets it free. What would leave
    the range is mirrored back. ``around`` another path, in log terms, it takes that path's
    moves too. Falls are half as rough again as rises.
    """
    at, target = points.at, np.log(points.level) if log else points.level
    days = np.arange(at[0], at[-1] + 1)
    lead = np.zeros(len(GRID)) if around is None else around
    part = np.minimum(np.searchsorted(at, days, side="right") - 1, len(at) - 2)
    rough = np.where(np.diff(target) < 0, 1.5, 1.0)[part]
    walk = np.cumsum(noise[days] * rough)
    walk -= np.interp(days, at, walk[at - at[0]])
    value = np.interp(days, at, target - lead[at]) + lead[days] + walk
    if slack is not None:
        low = np.minimum(target[:-1], target[1:]) - slack
        record = np.maximum.accumulate(target)[1:]
        high = np.minimum(np.maximum(target[:-1], target[1:]) + slack, record)
        value = _mirrored(value, low[part], high[part])
    out = np.full(len(GRID), np.nan)
    out[days] = np.exp(value) if log else value
    out[at] = points.level
    return out


def _mirrored(value: Floats, low: Floats, high: Floats) -> Floats:
    width = np.maximum(high - low, 1e-9)
    turn = np.mod(value - low, 2 * width)
    return np.asarray(low + np.where(turn > width, 2 * width - turn, turn))


def lagged(value: Floats, days: int) -> Floats:
    return np.concatenate((np.full(days, np.nan), value[:-days]))


def smooth(value: Floats, days: int) -> Floats:
    """The mean of the last ``days`` draws, as rough as a single one."""
    total = np.cumsum(value)
    return np.asarray((total - np.nan_to_num(lagged(total, days))) / np.sqrt(days))


def six_digits(value: Floats) -> Floats:
    size = np.zeros(len(value), np.int64)
    there = value != 0
    size[there] = 5 - np.floor(np.log10(np.abs(value[there]))).astype(np.int64)
    up, down = POWERS[np.maximum(size, 0)], POWERS[np.maximum(-size, 0)]
    return np.asarray(np.rint(value * up / down) * down / up)


def on_every_day() -> Mask:
    return np.ones(len(GRID), np.bool_)


@cache
def on_sessions() -> Mask:
    return np.isin(GRID, sessions())


@cache
def on_business_days() -> Mask:
    return np.is_busday(GRID, busdaycal=business_days())


@cache
def on_weekday(which: int) -> Mask:
    return np.asarray((GRID.astype(np.int64) + 3) % 7 == which)


def from_day(day: str) -> Mask:
    return np.datetime64(day) <= GRID
