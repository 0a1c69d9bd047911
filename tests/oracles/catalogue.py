"""Every metric on one day: what was known by its decision, computed by loops.

``reading(world, id, day)`` gives value, date, release and freshness, or None where it is n/a.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.oracles import arithmetic as a
from tests.oracles.clock import MISSING, STALE, freshness, session_set
from tests.oracles.known import Row, World
from tests.oracles.season import BITCOIN, season

ETHER = "coin:ethereum"
SMALL = ("PSCT", "PSCH", "PSCF", "PSCI", "PSCD", "PSCC", "PSCE", "PSCM", "PSCU")
LARGE = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")


@dataclass(frozen=True, slots=True)
class Reading:
    value: float
    date: date
    released: datetime
    fresh: int

    @property
    def scored(self) -> float:
        return self.value if self.fresh < STALE else math.nan


Metric = Callable[[World, date], Reading | None]
Line = Callable[[World, date], list[Row]]


def series(id: str) -> Line:
    return lambda world, day: world.known(id, day)


def once(line: Line) -> Line:
    """A line that is computed once a day."""
    return lambda world, day: world.remember(line, day, lambda: line(world, day))


def pairs(left: Line, right: Line, combine: Callable[[float, float], float]) -> Line:
    """On the dates that both have."""

    @once
    def line(world: World, day: date) -> list[Row]:
        other = {p.date: p for p in right(world, day)}
        return [
            Row(p.date, combine(p.value, o.value), max(p.released, o.released))
            for p in left(world, day)
            if (o := other.get(p.date))
        ]

    return line


def with_latest(
    left: Line, right: Line, combine: Callable[[float, float], float], least: int = 0
) -> Line:
    """On the dates of the left, with the newest of the right ``least`` to 5 days before."""

    @once
    def line(world: World, day: date) -> list[Row]:
        others = right(world, day)
        dates = [p.date for p in others]
        out = []
        for p in left(world, day):
            at = bisect_right(dates, p.date - timedelta(days=least)) - 1
            if at >= 0 and (p.date - dates[at]).days <= 5:
                o = others[at]
                out.append(Row(p.date, combine(p.value, o.value), max(p.released, o.released)))
        return out

    return line


def minus(x: float, y: float) -> float:
    return x - y


def over(x: float, y: float) -> float:
    return x / y


def of(line: Line, source: str, measure: a.Measure | None = None) -> Metric:
    """A measure at the end of a line, fresh or stale by the rhythm of one series."""

    def metric(world: World, day: date) -> Reading | None:
        points = line(world, day)
        if not points:
            return None
        value, last = points[-1].value, points[-1]
        if measure is not None:
            values, dates = [p.value for p in points], [p.date for p in points]
            value = measure(values, dates, len(values) - 1)
        if math.isnan(value):
            return None
        fresh = freshness(source, last.date, last.released, day)
        return Reading(value, last.date, last.released, fresh)

    return metric


def plain(function: Callable[..., float], *more: int) -> a.Measure:
    """A measure that asks for no dates."""
    return lambda values, _, i: function(values, i, *more)


def ranked(measure: a.Measure | None = None, years: int = 5) -> a.Measure:
    if measure is None:
        return lambda values, dates, i: a.percentile(values, dates, i, years)
    return lambda values, dates, i: a.percentile_of(measure, values, dates, i, years)


def days_change(n: int) -> a.Measure:
    return lambda values, dates, i: a.percent_change(values, dates, i, n, n + 3)


def weeks_change(n: int) -> a.Measure:
    return lambda values, dates, i: a.percent_change(values, dates, i, n, 7 * n + 10)


def difference(n: int, most_days: int) -> a.Measure:
    return lambda values, dates, i: a.change(values, dates, i, n, most_days)


def twenty_days(values: list[float], dates: list[date], i: int) -> float:
    """The sum of the last 20, never across a hole."""
    if i < 19 or (dates[i] - dates[i - 19]).days > 35:
        return math.nan
    return math.fsum(values[i - 19 : i + 1])


def volume(values: list[float], dates: list[date], i: int) -> float:
    special = a.special_days(session_set(), dates[max(i - 90, 0)].year, dates[i].year)
    begin = max(i - 90, 0)
    return a.volume_ratio(values[begin:], dates[begin:], i - begin, special)


@once
def net_liquidity(world: World, day: date) -> list[Row]:
    """WALCL − TGA − RRP of the same Wednesday; RRP of up to 5 days before; from 2013-09-23."""
    assets = pairs(series("WALCL"), series("TGA"), minus)
    line = with_latest(assets, series("RRP"), minus)(world, day)
    return [
        p if p.date >= date(2013, 9, 23) and 0.5e12 < p.value < 10e12
        else Row(p.date, math.nan, p.released)
        for p in line
    ]  # fmt: skip


def breadth(members: tuple[str, ...]) -> Metric:
    """Share of the members above their own 50-session average, of those that are not stale."""

    def metric(world: World, day: date) -> Reading | None:
        found = [of(series(id), id, plain(a.above_average))(world, day) for id in members]
        return _joint([r for r in found if r is not None and r.fresh < STALE], 100)

    return metric


def _joint(parts: list[Reading], scale: float) -> Reading | None:
    if not parts:
        return None
    mean = scale * math.fsum(r.value for r in parts) / len(parts)
    newest, released = max(r.date for r in parts), max(r.released for r in parts)
    return Reading(mean, newest, released, max(r.fresh for r in parts))


def heat(world: World, day: date) -> Reading | None:
    """Mean of the percentiles of funding, open interest ÷ cap, fear and greed, those at hand."""
    found = [METRICS[id](world, day) for id in ("funding_pct", "oi_cap_pct", "fear_greed_pct")]
    return _joint([r for r in found if r is not None and r.fresh < STALE], 1)


def season_value(name: str) -> Metric:
    def metric(world: World, day: date) -> Reading | None:
        found = season(world, day)
        if found is None:
            return None
        released = datetime.combine(found.date + timedelta(days=1), datetime.min.time())
        fresh = freshness(BITCOIN, found.date, released, day)
        return Reading(float(getattr(found, name)), found.date, released, fresh)

    return metric


RS = pairs(series("RUT"), series("SPX"), over)
ETH_BTC = pairs(series(ETHER), series(BITCOIN), over)
MICRO = pairs(series("IWC"), series("RUT"), over)
EQUAL = pairs(series("RSP"), series("SPX"), over)
LEVERAGE = pairs(series("OPEN_INTEREST"), series("BTC_CAP"), over)
CREATIONS = pairs(
    lambda world, day: _changes(world.known("IWM_SHARES", day)), series("IWM"), lambda x, y: x * y
)


def _changes(points: list[Row]) -> list[Row]:
    values, dates = [p.value for p in points], [p.date for p in points]
    return [
        Row(p.date, a.change(values, dates, i, 20, 35), p.released) for i, p in enumerate(points)
    ]


METRICS: dict[str, Metric] = {
    "rut_close": of(series("RUT"), "RUT"),
    "rut_high": of(series("RUT"), "RUT", lambda v, _, i: max(v[: i + 1])),
    "rut_drawdown": of(series("RUT"), "RUT", plain(a.drawdown)),
    "rut_year": of(series("RUT"), "RUT", a.year_gain),
    "spx_close": of(series("SPX"), "SPX"),
    "rs": of(RS, "RUT"),
    "mrs": of(RS, "RUT", plain(a.mansfield)),
    "rs_slope": of(RS, "RUT", plain(a.log_slope)),
    "rs_slope_pct": of(RS, "RUT", ranked(plain(a.log_slope))),
    "rs_strength": of(RS, "RUT", plain(a.strength)),
    "rs_momentum": of(RS, "RUT", plain(a.momentum)),
    "spx_distance_200": of(series("SPX"), "SPX", plain(a.distance)),
    "volume_ratio": of(series("IWM.volume"), "IWM.volume", volume),
    "small_breadth": breadth(SMALL),
    "large_breadth": breadth(LARGE),
    "micro_mrs": of(MICRO, "IWC", plain(a.mansfield)),
    "equal_mrs": of(EQUAL, "RSP", plain(a.mansfield)),
    "iwm_creations": of(CREATIONS, "IWM_SHARES"),
    "net_liquidity": of(net_liquidity, "WALCL"),
    "net_liquidity_13w": of(net_liquidity, "WALCL", weeks_change(13)),
    "net_liquidity_4w": of(net_liquidity, "WALCL", weeks_change(4)),
    "net_liquidity_13w_pct": of(net_liquidity, "WALCL", ranked(weeks_change(13))),
    "net_liquidity_4w_pct": of(net_liquidity, "WALCL", ranked(weeks_change(4))),
    "fed_assets": of(series("WALCL"), "WALCL"),
    "treasury_account": of(series("TGA"), "TGA"),
    "treasury_account_daily": of(series("TGA_DAILY"), "TGA_DAILY"),
    "reverse_repo": of(series("RRP"), "RRP"),
    "reverse_repo_weekly": of(with_latest(series("WALCL"), series("RRP"), lambda _, b: b), "WALCL"),
    "bill_holdings": of(series("BILLS"), "BILLS"),
    "mbs": of(series("MBS"), "MBS"),
    "mortgage_spread": of(
        with_latest(series("MORTGAGE30"), series("DGS10"), minus, 1), "MORTGAGE30"
    ),
    "baa10y": of(series("BAA10Y"), "BAA10Y"),
    "baa10y_pct": of(series("BAA10Y"), "BAA10Y", ranked()),
    "baa10y_20d": of(series("BAA10Y"), "BAA10Y", difference(20, 35)),
    "hy_oas": of(series("HY_OAS"), "HY_OAS"),
    "nfci": of(series("NFCI"), "NFCI"),
    "nfci_pct": of(series("NFCI"), "NFCI", ranked()),
    "move": of(series("MOVE"), "MOVE"),
    "move_pct": of(series("MOVE"), "MOVE", ranked()),
    "sofr_iorb": of(with_latest(series("SOFR"), series("IORB"), minus), "SOFR"),
    "hyg_ief": of(pairs(series("HYG"), series("IEF"), over), "HYG"),
    "btc_close": of(series(BITCOIN), BITCOIN),
    "eth_close": of(series(ETHER), ETHER),
    "eth_btc": of(ETH_BTC, ETHER),
    "btc_7d": of(series(BITCOIN), BITCOIN, days_change(7)),
    "btc_30d": of(series(BITCOIN), BITCOIN, days_change(30)),
    "eth_btc_30d": of(ETH_BTC, ETHER, days_change(30)),
    "btc_distance_200": of(series(BITCOIN), BITCOIN, plain(a.distance)),
    "eth_btc_mrs": of(ETH_BTC, ETHER, plain(a.mansfield)),
    "btc_drawdown": of(series(BITCOIN), BITCOIN, plain(a.drawdown)),
    "rv30": of(series(BITCOIN), BITCOIN, plain(a.realised_volatility)),
    "btc_7d_pct": of(series(BITCOIN), BITCOIN, ranked(days_change(7), 3)),
    "rv30_pct": of(series(BITCOIN), BITCOIN, ranked(plain(a.realised_volatility), 3)),
    "btc_volume_ratio": of(
        series("coin:bitcoin.volume"), "coin:bitcoin.volume", plain(a.median_ratio)
    ),
    "altseason_index": season_value("index"),
    "altseason_k": season_value("ahead"),
    "altseason_n": season_value("counted"),
    "dominance": of(series("DOMINANCE"), "DOMINANCE"),
    "dominance_30d": of(series("DOMINANCE"), "DOMINANCE", difference(30, 33)),
    "stablecoins": of(series("STABLECOINS"), "STABLECOINS"),
    "stablecoins_30d": of(series("STABLECOINS"), "STABLECOINS", days_change(30)),
    "stablecoins_30d_pct": of(series("STABLECOINS"), "STABLECOINS", ranked(days_change(30))),
    "fear_greed": of(series("FEAR_GREED"), "FEAR_GREED"),
    "fear_greed_pct": of(series("FEAR_GREED"), "FEAR_GREED", ranked()),
    "funding": of(series("FUNDING"), "FUNDING"),
    "funding_pct": of(series("FUNDING"), "FUNDING", ranked()),
    "oi_cap": of(LEVERAGE, "OPEN_INTEREST"),
    "oi_cap_pct": of(LEVERAGE, "OPEN_INTEREST", ranked()),
    "heat": heat,
    "etf_flow_20d": of(series("ETF_FLOW"), "ETF_FLOW", twenty_days),
}


def reading(world: World, id: str, day: date) -> Reading | None:
    return METRICS[id](world, day)


def fresh_code(found: Reading | None) -> int:
    return MISSING if found is None else found.fresh
