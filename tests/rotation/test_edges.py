"""Markets with little or nothing in them: no traceback, no invented number."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import numpy as np
import pytest

from rotation.breakout import State
from rotation.checklist import Answer
from rotation.day import status
from rotation.inputs import BTC, BTC_VOLUME, ETH, Freshness
from rotation.phase import Phase
from rotation.status import RotationStatus
from rotation.timeline import Timeline, UnknownDayError
from tests.rotation.made_markets import FIRST, LAST, Raw, made, market, only

RAW = made(91, plain=True)
NOTHING = Raw((), ())
MAIN = ("RUT", "SPX", "IWM.volume", "XLK", "WALCL", "TGA", "RRP", "BAA10Y", "NFCI", "SOFR",
        "DOMINANCE", "STABLECOINS", "FEAR_GREED", BTC, BTC_VOLUME, ETH)  # fmt: skip


def without(*series: str) -> Raw:
    kept = tuple(item for item in RAW.observations if item.series not in series)
    return replace(RAW, observations=kept)


def on_days(raw: Raw, *rows: int) -> list[RotationStatus]:
    timeline = Timeline.of(market(raw, FIRST, LAST))
    timeline.frame()
    return [status(timeline, timeline.days[row].item()) for row in rows]


def is_empty(found: RotationStatus) -> None:
    assert found.phase is Phase.DATA_HOLD
    assert (found.coverage, found.scored, found.lit, found.position) == (0, 0, 0, 0)
    assert all(reading.fresh is Freshness.MISSING for reading in found.readings.values())
    assert all(reading.value is None for reading in found.readings.values())
    assert found.breakout.state is State.NONE
    assert found.breakout.event is None
    assert not found.tail_end
    assert found.warning is None
    assert found.records["breakout"].base_rate is None
    assert all(group.fresh is Freshness.MISSING for group in found.groups)


def test_an_empty_market() -> None:
    for found in on_days(NOTHING, 0, 1, -1):
        is_empty(found)


def test_an_empty_market_answers_nothing() -> None:
    found = on_days(NOTHING, -1)[0]
    assert {item.answer for item in found.checklist} == {Answer.UNKNOWN}
    assert found.exhaustion is Answer.UNKNOWN


def test_values_that_are_all_nan() -> None:
    nothing = tuple(replace(x, value=np.full(len(x.value), np.nan)) for x in RAW.observations)
    for found in on_days(replace(RAW, observations=nothing), 0, -1):
        is_empty(found)


def test_series_without_rows() -> None:
    nothing = tuple(only(x, x.date < x.date[0]) for x in RAW.observations)
    is_empty(on_days(replace(RAW, observations=nothing), -1)[0])


@pytest.mark.parametrize("series", MAIN)
def test_one_series_missing(series: str) -> None:
    """All numbers that do not need it are still there."""
    found = on_days(without(series), 5, 400, 900)[-1]
    assert found.scored >= 4
    assert found.phase is not Phase.DATA_HOLD
    assert found.coverage > 60


@pytest.mark.parametrize("seed", range(4))
def test_half_of_the_series_missing(seed: int) -> None:
    lost = random.Random(seed).sample(sorted({x.series for x in RAW.observations}), 46)
    for found in on_days(without(*lost), 0, 300, 600, -1):
        assert 0 <= found.coverage < 100
        assert (found.phase is Phase.DATA_HOLD) == (found.scored < 4)


def test_without_the_index_there_is_no_breakout_and_its_rung_is_not_available() -> None:
    found = on_days(without("RUT"), 900)[0]
    assert (found.breakout.state, found.breakout.event) == (State.NONE, None)
    assert found.rungs[3].score is None
    assert found.rungs[3].lit is None
    assert found.scored == 5


def test_without_the_index_phases_still_change() -> None:
    timeline = Timeline.of(market(without("RUT"), FIRST, LAST))
    lively = timeline.phase[650:]
    assert Phase.DATA_HOLD not in lively
    assert len(set(lively)) > 1


@pytest.mark.parametrize("days", [1, 2, 40])
def test_a_market_whose_data_begin_yesterday(days: int) -> None:
    last = np.datetime64("2022-06-15")
    parts = tuple(only(item, item.date >= last - days) for item in RAW.observations)
    timeline = Timeline.of(market(replace(RAW, observations=parts), FIRST, last))
    timeline.frame()
    found = status(timeline, timeline.last)
    assert found.phase is Phase.DATA_HOLD
    assert found.readings["rut_close"].value is not None
    assert found.readings["mrs"].value is None
    assert found.coverage < 30


def test_a_market_of_one_day_knows_its_whole_past() -> None:
    day = np.datetime64("2023-05-10")
    one = Timeline.of(market(RAW, day, day)).metrics
    all_days = Timeline.of(market(RAW, FIRST, LAST))
    row = all_days.row(day.item())
    for id, daily in all_days.metrics.items():
        assert np.array_equal(one[id].value, daily.value[[row]], equal_nan=True), id
        assert (one[id].date == daily.date[[row]]).all(), id


def test_a_timeline_that_begins_after_an_attempt(real: Raw) -> None:
    first, last = np.datetime64("2025-09-25"), np.datetime64("2025-09-26")
    found = status(Timeline.of(market(real, first, last)), last.item()).breakout
    assert found.event is not None
    assert found.event.attempt == dt.date(2025, 9, 18)


def test_days_outside_have_no_decision() -> None:
    timeline = Timeline.of(market(RAW, FIRST, LAST))
    for day in (FIRST - 1, LAST + 1):
        with pytest.raises(UnknownDayError, match="2021-06-01"):
            status(timeline, day.item())


def test_several_sessions_that_become_known_at_once(real: Raw) -> None:
    """After an outage: the same sessions, one day later."""
    late = np.datetime64("2021-12-01T10:00", "us")
    live = np.datetime64("2021-11-24T00:00", "us")
    parts = tuple(_late(item, live, late) for item in real.observations)
    first, last = np.datetime64("2021-06-01"), np.datetime64("2021-12-10")
    timeline = Timeline.of(market(Raw(parts, real.listings, live), first, last))
    event = timeline.breakout.events[-1]
    assert (event.end, event.ended) == (State.FAILED, dt.date(2021, 11, 29))
    assert timeline.breakout.known_on[dt.date(2021, 11, 29)] == dt.date(2021, 12, 1)
    assert timeline.breakout.on(timeline.row(dt.date(2021, 11, 30))).state is State.RETEST


def _late(item: object, live: np.datetime64, late: np.datetime64) -> object:
    held = (item.released_at > live) & (item.released_at < late)
    return replace(item, fetched_at=np.where(held, late, item.released_at))


def test_a_failure_among_several_sessions_is_not_overlooked(real: Raw) -> None:
    late = np.datetime64("2021-12-01T10:00", "us")
    live = np.datetime64("2021-11-24T00:00", "us")
    parts = tuple(_late(item, live, late) for item in real.observations)
    first, last = np.datetime64("2021-06-01"), np.datetime64("2021-12-10")
    timeline = Timeline.of(market(Raw(parts, real.listings, live), first, last))
    assert timeline.breakout.undone[timeline.row(dt.date(2021, 12, 1))]
