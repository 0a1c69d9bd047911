"""Breakouts of the Russell 2000 over its highest close: a state machine over sessions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

WINDOW_FIRST = 30
WINDOW_LAST = 90
ROUNDING = 1e-9
"""Shares are compared with this tolerance: 1.01 × 100 is a little more than 101."""


class State(StrEnum):
    NONE = "none"
    NEAR = "near"
    ATTEMPT = "attempt"
    CONFIRMED = "confirmed"
    RETEST = "retest"
    FAILED = "failed"
    BROKEN = "broken"
    EXPIRED = "expired"


OPEN = frozenset({State.ATTEMPT, State.CONFIRMED, State.RETEST})
IN_WINDOW = frozenset({State.CONFIRMED, State.RETEST})
UNDONE = frozenset({State.FAILED, State.BROKEN})


class Tier(StrEnum):
    MAJOR = "major"
    STANDARD = "standard"
    CONTINUATION = "continuation"


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of rule version 1. Shares are of the level that was broken."""

    base_min: int = 63
    near: float = 0.98
    confirm_closes: int = 3
    confirm_within: int = 10
    fail_below: float = 0.97
    fail_within: int = 20
    break_below: float = 0.95
    retest_band: float = 0.01
    expire_days: int = WINDOW_LAST + 1
    standard_base: int = 63
    major_base: int = 252
    continuation_base: int = 10


@dataclass(frozen=True, slots=True)
class Breakout:
    """One event. ``level`` is the highest close before it, set on ``level_date`` ``base``
    sessions earlier. ``end`` is its end state, or None while it is open.
    """

    attempt: dt.date
    level: float
    level_date: dt.date
    base: int
    tier: Tier
    confirmed: dt.date | None = None
    first_retest: dt.date | None = None
    end: State | None = None
    ended: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Continuation:
    """A new high after a base too short for a breakout; it opens no window."""

    date: dt.date
    close: float
    level: float
    level_date: dt.date
    base: int


@dataclass(frozen=True, slots=True)
class Session:
    """Where the machine stands after one session."""

    date: dt.date
    state: State
    event: Breakout | None
    """The open event, or the last one with its end."""
    short_base: bool
    """The close is a new high, but its base is too short."""
    high: float
    """Highest close up to this session."""
    base: int
    """Sessions since the highest close before this session was set."""
    fails_at: float | None
    """Two closes in a row below this end the open event; None while none is open."""


@dataclass(slots=True)
class Machine:
    """Feed it closes in date order; it gives a ``Session`` for each."""

    rules: Rules = field(default_factory=Rules)
    events: list[Breakout] = field(default_factory=list)
    continuations: list[Continuation] = field(default_factory=list)
    _state: State = State.NONE
    _high: float = 0.0
    _high_date: dt.date = dt.date.min
    _base: int = 0
    _age: int = 0
    """Sessions since the attempt, which is session 1."""
    _above: int = 0
    _below_fail: int = 0
    _below_break: int = 0

    def run(self, dates: list[dt.date], closes: list[float]) -> Iterator[Session]:
        for date, close in zip(dates, closes, strict=True):
            yield self.step(date, close)

    def step(self, date: dt.date, close: float) -> Session:
        """One session. The first one only sets the high."""
        self._base += 1
        short = False
        if not self._high:
            self._high, self._high_date, self._base = close, date, 0
        elif self._state in OPEN:
            self._advance(date, close)
        else:
            short = self._watch(date, close)
        session = Session(
            date, self._state, self.events[-1] if self.events else None, short,
            max(self._high, close), self._base, self._fails_at(),
        )  # fmt: skip
        if close > self._high:
            self._high, self._high_date, self._base = close, date, 0
        return session

    def _watch(self, date: dt.date, close: float) -> bool:
        """No event is open: look for an attempt. True for a high whose base is too short."""
        rules = self.rules
        if close > self._high and self._base >= rules.base_min:
            self._open(date)
            return False
        self._state = State.NEAR if close >= rules.near * self._high else State.NONE
        if close <= self._high:
            return False
        if self._base >= rules.continuation_base:
            self.continuations.append(
                Continuation(date, close, self._high, self._high_date, self._base)
            )
        return True

    def _open(self, date: dt.date) -> None:
        rules, base = self.rules, self._base
        tier = Tier.STANDARD if base >= rules.standard_base else Tier.CONTINUATION
        tier = Tier.MAJOR if base >= rules.major_base else tier
        self.events.append(Breakout(date, self._high, self._high_date, base, tier))
        self._state, self._age, self._above = State.ATTEMPT, 1, 1
        self._below_fail = self._below_break = 0

    def _advance(self, date: dt.date, close: float) -> None:
        """An event is open: the first rule that the close meets wins."""
        event, rules = self.events[-1], self.rules
        self._age += 1
        self._above += close > event.level
        self._below_fail = self._below_fail + 1 if close < rules.fail_below * event.level else 0
        self._below_break = self._below_break + 1 if close < rules.break_below * event.level else 0
        if self._state is State.ATTEMPT:
            self._judge_attempt(date)
        else:
            self._judge_confirmed(date, close, event)

    def _judge_attempt(self, date: dt.date) -> None:
        if self._above >= self.rules.confirm_closes:
            self._state = State.CONFIRMED
            self.events[-1] = replace(self.events[-1], confirmed=date)
        elif self._age >= self.rules.confirm_within or self._below_fail >= 2:
            self._close(State.FAILED, date)

    def _judge_confirmed(self, date: dt.date, close: float, event: Breakout) -> None:
        rules = self.rules
        confirmed = event.confirmed or date
        if (date - confirmed).days >= rules.expire_days:
            self._close(State.EXPIRED, date)
        elif self._below_fail >= 2 and self._age <= rules.fail_within:
            self._close(State.FAILED, date)
        elif self._below_break >= 2 and self._age > rules.fail_within:
            self._close(State.BROKEN, date)
        elif abs(close / event.level - 1) <= rules.retest_band + ROUNDING:
            self._state = State.RETEST
            if event.first_retest is None:
                self.events[-1] = replace(event, first_retest=date)
        elif close > event.level:
            self._state = State.CONFIRMED

    def _fails_at(self) -> float | None:
        """The level of failure while a second close below it can still come in time."""
        if self._state not in OPEN:
            return None
        rules, missing = self.rules, 2 - min(self._below_fail, 1)
        in_time = self._state is State.ATTEMPT or self._age + missing <= rules.fail_within
        return self.events[-1].level * (rules.fail_below if in_time else rules.break_below)

    def _close(self, end: State, date: dt.date) -> None:
        self._state = end
        self.events[-1] = replace(self.events[-1], end=end, ended=date)
