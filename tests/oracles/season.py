"""The altcoin season index, coin by coin and day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracles.clock import DAY, decision
from tests.oracles.known import CoinList, World

BITCOIN = "coin:bitcoin"


@dataclass(frozen=True, slots=True)
class Season:
    date: date
    ahead: int
    counted: int
    listing: date
    borrowed: bool

    @property
    def index(self) -> float:
        return 100 * self.ahead / self.counted


def chosen_list(lists: list[CoinList], day: date) -> tuple[CoinList, bool] | None:
    """The newest list dated at or before D − 90; else the oldest there is, as borrowed."""
    here = [item for item in lists if item.known <= decision(day) and item.date <= day]
    old = [item for item in here if item.date <= day - timedelta(days=90)]
    if old:
        return old[-1], False
    return (here[0], True) if here else None


def gain(world: World, coin: str, day: date) -> float | None:
    """Close on D ÷ close on D − 90; None if either is missing or a hole is too long."""
    closes = {point.date: point.value for point in world.known(coin, day)}
    start = day - timedelta(days=90)
    if day not in closes or start not in closes:
        return None
    missing = 0
    for n in range(91):
        missing = 0 if start + n * DAY in closes else missing + 1
        if missing > 3:
            return None
    return closes[day] / closes[start]


def season_on(world: World, day: date) -> Season | None:
    """The index of one day, None with fewer than 30 coins."""
    found = chosen_list(world.lists, day)
    bitcoin = gain(world, BITCOIN, day)
    if found is None or bitcoin is None:
        return None
    coins, borrowed = found
    gains = [gain(world, coin, day) for coin in coins.coins[:50]]
    counted = [g for g in gains if g is not None]
    if len(counted) < 30:
        return None
    ahead = sum(g > bitcoin for g in counted)
    return Season(day, ahead, len(counted), coins.date, borrowed)


def season(world: World, day: date, back: int = 200) -> Season | None:
    """The newest day, at or before this one, on which the index could be computed."""
    for n in range(back):
        found = season_on(world, day - n * DAY)
        if found is not None:
            return found
    return None
