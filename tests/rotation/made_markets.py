"""Small markets with everything that real ones have: revisions, late fetches, jumps and holes.

And what the tests do to any market: look at it on an earlier day, change its future, hand it to
the oracles.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np

from rotation.inputs import (
    BTC,
    ETH,
    INPUTS,
    Cadence,
    Days,
    Floats,
    Input,
    Listing,
    Observations,
    input_of,
)
from rotation.market import Market
from tests.oracles.clock import exchange_sessions, is_business_day
from tests.oracles.known import CoinList, Guard, Row, World

BEGIN, FIRST, LAST = (np.datetime64(d) for d in ("2021-01-04", "2021-06-01", "2024-03-31"))
LIVE = np.datetime64("2023-01-01T00:00:00", "us")
COINS = tuple(f"coin:c{n:02}" for n in range(40))
PRICED = 36
QUARTER_HOUR = np.timedelta64(15, "m")

LEVELS = {
    "RUT": 2200, "SPX": 4300, "IWM.volume": 3e7, "WALCL": 8e12, "TGA": 6e11, "TGA_DAILY": 6e11,
    "BILLS": 3e11, "MBS": 2.5e12, "RRP": 1e12, "BAA10Y": 2, "HY_OAS": 4, "SOFR": 3, "DGS10": 3,
    "IORB": 3, "MORTGAGE30": 5, "MOVE": 100, "IWM_SHARES": 3e8, "DOMINANCE": 50,
    "STABLECOINS": 1.3e11, "OPEN_INTEREST": 2e10, "BTC_CAP": 8e11, "coin:bitcoin.volume": 3e10,
    BTC: 40_000, ETH: 2_500,
}  # fmt: skip
WILD = {BTC: 0.03, ETH: 0.035, "IWM.volume": 0.2, "coin:bitcoin.volume": 0.4, "RRP": 0.02}
AROUND_ZERO = {"NFCI": 0.3, "ETF_FLOW": 2e8, "FUNDING": 8.0}
REVISED = {"NFCI": 0.5, "RRP": 0.02, "RUT": 0.01, "BAA10Y": 0.02, "WALCL": 0.05, "TGA": 0.05,
           "ETF_FLOW": 0.03, BTC: 0.003, COINS[3]: 0.003, "IORB": 0.01}  # fmt: skip


WRONG = {("RUT", "2023-06-07"): 0.6, (BTC, "2023-09-13"): 0.2, ("WALCL", "2022-05-04"): 1e-6}
"""Single readings that nothing confirms, and one in a wrong unit."""
SPIKES = {("RUT", "2022-03-09"): 1.28, ("SPX", "2023-02-08"): 1.31, (BTC, "2022-07-03"): 1.9}
"""Upward ones: the way back is less than a jump."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What a market is made of."""

    observations: tuple[Observations, ...]
    listings: tuple[Listing, ...]
    live_since: np.datetime64 | None = None


def market(raw: Raw, first: np.datetime64, last: np.datetime64) -> Market:
    return Market(raw.observations, raw.listings, first=first, last=last, live_since=raw.live_since)


def decided(day: np.datetime64) -> np.datetime64:
    return (day + 1).astype("datetime64[us]") + QUARTER_HOUR


def in_time(raw: Raw, item: Observations, day: np.datetime64) -> np.ndarray:
    """Which observations were known by the decision for a day."""
    known = item.released_at
    if raw.live_since is not None:
        later = np.maximum(item.released_at, item.fetched_at)
        known = np.where(item.fetched_at > raw.live_since, later, known)
    return known <= decided(day)


def cut(raw: Raw, day: np.datetime64) -> Raw:
    """Only what was known by the decision for a day."""
    kept = tuple(only(item, in_time(raw, item, day)) for item in raw.observations)
    lists = tuple(x for x in raw.listings if np.datetime64(x.known, "us") <= decided(day))
    return Raw(kept, lists, raw.live_since)


def mutated(raw: Raw, day: np.datetime64, seed: int) -> Raw:
    """The same with other values, and other lists, from then on."""
    rng = np.random.default_rng(seed)
    changed = []
    for item in raw.observations:
        noise = np.exp(rng.normal(0, 0.03, len(item.value)))
        value = np.where(in_time(raw, item, day), item.value, item.value * noise)
        changed.append(replace(item, value=value))
    lists = tuple(
        x if np.datetime64(x.known, "us") <= decided(day) else replace(x, coins=x.coins[::-1])
        for x in raw.listings
    )
    return Raw(tuple(changed), lists, raw.live_since)


def between(raw: Raw, begin: np.datetime64, end: np.datetime64, coins: int) -> Raw:
    """A smaller market: some years, some coins."""
    listed = {coin for item in raw.listings for coin in item.coins}
    kept = sorted(listed & {item.series for item in raw.observations})[:coins]
    fewer = [x for x in raw.observations if x.series not in listed or x.series in kept]
    parts = tuple(only(x, (x.date >= begin) & (x.date <= end)) for x in fewer)
    lists = tuple(x for x in raw.listings if begin <= np.datetime64(x.date) <= end)
    return Raw(parts, lists, raw.live_since)


def only(item: Observations, keep: np.ndarray) -> Observations:
    """Some of the observations."""
    return replace(
        item,
        date=item.date[keep],
        value=item.value[keep],
        released_at=item.released_at[keep],
        fetched_at=item.fetched_at[keep],
    )


