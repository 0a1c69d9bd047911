"""The sample market: well-known turning points with invented days between, always the same.

It needs no file and no network, and holds every input of the core. Every value is rounded to
six significant digits, so that the last bits of a machine's ``exp`` do not show.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zlib import crc32

import numpy as np

from feeds import sample_facts as facts
from feeds.feed import Harvest
from feeds.sample_paths import (
    FIRST,
    FRIDAY,
    GRID,
    LAST,
    THURSDAY,
    WEDNESDAY,
    Mask,
    Points,
    from_day,
    lagged,
    on_business_days,
    on_every_day,
    on_sessions,
    on_weekday,
    path_through,
    points_of,
    shocks,
    six_digits,
    smooth,
)
from rotation.inputs import (
    BTC,
    BTC_VOLUME,
    ETH,
    LARGE_CAP_SECTORS,
    SMALL_CAP_SECTORS,
    Floats,
    Listing,
    Observations,
    input_of,
)

SOURCE = "sample"
BORN = {"XLC": "2018-06-19", "XLRE": "2015-10-08"} | dict.fromkeys(SMALL_CAP_SECTORS, "2010-04-07")
FLAT = np.zeros(len(GRID))


def sample_market() -> Harvest:
    """The sample market, 2007 to 2026-06-30, in base units; the same on every run.

    Days on which a series does not exist have no observation; there are no NaN.
    """
    main = _main()
    paths = _equities(main) | _liquidity() | _credit() | _crypto(main)
    coins = _coins(main)
    paths |= {f"coin:{id}": (value, on_every_day()) for id, value in coins.items()}
    return Harvest(
        observations=tuple(_observed(id, *path) for id, path in paths.items()),
        listings=_listings(coins | {"ethereum": main.eth}),
        sample=True,
    )


Path = tuple[Floats, Mask]
"""A path and the days on which it is observed."""


def _observed(series: str, value: Floats, days: Mask) -> Observations:
    days = days & ~np.isnan(value)
    dates = GRID[days]
    released = input_of(series).clock.released(dates)
    return Observations(series, dates, six_digits(value[days]), released, released, SOURCE)


# --- the market --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Main:
    """What the other series follow."""

    rut: Floats
    spx: Floats
    btc: Floats
    eth: Floats
    dominance: Floats
    alts: Floats
    """How alts do against bitcoin, in log terms."""


def _main() -> _Main:
    trading = on_sessions().astype(np.float64)
    broad = shocks("equities") * trading
    digital = 0.3 * broad + 0.95 * shocks("bitcoin")
    dominance = _drifts(facts.DOMINANCE, "dominance", 0.55, 1)
    years = np.arange(len(GRID)) / 365.25
    alts = np.log((100 - dominance) / dominance) - 0.4 * years
    btc = path_through(points_of(facts.BTC), 0.028 * digital, slack=0.08)
    spx = path_through(points_of(facts.SPX), 0.0075 * broad, slack=0.03)
    small = 0.0055 * shocks("small caps") * trading
    beside = np.log(btc) + 0.3 * alts
    ether = 0.02 * shocks("ethereum")
    return _Main(
        rut=path_through(points_of(facts.RUT), small, around=1.1 * np.log(spx), slack=0.03),
        spx=spx,
        btc=btc,
        eth=path_through(points_of(facts.ETH), ether, around=beside, slack=None),
        dominance=dominance,
        alts=alts,
    )


def _follower(id: str, leader: Floats, start: float, beta: float, noise: float) -> Floats:
    """An ETF that moves with an index and has a walk of its own."""
    born = BORN.get(id, "2007-01-03")
    walk = np.cumsum(noise * shocks(id) * on_sessions())
    first = int((np.datetime64(born) - FIRST).astype(np.int64))
    log = beta * np.log(leader / leader[first]) + walk - walk[first]
    return np.where(from_day(born), start * np.exp(log), np.nan)


def _equities(main: _Main) -> dict[str, Path]:
    still = 0.0003 * shocks("IWM")
    move = np.abs(main.rut / lagged(main.rut, 1) - 1)
    busy = np.exp(0.25 * shocks("IWM.volume")) * (0.85 + 18 * np.nan_to_num(move))
    quiet = path_through(points_of(facts.IWM_VOLUME), FLAT)
    creations = 0.003 * shocks("IWM_SHARES") + 0.04 * np.nan_to_num(
        np.log(main.rut / lagged(main.rut, 1))
    )
    walked = np.where(np.isnan(main.rut), np.nan, 2.2e8 * np.exp(np.cumsum(creations)))
    values = {
        "RUT": main.rut,
        "SPX": main.spx,
        "IWM": main.rut / 10 * np.exp(still),
        "IWM.volume": np.rint(1e6 * quiet * busy),
        "IWM_SHARES": np.rint(walked / 50_000) * 50_000,
        "SPY": main.spx / 10 * np.exp(0.2 * still),
        "IWC": _follower("IWC", main.rut, 58, 1.02, 0.003),
        "RSP": _follower("RSP", main.spx, 47, 0.96, 0.0015),
    }
    for id in LARGE_CAP_SECTORS:
        beta = 0.85 + 0.3 * (crc32(id.encode()) % 100) / 100
        values[id] = _follower(id, main.spx, 30, beta, 0.0065)
    for id in SMALL_CAP_SECTORS:
        values[id] = _follower(id, main.rut, 25, 1, 0.006)
    return {id: (value, on_sessions()) for id, value in values.items()}


def _wanders(text: str, name: str, noise: float, slack: float) -> Floats:
    """A path of its own through the points, in log terms."""
    return path_through(points_of(text), noise * shocks(name), slack=slack)


def _drifts(text: str, name: str, noise: float, slack: float) -> Floats:
    """A path of its own through the points, in the points' own unit."""
    return path_through(points_of(text), noise * shocks(name), log=False, slack=slack)


