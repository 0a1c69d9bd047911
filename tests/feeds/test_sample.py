"""The sample market: always the same, through its turning points, with a story to tell."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import exchange_calendars
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import sample_facts as facts
from feeds.feed import Harvest
from feeds.files import read_folder
from feeds.sample import sample_market
from feeds.sample_paths import FIRST, GRID, Points, path_through, points_of, shocks, six_digits
from rotation.calendars import freshness
from rotation.inputs import BTC, ETH, INPUTS, Cadence, Freshness, Observations, input_of
from rotation.ladder import LADDER
from rotation.market import Market
from rotation.timeline import Timeline

LAST = date(2026, 6, 30)
DIGEST = "4ff24b7955297e533e85e2b2e577f14327ba76add8db0c589987acec5dea3517"
"""Of the whole sample market; a change of a turning point or a path changes it on purpose."""


@pytest.fixture(scope="module")
def sample() -> Harvest:
    return sample_market()


@pytest.fixture(scope="module")
def series(sample: Harvest) -> dict[str, Observations]:
    return {item.series: item for item in sample.observations}


def digest(harvest: Harvest) -> str:
    total = hashlib.sha256()
    for item in harvest.observations:
        total.update(f"{item.series} {item.source} {item.caveat}\n".encode())
        for column in (item.date, item.released_at, item.fetched_at):
            total.update(column.astype("<i8").tobytes())
        total.update(item.value.astype("<f8").tobytes())
    for listing in harvest.listings:
        total.update(f"{listing.date} {listing.known} {' '.join(listing.coins)}\n".encode())
    return total.hexdigest()


def at(item: Observations, day: str) -> float:
    (value,) = item.value[item.date == np.datetime64(day)]
    return float(value)


# --- the same on every run ---------------------------------------------------------------


def test_it_is_the_market_that_it_was(sample: Harvest) -> None:
    assert digest(sample) == DIGEST


@pytest.mark.parametrize(
    "setting",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "4242"},
        {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"},  # an older processor
    ],
    ids=["one hash seed", "another hash seed", "another processor"],
)
def test_another_process_makes_the_same(sample: Harvest, setting: dict[str, str]) -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from test_sample import digest, sample_market\n"
        "print(digest(sample_market()))"
    )
    here = Path(__file__).resolve()
    out = subprocess.run(
        [sys.executable, "-c", code, str(here.parents[2]), str(here.parent)],
        env=os.environ | setting,
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout.strip() == digest(sample)


def test_it_is_marked_and_clean(sample: Harvest) -> None:
    assert sample.sample
    assert sample.problems == ()
    assert sample.withheld == ()
    for item in sample.observations:
        assert (item.source, item.caveat) == ("sample", "")


def test_six_significant_digits(sample: Harvest) -> None:
    for item in sample.observations:
        shown = [float(f"{value:.6g}") for value in item.value[::97].tolist()]
        assert item.value[::97].tolist() == shown, item.series


def test_it_is_small_and_quick(sample: Harvest) -> None:
    rows = sum(len(item.date) for item in sample.observations)
    assert 300_000 < rows < 800_000
    start = time.process_time()
    sample_market()
    assert time.process_time() - start < 2  # 0.15 s on the machine it was written on


# --- dates -------------------------------------------------------------------------------


def test_sessions_are_those_of_new_york(series: dict[str, Observations]) -> None:
    calendar = exchange_calendars.get_calendar("XNYS", start="1987-01-01")
    sessions = calendar.sessions_in_range("2007-01-03", "2026-06-30")
    expected = sessions.to_numpy().astype("datetime64[D]")
    traded = [s for s in series if s in INPUTS and INPUTS[s].cadence is Cadence.SESSION]
    assert len(traded) == 29
    for name in traded:
        dates = series[name].date
        assert (dates == expected[expected >= dates[0]]).all(), name
    assert (series["RUT"].date == expected).all()


@pytest.mark.parametrize(
    ("name", "weekday"), [("WALCL", 2), ("TGA", 2), ("BILLS", 2), ("MBS", 2), ("NFCI", 4)]
)
def test_weekly_series_keep_their_day(
    series: dict[str, Observations], name: str, weekday: int
) -> None:
    dates = series[name].date
    assert {day.weekday() for day in dates.tolist()} == {weekday}
    assert (np.diff(dates).astype(int) == 7).all()


def test_releases_follow_the_clocks(sample: Harvest) -> None:
    for item in sample.observations:
        assert (np.diff(item.date).astype(int) > 0).all(), item.series
        assert (item.released_at == input_of(item.series).clock.released(item.date)).all()
        assert (item.fetched_at == item.released_at).all()
        assert str(item.date[-1]) <= str(LAST)


def test_everything_is_there_and_fresh_on_the_last_day(series: dict[str, Observations]) -> None:
    assert set(INPUTS) | {BTC, ETH} <= set(series)
    days = np.array([LAST], "datetime64[D]")
    decision = np.datetime64("2026-07-01T00:15", "us")
    for name in (*INPUTS, BTC, ETH):
        item = series[name]
        known = item.released_at <= decision
        code = freshness(input_of(name), days, item.date[known][-1:], item.released_at[known][-1:])
        assert code[0] == Freshness.FRESH, name


# --- levels ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "points"),
    [("RUT", facts.RUT), ("SPX", facts.SPX), (BTC, facts.BTC), (ETH, facts.ETH)],
)
def test_it_passes_through_its_turning_points(
    series: dict[str, Observations], name: str, points: str
) -> None:
    words = points.split()
    assert len(words) >= 80
    for day, level in zip(words[::2], words[1::2], strict=True):
        assert at(series[name], day) == float(level)


@pytest.mark.parametrize(
    ("name", "points", "tolerance"),
    [
        ("RUT", facts.RUT, 0.005),
        ("SPX", facts.SPX, 0.005),
        (BTC, facts.BTC, 0.02),
        (ETH, facts.ETH, 0.05),
    ],
)
def test_the_turning_points_are_true(
    market_data: Path, name: str, points: str, tolerance: float
) -> None:
    real = read_folder(market_data, now=datetime(2026, 8, 23))
    (item,) = (item for item in real.observations if item.series == name)
    words = points.split()
    for day, level in zip(words[::2], words[1::2], strict=True):
        assert float(level) == pytest.approx(at(item, day), rel=tolerance), day


def test_values_are_plausible(sample: Harvest) -> None:
    for item in sample.observations:
        known = input_of(item.series)
        assert np.isfinite(item.value).all(), item.series
        assert ((item.value >= known.low) & (item.value <= known.high)).all(), item.series
        if known.jump:
            moves = 100 * np.abs(item.value[1:] / item.value[:-1] - 1)
            assert moves.max() <= known.jump, item.series


RECORDS = [
    ("2007-07-13", 856, "2011-04-27"),
    ("2011-04-29", 865, "2012-11-15"),
    ("2014-03-04", 1209, "2014-12-23"),
    ("2015-06-23", 1296, "2016-11-03"),
    ("2018-01-23", 1611, "2018-05-15"),
    ("2018-08-31", 1741, "2020-10-30"),
    ("2021-03-15", 2360, "2021-10-29"),
    ("2021-11-08", 2443, "2025-09-17"),
    ("2026-01-22", 2719, "2026-04-15"),
]


@pytest.mark.parametrize(("first", "level", "last"), RECORDS)
def test_no_invented_day_beats_a_record(
    series: dict[str, Observations], first: str, level: float, last: str
) -> None:
    rut = series["RUT"]
    until = rut.date <= np.datetime64(last)
    assert rut.value[until].max() == level
    assert str(rut.date[until][rut.value[until].argmax()]) == first


def test_small_caps_break_out_when_they_did(series: dict[str, Observations]) -> None:
    """Closes above the highest close before, at least 63 sessions after it."""
    rut = series["RUT"]
    found, high, since = [], rut.value[0], 0
    for i, close in enumerate(rut.value):
        if close > high:
            if i - since >= 63:
                found.append(str(rut.date[i])[:7])
            high, since = close, i
    assert [month for month in found if month >= "2014"] == [
        "2014-12", "2016-11", "2018-05", "2020-11", "2021-11", "2025-09"
    ]  # fmt: skip


def test_moves_look_like_moves(series: dict[str, Observations]) -> None:
    def moves(name: str, every: int = 1) -> np.ndarray:
        item = series[name]
        return np.diff(np.log(item.value[item.date >= np.datetime64("2018-06-20")][::every]))

    for name, low, high in (
        ("RUT", 0.010, 0.018), ("SPX", 0.007, 0.013), (BTC, 0.02, 0.045), (ETH, 0.025, 0.06),
        ("XLK", 0.008, 0.016), ("coin:litecoin", 0.03, 0.07),
    ):  # fmt: skip
        assert low < moves(name).std() < high, name
        assert 0 < np.mean(moves(name) == 0) + 1e-9 < 0.01, name
    for one, two, least in (
        ("RUT", "SPX", 0.75), ("RUT", "PSCT", 0.75), ("SPX", "XLF", 0.5), (BTC, ETH, 0.5),
        (BTC, "coin:litecoin", 0.5),
    ):  # fmt: skip
        assert np.corrcoef(moves(one, 5), moves(two, 5))[0, 1] > least, (one, two)


def test_iwm_is_a_tenth(series: dict[str, Observations]) -> None:
    ratio = series["RUT"].value / series["IWM"].value
    assert ratio == pytest.approx(np.full(len(ratio), 10), rel=0.003)


# --- coins -------------------------------------------------------------------------------


def test_lists(sample: Harvest, series: dict[str, Observations]) -> None:
    dates = [listing.date for listing in sample.listings]
    expected = np.arange("2014-01", "2026-07", dtype="datetime64[M]").astype("datetime64[D]")
    assert dates == expected.tolist()
    for listing in sample.listings:
        assert listing.known == datetime(*listing.date.timetuple()[:3]) + timedelta(days=1)
        assert BTC not in listing.coins
        assert len(set(listing.coins)) == len(listing.coins) >= 29
        for coin in listing.coins:
            item = series[coin]
            assert str(item.date[0]) <= str(listing.date) <= str(item.date[-1])
            assert (np.diff(item.date).astype(int) == 1).all(), coin
    assert min(len(item.coins) for item in sample.listings if item.date.year >= 2018) > 50


def test_coins_are_given_up(sample: Harvest, series: dict[str, Observations]) -> None:
    for id in facts.GIVEN_UP:
        coin = f"coin:{id}"
        end = series[coin].date[-1]
        assert end < np.datetime64(LAST)
        assert any(coin in item.coins for item in sample.listings)
        assert all(coin not in i.coins for i in sample.listings if np.datetime64(i.date) > end)


# --- the story ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def timeline(sample: Harvest) -> Timeline:
    first, last = np.datetime64("2014-01-01"), np.datetime64(LAST)
    market = Market(sample.observations, sample.listings, first=first, last=last, sample=True)
    timeline = Timeline.of(market)
    assert not market.withheld
    return timeline


@pytest.mark.parametrize("rung", [rung.id for rung in LADDER])
def test_each_rung_is_scored_and_changes(timeline: Timeline, rung: str) -> None:
    days = timeline.rungs[rung]
    after = timeline.days >= np.datetime64("2016-01-01")
    assert np.isfinite(days.score[after]).all()
    assert 0.1 < (days.lit[after] == 1).mean() < 0.9
    assert (np.diff(days.lit[after]) != 0).sum() >= 10


def test_no_phase_rules_and_most_are_seen(timeline: Timeline) -> None:
    names, counts = np.unique([phase.value for phase in timeline.phase[730:]], return_counts=True)
    assert len(names) >= 7
    assert counts.max() / counts.sum() < 0.35


def test_the_last_day_has_something_to_say(timeline: Timeline) -> None:
    lit = {id: days.lit[-1] for id, days in timeline.rungs.items()}
    assert lit["small_caps"] == 1
    assert lit["majors"] == 0
    assert timeline.phase[-1].value == "small-cap lead"
    assert timeline.coverage[-1] == pytest.approx(100)


# --- paths -------------------------------------------------------------------------------


def test_shocks_are_standard_and_their_own() -> None:
    one, two = shocks("one"), shocks("two")
    assert abs(one.mean()) < 0.05
    assert 0.95 < one.std() < 1.08
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.05
    assert (one == shocks("one")).all()


levels = st.floats(0.001, 1e6)


@settings(deadline=None, max_examples=60)
@given(
    points=st.dictionaries(st.integers(0, len(GRID) - 1), levels, min_size=2, max_size=6),
    noise=st.floats(0, 0.2),
    log=st.booleans(),
)
def test_a_path_stays_between_its_points(points: dict[int, float], noise: float, log: bool) -> None:
    at = np.array(sorted(points))
    level = np.array([points[i] for i in at])
    path = path_through(Points(at, level), noise * shocks("test"), log=log)
    assert (path[at] == level).all()
    assert np.isnan(path[: at[0]]).all()
    assert np.isnan(path[at[-1] + 1 :]).all()
    for a, b in pairwise(at):
        part = path[a : b + 1]
        slack = 1e-6 * max(points[a], points[b])
        assert part.min() >= min(points[a], points[b]) - slack
        assert part.max() <= max(points[a], points[b]) + slack


@given(st.lists(st.floats(1e-14, 1e14) | st.floats(-1e14, -1e-14) | st.just(0.0)))
def test_rounding_to_six_digits(values: list[float]) -> None:
    rounded = six_digits(np.array(values, np.float64))
    for value, short in zip(values, rounded.tolist(), strict=True):
        assert short == pytest.approx(value, rel=6e-6)
        assert short == float(f"{short:.6g}")


def test_points_are_read() -> None:
    points = points_of("2007-01-03 787  2007-01-04 .5\n2007-02-01 1")
    assert (FIRST + points.at).astype(str).tolist() == ["2007-01-03", "2007-01-04", "2007-02-01"]
    assert points.level.tolist() == [787, 0.5, 1]
