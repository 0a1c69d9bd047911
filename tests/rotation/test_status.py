"""One day as facts: every field of a status against the columns that it comes from."""

from __future__ import annotations

import datetime as dt
import math
import random

import numpy as np
import pytest

from rotation.catalogue import METRICS
from rotation.checklist import Answer
from rotation.day import status
from rotation.inputs import Freshness
from rotation.ladder import LADDER
from rotation.status import Reading, RotationStatus
from rotation.timeline import GROUP_SERIES, Timeline
from tests.oracles.clock import decision

DAY = dt.timedelta(days=1)
PASSES = {
    "volume": ("volume_ratio", lambda x: x >= 1.2),
    "strength": ("mrs", lambda x: x > 0),
    "breadth": ("small_breadth", lambda x: x >= 60),
    "credit": ("baa10y_20d", lambda x: x <= 0),
    "inflow": ("iwm_creations", lambda x: x > 0),
}
"""Section 5: five ticks, each yes, no or unknown."""


@pytest.fixture(scope="module")
def days(any_timeline: Timeline) -> list[tuple[Timeline, int, RotationStatus]]:
    """60 random days of the years in which there is something to say."""
    n = len(any_timeline.days)
    rows = random.Random(17).sample(range(max(n - 4200, 300), n), 60)
    return [
        (any_timeline, row, status(any_timeline, any_timeline.days[row].item())) for row in rows
    ]


def known(value: float) -> float | None:
    return None if math.isnan(value) else value


def test_every_number_has_unit_date_age_and_freshness(days: list) -> None:
    for timeline, row, found in days:
        assert found.decided_at == decision(found.date).replace(tzinfo=dt.UTC)
        assert set(found.readings) == set(METRICS)
        for id, reading in found.readings.items():
            daily = timeline.metrics[id]
            assert reading.unit == METRICS[id].unit
            assert reading.value == known(float(daily.value[row]))
            if reading.value is None:
                assert (reading.date, reading.age) == (None, None)
                assert reading.fresh is Freshness.MISSING
            else:
                assert reading.date == daily.date[row].item() <= found.date
                assert reading.age == decision(found.date) - daily.released[row].item()
                assert reading.age >= dt.timedelta(0)


def test_rungs(days: list) -> None:
    for timeline, row, found in days:
        for rung, declared in zip(found.rungs, LADDER, strict=True):
            column = timeline.rungs[rung.id]
            assert (rung.id, rung.name) == (declared.id, declared.name)
            assert rung.score == known(float(column.score[row]))
            assert (rung.lit is None) == (rung.score is None)
            change = known(float(column.score[row] - column.score[row - 7]))
            assert rung.change == (None if change is None else pytest.approx(change))
            assert [part.reading.metric for part in rung.inputs] == [
                part.metric for part in declared.inputs
            ]
            there = [part for part in rung.inputs if part.score is not None]
            assert all(part.reading.fresh < Freshness.STALE for part in there)
            weight = sum(part.weight for part in there) / sum(p.weight for p in rung.inputs)
            assert rung.weight == pytest.approx(weight)
            if rung.score is not None and rung.id != "credit":  # which can be capped
                total = sum(part.score * part.weight for part in there)
                assert rung.score == pytest.approx(total / sum(part.weight for part in there))
        assert found.lit == sum(rung.lit is True for rung in found.rungs)
        assert found.scored == sum(rung.score is not None for rung in found.rungs)
        assert found.position == timeline.position[row]
        off = timeline.off_script[:, row]
        assert found.off_script == tuple(r.id for r, o in zip(LADDER, off, strict=True) if o)


def test_phase_and_the_one_before(days: list) -> None:
    for timeline, row, found in days:
        since = timeline.row(found.phase_since)
        assert {phase.value for phase in timeline.phase[since : row + 1]} == {found.phase.value}
        before = timeline.phase[since - 1] if since else None
        assert found.previous_phase is before
        assert before is not found.phase


