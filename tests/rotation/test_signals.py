"""Window, early warning, tail end, capitulation and seller exhaustion, day by day."""

from __future__ import annotations

import datetime as dt
import math
import random

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.market import Market
from rotation.signals import (
    WarningInputs,
    capitulation,
    days_since,
    early_warnings,
    held_for,
    seen_within,
    seller_exhaustion,
    tail_end,
    window_days,
)
from rotation.timeline import Timeline
from tests.oracles import states

NAN = math.nan
SEEDS = st.integers(0, 2**32 - 1)


def scored(timeline: Timeline, id: str) -> list[float]:
    return timeline.metrics[id].scored().tolist()


def sessions(timeline: Timeline) -> list[bool]:
    """Days on which a session of the index became known."""
    dates = timeline.metrics["rut_close"].date.tolist()
    return [
        day is not None and (i == 0 or dates[i - 1] is None or day > dates[i - 1])
        for i, day in enumerate(dates)
    ]


def expected_warnings(
    columns: dict[str, list[float]], days: list[dt.date], session: list[bool]
) -> list[tuple[dt.date, dt.date | None, str | None]]:
    """Section 6, in its own words."""
    c = columns

    def met(i: int) -> bool:
        return (
            c["mrs"][i] > 0
            and c["drawdown"][i] >= -2
            and c["btc"][i] < 10
            and c["eth_btc"][i] < 5
            and c["index"][i] < 50
        )

    return states.warnings(
        days,
        session,
        met,
        lambda i: c["btc"][i] >= 10 or c["index"][i] >= 60,
        lambda i: c["mrs"][i] < -1 or c["drawdown"][i] < -5,
    )


def told(warnings: list) -> list[tuple[dt.date, dt.date | None, str | None]]:
    return [(w.on, w.off, w.end.value if w.end else None) for w in warnings]


def test_every_early_warning(any_timeline: Timeline) -> None:
    names = {"mrs": "mrs", "drawdown": "rut_drawdown", "btc": "btc_30d",
             "eth_btc": "eth_btc_30d", "index": "altseason_index"}  # fmt: skip
    columns = {short: scored(any_timeline, id) for short, id in names.items()}
    days = any_timeline.days.tolist()
    expected = expected_warnings(columns, days, sessions(any_timeline))
    assert told(any_timeline.signals.warnings) == expected
    on = {day for begin, end, _ in expected for day in days if begin <= day < (end or dt.date.max)}
    assert [day in on for day in days] == any_timeline.signals.warning


def test_early_warnings_of_the_real_market_ended_in_every_way(timeline: Timeline) -> None:
    ends = {end for _, _, end in told(timeline.signals.warnings)}
    assert {"converted", "void"} <= ends
    assert len(timeline.signals.warnings) >= 5


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(0, 400))
def test_early_warnings_of_random_markets(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    names = ("mrs", "drawdown", "btc", "eth_btc", "index")
    middle = (1.0, -1.0, 4.0, 0.0, 40.0)
    columns = {}
    for name, mean in zip(names, middle, strict=True):
        walk = mean + rng.normal(0, 0.4, n).cumsum() * abs(mean or 2) * 0.3
        columns[name] = np.where(rng.random(n) < 0.02, np.nan, walk)
    session = rng.random(n) < 0.7
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(n)]
    found, warnings = early_warnings(days, session, WarningInputs(*columns.values()))
    listed = {name: column.tolist() for name, column in columns.items()}
    assert told(warnings) == expected_warnings(listed, days, session.tolist())
    assert sum(found) == sum(((w.off or dt.date(2020, 1, 1) + dt.timedelta(days=n)) - w.on).days
                             for w in warnings)  # fmt: skip


def warned(
    index: list[float], mrs: float = 1.0
) -> list[tuple[dt.date, dt.date | None, str | None]]:
    """A market whose only change is the index; every day is a session."""
    n = len(index)
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(n)]
    same = [np.full(n, value) for value in (mrs, -1.0, 0.0, 0.0)]
    inputs = WarningInputs(*same, np.array(index))
    return told(early_warnings(days, np.ones(n, dtype=bool), inputs)[1])


def test_an_early_warning_expires_after_90_days_and_needs_a_break_to_come_again() -> None:
    on, off = dt.date(2020, 1, 3), dt.date(2020, 4, 2)
    assert warned([40.0] * 200) == [(on, off, "expired")]
    again = [40.0] * 100 + [55.0] + [40.0] * 5
    assert warned(again) == [(on, off, "expired"), (dt.date(2020, 4, 13), None, None)]


def test_what_is_not_available_is_not_met() -> None:
    assert warned([NAN] * 10) == []
    assert warned([40.0] * 10, mrs=NAN) == []


