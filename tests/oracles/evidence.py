"""Section 9 by plain loops and statsmodels: outcomes, base rate, interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from statsmodels.stats.proportion import proportion_confint


@dataclass(frozen=True, slots=True)
class Evidence:
    outcomes: list[tuple[date, float | None]]
    hits: int
    n: int
    base_rate: float | None
    base_days: int


def wilson(hits: int, n: int) -> tuple[float, float]:
    low, high = proportion_confint(hits, n, alpha=0.05, method="wilson")
    return 100 * low, 100 * high


def gain(closes: Mapping[date, float], event: date, horizon: int, today: date) -> float | None:
    """Entry is the close dated D + 1, the outcome the close dated D + 1 + h."""
    entry = event + timedelta(days=1)
    end = entry + timedelta(days=horizon)
    if end > today or entry not in closes or end not in closes:
        return None
    return 100 * (closes[end] / closes[entry] - 1)


def evidence(
    events: Sequence[date],
    closes: Mapping[date, float],
    since: date,
    today: date,
    horizon: int = 90,
) -> Evidence:
    kept: list[date] = []
    for event in sorted(events):
        if since <= event <= today and (not kept or (event - kept[-1]).days >= 90):
            kept.append(event)
    outcomes = [(event, gain(closes, event, horizon, today)) for event in kept]
    span = (since + timedelta(days=n) for n in range((today - since).days + 1))
    every = [g for day in span if (g := gain(closes, day, horizon, today)) is not None]
    matured = [g for _, g in outcomes if g is not None]
    return Evidence(
        outcomes,
        sum(g > 0 for g in matured),
        len(matured),
        100 * sum(g > 0 for g in every) / len(every) if len(every) >= 365 else None,
        len(every),
    )
