"""Window, early warning, tail end, capitulation, seller exhaustion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isnan

import numpy as np
import pandas as pd

from rotation.inputs import Days, Flags, Floats

WARNING_SESSIONS = 3
WARNING_NEAR_HIGH = -2.0
WARNING_BTC = 10.0
WARNING_ETH_BTC = 5.0
WARNING_INDEX = 50.0
CONVERTED_INDEX = 60.0
VOID_MRS = -1.0
VOID_HIGH = -5.0
WARNING_DAYS = 90

SEASON = 75.0
HOT = 80.0
TAIL_WINDOW_DAY = 90

CAPITULATION_DAYS = 60
EXHAUSTION_DAYS = 30
LEVERAGE_LEFT = 0.80
LEVERAGE_DAYS = 90


class WarningEnd(StrEnum):
    CONVERTED = "converted"
    VOID = "void"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """One early warning, 'lead without lag'; ``end`` is None while it is on."""

    on: dt.date
    off: dt.date | None = None
    end: WarningEnd | None = None


@dataclass(frozen=True, slots=True)
class WarningInputs:
    """What the early warning looks at, by day; NaN is 'not met'."""

    mrs: Floats
    drawdown: Floats
    btc_30d: Floats
    eth_btc_30d: Floats
    index: Floats

    def condition(self) -> Flags:
        """Small caps lead near their high while crypto has not moved."""
        return np.asarray(
            (self.mrs > 0)
            & (self.drawdown >= WARNING_NEAR_HIGH)
            & (self.btc_30d < WARNING_BTC)
            & (self.eth_btc_30d < WARNING_ETH_BTC)
            & (self.index < WARNING_INDEX)
        )

    def converted(self) -> Flags:
        return np.asarray((self.btc_30d >= WARNING_BTC) | (self.index >= CONVERTED_INDEX))

    def void(self) -> Flags:
        return np.asarray((self.mrs < VOID_MRS) | (self.drawdown < VOID_HIGH))


def early_warnings(
    days: Sequence[dt.date], session: Flags, inputs: WarningInputs
) -> tuple[list[bool], list[EarlyWarning]]:
    """On or off by day, and every warning. Goes on after 3 sessions in a row with the condition;
    after its end it needs one session without the condition before it counts again.
    """
    condition, void = inputs.condition().tolist(), inputs.void().tolist()
    converted = inputs.converted().tolist()
    warnings: list[EarlyWarning] = []
    states: list[bool] = []
    on, armed, streak = False, True, 0
    for i, day in enumerate(days):
        if on:
            end = _end(converted[i], void[i], (day - warnings[-1].on).days)
            if end is not None:
                warnings[-1] = replace(warnings[-1], off=day, end=end)
                on, armed, streak = False, False, 0
        elif session[i]:
            streak = streak + 1 if condition[i] and armed else 0
            armed = armed or not condition[i]
            if streak >= WARNING_SESSIONS:
                warnings.append(EarlyWarning(day))
                on, streak = True, 0
        states.append(on)
    return states, warnings


def _end(converted: bool, void: bool, age: int) -> WarningEnd | None:
    if converted:
        return WarningEnd.CONVERTED
    if void:
        return WarningEnd.VOID
    return WarningEnd.EXPIRED if age >= WARNING_DAYS else None


def tail_end(index: Floats, window_day: Floats, heat: Floats) -> Flags:
    """Late in the move: altcoin season, or past the window and hot."""
    return np.asarray((index >= SEASON) | ((window_day > TAIL_WINDOW_DAY) & (heat >= HOT)))


def capitulation(
    btc_7d_pct: Floats, volume_ratio: Floats, fear_greed: Floats, rv30_pct: Floats
) -> Flags:
    """Days of capitulation: a 7-day return in the lowest 5 % of 3 years, and a flood of volume,
    extreme fear or a storm of volatility.
    """
    loud = (volume_ratio >= 2) | (fear_greed <= 15) | (rv30_pct >= 90)
    return np.asarray((btc_7d_pct <= 5) & loud)


def days_since(flags: Flags) -> Floats:
    """Days since the last true day, 0 on it; NaN before the first."""
    position = np.arange(len(flags))
    last = np.maximum.accumulate(np.where(flags, position, -1))
    return np.where(last >= 0, position - last, np.nan)


def seller_exhaustion(since_flag: Floats, close: Floats, rv30: Floats, oi: Floats) -> Floats:
    """1 yes, 0 no, NaN unknown: after a capitulation day 30 days without a new low, volatility
    below that of 30 days before, open interest at most 80 % of its 90-day high.

    A part that is not known makes 'yes' unknown; a part that is known to fail makes 'no'.
    """
    before = np.concatenate([np.full(EXHAUSTION_DAYS, np.nan), rv30])[: len(rv30)]
    calm = np.where(np.isnan(rv30) | np.isnan(before), np.nan, rv30 < before)
    high = pd.Series(oi).rolling(LEVERAGE_DAYS, min_periods=1).max().to_numpy()
    washed = np.where(np.isnan(oi), np.nan, oi <= LEVERAGE_LEFT * high)
    out = np.zeros(len(close))
    low, low_row = np.inf, 0
    for i, (since, price) in enumerate(zip(since_flag.tolist(), close.tolist(), strict=True)):
        if since == 0:
            low = np.inf
        if price < low:
            low, low_row = price, i
        if since >= EXHAUSTION_DAYS:
            settled = np.nan if low == np.inf else float(i - low_row >= EXHAUSTION_DAYS)
            out[i] = np.nan if isnan(settled) else _all_of(settled, calm[i], washed[i])
    return out


def _all_of(*parts: float) -> float:
    if any(part == 0 for part in parts):
        return 0.0
    return np.nan if any(isnan(part) for part in parts) else 1.0


def held_for(flags: Flags, n: int) -> Flags:
    """True where the last n elements are all true."""
    total = np.concatenate([[0], np.cumsum(flags)])
    out = np.zeros(len(flags), dtype=bool)
    out[n - 1 :] = (total[n:] - total[:-n]) == n
    return out


def seen_within(flags: Flags, n: int) -> Flags:
    """True where any of the last n elements is true."""
    total = np.concatenate([[0], np.cumsum(flags)])
    start = np.maximum(np.arange(1, len(flags) + 1) - n, 0)
    return np.asarray(total[1:] - total[start] > 0)


def window_days(days: Days, confirmed: Days, open_or_expired: Flags) -> Floats:
    """Calendar days since confirmation while the window is open, and on the day it expires."""
    age = (days - confirmed).astype("timedelta64[D]").astype(float)
    age[np.isnat(confirmed) | ~open_or_expired] = np.nan
    return age