def test_the_window_of_every_day(frame: pd.DataFrame) -> None:
    """UTC calendar days since confirmation, while it is open and on the day it expires."""
    columns = (frame.index, frame["breakout_confirmed"], frame["breakout_state"])
    expected, before = [], None
    for day, confirmed, state in zip(*(c.tolist() for c in columns), strict=True):
        is_open = state in {"confirmed", "retest"} or (state == "expired" != before)
        expected.append(float((day - confirmed).days) if is_open else NAN)
        before = state
    assert np.array_equal(frame["window_day"], expected, equal_nan=True)
    assert frame["window_day"].max() in (91, 92, 93, 94)
    assert (frame["window_day"] > 90).sum() <= 3 * (frame["breakout_end"] == "expired").sum()


def test_window_days() -> None:
    days = np.array(["2025-09-22", "2025-10-22", "2025-12-22", "2025-12-23"], "datetime64[D]")
    confirmed = np.array(["2025-09-22"] * 3 + ["NaT"], "datetime64[D]")
    found = window_days(days, confirmed, np.array([True, True, True, False]))
    assert np.array_equal(found, [0, 30, 91, NAN], equal_nan=True)


def test_tail_end_of_every_day(any_timeline: Timeline) -> None:
    index, heat = scored(any_timeline, "altseason_index"), scored(any_timeline, "heat")
    window = any_timeline.breakout.window_day.tolist()
    expected = [
        i >= 75 or (w > 90 and h >= 80) for i, w, h in zip(index, window, heat, strict=True)
    ]
    assert any_timeline.signals.tail_end.tolist() == expected
    assert any(expected)


def test_tail_end_past_the_window_needs_heat() -> None:
    found = tail_end(
        np.array([75, 74, 74, 74, NAN]),
        np.array([NAN, 91, 90, 91, 91]),
        np.array([NAN, 80, 99, 79, 85]),
    )
    assert found.tolist() == [True, True, False, False, True]


def test_capitulation_of_every_day(any_timeline: Timeline) -> None:
    columns = [
        scored(any_timeline, id)
        for id in ("btc_7d_pct", "btc_volume_ratio", "fear_greed", "rv30_pct")
    ]
    flags = [
        rout <= 5 and (volume >= 2 or fear <= 15 or storm >= 90)
        for rout, volume, fear, storm in zip(*columns, strict=True)
    ]
    assert any(flags)
    found = any_timeline.signals.since_capitulation
    assert np.array_equal(found, states.since(flags), equal_nan=True)


def test_a_drawdown_alone_is_no_capitulation() -> None:
    found = capitulation(
        np.array([5, 5, 5, 5, 5.1]),
        np.array([2, 1, 1, 1, 9]),
        np.array([50, 15, 50, 50, 5]),
        np.array([50, 50, 90, NAN, 99]),
    )
    assert found.tolist() == [True, True, True, False, False]


def exhausted(timeline: Timeline, leverage: list[float], rows: list[int]) -> list[str]:
    since = timeline.signals.since_capitulation.tolist()
    close, rv30 = scored(timeline, "btc_close"), scored(timeline, "rv30")
    wrong = []
    for i in rows:
        if not since[i] >= 30:
            continue
        expected = states.exhaustion(i, since, close, rv30, leverage)
        if not np.array_equal(timeline.signals.exhaustion[i], expected, equal_nan=True):
            wrong.append(f"{timeline.days[i]}: {timeline.signals.exhaustion[i]}, not {expected}")
    return wrong


def test_seller_exhaustion_of_real_days(timeline: Timeline) -> None:
    """Without open interest nothing is more than unknown."""
    rows = random.Random(3).sample(range(timeline.row(dt.date(2014, 1, 1)), 14_226), 500)
    assert exhausted(timeline, [NAN] * 14_226, rows) == []
    found = timeline.signals.exhaustion
    assert not (found == 1).any()
    assert (found == 0).any()
    assert np.isnan(found).any()


def test_seller_exhaustion_looks_at_open_interest(
    made_market: Market, made_timeline: Timeline
) -> None:
    leverage = made_market.track("OPEN_INTEREST").daily().scored().tolist()
    assert exhausted(made_timeline, leverage, [*range(len(made_timeline.days))]) == []


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(0, 260))
def test_seller_exhaustion_of_random_markets(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    close, rv30, leverage = (
        np.where(rng.random(n) < 0.02, np.nan, np.exp(rng.normal(0.002, s, n).cumsum()))
        for s in (0.02, 0.05, 0.02)
    )
    since = days_since(rng.random(n) < 0.01)
    found = seller_exhaustion(since, close, rv30, leverage)
    for i in range(n):
        expected = 0.0
        if since[i] >= 30:
            expected = states.exhaustion(i, since, close, rv30, leverage)
        assert np.array_equal(found[i], expected, equal_nan=True), i


@given(st.lists(st.booleans(), max_size=80), st.integers(1, 12))
def test_memories(flags: list[bool], n: int) -> None:
    array = np.array(flags, dtype=bool)
    windows = [flags[max(i + 1 - n, 0) : i + 1] for i in range(len(flags))]
    assert held_for(array, n).tolist() == [len(w) == n and all(w) for w in windows]
    assert seen_within(array, n).tolist() == [any(w) for w in windows]
    assert np.array_equal(days_since(array), states.since(flags), equal_nan=True)
