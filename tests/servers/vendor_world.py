"""What is true in the stand-in vendors' world, what of it is public, and how it is spoiled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from rotation.inputs import input_of

RUNNING = 1.037
"""The value of a day that is not over, against the one that it will have."""
REVISED = 1.004
CONTENT_FAULTS = (
    "billions for millions",
    "NaN today",
    "zero",
    "negative",
    "×10",
    "÷10",
    "split",
    "date in the future",
    "duplicate date",
    "revised history",
    "delisted",
)
BITCOINS = 20_000_000.0


Query = Mapping[str, str]


class NotFoundError(Exception):
    """A 404, with the vendor's body."""


def unix(day: dt.date, hour: int = 0) -> int:
    return int(dt.datetime.combine(day, dt.time(hour), dt.UTC).timestamp())


def as_text(value: float | None, missing: str = "") -> str:
    return missing if value is None else f"{value:.10g}"


@dataclass(frozen=True)
class Coin:
    """A coin as CoinGecko lists it."""

    name: str
    symbol: str
    supply: float
    category: str = ""


@dataclass(frozen=True)
class Point:
    """A value of a date as a vendor shows it. ``over``: it is final."""

    date: dt.date
    value: float | None
    over: bool = True


def pegs() -> dict[str, Coin]:
    """What is large and no altcoin; the last two are known by their category alone."""
    return {
        "tether": Coin("Tether", "usdt", 180e9),
        "usd-coin": Coin("USD Coin", "usdc", 70e9),
        "wrapped-bitcoin": Coin("Wrapped Bitcoin", "wbtc", 1e5),
        "staked-ether": Coin("Lido Staked Ether", "steth", 9e6),
        "pax-gold": Coin("PAX Gold", "paxg", 4e5),
        "marvel-yen": Coin("Marvel Yen", "mjpy", 50e9, "stablecoins"),
        "vault-share": Coin("Vault Share", "vsh", 5e6, "tokenized-assets"),
    }


PEG_PRICES = {
    "tether": 0.9998, "usd-coin": 1.0001, "wrapped-bitcoin": 90_000, "staked-ether": 3_000,
    "pax-gold": 4_500, "marvel-yen": 0.0064, "vault-share": 112.0,
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """The truth, the clock, the coins, and the fault that is on."""

    series: Mapping[str, Mapping[dt.date, float]]
    now: Callable[[], dt.datetime]
    coins: Mapping[str, Coin]
    fault: str = ""

    def spoiled(self, fault: str) -> World:
        return replace(self, fault=fault)

    def today(self) -> dt.date:
        return self.now().date()

    def points(self, series: str, *, released: bool = False) -> list[Point]:
        """Everything dated up to today, oldest first, spoiled as the fault says. Values that are
        not released yet are running ones, or left out if ``released``.
        """
        dates = sorted(day for day in self.series.get(series, {}) if day <= self._last(series))
        if not dates:
            return []
        clock = input_of(series).clock
        at = clock.released(np.array(dates, "datetime64[D]"))
        over = at <= np.datetime64(self.now(), "us")
        points = [
            Point(day, value * (1 if done else RUNNING), bool(done))
            for day, done in zip(dates, over, strict=True)
            if (value := self.series[series][day]) is not None and (done or not released)
        ]
        return self._spoil(points)

    def _last(self, series: str) -> dt.date:
        """New York's date for what has sessions there, else the UTC day."""
        here = input_of(series).clock.zone
        return self.now().replace(tzinfo=dt.UTC).astimezone(ZoneInfo(here)).date()

    def _spoil(self, points: list[Point]) -> list[Point]:
        last = max((i for i, point in enumerate(points) if point.over), default=None)
        if last is None:
            return points
        point = points[last]
        value = point.value or 0.0
        if self.fault == "billions for millions":
            return [replace(p, value=(p.value or 0) / 1000) for p in points]
        if self.fault == "revised history":
            return [replace(p, value=(p.value or 0) * REVISED) for p in points]
        if self.fault == "date in the future":
            return [*points, Point(self.today() + dt.timedelta(days=45), value)]
        if self.fault == "duplicate date":
            twin = replace(point, value=value * 1.02)
            return [*points[: last + 1], twin, *points[last + 1 :]]
        changed = {"NaN today": None, "zero": 0.0, "negative": -value, "×10": value * 10,
                   "÷10": value / 10}  # fmt: skip
        if self.fault in changed:
            points[last] = replace(point, value=changed[self.fault])
        return points

    def trades(self, coin: str) -> bool:
        """Whether it had a close yesterday."""
        return self.today() - dt.timedelta(days=1) in self.series.get(f"coin:{coin}", {})

    def supply(self, coin: str) -> float:
        return self.coins[coin].supply if coin in self.coins else pegs()[coin].supply

    def price(self, coin: str) -> float | None:
        """The price of this moment: within the first half hour of a day the close of the day
        before, later one of the running day; spoiled like the newest point of a series.
        """
        if coin in PEG_PRICES:
            return PEG_PRICES[coin]
        truth = self.series[f"coin:{coin}"]
        yesterday = self.today() - dt.timedelta(days=1)
        midnight = self.now() - dt.datetime.combine(self.today(), dt.time())
        running = 1.0 if midnight <= dt.timedelta(minutes=30) else RUNNING
        point = Point(yesterday, truth[yesterday] * running)
        return self._spoil([point])[-1 if self.fault != "duplicate date" else 0].value

    def true_cap(self, coin: str) -> float:
        """Market cap at yesterday's close; a spoiled price does not move it."""
        if coin in PEG_PRICES:
            return PEG_PRICES[coin] * self.supply(coin)
        day = self.today() - dt.timedelta(days=1)
        if coin == "bitcoin" and "BTC_CAP" in self.series:
            return self.series["BTC_CAP"][day]
        return self.series[f"coin:{coin}"][day] * self.supply(coin)
