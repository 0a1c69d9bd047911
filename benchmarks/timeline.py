"""The timeline of all days: whole, one more day, growth with years; evidence, placebo, replay.

The study as a plain pandas loop is what a careful analyst writes: for each kind of event, asset
and horizon, dates are drawn at random until they lie far enough apart, and each outcome is looked
up in a Series. It is run with few draws and scaled up: its time grows with the draws alone.

    python -m benchmarks.timeline
"""

from __future__ import annotations

import datetime as dt
import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.market import harvest, made, moment
from bot.holdings import market_of
from bot.replay import replay
from commands.snapshot import Snapshot
from rotation.calendars import sessions
from rotation.events import KINDS
from rotation.evidence import Evidence
from rotation.history import ASSETS, BASKET, HORIZONS, row_of
from rotation.inputs import Cadence, business_days, input_of
from rotation.market import Market
from rotation.placebo import DRAWS, chance
from rotation.timeline import Timeline

REPEATS, FEW_DRAWS = 7, 6
YEARS = (10, 20, 40)
DAY = dt.timedelta(days=1)
WEEKDAYS, WEDNESDAY = {"NFCI": 4, "MORTGAGE30": 3}, 2
"""Of weekly series; Monday is 0. The balance sheet is of Wednesdays."""


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The median of several runs, after one that does not count."""
    work()
    spent = []
    for _ in range(repeats):
        gc.collect()
        begun = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


def measure() -> dict[str, float]:
    """Seconds; the exponent with which the work grows with years; factors."""
    found = harvest()
    now = moment(found)

    def market(day: int = 0) -> Market:
        return market_of(found.observations, found.listings, now + day * DAY, None)

    timeline = Timeline.of(market())
    evidence = Evidence.of(timeline).complete()
    whole = seconds(lambda: Timeline.of(market()))
    study = seconds(lambda: Evidence.of(timeline).complete(), 3)
    ours = _seconds_of_placebos(timeline)
    gained = evidence._of_span(ASSETS[0], HORIZONS[-1])  # noqa: SLF001 - the vector it draws from
    plain = _plain_study(evidence)
    growth = {years: _grown(years) for years in YEARS}
    return {
        "days": len(timeline.days),
        "whole_s": whole,
        "one_more_day_s": _one_more_day(found, now),
        **{f"made_{years}_years_s": spent for years, spent in growth.items()},
        "exponent_of_years": _slope(growth),
        "evidence_s": study,
        "placebo_10000_of_12_s": seconds(lambda: chance(gained, 12, HORIZONS[-1]), 5),
        "study_s": ours,
        "plain_study_s": plain,
        "plain_to_ours": plain / ours,
        "replay_days_a_second": _replayed(timeline),
    }


def _one_more_day(found, now: dt.datetime) -> float:
    """The newest decision, once that of the day before is there."""
    spent = []
    for back in range(REPEATS, 0, -1):
        then = now - back * DAY
        Timeline.of(market_of(found.observations, found.listings, then, None))
        begun = time.perf_counter()
        Timeline.of(market_of(found.observations, found.listings, then + DAY, None))
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


def _grown(years: int) -> float:
    """A made market of so many years, all series from its first day on, in their own rhythm."""
    found = made()
    last = max(item.date.max() for item in found.observations)
    first = last - np.timedelta64(round(365.25 * years), "D")
    cut = [_since(item, first) for item in found.observations]
    now = moment(found)
    return seconds(lambda: Timeline.of(market_of(cut, found.listings, now, None)), 3)


def _since(item, first: np.datetime64):
    use = (item.date >= first) & _in_rhythm(item.series, item.date)
    columns = (item.date, item.value, item.released_at, item.fetched_at)
    date, value, released, fetched = (column[use] for column in columns)
    return replace(item, date=date, value=value, released_at=released, fetched_at=fetched)


def _in_rhythm(series: str, date: np.ndarray) -> np.ndarray:
    """Whether a series has a value of a date; else it would come out of order, as none does."""
    match input_of(series).cadence:
        case Cadence.SESSION | Cadence.BOND_SESSION:
            return np.isin(date, sessions())
        case Cadence.BUSINESS_DAY:
            return np.is_busday(date, busdaycal=business_days())
        case Cadence.WEEK:
            return (date.astype(np.int64) + 3) % 7 == WEEKDAYS.get(series, WEDNESDAY)
    return np.ones(len(date), dtype=bool)


def _slope(growth: dict[int, float]) -> float:
    """Of the straight line through the logarithms: 1 is linear."""
    years, spent = np.log(list(growth)), np.log(list(growth.values()))
    return float(np.polyfit(years, spent, 1)[0])


def _cells(evidence: Evidence):
    """Kind, asset and horizon of everything that has outcomes; the basket has no one price."""
    for kind in KINDS:
        for asset in (a for a in ASSETS if a != BASKET):
            for horizon in HORIZONS:
                if evidence.record(kind, asset, horizon).n:
                    yield kind, asset, horizon


def _seconds_of_placebos(timeline: Timeline) -> float:
    """Ours, for the same cells and with all draws, records included."""

    def work() -> None:
        evidence = Evidence.of(timeline)
        for cell in _cells(evidence):
            evidence.placebo(*cell)

    return seconds(work, 3)


def _plain_study(evidence: Evidence) -> float:
    """Seconds that the plain loop would take with all draws."""
    spent = 0.0
    for kind, asset, horizon in _cells(evidence):
        prices = evidence.prices(asset)
        index = pd.date_range("2010-01-01", periods=len(prices))
        closes = pd.Series(prices, index).dropna()
        since = pd.Timestamp(evidence.since(asset))
        events = [pd.Timestamp(o.event) for o in evidence.record(kind, asset, horizon).outcomes]
        days = [day for day in index[row_of(since.date()) :] if _gain(closes, day, horizon)]
        events = [day for day in events if _gain(closes, day, horizon) is not None]
        rng = np.random.default_rng(7)
        begun = time.perf_counter()
        observed = _outcomes(closes, events, horizon)
        for _draw in range(FEW_DRAWS):
            drawn = _outcomes(closes, _apart(rng, days, len(events), horizon), horizon)
            _better = drawn.median() >= observed.median()
            _more = (drawn > 0).sum() >= (observed > 0).sum()
        spent += (time.perf_counter() - begun) * DRAWS / FEW_DRAWS
    return spent


def _gain(closes: pd.Series, day: pd.Timestamp, horizon: int) -> float | None:
    entry, exit_ = day + pd.Timedelta(days=1), day + pd.Timedelta(days=1 + horizon)
    if entry not in closes.index or exit_ not in closes.index:
        return None
    return 100 * (closes.loc[exit_] / closes.loc[entry] - 1)


def _outcomes(closes: pd.Series, days: list[pd.Timestamp], horizon: int) -> pd.Series:
    return pd.Series([_gain(closes, day, horizon) for day in days], dtype=float)


def _apart(rng, days: list[pd.Timestamp], count: int, gap: int) -> list[pd.Timestamp]:
    """So many days at random, one after the other, each at least a gap from all before; a set
    that cannot be finished is begun anew.
    """
    while True:
        chosen: list[pd.Timestamp] = []
        for _try in range(50 * count):
            day = days[rng.integers(len(days))]
            if all(abs((day - other).days) >= gap for other in chosen):
                chosen.append(day)
            if len(chosen) == count:
                return chosen


def _replayed(timeline: Timeline) -> float:
    """Decisions a second, of ten years, with two thresholds, by the code that also tells."""
    from bot.replay import alerts_of

    told = Snapshot(timeline, source="", evidence=Evidence.of(timeline))
    alerts = alerts_of(("altseason above 60", "mrs above 0"), told)
    first = timeline.last - dt.timedelta(days=3652)
    spent = []
    for _ in range(3):
        begun = time.perf_counter()
        count = sum(1 for said in replay(told, first, timeline.last, alerts) if said.line())
        spent.append(count / (time.perf_counter() - begun))
    return statistics.median(spent)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:28} {value:12.3f}")
