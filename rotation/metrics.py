"""The catalogue: every number that the core gives, with its unit, formula and words.

A metric is built from series and from other metrics. Its words are marked for translation
here and translated where they are shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rotation import measures as m
from rotation.altseason import AltSeason, altseason
from rotation.inputs import (
    BTC,
    BTC_VOLUME,
    ETH,
    LARGE_CAP_SECTORS,
    N_,
    SMALL_CAP_SECTORS,
    Days,
    Floats,
    Freshness,
)
from rotation.market import Daily, Market, Measure, Track

WEEK_SPAN = 10
"""Two weekly prints may lie this many days further apart than the weeks between them."""
DAY_SPAN = 3
"""A window of daily values may be this many days longer than its count: no wider hole."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number a day. ``build`` gives it as a track, or by day where it mixes rhythms."""

    id: str
    name: str
    unit: str
    build: Callable[[Bench], Track | Daily]
    formula: str
    meaning: str
    decimals: int = 1


class Bench:
    """Metrics of one market, each built once. ``bench[id]`` is its track or daily values."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._built: dict[str, Track | Daily] = {}
        self._daily: dict[str, Daily] = {}
        self._altseason: AltSeason | None = None

    @property
    def altseason(self) -> AltSeason:
        if self._altseason is None:
            self._altseason = altseason(self.market)
        return self._altseason

    def track(self, id: str) -> Track:
        """A series, or a metric that is a track."""
        if id not in METRICS:
            return self.market.track(id)
        if id not in self._built:
            self._built[id] = METRICS[id].build(self)
        built = self._built[id]
        if not isinstance(built, Track):
            raise TypeError(f"{id} has no observations of its own")
        return built

    def daily(self, id: str) -> Daily:
        """What a series or metric was known to be on every day of the market."""
        if id not in self._daily:
            metric = METRICS.get(id)
            if metric is not None and id not in self._built:
                self._built[id] = metric.build(self)
            built = self._built[id] if metric is not None else self.market.track(id)
            self._daily[id] = built.daily() if isinstance(built, Track) else built
        return self._daily[id]


def _series(id: str) -> Callable[[Bench], Track]:
    return lambda bench: bench.track(id)


def _of(id: str, measure: Measure) -> Callable[[Bench], Track]:
    return lambda bench: bench.track(id).map(measure)


def _ratio(left: str, right: str) -> Callable[[Bench], Track]:
    return lambda bench: bench.track(left).join(bench.track(right), lambda a, b: a / b)


def _percentile(id: str) -> Callable[[Bench], Track]:
    return _of(id, m.percentile)


def _values(function: Callable[[Floats], Floats]) -> Measure:
    return lambda values, _: function(values)


def _days_change(n: int) -> Measure:
    return lambda values, dates: m.percent_change(values, dates, n, n + DAY_SPAN)


def _weeks_change(n: int) -> Measure:
    return lambda values, dates: m.percent_change(values, dates, n, 7 * n + WEEK_SPAN)


def _net_liquidity(bench: Bench) -> Track:
    """Fed assets − Treasury account − reverse repo of the same Wednesday, USD."""
    known_from = np.datetime64("2013-09-23")
    less_account = bench.track("WALCL").join(bench.track("TGA"), lambda a, b: a - b)
    net = less_account.join_latest(bench.track("RRP"), lambda a, b: a - b, most_days=5)

    def guarded(values: Floats, dates: Days) -> Floats:
        believable = (dates >= known_from) & (values > 0.5e12) & (values < 10e12)
        return np.where(believable, values, np.nan)

    return net.map(guarded)


def _year_gain(values: Floats, dates: Days) -> Floats:
    """Gain since the last close of the year before, in %."""
    years = dates.astype("datetime64[Y]")
    starts = np.searchsorted(dates, years.astype("datetime64[D]"))
    return np.where(starts > 0, 100 * (values / values[np.maximum(starts - 1, 0)] - 1), np.nan)


def _breadth(members: tuple[str, ...]) -> Callable[[Bench], Daily]:
    """Share of the members above their own 50-session average, in %."""

    def build(bench: Bench) -> Daily:
        above = _of_members(bench, members)
        scored = np.array([item.scored() for item in above])
        count = (~np.isnan(scored)).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = 100 * np.nansum(scored, axis=0) / count
        fresh = np.array([item.fresh for item in above])
        counted = np.where(np.isnan(scored), -1, fresh).max(axis=0).astype(np.int8)
        return Daily(
            np.where(count > 0, share, np.nan),
            _newest([item.date for item in above]),
            _newest([item.released for item in above]),
            np.where(count > 0, counted, Freshness.MISSING).astype(np.int8),
        )

    return build


def members_above(bench: Bench, members: tuple[str, ...]) -> tuple[Floats, Floats]:
    """How many members stand above their own 50-session average, of how many, by day."""
    scored = np.array([item.scored() for item in _of_members(bench, members)])
    return np.nansum(scored, axis=0), (~np.isnan(scored)).sum(axis=0).astype(float)


def _of_members(bench: Bench, members: tuple[str, ...]) -> list[Daily]:
    above = _values(m.above_average)
    return [bench.track(id).map(above).daily() for id in members]


def _newest(columns: list[Days]) -> Days:
    stacked = np.array(columns)
    filled = np.where(np.isnat(stacked), np.array(0, stacked.dtype), stacked).max(axis=0)
    return np.where(np.isnat(stacked).all(axis=0), np.array("NaT", stacked.dtype), filled)


def _mean_of(ids: tuple[str, ...]) -> Callable[[Bench], Daily]:
    """Mean of those at hand and not stale."""

    def build(bench: Bench) -> Daily:
        parts = [bench.daily(id) for id in ids]
        scored = np.array([part.scored() for part in parts])
        count = (~np.isnan(scored)).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.nansum(scored, axis=0) / count
        fresh = np.where(np.isnan(scored), -1, [part.fresh for part in parts]).max(axis=0)
        return Daily(
            np.where(count > 0, mean, np.nan),
            _newest([part.date for part in parts]),
            _newest([part.released for part in parts]),
            np.where(count > 0, fresh, Freshness.MISSING).astype(np.int8),
        )

    return build


def _index(bench: Bench) -> Daily:
    return bench.altseason.index


def _of_index(column: str) -> Callable[[Bench], Daily]:
    def build(bench: Bench) -> Daily:
        index = bench.altseason.index
        value: Floats = getattr(bench.altseason, column)
        return Daily(value, index.date, index.released, index.fresh)

    return build


def _creations(bench: Bench) -> Track:
    """20-observation change of IWM shares × its close, USD."""
    new = bench.track("IWM_SHARES").map(lambda v, d: m.change(v, d, 20, 35))
    return new.join(bench.track("IWM"), lambda a, b: a * b)


def _sum_20(values: Floats, _: Days) -> Floats:
    return m.sma(values, 20) * 20


def _spread(left: str, right: str, least_days: int = 0) -> Callable[[Bench], Track]:
    return lambda bench: bench.track(left).join_latest(
        bench.track(right), lambda a, b: a - b, most_days=5, least_days=least_days
    )


_EQUITIES = (
    Metric("rut_close", N_("Russell 2000"), "points", _series("RUT"),
           N_("close of the price index"),
           N_("Two thousand small US companies: where risk appetite inside stocks shows first."),
           2),
    Metric("rut_high", N_("Russell 2000, highest close"), "points",
           _of("RUT", _values(np.maximum.accumulate)), N_("highest close so far"),
           N_("The level that a breakout has to clear."), 2),
    Metric("rut_drawdown", N_("Russell 2000 below its high"), "%",
           _of("RUT", _values(m.drawdown)), N_("close ÷ highest close so far − 1"),
           N_("Zero means at the high.")),
    Metric("rut_year", N_("Russell 2000, gain this year"), "%", _of("RUT", _year_gain),
           N_("close ÷ last close of the year before − 1"),
           N_("Price only, dividends left out.")),
    Metric("spx_close", N_("S&P 500"), "points", _series("SPX"),
           N_("close of the price index"), N_("Large US companies."), 2),
    Metric("rs", N_("Russell 2000 ÷ S&P 500"), "ratio", _ratio("RUT", "SPX"),
           N_("close ÷ close"), N_("Rises while small caps beat large caps."), 4),
    Metric("mrs", N_("Small caps against large caps (Mansfield)"), "%",
           _of("rs", _values(m.mansfield)), N_("100 (RS ÷ SMA200(RS) − 1), RS = RUT ÷ SPX"),
           N_("Mansfield relative strength: above zero, small caps have beaten large caps "
              "against their own 200-session average.")),
    Metric("rs_slope", N_("Slope of small against large caps"), "% a session",
           _of("rs", _values(m.log_slope)), N_("least squares of ln RS on the last 20 sessions"),
           N_("How fast small caps are gaining on large caps now."), 3),
    Metric("rs_slope_pct", N_("Slope of small against large caps, percentile"), "pctl",
           _percentile("rs_slope"), N_("rank in its last 5 years"),
           N_("100 is the steepest rise in five years."), 0),
    Metric("rs_strength", N_("RRG-style strength"), "points",
           _of("rs", _values(lambda v: m.rrg(v)[0])), N_("100 + z63(RS)"),
           N_("Above 100: small caps are stronger than their 63-session mean.")),
    Metric("rs_momentum", N_("RRG-style momentum"), "points",
           _of("rs", _values(lambda v: m.rrg(v)[1])), N_("100 + z63(ROC21 of the strength)"),
           N_("Above 100: the strength is rising.")),
    Metric("spx_distance_200", N_("S&P 500 from its 200-day average"), "%",
           _of("SPX", _values(lambda v: m.distance(v, m.sma(v, 200)))),
           N_("close ÷ SMA200 − 1"), N_("Above zero: the broad market trends up.")),
    Metric("volume_ratio", N_("Volume of IWM"), "ratio", _of("IWM.volume", m.volume_ratio),
           N_("mean of 5 sessions ÷ mean of the 50 before, special days replaced"),
           N_("1.2 and more counts as strong. Days of triple witching and of the Russell "
              "reconstitution are left out."), 2),
    Metric("small_breadth", N_("Breadth of small caps (proxy)"), "%",
           _breadth(SMALL_CAP_SECTORS), N_("small-cap sector ETFs above their 50-day average"),
           N_("A proxy from nine sector funds: how many sectors take part."), 0),
    Metric("large_breadth", N_("Breadth of large caps"), "%", _breadth(LARGE_CAP_SECTORS),
           N_("sector ETFs above their 50-day average"),
           N_("How many of the S&P 500's sectors trend up."), 0),
    Metric("micro_mrs", N_("Micro caps against small caps (Mansfield)"), "%",
           lambda b: _ratio("IWC", "RUT")(b).map(_values(m.mansfield)),
           N_("100 (RS ÷ SMA200(RS) − 1), RS = IWC ÷ RUT"),
           N_("Above zero: even smaller companies lead.")),
    Metric("equal_mrs", N_("Equal-weight against weighted S&P 500 (Mansfield)"), "%",
           lambda b: _ratio("RSP", "SPX")(b).map(_values(m.mansfield)),
           N_("100 (RS ÷ SMA200(RS) − 1), RS = RSP ÷ SPX"),
           N_("Above zero: the average company beats the giants.")),
    Metric("iwm_creations", N_("Money into IWM, 20 days"), "USD", _creations,
           N_("20-day change of shares outstanding × close"),
           N_("Above zero: the largest Russell 2000 fund takes in money.")),
)  # fmt: skip

_LIQUIDITY = (
    Metric("net_liquidity", N_("Net liquidity"), "USD", _net_liquidity,
           N_("Fed assets − Treasury account − reverse repo, same Wednesday"),
           N_("Dollars that the Fed and the Treasury leave in the system. Known from "
              "23 September 2013.")),
    Metric("net_liquidity_13w", N_("Net liquidity, 13-week change"), "%",
           _of("net_liquidity", _weeks_change(13)), N_("change over 13 weekly prints"),
           N_("The slow tide."), 2),
    Metric("net_liquidity_4w", N_("Net liquidity, 4-week change"), "%",
           _of("net_liquidity", _weeks_change(4)), N_("change over 4 weekly prints"),
           N_("The fast tide."), 2),
    Metric("net_liquidity_13w_pct", N_("Net liquidity, 13-week change, percentile"), "pctl",
           _percentile("net_liquidity_13w"), N_("rank in its last 5 years"),
           N_("100 is the strongest inflow in five years."), 0),
    Metric("net_liquidity_4w_pct", N_("Net liquidity, 4-week change, percentile"), "pctl",
           _percentile("net_liquidity_4w"), N_("rank in its last 5 years"),
           N_("100 is the strongest inflow in five years."), 0),
    Metric("fed_assets", N_("Fed total assets"), "USD", _series("WALCL"),
           N_("H.4.1, Wednesday"), N_("What the Fed owns.")),
    Metric("treasury_account", N_("Treasury account"), "USD", _series("TGA"),
           N_("H.4.1, Wednesday"), N_("Cash that the Treasury holds back: up drains.")),
    Metric("treasury_account_daily", N_("Treasury account, daily"), "USD",
           _series("TGA_DAILY"), N_("Daily Treasury Statement, closing balance"),
           N_("The same account, a day old instead of a week.")),
    Metric("reverse_repo", N_("Reverse repo"), "USD", _series("RRP"),
           N_("overnight reverse repo at the Fed"), N_("Cash parked at the Fed: up drains.")),
    Metric("bill_holdings", N_("Fed bill holdings"), "USD", _series("BILLS"),
           N_("H.4.1, Wednesday"), N_("Treasury bills that the Fed holds.")),
    Metric("mbs", N_("Fed mortgage bonds"), "USD", _series("MBS"), N_("H.4.1, Wednesday"),
           N_("Mortgage bonds that the Fed holds.")),
    Metric("mortgage_spread", N_("Mortgage rate over 10-year yield"), "pp",
           _spread("MORTGAGE30", "DGS10", 1),
           N_("30-year mortgage rate − 10-year yield of the day before"),
           N_("Wide means that money is tight for home buyers."), 2),
)  # fmt: skip

_CREDIT = (
    Metric("baa10y", N_("Baa credit spread"), "pp", _series("BAA10Y"),
           N_("Baa corporate yield − 10-year Treasury"), N_("What lenders ask for risk."), 2),
    Metric("baa10y_pct", N_("Baa credit spread, percentile"), "pctl", _percentile("BAA10Y"),
           N_("rank in its last 5 years"), N_("Low is calm."), 0),
    Metric("baa10y_20d", N_("Baa credit spread, 20-day change"), "pp",
           _of("BAA10Y", lambda v, d: m.change(v, d, 20, 35)), N_("against 20 readings before"),
           N_("Above zero: credit is getting dearer."), 2),
    Metric("hy_oas", N_("High-yield spread"), "pp", _series("HY_OAS"),
           N_("ICE BofA US high yield, option-adjusted"),
           N_("What lenders ask of weak companies. FRED serves three years of it."), 2),
    Metric("nfci", N_("Financial conditions (NFCI)"), "index", _series("NFCI"),
           N_("Chicago Fed; 0 is average, positive is tight"),
           N_("Re-estimated every week over its whole history."), 3),
    Metric("nfci_pct", N_("Financial conditions, percentile"), "pctl", _percentile("NFCI"),
           N_("rank in its last 5 years"), N_("Low is calm."), 0),
    Metric("move", N_("MOVE index"), "points", _series("MOVE"),
           N_("implied volatility of Treasury options"), N_("Fear in the bond market.")),
    Metric("move_pct", N_("MOVE index, percentile"), "pctl", _percentile("MOVE"),
           N_("rank in its last 5 years"), N_("Low is calm."), 0),
    Metric("sofr_iorb", N_("Funding pressure"), "pp", _spread("SOFR", "IORB"),
           N_("SOFR − interest on reserves"),
           N_("More than 0.10 for three days caps the credit rung at 49."), 2),
    Metric("hyg_ief", N_("High-yield against Treasury ETF"), "ratio", _ratio("HYG", "IEF"),
           N_("HYG ÷ IEF, price"), N_("Rises while lenders take risk."), 3),
)  # fmt: skip

_MAJORS = (
    Metric("btc_close", N_("Bitcoin"), "USD", _series(BTC), N_("close at 00:00 UTC"),
           N_("The first coin that spill-over money reaches.")),
    Metric("eth_close", N_("Ether"), "USD", _series(ETH), N_("close at 00:00 UTC"),
           N_("The second largest coin.")),
    Metric("eth_btc", N_("ETH/BTC"), "ratio", _ratio(ETH, BTC), N_("close ÷ close"),
           N_("Rises while money moves from bitcoin to ether."), 5),
    Metric("btc_7d", N_("Bitcoin, 7 days"), "%", _of(BTC, _days_change(7)),
           N_("change over 7 days"), N_("")),
    Metric("btc_30d", N_("Bitcoin, 30 days"), "%", _of(BTC, _days_change(30)),
           N_("change over 30 days"), N_("")),
    Metric("eth_btc_30d", N_("ETH/BTC, 30 days"), "%", _of("eth_btc", _days_change(30)),
           N_("change over 30 days"), N_("")),
    Metric("btc_distance_200", N_("Bitcoin from its 200-day average"), "%",
           _of(BTC, _values(lambda v: m.distance(v, m.sma(v, 200)))), N_("close ÷ SMA200 − 1"),
           N_("Above zero: bitcoin trends up.")),
    Metric("eth_btc_mrs", N_("ETH against BTC (Mansfield)"), "%",
           _of("eth_btc", _values(m.mansfield)),
           N_("100 (RS ÷ SMA200(RS) − 1), RS = ETH ÷ BTC"),
           N_("Above zero: ether has beaten bitcoin against its own 200-day average.")),
    Metric("btc_drawdown", N_("Bitcoin below its high"), "%", _of(BTC, _values(m.drawdown)),
           N_("close ÷ highest close so far − 1"), N_("Zero means at the high.")),
    Metric("rv30", N_("Realised volatility of bitcoin"), "%",
           _of(BTC, _values(m.realised_volatility)), N_("std(ln r, 30) × √365"),
           N_("How much bitcoin has moved, a year.")),
    Metric("btc_7d_pct", N_("Bitcoin, 7 days, percentile"), "pctl",
           _of("btc_7d", lambda v, d: m.percentile(v, d, years=3)), N_("rank in its last 3 years"),
           N_("5 and less is a rout."), 0),
    Metric("rv30_pct", N_("Realised volatility, percentile"), "pctl",
           _of("rv30", lambda v, d: m.percentile(v, d, years=3)), N_("rank in its last 3 years"),
           N_("90 and more is a storm."), 0),
    Metric("btc_volume_ratio", N_("Volume of bitcoin"), "ratio",
           _of(BTC_VOLUME, _values(m.median_ratio)), N_("volume ÷ its 90-day median"),
           N_("2 and more counts as a flood."), 2),
)  # fmt: skip

_ALTS = (
    Metric("altseason_index", N_("Altcoin season index"), "score", _index,
           N_("share of the 50 coins that were largest 90 days ago, ahead of BTC since"),
           N_("75 and more: altcoin season; 25 and less: bitcoin season. It looks back "
              "90 days: it confirms, it does not warn. Public indices take today's members, "
              "which selects winners and reads several points higher."), 0),
    Metric("altseason_k", N_("Coins ahead of bitcoin"), "coins", _of_index("beating"),
           N_("count behind the index"), N_(""), 0),
    Metric("altseason_n", N_("Coins counted"), "coins", _of_index("counted"),
           N_("coins with prices on both days"), N_("Below 30 there is no index."), 0),
    Metric("dominance", N_("Bitcoin dominance"), "%", _series("DOMINANCE"),
           N_("cap of BTC ÷ total cap, stablecoins in the total"),
           N_("Falls while money moves on to other coins.")),
    Metric("dominance_30d", N_("Bitcoin dominance, 30 days"), "pp",
           _of("DOMINANCE", lambda v, d: m.change(v, d, 30, 30 + DAY_SPAN)),
           N_("change over 30 days"), N_("")),
    Metric("stablecoins", N_("Stablecoin supply"), "USD", _series("STABLECOINS"),
           N_("all dollar-pegged coins"), N_("Dollars that wait inside crypto.")),
    Metric("stablecoins_30d", N_("Stablecoin supply, 30 days"), "%",
           _of("STABLECOINS", _days_change(30)), N_("change over 30 days"), N_("")),
    Metric("stablecoins_30d_pct", N_("Stablecoin growth, percentile"), "pctl",
           _percentile("stablecoins_30d"), N_("rank in its last 5 years"),
           N_("100 is the fastest growth in five years."), 0),
    Metric("fear_greed", N_("Crypto fear and greed"), "score", _series("FEAR_GREED"),
           N_("alternative.me, 0–100"), N_("15 and less is extreme fear."), 0),
    Metric("fear_greed_pct", N_("Fear and greed, percentile"), "pctl",
           _percentile("FEAR_GREED"), N_("rank in its last 5 years"), N_(""), 0),
    Metric("funding", N_("Perpetual funding"), "% a year", _series("FUNDING"),
           N_("funding rate of perpetual futures, annualised"),
           N_("High: longs pay to stay in.")),
    Metric("funding_pct", N_("Perpetual funding, percentile"), "pctl", _percentile("FUNDING"),
           N_("rank in its last 5 years"), N_(""), 0),
    Metric("oi_cap", N_("Open interest ÷ market cap"), "ratio",
           _ratio("OPEN_INTEREST", "BTC_CAP"), N_("bitcoin open interest ÷ market cap"),
           N_("How much leverage rests on the coin."), 4),
    Metric("oi_cap_pct", N_("Open interest ÷ market cap, percentile"), "pctl",
           _percentile("oi_cap"), N_("rank in its last 5 years"), N_(""), 0),
    Metric("heat", N_("Heat"), "score",
           _mean_of(("funding_pct", "oi_cap_pct", "fear_greed_pct")),
           N_("mean of the percentiles of funding, open interest ÷ cap, fear and greed"),
           N_("A gauge, no rung: 80 and more is hot, 20 and less cold."), 0),
    Metric("etf_flow_20d", N_("Spot bitcoin ETFs, 20-day net flow"), "USD",
           _of("ETF_FLOW", _sum_20), N_("sum of the last 20 trading days"),
           N_("Above zero: the funds absorb supply.")),
)  # fmt: skip

METRICS = {metric.id: metric for metric in _EQUITIES + _LIQUIDITY + _CREDIT + _MAJORS + _ALTS}
