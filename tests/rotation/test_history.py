"""Outcomes after events, base rate and interval, against loops and statsmodels."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation import history
from rotation.day import status
from rotation.history import Record, by_day, gains, spaced, wilson
from rotation.inputs import BTC
from rotation.market import Epoch
from rotation.timeline import Timeline
from tests.oracles import evidence as oracle
from tests.oracles.folder import rows
from tests.rotation.made_markets import FIRST, LAST, cut, made, market, world

SINCE = dt.date(2014, 9, 17)
DAY = dt.timedelta(days=1)


def record(
    asset: str, events: list[dt.date], closes: Epoch, today: dt.date, horizon: int
) -> Record:
    gained = gains(by_day(closes, today), horizon)
    return history.record(asset, events, gained, horizon, SINCE)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson(case: tuple[int, int]) -> None:
    assert wilson(*case) == pytest.approx(oracle.wilson(*case), rel=1e-9, abs=1e-9)


def test_wilson_of_two_in_six() -> None:
    assert wilson(2, 6) == pytest.approx((9.6772, 70.0007), abs=1e-3)
    assert wilson(0, 0) is None


@given(st.lists(st.dates(dt.date(2014, 1, 1), dt.date(2026, 1, 1)), max_size=40))
def test_spacing(events: list[dt.date]) -> None:
    kept: list[dt.date] = []
    for event in sorted(events):
        if all((event - other).days >= 90 for other in kept):
            kept.append(event)
    assert spaced(events) == kept


@pytest.fixture(scope="module")
def bitcoin(market_data: Path) -> dict[dt.date, float]:
    return dict(rows(market_data / "BTC.csv", "close"))


def same(found: object, wanted: oracle.Evidence) -> None:
    assert [o.event for o in found.outcomes] == [event for event, _ in wanted.outcomes]
    for outcome, (event, gain) in zip(found.outcomes, wanted.outcomes, strict=True):
        assert outcome.gain == (None if gain is None else pytest.approx(gain, rel=1e-9, abs=1e-9))
        assert outcome.matures == event + 91 * DAY
    assert (found.hits, found.n) == (wanted.hits, wanted.n)
    assert found.open == len(wanted.outcomes) - wanted.n
    expected = wanted.base_rate
    assert found.base_rate == (None if expected is None else pytest.approx(expected, rel=1e-9))
    assert found.base_days == wanted.base_days
    interval = oracle.wilson(wanted.hits, wanted.n) if wanted.n else None
    assert found.interval == (interval and pytest.approx(interval, rel=1e-9, abs=1e-9))


def test_the_records_of_random_real_days(timeline: Timeline, bitcoin: dict[dt.date, float]) -> None:
    confirmed = [e.confirmed for e in timeline.breakout.events if e.confirmed]
    warned = [w.on for w in timeline.signals.warnings]
    rng = random.Random(9)
    days = [SINCE + rng.randrange(4350) * DAY for _ in range(8)]
    for day in [*days, dt.date(2014, 9, 17), dt.date(2014, 12, 17), timeline.last]:
        known = {at: close for at, close in bitcoin.items() if at <= day}
        found = status(timeline, day).records
        same(found["breakout"], oracle.evidence(confirmed, known, SINCE, day))
        same(found["early-warning"], oracle.evidence(warned, known, SINCE, day))


def test_the_breakouts_since_2014(timeline: Timeline) -> None:
    found = status(timeline, timeline.last).records["breakout"]
    assert [str(outcome.event) for outcome in found.outcomes] == [
        "2014-12-30", "2016-11-16", "2018-05-18", "2020-11-17", "2021-11-04", "2025-09-22",
    ]  # fmt: skip
    assert (found.hits, found.n, found.open) == (2, 6, 0)
    assert found.rate == pytest.approx(100 / 3)
    assert 55 < found.base_rate < 62


def test_no_record_before_bitcoin(timeline: Timeline) -> None:
    found = status(timeline, dt.date(2014, 1, 1)).records["breakout"]
    assert (found.n, found.base_rate, found.interval, found.rate) == (0, None, None, None)


def test_an_event_is_open_until_its_horizon_has_passed(timeline: Timeline) -> None:
    """Confirmed on 2025-09-22: entry 09-23, outcome the close of 12-22."""
    for day, still_open in ((dt.date(2025, 12, 21), 1), (dt.date(2025, 12, 22), 0)):
        assert status(timeline, day).records["breakout"].open == still_open


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_random_events_on_closes_with_holes_and_revisions(seed: int) -> None:
    rng = random.Random(seed)
    day = FIRST + rng.randrange(100, 1000)
    events = [SINCE + rng.randrange(3500) * DAY for _ in range(30)]
    closes = MARKET.track(BTC).as_known(day)
    points = WORLD.known(BTC, day.item())
    known = {point.date: point.value for point in points}
    found = record(BTC, events, closes, day.item(), 90)
    same(found, oracle.evidence(events, known, SINCE, day.item()))
    horizon = rng.choice([30, 60])
    other = record(BTC, events, closes, day.item(), horizon)
    wanted = oracle.evidence(events, known, SINCE, day.item(), horizon)
    assert (other.hits, other.n, other.base_days) == (wanted.hits, wanted.n, wanted.base_days)


RAW = made(61)
MARKET = market(RAW, FIRST, LAST)
WORLD = world(RAW)


def test_a_close_that_is_not_known_yet_leaves_the_event_open() -> None:
    event, today = dt.date(2021, 7, 1), dt.date(2021, 10, 5)
    dates = np.arange("2021-06-01", "2021-10-06", dtype="datetime64[D]")
    at = dates.astype("datetime64[us]")
    late = np.where(dates == np.datetime64(event + 91 * DAY), dates + 9, dates)
    start = np.datetime64("0001-01-01")
    for known, expected in ((dates, 1), (late, 0)):
        closes = Epoch(start, dates, np.linspace(1, 2, len(dates)), at, known)
        assert record(BTC, [event], closes, today, 90).n == expected


def test_what_becomes_known_later_does_not_change_a_record() -> None:
    day = FIRST + 700
    events = [dt.date(2021, 7, 1), dt.date(2022, 2, 1), dt.date(2023, 3, 1)]
    early = market(cut(RAW, day), FIRST, day).track(BTC).as_known(day)
    late = MARKET.track(BTC).as_known(day)
    assert record(BTC, events, early, day.item(), 90) == record(BTC, events, late, day.item(), 90)
    assert np.isfinite(record(BTC, events, late, day.item(), 90).base_rate)
