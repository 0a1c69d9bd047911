"""When a value is public, and how fresh it is: date by date with zoneinfo."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.calendars import freshness, sessions
from rotation.inputs import BTC, ETH, INPUTS, Freshness, decided_at, first_decision, input_of
from tests.oracles import clock
from tests.oracles.folder import rows
from tests.rotation.made_markets import COINS

SERIES = sorted({*INPUTS, BTC, ETH, COINS[0]})
DAY = timedelta(days=1)
KNOWN = [
    # Wednesday's balance sheet, out on Thursday 16:30 of New York: summer, winter
    ("WALCL", "2025-07-02", "2025-07-03T20:30"),
    ("WALCL", "2025-12-03", "2025-12-04T21:30"),
    ("TGA", "2025-11-26", "2025-11-28T21:30"),  # Thanksgiving: Friday
    ("RRP", "2025-03-07", "2025-03-07T18:15"),  # the last session of winter time
    ("RRP", "2025-03-10", "2025-03-10T17:15"),  # the first of summer time
    ("TGA_DAILY", "2025-07-03", "2025-07-07T20:00"),  # over Independence Day and a weekend
    ("NFCI", "2025-09-12", "2025-09-17T12:30"),
    ("BAA10Y", "2025-10-10", "2025-10-14T20:00"),  # over Columbus Day
    ("SOFR", "2025-09-18", "2025-09-19T20:00"),
    ("MORTGAGE30", "2025-09-18", "2025-09-18T16:00"),
    ("RUT", "2025-09-18", "2025-09-18T22:00"),
    ("RUT", "2025-01-08", "2025-01-08T23:00"),
    (BTC, "2025-09-18", "2025-09-19T00:00"),
    ("ETF_FLOW", "2025-09-19", "2025-09-22T20:00"),
]


def released(series: str, day: date) -> datetime:
    return input_of(series).clock.released(np.array([day], "datetime64[D]"))[0].item()


@pytest.mark.parametrize(("series", "day", "instant"), KNOWN)
def test_release_of(series: str, day: str, instant: str) -> None:
    expected = datetime.fromisoformat(instant)
    assert released(series, date.fromisoformat(day)) == expected
    assert clock.rhythm(series)[1](date.fromisoformat(day)) == expected


@pytest.mark.parametrize("series", SERIES)
def test_every_release_since_1987(series: str) -> None:
    cadence, oracle = clock.rhythm(series)
    assert input_of(series).cadence.value == cadence
    weekday = {"NFCI": 4, "MORTGAGE30": 3}.get(series, 2)
    rng, first = random.Random(series), date(1987, 1, 1).toordinal()
    days = [date.fromordinal(first + n) for n in rng.sample(range(17_000), 700)]
    if cadence == clock.WEEKLY:
        days = [day + (weekday - day.weekday()) % 7 * DAY for day in days]
    found = input_of(series).clock.released(np.array(days, "datetime64[D]")).tolist()
    assert found == [oracle(day) for day in days]


def test_every_day_of_two_years_of_changing_clocks() -> None:
    days = [date(2024, 1, 1) + n * DAY for n in range(731)]
    for series in ("RUT", "RRP", "NFCI", "BAA10Y"):
        found = input_of(series).clock.released(np.array(days, "datetime64[D]")).tolist()
        assert found == [clock.rhythm(series)[1](day) for day in days], series


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)))
def test_first_decision(instant: datetime) -> None:
    found = first_decision(np.array([instant], "datetime64[us]"))[0].item()
    assert found == clock.first_decision(instant)


def test_a_decision_knows_what_came_in_its_own_second() -> None:
    at = np.array(["2025-09-19T00:15:00", "2025-09-19T00:15:00.000001"], "datetime64[us]")
    assert first_decision(at).astype(str).tolist() == ["2025-09-18", "2025-09-19"]
    assert decided_at(np.array(["2025-09-18"], "datetime64[D]"))[0] == at[0]


def test_sessions_are_those_of_the_real_index(market_data: Path) -> None:
    real = [day for day, _ in rows(market_data / "GSPC.csv", "close") if day.year >= 1987]
    ours = [day for day in sessions().tolist() if day <= real[-1]]
    assert ours == real


@pytest.mark.parametrize("series", ["RUT", "BAA10Y", "RRP", "WALCL", "NFCI", BTC, "IORB"])
def test_freshness_of_every_age(series: str) -> None:
    """Observed on one day, asked for on each of the 30 that follow."""
    rng = random.Random(series)
    for _ in range(25):
        seen = date(2023, 1, 4) + rng.randrange(1200) * DAY
        seen -= (seen.weekday() - 2) % 7 * DAY if series == "WALCL" else 0 * DAY
        if series in ("RUT", "BAA10Y", "RRP") and not clock.is_business_day(seen):
            continue
        instant = clock.rhythm(series)[1](seen)
        days = [clock.first_decision(instant) + n * DAY for n in range(30)]
        expected = [clock.freshness(series, seen, instant, day) for day in days]
        assert codes(series, seen, instant, days) == expected
        assert expected[0] == Freshness.FRESH
        assert expected[-1] == Freshness.STALE


def codes(series: str, seen: date, instant: datetime, days: list[date]) -> list[int]:
    n = len(days)
    return freshness(
        input_of(series),
        np.array(days, "datetime64[D]"),
        np.array([seen] * n, "datetime64[D]"),
        np.array([instant] * n, "datetime64[us]"),
    ).tolist()


def test_a_friday_close_is_fresh_on_a_holiday_monday() -> None:
    friday, instant = date(2025, 5, 23), released("RUT", date(2025, 5, 23))
    days = [friday + n * DAY for n in range(7)]  # Memorial Day on the 26th
    fresh, late, stale = Freshness.FRESH, Freshness.LATE, Freshness.STALE
    expected = [fresh, fresh, fresh, fresh, late, stale, stale]
    assert codes("RUT", friday, instant, days) == expected


def test_ages_at_which_a_weekly_and_a_daily_number_turn() -> None:
    wednesday = date(2025, 9, 10)
    out = released("WALCL", wednesday)
    days = [date(2025, 9, 11) + n * DAY for n in (0, 8, 9, 17, 18)]
    assert codes("WALCL", wednesday, out, days) == [0, 0, 1, 1, 2]
    close = released(BTC, wednesday)
    assert codes(BTC, wednesday, close, [wednesday + n * DAY for n in range(4)]) == [0, 0, 1, 2]


def test_nothing_known_is_missing() -> None:
    days = np.array(["2025-09-10"], "datetime64[D]")
    nothing = np.array(["NaT"], "datetime64[D]"), np.array(["NaT"], "datetime64[us]")
    for series in ("RUT", "BAA10Y", "WALCL", BTC):
        assert freshness(input_of(series), days, *nothing)[0] == Freshness.MISSING
