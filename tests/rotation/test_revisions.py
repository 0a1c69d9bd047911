"""Many revisions: the quick way gives exactly what the plain way gives."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation import altseason as season
from rotation.epochs import EMPTY, overlay
from rotation.hindsight import BREAKOUT, LOOK_BACK, PHASE, Difference, Hindsight, hindsight
from rotation.inputs import BTC, Observations
from rotation.market import Market, Track
from rotation.measures import (
    Percentile,
    Windowed,
    above_average,
    average_distance,
    mansfield,
    median_ratio,
    percentile,
    realised_volatility,
)
from rotation.timeline import Timeline

numbers = st.one_of(st.integers(-3, 3).map(float), st.just(np.nan), st.floats(-1e6, 1e6))
FIRST = np.datetime64("2018-01-01")


@given(st.lists(numbers, max_size=60), st.integers(0, 60), st.integers(1, 60), st.integers(0, 2))
def test_the_tail_of_a_percentile_is_that_of_the_whole(values, first, step, least):
    value = np.array(values, "float64")
    dates = FIRST + np.arange(len(value)) * step * 7
    first = min(first, len(value))
    whole = percentile(value, dates, 3, least)
    tail = Percentile(3, least).tail(value, dates, first)
    assert np.array_equal(tail, whole[first:], equal_nan=True)


WINDOWED = [
    (mansfield, 200), (average_distance, 200), (realised_volatility, 30), (median_ratio, 90),
    (above_average, 50), (mansfield, 3), (realised_volatility, 2),
]  # fmt: skip


@pytest.mark.parametrize(("function", "n"), WINDOWED)
def test_the_tail_of_a_windowed_measure_is_that_of_the_whole_to_the_last_bit(function, n):
    rng = np.random.default_rng(n)
    for length in (0, 1, n - 1, n, n + 1, 3 * n, 5_000):
        value = np.exp(np.cumsum(rng.normal(0, 0.02, length)))
        value[rng.random(length) < 0.002] = np.nan
        dates = FIRST + np.arange(length)
        measure = Windowed(function, n)
        whole = measure(value, dates)
        for first in {0, 1, n - 1, n, length // 2, length - 2, length - 1, length}:
            if 0 <= first <= length:
                tail = measure.tail(value, dates, first)
                assert np.array_equal(tail, whole[first:], equal_nan=True), (length, first)


def revised(seed, days=900, often=4):
    """A walk whose values are amended some days later, again and again."""
    rng = np.random.default_rng(seed)
    date = FIRST + np.arange(days)
    value = np.exp(np.cumsum(rng.normal(0, 0.02, days))) * 100
    released = (date + 1).astype("datetime64[us]")
    amended = np.sort(rng.choice(days - 30, days // often, replace=False))
    later = released[amended] + rng.integers(1, 20, len(amended)).astype("timedelta64[D]")
    return Observations(
        "coin:bitcoin",
        np.concatenate([date, date[amended]]),
        np.concatenate([value, value[amended] * rng.normal(1, 0.01, len(amended))]),
        np.concatenate([released, later]),
        np.concatenate([released, later]),
        "test",
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_continued_measure_equals_the_plain_one(seed):
    market = Market([revised(seed)], first=FIRST, last=FIRST + 899)
    track = market.track("coin:bitcoin").map(np_step)
    assert len(track.epochs) > 100
    quick = track.map(Percentile(2, 1))
    plain = track.map(lambda values, dates: percentile(values, dates, 2, 1))
    assert_same(quick, plain)


def np_step(values, dates):
    """Few different values, and holes, so that there are ties."""
    return np.where(dates.astype(int) % 17 == 0, np.nan, np.round(values))


def assert_same(one: Track, other: Track):
    for a, b in zip(one.epochs, other.epochs, strict=True):
        assert np.array_equal(a.value, b.value, equal_nan=True)
    for column in ("value", "date", "released", "fresh"):
        a, b = getattr(one.daily(), column), getattr(other.daily(), column)
        assert np.array_equal(a, b, equal_nan=column != "fresh")


def plain_stretches(market, listing):
    """Every stretch put together anew."""
    tracks = [market.track(coin) for coin in (*market.coins, BTC)]
    begin = int(np.argmax(listing >= 0)) if (listing >= 0).any() else len(market.days)
    starts = {e.start for track in tracks for e in track.epochs}
    cuts = np.searchsorted(market.days, np.array(sorted(starts), dtype="datetime64[D]"))
    edges = np.unique(np.concatenate([[begin], cuts[cuts > begin], [len(market.days)]]))
    for first, stop in pairwise(edges):
        wanted = np.arange(market.days[first] - season.LOOKBACK, market.days[stop - 1] + 1)
        closes = np.full((len(wanted), len(tracks)), np.nan)
        in_time = np.zeros(closes.shape, dtype=bool)
        for column, track in enumerate(tracks):
            epoch = track.as_known(market.days[first])
            for date, value, known in zip(epoch.date, epoch.value, epoch.known, strict=True):
                if wanted[0] <= date <= wanted[-1]:
                    row = int((date - wanted[0]).astype(int))
                    closes[row, column], in_time[row, column] = value, known <= date
        yield slice(int(first), int(stop)), closes, in_time


def test_the_stretches_of_the_index_are_the_plain_ones(made_market):
    market = made_market
    listing, _ = season.choose_listings(market.listings, market.days)
    found = [(rows, c.copy(), t.copy()) for rows, c, t in season._stretches(market, listing)]
    plain = list(plain_stretches(market, listing))
    assert len(found) == len(plain) > 3
    for (rows, closes, in_time), (other, wanted, timely) in zip(found, plain, strict=True):
        assert rows == other
        assert np.array_equal(closes, wanted, equal_nan=True)
        assert np.array_equal(in_time, timely)


def test_a_market_without_revisions_has_nothing_to_look_back_on(made_timeline):
    market = Market([replace(revised(0), **first_readings(revised(0)))],
                    first=FIRST, last=FIRST + 899)  # fmt: skip
    assert hindsight(market, made_timeline) == Hindsight()


def first_readings(item):
    return {
        name: getattr(item, name)[:900] for name in ("date", "value", "released_at", "fetched_at")
    }


def test_hindsight_is_the_market_of_the_last_readings(made_market):
    market = made_market
    other, series = market.in_hindsight()
    assert series
    for id in series:
        track, told = market.track(id), other.track(id)
        last = track.as_known(market.days[-1])
        newest = told.as_known(market.days[-1])
        both, i, j = np.intersect1d(last.date, newest.date, return_indices=True)
        assert len(both) > 0.9 * len(last.date)
        assert np.array_equal(last.value[i], newest.value[j])
    again, none = other.in_hindsight()
    assert not none
    assert again.days[-1] == market.days[-1]


def test_what_would_differ_is_named_and_the_past_stands(made_market):
    market = made_market
    decided = Timeline.of(market)
    before = decided.frame()
    found = hindsight(market, decided)
    assert decided.frame().equals(before)
    oldest = decided.last - dt.timedelta(days=LOOK_BACK)
    other = Timeline.of(market.in_hindsight()[0])
    for item in found.differences:
        assert isinstance(item, Difference)
        assert oldest < item.first <= item.last <= decided.last
        assert item.then != item.now
        row = decided.row(item.last)
        if item.what == PHASE:
            assert (item.then, item.now) == (decided.phase[row].value, other.phase[row].value)
        elif item.what == BREAKOUT:
            assert item.then == decided.breakout.on(row).state.value


def spans(starts):
    days = sorted({np.datetime64("0001-01-01"), *(FIRST + n for n in starts)})
    return tuple(replace(EMPTY, start=day) for day in days)


@given(st.sets(st.integers(0, 30), max_size=12), st.sets(st.integers(0, 30), max_size=12))
def test_an_overlay_has_every_pair_that_is_valid_together(left, right):
    one, other = spans(left), spans(right)
    found = [(start, a.start, b.start) for start, a, b in overlay(one, other)]
    expected = []
    for start in sorted({epoch.start for epoch in one + other}):
        a = max(epoch.start for epoch in one if epoch.start <= start)
        b = max(epoch.start for epoch in other if epoch.start <= start)
        expected.append((start, a, b))
    assert found == expected
    assert list(overlay((), other)) == list(overlay(one, ())) == []
