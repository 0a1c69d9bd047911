"""What the core says of one day: frozen facts, every number with unit, date and age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from rotation.breakout import Breakout, Continuation, State
from rotation.checklist import Answer, Item
from rotation.history import Record
from rotation.inputs import Freshness, Group
from rotation.phase import Cause, Phase
from rotation.signals import EarlyWarning


@dataclass(frozen=True, slots=True)
class Reading:
    """One number as known at the decision: ``value`` None where it is missing."""

    metric: str
    name: str
    value: float | None
    unit: str
    decimals: int
    date: dt.date | None
    age: dt.timedelta | None
    """From its release to the decision."""
    fresh: Freshness

    @property
    def usable(self) -> float | None:
        """The value, unless it is stale: late is scored, stale is only shown."""
        return self.value if self.fresh < Freshness.STALE else None


@dataclass(frozen=True, slots=True)
class Scored:
    """An input of a rung: its reading, the score made of it (None: not scored), its weight."""

    reading: Reading
    score: float | None
    weight: float


@dataclass(frozen=True, slots=True)
class RungStatus:
    """``lit`` is None while there is no score; ``change`` is against 7 days before; ``capped``:
    the score is held down by its cap.
    """

    id: str
    name: str
    score: float | None
    lit: bool | None
    change: float | None
    weight: float
    capped: bool
    inputs: tuple[Scored, ...]
    beside: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """One quality tick of a breakout: shown, never a gate."""

    id: str
    answer: Answer
    reading: Reading


@dataclass(frozen=True, slots=True)
class BreakoutStatus:
    """The Russell 2000 on the day. ``event`` is the open event or the last one with its end;
    ``ticks`` are those of its attempt. ``continuation`` is the newest high after a short base
    since that event ended. ``fails_at`` is the close below which it ends, while it is open.
    """

    state: State
    event: Breakout | None
    short_base: bool
    base: int | None
    window_day: int | None
    ticks: tuple[Tick, ...]
    continuation: Continuation | None
    fails_at: float | None
    btc_since: float | None
    """Bitcoin against the close from which the record counts, in %; None up to that day."""


@dataclass(frozen=True, slots=True)
class AltSeasonStatus:
    """Behind the index: ``beating`` of ``counted`` coins, from the list of ``listing``."""

    beating: int | None
    counted: int | None
    listing: dt.date | None
    borrowed: bool


@dataclass(frozen=True, slots=True)
class GroupStatus:
    """A group of sources: its oldest and its newest date, when the newest was released, its worst
    freshness.
    """

    group: Group
    oldest: dt.date | None
    date: dt.date | None
    released: dt.datetime | None
    fresh: Freshness


@dataclass(frozen=True, slots=True)
class RotationStatus:
    """Everything about the decision for ``date``."""

    date: dt.date
    decided_at: dt.datetime
    sample: bool
    phase: Phase
    phase_since: dt.date
    previous_phase: Phase | None
    match: Phase
    """The phase that this day alone would give; a phase lasts at least 5 sessions."""
    cause: Cause | None
    """Which rule of exhaustion this day meets."""
    rungs: tuple[RungStatus, ...]
    position: int
    """The highest rung such that it and all below are lit; 0 if the first is not."""
    off_script: tuple[str, ...]
    """Rungs lit while two below them are unlit: evidence against the ladder."""
    coverage: float
    """Share of the weight of all six rungs that was there, in %."""
    breakout: BreakoutStatus
    warning: EarlyWarning | None
    """The early warning that is on, or the last one with its end."""
    tail_end: bool
    capitulation: dt.date | None
    """The newest day of capitulation within the last 60."""
    exhaustion: Answer
    altseason: AltSeasonStatus
    checklist: tuple[Item, ...]
    records: Mapping[str, Record]
    """'breakout' and 'early-warning': bitcoin 90 days on."""
    readings: Mapping[str, Reading]
    groups: tuple[GroupStatus, ...]
    caveats: Mapping[str, str]

    @property
    def lit(self) -> int:
        return sum(rung.lit is True for rung in self.rungs)

    @property
    def scored(self) -> int:
        return sum(rung.score is not None for rung in self.rungs)

    def inputs(self, fresh: Freshness) -> tuple[Reading, ...]:
        """Inputs of rungs that are as fresh as that."""
        parts = (part.reading for rung in self.rungs for part in rung.inputs)
        return tuple(reading for reading in parts if reading.fresh is fresh)
