"""How numbers and days are written on an axis."""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.scales import Range, day_ticks, number, padded, ticks


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (5.79e12, "USD", "5.79tn"),
        (310e9, "USD", "310bn"),
        (-317e6, "USD", "−317m"),
        (75_000, "USD", "75k"),
        (999_999, "USD", "1m"),
        (9_999, "USD", "9,999"),
        (0, "USD", "0"),
        (22.2e6, "shares", "22.2m"),
        (2442.74, "points", "2,443"),
        (99.9, "points", "99.9"),
        (0.03185, "ratio", "0.03185"),
        (1.6558, "ratio", "1.66"),
        (-4.04, "%", "−4.0\u202f%"),
        (0.0083, "%", "0.0083\u202f%"),
        (1234.5, "%", "1,234\u202f%"),
        (0.05, "% a session", "0.050\u202f%"),
        (-0.25, "pp", "−0.25\u202fpp"),
        (63.4, "score", "63"),
        (-0.001, "score", "0"),
        (42.0, "pctl", "42"),
        (-0.5213, "index", "−0.5213"),
        (1e300, "USD", "1.0e+300"),
        (2e-9, "ratio", "2.0e−09"),
    ],
)
def test_numbers(value: float, unit: str, written: str) -> None:
    assert number(value, unit) == written


def test_ticks_of_one_axis_share_magnitude_and_decimals() -> None:
    values = [0.0, 2.5e12, 5e12]
    assert [number(v, "USD", step=2.5e12, peak=5e12) for v in values] == ["0.0", "2.5tn", "5.0tn"]
    assert number(0.05, "ratio", step=0.025, peak=0.05) == "0.050"
    assert number(0.25, "pp", step=0.25, peak=1) == "0.25"


@given(
    st.floats(-1e12, 1e12),
    st.floats(1e-6, 1e12),
    st.integers(-3, 12),
)
def test_ticks_are_few_round_and_in_range(low: float, width: float, most: int) -> None:
    span = padded(low, low + width)
    found, step = ticks(span, most)
    assert 1 <= len(found) <= max(most, 1)
    air = (span.high - span.low) * 1e-6
    assert all(span.low - air <= value <= span.high + air for value in found)
    assert all(math.isclose(b - a, step, rel_tol=1e-3) for a, b in pairwise(found))


@pytest.mark.parametrize("value", [0.0, 1e99, -1e99, 1e-99, 5.0])
def test_a_constant_gets_air(value: float) -> None:
    low, high = padded(value, value)
    assert low < value < high


def test_padding_keeps_the_middle() -> None:
    assert padded(0, 100, 0.1) == Range(-10, 110)


@given(st.dates(), st.integers(0, 60_000))
def test_any_span_has_a_few_days_labelled(first: dt.date, length: int) -> None:
    last = dt.date.fromordinal(min(first.toordinal() + length, dt.date.max.toordinal()))
    found = day_ticks(first, last)
    assert 1 <= len(found) <= 7
    days = [tick.day for tick in found]
    assert days == sorted(set(days))
    assert first <= days[0]
    assert days[-1] <= last
    assert len({tick.label for tick in found}) > 1 or len(found) == 1


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2025-01-01", "2025-01-01", "1 Jan 2025"),
        ("2025-01-01", "2025-01-31", "6 Jan|13 Jan|20 Jan|27 Jan"),
        ("2025-02-03", "2025-08-03", "Mar 2025|Apr|May|Jun|Jul|Aug"),
        ("2024-02-03", "2026-08-03", "Jul|2025|Jul|2026|Jul"),
        ("1985-02-03", "2026-08-03", "1990|2000|2010|2020"),
    ],
)
def test_days(first: str, last: str, labels: str) -> None:
    found = day_ticks(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert "|".join(tick.label for tick in found) == labels


def test_months_come_in_the_language_of_the_reader() -> None:
    found = day_ticks(dt.date(2025, 2, 3), dt.date(2025, 8, 3), "de")
    assert found[0].label == "März 2025"
