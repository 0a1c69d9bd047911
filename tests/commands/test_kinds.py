"""Dates as people write them; names and what is offered for them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.dates import end_of, read_day
from commands.kinds import METRIC, closest, longest
from commands.words import language
from rotation.catalogue import METRICS
from rotation.ladder import LADDER

LAST = dt.date(2026, 6, 30)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "day"),
    [("26 Sep", "2025-09-26"), ("26 sept", "2025-09-26"), ("Sep 26", "2025-09-26"),
     ("26. September", "2025-09-26"), ("26th September 2024", "2024-09-26"),
     ("september 26, 2024", "2024-09-26"), ("30 June", "2026-06-30"), ("1 July", "2025-07-01"),
     ("29 Feb", "2024-02-29"), ("26.9.", "2025-09-26"), ("26.09.2024", "2024-09-26"),
     ("2024/09/26", "2024-09-26"), ("20240926", "2024-09-26"), ("26-Sep-2024", "2024-09-26"),
     ("friday", "2026-06-26"), ("last friday", "2026-06-26"), ("Last  Tue", "2026-06-30"),
     ("on monday", "2026-06-29"), ("today", "2026-06-30"), ("yesterday", "2026-06-29"),
     ("1 July 2026", "2026-07-01")],
)  # fmt: skip
def test_a_day_is_read_as_it_is_written(text, day):
    assert read_day(text, LAST) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    ["", "foo", "2025", "31 Feb", "30.2.2024", "september", "sep", "next friday", "0 Jan",
     "26 Foo", "friday 26", "13.13.", "99 99", "26 Sep 20255", "on", "last"],
)  # fmt: skip
def test_what_is_no_day_is_none(text):
    assert read_day(text, LAST) is None


def test_days_in_the_language_of_the_request():
    token = language.set("de")
    try:
        assert read_day("26. Dezember", LAST) == dt.date(2025, 12, 26)
        assert read_day("3. mai 2024", LAST) == dt.date(2024, 5, 3)
        assert read_day("Freitag", LAST) == dt.date(2026, 6, 26)
        assert read_day("26 Sep", LAST) == dt.date(2025, 9, 26)
    finally:
        language.reset(token)


@given(st.text(max_size=20), st.dates(dt.date(2000, 1, 1), dt.date(2040, 1, 1)))
def test_any_text_is_a_day_or_none(text, last):
    read_day(text, last)
    end_of(text, last)


@given(st.dates(dt.date(2017, 1, 1), LAST), st.sampled_from(["%d %B", "%d %b", "%B %d", "%d.%m."]))
def test_without_a_year_it_is_the_latest_such_day(day, form):
    found = read_day(day.strftime(form), LAST)
    assert (found.month, found.day) == (day.month, day.day)
    assert day <= found <= LAST


@pytest.mark.parametrize(
    ("text", "offers"),
    [("2025", "2025-12-31"), ("2026", "2026-06-30"), ("2025-09", "2025-09-30"),
     ("1970", "2007-01-03"), ("2031", "2026-06-30"), ("2025-13", "2026-06-30"),
     ("0000", "2026-06-30"), ("9999", "2026-06-30")],
)  # fmt: skip
def test_a_year_offers_a_day_of_it(say, sample, text, offers):
    reply = say(sample, f"/rotation {text}")
    assert reply.failed
    assert "year-month-day" in reply.headline
    assert [button.command for button in reply.buttons] == [f"/rotation {offers}"]


def test_the_name_of_a_rung_is_its_score():
    for rung in LADDER:
        wanted = f"{rung.id}_score"
        assert wanted in METRICS
        for form in (rung.id, rung.name):
            assert METRIC.parse(form, None) == wanted


def test_the_longest_of_the_first_words_is_a_name():
    names = {"net liquidity", "net liquidity, 13 week change", "btc"}
    assert longest(["Net", "liquidity", "5y"], names) == 2
    assert longest(["net_liquidity", "5y"], names) == 1
    assert longest(["net", "liquidity,", "13-week", "change"], names) == 4
    assert longest(["net"], names) == longest([], names) == 0


def test_what_is_far_off_is_not_closest():
    names = {"berlin": "Berlin", "belem": "Belem", "moncton": "Moncton"}
    assert closest("berln", names, cutoff=0.8) == ["Berlin"]
    assert closest("münchen", names, cutoff=0.8) == []
