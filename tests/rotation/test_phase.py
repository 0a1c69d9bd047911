"""Phases: first match from the top, with patience; and how they are spread over real days."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.ladder import LADDER
from rotation.phase import Cause, Phase, PhaseInputs, phases
from rotation.timeline import Timeline
from tests.oracles import states

NAN = math.nan
ORDER = (
    "data hold", "exhaustion", "altseason", "spillover", "small-cap lead", "risk-on",
    "credit thaw", "tightening", "mixed",
)  # fmt: skip


def alone(inputs: PhaseInputs) -> list[str]:
    """What each day alone says."""
    scores, flags = inputs.score.tolist(), inputs.lit.tolist()
    index, heat = inputs.index.tolist(), inputs.heat.tolist()
    undone, session = inputs.undone.tolist(), inputs.session.tolist()
    days = range(len(index))
    return [states.phase(i, scores, flags, index, heat, undone, session) for i in days]


def expected(inputs: PhaseInputs) -> list[str]:
    return states.patient(alone(inputs), inputs.undone.tolist(), inputs.session.tolist())


def given_to(timeline: Timeline) -> PhaseInputs:
    """What the phases of a timeline were made of; sessions are news of the index."""
    dates = timeline.metrics["rut_close"].date
    news = ~np.isnat(dates)
    news[1:] &= np.isnat(dates[:-1]) | (dates[1:] > dates[:-1])
    states_of = np.array(timeline.frame()["breakout_state"])
    rungs = [timeline.rungs[rung.id] for rung in LADDER]
    return PhaseInputs(
        np.array([rung.score for rung in rungs]),
        np.array([rung.lit for rung in rungs]),
        timeline.metrics["altseason_index"].scored(),
        timeline.metrics["heat"].scored(),
        news & np.isin(states_of, ["failed", "broken"]),
        news,
    )


def test_the_phase_of_every_day(any_timeline: Timeline) -> None:
    assert [phase.value for phase in any_timeline.phase] == expected(given_to(any_timeline))


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**32 - 1), st.integers(1, 250))
def test_random_days(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)

    def rarely(value: np.ndarray, share: float) -> np.ndarray:
        return np.where(rng.random(value.shape) < share, np.nan, value)

    score = rarely(50 + rng.normal(0, 6, (6, n)).cumsum(axis=1), 0.1)
    lit = np.where(np.isnan(score), np.nan, (score > 50).astype(float))
    inputs = PhaseInputs(
        score,
        lit,
        rarely(65 + rng.normal(0, 3, n).cumsum(), 0.03),
        rarely(75 + rng.normal(0, 3, n).cumsum(), 0.03),
        rng.random(n) < 0.02,
        rng.random(n) < 0.7,
    )
    told = phases(inputs)
    found, begins = told.phase, told.begun
    assert [phase.value for phase in found] == expected(inputs)
    assert [phase.value for phase in told.match] == alone(inputs)
    for cause, phase in zip(told.cause, told.match, strict=True):
        assert cause is not None or phase is not Phase.EXHAUSTION
        assert cause is None or phase in (Phase.EXHAUSTION, Phase.DATA_HOLD)
    for i, begin in enumerate(begins):
        assert found[begin : i + 1] == [found[i]] * (i + 1 - begin)
        assert begin == 0 or found[begin - 1] != found[i]


def days(n: int, **columns: object) -> PhaseInputs:
    """Days on which every rung is known and unlit, apart from what is said."""
    given: dict = {
        "score": np.full((6, n), 40.0),
        "lit": np.zeros((6, n)),
        "index": np.full(n, 40.0),
        "heat": np.full(n, 50.0),
        "undone": np.zeros(n, dtype=bool),
        "session": np.ones(n, dtype=bool),
    }
    return PhaseInputs(**(given | columns))


def lit_rungs(*numbers: int, n: int = 1) -> np.ndarray:
    lit = np.zeros((6, n))
    lit[[number - 1 for number in numbers]] = 1
    return lit


ROWS = [
    (lit_rungs(4, 5), "spillover"),
    (lit_rungs(1, 2, 3, 4, 5, 6), "spillover"),
    (lit_rungs(4), "small-cap lead"),
    (lit_rungs(1, 2, 3, 4), "small-cap lead"),
    (lit_rungs(1, 4, 6), "mixed"),
    (lit_rungs(4, 6), "tightening"),
    (lit_rungs(2, 3), "risk-on"),
    (lit_rungs(2, 3, 5, 6), "risk-on"),
    (lit_rungs(1, 2), "credit thaw"),
    (lit_rungs(), "tightening"),
    (lit_rungs(3), "tightening"),
    (lit_rungs(1), "mixed"),
]


@pytest.mark.parametrize(("lit", "phase"), ROWS)
def test_row_of_the_table(lit: np.ndarray, phase: str) -> None:
    assert phases(days(1, lit=lit)).phase == [Phase(phase)]


def test_not_lit_means_known_to_be_unlit() -> None:
    lit = lit_rungs(1, 4)
    assert phases(days(1, lit=lit)).phase == [Phase.SMALL_CAP_LEAD]
    lit[5] = NAN
    assert phases(days(1, lit=lit)).phase == [Phase.MIXED]


def test_fewer_than_four_scores_hold_at_once_and_let_go_at_once() -> None:
    score = np.full((6, 4), 40.0)
    score[:3, 1:3] = NAN
    found = phases(days(4, score=score)).phase
    assert [phase.value for phase in found] == ["tightening", *["data hold"] * 2, "tightening"]


def test_a_phase_lasts_five_sessions_unless_a_breakout_fails() -> None:
    lit = np.concatenate([lit_rungs(2, 3, n=2), lit_rungs(4, n=8)], axis=1)
    found = [phase.value for phase in phases(days(10, lit=lit)).phase]
    assert found == ["risk-on"] * 5 + ["small-cap lead"] * 5
    undone = np.arange(10) == 3
    found = [phase.value for phase in phases(days(10, lit=lit, undone=undone)).phase]
    assert found == ["risk-on"] * 3 + ["small-cap lead"] * 7


def test_altseason_takes_three_days_and_exhaustion_follows_it() -> None:
    index = np.array([74.0, 75, 80, 76, 76, 76, 76, 70, 65, 64.9, 60])
    told = phases(days(11, index=index))
    found = [phase.value for phase in told.phase]
    assert {cause for cause in told.cause if cause} == {Cause.SEASON_OVER}
    assert found[5] == "altseason"
    assert found[-1] == "exhaustion"


def test_the_names_are_in_the_order_of_the_table() -> None:
    assert tuple(phase.value for phase in Phase) == ORDER


def test_phases_since_2014(frame: pd.DataFrame) -> None:
    """'All phases, Mixed about a tenth of the time and about one change a month.'"""
    phase = frame.loc["2014":, "phase"]
    share = phase.value_counts(normalize=True)
    months = len(phase) / 30.4375
    changes = (phase != phase.shift()).sum() - 1
    table = pd.crosstab(phase.index.year, phase, normalize="index").mul(100).round().astype(int)
    print(f"\nPhases since 2014, % of days ({changes / months:.2f} changes a month)")
    print(share.mul(100).round(1).to_string(header=False))
    print(table.to_string())
    assert set(share.index) - {"data hold"} == set(ORDER) - {"data hold"}
    assert 0.6 < changes / months < 1.5
    assert share["mixed"] < 0.25
    assert share.get("data hold", 0) < 0.02
