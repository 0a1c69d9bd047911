"""No look-ahead: what a day says is what it would have said on that day, in every column.

The raw observations are cut by 'known at', or all later ones are changed; the rows up to that
day have to stay exactly as they are.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from feeds.sample import sample_market
from rotation import catalogue, ladder, measures
from rotation import market as market_module
from rotation.day import status
from rotation.inputs import first_decision
from rotation.timeline import Timeline
from tests.rotation.made_markets import FIRST, LAST, Raw, between, cut, made, market, mutated
from tests.rotation.test_catalogue import ABSENT

REAL_FIRST, REAL_LAST = np.datetime64("1987-09-10"), np.datetime64("2026-08-21")
SMALL_FIRST, SMALL_LAST = np.datetime64("2018-01-01"), np.datetime64("2019-12-31")
SHORT = np.timedelta64(500, "D")


def leaks(full: pd.DataFrame, other: pd.DataFrame, day: np.datetime64) -> list[str]:
    """Columns that are not exactly the same on every day up to this one."""
    ours, theirs = (frame[frame["date"] <= day] for frame in (full, other))
    assert list(full.columns) == list(other.columns)
    assert len(ours) == len(theirs) > 0
    return [name for name in full if not ours[name].equals(theirs[name])]


def seen_on(raw: Raw, first: np.datetime64, day: np.datetime64) -> Timeline:
    """The timeline as the decision for a day could have made it."""
    return Timeline.of(market(cut(raw, day), first, day))


def seen_before_change(
    raw: Raw, first: np.datetime64, day: np.datetime64, last: np.datetime64, seed: int
) -> Timeline:
    """The timeline of the same past with another future."""
    return Timeline.of(market(mutated(raw, day, seed), first, min(day + SHORT, last)))


def some_days(seed: int, n: int, first: np.datetime64, last: np.datetime64) -> list[np.datetime64]:
    rng = random.Random(seed)
    return [first + rng.randrange(int((last - first).astype(int))) for _ in range(n)]


REAL_DAYS = [*some_days(4, 2, np.datetime64("1990-01-01"), np.datetime64("2013-12-31")),
             *some_days(5, 4, np.datetime64("2014-01-01"), REAL_LAST)]  # fmt: skip


@pytest.mark.parametrize("day", REAL_DAYS, ids=str)
def test_real_days_as_they_were(real: Raw, timeline: Timeline, day: np.datetime64) -> None:
    early = seen_on(real, REAL_FIRST, day)
    assert leaks(timeline.frame(), early.frame(), day) == []
    assert status(early, day.item()) == status(timeline, day.item())


@pytest.mark.parametrize("day", REAL_DAYS[3:5], ids=str)
def test_real_days_with_another_future(real: Raw, timeline: Timeline, day: np.datetime64) -> None:
    other = seen_before_change(real, REAL_FIRST, day, REAL_LAST, 7)
    assert leaks(timeline.frame(), other.frame(), day) == []
    assert told(status(other, day.item())) == told(status(timeline, day.item()))


def told(found: object) -> object:
    return replace(found, caveats={})


@pytest.mark.parametrize("day", ["2018-03-13", "2018-06-20", "2018-09-20", "2018-12-19"])
def test_the_week_of_a_witching_friday_as_it_was(small: Raw, day: str) -> None:
    at = np.datetime64(day)
    early, full = (seen_on(small, SMALL_FIRST, d).frame() for d in (at, at + 10))
    assert leaks(full, early, at) == []


@pytest.fixture(scope="module")
def small(real: Raw) -> Raw:
    """Four real years and 45 coins."""
    return between(real, np.datetime64("2015-06-01"), SMALL_LAST, 45)


def test_many_days_of_a_smaller_market(small: Raw) -> None:
    full = Timeline.of(market(small, SMALL_FIRST, SMALL_LAST))
    frame = full.frame()
    for i, day in enumerate(some_days(6, 6, SMALL_FIRST, SMALL_LAST)):
        early = seen_on(small, SMALL_FIRST, day)
        assert leaks(frame, early.frame(), day) == [], day
        other = seen_before_change(small, SMALL_FIRST, day, SMALL_LAST, i)
        assert leaks(frame, other.frame(), day) == [], day


@pytest.mark.parametrize("seed", [81, 82])
def test_days_of_markets_with_revisions_late_fetches_and_jumps(seed: int) -> None:
    raw = made(seed, spikes=True)
    full = Timeline.of(market(raw, FIRST, LAST))
    frame = full.frame()
    for day in some_days(seed, 2, np.datetime64("2022-06-01"), LAST):
        early = seen_on(raw, FIRST, day)
        assert leaks(frame, early.frame(), day) == [], day
        assert status(early, day.item()) == status(full, day.item()), day
        other = seen_before_change(raw, FIRST, day, LAST, seed)
        assert leaks(frame, other.frame(), day) == [], day


def test_a_revision_changes_later_days_only() -> None:
    """The tests above would mean little if nothing were revised."""
    raw = made(84)
    frame = Timeline.of(market(raw, FIRST, LAST)).frame()
    plain = Timeline.of(market(made(84, plain=True), FIRST, LAST)).frame()
    assert {"mrs", "nfci_pct", "net_liquidity", "rut_high"} <= set(leaks(frame, plain, LAST))


PLANTS = {
    "mrs": lambda b: b.track("rs").map(lambda v, _: np.roll(measures.mansfield(v), -1)),
    "btc_7d_pct": lambda b: b.track("btc_7d").map(
        lambda v, _: pd.Series(v).rank(pct=True).to_numpy() * 100
    ),
    "net_liquidity": lambda b: b.track("WALCL").map(lambda v, _: v / v[-1] * 6e12),
    "rut_drawdown": lambda b: b.track("RUT").map(lambda v, _: 100 * (v / v.mean() - 1)),
}
"""A shift by one, a rank in the whole history, a scale and a mean that know the future."""


@pytest.fixture(scope="module")
def fortnight(small: Raw) -> tuple[Raw, np.datetime64]:
    day = np.datetime64("2018-11-07")
    return between(small, np.datetime64("2015-06-01"), day + 14, 45), day


def found_by_both(raw: Raw, day: np.datetime64) -> tuple[set[str], set[str]]:
    """Columns in which a cut and a changed future show something."""
    first, last = SMALL_FIRST, day + 14
    frame = Timeline.of(market(raw, first, last)).frame()
    early = seen_on(raw, first, day).frame()
    other = seen_before_change(raw, first, day, last, 3).frame()
    return set(leaks(frame, early, day)), set(leaks(frame, other, day))


@pytest.mark.parametrize("id", PLANTS)
def test_a_planted_look_ahead_is_caught(
    fortnight: tuple[Raw, np.datetime64], id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found_by_both(*fortnight) == (set(), set())
    planted = replace(catalogue.METRICS[id], build=PLANTS[id])
    monkeypatch.setitem(catalogue.METRICS, id, planted)
    by_cut, by_change = found_by_both(*fortnight)
    assert id in by_cut
    assert id in by_change


def test_a_planted_early_release_is_caught(
    fortnight: tuple[Raw, np.datetime64], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market_module, "first_decision", lambda at: first_decision(at) - 1)
    by_cut, by_change = found_by_both(*fortnight)
    assert {"rut_close", "btc_close", "mrs"} <= by_cut & by_change


def test_a_planted_state_of_tomorrow_is_caught(
    fortnight: tuple[Raw, np.datetime64], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = ladder.lit_states
    monkeypatch.setattr(ladder, "lit_states", lambda *given: np.roll(honest(*given), -1))
    by_cut, _ = found_by_both(*fortnight)
    assert any(name.endswith("_lit") for name in by_cut)


LEAST = {
    # a share of the days since 2014 that must be filled, where it is below a half
    "window_day": 0.07,
    "breakout_end": 0.8,
    "treasury_account_daily": 0.3,
    "sofr_iorb": 0.35,
    "etf_flow_20d": 0.15,
    "funding_pct": 0.3,
    "oi_cap_pct": 0.3,
}
ONE_VALUE = {
    "altseason_borrowed": "the lists begin long before 30 coins have prices",
    "seller_exhaustion": "never 'yes' without open interest",
}


def unfilled(frame: pd.DataFrame, but: set[str]) -> list[str]:
    """Columns with too few cells, or with one value only."""
    found = []
    for name in sorted(set(frame.columns) - but):
        share, values = frame[name].notna().mean(), frame[name].nunique()
        if share < LEAST.get(name, 0.5) or (values < 2 and name not in ONE_VALUE):
            found.append(f"{name}: {share:.2f}, {values} values")
    return found


def test_every_column_is_filled(frame: pd.DataFrame) -> None:
    assert unfilled(frame.loc["2014":], {*ABSENT}) == []
    assert len(frame.columns) > 95


def test_a_column_without_cells_would_be_seen(frame: pd.DataFrame) -> None:
    since = frame.loc["2014":]
    assert [x.split(":")[0] for x in unfilled(since.assign(mrs=np.nan), {*ABSENT})] == ["mrs"]
    assert [x.split(":")[0] for x in unfilled(since.assign(rs=1.0), {*ABSENT})] == ["rs"]


def test_the_sample_fills_what_the_folder_lacks() -> None:
    harvest = sample_market()
    dates = [item.date[-1] for item in harvest.observations if len(item.date)]
    last = max(dates)
    raw = Raw(harvest.observations, harvest.listings)
    frame = Timeline.of(market(raw, np.datetime64("2014-01-01"), last)).frame()
    assert unfilled(frame, set()) == []
    assert frame["seller_exhaustion"].nunique() == 2


def test_the_days_of_the_property_tests_are_known(timeline: Timeline) -> None:
    assert all(timeline.first < day.item() < timeline.last for day in REAL_DAYS)
    assert timeline.last - timeline.first > dt.timedelta(days=14_000)
