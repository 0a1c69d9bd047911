"""Every metric of the catalogue on random days, against loops over what was known by then."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from rotation.catalogue import METRICS
from rotation.inputs import BTC, Freshness
from rotation.ladder import LADDER
from rotation.timeline import Timeline
from tests.oracles import catalogue
from tests.oracles.folder import Folder
from tests.oracles.known import World
from tests.rotation.made_markets import FIRST, LAST, made, market, world

ABSENT = {
    "bill_holdings": "no file of bill holdings",
    "iwm_creations": "no file of fund shares",
    "funding": "no file of funding",
    "funding_pct": "no file of funding",
    "oi_cap": "no file of open interest",
    "oi_cap_pct": "no file of open interest",
}
"""What the folder of real data lacks, and why."""
SCORES = tuple(f"{rung.id}_score" for rung in LADDER)
"""Those of the rungs have an oracle of their own, in test_ladder."""
SEASON = ("altseason_index", "altseason_k", "altseason_n")


def differences(timeline: Timeline, oracle: World, id: str, day: date) -> list[str]:
    """Value, date, release and freshness of a metric against the oracle, in words."""
    daily, row = timeline.metrics[id], timeline.row(day)
    expected = catalogue.reading(oracle, id, day)
    if expected is None:
        gone = math.isnan(daily.value[row]) and daily.fresh[row] == Freshness.MISSING
        return [] if gone else [f"{day}: {daily.value[row]}, expected n/a"]
    found = []
    if not math.isclose(daily.value[row], expected.value, rel_tol=1e-9, abs_tol=1e-9):
        found.append(f"{day}: {daily.value[row]!r}, expected {expected.value!r}")
    facts = (daily.date[row].item(), daily.released[row].item(), int(daily.fresh[row]))
    if facts != (expected.date, expected.released, expected.fresh):
        found.append(f"{day}: {facts}, expected {expected}")
    return found


def random_days(seed: int, n: int, first: date, last: date) -> list[date]:
    rng = random.Random(seed)
    span = range(first.toordinal(), last.toordinal() + 1)
    return sorted(date.fromordinal(day) for day in rng.sample(span, n))


def all_differences(timeline: Timeline, oracle: World, ids: list[str], days: list[date]) -> dict:
    wrong: dict[str, list[str]] = {}
    for day in days:
        for id in ids:
            wrong.setdefault(id, []).extend(differences(timeline, oracle, id, day))
    return {id: found for id, found in wrong.items() if found}


def test_every_metric_has_an_oracle() -> None:
    assert set(catalogue.METRICS) == set(METRICS) - set(SCORES)


def test_the_score_of_a_rung_is_a_metric_with_the_date_of_its_driver(timeline: Timeline) -> None:
    for rung in LADDER:
        daily, climbed = timeline.metrics[f"{rung.id}_score"], timeline.rungs[rung.id].score
        assert np.array_equal(daily.value, climbed, equal_nan=True)
        none = np.isnan(climbed)
        assert (daily.fresh == np.where(none, Freshness.MISSING, Freshness.FRESH)).all()
        assert (np.isnat(daily.date) == none).all()
        assert (daily.date[~none] <= timeline.days[~none]).all()
    bitcoin = timeline.metrics["btc_close"].date
    known = ~np.isnat(timeline.metrics["majors_score"].date)
    assert (timeline.metrics["majors_score"].date[known] == bitcoin[known]).all()


def test_every_metric_on_real_days(timeline: Timeline, folder: Folder) -> None:
    ids = [id for id in METRICS if id not in {*ABSENT, *SEASON, *SCORES}]
    days = random_days(1, 4, date(1988, 9, 1), date(2013, 12, 31))
    days += random_days(2, 12, date(2014, 1, 1), timeline.last)
    assert all_differences(timeline, folder, ids, days) == {}


def test_what_the_folder_lacks_is_missing(timeline: Timeline) -> None:
    for id in ABSENT:
        assert (timeline.metrics[id].fresh == Freshness.MISSING).all(), id
        assert np.isnan(timeline.metrics[id].value).all(), id


@pytest.mark.parametrize("seed", [1, 2])
def test_every_metric_on_days_with_revisions_late_fetches_and_holes(seed: int) -> None:
    assert on_made_days(seed, spikes=False) == {}


def test_every_metric_after_wrong_readings() -> None:
    assert on_made_days(3, spikes=True) == {}


@pytest.mark.parametrize(("missing", "there"), [(3, True), (4, False)])
def test_a_change_over_30_days_needs_a_window_without_a_wide_hole(
    missing: int, there: bool
) -> None:
    raw = made(4, plain=True)
    day = np.datetime64("2022-06-15")
    btc = next(item for item in raw.observations if item.series == BTC)
    every = np.arange("2021-01-04", "2022-06-16", dtype="datetime64[D]")
    dates = np.delete(every, slice(-10 - missing, -10))
    released = btc.released_at[0] + (dates - btc.date[0])
    whole = replace(
        btc, date=dates, value=np.linspace(1, 2, len(dates)), released_at=released,
        fetched_at=released,
    )  # fmt: skip
    metrics = Timeline.of(market(replace(raw, observations=(whole,)), day, day)).metrics
    assert math.isfinite(metrics["btc_30d"].value[0]) == there
    assert math.isfinite(metrics["btc_close"].value[0])


def on_made_days(seed: int, *, spikes: bool) -> dict[str, list[str]]:
    raw = made(seed, spikes=spikes)
    timeline, oracle = Timeline.of(market(raw, FIRST, LAST)), world(raw)
    days = random_days(seed, 2, FIRST.item(), date(2022, 12, 31))
    days += random_days(seed, 4, date(2023, 1, 1), LAST.item())
    return all_differences(timeline, oracle, [id for id in METRICS if id not in SCORES], days)