def guards(series: list[str]) -> dict[str, Guard]:
    """The declared guards, as the oracles take them."""
    declared = [input_of(id) for id in series]
    return {x.id: Guard(x.low, x.high, None if x.jump is None else x.jump / 100) for x in declared}


def world(raw: Raw) -> World:
    """The same market for the oracles."""
    rows: dict[str, list[Row]] = {}
    for item in raw.observations:
        columns = (item.date, item.value, item.released_at, item.fetched_at)
        found = zip(*(column.tolist() for column in columns), strict=True)
        rows.setdefault(item.series, []).extend(Row(*row) for row in found)
    lists = [CoinList(x.date, x.coins, x.known) for x in raw.listings]
    live = None if raw.live_since is None else raw.live_since.item()
    return World(rows, guards(list(rows)), lists, live)


def made(seed: int, *, spikes: bool = False, plain: bool = False) -> Raw:
    """A random market of every series, 2021 to 2024; live from 2023 on.

    ``spikes``: with wrong readings upward too; ``plain``: no revision and no late fetch.
    """
    rng = np.random.default_rng(seed)
    declared = [*INPUTS.values(), *(input_of(id) for id in (BTC, ETH, *COINS[:PRICED]))]
    parts = [_observed(source, rng, WRONG | SPIKES if spikes else WRONG) for source in declared]
    if plain:
        parts = [_plain(item) for item in parts]
    return Raw(tuple(parts), _lists(rng), LIVE)


def _plain(item: Observations) -> Observations:
    _, at = np.unique(item.date, return_index=True)
    first = only(item, at)
    return replace(first, fetched_at=first.released_at)


def _observed(
    source: Input, rng: np.random.Generator, wrong: dict[tuple[str, str], float]
) -> Observations:
    dates = _dates(source)
    dates = dates[rng.random(len(dates)) > 0.006]
    if source.id == COINS[5]:
        dates = dates[(dates < LIVE.astype("datetime64[D]") - 30) | (dates > LIVE - 24)]
    value = _walk(source, len(dates), rng)
    for (series, day), factor in wrong.items():
        value[(dates == np.datetime64(day)) & (series == source.id)] *= factor
    if source.id == BTC:
        value[dates >= np.datetime64("2023-11-20")] *= 0.3
    released = source.clock.released(dates)
    fetched = np.maximum(released + _delays(source, len(dates), rng), LIVE)
    again = np.flatnonzero(rng.random(len(dates)) < REVISED.get(source.id, 0))
    new = released[again] + np.timedelta64(1, "h") * rng.integers(20, 300, len(again))
    new_fetched = np.maximum(new + _delays(source, len(again), rng), fetched[again])
    return Observations(
        source.id,
        np.concatenate([dates, dates[again]]),
        np.concatenate([value, value[again] * rng.uniform(0.97, 1.03, len(again))]),
        np.concatenate([released, new]),
        np.concatenate([fetched, new_fetched]),
        "made",
    )


def _delays(source: Input, n: int, rng: np.random.Generator) -> np.ndarray:
    """Minutes, most often; now and then days."""
    often = 0.002 if source.id.startswith("coin:c") else 0.012
    minutes = rng.integers(0, 15, n)
    late = (rng.random(n) < often) * rng.integers(60, 6 * 1440, n)
    return (minutes + late) * np.timedelta64(1, "m")


def _dates(source: Input) -> Days:
    days = np.arange(BEGIN, LAST + 1)
    weekday = {"NFCI": 4, "MORTGAGE30": 3}.get(source.id, 2)
    match source.cadence:
        case Cadence.UTC_DAY:
            return days
        case Cadence.WEEK:
            return days[(days.astype(np.int64) + 3) % 7 == weekday]
        case Cadence.BUSINESS_DAY:
            return np.array([d for d in days if is_business_day(d.item())], "datetime64[D]")
    sessions = np.array(exchange_sessions(), "datetime64[D]")
    return sessions[(sessions >= BEGIN) & (sessions <= LAST)]


def _walk(source: Input, n: int, rng: np.random.Generator) -> Floats:
    if source.id == "FEAR_GREED":
        return np.clip(50 + rng.normal(0, 6, n).cumsum() % 80 - 40, 0, 100).round()
    if source.id in AROUND_ZERO:
        return AROUND_ZERO[source.id] * rng.normal(0.2, 1, n).round(3)
    drift = 0.0007 if source.id == "RUT" else 0.0
    steps = rng.normal(drift, WILD.get(source.id, 0.01), n)
    wave = 0.12 * np.sin(np.arange(n) / 35 + rng.uniform(0, 6))
    value = LEVELS.get(source.id, 80) * np.exp(steps.cumsum() + wave)
    if source.id in ("DOMINANCE", "BAA10Y", "SOFR", "IORB", "DGS10", "MORTGAGE30", "HY_OAS"):
        value = value.round(2)
    return np.clip(value, source.low * 1.01, source.high * 0.99)


def _lists(rng: np.random.Generator) -> tuple[Listing, ...]:
    months = np.arange("2021-05", "2024-04", dtype="datetime64[M]").astype("datetime64[D]")
    names = np.array([*COINS, ETH])
    return tuple(
        Listing(day, tuple(rng.permutation(names).tolist()), _next_midnight(day))
        for day in months.tolist()
    )


def _next_midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time())
