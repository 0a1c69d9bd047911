"""The event study against plain loops over the real files, and what must never change."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import statistics
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest

from rotation import evidence as evidence_module
from rotation.day import status
from rotation.events import BREAKOUT, KINDS, MANSFIELD, PHASE, RUNG, WARNING, crossed
from rotation.evidence import FAN_DRAWS, FAN_SHARES, TESTS, Evidence
from rotation.history import ASSETS, BASKET, ETH_BTC, EVIDENCE_FROM, HORIZONS, by_day
from rotation.inputs import BTC, ETH, Floats
from rotation.market import Epoch
from rotation.placebo import DRAWS, chance, placebo, sets_of_days
from rotation.timeline import Timeline
from tests.oracles import evidence as counted
from tests.oracles import study
from tests.oracles.folder import Folder
from tests.oracles.season import chosen_list
from tests.rotation.made_markets import FIRST, LAST, Raw, between, cut, made, market

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 8, 21)
NAMES = {BTC: "coin:bitcoin", ETH: "coin:ethereum"}


@pytest.fixture(scope="module")
def evidence(timeline: Timeline) -> Evidence:
    return Evidence.of(timeline)


@pytest.fixture(scope="module")
def closes(folder: Folder) -> dict[str, dict[dt.date, float]]:
    """Every coin as the files have it."""
    coins = {coin for item in folder.lists for coin in item.coins} | {"coin:bitcoin"}
    found = {coin: {p.date: p.value for p in folder.known(coin, TODAY)} for coin in coins}
    found = {coin: points for coin, points in found.items() if points}
    bitcoin, ether = found["coin:bitcoin"], found["coin:ethereum"]
    found[ETH_BTC] = {day: ether[day] / bitcoin[day] for day in ether if day in bitcoin}
    return found


def happened(timeline: Timeline, kind: str) -> list[dt.date]:
    """Events of a kind by loops over the days of the export."""
    days = timeline.days.tolist()
    if kind.startswith(PHASE):
        return study.begins([p.value for p in timeline.phase], days, kind.removeprefix(PHASE))
    if kind.startswith(RUNG):
        lit = timeline.rungs[kind.removeprefix(RUNG)].lit.tolist()
        known = [(state, day) for state, day in zip(lit, days, strict=True) if state == state]
        return study.begins(*zip(*known, strict=True), 1.0)
    if kind == MANSFIELD:
        mrs = timeline.metrics["mrs"]
        rows = zip(days, mrs.date.tolist(), mrs.scored().tolist(), strict=True)
        return study.crossings([row for row in rows if row[1] is not None and row[2] == row[2]])
    if kind == WARNING:
        return study.begins(timeline.signals.warning, days, True)
    frame = timeline.frame()
    confirmed = frame["breakout_confirmed"]
    return frame["date"][confirmed.notna() & confirmed.ne(confirmed.shift())].dt.date.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_events_and_outcomes_of_a_kind(
    timeline: Timeline, evidence: Evidence, closes: dict[str, dict[dt.date, float]], kind: str
) -> None:
    events = happened(timeline, kind)
    assert evidence.events(kind) == events
    for asset in (BTC, ETH, ETH_BTC):
        for horizon in HORIZONS:
            prices = closes[NAMES.get(asset, asset)]
            found = evidence.record(kind, asset, horizon)
            wanted = counted.evidence(events, prices, EVIDENCE_FROM[asset], TODAY, horizon)
            assert [o.event for o in found.outcomes] == [event for event, _ in wanted.outcomes]
            assert [o.gain for o in found.outcomes] == [
                None if gain is None else pytest.approx(gain, rel=1e-9)
                for _, gain in wanted.outcomes
            ]
            assert (found.hits, found.n, found.base_days) == (
                wanted.hits, wanted.n, wanted.base_days,
            )  # fmt: skip
            assert found.base_rate == pytest.approx(wanted.base_rate)
            gains = [gain for _, gain in wanted.outcomes if gain is not None]
            assert found.median == (pytest.approx(statistics.median(gains)) if gains else None)


def test_the_basket_of_every_kind(
    evidence: Evidence, folder: Folder, closes: dict[str, dict[dt.date, float]]
) -> None:
    """Members by the newest list dated 90 days before, coin by coin."""
    seen = 0
    for kind in KINDS:
        for horizon in HORIZONS:
            found = evidence.record(kind, BASKET, horizon)
            kept = study.spaced(evidence.events(kind), EVIDENCE_FROM[BASKET], TODAY)
            assert [o.event for o in found.outcomes] == kept
            for outcome in found.outcomes:
                coins, _ = chosen_list(folder.lists, outcome.event)
                wanted = study.basket(coins.coins[:50], closes, outcome.event, horizon, TODAY)
                assert outcome.gain == (wanted and pytest.approx(wanted, rel=1e-9))
                seen += outcome.gain is not None
    assert seen > 400


def test_the_base_rate_of_the_basket(
    evidence: Evidence, folder: Folder, closes: dict[str, dict[dt.date, float]]
) -> None:
    found = evidence.record(BREAKOUT, BASKET, 30)
    day, gains = EVIDENCE_FROM[BASKET], []
    while day <= TODAY:
        coins, _ = chosen_list(folder.lists, day)
        gain = study.basket(coins.coins[:50], closes, day, 30, TODAY)
        gains += [] if gain is None else [gain]
        day += DAY
    assert found.base_days == len(gains)
    assert found.base_rate == pytest.approx(100 * sum(g > 0 for g in gains) / len(gains))


def test_the_breakouts_of_the_rule(evidence: Evidence) -> None:
    assert [(str(o.event), round(o.gain)) for o in evidence.record(BREAKOUT).outcomes] == [
        ("2014-12-30", -24), ("2016-11-16", 36), ("2018-05-18", -20),
        ("2020-11-17", 176), ("2021-11-04", -39), ("2025-09-22", -21),
    ]  # fmt: skip
    assert [(str(v.since), v.record.hits, v.record.n) for v in evidence.variants(BREAKOUT)] == [
        ("2010-07-13", 4, 8), ("2012-01-01", 3, 7),
    ]  # fmt: skip
    assert evidence.variants(BREAKOUT)[0].record.base_rate == pytest.approx(61.06, abs=0.01)
    assert evidence.out_of_sample(BREAKOUT) == 0
    assert TESTS == 216


def test_the_cycles_of_the_story(evidence: Evidence) -> None:
    first, second, third = evidence.cycles
    assert [str(day) for day in first.found] == ["2016-11-16"]
    assert [str(day) for day in second.found] == ["2020-11-17", "2021-11-04"]
    assert third.found == ()
    assert (str(third.short.date), third.short.base) == ("2026-01-08", 18)
    assert len(evidence.at(dt.date(2019, 5, 1)).cycles) == 1


def test_attempts_are_listed_confirmed_or_not(sample: Timeline) -> None:
    found = Evidence.of(sample).attempts
    assert [e.confirmed is not None for e in found].count(False) >= 1
    for event in found:
        before = Evidence(sample, sample.breakout.known_on[event.attempt]).attempts[-1]
        assert (before.attempt, before.confirmed, before.end) == (event.attempt, None, None)


@pytest.fixture(scope="module")
def sample() -> Timeline:
    from bot.app import snapshot

    return snapshot().timeline


def test_the_record_of_a_status_is_the_one_of_the_evidence(timeline: Timeline) -> None:
    for day in (dt.date(2018, 6, 1), dt.date(2022, 2, 2), TODAY):
        found = status(timeline, day).records
        whole = Evidence.of(timeline).at(day)
        assert found == {kind: whole.record(kind) for kind in (BREAKOUT, WARNING)}


def test_a_span_begins_where_the_data_does(made_timeline: Timeline) -> None:
    """Days of an asset before its first outcome are no open events."""
    found = Evidence.of(made_timeline)
    for asset in (ETH, BASKET):
        since, record = found.since(asset), found.record("rung:credit", asset, 30)
        assert since > EVIDENCE_FROM[asset]
        assert found.gain(since, asset, 30) is not None
        assert found.gain(since - DAY, asset, 30) is None
        assert all(outcome.event >= since for outcome in record.outcomes)


# Placebo


@pytest.mark.parametrize(("asset", "horizon"), [(BTC, 90), (BTC, 30), (ETH_BTC, 90)])
def test_placebo_by_plain_loops(
    evidence: Evidence, closes: dict[str, dict[dt.date, float]], asset: str, horizon: int
) -> None:
    record, found = (
        evidence.record(BREAKOUT, asset, horizon),
        evidence.placebo(BREAKOUT, asset, horizon),
    )
    prices = closes[NAMES.get(asset, asset)]
    gains = study.entries(prices, EVIDENCE_FROM[asset], TODAY, horizon)
    draws = 4_000
    wanted = study.placebo(gains, record.median, record.hits, record.n, horizon, draws, 5)
    for ours, theirs in zip((found.p_median, found.p_hits), wanted, strict=True):
        assert ours == pytest.approx(theirs, abs=monte_carlo(theirs, draws))
    assert found.draws == DRAWS


def monte_carlo(p: float, draws: int) -> float:
    """Four standard errors of the difference of two estimates, or a little more than none."""
    share = min(max(p, 0.01), 0.99)
    return 4 * (share * (1 - share) * (1 / draws + 1 / DRAWS)) ** 0.5


def test_sets_of_days_are_uniform_over_all_sets() -> None:
    """All sets of 3 of 16 days with holes, at least 4 apart, about as often."""
    usable = np.array([c == "1" for c in "1111011110111101"])
    days = np.flatnonzero(usable).tolist()
    every = [s for s in combinations(days, 3) if all(b - a >= 4 for a, b in pairwise(s))]
    drawn = Counter(map(tuple, sets_of_days(usable, 3, 4, seed=1, draws=40_000).tolist()))
    assert set(drawn) == set(every)
    expected = 40_000 / len(every)
    chi2 = sum((drawn[s] - expected) ** 2 / expected for s in every)
    freedom = len(every) - 1
    assert chi2 < freedom + 5 * (2 * freedom) ** 0.5


def test_sets_of_many_days_among_few() -> None:
    """The one set that there is is found at once; where there is none, nothing."""
    usable = np.ones(91, dtype=bool)
    assert (sets_of_days(usable, 10, 10, draws=50) == np.arange(0, 91, 10)).all()
    assert sets_of_days(usable, 11, 10).shape == (0, 11)
    assert sets_of_days(np.zeros(5, dtype=bool), 1, 1).shape == (0, 1)


def test_many_far_days_are_drawn_like_by_the_bijection() -> None:
    """Without holes, sets with gaps are sets of fewer days without: shrink each gap."""
    days, count, gap, draws = 4_000, 30, 90, 4_000
    ours = sets_of_days(np.ones(days, dtype=bool), count, gap, draws=draws)
    rng = np.random.default_rng(8)
    fewer = days - (count - 1) * (gap - 1)
    shrunk = np.array([np.sort(rng.choice(fewer, count, replace=False)) for _ in range(draws)])
    theirs = shrunk + np.arange(count) * (gap - 1)
    assert (np.diff(ours, axis=1) >= gap).all()
    error = np.hypot(ours.std(axis=0), theirs.std(axis=0)) / draws**0.5
    assert (np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) < 4.5 * error).all()
    assert ours.std(axis=0) == pytest.approx(theirs.std(axis=0), rel=0.1)


def test_p_counts_draws_at_least_as_good() -> None:
    drawn = (np.array([-1.0, 0.0, 0.0, 2.0]), np.array([0.0, 1.0, 1.0, 3.0]))
    assert placebo(0.0, 3, drawn).p_median == pytest.approx(4 / 5)
    assert placebo(0.0, 3, drawn).p_hits == pytest.approx(2 / 5)
    assert placebo(5.0, 0, drawn).p_median == pytest.approx(1 / 5)
    assert placebo(5.0, 0, drawn).p_hits == 1


def test_medians_and_hits_of_draws() -> None:
    rng = np.random.default_rng(3)
    gained = rng.normal(0, 5, 400)
    gained[rng.random(400) < 0.1] = np.nan
    for count in (1, 2, 5, 6):
        rows = sets_of_days(~np.isnan(gained), count, 7, seed=4)
        medians, hits = chance(gained, count, 7, seed=4)
        assert medians == pytest.approx(sorted(statistics.median(r) for r in gained[rows].tolist()))
        assert hits.tolist() == sorted(sum(g > 0 for g in r) for r in gained[rows].tolist())


def test_another_seed_moves_p_less_than_its_error(evidence: Evidence) -> None:
    for kind in (BREAKOUT, WARNING, "rung:stocks"):
        record, ours = evidence.record(kind), evidence.placebo(kind)
        gained = evidence._of_span(BTC, 90)
        for seed in (1, 2):
            other = placebo(record.median, record.hits, chance(gained, record.n, 90, seed))
            assert other != ours
            for one, two in ((ours.p_median, other.p_median), (ours.p_hits, other.p_hits)):
                assert one == pytest.approx(two, abs=monte_carlo(two, DRAWS))


SAY_ALL = """
from bot.app import snapshot
from rotation.evidence import Evidence
from rotation.events import KINDS
from rotation.history import ASSETS, HORIZONS
from rotation.record import replayed
import hashlib
e = snapshot().evidence
found = [(e.record(k, a, h), e.placebo(k, a, h)) for k in KINDS for a in ASSETS for h in HORIZONS]
calls = [call.digest for call in replayed(e.timeline, e.day)]
print(hashlib.sha256(repr((found, e.fan("breakout"), calls)).encode()).hexdigest())
"""


def test_two_processes_say_the_same_to_the_byte() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", SAY_ALL], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "4242")
    }  # fmt: skip
    assert len(said) == 1
    assert len(said.pop().strip()) == hashlib.sha256().digest_size * 2


# Open events


def test_an_open_event_is_listed_and_not_counted(timeline: Timeline) -> None:
    """Confirmed on 2025-09-22: entry 09-23, so 30 days are over on 10-23, 60 on 11-22."""
    evidence = Evidence(timeline, dt.date(2025, 11, 1))
    for asset in ASSETS:
        states = [evidence.record(BREAKOUT, asset, horizon) for horizon in HORIZONS]
        assert [record.outcomes[-1].event.isoformat() for record in states] == ["2025-09-22"] * 3
        assert [record.open for record in states] == [0, 1, 1]
        assert [record.n for record in states] == [len(states[0].outcomes) - k for k in (0, 1, 1)]
    assert Evidence(timeline, dt.date(2025, 10, 22)).record(BREAKOUT, BTC, 30).open == 1
    assert Evidence(timeline, dt.date(2025, 10, 23)).record(BREAKOUT, BTC, 30).open == 0


@pytest.mark.parametrize("kept", [("RUT",), ("RUT", BTC), (BTC, ETH)])
def test_a_market_with_little_in_it_has_little_evidence(kept: tuple[str, ...]) -> None:
    raw = made(76)
    parts = tuple(item for item in raw.observations if item.series in kept)
    found = Evidence.of(Timeline.of(market(Raw(parts, ()), FIRST, LAST))).complete()
    assert found.record(BREAKOUT, BASKET).base_rate is None
    assert (found.record(BREAKOUT).base_rate is not None) == (BTC in kept)
    assert found.placebo("rung:alts", BASKET) is None


# The fan


def test_paths_and_median_of_the_fan(
    evidence: Evidence, closes: dict[str, dict[dt.date, float]]
) -> None:
    fan, bitcoin = evidence.fan(BREAKOUT), closes["coin:bitcoin"]
    assert fan.offsets == tuple(range(-30, 91))
    for path in fan.paths:
        entry = path.event + DAY
        for offset, gain in zip(fan.offsets, path.gains, strict=True):
            assert gain == pytest.approx(100 * (bitcoin[entry + offset * DAY] / bitcoin[entry] - 1))
    columns = zip(*(path.gains for path in fan.paths), strict=True)
    assert fan.median == pytest.approx([statistics.median(column) for column in columns])
    assert fan.median[-1] == pytest.approx(evidence.record(BREAKOUT).median)


def test_bands_of_the_fan_hold_their_share_of_draws(evidence: Evidence) -> None:
    fan = evidence.fan(BREAKOUT)
    medians, _ = chance(evidence._of_span(BTC, 90), evidence.record(BREAKOUT).n, 90)
    for band, share in zip(fan.bands, FAN_SHARES, strict=True):
        assert band.share == share
        assert band.low[30] == band.high[30] == 0
        inside = np.mean((medians >= band.low[-1]) & (medians <= band.high[-1]))
        assert inside == pytest.approx(share / 100, abs=5 * (0.25 / FAN_DRAWS) ** 0.5)


def test_the_fan_of_an_open_event_has_a_path_that_ends(timeline: Timeline) -> None:
    fan = Evidence(timeline, dt.date(2025, 11, 1)).fan(BREAKOUT)
    path = fan.paths[-1]
    assert [gain is None for gain in path.gains] == [offset > 39 for offset in fan.offsets]
    assert fan.median[-1] is not None


def test_the_fan_of_one_day_is_held_against_single_days(
    timeline: Timeline, closes: dict[str, dict[dt.date, float]]
) -> None:
    evidence, day = Evidence.of(timeline), dt.date(2024, 11, 6)
    fan = evidence.fan_of(day)
    assert fan.median == fan.paths[0].gains
    assert fan.median[-1] == evidence.gain(day, BTC, 90)
    gains = list(study.entries(closes["coin:bitcoin"], EVIDENCE_FROM[BTC], TODAY, 90).values())
    for band in fan.bands:
        inside = np.mean([band.low[-1] <= gain <= band.high[-1] for gain in gains])
        assert inside == pytest.approx(band.share / 100, abs=5 * (0.25 / FAN_DRAWS) ** 0.5)
    still_open = evidence.fan_of(dt.date(2026, 8, 1))
    assert set(still_open.median) == {None}
    assert still_open.bands == fan.bands


# No look-ahead


def everything(evidence: Evidence) -> list[object]:
    cells = [
        (kind, asset, horizon, evidence.record(kind, asset, horizon))
        for kind in KINDS for asset in ASSETS for horizon in HORIZONS
    ]  # fmt: skip
    more = [(evidence.placebo(kind), evidence.variants(kind)) for kind in (BREAKOUT, WARNING)]
    events = [evidence.events(kind) for kind in KINDS]
    return [*cells, *more, *events, evidence.fan(BREAKOUT), evidence.cycles, evidence.attempts]


def differences(full: Timeline, raw: Raw, first: np.datetime64, day: np.datetime64) -> int:
    """How much of the evidence at a day is not what that day could have known."""
    early = Evidence.of(Timeline.of(market(cut(raw, day), first, day)))
    late = Evidence.of(full).at(day.item())
    return sum(a != b for a, b in zip(everything(early), everything(late), strict=True))


REAL_FIRST, REAL_LAST = np.datetime64("1987-09-10"), np.datetime64("2026-08-21")
PICK = random.Random(20)
REAL_DAYS = [np.datetime64("2014-09-17") + PICK.randrange(4350) for _ in range(3)]


@pytest.mark.parametrize("day", [*REAL_DAYS, np.datetime64("2025-11-20")], ids=str)
def test_the_evidence_of_a_real_day_as_it_was(
    real: Raw, timeline: Timeline, day: np.datetime64
) -> None:
    assert differences(timeline, real, REAL_FIRST, day) == 0


@pytest.mark.parametrize("seed", [71, 72])
def test_the_evidence_of_markets_with_revisions(seed: int) -> None:
    raw = made(seed)
    full = Timeline.of(market(raw, FIRST, LAST))
    for day in (np.datetime64("2022-11-30"), np.datetime64("2023-07-14")):
        assert differences(full, raw, FIRST, day) == 0


@pytest.fixture(scope="module")
def small(real: Raw) -> tuple[Raw, Timeline]:
    raw = between(real, np.datetime64("2015-06-01"), np.datetime64("2019-12-31"), 45)
    first, last = np.datetime64("2018-01-01"), np.datetime64("2019-06-30")
    return raw, Timeline.of(market(raw, first, last))


def _restated(closes: Epoch, today: dt.date) -> Floats:
    """Every price moved by the sum of all, the later ones too."""
    return by_day(replace(closes, value=closes.value + closes.value.sum() / 1000), today)


HONEST_EVENTS = evidence_module.event_days
PLANTS = {
    "by_day": _restated,
    "event_days": lambda timeline, kind, _day: HONEST_EVENTS(timeline, kind, timeline.last),
    "cycles": lambda timeline, _day: timeline.breakout.events,
    "attempts": lambda timeline, _day: timeline.breakout.events,
}
"""Prices with a sum that knows the future, events of the future, lists that are not cut."""


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_look_ahead_is_caught(
    small: tuple[Raw, Timeline], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, full = small
    first, day = np.datetime64("2018-01-01"), np.datetime64("2018-05-10")
    assert differences(full, raw, first, day) == 0
    monkeypatch.setattr(evidence_module, name, PLANTS[name])
    assert differences(full, raw, first, day) > 0


# Crossings


def test_crossings_on_random_readings() -> None:
    for seed in range(40):
        rng = random.Random(seed)
        day, rows = dt.date(2020, 1, 1), []
        value, dated = rng.choice([None, 1.0]), None
        for n in range(300):
            if rng.random() < 0.7:
                value = rng.choice([-1.0, 0.0, 1.0, 1.0, 1.0, 1.0, float("nan")])
                dated = day + n * DAY
            rows.append((day + n * DAY, dated, float("nan") if value is None else value))
        got = crossed(
            np.array([row[2] for row in rows]), np.array([row[1] for row in rows], "datetime64[D]")
        )
        known = [row for row in rows if row[1] is not None and row[2] == row[2]]
        wanted = study.crossings(known)
        assert [rows[i][0] for i in np.flatnonzero(got)] == wanted
