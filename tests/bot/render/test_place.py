"""Labels are moved apart, and only as far as needed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.cover import Cover
from bot.render.place import Box, Point, free, spread
from bot.render.sheet import Floats


@given(st.lists(st.floats(-50, 250), max_size=9))
def test_spread_keeps_apart_in_order_and_inside(wanted: list[float]) -> None:
    found = spread(wanted, 20, 0, 200)
    assert all(-1e-6 <= y <= 200 + 1e-6 for y in found)
    ordered = sorted(found)
    assert all(b - a >= 20 - 1e-6 for a, b in pairwise(ordered))
    for one, first in zip(wanted, found, strict=True):
        for other, second in zip(wanted, found, strict=True):
            assert one >= other or first < second


def test_spread_leaves_alone_what_is_apart() -> None:
    assert spread([100, 10, 50], 20, 0, 200) == [100, 10, 50]


def test_spread_moves_both_of_a_pair() -> None:
    assert spread([100, 100], 20, 0, 200) == [90, 110]


def test_boxes_that_come_too_near_are_not_free() -> None:
    box = Box(0, 0, 10, 10)
    assert free(Box(13, 0, 20, 10), [box], gap=2)
    assert not free(Box(11, 0, 20, 10), [box], gap=2)
    assert Point(20, 5).nearest(box) == (10, 5)


@pytest.mark.parametrize(
    ("box", "covers"),
    [
        (Box(40, 40, 60, 60), True),
        (Box(40, 60, 60, 90), False),
        (Box(150, 10, 180, 90), False),
    ],
)
def test_cover_sees_lines_between_their_points(box: Box, covers: bool) -> None:
    cover = Cover(Box(0, 0, 200, 100))
    cover.add(line(0, 100), line(50, 50))
    assert (cover.under(box) > 0) is covers


def line(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)
