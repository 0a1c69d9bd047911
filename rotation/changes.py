"""What has changed with a decision, as a chat can be told of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from math import isnan

import numpy as np

from rotation.breakout import UNDONE, Breakout
from rotation.catalogue import HEAT_PARTS
from rotation.inputs import Floats, Freshness
from rotation.signals import HOT, SEASON
from rotation.timeline import BreakoutDays, Timeline

BITCOIN_SEASON = 25.0
REARM = 2.0
"""Points that a gauge has to come back before its line counts again."""
WINDOW_MARKS = (30, 60, 90)
STALE_DAYS = 2


class EventKind(StrEnum):
    """The kinds that a chat can choose from."""

    PHASE = "phase"
    BREAKOUT = "breakout"
    WINDOW = "window"
    WARNING = "warning"
    RUNG = "rung"
    SEASON = "season"
    HEAT = "heat"
    STALE = "stale"
    SCORED = "scored"


@dataclass(frozen=True, slots=True)
class Event:
    """One change. ``what`` says which: the phase entered, 'attempt', 'confirmed', 'retest',
    'failed' or 'broken' of a breakout, the day of the window, 'on' or the end of an early
    warning, 'lit' or 'unlit' of a rung, the line of a gauge, a series, the short hash of a call.
    ``subject``: the rung, the phase before, the day of the attempt, how a call ended, the inputs
    that heat had.
    """

    kind: EventKind
    day: dt.date
    what: str
    subject: str = ""
    value: float | None = None
    short: bool = False
    """A breakout after a base too short for the standard run: the record does not count it."""


def events(timeline: Timeline, day: dt.date, *, sensitive: bool = False) -> tuple[Event, ...]:
    """Everything that changed with the decision for a day against the one before.
    UnknownDayError where there is no such decision. ``sensitive``: breakouts of the second run,
    whose bases may be short.
    """
    row = timeline.row(day)
    if row == 0:
        return ()
    machine = timeline.sensitive if sensitive else timeline.breakout
    return (
        *_phase(timeline, row, day),
        *_breakout(timeline, machine, day),
        *_window(timeline, row, day),
        *_warning(timeline, day),
        *_rungs(timeline, row, day),
        *_gauges(timeline, row, day),
        *_stale(timeline, row, day),
    )


def _phase(timeline: Timeline, row: int, day: dt.date) -> list[Event]:
    now, before = timeline.phase[row], timeline.phase[row - 1]
    return [Event(EventKind.PHASE, day, now.value, before.value)] if now is not before else []


def _breakout(timeline: Timeline, machine: BreakoutDays, day: dt.date) -> list[Event]:
    counted = {event.attempt for event in timeline.breakout.events}
    return [
        Event(
            EventKind.BREAKOUT,
            day,
            what,
            str(event.attempt),
            event.level,
            short=event.attempt not in counted,
        )
        for event in machine.events
        if event.attempt <= day and (event.ended is None or machine.known_on[event.ended] >= day)
        for what, date in _steps(event)
        if machine.known_on[date] == day
    ]


def _steps(event: Breakout) -> list[tuple[str, dt.date]]:
    """What happened to a breakout, and at which session."""
    steps = [
        ("attempt", event.attempt),
        ("confirmed", event.confirmed),
        ("retest", event.first_retest),
        (event.end.value if event.end in UNDONE else "", event.ended),
    ]
    return [(what, date) for what, date in steps if what and date is not None]


def _window(timeline: Timeline, row: int, day: dt.date) -> list[Event]:
    reached = timeline.breakout.window_day[row]
    return [Event(EventKind.WINDOW, day, str(mark)) for mark in WINDOW_MARKS if reached == mark]


def _warning(timeline: Timeline, day: dt.date) -> list[Event]:
    found = []
    for warning in timeline.signals.warnings:
        if warning.on == day:
            found.append(Event(EventKind.WARNING, day, "on"))
        if warning.off == day and warning.end is not None:
            found.append(Event(EventKind.WARNING, day, warning.end.value, str(warning.on)))
    return found


def _rungs(timeline: Timeline, row: int, day: dt.date) -> list[Event]:
    """Lit or unlit against the last state that was known."""
    found = []
    for id, rung in timeline.rungs.items():
        lit = rung.lit[row]
        if isnan(lit) or lit == rung.lit[row - 1]:
            continue
        known = rung.lit[:row][~np.isnan(rung.lit[:row])]
        if len(known) and known[-1] != lit:
            what = "lit" if lit else "unlit"
            found.append(Event(EventKind.RUNG, day, what, id, float(rung.score[row])))
    return found


def _gauges(timeline: Timeline, row: int, day: dt.date) -> list[Event]:
    """The altcoin season index through 75 and 25, heat through 80."""
    index, heat = timeline.metrics["altseason_index"].scored(), timeline.metrics["heat"].scored()
    lines = (
        (EventKind.SEASON, "75", index, SEASON, 1),
        (EventKind.SEASON, "25", index, BITCOIN_SEASON, -1),
        (EventKind.HEAT, "80", heat, HOT, 1),
    )
    parts = " ".join(id for id in HEAT_PARTS if not isnan(timeline.metrics[id].scored()[row]))
    return [
        Event(kind, day, what, parts if kind is EventKind.HEAT else "", float(values[row]))
        for kind, what, values, level, sign in lines
        if _crossed(sign * values[: row + 1], sign * level)
    ]


def _crossed(values: Floats, level: float) -> bool:
    """The last value is at or over the level, and the last one before that was either there or
    2 points back was back.
    """
    if not values[-1] >= level:
        return False
    before = values[:-1]
    decided = before[(before >= level) | (before <= level - REARM)]
    return bool(len(decided) and decided[-1] < level)


def _stale(timeline: Timeline, row: int, day: dt.date) -> list[Event]:
    """A series that has been stale for two days in a row, today for the second time."""
    found = []
    for series, daily in timeline.inputs.items():
        old = daily.fresh[max(row - STALE_DAYS, 0) : row + 1] >= Freshness.STALE
        if len(old) > STALE_DAYS and old[-STALE_DAYS:].all() and not old[0]:
            found.append(Event(EventKind.STALE, day, series))
    return found
