"""Lead and lag against statsmodels, on real weeks and on made ones."""

from __future__ import annotations

import datetime as dt
import math
import random

import numpy as np
import pytest
import statsmodels.api as sm

from rotation.lead_lag import MOST_LAG, by_period, correlation, lead_lag
from rotation.timeline import Timeline
from tests.rotation.made_markets import FIRST, Raw, cut, made, market
from tests.rotation.test_evidence import REAL_FIRST

TODAY = dt.date(2026, 8, 21)
WEEK = dt.timedelta(days=7)


def by_statsmodels(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope of the standardised values with HAC errors."""
    x, y = ((v - v.mean()) / v.std() for v in (x, y))
    lags = int(4 * (len(x) / 100) ** (2 / 9))
    found = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    return found.params[1], found.bse[1]


@pytest.mark.parametrize("seed", range(12))
def test_correlation_and_newey_west_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 900))
    x = np.convolve(rng.normal(size=n + 4), [1, 0.6, 0.3, 0.2, 0.1], "valid")
    y = rng.normal(size=n) + rng.normal() * x + np.roll(x, 2) * rng.normal()
    assert correlation(x, y) == pytest.approx(by_statsmodels(x, y), rel=1e-9)
    assert correlation(x, y)[0] == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_a_constant_has_no_correlation() -> None:
    assert all(math.isnan(value) for value in correlation(np.ones(20), np.arange(20.0)))


def weekly(timeline: Timeline, first: dt.date, last: dt.date) -> list[tuple[float, float]]:
    """Returns from Friday to Friday by a loop over the export."""
    frame = timeline.frame().set_index("date")
    dates = {id: timeline.metrics[id].date for id in ("rs", "btc_close")}
    day = first
    while day.weekday() != 4:
        day += dt.timedelta(days=1)
    found = []
    while day + WEEK <= last:
        now, then = timeline.row(day + WEEK), timeline.row(day)
        pair = [
            math.log(frame[id].iloc[now] / frame[id].iloc[then])
            if dates[id][now] > dates[id][then] else math.nan
            for id in ("rs", "btc_close")
        ]  # fmt: skip
        found.append((pair[0], pair[1]))
        day += WEEK
    return found


@pytest.mark.parametrize(
    ("first", "last"),
    [(dt.date(2014, 9, 17), TODAY), (dt.date(2018, 1, 1), dt.date(2021, 12, 31))],
)
def test_the_real_weeks(timeline: Timeline, first: dt.date, last: dt.date) -> None:
    rows = weekly(timeline, first, last)
    found = lead_lag(timeline, TODAY, first, last)
    assert [lag.weeks for lag in found.lags] == list(range(-MOST_LAG, MOST_LAG + 1))
    assert found.weeks == sum(not (math.isnan(a) or math.isnan(b)) for a, b in rows)
    for lag in found.lags:
        pairs = [
            (rows[t - lag.weeks][0], rows[t][1])
            for t in range(len(rows))
            if 0 <= t - lag.weeks < len(rows)
        ]
        pairs = [(a, b) for a, b in pairs if not (math.isnan(a) or math.isnan(b))]
        value, error = by_statsmodels(*(np.array(side) for side in zip(*pairs, strict=True)))
        assert (lag.correlation, lag.n) == (pytest.approx(value), len(pairs))
        assert lag.low == pytest.approx(value - 1.959963984540054 * error)
        assert lag.high == pytest.approx(value + 1.959963984540054 * error)


def test_what_the_real_weeks_say(timeline: Timeline) -> None:
    found = lead_lag(timeline, TODAY)
    assert found.same_week.clear
    assert 0.1 < found.same_week.correlation < 0.2
    assert not any(lag.clear for lag in found.leads)
    assert [part.first.year for part in by_period(timeline, TODAY)] == [2014, 2018, 2022]
    assert [part.first.year for part in by_period(timeline, dt.date(2019, 6, 1))] == [2014, 2018]


def test_a_planted_lead_is_found_on_its_side(timeline: Timeline) -> None:
    """Bitcoin repeats what small caps did four weeks before."""
    import rotation.lead_lag as module

    rng = np.random.default_rng(2)
    small = rng.normal(size=300)
    bitcoin = np.concatenate([rng.normal(size=4), small[:-4]]) + rng.normal(size=300) / 2
    lags = [module._lag(small, bitcoin, k) for k in range(-MOST_LAG, MOST_LAG + 1)]
    best = max(lags, key=lambda lag: lag.correlation)
    assert (best.weeks, best.clear) == (4, True)
    assert best.n == 296
    assert best.holds


def test_one_lead_of_thirteen_has_to_clear_a_higher_bar() -> None:
    """z = 2.5 is clear alone, and not among 13; a lag of small caps is no lead at all."""
    from rotation.lead_lag import Lag

    def lag(weeks: int, z: float) -> Lag:
        return Lag(weeks, 0.1 * z, 0.1 * (z - 1.96), 0.1 * (z + 1.96), 300)

    assert lag(5, 2.5).clear
    assert not lag(5, 2.5).holds
    assert lag(5, 2.95).holds
    assert not lag(-5, 4).holds
    assert not lag(5, -4).holds


def test_less_than_a_year_says_nothing(timeline: Timeline) -> None:
    for day in (dt.date(1995, 1, 2), dt.date(2014, 9, 18), dt.date(2015, 6, 1)):
        found = lead_lag(timeline, day)
        assert (found.lags, found.leads, found.same_week, found.strongest) == ((), (), None, None)
        assert by_period(timeline, day) == ()


def test_a_past_day_knows_nothing_later(real: Raw, timeline: Timeline) -> None:
    day = np.datetime64("2019-03-13")
    early = Timeline.of(market(cut(real, day), REAL_FIRST, day))
    assert lead_lag(early, day.item()) == lead_lag(timeline, day.item())
    assert by_period(early, day.item()) == by_period(timeline, day.item())


def test_a_past_day_of_a_market_with_revisions_and_holes() -> None:
    raw = made(73)
    last = np.datetime64("2024-03-31")
    full = Timeline.of(market(raw, FIRST, last))
    day = np.datetime64("2023-05-03") + random.Random(1).randrange(50)
    early = Timeline.of(market(cut(raw, day), FIRST, day))
    found = lead_lag(full, day.item())
    assert found == lead_lag(early, day.item())
    assert found.lags
