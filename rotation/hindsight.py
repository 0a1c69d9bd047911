"""What today's revised values would have made of past decisions. Nothing past is rewritten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from rotation.ladder import LADDER
from rotation.market import Market
from rotation.timeline import Timeline

LOOK_BACK = 90
"""Days before the newest decision that are compared."""
PHASE, BREAKOUT = "phase", "breakout"


@dataclass(frozen=True, slots=True)
class Difference:
    """A state that was decided otherwise on ``days`` days from ``first`` to ``last``. ``what``:
    'phase', 'breakout' or a rung's id; ``then`` is what was decided for ``last``, ``now`` what
    the values of today would give: a phase, a state, or 'lit', 'unlit', 'n/a'.
    """

    what: str
    first: dt.date
    last: dt.date
    days: int
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Hindsight:
    """Which series have revised values, and what they would have changed."""

    revised: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


def hindsight(market: Market, decided: Timeline) -> Hindsight:
    """Compare the timeline of a market with the one that its newest readings would have given."""
    other, revised = market.in_hindsight()
    if not revised:
        return Hindsight()
    return Hindsight(revised, tuple(differences(decided, Timeline.of(other))))


def differences(decided: Timeline, other: Timeline) -> Iterator[Difference]:
    """What differs between two timelines of the same days, within the last ``LOOK_BACK``."""
    for what, then, now in _states(decided, other):
        rows = [i for i, (a, b) in enumerate(zip(then, now, strict=True)) if a != b]
        if rows:
            days: list[dt.date] = decided.days[-len(then) :].tolist()
            first, last = rows[0], rows[-1]
            yield Difference(what, days[first], days[last], len(rows), then[last], now[last])


def _states(decided: Timeline, other: Timeline) -> Iterator[tuple[str, list[str], list[str]]]:
    yield PHASE, _phases(decided), _phases(other)
    yield BREAKOUT, _breakouts(decided), _breakouts(other)
    for row, rung in enumerate(LADDER):
        yield rung.id, _lit(decided.lit[row]), _lit(other.lit[row])


def _phases(timeline: Timeline) -> list[str]:
    return [phase.value for phase in timeline.phase[-LOOK_BACK:]]


def _breakouts(timeline: Timeline) -> list[str]:
    rows = range(max(0, len(timeline.days) - LOOK_BACK), len(timeline.days))
    steps = (timeline.breakout.on(row) for row in rows)
    return [step.state.value if step else "n/a" for step in steps]


def _lit(flags: Iterable[float]) -> list[str]:
    recent = list(flags)[-LOOK_BACK:]
    return ["n/a" if np.isnan(flag) else "lit" if flag else "unlit" for flag in recent]
