"""Every series that the core reads: unit, cadence, release clock, guards.

And what crosses the layers.
All dates are ``datetime64[D]``, all instants naive UTC ``datetime64[us]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.tseries.holiday import USFederalHolidayCalendar

Days = npt.NDArray[np.datetime64]
Instants = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]

FIRST_DAY = np.datetime64("1960-01-01")
LAST_DAY = np.datetime64("2050-01-01")
DECISION_OFFSET = timedelta(days=1, minutes=15)
"""The decision for day D is taken at 00:15 UTC of D + 1."""


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark a sentence for translation; it is translated where it is shown."""
    return message


class Freshness(IntEnum):
    """How old a number is, in its own rhythm. Late is marked, stale is not scored."""

    FRESH = 0
    LATE = 1
    STALE = 2
    MISSING = 3


class Cadence(StrEnum):
    SESSION = "session"
    BOND_SESSION = "bond session"
    """The exchange trades, and no federal holiday closes the bond market."""
    BUSINESS_DAY = "business day"
    UTC_DAY = "UTC day"
    WEEK = "week"


class Group(StrEnum):
    """Sources that are late or fresh together; one word each in the freshness line."""

    EQUITIES = "Equities"
    LIQUIDITY = "Liquidity"
    CREDIT = "Credit"
    CRYPTO = "Crypto"
    FLOWS = "Flows"


@dataclass(frozen=True, slots=True)
class ReleaseClock:
    """When a value of a date becomes public, where the source does not say.

    ``days`` calendar days after the date, then on the next business day if ``roll``;
    or ``business_days`` US business days after it; at ``at`` in ``zone``.
    """

    at: time
    zone: str = "America/New_York"
    days: int = 0
    business_days: int = 0
    roll: bool = False

    def released(self, dates: Days) -> Instants:
        """Release instants (naive UTC, ``[us]``) of observations with these dates."""
        return _release_table(self)[(dates - FIRST_DAY).astype(np.int64)]


@cache
def business_days() -> np.busdaycalendar:
    """Monday to Friday without US federal holidays, 1960 to 2049."""
    holidays = USFederalHolidayCalendar().holidays(str(FIRST_DAY), str(LAST_DAY))
    return np.busdaycalendar(holidays=holidays.to_numpy().astype("datetime64[D]"))


@cache
def _release_table(clock: ReleaseClock) -> Instants:
    days = np.arange(FIRST_DAY, LAST_DAY)
    if clock.business_days:
        days = np.busday_offset(
            days, clock.business_days, roll="backward", busdaycal=business_days()
        )
    else:
        days = days + clock.days
        if clock.roll:
            days = np.busday_offset(days, 0, roll="forward", busdaycal=business_days())
    seconds = clock.at.hour * 3600 + clock.at.minute * 60
    local = pd.DatetimeIndex(days.astype("datetime64[us]") + np.timedelta64(seconds, "s"))
    utc = local.tz_localize(clock.zone).tz_convert("UTC").tz_localize(None)
    return utc.as_unit("us").to_numpy()


SESSION_CLOSE = ReleaseClock(time(18, 0))
NEXT_BUSINESS_DAY = ReleaseClock(time(16, 0), business_days=1)
FED_BALANCE_SHEET = ReleaseClock(time(16, 30), days=1, roll=True)
REVERSE_REPO = ReleaseClock(time(13, 15))
CHICAGO_FED = ReleaseClock(time(8, 30), days=5, roll=True)
MORTGAGE_SURVEY = ReleaseClock(time(12, 0))
SAME_DAY = ReleaseClock(time(16, 0))
UTC_CLOSE = ReleaseClock(time(0, 0), zone="UTC", days=1)


@dataclass(frozen=True, slots=True)
class Input:
    """One series. Values outside ``low``..``high`` are withheld (a wrong unit, most often);
    a move of more than ``jump`` % against the last accepted value waits for a second reading.
    """

    id: str
    name: str
    unit: str
    cadence: Cadence
    clock: ReleaseClock
    group: Group
    low: float
    high: float
    jump: float | None = None
    revised: bool = False
    """Re-estimated by its publisher: history filled in later is 'revised data'."""


