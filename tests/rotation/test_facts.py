"""Numbers that are known from elsewhere: the README of the real data, and public history."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from rotation.checklist import Answer
from rotation.day import status
from rotation.timeline import Timeline
from tests.rotation.made_markets import Raw, market, only

FACTS = [
    # metric, day of the decision that knows it, value as the README rounds it, decimals
    ("rut_close", "2020-03-18", 991.16, 2),
    ("rut_close", "2021-11-08", 2442.74, 2),
    ("rut_close", "2026-01-08", 2603.91, 2),
    ("rut_high", "2026-01-07", 2590.61, 2),
    ("rut_high", "2026-04-15", 2718.77, 2),
    ("rut_close", "2026-03-30", 2414.01, 2),
    ("rut_drawdown", "2026-03-30", -11.2, 1),
    ("rut_high", "2026-04-16", 2719.60, 2),
    ("rut_close", "2026-08-14", 3068.42, 2),
    ("spx_close", "2020-03-23", 2237.40, 2),
    ("spx_close", "2022-01-03", 4796.56, 2),
    ("btc_close", "2021-11-08", 67566.83, 2),
    ("btc_close", "2025-10-06", 124752.53, 2),
    ("btc_drawdown", "2025-10-06", 0, 9),
    ("eth_close", "2021-11-08", 4812.09, 2),
    ("hy_oas", "2020-03-24", 10.87, 2),
    ("net_liquidity", "2026-01-08", 5772.9e9, -8),
    ("fed_assets", "2026-01-08", 6573.602e9, -6),
    ("reverse_repo", "2026-01-07", 4.582e9, -6),
]


@pytest.mark.parametrize(("metric", "day", "value", "decimals"), FACTS)
def test_fact(frame: pd.DataFrame, metric: str, day: str, value: float, decimals: int) -> None:
    assert round(float(frame.loc[day, metric]), decimals) == pytest.approx(value, abs=1e-6)


def test_what_is_public_later_is_not_known_on_its_own_day(timeline: Timeline) -> None:
    """HY OAS of 2020-03-23 and the balance sheet of 2026-01-07 come out the day after."""
    for metric, day, later in (
        ("hy_oas", dt.date(2020, 3, 23), dt.date(2020, 3, 24)),
        ("net_liquidity", dt.date(2026, 1, 7), dt.date(2026, 1, 8)),
    ):
        daily = timeline.metrics[metric]
        assert daily.date[timeline.row(day)].item() < day
        assert daily.date[timeline.row(later)].item() == day


def test_net_liquidity_begins_in_september_2013(timeline: Timeline) -> None:
    daily = timeline.metrics["net_liquidity"]
    first = np.flatnonzero(~np.isnan(daily.value))[0]
    assert str(daily.date[first]) == "2013-09-25"  # the first Wednesday
    assert str(timeline.days[first]) == "2013-09-26"
    assert 2.2e12 < daily.value[first] < 3.8e12


@pytest.mark.parametrize(("reverse_repo", "date"), [("2025-09-12", 17), ("2025-09-11", 10)])
def test_net_liquidity_takes_a_reverse_repo_of_up_to_5_days_before(
    real: Raw, reverse_repo: str, date: int
) -> None:
    """With none since, the Wednesday after has no net liquidity, and the one before stands."""
    last = np.datetime64(reverse_repo)
    parts = tuple(
        item if item.series != "RRP" else only(item, item.date <= last)
        for item in real.observations
        if item.series in ("WALCL", "TGA", "RRP")
    )
    a_market = market(Raw(parts, ()), np.datetime64("2025-09-01"), np.datetime64("2025-09-22"))
    daily = Timeline.of(a_market).metrics["net_liquidity"]
    assert daily.date[-1].item() == dt.date(2025, 9, date)


def test_a_billion_or_a_million_too_much_is_withheld(real: Raw) -> None:
    """The same series has been served in billions and in millions."""
    day = np.datetime64("2025-09-26")
    for factor in (1e-3, 1e3):
        wrong = tuple(
            item if item.series != "WALCL" else _scaled(item, factor) for item in real.observations
        )
        a_market = market(Raw(wrong, ()), day, day)
        assert np.isnan(Timeline.of(a_market).metrics["net_liquidity"].value).all(), factor
        assert {item.series for item in a_market.withheld} == {"WALCL"}


def _scaled(item: object, factor: float) -> object:
    return type(item)(
        item.series, item.date, item.value * factor, item.released_at, item.fetched_at, "test"
    )


def test_the_week_average_and_adjusted_closes_are_labelled(timeline: Timeline) -> None:
    assert "average" in timeline.caveats["TGA"]
    assert "adjusted" in timeline.caveats["PSCT"]
    assert "adjusted" in timeline.caveats["IWC"]
    assert "revised" in timeline.caveats["NFCI"]


def test_the_attempt_of_2025_had_these_ticks(timeline: Timeline) -> None:
    found = status(timeline, dt.date(2025, 9, 26)).breakout
    ticks = {tick.id: tick.answer for tick in found.ticks}
    assert list(ticks) == ["volume", "strength", "breadth", "credit", "inflow"]
    assert ticks["inflow"] is Answer.UNKNOWN  # no shares outstanding in the folder
    assert all(tick.reading.date <= dt.date(2025, 9, 18) for tick in found.ticks[:4])


def test_the_gain_of_a_year_is_against_the_last_close_before_it(frame: pd.DataFrame) -> None:
    gain = 100 * (frame.loc["2026-01-16", "rut_close"] / frame.loc["2025-12-31", "rut_close"] - 1)
    assert frame.loc["2026-01-16", "rut_year"] == pytest.approx(gain, rel=1e-9)


def test_there_is_a_row_for_every_calendar_day(frame: pd.DataFrame) -> None:
    assert len(frame) == 14_226
    assert (frame.index[1:] - frame.index[:-1] == pd.Timedelta(days=1)).all()
    offset = frame["decided_at"].dt.tz_localize(None) - frame.index.to_series()
    assert (offset == pd.Timedelta(days=1, minutes=15)).all()


def test_nine_of_ten_days_since_2015_have_four_rungs(frame: pd.DataFrame) -> None:
    scores = frame.loc["2015":, [name for name in frame if name.endswith("_score")]]
    assert scores.shape[1] == 6
    assert (scores.notna().sum(axis=1) >= 4).mean() >= 0.9


def test_the_parts_of_net_liquidity_add_up(timeline) -> None:
    names = ("net_liquidity", "fed_assets", "treasury_account", "reverse_repo_weekly")
    net, fed, tga, rrp = (timeline.metrics[name] for name in names)
    same = (net.date == fed.date) & (fed.date == tga.date) & (tga.date == rrp.date)
    known = same & ~np.isnan(net.value)
    assert known.sum() > 4_000
    assert np.allclose((fed.value - tga.value - rrp.value)[known], net.value[known])


def test_a_row_of_the_export_holds_no_stale_value(timeline) -> None:
    frame, daily = timeline.frame(), timeline.metrics["altseason_index"]
    assert not np.isnan(daily.value[-1])
    assert np.isnan(frame["altseason_index"].iloc[-1])
    assert frame["mrs"].iloc[-1] == timeline.metrics["mrs"].value[-1]


def test_credit_is_marked_as_capped_where_its_cap_holds_it_down(timeline) -> None:
    credit = timeline.rungs["credit"]
    parts = [timeline.metrics[f"{id}_pct"].scored() for id in ("baa10y", "nfci", "move")]
    mean = np.nanmean(100 - np.array(parts), axis=0)
    assert credit.capped.any()
    assert (credit.score[credit.capped] == 49).all()
    assert (mean[credit.capped] > 49).all()
    free = ~credit.capped & ~np.isnan(credit.score)
    assert np.allclose(credit.score[free], mean[free])
