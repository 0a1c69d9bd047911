"""The kinds of events that the evidence counts, and the days on which each was known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from rotation.breakout import Breakout, Continuation
from rotation.inputs import N_, Days, Flags, Floats
from rotation.ladder import LADDER
from rotation.market import further
from rotation.phase import Phase
from rotation.timeline import Timeline

BREAKOUT, WARNING, MANSFIELD = "breakout", "early-warning", "mrs"
PHASE, RUNG = "phase:", "rung:"
KINDS = (
    BREAKOUT,
    WARNING,
    MANSFIELD,
    *(PHASE + phase.value for phase in Phase),
    *(RUNG + rung.id for rung in LADDER),
)
"""Breakout confirmed is the main one; then early warning on, Mansfield strength above zero, each
phase entered, each rung lit.
"""
CROSSED_SESSIONS = 5


def event_days(timeline: Timeline, kind: str, day: dt.date) -> list[dt.date]:
    """The decisions that first knew of an event, up to a day. KeyError for an unknown kind."""
    if kind == BREAKOUT:
        machine = timeline.breakout
        found = [machine.known_on[e.confirmed] for e in machine.events if e.confirmed]
    elif kind == WARNING:
        found = [warning.on for warning in timeline.signals.warnings]
    elif kind == MANSFIELD:
        mrs = timeline.metrics["mrs"]
        found = timeline.days[crossed(mrs.scored(), mrs.date)].tolist()
    elif kind.startswith(PHASE):
        is_it = np.array([phase.value == kind.removeprefix(PHASE) for phase in timeline.phase])
        found = timeline.days[_begins(is_it)].tolist()
    else:
        lit = timeline.rungs[kind.removeprefix(RUNG)].lit
        known = ~np.isnan(lit)  # a rung that was lit before a stretch without score is not lit anew
        found = timeline.days[known][_begins(lit[known] == 1)].tolist()
    return [event for event in found if event <= day]


def _begins(on: Flags) -> Flags:
    begins = on.copy()
    begins[1:] &= ~on[:-1]
    return begins


def crossed(value: Floats, date: Days) -> Flags:
    """Days on which the 5th reading in a row above zero became known, after one at or below."""
    out = np.zeros(len(value), dtype=bool)
    rows = np.flatnonzero(further(date) & ~np.isnan(value))
    above = value[rows] > 0
    last_below = np.maximum.accumulate(np.where(above, -1, np.arange(len(rows))))
    streak = np.arange(len(rows)) - last_below
    out[rows[(last_below >= 0) & (streak == CROSSED_SESSIONS)]] = True
    return out


def attempts(timeline: Timeline, day: dt.date) -> tuple[Breakout, ...]:
    """Every breakout that was attempted by a day, each as it was known then."""
    machine, found = timeline.breakout, list[Breakout]()
    now = machine.on(timeline.row(day))
    for event in machine.events:
        if now is None or now.event is None or machine.known_on[event.attempt] > day:
            break
        found.append(now.event if event.attempt == now.event.attempt else event)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A cycle that the popular story names, and the confirmed breakouts that the rule finds in
    it. ``short`` is the first new high in it whose base was too short to count.
    """

    name: str
    first: dt.date
    last: dt.date
    found: tuple[dt.date, ...]
    short: Continuation | None


_STORY = (
    (N_("2016–17"), dt.date(2016, 1, 1), dt.date(2017, 12, 31)),
    (N_("2020–21"), dt.date(2020, 1, 1), dt.date(2021, 12, 31)),
    (N_("January 2026"), dt.date(2026, 1, 1), dt.date(2026, 1, 31)),
)


def cycles(timeline: Timeline, day: dt.date) -> tuple[Cycle, ...]:
    """The cycles of the story that had begun by a day."""
    confirmed = event_days(timeline, BREAKOUT, day)
    machine, found = timeline.breakout, list[Cycle]()
    for name, first, last in _STORY:
        if first > day:
            break
        inside = tuple(event for event in confirmed if first <= event <= last)
        short = [
            item for item in machine.continuations
            if first <= item.date <= last and machine.known_on[item.date] <= day
        ]  # fmt: skip
        found.append(Cycle(name, first, last, inside, short[0] if short else None))
    return tuple(found)