def test_capitulation_within_60_days(days: list) -> None:
    for timeline, row, found in days:
        age = timeline.signals.since_capitulation[row]
        expected = found.date - dt.timedelta(days=int(age)) if age <= 59 else None
        assert found.capitulation == expected


def test_the_60th_day_is_the_last(timeline: Timeline) -> None:
    since = timeline.signals.since_capitulation
    for row in np.flatnonzero(since == 59)[-3:]:
        assert status(timeline, timeline.days[row].item()).capitulation is not None
        if since[row + 1] == 60:
            assert status(timeline, timeline.days[row + 1].item()).capitulation is None


def test_the_early_warning_is_told_as_it_stood(days: list) -> None:
    for timeline, row, found in days:
        before = [w for w in timeline.signals.warnings if w.on <= found.date]
        assert (found.warning is None) == (not before)
        if found.warning is not None:
            assert found.warning.on == before[-1].on
            on = found.warning.end is None
            assert on == timeline.signals.warning[row]
            assert on or found.warning.off <= found.date


def test_the_ticks_of_the_attempt(days: list) -> None:
    for timeline, row, found in days:
        event = found.breakout.event
        at = timeline.row(timeline.breakout.known_on[event.attempt]) if event else row
        assert [tick.id for tick in found.breakout.ticks] == [*PASSES]
        for tick in found.breakout.ticks:
            metric, passes = PASSES[tick.id]
            value = timeline.metrics[metric].scored()[at]
            expected = "unknown" if math.isnan(value) else "yes" if passes(value) else "no"
            assert tick.answer.value == expected, (found.date, tick.id)


def test_bitcoin_since_the_confirmation(days: list) -> None:
    seen = 0
    for timeline, row, found in days:
        event = found.breakout.event
        if event is None or event.confirmed is None:
            assert found.breakout.btc_since is None
            continue
        entry = timeline.breakout.known_on[event.confirmed] + DAY
        closes = timeline.bitcoin.as_known(timeline.days[row])
        at = dict(zip(closes.date.tolist(), closes.value.tolist(), strict=True))
        if entry >= found.date:
            assert found.breakout.btc_since is None
        elif entry in at:
            now = found.readings["btc_close"].value
            assert found.breakout.btc_since == pytest.approx(100 * (now / at[entry] - 1))
            seen += 1
    assert seen > 0 or len(timeline.breakout.events) == 0


def test_groups_tell_the_newest_date_and_the_worst_freshness(days: list) -> None:
    for timeline, row, found in days:
        assert [group.group for group in found.groups] == [*GROUP_SERIES]
        for group in found.groups:
            parts = [timeline.inputs[id] for id in GROUP_SERIES[group.group]]
            assert group.fresh == max(part.fresh[row] for part in parts)
            assert group.date == max(part.date[row] for part in parts).item()
            known = [part.date[row] for part in parts if not np.isnat(part.date[row])]
            assert group.oldest == (min(known).item() if known else None)


def test_stale_is_shown_and_not_usable() -> None:
    fields = ("mrs", "name", 1.5, "%", 1, dt.date(2025, 9, 18), DAY)
    assert Reading(*fields, Freshness.LATE).usable == 1.5
    assert Reading(*fields, Freshness.STALE).usable is None


def test_altseason_behind_the_index(days: list) -> None:
    for timeline, row, found in days:
        index = found.readings["altseason_index"].value
        if index is None:
            assert (found.altseason.counted, found.altseason.listing) == (None, None)
            continue
        assert index == pytest.approx(100 * found.altseason.beating / found.altseason.counted)
        assert found.altseason.counted >= 30
        age = timeline.altseason.index.date[row].item() - found.altseason.listing
        assert found.altseason.borrowed or age >= dt.timedelta(days=90)


def test_an_exhaustion_is_known_only_with_bitcoin(days: list) -> None:
    for timeline, row, found in days:
        value = timeline.signals.exhaustion[row]
        expected = "unknown" if math.isnan(value) else "yes" if value else "no"
        if found.readings["btc_close"].usable is None:
            expected = "unknown"
        assert found.exhaustion is Answer(expected)