@dataclass(frozen=True, slots=True)
class Observations:
    """One series as a source gave it: columns of equal length, in any order.

    A revision is a further entry of the same date with a later ``released_at``.
    """

    series: str
    date: Days
    value: Floats
    released_at: Instants
    fetched_at: Instants
    source: str
    caveat: str = ""
    """What a reader must know of this source, such as 'week average'."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The largest coins at one date as series ids, largest first, without bitcoin, stablecoins,
    wrapped, staked or commodity-backed tokens. ``known``: the instant from which it may be used.
    """

    date: date
    coins: tuple[str, ...]
    known: datetime


@dataclass(frozen=True, slots=True)
class Withheld:
    """A value that was not believed, and why."""

    series: str
    date: date
    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The latest price of an asset, between two decisions: shown as live, never stored, never an
    observation. ``asset`` is the id of its series: 'coin:' and CoinGecko's id for a coin
    ('coin:bitcoin'), else an id of ``INPUTS`` ('RUT', 'IWM'). ``at`` is naive UTC; the moves are
    in %, against one day (for equities the session before), seven and thirty days ago, None
    where the source does not say. ``rank`` by market cap, for coins.
    """

    asset: str
    name: str
    price: float
    at: datetime
    day: float | None = None
    week: float | None = None
    month: float | None = None
    rank: int | None = None
    symbol: str = ""
    """What people type for it: 'ETH'."""


BTC = "coin:bitcoin"
ETH = "coin:ethereum"
BTC_VOLUME = "coin:bitcoin.volume"

SMALL_CAP_SECTORS = ("PSCT", "PSCH", "PSCF", "PSCI", "PSCD", "PSCC", "PSCE", "PSCM", "PSCU")
LARGE_CAP_SECTORS = (
    "XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY",
)  # fmt: skip


def _equity(
    id: str, name: str, low: float, high: float, jump: float = 25, unit: str = "USD"
) -> Input:
    return Input(id, name, unit, Cadence.SESSION, SESSION_CLOSE, Group.EQUITIES, low, high, jump)


def _fed(id: str, name: str, high: float, low: float = 0) -> Input:
    return Input(id, name, "USD", Cadence.WEEK, FED_BALANCE_SHEET, Group.LIQUIDITY, low, high)


def _yield(id: str, name: str, low: float, high: float) -> Input:
    return Input(id, name, "%", Cadence.BUSINESS_DAY, NEXT_BUSINESS_DAY, Group.CREDIT, low, high)


def _daily(id: str, name: str, unit: str, low: float, high: float) -> Input:
    return Input(id, name, unit, Cadence.UTC_DAY, UTC_CLOSE, Group.CRYPTO, low, high)


_ALL = (
    _equity("RUT", N_("Russell 2000"), 50, 50_000, unit="points"),
    _equity("SPX", N_("S&P 500"), 50, 100_000, unit="points"),
    _equity("IWM", N_("iShares Russell 2000 ETF"), 5, 5_000),
    Input(
        "IWM.volume", N_("volume of IWM"), "shares", Cadence.SESSION, SESSION_CLOSE,
        Group.EQUITIES, 1, 1e10,
    ),
    _equity("SPY", N_("SPDR S&P 500 ETF"), 5, 10_000),
    _equity("IWC", N_("iShares Micro-Cap ETF"), 1, 5_000),
    _equity("RSP", N_("equal-weight S&P 500 ETF"), 1, 5_000),
    *(_equity(id, N_("small-cap sector ETF"), 0.5, 5_000) for id in SMALL_CAP_SECTORS),
    *(_equity(id, N_("large-cap sector ETF"), 0.5, 5_000) for id in LARGE_CAP_SECTORS),
    _fed("WALCL", N_("Fed total assets"), 20e12, low=0.1e12),
    _fed("TGA", N_("Treasury account"), 4e12),
    _fed("BILLS", N_("Fed bill holdings"), 10e12),
    _fed("MBS", N_("Fed mortgage bonds"), 10e12),
    Input(
        "RRP", N_("reverse repo"), "USD", Cadence.BUSINESS_DAY, REVERSE_REPO,
        Group.LIQUIDITY, 0, 5e12,
    ),
    Input(
        "TGA_DAILY", N_("Treasury account, daily"), "USD", Cadence.BUSINESS_DAY,
        NEXT_BUSINESS_DAY, Group.LIQUIDITY, 0, 4e12,
    ),
    _yield("BAA10Y", N_("Baa spread over the 10-year Treasury"), 0.3, 15),
    _yield("HY_OAS", N_("high-yield spread"), 1, 40),
    _yield("SOFR", N_("SOFR"), -2, 25),
    _yield("DGS10", N_("10-year Treasury yield"), -2, 25),
    Input(
        "IORB", N_("interest on reserves"), "%", Cadence.UTC_DAY, SAME_DAY,
        Group.CREDIT, -2, 25,
    ),
    Input(
        "MORTGAGE30", N_("30-year mortgage rate"), "%", Cadence.WEEK, MORTGAGE_SURVEY,
        Group.CREDIT, 0.5, 25,
    ),
    Input(
        "NFCI", N_("Chicago Fed financial conditions"), "index", Cadence.WEEK, CHICAGO_FED,
        Group.CREDIT, -3, 8, revised=True,
    ),
    Input(
        "MOVE", N_("MOVE index of Treasury volatility"), "points", Cadence.BOND_SESSION,
        SESSION_CLOSE, Group.CREDIT, 15, 600, jump=100,
    ),
    Input(
        "HYG", N_("high-yield bond ETF"), "USD", Cadence.SESSION, SESSION_CLOSE,
        Group.CREDIT, 5, 1_000, jump=25,
    ),
    Input(
        "IEF", N_("7–10 year Treasury ETF"), "USD", Cadence.SESSION, SESSION_CLOSE,
        Group.CREDIT, 5, 1_000, jump=25,
    ),
    Input(
        "IWM_SHARES", N_("IWM shares outstanding"), "shares", Cadence.BUSINESS_DAY,
        NEXT_BUSINESS_DAY, Group.FLOWS, 1e6, 1e10,
    ),
    Input(
        "ETF_FLOW", N_("net flow of US spot bitcoin ETFs"), "USD", Cadence.BUSINESS_DAY,
        NEXT_BUSINESS_DAY, Group.FLOWS, -2e10, 2e10,
    ),
    _daily("DOMINANCE", N_("bitcoin dominance, stablecoins included"), "%", 5, 100),
    _daily("STABLECOINS", N_("stablecoin supply"), "USD", 0, 5e12),
    _daily("FEAR_GREED", N_("crypto fear and greed"), "points", 0, 100),
    _daily("FUNDING", N_("perpetual funding, a year"), "%", -1_000, 1_000),
    _daily("OPEN_INTEREST", N_("bitcoin open interest"), "USD", 1e6, 1e12),
    _daily("BTC_CAP", N_("bitcoin market cap"), "USD", 1e4, 1e14),
    _daily(BTC_VOLUME, N_("volume of bitcoin"), "USD", 0, 1e13),
)  # fmt: skip
INPUTS = {item.id: item for item in _ALL}

WATCHABLE = (
    "RUT", "SPX", "IWM", "SPY", "RSP", "IWC", "HYG", "IEF", "MOVE",
    *SMALL_CAP_SECTORS, *LARGE_CAP_SECTORS,
)  # fmt: skip
"""Indices and funds that a watch list can hold, beside the coins."""

_COIN_JUMP = {BTC: 60.0}


@cache
def input_of(series: str) -> Input:
    """The declaration of a series; every ``coin:ID`` is one by rule. KeyError if unknown."""
    if series in INPUTS:
        return INPUTS[series]
    if series.startswith("coin:"):
        name = series.removeprefix("coin:")
        return Input(
            series, name, "USD", Cadence.UTC_DAY, UTC_CLOSE, Group.CRYPTO,
            1e-14, 1e8, _COIN_JUMP.get(series),
        )  # fmt: skip
    raise KeyError(series)


def decided_at(day: Days) -> Instants:
    """The instant of the decision for each day."""
    return np.asarray(
        day.astype("datetime64[us]") + np.timedelta64(DECISION_OFFSET), "datetime64[us]"
    )


def newest_decision(now: datetime) -> date:
    """The day of the last decision taken by a moment, naive UTC."""
    return (now - DECISION_OFFSET).date()


def first_decision(instants: Instants) -> Days:
    """The first day whose decision comes at or after each instant."""
    before = instants - np.timedelta64(DECISION_OFFSET)
    floor = before.astype("datetime64[D]")
    return np.where(floor.astype("datetime64[us]") < before, floor + 1, floor)
