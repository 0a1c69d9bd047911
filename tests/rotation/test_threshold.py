"""Thresholds against a loop that is written down on its own."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.threshold import Threshold, Watched, begin, margin_of, step

START = datetime(2026, 1, 1)
HOUR = timedelta(hours=1)


def run(rule, values, state=None, gap=24 * HOUR):
    """Indices at which it fires, one reading each day."""
    state, fired = state or Watched(armed=True), []
    for n, value in enumerate(values):
        at = START + n * gap
        state, fires = step(rule, state, value, at, at)
        if fires:
            fired.append(n)
    return fired


ABOVE = Threshold("x", True, 60.0, 2.0)


@pytest.mark.parametrize(
    ("values", "fired"),
    [
        ([59, 61, 62], [2]),  # two readings in a row
        ([61, 59, 61, 59], []),
        ([60, 60, 60], []),  # at the level is not above
        ([61, 62, 59, 61, 62], [1]),  # 59 is within the margin: not armed again
        ([61, 62, 58, 61, 62], [1, 4]),
        ([61, 62, 63, 64, 90], [1]),
    ],
)
def test_it_fires_once_and_again_only_after_it_came_back(values, fired):
    assert run(ABOVE, values) == fired


def test_below_is_its_mirror():
    rule = Threshold("x", False, 40.0, 2.0)
    assert run(rule, [39, 38, 41, 39, 38, 42, 39, 38]) == [1, 7]


def test_a_reading_counts_once_however_often_it_is_looked_at():
    state = Watched(armed=True)
    for _ in range(5):
        state, fires = step(ABOVE, state, 70.0, START, START)
        assert not fires
    state, fires = step(ABOVE, state, 70.0, START + HOUR, START + HOUR)
    assert fires


def test_the_cooldown_holds_it_back_and_loses_nothing():
    values = [61, 62, 50, 61, 62, 63, 64]
    assert run(ABOVE, values, gap=6 * HOUR) == [1, 5]


def test_one_that_begins_beyond_the_level_waits_for_a_crossing():
    assert run(ABOVE, [70, 71, 57, 61, 62], begin(ABOVE, 70.0)) == [4]
    assert run(ABOVE, [61, 62], begin(ABOVE, None)) == [1]
    assert begin(ABOVE, 60.0).armed


@pytest.mark.parametrize(
    ("level", "unit", "margin"),
    [
        (75, "index", 2),
        (10, "%", 2),
        (100_000, "USD", 5_000),
        (-5, "%", 2),
        (0.05, "ratio", 0.0025),
    ],
)
def test_default_margins(level, unit, margin):
    assert margin_of(level, unit) == pytest.approx(margin)


def test_a_level_of_zero_has_a_margin_too():
    assert margin_of(0.0, "pp") > 0


@given(
    st.lists(st.integers(0, 20), max_size=60), st.integers(1, 4), st.integers(0, 5),
    st.booleans(), st.integers(0, 4),
)  # fmt: skip
def test_any_series_of_readings_against_a_plain_loop(values, persistence, margin, above, cooling):
    rule = Threshold("x", above, 10.0, float(margin), persistence, cooling * 24 * HOUR)
    sign = 1 if above else -1
    armed, streak, last, expected = True, 0, None, []
    for n, value in enumerate(values):
        gap = sign * (value - 10)
        if not armed:
            armed, streak = gap <= -margin, 0
            continue
        streak = streak + 1 if gap > 0 else 0
        if streak >= persistence and (last is None or n - last >= cooling):
            expected.append(n)
            armed, streak, last = False, 0, n
    assert run(rule, values) == expected


@given(st.lists(st.integers(0, 20), max_size=40), st.data())
def test_restarts_in_between_change_nothing(values, data):
    """The state is all that is kept, so it may be written and read after every reading."""
    state, fired = Watched(armed=True), []
    for n, value in enumerate(values):
        at = START + n * 24 * HOUR
        for _ in range(data.draw(st.integers(1, 3))):  # the same reading again after a restart
            state, fires = step(ABOVE, Watched(**_fields(state)), value * 6.0, at, at)
            if fires:
                fired.append(n)
    assert fired == run(ABOVE, [value * 6.0 for value in values])


def _fields(state):
    return {name: getattr(state, name) for name in ("armed", "streak", "seen", "fired")}
