"""Numbers, dates and lists as a reader sees them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import words

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "decimals", "sign", "shown"),
    [(2442.74, 2, False, "2,442.74"), (-4.04, 1, False, "−4.0"), (7.9, 1, True, "+7.9"),
     (-0.04, 1, False, "0.0"), (-0.04, 1, True, "+0.0"), (1e6, 0, False, "1,000,000")],
)  # fmt: skip
def test_number(value, decimals, sign, shown):
    assert words.number(value, decimals, sign=sign) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(5.7729e12, "5.77 tn USD"), (3.1e11, "310 bn USD"), (95.3e9, "95.3 bn USD"),
     (2e8, "200 m USD"), (73032.8, "73,033 USD"), (0.05640216, "0.0564 USD"),
     (-4.4e8, "−440 m USD")],
)  # fmt: skip
def test_money(value, shown):
    assert words.money(value) == shown.replace(" ", NBSP)


def test_amount_has_its_unit_or_is_na():
    assert words.amount(None, "%", 1) == "n/a"
    assert words.amount(4.25, "%", 1, sign=True) == f"+4.2{NBSP}%"
    assert words.amount(1.414, "ratio", 2) == "1.41×"
    assert words.amount(0.03185, "ratio", 5) == "0.03185"
    assert words.amount(42.4, "pctl", 0) == "42 of 100"
    assert words.amount(-0.01, "pp", 2) == f"−0.01{NBSP}pp"
    assert words.amount(84, "score", 0) == "84"
    assert words.amount(73.4, "points", 1) == f"73.4{NBSP}points"


@given(st.floats(-1e15, 1e15), st.integers(0, 6))
def test_a_number_never_shows_a_hyphen_for_minus_nor_minus_zero(value, decimals):
    shown = words.number(value, decimals)
    assert "-" not in shown
    assert not (shown.startswith("−") and float(shown[1:].replace(",", "")) == 0)


def test_a_date_names_its_year_only_where_it_is_another():
    assert words.day(dt.date(2025, 9, 26), dt.date(2025, 12, 1)) == "26 Sep"
    assert words.day(dt.date(2021, 11, 8), dt.date(2025, 12, 1)) == "8 Nov 2021"
    assert words.day(dt.date(2021, 11, 8)) == "8 Nov 2021"


@pytest.mark.parametrize(
    ("items", "shown"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_listed(items, shown):
    assert words.listed(items) == shown


def test_an_empty_sentence_stays_empty():
    assert words._("") == ""
