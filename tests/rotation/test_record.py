"""Calls: what is frozen, when, with which probability, and how it is scored."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation import record as record_module
from rotation.events import BREAKOUT
from rotation.evidence import Evidence
from rotation.history import ETH_BTC, EVIDENCE_FROM
from rotation.inputs import BTC, decided_at
from rotation.record import (
    LEAST_SCORED,
    QUESTIONS,
    FrozenCall,
    Score,
    calls_due,
    replayed,
    score,
    season_seen,
    shrunk,
    summary,
)
from rotation.timeline import RULE_VERSION, Timeline
from tests.oracles import evidence as counted
from tests.oracles import study
from tests.oracles.folder import Folder
from tests.rotation.made_markets import FIRST, LAST, Raw, cut, made, market
from tests.rotation.test_evidence import REAL_FIRST

TODAY = dt.date(2026, 8, 21)
CONFIRMED = dt.date(2025, 9, 22)
DAY = dt.timedelta(days=1)


def decided(day: dt.date) -> dt.datetime:
    return decided_at(np.array([day], dtype="datetime64[D]"))[0].item()


@pytest.fixture(scope="module")
def replay(timeline: Timeline) -> tuple[FrozenCall, ...]:
    return replayed(timeline, TODAY)


@pytest.fixture(scope="module")
def bitcoin(folder: Folder) -> dict[dt.date, float]:
    return {p.date: p.value for p in folder.known("coin:bitcoin", TODAY)}


@pytest.fixture(scope="module")
def ratio(folder: Folder, bitcoin: dict[dt.date, float]) -> dict[dt.date, float]:
    ether = {p.date: p.value for p in folder.known("coin:ethereum", TODAY)}
    return {day: ether[day] / bitcoin[day] for day in ether}


@pytest.fixture(scope="module")
def index(timeline: Timeline) -> dict[dt.date, float | None]:
    daily = timeline.metrics["altseason_index"]
    rows = zip(timeline.days.tolist(), daily.date.tolist(), daily.value.tolist(), strict=True)
    return {day: value for day, dated, value in rows if dated == day}


def test_the_calls_of_a_confirmed_breakout(
    timeline: Timeline,
    bitcoin: dict[dt.date, float],
    ratio: dict[dt.date, float],
    index: dict[dt.date, float | None],
) -> None:
    calls = calls_due(timeline, CONFIRMED, decided(CONFIRMED))
    assert [call.question for call in calls] == [q.id for q in QUESTIONS[:3]]
    events = [e for e in Evidence(timeline, CONFIRMED).events(BREAKOUT) if e <= CONFIRMED]
    for call, prices, asset in zip(calls, (bitcoin, ratio), (BTC, ETH_BTC), strict=False):
        known = {day: price for day, price in prices.items() if day <= CONFIRMED}
        wanted = counted.evidence(events, known, EVIDENCE_FROM[asset], CONFIRMED)
        assert (call.hits, call.n) == (wanted.hits, wanted.n)
        assert call.base == pytest.approx(wanted.base_rate / 100, abs=1e-6)
        assert call.until == CONFIRMED + 91 * DAY
    season = calls[2]
    span = [EVIDENCE_FROM[BTC] + n * DAY for n in range((CONFIRMED - EVIDENCE_FROM[BTC]).days + 1)]
    seen = {day: study.seen_season(index, day, CONFIRMED) for day in span}
    every = [value for value in seen.values() if value is not None]
    past = [seen[e] for e in study.spaced(events, EVIDENCE_FROM[BTC], CONFIRMED)]
    assert (season.hits, season.n) == (past.count(True), sum(value is not None for value in past))
    assert season.base == pytest.approx(sum(every) / len(every), abs=1e-6)
    assert season.until == CONFIRMED + 90 * DAY
    for call in calls:
        p = (10 * call.base + call.hits) / (10 + call.n)
        assert call.probability == pytest.approx(p, abs=2e-6)
        assert (call.event, call.decision, call.replay) == (CONFIRMED, CONFIRMED, False)
        assert call.rule_version == RULE_VERSION
        names = [name for name, _ in call.inputs]
        assert names == sorted(names)
        assert dict(call.inputs)["level"] == 2442.74
        assert dict(call.inputs)["base_sessions"] == 968


def test_the_call_of_an_early_warning(timeline: Timeline) -> None:
    (call,) = calls_due(timeline, dt.date(2025, 10, 15), decided(dt.date(2025, 10, 15)))
    found = Evidence(timeline, dt.date(2025, 10, 15)).record("early-warning")
    assert call.question == "warning-btc"
    assert (call.hits, call.n) == (found.hits, found.n)
    assert "level" not in dict(call.inputs)


def test_nearly_no_day_has_a_call(timeline: Timeline) -> None:
    days = [dt.date(2025, 9, 1) + n * DAY for n in range(60)]
    due = [day for day in days if calls_due(timeline, day, decided(day))]
    assert due == [CONFIRMED, dt.date(2025, 10, 15)]


@pytest.mark.parametrize(("hours", "late"), [(0, False), (24, False), (24.01, True), (9000, True)])
def test_a_call_frozen_after_a_day_is_a_replay(
    timeline: Timeline, hours: float, late: bool
) -> None:
    at = decided(CONFIRMED) + dt.timedelta(hours=hours)
    assert [call.replay for call in calls_due(timeline, CONFIRMED, at)] == [late] * 3


def test_a_borrowed_list_opens_no_call(timeline: Timeline) -> None:
    borrowed = np.ones(len(timeline.days), dtype=bool)
    other = replace(timeline, altseason=replace(timeline.altseason, borrowed=borrowed))
    assert calls_due(other, CONFIRMED, decided(CONFIRMED)) == ()
    assert replayed(other, TODAY) == ()


def test_without_a_base_rate_there_is_no_call(timeline: Timeline) -> None:
    """The first breakout since 2014 is older than a year of evidence of anything, the next one
    than that of ETH/BTC.
    """
    day = dt.date(2014, 12, 30)
    assert calls_due(timeline, day, decided(day)) == ()
    found = [
        call for call in replayed(timeline, dt.date(2017, 1, 1)) if "breakout" in call.question
    ]
    assert [call.question for call in found] == ["breakout-btc", "breakout-season"]


def test_the_replay_is_made_of_what_was_known(
    timeline: Timeline, replay: tuple[FrozenCall]
) -> None:
    assert len(replay) == 22
    assert all(call.replay for call in replay)
    assert [call.decision for call in replay] == sorted(call.decision for call in replay)
    for call in replay:
        live = calls_due(timeline, call.decision, decided(call.decision))
        assert replace(call, replay=False) in live
    until = dt.date(2021, 1, 1)
    assert replayed(timeline, until) == tuple(c for c in replay if c.decision <= until)


@pytest.mark.parametrize("day", ["2018-05-18", "2020-11-17", "2025-10-15"])
def test_a_call_of_a_timeline_that_ends_with_its_day(
    real: Raw, timeline: Timeline, day: str
) -> None:
    at = np.datetime64(day)
    early = Timeline.of(market(cut(real, at), REAL_FIRST, at))
    found = calls_due(early, at.item(), decided(at.item()))
    assert found
    assert found == calls_due(timeline, at.item(), decided(at.item()))


def test_calls_of_made_markets_as_they_were() -> None:
    seen = 0
    for seed in (74, 75):
        raw = made(seed)
        full = Timeline.of(market(raw, FIRST, LAST))
        for call in replayed(full, full.last)[-2:]:
            at = np.datetime64(call.decision)
            early = Timeline.of(market(cut(raw, at), FIRST, at))
            assert call in replayed(early, call.decision)
            seen += 1
    assert seen


# Scores


def test_scores_by_plain_loops(
    timeline: Timeline,
    replay: tuple[FrozenCall],
    bitcoin: dict[dt.date, float],
    ratio: dict[dt.date, float],
    index: dict[dt.date, float | None],
) -> None:
    for call in replay:
        if call.asked.asset is None:
            came = study.seen_season(index, call.decision, TODAY)
        else:
            prices = bitcoin if call.asked.asset == BTC else ratio
            came = prices[call.decision + 91 * DAY] > prices[call.decision + DAY]
        assert score(call, timeline, TODAY) == {
            True: Score.HIT, False: Score.MISS, None: Score.VOID,
        }[came]  # fmt: skip
        assert score(call, timeline, call.until - DAY) is Score.OPEN
        assert score(call, timeline, call.until) is score(call, timeline, TODAY)


def test_season_by_plain_loops(timeline: Timeline, index: dict[dt.date, float | None]) -> None:
    for today in (dt.date(2016, 3, 1), dt.date(2019, 7, 7), TODAY):
        seen = season_seen(timeline, today).tolist()
        for row in range(timeline.row(dt.date(2014, 1, 1)), len(seen), 5):
            wanted = study.seen_season(index, timeline.days[row].item(), today)
            assert (None if seen[row] != seen[row] else bool(seen[row])) == wanted


def test_an_index_that_is_mostly_missing_makes_the_call_void(timeline: Timeline) -> None:
    call = calls_due(timeline, CONFIRMED, decided(CONFIRMED))[2]
    daily = timeline.metrics["altseason_index"]
    for missing, wanted in ((30, Score.MISS), (31, Score.VOID)):
        value = daily.value.copy()
        begin = timeline.row(CONFIRMED + 30 * DAY)
        value[begin : begin + missing] = np.nan
        metrics = {**timeline.metrics, "altseason_index": replace(daily, value=value)}
        assert score(call, replace(timeline, metrics=metrics), TODAY) is wanted


def test_a_close_that_never_comes_makes_the_call_void(timeline: Timeline) -> None:
    call = calls_due(timeline, CONFIRMED, decided(CONFIRMED))[0]
    epoch = timeline.bitcoin.epochs[0]
    keep = epoch.date != np.datetime64(call.until)
    columns = {k: getattr(epoch, k)[keep] for k in ("date", "value", "released", "known")}
    track = replace(timeline.bitcoin, epochs=(replace(epoch, **columns),))
    other = replace(timeline, closes={**timeline.closes, BTC: track})
    assert score(call, other, call.until + 29 * DAY) is Score.OPEN
    assert score(call, other, call.until + 30 * DAY) is Score.VOID


def test_the_summary_by_hand(timeline: Timeline, replay: tuple[FrozenCall]) -> None:
    found = summary(replay, timeline, TODAY)
    hits = [score(call, timeline, TODAY) is Score.HIT for call in replay]
    pairs = list(zip(replay, hits, strict=True))
    assert found.brier == pytest.approx(np.mean([(c.probability - h) ** 2 for c, h in pairs]))
    assert found.base_brier == pytest.approx(np.mean([(c.base - h) ** 2 for c, h in pairs]))
    assert (found.calls, found.scored, found.hits, found.open, found.void) == (22, 22, 6, 0, 0)
    assert found.events == 10
    assert not found.judged
    nothing = summary((), timeline, TODAY)
    assert (nothing.brier, nothing.base_brier, nothing.judged) == (None, None, False)


def test_skill_is_counted_in_events_not_in_calls(timeline: Timeline) -> None:
    """20 days of one week are one event."""
    call = calls_due(timeline, CONFIRMED, decided(CONFIRMED))[0]
    near = [replace(call, decision=CONFIRMED + n * DAY, until=CONFIRMED + (91 + n) * DAY)
            for n in range(20)]  # fmt: skip
    assert summary(near, timeline, TODAY).events == 1
    far = [replace(call, decision=CONFIRMED - 90 * n * DAY, until=CONFIRMED - (90 * n - 91) * DAY)
           for n in range(LEAST_SCORED)]  # fmt: skip
    assert summary(far, timeline, TODAY).judged
    assert not summary(far[1:], timeline, TODAY).judged


@given(st.integers(0, 50), st.integers(0, 50), st.floats(0, 1))
def test_a_probability_lies_between_base_and_hit_rate(hits: int, more: int, base: float) -> None:
    n = hits + more
    p = shrunk(hits, n, base)
    sides = sorted([base, hits / n if n else base])
    assert sides[0] - 1e-12 <= p <= sides[1] + 1e-12
    assert shrunk(0, 0, base) == pytest.approx(base)


# The frozen form


CALL = FrozenCall(
    "breakout-btc", dt.date(2025, 9, 22), dt.date(2025, 9, 22), dt.datetime(2025, 9, 23, 0, 15, 3),
    dt.date(2025, 12, 22), 0.545233, 2, 5, 0.617849, 1,
    (("level", 2442.74), ("phase", "altseason"), ("tier", "major")), replay=False,
)  # fmt: skip


def test_the_canonical_text_and_its_hash() -> None:
    """Never to change: the messages that went out carry it."""
    assert CALL.to_json() == (
        '{"base":0.617849,"decision":"2025-09-22","event":"2025-09-22",'
        '"frozen_at":"2025-09-23T00:15:03","hits":2,'
        '"inputs":{"level":2442.74,"phase":"altseason","tier":"major"},"n":5,'
        '"probability":0.545233,"question":"breakout-btc","replay":false,"rule_version":1,'
        '"until":"2025-12-22"}'
    )
    assert CALL.short == CALL.digest[:10]
    assert len(CALL.digest) == 64
    assert CALL.short == "aba77895e8"


def test_a_call_survives_its_text(replay: tuple[FrozenCall]) -> None:
    for call in (CALL, *replay):
        assert FrozenCall.from_json(call.to_json()) == call
    assert len({call.digest for call in replay}) == len(replay)


@pytest.mark.parametrize(
    "change",
    [{"probability": 0.5}, {"base": 0.6}, {"hits": 3}, {"frozen_at": dt.datetime(2025, 9, 24)},
     {"rule_version": 2}, {"inputs": ()}, {"replay": True}, {"question": "warning-btc"}],
)  # fmt: skip
def test_any_change_changes_the_hash(change: dict[str, object]) -> None:
    assert replace(CALL, **change).short != CALL.short


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"question":"x"}', "null"])
def test_a_text_that_is_no_call(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        FrozenCall.from_json(text)


def test_unknown_questions_are_refused() -> None:
    facts = json.loads(CALL.to_json()) | {"question": "moon"}
    with pytest.raises(ValueError, match="moon"):
        FrozenCall.from_json(json.dumps(facts))
    assert set(record_module._BY_ID) == {question.id for question in QUESTIONS}
