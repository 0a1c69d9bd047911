"""Lead and lag: do small caps move before bitcoin? Weekly returns, never levels."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from rotation.history import EVIDENCE_FROM, Z95
from rotation.inputs import BTC, Days, Floats
from rotation.timeline import Timeline

MOST_LAG = 13
FRIDAY = 4
LEAST_WEEKS = 52
Z_OF_MANY = NormalDist().inv_cdf(1 - 0.025 / MOST_LAG)
PERIODS = (
    (dt.date(2014, 9, 17), dt.date(2017, 12, 31)),
    (dt.date(2018, 1, 1), dt.date(2021, 12, 31)),
    (dt.date(2022, 1, 1), None),
)
"""'Does it still work': the span of the evidence in three parts."""


@dataclass(frozen=True, slots=True)
class Lag:
    """Correlation when bitcoin comes ``weeks`` later (negative: earlier), with its 95 % interval
    by Newey–West errors, from ``n`` pairs of weeks.
    """

    weeks: int
    correlation: float
    low: float
    high: float
    n: int

    @property
    def clear(self) -> bool:
        """The interval leaves out zero."""
        return self.low > 0 or self.high < 0

    @property
    def holds(self) -> bool:
        """Small caps go before a rise, also when 13 leads are looked at (Bonferroni)."""
        error = (self.high - self.low) / (2 * Z95)
        return self.weeks > 0 and self.correlation > Z_OF_MANY * error


@dataclass(frozen=True, slots=True)
class LeadLag:
    """The correlations at −13…+13 weeks between two days; empty with less than a year."""

    first: dt.date
    last: dt.date
    weeks: int
    lags: tuple[Lag, ...]

    @property
    def leads(self) -> tuple[Lag, ...]:
        """Those in which small caps move first."""
        return tuple(lag for lag in self.lags if lag.weeks > 0)

    @property
    def same_week(self) -> Lag | None:
        return next((lag for lag in self.lags if lag.weeks == 0), None)

    @property
    def strongest(self) -> Lag | None:
        """The lead with the largest positive correlation."""
        return max(self.leads, key=lambda lag: lag.correlation, default=None)


def lead_lag(
    timeline: Timeline, day: dt.date, first: dt.date | None = None, last: dt.date | None = None
) -> LeadLag:
    """Weekly log returns of the Russell 2000 relative to the S&P 500 against those of bitcoin,
    each as the Friday decisions knew it. A week without a new close of either is left out.
    """
    begin = max(first or EVIDENCE_FROM[BTC], timeline.first)
    end = min(last or day, day)
    small, bitcoin = _weekly(timeline, begin, end)
    known = int((~np.isnan(small) & ~np.isnan(bitcoin)).sum())
    if known < LEAST_WEEKS:
        return LeadLag(begin, end, known, ())
    lags = tuple(_lag(small, bitcoin, k) for k in range(-MOST_LAG, MOST_LAG + 1))
    return LeadLag(begin, end, known, lags)


def by_period(timeline: Timeline, day: dt.date) -> tuple[LeadLag, ...]:
    """The same for each period that had begun and has data enough."""
    parts = [lead_lag(timeline, day, a, b) for a, b in PERIODS if a <= day]
    return tuple(part for part in parts if part.lags)


def _weekly(timeline: Timeline, first: dt.date, last: dt.date) -> tuple[Floats, Floats]:
    """Returns from Friday to Friday of relative strength and of bitcoin."""
    if last < first:
        return np.empty(0), np.empty(0)
    rows = np.arange(timeline.row(first), timeline.row(last) + 1)
    weekday = (timeline.days[rows].astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    fridays = rows[weekday == FRIDAY]
    found = []
    for metric in ("rs", "btc_close"):
        daily = timeline.metrics[metric]
        found.append(_returns(daily.value[fridays], daily.date[fridays]))
    return found[0], found[1]


def _returns(value: Floats, date: Days) -> Floats:
    """Log returns; NaN where nothing newer has become known since the Friday before."""
    out = np.full(len(value), np.nan)
    out[1:] = np.diff(np.log(value))
    stood = np.isnat(date[1:]) | np.isnat(date[:-1]) | (date[1:] <= date[:-1])
    out[1:][stood] = np.nan
    return out


def _lag(small: Floats, bitcoin: Floats, weeks: int) -> Lag:
    """Bitcoin ``weeks`` after small caps."""
    n = len(small)
    early, late = (small[: n - weeks], bitcoin[weeks:]) if weeks >= 0 else (
        small[-weeks:], bitcoin[: n + weeks]
    )  # fmt: skip
    both = ~np.isnan(early) & ~np.isnan(late)
    value, error = correlation(early[both], late[both])
    return Lag(weeks, value, value - Z95 * error, value + Z95 * error, int(both.sum()))


def correlation(x: Floats, y: Floats) -> tuple[float, float]:
    """Correlation and its Newey–West standard error: the slope of the standardised y on the
    standardised x, Bartlett weights, ⌊4 (n ÷ 100)^(2/9)⌋ lags.

    Source: W. K. Newey, K. D. West, Econometrica 55 (1987) 703–708. NaN if one is constant.
    """
    n = len(x)
    if n < 3 or x.std() == 0 or y.std() == 0:
        return float("nan"), float("nan")
    x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    slope = float((x * y).mean())
    score = x * (y - slope * x)
    most = int(4 * (n / 100) ** (2 / 9))
    long_run = float(score @ score)
    for lag in range(1, most + 1):
        long_run += 2 * (1 - lag / (most + 1)) * float(score[lag:] @ score[:-lag])
    return slope, max(long_run, 0.0) ** 0.5 / n