def _liquidity() -> dict[str, Path]:
    account = _wanders(facts.TGA, "TGA", 0.05, 0.1)
    week, daily = on_weekday(WEDNESDAY), on_business_days()
    billions = {
        "WALCL": (_wanders(facts.WALCL, "WALCL", 0.0006, 0.003), week),
        "TGA": (account, week),
        "BILLS": (_wanders(facts.BILLS, "BILLS", 0.001, 0), week),
        "MBS": (_wanders(facts.MBS, "MBS", 0.001, 0), week),
        "RRP": (_wanders(facts.RRP, "RRP", 0.03, 0.05), daily),
        "TGA_DAILY": (account, daily),
    }
    return {id: (1e9 * value, days) for id, (value, days) in billions.items()}


def _credit() -> dict[str, Path]:
    daily, trading = on_business_days(), on_sessions()
    treasury = _drifts(facts.DGS10, "DGS10", 0.04, 0.1)
    spread = _wanders(facts.HY_OAS, "HY_OAS", 0.015, 0.05)
    premium = _drifts(facts.MORTGAGE_SPREAD, "MORTGAGE30", 0.01, 0.1)
    repo = _drifts(facts.SOFR_SPREAD, "SOFR", 0.015, 0.03)
    nfci = _drifts(facts.NFCI, "NFCI", 0.01, 0.03)
    reserves = _steps(facts.INTEREST_ON_RESERVES)
    return {
        "BAA10Y": (_cents(_wanders(facts.BAA10Y, "BAA10Y", 0.01, 0.03)), daily),
        "HY_OAS": (_cents(spread), daily),
        "DGS10": (_cents(treasury), daily),
        "SOFR": (_cents(reserves + repo), daily),
        "IORB": (np.where(from_day("2021-07-29"), reserves, np.nan), on_every_day()),
        "MORTGAGE30": (_cents(treasury + premium), on_weekday(THURSDAY)),
        "NFCI": (_cents(10 * nfci) / 10, on_weekday(FRIDAY)),
        "MOVE": (_cents(_wanders(facts.MOVE, "MOVE", 0.035, 0.15)), trading),
        "HYG": (_cents(92 - 3 * (spread - 3.5) - 5 * (treasury - 2)), trading),
        "IEF": (_cents(126 - 7.4 * treasury), trading),
    }


def _cents(value: Floats) -> Floats:
    return np.rint(100 * value) / 100


def _steps(text: str) -> Floats:
    points = points_of(text)
    part = np.searchsorted(points.at, np.arange(len(GRID)), side="right") - 1
    return np.where(part >= 0, points.level[np.maximum(part, 0)], np.nan)


