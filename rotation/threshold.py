"""Thresholds of a chat: a pure step from one reading to the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from rotation.inputs import BTC, ETH, Freshness, Quote
from rotation.market import Daily

PERSISTENCE = 2
COOLDOWN = dt.timedelta(hours=24)
MARGIN_POINTS = 2.0
MARGIN_SHARE = 0.05
LIVE = {"btc_close": BTC, "eth_close": ETH, "rut_close": "RUT", "spx_close": "SPX"}
"""Metrics whose thresholds look at the latest prices, beside their ratio ``eth_btc``."""
PRICED = frozenset({*LIVE, "eth_btc"})
IN_POINTS = frozenset({"score", "index", "pctl", "%"})
"""Units in which the re-arm margin is 2 points; in all others it is 5 % of the level."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric above (or below) a level. It fires once ``persistence`` readings in a row lie
    beyond the level, and counts again only after one at or within ``margin`` on the near side.
    """

    metric: str
    above: bool
    level: float
    margin: float
    persistence: int = PERSISTENCE
    cooldown: dt.timedelta = COOLDOWN

    def beyond(self, value: float) -> bool:
        """Strictly beyond the level."""
        return value > self.level if self.above else value < self.level

    def back(self, value: float) -> bool:
        """So far back that it counts again."""
        edge = self.level - self.margin if self.above else self.level + self.margin
        return value <= edge if self.above else value >= edge


@dataclass(frozen=True, slots=True)
class Watched:
    """Where a threshold stands: whether it is armed, readings in a row beyond the level, the
    instant of the last reading that counted, when it fired last. Instants are naive UTC.
    """

    armed: bool
    streak: int = 0
    seen: dt.datetime | None = None
    fired: dt.datetime | None = None


def reading(daily: Daily, row: int) -> tuple[dt.datetime, float] | None:
    """What a decision read of a metric, and the end of the day that it is of, so that a value
    which is carried over counts once; None where there is none or it is stale.
    """
    value = float(daily.value[row])
    if isnan(value) or daily.fresh[row] >= Freshness.STALE:
        return None
    day: dt.date = daily.date[row].item()
    return dt.datetime.combine(day, dt.time()) + dt.timedelta(days=1), value


def latest(metric: str, quotes: Mapping[str, Quote]) -> tuple[dt.datetime, float] | None:
    """What the latest prices make of a metric, and when; None where they say nothing of it."""
    if metric == "eth_btc":
        bitcoin, ether = quotes.get(BTC), quotes.get(ETH)
        if bitcoin is None or ether is None:
            return None
        return min(bitcoin.at, ether.at), ether.price / bitcoin.price
    quote = quotes.get(LIVE.get(metric, ""))
    return None if quote is None else (quote.at, quote.price)


def margin_of(level: float, unit: str) -> float:
    """The default re-arm margin of a level in a unit."""
    return MARGIN_POINTS if unit in IN_POINTS else MARGIN_SHARE * (abs(level) or 1.0)


def begin(rule: Threshold, value: float | None) -> Watched:
    """A new threshold. Where the value lies beyond it already it waits for the next crossing."""
    return Watched(armed=value is None or not rule.beyond(value))


def step(
    rule: Threshold, state: Watched, value: float, at: dt.datetime, now: dt.datetime
) -> tuple[Watched, bool]:
    """The state after a reading that was taken ``at``, and whether the threshold fires.

    A reading no newer than the last one that counted changes nothing. While the cooldown runs
    the streak is kept, so that it fires with the first reading after.
    """
    if state.seen is not None and at <= state.seen:
        return state, False
    if not state.armed:
        return Watched(rule.back(value), 0, at, state.fired), False
    streak = state.streak + 1 if rule.beyond(value) else 0
    cooling = state.fired is not None and now - state.fired < rule.cooldown
    if streak < rule.persistence or cooling:
        return Watched(True, streak, at, state.fired), False
    return Watched(False, 0, at, now), True
