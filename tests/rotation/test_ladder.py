"""Scores, lit and unlit, position, off-script, coverage: rung by rung and day by day."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.ladder import LADDER, lit_states
from rotation.timeline import Timeline
from tests.oracles import arithmetic as a
from tests.oracles import states

NAN = math.nan
SCORES = {
    "liquidity": (
        ("net_liquidity_13w_pct", 1, lambda x: x),
        ("net_liquidity_4w_pct", 1, lambda x: x),
    ),
    "credit": (
        ("baa10y_pct", 1, lambda x: 100 - x),
        ("nfci_pct", 1, lambda x: 100 - x),
        ("move_pct", 1, lambda x: 100 - x),
    ),
    "stocks": (
        ("spx_distance_200", 1, lambda x: a.linear(x / 10)),
        ("large_breadth", 1, lambda x: x),
    ),
    "small_caps": (
        ("mrs", 1, lambda x: a.linear(x / 8)),
        ("rs_slope_pct", 1, lambda x: x),
        ("rut_drawdown", 1, lambda x: min(max(100 * (1 + x / 15), 0), 100)),
    ),
    "majors": (
        ("btc_distance_200", 1, lambda x: a.linear(x / 40)),
        ("eth_btc_mrs", 1, lambda x: a.linear(x / 20)),
    ),
    "alts": (
        ("altseason_index", 0.6, lambda x: x),
        ("dominance_30d", 0.2, lambda x: a.linear(-x / 5)),
        ("stablecoins_30d_pct", 0.2, lambda x: x),
    ),
}
"""The table of section 4."""
NEWS = {
    "liquidity": ("fed_assets", 2),
    "credit": ("spx_close", 3),
    "stocks": ("spx_close", 3),
    "small_caps": ("rut_close", 3),
    "majors": ("btc_close", 3),
    "alts": ("btc_close", 3),
}


def pressed(timeline: Timeline, row: int) -> bool:
    """SOFR over the interest on reserves by more than 10 bp on the last 3 readings."""
    spread = timeline.metrics["sofr_iorb"]
    found: dict[np.datetime64, float] = {}
    for j in range(row, max(row - 25, -1), -1):
        if not math.isnan(spread.value[j]):
            found.setdefault(spread.date[j], spread.value[j])
    last = list(found.values())[:3]
    return len(last) == 3 and all(v > 0.10 + 1e-9 for v in last) and spread.fresh[row] < 2


def test_scores_of_random_days(any_timeline: Timeline) -> None:
    timeline, rng = any_timeline, random.Random(4)
    rows = rng.sample(range(400, len(timeline.days)), 300)
    for id, parts in SCORES.items():
        for row in rows:
            given = [
                (score(timeline.metrics[name].scored()[row]), weight)
                for name, weight, score in parts
            ]
            given = [(NAN if math.isnan(s) else s, w) for s, w in given]
            score, share = states.weighted(given)
            if id == "credit" and pressed(timeline, row):
                score = min(score, 49)
            found = timeline.rungs[id]
            assert found.score[row] == pytest.approx(score, rel=1e-9, abs=1e-9, nan_ok=True), id
            assert found.weight[row] == pytest.approx(share, abs=1e-9), id


def test_what_is_stale_is_not_scored(timeline: Timeline) -> None:
    """Dominance has a hole from May 2024 to July 2026."""
    row = timeline.row(timeline.days[-400].item())
    assert not math.isnan(timeline.metrics["dominance"].value[row])
    assert math.isnan(timeline.metrics["dominance"].scored()[row])
    assert timeline.rungs["alts"].weight[row] == pytest.approx(0.8)


def test_funding_pressure_capped_the_credit_rung(timeline: Timeline) -> None:
    rows = [i for i in range(len(timeline.days) - 3000, len(timeline.days)) if pressed(timeline, i)]
    assert rows
    assert max(timeline.rungs["credit"].score[rows]) == 49


def test_lit_and_unlit_of_every_day(any_timeline: Timeline) -> None:
    for id, (metric, patience) in NEWS.items():
        dates = any_timeline.metrics[metric].date.tolist()
        news = [
            day is not None and (i == 0 or dates[i - 1] is None or day > dates[i - 1])
            for i, day in enumerate(dates)
        ]
        rung = any_timeline.rungs[id]
        expected = states.lit(rung.score.tolist(), news, patience)
        assert np.array_equal(rung.lit, expected, equal_nan=True), id


def test_the_ladder_is_the_table() -> None:
    assert [rung.id for rung in LADDER] == [*SCORES]
    for rung in LADDER:
        assert [part.metric for part in rung.inputs] == [name for name, _, _ in SCORES[rung.id]]
        assert [part.weight for part in rung.inputs] == [w for _, w, _ in SCORES[rung.id]]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([40, 49.99, 50, 55, 59.99, 60, 75, NAN]), st.booleans())),
    st.integers(1, 4),
)
def test_hysteresis(days: list[tuple[float, bool]], patience: int) -> None:
    scores, news = [s for s, _ in days], [n for _, n in days]
    found = lit_states(np.array(scores, dtype=float), np.array(news, dtype=bool), patience)
    assert np.array_equal(found, states.lit(scores, news, patience), equal_nan=True)


def lit(scores: list[float], patience: int = 3) -> list[float]:
    return lit_states(np.array(scores), np.ones(len(scores), dtype=bool), patience).tolist()


def test_lit_from_60_after_three_unlit_below_50_after_three() -> None:
    assert lit([60, 60, 60, 50, 49, 49, 49]) == [0, 0, 1, 1, 1, 1, 0]
    assert lit([60, 60, 59, 60, 60, 60]) == [0, 0, 0, 0, 0, 1]


def test_no_score_neither_advances_nor_resets() -> None:
    found = lit([70, 70, NAN, NAN, 70])
    assert np.array_equal(found, [0, 0, NAN, NAN, 1], equal_nan=True)


def test_the_same_observation_counts_once() -> None:
    news = np.array([True, False, False, True, False, True])
    assert lit_states(np.full(6, 80.0), news, 3).tolist() == [0, 0, 0, 0, 0, 1]


def test_position_off_script_and_coverage_of_random_days(any_timeline: Timeline) -> None:
    timeline = any_timeline
    for row in random.Random(8).sample(range(len(timeline.days)), 400):
        flags = [timeline.rungs[rung.id].lit[row] for rung in LADDER]
        position = 0
        while position < 6 and flags[position] == 1:
            position += 1
        assert timeline.position[row] == position
        off = [
            flag == 1 and sum(below == 0 for below in flags[:i]) >= 2
            for i, flag in enumerate(flags)
        ]
        assert timeline.off_script[:, row].tolist() == off
        weights = [timeline.rungs[rung.id].weight[row] for rung in LADDER]
        assert timeline.coverage[row] == pytest.approx(100 * sum(weights) / 6)


def test_the_whole_ladder_was_lit_once_and_off_script_at_times(timeline: Timeline) -> None:
    assert timeline.position.max() == 6
    assert 0.05 < timeline.off_script.any(axis=0).mean() < 0.5
