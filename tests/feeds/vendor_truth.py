"""A year and a half of every series, and eighty coins: what the stand-in vendors know."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache

import numpy as np

from rotation.calendars import sessions
from rotation.inputs import BTC, BTC_VOLUME, ETH, INPUTS, Cadence, business_days, input_of
from tests.servers.vendor_world import BITCOINS, Coin

NOW = dt.datetime(2026, 6, 30, 0, 10)
"""Just after a day has ended: ten past midnight UTC, a Tuesday; in New York Monday's session is
over and its closes are released.
"""
YESTERDAY = dt.date(2026, 6, 29)
FIRST, LAST = np.datetime64("2025-01-01"), np.datetime64("2026-07-31")
LEVELS = {
    "RUT": 2400, "SPX": 6500, "IWM": 240, "IWM.volume": 3e7, "WALCL": 6.7e12, "TGA": 8e11,
    "TGA_DAILY": 8e11, "BILLS": 3e11, "MBS": 2e12, "RRP": 5e10, "BAA10Y": 1.7, "HY_OAS": 3,
    "SOFR": 3.6, "DGS10": 4.2, "IORB": 3.65, "MORTGAGE30": 6.4, "NFCI": -0.5,
    "IWM_SHARES": 3e8, "ETF_FLOW": 2e8, "DOMINANCE": 58, "STABLECOINS": 3e11, "FEAR_GREED": 50,
    "FUNDING": 8, "OPEN_INTEREST": 8e9, BTC: 90_000, ETH: 3_000, BTC_VOLUME: 3e10,
}  # fmt: skip
WEEKDAY = {"NFCI": 4, "MORTGAGE30": 3}
"""Monday is 0; the Fed's own balance sheet is of Wednesdays."""


@cache
def coins() -> dict[str, Coin]:
    """Bitcoin, ether, 77 coins named by their rank, and one that has left the first page."""
    about = {
        "bitcoin": Coin("Bitcoin", "btc", BITCOINS),
        "ethereum": Coin("Ethereum", "eth", 1.2e8),
    }
    for rank in range(3, 80):
        about[f"coin-{rank}"] = Coin(f"Coin {rank}", f"c{rank}", 1e12 / rank / 10)
    return about | {"fallen": Coin("Fallen", "fall", 1e6)}


@cache
def truth() -> dict[str, dict[dt.date, float]]:
    """Values in base units by our ids and dates, also of days that are still to come."""
    ids = [id for id in INPUTS if id != "BTC_CAP"]
    known = {id: _path(id) for id in [*ids, *(f"coin:{coin}" for coin in coins())]}
    known["BTC_CAP"] = {day: value * BITCOINS for day, value in known[BTC].items()}
    return known


def dates(series: str) -> np.ndarray:
    """The dates on which a series has values."""
    days = np.arange(FIRST, LAST + 1)
    cadence = input_of(series).cadence
    if cadence in {Cadence.SESSION, Cadence.BOND_SESSION}:
        return np.intersect1d(days, sessions())
    if cadence is Cadence.BUSINESS_DAY:
        return days[np.is_busday(days, busdaycal=business_days())]
    if cadence is Cadence.WEEK:
        return days[(days.astype(np.int64) + 3) % 7 == WEEKDAY.get(series, 2)]
    return days


def _path(series: str) -> dict[dt.date, float]:
    level = LEVELS.get(series, 10 if series.startswith("coin:") else 80)
    turn = sum(map(ord, series)) % 97
    return {
        day.item(): float(f"{level * (1 + 0.02 * math.sin(turn + number / 9)):.8g}")
        for number, day in enumerate(dates(series))
    }
