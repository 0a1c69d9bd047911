"""The altcoin season index, coin by coin from the raw files; and its rules one by one."""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import replace

import numpy as np
import pytest

from rotation.altseason import AltSeason, altseason
from rotation.inputs import BTC, Freshness, Listing, Observations, input_of
from rotation.market import Market
from rotation.timeline import Timeline
from tests.oracles.folder import Folder
from tests.oracles.season import Season, season, season_on
from tests.rotation.made_markets import FIRST, LAST, made, market, world

BEGIN, END = np.datetime64("2024-01-01"), np.datetime64("2024-06-30")
LISTED = np.datetime64("2024-01-15")


def differences(index: AltSeason, row: int, expected: Season | None) -> list[str]:
    if expected is None:
        return [] if math.isnan(index.index.value[row]) else ["expected n/a"]
    found = (
        index.index.date[row].item(),
        index.beating[row],
        index.counted[row],
        index.listing[row].item(),
        bool(index.borrowed[row]),
    )
    wanted = (
        expected.date, expected.ahead, expected.counted, expected.listing, expected.borrowed,
    )  # fmt: skip
    if found != wanted or not math.isclose(index.index.value[row], expected.index, rel_tol=1e-9):
        return [f"{found} {index.index.value[row]}, expected {wanted}"]
    return []


def test_real_days_from_the_raw_files(timeline: Timeline, folder: Folder) -> None:
    rng = random.Random(90)
    days = [dt.date(2016, 1, 1) + dt.timedelta(days=n) for n in rng.sample(range(3730), 22)]
    for day in [*days, dt.date(2014, 2, 1), dt.date(2022, 12, 1), dt.date(2026, 4, 1)]:
        found = differences(timeline.altseason, timeline.row(day), season(folder, day))
        assert found == [], day


def test_it_was_computed_on_most_real_days(timeline: Timeline) -> None:
    """One in nine days since 2014 falls back on an older one or has none."""
    since = timeline.row(dt.date(2014, 1, 1))
    index = timeline.altseason
    own = (index.index.date == timeline.days)[since:]
    assert own.mean() > 0.8
    assert (index.counted[since:][own] >= 30).all()


@pytest.mark.parametrize("seed", [21, 22])
def test_made_days_with_late_and_revised_closes(seed: int) -> None:
    raw = made(seed)
    index, oracle = altseason(market(raw, FIRST, LAST)), world(raw)
    rng = random.Random(seed)
    for n in rng.sample(range(int((LAST - FIRST).astype(int))), 8):
        assert differences(index, n, season(oracle, (FIRST + n).item())) == [], FIRST + n


def coin(id: str, closes: dict[int, float] | None = None, gain: float = 0.0) -> Observations:
    """Closes of half a year that rise by ``gain`` in 90 days; ``closes`` by day, NaN for none."""
    dates = np.arange(BEGIN, END + 1)
    value = 100 * (1 + gain) ** (np.arange(len(dates)) / 90)
    for day, close in (closes or {}).items():
        value[day] = close
    keep = ~np.isnan(value)
    released = input_of(id).clock.released(dates[keep])
    return Observations(id, dates[keep], value[keep], released, released, "test")


def listing(day: np.datetime64, coins: list[str]) -> Listing:
    known = (day + 1).astype("datetime64[us]").item()
    return Listing(day.item(), tuple(coins), known)


NAMES = [f"coin:n{i:02}" for i in range(60)]


def index_on(day: str, coins: list[Observations], lists: list[Listing]) -> AltSeason:
    a_day = np.datetime64(day)
    return altseason(Market([coin(BTC), *coins], lists, first=a_day, last=a_day))


def test_only_the_50_largest_of_the_list_count() -> None:
    coins = [coin(name, gain=0.5 if i < 20 else -0.5) for i, name in enumerate(NAMES)]
    index = index_on("2024-06-01", coins, [listing(LISTED, NAMES)])
    assert (index.beating[0], index.counted[0], index.index.value[0]) == (20, 50, 40)
    index = index_on("2024-06-01", coins, [listing(LISTED, NAMES[::-1])])
    assert (index.beating[0], index.counted[0]) == (10, 50)


def test_a_listed_coin_without_prices_keeps_its_place() -> None:
    coins = [coin(name, gain=0.5) for name in NAMES[10:]]
    index = index_on("2024-06-01", coins, [listing(LISTED, NAMES)])
    assert (index.beating[0], index.counted[0]) == (40, 40)


