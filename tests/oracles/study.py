"""The event study of section 9 by plain loops: what happened, every day, and by chance."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from tests.oracles.evidence import gain

DAY = timedelta(days=1)
Gains = Mapping[date, float]


def entries(
    closes: Mapping[date, float], since: date, today: date, horizon: int
) -> dict[date, float]:
    """Gain after every day of the span whose horizon has passed."""
    found = {}
    day = since
    while day <= today:
        value = gain(closes, day, horizon, today)
        if value is not None:
            found[day] = value
        day += DAY
    return found


def basket(
    members: Sequence[str],
    closes: Mapping[str, Mapping[date, float]],
    event: date,
    horizon: int,
    today: date,
) -> float | None:
    """Mean gain of the members that have both closes; None with fewer than 30."""
    found = [gain(closes[coin], event, horizon, today) for coin in members if coin in closes]
    known = [value for value in found if value is not None]
    return sum(known) / len(known) if len(known) >= 30 else None


def begins(states: Sequence[object], days: Sequence[date], wanted: object) -> list[date]:
    """Days on which a state is there that was not there the day before."""
    found = []
    for i, state in enumerate(states):
        if state == wanted and (i == 0 or states[i - 1] != wanted):
            found.append(days[i])
    return found


def crossings(rows: Sequence[tuple[date, date, float]]) -> list[date]:
    """(decision, date of the reading, value): decisions with the 5th reading in a row above
    zero, after one that was not.
    """
    found, streak, armed, last = [], 0, False, date.min
    for decision, dated, value in rows:
        if dated <= last:
            continue
        last = dated
        if value > 0:
            streak += 1
            if streak == 5 and armed:
                found.append(decision)
        else:
            streak, armed = 0, True
    return found


def spaced(events: Sequence[date], since: date, today: date) -> list[date]:
    kept: list[date] = []
    for event in sorted(events):
        if since <= event <= today and (not kept or (event - kept[-1]).days >= 90):
            kept.append(event)
    return kept


def placebo(
    gains: Gains,
    wanted_median: float,
    wanted_hits: int,
    count: int,
    gap: int,
    draws: int,
    seed: int,
) -> tuple[float, float]:
    """Days drawn without replacement, a draw with too short a gap thrown away whole."""
    rng = random.Random(seed)
    days = sorted(gains)
    as_good = as_many = done = 0
    while done < draws:
        drawn = sorted(rng.sample(days, count))
        if any((b - a).days < gap for a, b in pairwise(drawn)):
            continue
        done += 1
        values = [gains[day] for day in drawn]
        as_good += median(values) >= wanted_median
        as_many += sum(value > 0 for value in values) >= wanted_hits
    return (1 + as_good) / (1 + draws), (1 + as_many) / (1 + draws)


def seen_season(index: Mapping[date, float | None], decision: date, today: date) -> bool | None:
    """75 on some day 30–90; None while open or with over half of the days n/a."""
    days = [decision + n * DAY for n in range(30, 91)]
    if days[-1] > today:
        return None
    known = [value for day in days if (value := index.get(day)) is not None]
    if len(days) - len(known) > len(days) / 2:
        return None
    return any(value >= 75 for value in known)
