"""Timeline: the measures and states of every day, and one day of it as facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from rotation import signals
from rotation.altseason import AltSeason
from rotation.breakout import (
    OPEN,
    UNDONE,
    Breakout,
    Continuation,
    Machine,
    Rules,
    Session,
    State,
)
from rotation.catalogue import METRICS
from rotation.inputs import (
    BTC,
    ETH,
    WATCHABLE,
    Days,
    Flags,
    Floats,
    Group,
    Listing,
    Withheld,
    decided_at,
)
from rotation.ladder import LADDER, RungDays, climb
from rotation.market import Daily, Market, Track
from rotation.metrics import Bench
from rotation.phase import Phase, PhaseDays, PhaseInputs, phases
from rotation.signals import EarlyWarning

RULE_VERSION = 1
STANDARD = Rules()
SENSITIVE = Rules(base_min=STANDARD.continuation_base)
RULES_RELEASED = dt.date(2026, 11, 21)
"""Events before this day are in-sample: the rules were written with them in view."""

GROUP_SERIES = {
    Group.EQUITIES: ("RUT", "SPX"),
    Group.LIQUIDITY: ("WALCL",),
    Group.CREDIT: ("BAA10Y", "NFCI", "MOVE"),
    Group.CRYPTO: (BTC,),
}
"""The series whose dates stand for a group in the freshness line."""


class UnknownDayError(LookupError):
    """There is no decision for the day asked for."""

    def __init__(self, first: dt.date, last: dt.date) -> None:
        super().__init__(f"decisions run from {first} to {last}")
        self.first, self.last = first, last


@dataclass(frozen=True, slots=True)
class BreakoutDays:
    """The breakout machine by day. ``sessions`` are its steps, ``known_on`` the decision that
    first knew of each, ``newest`` the index of the last one known on each day (−1: none yet),
    ``undone`` the days on which a breakout was known to have failed or to be broken.
    """

    sessions: tuple[Session, ...]
    events: tuple[Breakout, ...]
    known_on: Mapping[dt.date, dt.date]
    newest: npt.NDArray[np.int64]
    undone: Flags
    window_day: Floats
    continuations: tuple[Continuation, ...]

    def on(self, row: int) -> Session | None:
        """The step that holds on a day."""
        return self.sessions[self.newest[row]] if self.newest[row] >= 0 else None


@dataclass(frozen=True, slots=True)
class SignalDays:
    """Signals by day; ``exhaustion`` is 1, 0 or NaN."""

    warning: list[bool]
    warnings: list[EarlyWarning]
    tail_end: Flags
    since_capitulation: Floats
    exhaustion: Floats


@dataclass(frozen=True)
class Timeline:
    """All decisions of one market. Arrays have one element a day of ``days``."""

    days: Days
    sample: bool
    caveats: Mapping[str, str]
    withheld: tuple[Withheld, ...]
    metrics: Mapping[str, Daily]
    rungs: Mapping[str, RungDays]
    breakout: BreakoutDays
    sensitive: BreakoutDays
    """The run with short bases, for messages to chats that want them; nothing else uses it."""
    signals: SignalDays
    phases: PhaseDays
    altseason: AltSeason
    inputs: Mapping[str, Daily]
    """The series behind the freshness line."""
    closes: Mapping[str, Track]
    """Bitcoin, ether, every coin of the lists, and the indices and funds of watch lists."""
    listings: tuple[Listing, ...]

    @classmethod
    def of(cls, market: Market) -> Timeline:
        """Compute everything, once."""
        bench = Bench(market, METRICS)
        rungs = {rung.id: climb(bench, rung) for rung in LADDER}
        metrics = {id: bench.daily(id) for id in METRICS}
        breakout = _breakout_days(market)
        sessions = _session_days(metrics)
        leverage = bench.daily("OPEN_INTEREST").scored()
        found = _signal_days(market.days, metrics, breakout, sessions, leverage)
        scored = {id: daily.scored() for id, daily in metrics.items()}
        inputs = PhaseInputs(
            score=np.array([rung.score for rung in rungs.values()]),
            lit=np.array([rung.lit for rung in rungs.values()]),
            index=scored["altseason_index"],
            heat=scored["heat"],
            undone=breakout.undone,
            session=sessions,
        )
        return cls(
            market.days, market.sample, market.caveats, market.withheld, metrics, rungs,
            breakout, _breakout_days(market, SENSITIVE), found, phases(inputs), bench.altseason,
            {id: bench.daily(id) for group in GROUP_SERIES.values() for id in group},
            {id: market.track(id) for id in (BTC, ETH, *market.coins, *WATCHABLE)},
            market.listings,
        )  # fmt: skip

    @property
    def phase(self) -> list[Phase]:
        return self.phases.phase

    @property
    def bitcoin(self) -> Track:
        return self.closes[BTC]

    @property
    def first(self) -> dt.date:
        return dt.date.fromisoformat(str(self.days[0]))

    @property
    def last(self) -> dt.date:
        return dt.date.fromisoformat(str(self.days[-1]))

    def row(self, day: dt.date) -> int:
        """The row of a decision. UnknownDayError before the first and after the last."""
        if not self.first <= day <= self.last:
            raise UnknownDayError(self.first, self.last)
        return (day - self.first).days

    def decided(self, row: int) -> dt.datetime:
        """The instant of a decision, naive UTC."""
        moment: dt.datetime = decided_at(self.days[row : row + 1])[0].item()
        return moment

    @cached_property
    def lit(self) -> Floats:
        """Lit as 1, 0 or NaN, one row a rung from the bottom."""
        return np.array([rung.lit for rung in self.rungs.values()])

    @cached_property
    def position(self) -> npt.NDArray[np.int64]:
        """The highest rung such that it and all below are lit; 0 if the first is not."""
        return np.cumprod(self.lit == 1, axis=0).sum(axis=0)

    @cached_property
    def off_script(self) -> Flags:
        """Rungs lit while two below them are unlit, one row a rung."""
        unlit_below = np.cumsum(self.lit == 0, axis=0) - (self.lit == 0)
        return np.asarray((self.lit == 1) & (unlit_below >= 2))

    @cached_property
    def coverage(self) -> Floats:
        """Share of the weight of all six rungs that was there, in %."""
        return 100 * np.mean([rung.weight for rung in self.rungs.values()], axis=0)

    def frame(self) -> pd.DataFrame:
        """The whole timeline, one row a decision; columns as the README lists them."""
        columns: dict[str, object] = {
            "date": pd.DatetimeIndex(self.days),
            "decided_at": pd.DatetimeIndex(decided_at(self.days)).tz_localize("UTC"),
            "phase": [phase.value for phase in self.phases.phase],
            "phase_since": pd.DatetimeIndex(self.days[self.phases.begun]),
            "position": self.position,
            "lit": (self.lit == 1).sum(axis=0),
            "coverage": self.coverage,
            "off_script": self.off_script.sum(axis=0),
        }
        for rung in LADDER:
            columns[f"{rung.id}_lit"] = self.rungs[rung.id].lit
        columns |= self._event_columns()
        columns |= {id: daily.scored() for id, daily in self.metrics.items()}
        return pd.DataFrame(columns)

    def _event_columns(self) -> dict[str, object]:
        steps = [self.breakout.on(row) for row in range(len(self.days))]
        events = [step.event if step else None for step in steps]
        return {
            "base_sessions": [step.base if step else np.nan for step in steps],
            "breakout_state": [step.state.value if step else None for step in steps],
            "breakout_level": [e.level if e else np.nan for e in events],
            "breakout_attempt": _dates([e.attempt if e else None for e in events]),
            "breakout_confirmed": _dates([e.confirmed if e else None for e in events]),
            "breakout_tier": [e.tier.value if e else None for e in events],
            "breakout_end": [e.end.value if e and e.end else None for e in events],
            "new_high_short_base": [bool(step and step.short_base) for step in steps],
            "window_day": self.breakout.window_day,
            "early_warning": self.signals.warning,
            "tail_end": self.signals.tail_end,
            "days_since_capitulation": self.signals.since_capitulation,
            "seller_exhaustion": self.signals.exhaustion,
            "altseason_listing": pd.DatetimeIndex(self.altseason.listing),
            "altseason_borrowed": self.altseason.borrowed,
        }


def _dates(values: list[dt.date | None]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.array(values, dtype="datetime64[D]"))


def _breakout_days(market: Market, rules: Rules = STANDARD) -> BreakoutDays:
    """Feed the machine each session in the order in which it became known."""
    fed = market.track("RUT").first_readings()
    machine = Machine(rules)
    dates: list[dt.date] = fed.date.tolist()
    sessions = tuple(machine.run(dates, fed.value.tolist()))
    newest = np.searchsorted(fed.known, market.days, side="right") - 1
    states = np.array([step.state.value for step in sessions] or [""])
    ended = fed.known[np.isin(states[: len(sessions)], list(UNDONE))]
    undone = np.isin(market.days, ended)
    confirmed = np.array(
        [step.event.confirmed if step.event else None for step in sessions] or [None],
        dtype="datetime64[D]",
    )
    just_known = np.isin(market.days, fed.known)
    over = (states[newest] == State.EXPIRED) & just_known  # it holds for its own day
    in_window = (newest >= 0) & (np.isin(states[newest], list(OPEN)) | over)
    window = signals.window_days(market.days, confirmed[newest], in_window)
    return BreakoutDays(
        sessions, tuple(machine.events), dict(zip(dates, fed.known.tolist(), strict=True)),
        newest, undone, window, tuple(machine.continuations),
    )  # fmt: skip


def _session_days(metrics: Mapping[str, Daily]) -> Flags:
    """Days on which a further session of either index became known."""
    dates = np.array([metrics[id].date for id in ("rut_close", "spx_close")])
    newest = np.where(np.isnat(dates), np.datetime64("0001-01-01"), dates).max(axis=0)
    return np.diff(newest, prepend=np.datetime64("0001-01-01")).astype(np.int64) > 0


def _signal_days(
    days: Days,
    metrics: Mapping[str, Daily],
    breakout: BreakoutDays,
    sessions: Flags,
    leverage: Floats,
) -> SignalDays:
    scored = {id: daily.scored() for id, daily in metrics.items()}
    inputs = signals.WarningInputs(
        mrs=scored["mrs"],
        drawdown=scored["rut_drawdown"],
        btc_30d=scored["btc_30d"],
        eth_btc_30d=scored["eth_btc_30d"],
        index=scored["altseason_index"],
    )
    on, warnings = signals.early_warnings(days.tolist(), sessions, inputs)
    since = signals.days_since(
        signals.capitulation(
            scored["btc_7d_pct"],
            scored["btc_volume_ratio"],
            scored["fear_greed"],
            scored["rv30_pct"],
        )
    )
    exhausted = signals.seller_exhaustion(since, scored["btc_close"], scored["rv30"], leverage)
    tail = signals.tail_end(scored["altseason_index"], breakout.window_day, scored["heat"])
    return SignalDays(on, warnings, tail, since, exhausted)