def _crypto(main: _Main) -> dict[str, Path]:
    cap = 1e6 * main.btc * path_through(points_of(facts.BTC_SUPPLY), FLAT)
    turnover = _wanders(facts.BTC_TURNOVER, "turnover", 0.02, 0.2) / 100
    move = np.log(main.btc / lagged(main.btc, 1))
    week, month = (np.log(main.btc / lagged(main.btc, days)) for days in (7, 30))
    busy = np.exp(0.2 * shocks("bitcoin.volume")) * (0.75 + 10 * np.abs(move))
    mood = np.rint(50 + 85 * month + 9 * smooth(shocks("mood"), 7))
    leverage = 0.006 + 0.002 * (np.arange(len(GRID)) / 365.25 - 13)
    interest = cap * leverage * np.exp(0.7 * month + 0.06 * smooth(shocks("leverage"), 7))
    funding = np.clip(9 + 70 * month + 4 * smooth(shocks("funding"), 3), -60, 120)
    flow = np.clip(40 + 1_500 * week + 170 * shocks("flow"), -1_200, 1_500)
    stable = _wanders(facts.STABLECOINS, "stablecoins", 0.002, 0)
    all_days = on_every_day()
    return {
        BTC: (main.btc, all_days),
        ETH: (main.eth, all_days),
        BTC_VOLUME: (cap * turnover * busy, all_days),
        "BTC_CAP": (cap, all_days),
        "DOMINANCE": (_cents(main.dominance), all_days),
        "STABLECOINS": (1e9 * stable, all_days),
        "FEAR_GREED": (np.clip(mood, 5, 95), from_day("2018-02-01")),
        "FUNDING": (_cents(funding), from_day("2019-09-10")),
        "OPEN_INTEREST": (interest, from_day("2020-01-01")),
        "ETF_FLOW": (1e5 * np.rint(10 * flow), from_day("2024-01-11") & on_sessions()),
    }


# --- coins -------------------------------------------------------------------------------


@cache
def _coin_facts() -> dict[str, tuple[float, str]]:
    """Supply in coins and the turning points of each id."""
    found: dict[str, tuple[float, str]] = {}
    for line in facts.COINS.split("\n"):
        if line:
            id, supply, text = line.split(" ", 2)
            before = found.get(id, (0.0, ""))[1]
            found[id] = (1e6 * float(supply), f"{before} {text}")
    return found


def _coins(main: _Main) -> dict[str, Floats]:
    """Prices in USD: bitcoin, times what alts do against it, times a walk of their own."""
    around = np.log(main.btc) + main.alts
    out = {}
    for id, (_, text) in _coin_facts().items():
        points, noise = points_of(text), 0.03 * shocks(f"coin:{id}")
        if id not in facts.GIVEN_UP:
            points = _goes_on(points, noise, around)
        out[id] = path_through(points, noise, around=around, slack=None)
    return out


def _goes_on(points: Points, noise: Floats, around: Floats) -> Points:
    """One more point on the last day: where the coin drifts to with the others."""
    last, end = int(points.at[-1]), len(GRID) - 1
    drift = around[end] - around[last] + noise[last + 1 :].sum()
    level = points.level[-1] * np.exp(drift)
    return Points(np.append(points.at, end), np.append(points.level, level))


def _listings(coins: dict[str, Floats]) -> tuple[Listing, ...]:
    """On the first of each month from 2014 on, the coins by market cap; bitcoin left out."""
    supplies = {id: supply for id, (supply, _) in _coin_facts().items()} | {"ethereum": 1.1e8}
    ids = sorted(coins)
    caps = np.stack([coins[id] * supplies[id] for id in ids])
    months = np.arange(np.datetime64("2014-01"), LAST.astype("datetime64[M]") + 1)
    out = []
    for at in (months.astype("datetime64[D]") - FIRST).astype(np.int64):
        order = np.argsort(-caps[:, at], kind="stable")
        alive = [i for i in order if not np.isnan(caps[i, at])]
        day: date = date.fromisoformat(str(GRID[at]))
        known = datetime.combine(day + timedelta(days=1), time())
        out.append(Listing(day, tuple(f"coin:{ids[i]}" for i in alive), known))
    return tuple(out)
