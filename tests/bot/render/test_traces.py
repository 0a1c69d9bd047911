"""Thinning keeps what the eye would see."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.render.traces import finite, thin

value = st.one_of(st.none(), st.floats(-1e6, 1e6))


@given(st.lists(value, min_size=40, max_size=80))
def test_thinning_keeps_lows_highs_ends_and_range(values: list[float | None]) -> None:
    ys = finite(values, len(values))
    xs = np.linspace(10.0, 20.0, len(values))
    x, y = thin(xs, ys)
    assert len(x) == len(y) <= 5 * 11
    known = ys[np.isfinite(ys)]
    drawn = y[np.isfinite(y)]
    if len(known):
        assert (drawn.min(), drawn.max()) == (known.min(), known.max())
        assert (drawn[0], drawn[-1]) == (known[0], known[-1])
        assert (np.diff(x[np.isfinite(y)]) >= 0).all()
        assert x.max() <= 20.5


def test_a_gap_wider_than_a_pixel_stays_a_gap() -> None:
    ys = np.ones(1000)
    ys[400:600] = np.nan
    x, y = thin(np.linspace(0, 100, 1000), ys)
    broken = np.flatnonzero(np.isnan(y))
    assert len(broken) == 1
    assert 39 < x[broken[0]] < 41


def test_few_points_are_left_alone() -> None:
    xs, ys = np.arange(50.0), np.arange(50.0)
    assert thin(xs, ys)[0] is xs


def test_what_cannot_be_drawn_is_missing() -> None:
    found = finite((None, float("inf"), float("nan"), 1e300, 1e-300, 5.0), 7)
    assert np.array_equal(np.isnan(found), [True, True, True, True, False, False, True])
    assert found[4] == 0
