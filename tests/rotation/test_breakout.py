"""The breakout machine against one written from section 5 alone, and the facts of 1987–2026."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.breakout import Machine, Rules, State
from rotation.day import status
from rotation.inputs import Observations, input_of
from rotation.market import Market
from rotation.timeline import Timeline
from tests.oracles import machine as oracle
from tests.oracles.clock import exchange_sessions
from tests.oracles.folder import rows

START = dt.date(2020, 1, 1)
SESSIONS = [START + dt.timedelta(days=n) for n in range(1400) if n % 7 < 5]


def compare(dates: list[dt.date], closes: list[float], base_min: int = 63) -> list[str]:
    """Every step and every event of ours and of the oracle; returns the states."""
    ours = Machine(Rules(base_min=base_min))
    steps = list(ours.run(dates, closes))
    expected, events = oracle.run(dates, closes, base_min)
    for step, wanted in zip(steps, expected, strict=True):
        assert step.state.value == wanted.state, step.date
        assert step.short_base == wanted.short, step.date
        assert step.base == wanted.base, step.date
    found = [
        (e.attempt, e.level, e.level_date, e.base, e.tier.value, e.confirmed, e.first_retest,
         e.end.value if e.end else None, e.ended)
        for e in ours.events
    ]  # fmt: skip
    assert found == [
        (e.attempt, e.level, e.level_date, e.base, e.tier, e.confirmed, e.retest, e.end, e.ended)
        for e in events
    ]
    return [step.state.value for step in steps]


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.002, 0.006, 0.012, 0.025]))
def test_random_walks(seed: int, deviation: float) -> None:
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0004, deviation, 700) + 0.004 * np.sin(np.arange(700) / 25)
    compare(SESSIONS[:700], (1000 * np.exp(steps.cumsum())).round(2).tolist())


def test_random_walks_reach_every_state() -> None:
    seen: set[str] = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        steps = rng.normal(0.0003, 0.01, 1000) + 0.004 * np.sin(np.arange(1000) / 25)
        closes = (1000 * np.exp(steps.cumsum())).round(2).tolist()
        seen |= set(compare(SESSIONS[:1000], closes, 20))
    assert seen == {state.value for state in State}


TAIL = st.lists(
    st.sampled_from([94, 94.9, 95, 96, 96.9, 97, 98, 98.9, 99.1, 100, 100.5, 100.9, 101.1, 104]),
    min_size=1,
    max_size=110,
)


@settings(deadline=None, max_examples=150)
@given(TAIL, st.integers(60, 66))
def test_closes_on_the_lines(tail: list[float], base: int) -> None:
    closes = [90.0, 100.0, *[92.0] * (base - 1), 100.1, *tail]
    dates = SESSIONS[: len(closes)]
    compare(dates, closes)
    compare(dates, closes, 10)


@pytest.mark.parametrize("close", [99, 101])
def test_exactly_one_percent_from_the_level_is_a_retest(close: float) -> None:
    assert after_attempt([102, 102, close])[2][-1] is State.RETEST


def after_attempt(tail: list[float]) -> tuple[list[dt.date], Machine, list[State]]:
    """An attempt over 100 after a base of 63 sessions, and what followed."""
    closes = [90.0, 100.0, *[92.0] * 62, 100.5, *tail]
    machine = Machine()
    steps = list(machine.run(SESSIONS[: len(closes)], closes))
    return SESSIONS[64 : len(closes)], machine, [step.state for step in steps[64:]]


def test_confirmed_by_the_third_close_above() -> None:
    _, _, states = after_attempt([99, 100.2, 99, 101.5])
    assert states == [State.ATTEMPT] * 4 + [State.CONFIRMED]


def test_failed_without_three_closes_by_session_10() -> None:
    _, machine, states = after_attempt([99] * 8 + [100.5])
    assert states[-1] is State.FAILED
    assert machine.events[0].confirmed is None
    _, _, states = after_attempt([100.5] + [99] * 7 + [100.5])
    assert states[-1] is State.CONFIRMED


def test_failed_by_two_closes_below_97_the_second_within_20_sessions() -> None:
    quiet = [102.0] * 17  # sessions 2 to 18
    assert after_attempt([*quiet, 96.9, 96.9])[2][-1] is State.FAILED
    assert after_attempt([*quiet, 102.0, 96.9, 96.9])[2][-1] is State.CONFIRMED
    assert after_attempt([*quiet, 102.0, 94.9, 94.9])[2][-1] is State.BROKEN


def test_a_terminal_state_holds_for_its_session() -> None:
    _, machine, states = after_attempt([96.9, 96.9, 99.5, 90])
    assert states == [State.ATTEMPT, State.ATTEMPT, State.FAILED, State.NEAR, State.NONE]
    assert machine.events[0].end is State.FAILED


def test_retest_ends_only_above_or_by_an_end() -> None:
    _, machine, states = after_attempt([102, 102, 100.9, 98, 100.9, 101.1])
    assert states[3:] == [State.RETEST, State.RETEST, State.RETEST, State.CONFIRMED]
    assert machine.events[0].first_retest is not None


def test_expires_on_the_first_session_from_day_91() -> None:
    dates, machine, states = after_attempt([105.0] * 70)
    event = machine.events[0]
    assert event.confirmed is not None
    expired = dates[states.index(State.EXPIRED)]
    assert 91 <= (expired - event.confirmed).days <= 93


@pytest.mark.parametrize("session", [3, 9, 18, 19, 20, 30])
def test_two_closes_below_the_level_that_is_told_end_the_event(session: int) -> None:
    dates, machine, _ = after_attempt([102.0] * (session - 1))
    closes = [90.0, 100.0, *[92.0] * 62, 100.5, *[102.0] * (session - 1)]
    told = fails_at(closes)
    for day in (1, 2):
        machine.step(dates[-1] + dt.timedelta(days=day), told - 0.01)
    assert machine.events[0].end in (State.FAILED, State.BROKEN)


def fails_at(closes: list[float]) -> float:
    """What the status of the last session says."""
    dates = np.array(exchange_sessions()[-len(closes) - 400 : -400], "datetime64[D]")
    at = input_of("RUT").clock.released(dates)
    raw = Observations("RUT", dates, np.array(closes), at, at, "test")
    a_market = Market([raw], first=dates[0], last=dates[-1])
    told = status(Timeline.of(a_market), dates[-1].item()).breakout.fails_at
    assert told is not None
    return told


def test_a_new_high_within_a_window_is_no_new_event() -> None:
    _, machine, _ = after_attempt([101, 102, *range(103, 120)])
    assert len(machine.events) == 1
    assert machine.continuations == []


def test_a_short_base_is_a_continuation_high() -> None:
    closes = [90.0, 100.0, *[92.0] * 20, 101.0, 102.0]
    machine = Machine()
    steps = list(machine.run(SESSIONS[: len(closes)], closes))
    assert [step.short_base for step in steps[-2:]] == [True, True]
    assert [item.base for item in machine.continuations] == [21]  # 102 has a base of 1
    assert not machine.events


FACTS = [
    # attempt, level, base, confirmed, first retest, end, ended
    ("2020-11-13", 1740.75, 555, "2020-11-17", None, "expired", "2021-02-16"),
    ("2021-11-02", 2360.17, 162, "2021-11-04", "2021-11-17", "failed", "2021-11-29"),
    ("2025-09-18", 2442.74, 968, "2025-09-22", "2025-09-23", "expired", "2025-12-22"),
]


def test_the_whole_list_since_1987(timeline: Timeline) -> None:
    events = timeline.breakout.events
    assert len(events) == 23
    assert sum(event.confirmed is not None for event in events) == 21
    unconfirmed = [str(event.attempt) for event in events if event.confirmed is None]
    assert unconfirmed == ["1996-01-02", "2004-04-05"]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact[0])
def test_event_of(timeline: Timeline, fact: tuple) -> None:
    event = {str(e.attempt): e for e in timeline.breakout.events}[fact[0]]
    assert event.level == pytest.approx(fact[1], abs=0.005)
    assert event.base == fact[2]
    found = [event.confirmed, event.first_retest, event.end and event.end.value, event.ended]
    assert [None if x is None else str(x) for x in found] == list(fact[3:])


def test_every_event_and_every_state_from_the_raw_file(
    frame: pd.DataFrame, market_data: Path
) -> None:
    dates, closes = zip(*rows(market_data / "RUT.csv", "close"), strict=True)
    steps, events = oracle.run(dates, closes)
    assert len(events) == 23
    compare(list(dates), list(closes))
    compare(list(dates), list(closes), 10)
    at = frame.loc[pd.DatetimeIndex(dates)]
    assert at["breakout_state"].tolist() == [step.state for step in steps]
    assert at["new_high_short_base"].tolist() == [step.short for step in steps]
    assert at["base_sessions"].tolist() == [step.base for step in steps]
    levels = [events[step.events - 1].level if step.events else np.nan for step in steps]
    assert np.array_equal(at["breakout_level"], levels, equal_nan=True)


def test_on_days_without_a_session_the_state_stays(frame: pd.DataFrame) -> None:
    weekend = frame.index.day_of_week >= 5
    before = frame["breakout_state"].shift(1)
    assert (frame["breakout_state"][weekend] == before[weekend]).all()


def test_continuations_from_the_raw_file(timeline: Timeline, market_data: Path) -> None:
    dates, closes = zip(*rows(market_data / "RUT.csv", "close"), strict=True)
    found = [item.date for item in timeline.breakout.continuations]
    assert found == oracle.continuations(dates, closes)
    assert all(10 <= item.base <= 62 for item in timeline.breakout.continuations)


SAID = {
    # what the decision for a day has to say: state, window day, attempt
    "2020-11-20": ("confirmed", 3, "2020-11-13"),
    "2021-11-05": ("confirmed", 1, "2021-11-02"),
    "2021-11-29": ("failed", None, "2021-11-02"),
    "2021-12-10": ("none", None, "2021-11-02"),
    "2025-09-18": ("attempt", None, "2025-09-18"),
    "2025-09-22": ("confirmed", 0, "2025-09-18"),
    "2025-09-23": ("retest", 1, "2025-09-18"),
    "2025-12-21": ("confirmed", 90, "2025-09-18"),
    "2025-12-22": ("expired", 91, "2025-09-18"),
    "2026-01-16": ("near", None, "2025-09-18"),
}


@pytest.mark.parametrize("day", SAID)
def test_status_of(timeline: Timeline, day: str) -> None:
    found = status(timeline, dt.date.fromisoformat(day)).breakout
    assert found.event is not None
    assert (found.state.value, found.window_day, str(found.event.attempt)) == SAID[day]


def test_the_high_of_january_2026_is_a_continuation(timeline: Timeline) -> None:
    found = status(timeline, dt.date(2026, 1, 16)).breakout
    assert found.continuation is not None
    assert found.event is not None
    assert found.event.end is State.EXPIRED
    assert found.continuation.date > dt.date(2025, 12, 22)
    assert 10 <= found.continuation.base < 63


def test_an_event_is_told_as_it_stood_on_the_day(timeline: Timeline) -> None:
    on_attempt = status(timeline, dt.date(2025, 9, 18)).breakout.event
    assert on_attempt is not None
    assert (on_attempt.confirmed, on_attempt.first_retest, on_attempt.end) == (None, None, None)
    later = status(timeline, dt.date(2025, 9, 26)).breakout.event
    assert later is not None
    assert (later.confirmed, later.first_retest, later.end) == (
        dt.date(2025, 9, 22), dt.date(2025, 9, 23), None,
    )  # fmt: skip
