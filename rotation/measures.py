"""The field's standard indicators, as functions of arrays.

Every function takes the observations of one series in date order and returns an array of the
same length whose element i uses observations 0..i only. 'n' counts the series' own
observations. NaN stands where a window is not full; a NaN inside a window makes NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from pandas.api.indexers import BaseIndexer

from rotation.calendars import sessions
from rotation.inputs import Days, Floats

Ints = npt.NDArray[np.int64]

SHORT_TAIL = 60
"""Up to so many elements are ranked one by one."""


def _padded(tail: Floats, length: int) -> Floats:
    out = np.full(length, np.nan)
    if len(tail):
        out[length - len(tail) :] = tail
    return out


def _windows(values: Floats, n: int) -> Floats:
    """All full windows of n values, shape (len − n + 1, n); no rows if there are too few."""
    if len(values) < n:
        return np.empty((0, n))
    return sliding_window_view(values, n)


def sma(values: Floats, n: int) -> Floats:
    """Simple moving average of the last n values, in the unit of the values."""
    return _padded(_windows(values, n).mean(axis=1), len(values))


def deviation(values: Floats, n: int) -> Floats:
    """Sample standard deviation (n − 1) of the last n values, in the unit of the values."""
    return _padded(_windows(values, n).std(axis=1, ddof=1), len(values))


def distance(values: Floats, reference: Floats) -> Floats:
    """How far values are above a reference, in %."""
    return 100 * (values / reference - 1)


def average_distance(values: Floats, n: int = 200) -> Floats:
    """How far values are above the average of their last n, in %."""
    return distance(values, sma(values, n))


def mansfield(ratio: Floats, n: int = 200) -> Floats:
    """Mansfield relative strength, in %: 100 (RS / SMA_n(RS) − 1).

    Source: Stan Weinstein, Secrets for Profiting in Bull and Bear Markets (1988).
    """
    return average_distance(ratio, n)


def z_score(values: Floats, n: int) -> Floats:
    """Sample deviations of the last value from the mean of the last n. NaN for a constant."""
    mean, spread = sma(values, n), deviation(values, n)
    varies = spread > 1e-12 * np.abs(mean)
    return np.divide(values - mean, spread, out=np.full(len(values), np.nan), where=varies)


def rate_of_change(values: Floats, n: int) -> Floats:
    """Change against the n-th value before, in %."""
    out = np.full(len(values), np.nan)
    if len(values) > n:
        out[n:] = 100 * (values[n:] / values[:-n] - 1)
    return out


def rrg(ratio: Floats, n: int = 63, momentum: int = 21) -> tuple[Floats, Floats]:
    """RRG-style coordinates (strength, momentum), 100 is neutral; fixed windows, so that past
    points never repaint. An approximation: the original formula of Julius de Kempenaer is
    not public.
    """
    strength = 100 + z_score(ratio, n)
    return strength, 100 + z_score(rate_of_change(strength, momentum), n)


def change(values: Floats, dates: Days, n: int, most_days: int) -> Floats:
    """Difference to the n-th value before, in the unit of the values.

    NaN where the two lie more than ``most_days`` calendar days apart: never across a hole.
    """
    out = np.full(len(values), np.nan)
    if len(values) > n:
        out[n:] = np.where(_near(dates, n, most_days), values[n:] - values[:-n], np.nan)
    return out


def percent_change(values: Floats, dates: Days, n: int, most_days: int) -> Floats:
    """Change against the n-th value before, in %; NaN across a hole as in ``change``."""
    out = rate_of_change(values, n)
    if len(values) > n:
        out[n:][~_near(dates, n, most_days)] = np.nan
    return out


def _near(dates: Days, n: int, most_days: int) -> npt.NDArray[np.bool_]:
    return (dates[n:] - dates[:-n]).astype(np.int64) <= most_days


def linear(z: Floats) -> Floats:
    """Score 0–100: clip(50 + 50 z)."""
    return np.clip(50 + 50 * z, 0, 100)


def years_before(dates: Days, years: int) -> Days:
    """The same calendar day so many years earlier (28 February for the 29th)."""
    earlier = pd.DatetimeIndex(dates) - pd.DateOffset(years=years)
    return earlier.to_numpy().astype("datetime64[D]")


class _CalendarYears(BaseIndexer):
    """Windows (D − years, D] for pandas' rolling, as precomputed starts."""

    starts: Ints

    def get_window_bounds(
        self,
        num_values: int = 0,
        min_periods: int | None = None,
        center: bool | None = None,
        closed: str | None = None,
        step: int | None = None,
    ) -> tuple[Ints, Ints]:
        return self.starts, np.arange(1, num_values + 1, dtype=np.int64)


def percentile(values: Floats, dates: Days, years: int = 5, least_years: int = 2) -> Floats:
    """Percentile rank 0–100 of each value in the observations of (D − years, D]:
    100 (#less + ½ #equal) / n, itself included. NaN values are left out of the window;
    NaN where the window spans less than ``least_years``.
    """
    if not len(values):
        return np.empty(0)
    starts = np.searchsorted(dates, years_before(dates, years), side="right").astype(np.int64)
    rolling = pd.Series(values).rolling(_CalendarYears(starts=starts), min_periods=1)
    rank, known = rolling.rank(method="average").to_numpy(), ~np.isnan(values)
    seen = np.concatenate([[0], np.cumsum(known)])
    n = seen[1:] - seen[starts]
    following = np.where(known, np.arange(len(values)), len(values) - 1)
    first_known = np.minimum.accumulate(following[::-1])[::-1][starts]
    spans = dates[first_known] <= years_before(dates, least_years)
    out = np.full(len(values), np.nan)
    usable = known & spans
    out[usable] = 100 * (rank[usable] - 0.5) / n[usable]
    return out


