"""Phases: one name for where capital stands, first match from the top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from rotation.inputs import Flags, Floats
from rotation.signals import HOT, SEASON, held_for, seen_within

LEAST_SCORES = 4
LEAST_SESSIONS = 5
SEASON_DAYS = 3
SEASON_MEMORY_DAYS = 30
SEASON_OVER = 65.0
FALLING_BELOW = 50.0
MEMORY_SESSIONS = 10


class Phase(StrEnum):
    """In the order in which they are tried."""

    DATA_HOLD = "data hold"
    EXHAUSTION = "exhaustion"
    ALTSEASON = "altseason"
    SPILLOVER = "spillover"
    SMALL_CAP_LEAD = "small-cap lead"
    RISK_ON = "risk-on"
    CREDIT_THAW = "credit thaw"
    TIGHTENING = "tightening"
    MIXED = "mixed"


class Cause(StrEnum):
    """Which rule of exhaustion holds, in the order in which they are told."""

    UNDONE = "undone"
    SEASON_OVER = "season over"
    HOT_AND_FALLING = "hot and falling"


@dataclass(frozen=True, slots=True)
class PhaseInputs:
    """By day. ``lit`` and ``score`` have one row a rung; lit is 1, 0 or NaN. ``undone`` marks the
    day on which a breakout failed or was broken.
    """

    score: Floats
    lit: Floats
    index: Floats
    heat: Floats
    undone: Flags
    session: Flags


@dataclass(frozen=True, slots=True)
class PhaseDays:
    """By day: the phase, the row of the day on which it began, the phase that the day alone would
    give, and why that is exhaustion, if it is.
    """

    phase: list[Phase]
    begun: list[int]
    match: list[Phase]
    cause: list[Cause | None]


def _matches(inputs: PhaseInputs, causes: Mapping[Cause, Flags]) -> npt.NDArray[np.int64]:
    """The first phase that matches on each day, without patience, as a number in ``Phase``."""
    lit, unlit = inputs.lit == 1, inputs.lit == 0
    conditions = [
        (~np.isnan(inputs.score)).sum(axis=0) < LEAST_SCORES,
        np.any(list(causes.values()), axis=0),
        held_for(inputs.index >= SEASON, SEASON_DAYS),
        lit[3] & lit[4],
        lit[3] & unlit[4] & unlit[5],
        lit[1] & lit[2] & unlit[3],
        lit[1] & unlit[2],
        unlit[0] & unlit[1],
        np.ones(lit.shape[1], dtype=bool),
    ]
    return np.argmax(np.array(conditions), axis=0)


def _exhausted(inputs: PhaseInputs) -> dict[Cause, Flags]:
    """The days on which each rule of exhaustion holds."""
    lit = inputs.lit == 1
    season_past = seen_within(inputs.index >= SEASON, SEASON_MEMORY_DAYS)
    return {
        Cause.UNDONE: _within_sessions(inputs.undone, inputs.session) & (lit[4] | lit[5]),
        Cause.SEASON_OVER: season_past & (inputs.index < SEASON_OVER),
        Cause.HOT_AND_FALLING: (inputs.heat >= HOT) & _falling(inputs),
    }


def _falling(inputs: PhaseInputs) -> Flags:
    """Small caps have crossed below 50 within the last 10 sessions and are there still."""
    below = inputs.score[3] < FALLING_BELOW
    above_before = np.concatenate([[False], inputs.score[3][:-1] >= FALLING_BELOW])
    crossed = _within_sessions(below & above_before, inputs.session)
    return np.asarray(crossed & below)


def _within_sessions(flags: Flags, session: Flags) -> Flags:
    """True from a flagged day until 10 sessions, the flagged one included, have passed."""
    count = np.cumsum(session)
    flagged_at = np.maximum.accumulate(np.where(flags, count, -MEMORY_SESSIONS - 1))
    return np.asarray(count - flagged_at < MEMORY_SESSIONS)


def phases(inputs: PhaseInputs) -> PhaseDays:
    """The phase on each day. It lasts at least 5 sessions, unless a breakout fails or is broken;
    data hold comes and goes at once.
    """
    names = list(Phase)
    causes = _exhausted(inputs)
    found = _matches(inputs, causes).tolist()
    session, undone = inputs.session.tolist(), inputs.undone.tolist()
    current, since, age = found[0] if found else 0, 0, 0
    out: list[Phase] = []
    begins: list[int] = []
    hold = names.index(Phase.DATA_HOLD)
    for i, candidate in enumerate(found):
        free = age >= LEAST_SESSIONS or undone[i] or hold in (candidate, current)
        if candidate != current and free:
            current, since, age = candidate, i, 0
        age += session[i]
        out.append(names[current])
        begins.append(since)
    return PhaseDays(out, begins, [names[n] for n in found], _first_cause(causes))


def _first_cause(causes: Mapping[Cause, Flags]) -> list[Cause | None]:
    """Of each day; None where no rule of exhaustion holds."""
    out: list[Cause | None] = [None] * len(causes[Cause.UNDONE])
    for cause, flags in reversed(list(causes.items())):
        for i in np.flatnonzero(flags).tolist():
            out[i] = cause
    return out
