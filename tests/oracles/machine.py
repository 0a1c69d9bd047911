"""Breakouts, written from section 5 alone: every session looks back at the closes themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(slots=True)
class Event:
    attempt: date
    level: float
    level_date: date
    base: int
    confirmed: date | None = None
    retest: date | None = None
    end: str | None = None
    ended: date | None = None

    @property
    def tier(self) -> str:
        return "major" if self.base >= 252 else "standard" if self.base >= 63 else "continuation"


@dataclass(slots=True)
class Step:
    """After one session: the state, how many events there have been, a high without a base."""

    state: str
    events: int
    short: bool
    base: int


def run(
    dates: Sequence[date], closes: Sequence[float], base_min: int = 63
) -> tuple[list[Step], list[Event]]:
    steps: list[Step] = []
    events: list[Event] = []
    state, start, high = "none", 0, 0
    for t, close in enumerate(closes):
        if t == 0:
            steps.append(Step("none", 0, False, 0))
            continue
        base, short = t - high, False
        if state in ("attempt", "confirmed", "retest"):
            state = _open(state, events[-1], dates, closes, start, t)
        elif close > closes[high] and base >= base_min:
            events.append(Event(dates[t], closes[high], dates[high], base))
            state, start = "attempt", t
        else:
            state = "near" if close >= 0.98 * closes[high] else "none"
            short = close > closes[high]
        steps.append(Step(state, len(events), short, base))
        if close > closes[high]:
            high = t
    return steps, events


def _open(
    state: str,
    event: Event,
    dates: Sequence[date],
    closes: Sequence[float],
    start: int,
    t: int,
) -> str:
    """The rows of the table, asked in their order."""
    close, level, session = closes[t], event.level, t - start + 1

    def two_below(share: float) -> bool:
        return closes[t] < share * level and closes[t - 1] < share * level

    if state == "attempt":
        if sum(c > level for c in closes[start : t + 1]) >= 3:
            event.confirmed = dates[t]
            return "confirmed"
        return _ended(event, "failed", dates[t]) if session >= 10 or two_below(0.97) else state
    assert event.confirmed is not None
    if dates[t].toordinal() >= event.confirmed.toordinal() + 91:
        return _ended(event, "expired", dates[t])
    if two_below(0.97) and session <= 20:
        return _ended(event, "failed", dates[t])
    if two_below(0.95) and session > 20:
        return _ended(event, "broken", dates[t])
    if 0.99 * level <= close <= 1.01 * level:
        event.retest = event.retest or dates[t]
        return "retest"
    return "confirmed" if close > 1.01 * level else state


def _ended(event: Event, end: str, day: date) -> str:
    event.end, event.ended = end, day
    return end


def continuations(dates: Sequence[date], closes: Sequence[float]) -> list[date]:
    """New highs with a base of 10 to 62 sessions while no event is open."""
    steps, _ = run(dates, closes)
    return [day for day, step in zip(dates, steps, strict=True) if step.short and step.base >= 10]
