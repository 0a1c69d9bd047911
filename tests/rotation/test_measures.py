"""Every measure against plain loops, scipy and statsmodels: random series and real ones."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rotation import measures as m
from rotation.metrics import year_gain
from tests.oracles import arithmetic as a
from tests.oracles.clock import exchange_sessions, session_set

Floats = np.ndarray
SEEDS = st.integers(0, 2**32 - 1)
SPECIAL_DAYS = a.special_days(session_set(), 1987, 2026)
SIMPLE = {
    "sma": (lambda v: m.sma(v, 7), lambda v, i: a.sma(v, i, 7)),
    "deviation": (lambda v: m.deviation(v, 9), lambda v, i: a.deviation(v, i, 9)),
    "mansfield": (lambda v: m.mansfield(v, 40), lambda v, i: a.mansfield(v, i, 40)),
    "mansfield of 200": (m.mansfield, a.mansfield),
    "z-score": (lambda v: m.z_score(v, 12), lambda v, i: a.z_score(v, i, 12)),
    "rate of change": (lambda v: m.rate_of_change(v, 21), lambda v, i: a.rate_of_change(v, i, 21)),
    "strength": (lambda v: m.rrg(v)[0], a.strength),
    "momentum": (lambda v: m.rrg(v)[1], a.momentum),
    "slope": (m.log_slope, a.log_slope),
    "volatility": (m.realised_volatility, a.realised_volatility),
    "drawdown": (m.drawdown, a.drawdown),
    "above average": (m.above_average, a.above_average),
    "median ratio": (m.median_ratio, a.median_ratio),
}


def series(seed: int, n: int) -> tuple[Floats, np.ndarray]:
    """Positive values with ties, on dates with holes, 29 February among them."""
    rng = np.random.default_rng(seed)
    values = 100 * np.exp(rng.normal(0, 0.02, n).cumsum()).round(2)
    dates = np.datetime64("2015-11-02") + rng.choice([1, 1, 1, 3, 7, 20], n).cumsum()
    return values, dates


def assert_same(found: Floats, expected: list[float]) -> None:
    np.testing.assert_allclose(found, np.array(expected, dtype=float), rtol=1e-9, atol=1e-9)


def by_position(function: Callable[[list[float], int], float], values: Floats) -> list[float]:
    listed = values.tolist()
    return [function(listed, i) for i in range(len(listed))]


@pytest.mark.parametrize("name", SIMPLE)
@settings(deadline=None, max_examples=10)
@given(seed=SEEDS, n=st.integers(0, 210))
def test_measure(name: str, seed: int, n: int) -> None:
    ours, oracle = SIMPLE[name]
    values, _ = series(seed, n)
    assert_same(ours(values), by_position(oracle, values))


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS, n=st.integers(1, 250), years=st.sampled_from([3, 5]))
def test_percentile(seed: int, n: int, years: int) -> None:
    values, dates = series(seed, n)
    values[np.random.default_rng(seed).random(n) < 0.1] = np.nan
    listed, days = values.tolist(), dates.tolist()
    expected = [a.percentile(listed, days, i, years) for i in range(n)]
    assert_same(m.percentile(values, dates, years), expected)


def test_percentile_needs_two_calendar_years() -> None:
    dates = np.arange("2020-02-29", "2022-03-02", dtype="datetime64[D]")
    found = m.percentile(np.arange(len(dates), dtype=float), dates)
    first = dates[np.flatnonzero(~np.isnan(found))[0]]
    assert first == np.datetime64("2022-03-01")  # 2022-02-28 less 2 years is 2020-02-28


def test_percentile_window_is_open_at_its_old_end() -> None:
    dates = np.array(["2015-03-01", "2015-03-02", "2017-01-01", "2020-03-01"], "datetime64[D]")
    found = m.percentile(np.array([9.0, 1.0, 2.0, 2.0]), dates)
    assert found[-1] == 100 * (1 + 0.5 * 2) / 3


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, n=st.integers(0, 120), back=st.integers(1, 40), slack=st.integers(0, 200))
def test_change_never_crosses_a_hole(seed: int, n: int, back: int, slack: int) -> None:
    values, dates = series(seed, n)
    listed, days = values.tolist(), dates.tolist()
    most = back + slack
    expected = [a.change(listed, days, i, back, most) for i in range(n)]
    assert_same(m.change(values, dates, back, most), expected)
    expected = [a.percent_change(listed, days, i, back, most) for i in range(n)]
    assert_same(m.percent_change(values, dates, back, most), expected)


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=60))
def test_run_length(flags: list[bool]) -> None:
    found = m.run_length(np.array(flags, dtype=bool))
    assert found.tolist() == [a.run_length(flags, i) for i in range(len(flags))]


@given(st.floats(-1e6, 1e6))
def test_linear(z: float) -> None:
    assert m.linear(np.array([z]))[0] == pytest.approx(a.linear(z), abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, n=st.integers(1, 250))
def testyear_gain(seed: int, n: int) -> None:
    values, dates = series(seed, n)
    listed, days = values.tolist(), dates.tolist()
    assert_same(year_gain(values, dates), [a.year_gain(listed, days, i) for i in range(n)])


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, begin=st.integers(0, 9000), n=st.integers(1, 160))
def test_volume_ratio(seed: int, begin: int, n: int) -> None:
    days = [d for d in exchange_sessions() if d.year <= 2026][begin : begin + n]
    days = until_a_plain_week(days)
    dates = np.array(days, "datetime64[D]")
    volume = np.random.default_rng(seed).uniform(1e6, 9e6, len(dates))
    listed = volume.tolist()
    expected = [a.volume_ratio(listed, days, i, SPECIAL_DAYS) for i in range(len(days))]
    assert_same(m.volume_ratio(volume, dates), expected)


def until_a_plain_week(days: list[date]) -> list[date]:
    """Without a last week that holds a special day still to come."""
    while days and any(days[-1] < s <= days[-1] + timedelta(days=4) for s in SPECIAL_DAYS):
        days = days[:-1]
    return days


SPECIAL = {
    "2025-06-20": True,  # third Friday of June
    "2025-06-27": True,  # reconstitution
    "2025-06-26": False,
    "2026-06-18": True,  # the third Friday, 19 June, is a holiday
    "2026-06-17": False,
    "2008-03-20": True,  # the third Friday was Good Friday
    "2026-11-13": True,  # second reconstitution, from 2026 on
    "2025-11-14": False,
    "2026-02-20": False,
}


@pytest.mark.parametrize(("day", "special"), SPECIAL.items())
def test_days_of_special_volume(day: str, special: bool) -> None:
    dates = np.array(exchange_sessions(), "datetime64[D]")
    dates = dates[dates < np.datetime64("2026-12-31")]
    found = dates[m.special_volume(dates)]
    assert (np.datetime64(day) in found) == special


@pytest.mark.parametrize("last", ["2026-03-17", "2026-03-18", "2026-03-19", "2025-06-26"])
def test_a_coming_special_day_marks_no_earlier_session(last: str) -> None:
    dates = np.array([d for d in exchange_sessions() if d <= date.fromisoformat(last)], "M8[D]")
    assert not m.special_volume(dates)[-1]


def test_a_special_day_that_is_missing_marks_no_other() -> None:
    days = [d for d in exchange_sessions() if date(2025, 1, 1) < d < date(2025, 6, 1)]
    dates = np.array([d for d in days if d != date(2025, 3, 21)], "datetime64[D]")
    assert not m.special_volume(dates).any()


@pytest.mark.parametrize("level", [7.0, 0.1, 1 / 3])
def test_z_score_of_a_constant_is_not_available(level: float) -> None:
    assert np.isnan(m.z_score(np.full(70, level), 63)).all()


def test_nothing_of_nothing() -> None:
    empty, no_days = np.empty(0), np.empty(0, "datetime64[D]")
    for ours, _ in SIMPLE.values():
        assert len(ours(empty)) == 0
    assert len(m.percentile(empty, no_days)) == len(m.volume_ratio(empty, no_days)) == 0


@pytest.fixture(scope="module")
def rs(frame: pd.DataFrame) -> pd.Series:
    """RUT ÷ SPX by session."""
    sessions = [day for day in exchange_sessions() if day <= frame.index[-1].date()]
    return frame["rs"].reindex(pd.DatetimeIndex(sessions)).dropna()


def test_slope_agrees_with_ordinary_least_squares(rs: pd.Series) -> None:
    found = m.log_slope(rs.to_numpy())
    x = sm.add_constant(np.arange(20.0))
    for i in random.Random(5).sample(range(19, len(rs)), 60):
        fit = sm.OLS(np.log(rs.to_numpy()[i - 19 : i + 1]), x).fit()
        assert found[i] == pytest.approx(100 * fit.params[1], rel=1e-9, abs=1e-9)


def test_scores_agree_with_scipy(rs: pd.Series) -> None:
    values = rs.to_numpy()
    deviation, strength = m.deviation(values, 63), m.rrg(values)[0]
    for i in random.Random(6).sample(range(62, len(rs)), 60):
        part = values[i - 62 : i + 1]
        assert deviation[i] == pytest.approx(stats.tstd(part), rel=1e-9)
        assert strength[i] == pytest.approx(100 + stats.zscore(part, ddof=1)[-1], rel=1e-9)


def test_percentile_agrees_with_scipy(rs: pd.Series) -> None:
    dates = rs.index.to_numpy().astype("datetime64[D]")
    found = m.percentile(rs.to_numpy(), dates)
    for i in random.Random(7).sample(range(600, len(rs)), 60):
        begin = np.datetime64(rs.index[i] - pd.DateOffset(years=5), "D")
        window = rs.to_numpy()[(dates > begin) & (dates <= dates[i])]
        expected = stats.percentileofscore(window, window[-1], kind="mean")
        assert found[i] == pytest.approx(expected, rel=1e-9)


def test_an_oracle_knows_what_is_not_available() -> None:
    assert math.isnan(a.sma([1.0], 0, 2))
    assert math.isnan(a.percentile([1.0], [date(2020, 1, 1)], 0))