@dataclass(frozen=True, slots=True)
class Percentile:
    """``percentile`` as a measure of a track that can go on from a given element."""

    years: int = 5
    least_years: int = 2

    def __call__(self, values: Floats, dates: Days) -> Floats:
        return percentile(values, dates, self.years, self.least_years)

    def tail(self, values: Floats, dates: Days, first: int) -> Floats:
        """Exactly the elements of the whole from ``first`` on, for less work."""
        if len(values) - first > SHORT_TAIL:
            return self(values, dates)[first:]
        starts = np.searchsorted(dates, years_before(dates[first:], self.years), side="right")
        oldest = years_before(dates[first:], self.least_years)
        out = np.full(len(values) - first, np.nan)
        for row, (start, limit) in enumerate(zip(starts.tolist(), oldest, strict=True)):
            window, value = values[start : first + row + 1], values[first + row]
            known = ~np.isnan(window)
            if known[-1] and dates[start + int(known.argmax())] <= limit:
                less, equal = int((window < value).sum()), int((window == value).sum())
                out[row] = 100 * (less + (equal + 1) / 2 - 0.5) / int(known.sum())
        return out


@dataclass(frozen=True, slots=True)
class Windowed:
    """``function(values, n)``, each element of which depends on the last n + 1 values alone, as a
    measure of a track that can go on from a given element.
    """

    function: Callable[[Floats, int], Floats]
    n: int

    def __call__(self, values: Floats, dates: Days) -> Floats:
        return self.function(values, self.n)

    def tail(self, values: Floats, dates: Days, first: int) -> Floats:
        """Exactly the elements of the whole from ``first`` on, for less work."""
        begin = max(first - self.n, 0)
        return self.function(values[begin:], self.n)[first - begin :]


def log_slope(values: Floats, n: int = 20) -> Floats:
    """Least-squares slope of ln(value) over the last n values, in % per observation."""
    x = np.arange(n) - (n - 1) / 2
    return _padded(100 * (_windows(np.log(values), n) @ x) / (x @ x), len(values))


def realised_volatility(values: Floats, n: int = 30, a_year: int = 365) -> Floats:
    """Sample deviation of the last n log returns, annualised by √a_year, in %."""
    returns = np.diff(np.log(values), prepend=np.nan)
    return 100 * deviation(returns, n) * np.sqrt(a_year)


def drawdown(values: Floats) -> Floats:
    """Distance to the highest value so far, in % (0 at the high, negative below)."""
    return distance(values, np.maximum.accumulate(values))


def above_average(values: Floats, n: int = 50) -> Floats:
    """1 above the average of the last n values, 0 at or below it, NaN with fewer than n."""
    average = sma(values, n)
    return np.where(np.isnan(average), np.nan, (values > average).astype(float))


def median_ratio(values: Floats, n: int = 90) -> Floats:
    """Value ÷ median of the last n values. NaN where the median is 0."""
    median = _padded(np.median(_windows(values, n), axis=1), len(values))
    return np.divide(values, median, out=np.full(len(values), np.nan), where=median > 0)


def run_length(flags: npt.NDArray[np.bool_]) -> Ints:
    """How many true values in a row end at each position."""
    position = np.arange(1, len(flags) + 1)
    return position - np.maximum.accumulate(np.where(flags, 0, position))


def volume_ratio(volume: Floats, dates: Days, recent: int = 5, before: int = 50) -> Floats:
    """Mean volume of the ``recent`` sessions ending here ÷ mean of the ``before`` sessions
    before them. Sessions of known special volume are replaced by earlier ones.
    """
    plain = ~special_volume(dates)
    kept = volume[plain]
    late = sma(kept, recent)
    early = np.concatenate([np.full(recent, np.nan), sma(kept, before)[:-recent]])[: len(kept)]
    ratio = late / early
    position = np.cumsum(plain) - 1
    return np.where(position >= 0, ratio[position], np.nan) if len(kept) else volume * np.nan


def special_volume(dates: Days) -> npt.NDArray[np.bool_]:
    """Triple-witching days and Russell reconstitution days among these sessions.

    Witching: third Friday of March, June, September, December. Reconstitution: fourth Friday
    of June, from 2026 also second Friday of November. On a holiday, the session before, by the
    calendar of the exchange and never by which dates happen to be there.
    """
    if not len(dates):
        return np.zeros(0, dtype=bool)
    years = range(int(str(dates[0])[:4]), int(str(dates[-1])[:4]) + 1)
    return np.isin(dates, _special_sessions(years))


@cache
def _special_sessions(years: range) -> Days:
    nominal = [(y, m, 3) for y in years for m in (3, 6, 9, 12)] + [(y, 6, 4) for y in years]
    nominal += [(y, 11, 2) for y in years if y >= 2026]
    fridays, known = np.array([_friday(*item) for item in nominal]), sessions()
    within = fridays[(fridays >= known[0]) & (fridays <= known[-1])]
    return known[np.searchsorted(known, within, side="right") - 1]


def _friday(year: int, month: int, nth: int) -> np.datetime64:
    month_start = np.datetime64(f"{year}-{month:02d}-01")
    return np.busday_offset(month_start, nth - 1, roll="forward", weekmask="Fri")
