"""The ladder: six rungs, their scores, and when each is lit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan

import numpy as np

from rotation import measures as m
from rotation.inputs import BTC, N_, Flags, Floats, Freshness
from rotation.market import Daily, further
from rotation.metrics import Bench

LIT_FROM = 60.0
UNLIT_BELOW = 50.0
FUNDING_PRESSURE = 0.10
FUNDING_DAYS = 3
FUNDING_CAP = 49.0


def _itself(values: Floats) -> Floats:
    return values


def _reversed(values: Floats) -> Floats:
    return 100 - values


def _per(unit: float) -> Callable[[Floats], Floats]:
    return lambda values: m.linear(values / unit)


@dataclass(frozen=True, slots=True)
class RungInput:
    """A metric, its weight, and how it becomes a score of 0–100."""

    metric: str
    weight: float
    score: Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder. ``driver`` is the series whose new observations count towards a
    change; ``patience`` is how many in a row it takes.
    """

    id: str
    name: str
    inputs: tuple[RungInput, ...]
    driver: str
    patience: int = 3
    beside: tuple[str, ...] = ()
    """Metrics shown with the rung, not scored."""
    cap: Callable[[Bench], Flags] | None = None
    """Days on which the score may not exceed ``FUNDING_CAP``."""
    meaning: str = ""


def tight(spread: Floats) -> Flags:
    """Whether SOFR stands more than 10 bp above the interest on reserves, in %."""
    return np.asarray(spread > FUNDING_PRESSURE + 1e-9)


def _funding_pressure(bench: Bench) -> Flags:
    """SOFR more than 10 bp above the interest on reserves on 3 readings in a row."""

    def pressed(values: Floats, _: object) -> Floats:
        return (m.run_length(tight(values)) >= FUNDING_DAYS).astype(float)

    flag = bench.track("sofr_iorb").map(pressed).daily().scored()
    return np.asarray(flag == 1)


LADDER = (
    Rung(
        "liquidity", N_("Liquidity"),
        (RungInput("net_liquidity_13w_pct", 1, _itself),
         RungInput("net_liquidity_4w_pct", 1, _itself)),
        driver="WALCL", patience=2,
        beside=("net_liquidity", "treasury_account", "reverse_repo", "bill_holdings", "mbs",
                "mortgage_spread"),
        meaning=N_("Do the Fed and the Treasury release dollars or drain them?"),
    ),
    Rung(
        "credit", N_("Credit"),
        (RungInput("baa10y_pct", 1, _reversed), RungInput("nfci_pct", 1, _reversed),
         RungInput("move_pct", 1, _reversed)),
        driver="SPX", beside=("sofr_iorb", "hy_oas"), cap=_funding_pressure,
        meaning=N_("Are bond and funding markets calm?"),
    ),
    Rung(
        "stocks", N_("Stocks"),
        (RungInput("spx_distance_200", 1, _per(10)), RungInput("large_breadth", 1, _itself)),
        driver="SPX", meaning=N_("Does the broad market rise, with most sectors?"),
    ),
    Rung(
        "small_caps", N_("Small caps"),
        (RungInput("mrs", 1, _per(8)), RungInput("rs_slope_pct", 1, _itself),
         RungInput("rut_drawdown", 1, lambda values: np.clip(100 + values * 100 / 15, 0, 100))),
        driver="RUT", beside=("small_breadth", "volume_ratio"),
        meaning=N_("Does money reach for risk inside stocks?"),
    ),
    Rung(
        "majors", N_("Majors"),
        (RungInput("btc_distance_200", 1, _per(40)), RungInput("eth_btc_mrs", 1, _per(20))),
        driver=BTC, beside=("btc_close", "eth_btc"),
        meaning=N_("Has the excess reached bitcoin and ether?"),
    ),
    Rung(
        "alts", N_("Alts"),
        (RungInput("altseason_index", 0.6, _itself),
         RungInput("dominance_30d", 0.2, lambda values: m.linear(-values / 5)),
         RungInput("stablecoins_30d_pct", 0.2, _itself)),
        driver=BTC, beside=("dominance", "stablecoins"),
        meaning=N_("Has it gone all the way to the small coins? This rung confirms, "
                   "it does not warn."),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RungDays:
    """One rung by day: score 0–100 (NaN where less than half of the weight is there), share of
    the weight that was there, lit as 1, 0 or NaN, and whether the score is held down by its cap.
    """

    score: Floats
    weight: Floats
    lit: Floats
    capped: Flags


def climb(bench: Bench, rung: Rung) -> RungDays:
    """A rung's score and state on every day of the market."""
    return bench.once(f"rung {rung.id}", lambda: _climb(bench, rung))


def scores(rung: Rung) -> Callable[[Bench], Daily]:
    """The score as a number of the catalogue, dated as the driver of the rung."""

    def made(bench: Bench) -> Daily:
        score, driver = climb(bench, rung).score, bench.daily(rung.driver)
        none, nat = np.isnan(score), np.datetime64("NaT")
        return Daily(
            score,
            np.where(none, nat, driver.date),
            np.where(none, nat, driver.released),
            np.where(none, Freshness.MISSING, Freshness.FRESH).astype(np.int8),
        )

    return made


def _climb(bench: Bench, rung: Rung) -> RungDays:
    score, weight = _score(bench, rung)
    capped = np.zeros(len(score), dtype=bool)
    if rung.cap is not None:
        capped = rung.cap(bench) & (score > FUNDING_CAP)
        score = np.where(capped, FUNDING_CAP, score)
    lit = lit_states(score, further(bench.daily(rung.driver).date), rung.patience)
    return RungDays(score, weight, lit, capped)


def _score(bench: Bench, rung: Rung) -> tuple[Floats, Floats]:
    parts = np.array([item.score(bench.daily(item.metric).scored()) for item in rung.inputs])
    weights = np.array([item.weight for item in rung.inputs])[:, None]
    there = np.where(np.isnan(parts), 0, weights)
    share = there.sum(axis=0) / weights.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(parts * weights, axis=0) / there.sum(axis=0)
    return np.where(share >= 0.5 - 1e-12, mean, np.nan), share


def lit_states(score: Floats, news: Flags, patience: int) -> Floats:
    """Lit (1) from 60, unlit (0) below 50, in between as before, after ``patience`` new
    observations in a row beyond the line; NaN while there is no score. Starts unlit. A day
    without a score neither advances nor resets the count.
    """
    lit, beyond = False, 0
    states: list[float] = []
    for value, new in zip(score.tolist(), news.tolist(), strict=True):
        if isnan(value):
            states.append(np.nan)
            continue
        if new:
            crossing = value < UNLIT_BELOW if lit else value >= LIT_FROM
            beyond = beyond + 1 if crossing else 0
            if beyond >= patience:
                lit, beyond = not lit, 0
        states.append(float(lit))
    return np.array(states)