def test_ahead_of_bitcoin_is_strict() -> None:
    coins = [coin(name, gain=0.1 if i < 5 else 0.0) for i, name in enumerate(NAMES[:40])]
    index = index_on("2024-06-01", coins, [listing(LISTED, NAMES)])
    assert (index.beating[0], index.counted[0]) == (5, 40)


@pytest.mark.parametrize(("hole", "counted"), [(3, 31), (4, 30)])
def test_a_hole_of_more_than_3_days_leaves_a_coin_out(hole: int, counted: int) -> None:
    nothing = dict.fromkeys(range(100, 100 + hole), math.nan)
    coins = [coin(name) for name in NAMES[:30]] + [coin(NAMES[30], nothing)]
    index = index_on("2024-06-01", coins, [listing(LISTED, NAMES)])
    assert index.counted[0] == counted


def test_a_hole_before_the_90_days_does_not_matter() -> None:
    nothing = dict.fromkeys(range(20, 60), math.nan)
    coins = [coin(name) for name in NAMES[:30]] + [coin(NAMES[30], nothing)]
    assert index_on("2024-06-01", coins, [listing(LISTED, NAMES)]).counted[0] == 31


def test_fewer_than_30_coins_give_no_index() -> None:
    lists = [listing(LISTED, NAMES)]
    enough = index_on("2024-06-01", [coin(name) for name in NAMES[:30]], lists)
    few = index_on("2024-06-01", [coin(name) for name in NAMES[:29]], lists)
    assert enough.index.fresh[0] == Freshness.FRESH
    assert few.index.fresh[0] == Freshness.MISSING
    assert math.isnan(few.index.value[0])


def test_a_list_counts_after_90_days_and_the_newest_such_list() -> None:
    coins = [coin(name, gain=0.5 if i < 30 else -0.5) for i, name in enumerate(NAMES)]
    lists = [listing(LISTED, NAMES[:30]), listing(LISTED + 31, NAMES[30:])]
    before, after = (
        index_on(str(LISTED + 31 + n), coins, lists) for n in (89, 90)
    )  # fmt: skip
    assert (before.index.value[0], before.borrowed[0]) == (100, False)
    assert (after.index.value[0], after.borrowed[0]) == (0, False)
    assert after.listing[0] == LISTED + 31


def test_until_a_list_is_old_enough_the_oldest_is_borrowed_and_never_a_later_one() -> None:
    coins = [coin(name) for name in NAMES]
    lists = [listing(LISTED + 60, NAMES[:40]), listing(LISTED + 80, NAMES[20:])]
    index = index_on(str(LISTED + 85), coins, lists)
    assert (index.listing[0], bool(index.borrowed[0])) == (LISTED + 60, True)
    too_early = index_on(str(LISTED + 59), [coin(name) for name in NAMES], lists)
    assert math.isnan(too_early.index.value[0])


@pytest.mark.parametrize("late", [BTC, NAMES[0]])
def test_a_close_that_came_late_counts_from_its_arrival_on(late: str) -> None:
    """Bitcoin late: the index of the day before stands. A coin late: it is left out."""
    day = np.datetime64("2024-06-01")
    items = [coin(BTC), *(coin(name, gain=0.1) for name in NAMES[:31])]
    items = [arriving(x, day, hours=9) if x.series == late else x for x in items]
    live = np.datetime64("2024-05-01", "us")
    a_market = Market(items, [listing(LISTED, NAMES)], first=day - 1, last=day + 1, live_since=live)
    index = altseason(a_market)
    on_the_day = (day - 1, 31) if late == BTC else (day, 30)
    assert index.index.date.tolist() == [day - 1, on_the_day[0], day + 1]
    assert index.counted.tolist() == [31, on_the_day[1], 31]


def arriving(item: Observations, day: np.datetime64, hours: int) -> Observations:
    """The same, with the close of one day fetched hours after its release."""
    late = (item.date == day) * np.timedelta64(hours, "h")
    return replace(item, fetched_at=item.released_at + late)


def test_the_oracle_counts_on_real_days(folder: Folder) -> None:
    """Not the numbers of the README, whose members are others, but near them."""
    for day, near in (("2018-01-15", 100), ("2019-06-25", 4), ("2021-05-10", 90)):
        found = season_on(folder, dt.date.fromisoformat(day))
        assert found is not None
        assert abs(found.index - near) <= 12, found
