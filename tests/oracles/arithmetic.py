"""The measures of section 3 at one position of a list, by plain loops. NaN is n/a."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Collection, Sequence
from datetime import date

NAN = math.nan
Measure = Callable[[Sequence[float], Sequence[date], int], float]


def window(values: Sequence[float], i: int, n: int) -> list[float] | None:
    """The last n values up to position i; None if they are not all there."""
    part = list(values[max(i + 1 - n, 0) : i + 1])
    return None if len(part) < n or any(math.isnan(v) for v in part) else part


def sma(values: Sequence[float], i: int, n: int) -> float:
    part = window(values, i, n)
    return NAN if part is None else math.fsum(part) / n


def deviation(values: Sequence[float], i: int, n: int) -> float:
    """Sample deviation (n − 1)."""
    part = window(values, i, n)
    if part is None:
        return NAN
    mean = math.fsum(part) / n
    return math.sqrt(math.fsum((v - mean) ** 2 for v in part) / (n - 1))


def z_score(values: Sequence[float], i: int, n: int) -> float:
    part = window(values, i, n)
    if part is None or len(set(part)) == 1:
        return NAN
    return (part[-1] - math.fsum(part) / n) / deviation(values, i, n)


def rate_of_change(values: Sequence[float], i: int, n: int) -> float:
    return 100 * (values[i] / values[i - n] - 1) if i >= n else NAN


def mansfield(values: Sequence[float], i: int, n: int = 200) -> float:
    mean = sma(values, i, n)
    return 100 * (values[i] / mean - 1)


def distance(values: Sequence[float], i: int, n: int = 200) -> float:
    return mansfield(values, i, n)


def strength(values: Sequence[float], i: int) -> float:
    """The first RRG-style coordinate: 100 + z63(RS)."""
    return 100 + z_score(values, i, 63)


def momentum(values: Sequence[float], i: int) -> float:
    """The second: 100 + z63(ROC21 of the first)."""
    first = [strength(values, j) for j in range(max(i - 63 - 21, 0), i + 1)]
    rates = [rate_of_change(first, j, 21) for j in range(len(first))]
    return 100 + z_score(rates, len(rates) - 1, 63)


def change(values: Sequence[float], dates: Sequence[date], i: int, n: int, most_days: int) -> float:
    """Against the n-th value before; n/a across a hole."""
    if i < n or (dates[i] - dates[i - n]).days > most_days:
        return NAN
    return values[i] - values[i - n]


def percent_change(
    values: Sequence[float], dates: Sequence[date], i: int, n: int, most_days: int
) -> float:
    if i < n or (dates[i] - dates[i - n]).days > most_days:
        return NAN
    return 100 * (values[i] - values[i - n]) / values[i - n]


def log_slope(values: Sequence[float], i: int, n: int = 20) -> float:
    """Least squares of ln(value) on the last n, in % per observation."""
    part = window(values, i, n)
    if part is None:
        return NAN
    line = statistics.linear_regression(range(n), [math.log(v) for v in part])
    return 100 * line.slope


def realised_volatility(values: Sequence[float], i: int, n: int = 30) -> float:
    if i < n:
        return NAN
    returns = [math.log(values[j] / values[j - 1]) for j in range(i - n + 1, i + 1)]
    return 100 * deviation(returns, n - 1, n) * math.sqrt(365)


def drawdown(values: Sequence[float], i: int) -> float:
    return 100 * (values[i] / max(values[: i + 1]) - 1)


def above_average(values: Sequence[float], i: int, n: int = 50) -> float:
    mean = sma(values, i, n)
    return NAN if math.isnan(mean) else float(values[i] > mean)


def median_ratio(values: Sequence[float], i: int, n: int = 90) -> float:
    part = window(values, i, n)
    middle = statistics.median(part) if part else 0.0
    return values[i] / middle if middle > 0 else NAN


def linear(z: float) -> float:
    return min(max(50 + 50 * z, 0.0), 100.0)


def run_length(flags: Sequence[bool], i: int) -> int:
    n = 0
    while i - n >= 0 and flags[i - n]:
        n += 1
    return n


def years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def percentile(
    values: Sequence[float], dates: Sequence[date], i: int, years: int = 5, least: int = 2
) -> float:
    """100 (#less + ½ #equal) / n over (date − years, date], which spans at least ``least``."""
    if math.isnan(values[i]):
        return NAN
    begin = years_before(dates[i], years)
    rows = []
    for j in range(i, -1, -1):
        if dates[j] <= begin:
            break
        if not math.isnan(values[j]):
            rows.append(j)
    if dates[rows[-1]] > years_before(dates[i], least):
        return NAN
    less = sum(values[j] < values[i] for j in rows)
    equal = sum(values[j] == values[i] for j in rows)
    return 100 * (less + equal / 2) / len(rows)


def percentile_of(
    measure: Measure,
    values: Sequence[float],
    dates: Sequence[date],
    i: int,
    years: int = 5,
) -> float:
    """The percentile of a measure among its own values, computed only where they count."""
    begin = years_before(dates[i], years)
    first = next(j for j in range(i + 1) if dates[j] > begin)
    found = [measure(values, dates, j) for j in range(first, i + 1)]
    return percentile(found, dates[first : i + 1], i - first, years)


def year_gain(values: Sequence[float], dates: Sequence[date], i: int) -> float:
    """Against the last close of the year before."""
    before = [j for j in range(i) if dates[j].year < dates[i].year]
    return 100 * (values[i] / values[before[-1]] - 1) if before else NAN


def volume_ratio(
    volumes: Sequence[float],
    dates: Sequence[date],
    i: int,
    special: Collection[date],
    recent: int = 5,
    before: int = 50,
) -> float:
    """Mean of 5 sessions ÷ mean of the 50 before, special days replaced by earlier ones."""
    plain = [volumes[j] for j in range(i + 1) if dates[j] not in special]
    if len(plain) < recent + before:
        return NAN
    early = plain[-recent - before : -recent]
    return statistics.fmean(plain[-recent:]) / statistics.fmean(early)


def special_days(sessions: Collection[date], first: int, last: int) -> set[date]:
    """Triple witching and Russell reconstitution of some years; on a holiday the session before."""
    wanted = [(year, month, 3) for year in range(first, last + 1) for month in (3, 6, 9, 12)]
    wanted += [(year, 6, 4) for year in range(first, last + 1)]
    wanted += [(year, 11, 2) for year in range(first, last + 1) if year >= 2026]
    return {_session_at(nth_friday(*item), sessions) for item in wanted}


def nth_friday(year: int, month: int, nth: int) -> date:
    fridays = [day for n in range(1, 31) if (day := _day(year, month, n)) and day.weekday() == 4]
    return fridays[nth - 1]


def _day(year: int, month: int, n: int) -> date | None:
    try:
        return date(year, month, n)
    except ValueError:
        return None


def _session_at(day: date, sessions: Collection[date]) -> date:
    for back in range(7):
        earlier = date.fromordinal(day.toordinal() - back)
        if earlier in sessions:
            return earlier
    return day
