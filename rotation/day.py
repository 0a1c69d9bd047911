"""One day of a timeline as a frozen ``RotationStatus``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from math import isnan

import numpy as np

from rotation.breakout import Breakout, State
from rotation.catalogue import METRICS
from rotation.checklist import ITEMS, NOTED, Answer, Item, Note, answer, noted
from rotation.events import BREAKOUT, WARNING
from rotation.evidence import Evidence
from rotation.inputs import N_, Freshness, Group, decided_at
from rotation.ladder import LADDER, Rung
from rotation.phase import Phase
from rotation.signals import CAPITULATION_DAYS, EarlyWarning
from rotation.status import (
    AltSeasonStatus,
    BreakoutStatus,
    GroupStatus,
    Reading,
    RotationStatus,
    RungStatus,
    Scored,
    Tick,
)
from rotation.timeline import GROUP_SERIES, Timeline

CHANGE_DAYS = 7
WASHED_OUT_DAYS = 120
CALM_FUNDING = 10.0

_TICK_TESTS: dict[str, tuple[str, Callable[[float], bool]]] = {
    "volume": ("volume_ratio", lambda value: value >= 1.2),
    "strength": ("mrs", lambda value: value > 0),
    "breadth": ("small_breadth", lambda value: value >= 60),
    "credit": ("baa10y_20d", lambda value: value <= 0),
    "inflow": ("iwm_creations", lambda value: value > 0),
}
TICKS = {
    "volume": N_("volume"),
    "strength": N_("strength"),
    "breadth": N_("breadth"),
    "credit": N_("credit"),
    "inflow": N_("inflow"),
}


def status(timeline: Timeline, day: dt.date, notes: tuple[Note, ...] = ()) -> RotationStatus:
    """The decision for a day. UnknownDayError where there is none."""
    row = timeline.row(day)
    readings = {id: _reading(timeline, id, row) for id in METRICS}
    rungs = tuple(_rung(timeline, rung, row, readings) for rung in LADDER)
    begun = timeline.phases.begun[row]
    found = timeline.signals
    evidence = Evidence(timeline, day)
    flag_age = found.since_capitulation[row]
    return RotationStatus(
        date=day,
        decided_at=timeline.decided(row).replace(tzinfo=dt.UTC),
        sample=timeline.sample,
        phase=timeline.phase[row],
        phase_since=timeline.days[begun].item(),
        previous_phase=_previous_phase(timeline, row),
        match=timeline.phases.match[row],
        cause=timeline.phases.cause[row],
        rungs=rungs,
        position=int(timeline.position[row]),
        off_script=tuple(
            rung.id for rung, off in zip(LADDER, timeline.off_script[:, row], strict=True) if off
        ),
        coverage=float(timeline.coverage[row]),
        breakout=_breakout(timeline, row, readings),
        warning=_warning(timeline, day),
        tail_end=bool(found.tail_end[row]),
        capitulation=(
            day - dt.timedelta(days=int(flag_age)) if flag_age < CAPITULATION_DAYS else None
        ),
        exhaustion=_exhaustion(timeline, row, readings),
        altseason=_altseason(timeline, row),
        checklist=_checklist(timeline, row, readings, rungs, notes),
        records={kind: evidence.record(kind) for kind in (BREAKOUT, WARNING)},
        readings=readings,
        groups=tuple(_group(timeline, group, row) for group in GROUP_SERIES),
        caveats=timeline.caveats,
    )


def _reading(timeline: Timeline, id: str, row: int) -> Reading:
    metric, daily = METRICS[id], timeline.metrics[id]
    value = float(daily.value[row])
    if isnan(value):
        return Reading(
            id, metric.name, None, metric.unit, metric.decimals, None, None, Freshness.MISSING
        )
    decided = decided_at(timeline.days[row : row + 1])[0]
    age: dt.timedelta = (decided - daily.released[row]).item()
    return Reading(
        id, metric.name, value, metric.unit, metric.decimals, daily.date[row].item(), age,
        Freshness(int(daily.fresh[row])),
    )  # fmt: skip


def _known(value: float) -> float | None:
    return None if isnan(value) else float(value)


def _rung(timeline: Timeline, rung: Rung, row: int, readings: dict[str, Reading]) -> RungStatus:
    days = timeline.rungs[rung.id]
    before = days.score[row - CHANGE_DAYS] if row >= CHANGE_DAYS else np.nan
    lit = _known(days.lit[row])
    inputs = []
    for item in rung.inputs:
        reading = readings[item.metric]
        value = reading.usable
        score = None if value is None else float(item.score(np.array([value]))[0])
        inputs.append(Scored(reading, score, item.weight))
    return RungStatus(
        rung.id, rung.name, _known(days.score[row]), None if lit is None else bool(lit),
        _known(days.score[row] - before), float(days.weight[row]), bool(days.capped[row]),
        tuple(inputs),
        tuple(readings[id] for id in rung.beside),
    )  # fmt: skip


def _previous_phase(timeline: Timeline, row: int) -> Phase | None:
    begun = timeline.phases.begun[row]
    return timeline.phase[begun - 1] if begun else None


def _warning(timeline: Timeline, day: dt.date) -> EarlyWarning | None:
    """The last warning that had gone on by the day, with its end only if it had come."""
    before = [w for w in timeline.signals.warnings if w.on <= day]
    if not before:
        return None
    last = before[-1]
    return replace(last, off=None, end=None) if last.off and last.off > day else last


def _breakout(timeline: Timeline, row: int, readings: dict[str, Reading]) -> BreakoutStatus:
    machine = timeline.breakout
    step = machine.on(row)
    if step is None:
        return BreakoutStatus(State.NONE, None, False, None, None, (), None, None, None)
    event, window = step.event, _known(machine.window_day[row])
    newer = [
        item
        for item in machine.continuations
        if item.date <= step.date and (event is None or item.date > event.attempt)
    ]
    return BreakoutStatus(
        step.state, event, step.short_base, step.base,
        None if window is None else int(window),
        _ticks(timeline, _attempt_row(timeline, event, row)),
        newer[-1] if newer else None,
        step.fails_at, _bitcoin_since(timeline, event, row, readings),
    )  # fmt: skip


def _attempt_row(timeline: Timeline, event: Breakout | None, row: int) -> int:
    """The decision that first knew of the attempt; the day itself without an event."""
    if event is None:
        return row
    return timeline.row(max(timeline.breakout.known_on[event.attempt], timeline.first))


def _ticks(timeline: Timeline, row: int) -> tuple[Tick, ...]:
    """Volume, strength, breadth, credit and inflow, as known on a day."""
    ticks = []
    for id, (metric, passes) in _TICK_TESTS.items():
        reading = _reading(timeline, metric, row)
        value = reading.usable
        ticks.append(Tick(id, answer(None if value is None else passes(value)), reading))
    return tuple(ticks)


def _bitcoin_since(
    timeline: Timeline, event: Breakout | None, row: int, readings: dict[str, Reading]
) -> float | None:
    """Bitcoin against its close on the day after the decision that knew of the confirmation, in
    %, as the record counts; None up to that day.
    """
    if event is None or event.confirmed is None or readings["btc_close"].value is None:
        return None
    entry = np.datetime64(timeline.breakout.known_on[event.confirmed]) + 1
    known = timeline.bitcoin.as_known(timeline.days[row])
    at = np.flatnonzero(known.date == entry)
    if not len(at) or known.known[at[0]] > timeline.days[row] or entry >= timeline.days[row]:
        return None
    return float(100 * (readings["btc_close"].value / known.value[at[0]] - 1))


def _altseason(timeline: Timeline, row: int) -> AltSeasonStatus:
    index = timeline.altseason
    beating, counted = _known(index.beating[row]), _known(index.counted[row])
    return AltSeasonStatus(
        None if beating is None else int(beating),
        None if counted is None else int(counted),
        index.listing[row].item(),
        bool(index.borrowed[row]),
    )


def _checklist(
    timeline: Timeline,
    row: int,
    readings: dict[str, Reading],
    rungs: tuple[RungStatus, ...],
    notes: tuple[Note, ...],
) -> tuple[Item, ...]:
    day: dt.date = timeline.days[row].item()
    lit = {rung.id: rung.lit for rung in rungs}
    since = timeline.signals.since_capitulation[row]
    recent = bool(since <= WASHED_OUT_DAYS)
    flagged = day - dt.timedelta(days=int(since)) if recent else None
    exhausted = _exhaustion(timeline, row, readings)
    calm = Answer.UNKNOWN if readings["btc_7d_pct"].usable is None else Answer.NO
    flow = readings["etf_flow_20d"]
    answers = {
        "liquidity": (answer(lit["liquidity"]), _newest(rungs[0])),
        "credit": (answer(lit["credit"]), _newest(rungs[1])),
        "small-caps": (answer(lit["small_caps"]), _newest(rungs[3])),
        "etf-flows": (answer(None if flow.usable is None else flow.usable > 0), flow.date),
        "leverage": (_leverage_reset(timeline, row, readings), readings["funding"].date),
        "washed-out": (exhausted, flagged) if recent else (calm, None),
    }
    known = [Item(id, ITEMS[id], found, date) for id, (found, date) in answers.items()]
    return (*known, *(noted(id, notes, day) for id in NOTED))


def _exhaustion(timeline: Timeline, row: int, readings: dict[str, Reading]) -> Answer:
    """Unknown without a close of bitcoin, too."""
    known = readings["btc_close"].usable is not None
    return answer(timeline.signals.exhaustion[row]) if known else Answer.UNKNOWN


def _newest(rung: RungStatus) -> dt.date | None:
    dates = [part.reading.date for part in rung.inputs if part.reading.date]
    return max(dates, default=None)


def _leverage_reset(timeline: Timeline, row: int, readings: dict[str, Reading]) -> Answer:
    """Open interest ÷ cap at or below its 1-year median, and |funding| at most 10 % a year."""
    funding, leverage = readings["funding"].usable, readings["oi_cap"].usable
    if funding is None or leverage is None:
        return Answer.UNKNOWN
    year = timeline.metrics["oi_cap"].value[max(row - 364, 0) : row + 1]
    return answer(bool(leverage <= np.nanmedian(year)) and abs(funding) <= CALM_FUNDING)


def _group(timeline: Timeline, group: Group, row: int) -> GroupStatus:
    """Oldest and newest date of the group, and the worst freshness in it."""
    parts = [timeline.inputs[series] for series in GROUP_SERIES[group]]
    known = [part for part in parts if not np.isnat(part.date[row])]
    fresh = Freshness(max(int(part.fresh[row]) for part in parts))
    if not known:
        return GroupStatus(group, None, None, None, fresh)
    oldest = min(part.date[row] for part in known)
    newest = max(known, key=lambda part: part.date[row])
    return GroupStatus(
        group, oldest.item(), newest.date[row].item(), newest.released[row].item(), fresh
    )
