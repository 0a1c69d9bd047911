"""What was known when: revisions, late fetches, ranges, jumps, joins."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.inputs import BTC, Freshness, Listing, Observations, Withheld, input_of
from rotation.market import Market, Track
from tests.oracles.catalogue import minus, over, pairs, series, with_latest
from tests.oracles.known import World
from tests.rotation.made_markets import FIRST, LAST, Raw, cut, made, market, only, world

Reading = tuple[str, float] | tuple[str, float, str] | tuple[str, float, str, str]


def observed(series: str, *readings: Reading) -> Observations:
    """Readings as (date, value, released, fetched); by the clock where it is not said."""
    dates = np.array([r[0] for r in readings], "datetime64[D]")
    clock = input_of(series).clock.released(dates)
    released = [r[2] if len(r) > 2 else clock[i] for i, r in enumerate(readings)]
    fetched = [r[3] if len(r) > 3 else released[i] for i, r in enumerate(readings)]
    value = np.array([r[1] for r in readings], dtype=float)
    instants = [np.array(x, "datetime64[us]") for x in (released, fetched)]
    return Observations(series, dates, value, *instants, "test")


def seen(
    items: list[Observations], series: str, first: str, last: str, live: str | None = None
) -> list[float]:
    """What the series was known to be on each day."""
    since = None if live is None else np.datetime64(live, "us")
    days = {"first": np.datetime64(first), "last": np.datetime64(last)}
    return Market(items, live_since=since, **days).track(series).daily().value.tolist()


def same(found: list[float], expected: list[float]) -> bool:
    return np.array_equal(found, expected, equal_nan=True)


N = float("nan")


def test_a_value_is_known_from_its_release_on() -> None:
    walcl = observed("WALCL", ("2025-09-10", 6.6e12), ("2025-09-17", 6.7e12))
    found = seen([walcl], "WALCL", "2025-09-10", "2025-09-18")
    assert same(found, [N, *[6.6e12] * 7, 6.7e12])


def test_a_revision_replaces_from_its_release_on_and_only_then() -> None:
    rut = observed("RUT", ("2025-09-18", 2460), ("2025-09-18", 2467, "2025-09-22T12:00"))
    assert seen([rut], "RUT", "2025-09-18", "2025-09-22") == [2460] * 4 + [2467]


def test_once_live_a_value_is_known_when_it_was_fetched() -> None:
    rut = observed(
        "RUT",
        ("2025-09-17", 2400, "2025-09-17T22:00", "2025-09-18T09:00"),  # backfilled
        ("2025-09-18", 2467, "2025-09-18T22:00", "2025-09-20T00:16"),  # one minute too late
    )
    found = seen([rut], "RUT", "2025-09-17", "2025-09-20", "2025-09-18T10:00")
    assert found == [2400, 2400, 2400, 2467]


def test_a_late_older_date_is_no_news() -> None:
    rut = observed(
        "RUT",
        ("2025-09-17", 2400, "2025-09-17T22:00", "2025-09-20T09:00"),
        ("2025-09-18", 2467, "2025-09-18T22:00", "2025-09-18T22:05"),
    )
    found = seen([rut], "RUT", "2025-09-17", "2025-09-20", "2025-09-01")
    assert same(found, [N, 2467, 2467, 2467])
    live = np.datetime64("2025-09-01", "us")
    days = {"first": np.datetime64("2025-09-01"), "last": np.datetime64("2025-09-30")}
    fed = Market([rut], live_since=live, **days).track("RUT").first_readings()
    assert fed.value.tolist() == [2467]  # a state machine goes on, it never goes back


def test_an_older_revision_that_is_fetched_late_changes_nothing() -> None:
    nfci = observed(
        "NFCI",
        ("2025-09-05", -0.50, "2025-09-10T12:30", "2025-09-19T00:00"),
        ("2025-09-05", -0.45, "2025-09-17T12:30", "2025-09-17T13:00"),
    )
    found = seen([nfci], "NFCI", "2025-09-17", "2025-09-20", "2025-09-01")
    assert found == [-0.45] * 4


def test_a_bar_fetched_before_its_release_is_dropped() -> None:
    rut = observed(
        "RUT",
        ("2025-09-17", 2400, "2025-09-17T22:00", "2025-09-17T22:10"),
        ("2025-09-18", 2999, "2025-09-18T22:00", "2025-09-18T15:00"),
    )
    assert seen([rut], "RUT", "2025-09-17", "2025-09-18", "2025-09-01") == [2400, 2400]


def doubled(days: int) -> list[Observations]:
    """An index from two sources that agree, from its first day on."""
    dates = [str(np.datetime64("2020-01-01") + n) for n in range(days)]
    first = observed("RUT", *((day, 1000.0 + i) for i, day in enumerate(dates)))
    return [first, replace(first, value=first.value * 1.0001, source="second")]


def test_two_sources_may_begin_on_the_same_day() -> None:
    assert seen(doubled(3), "RUT", "2020-01-01", "2020-01-03") == [1000.1, 1001.1001, 1002.1002]


def test_what_becomes_known_together_is_one_reading() -> None:
    """Each further epoch costs a computation of every measure over the whole series."""
    first, second = doubled(60)
    days = {"first": np.datetime64("2020-01-01"), "last": np.datetime64("2020-03-31")}
    later = only(second, second.date > first.date[4])
    assert len(Market([first, later], **days).track("RUT").epochs) == 1


def test_the_machine_is_fed_first_readings() -> None:
    rut = observed(
        "RUT",
        ("2025-09-17", 2400),
        ("2025-09-18", 2467),
        ("2025-09-18", 2399, "2025-09-24T12:00"),
        ("2025-09-19", 2448),
    )
    days = {"first": np.datetime64("2025-09-01"), "last": np.datetime64("2025-09-30")}
    fed = Market([rut], **days).track("RUT").first_readings()
    assert fed.value.tolist() == [2400, 2467, 2448]
    assert fed.known.astype(str).tolist() == ["2025-09-17", "2025-09-18", "2025-09-19"]


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=15)
def test_first_readings_do_not_change_when_more_becomes_known(seed: int) -> None:
    raw = RAW[seed % len(RAW)]
    day = FIRST + seed % int((LAST - FIRST).astype(int))
    early = market(cut(raw, day), FIRST, day).track("RUT").first_readings()
    late = market(raw, FIRST, LAST).track("RUT").first_readings()
    n = len(early.date)
    assert n == int((late.known <= day).sum())
    for name in ("date", "value", "known"):
        assert (getattr(early, name) == getattr(late, name)[:n]).all(), name


RAW = [made(11), made(12)]
WORLDS = [world(raw) for raw in RAW]
MARKETS = [market(raw, FIRST, LAST) for raw in RAW]
JOINED = {
    "ratio": (
        lambda t: t("RUT").join(t("SPX"), lambda a, b: a / b),
        pairs(series("RUT"), series("SPX"), over),
    ),
    "same Wednesday": (
        lambda t: t("WALCL").join(t("TGA"), lambda a, b: a - b),
        pairs(series("WALCL"), series("TGA"), minus),
    ),
    "newest within 5 days": (
        lambda t: t("SOFR").join_latest(t("IORB"), lambda a, b: a - b, most_days=5),
        with_latest(series("SOFR"), series("IORB"), minus),
    ),
    "reverse repo of the day or before": (
        lambda t: t("WALCL").join_latest(t("RRP"), lambda a, b: a - b, most_days=5),
        with_latest(series("WALCL"), series("RRP"), minus),
    ),
    "of the day before": (
        lambda t: t("MORTGAGE30").join_latest(
            t("DGS10"), lambda a, b: a - b, most_days=5, least_days=1
        ),
        with_latest(series("MORTGAGE30"), series("DGS10"), minus, 1),
    ),
}


@pytest.mark.parametrize("name", JOINED)
@given(seed=st.integers(0, 1), n=st.integers(0, int((LAST - FIRST).astype(int))))
@settings(deadline=None, max_examples=8)
def test_the_whole_vector_is_what_was_known(name: str, seed: int, n: int) -> None:
    """Not the newest value alone: measures look back over all of it."""
    ours, oracle = JOINED[name]
    day = FIRST + n
    found = vector(ours(MARKETS[seed].track), day)
    assert found == [(p.date, p.value) for p in oracle(WORLDS[seed], day.item())]


def vector(track: Track, day: np.datetime64) -> list[tuple[dt.date, float]]:
    epoch = track.as_known(day)
    known = epoch.known <= day
    return list(zip(epoch.date[known].tolist(), epoch.value[known].tolist(), strict=True))


def test_what_a_combination_shows_is_as_old_as_its_oldest_part() -> None:
    rut = observed("RUT", ("2025-09-17", 2400), ("2025-09-18", 2467))
    spx = observed("SPX", ("2025-09-17", 6600), ("2025-09-18", 6631, "2025-09-19T15:00"))
    days = {"first": np.datetime64("2025-09-17"), "last": np.datetime64("2025-09-19")}
    a_market = Market([rut, spx], **days)
    daily = a_market.track("RUT").join(a_market.track("SPX"), lambda a, b: a / b).daily()
    assert daily.date.astype(str).tolist() == ["2025-09-17", "2025-09-17", "2025-09-18"]
    assert daily.fresh.tolist() == [Freshness.FRESH, Freshness.LATE, Freshness.LATE]
    assert daily.released[-1] == np.datetime64("2025-09-19T15:00")


def test_a_wednesday_takes_a_reverse_repo_of_at_most_5_days_before() -> None:
    raw = [
        observed("WALCL", ("2025-09-10", 6.6e12), ("2025-09-17", 6.6e12)),
        observed("TGA", ("2025-09-10", 8e11), ("2025-09-17", 8e11)),
        observed("RRP", ("2025-09-05", 3e10), ("2025-09-11", 2e10)),
    ]
    a_market = Market(raw, first=np.datetime64("2025-09-10"), last=np.datetime64("2025-09-30"))
    assets = a_market.track("WALCL").join(a_market.track("TGA"), lambda a, b: a - b)
    net = assets.join_latest(a_market.track("RRP"), lambda a, b: a - b, most_days=5)
    assert vector(net, np.datetime64("2025-09-30")) == [(dt.date(2025, 9, 10), 5.77e12)]


def test_a_wrong_unit_is_withheld_with_a_reason() -> None:
    walcl = observed("WALCL", ("2025-09-10", 6.6e12), ("2025-09-17", 6.6e6))
    a_market = Market([walcl], first=np.datetime64("2025-09-18"), last=np.datetime64("2025-09-18"))
    assert a_market.track("WALCL").daily().value.tolist() == [6.6e12]
    assert [(w.series, w.date, w.value) for w in a_market.withheld] == [
        ("WALCL", dt.date(2025, 9, 17), 6.6e6)
    ]
    assert "outside" in a_market.withheld[0].reason


def test_withholding_a_whole_series_takes_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def equal(one: Withheld, other: object) -> bool:
        nonlocal compared
        compared += 1
        return repr(one) == repr(other)

    monkeypatch.setattr(Withheld, "__eq__", equal)
    dates = np.arange("2020-01-01", "2020-10-01", dtype="datetime64[D]").astype(str)
    wrong = observed("RUT", *((day, 1.0) for day in dates))
    days = {"first": np.datetime64("2020-01-01"), "last": np.datetime64("2020-12-31")}
    a_market = Market([wrong], **days)
    a_market.track("RUT")
    assert len(a_market.withheld) == len(dates)
    assert compared < 5 * len(dates)


WEEK = ("2025-09-15", "2025-09-16", "2025-09-17", "2025-09-18", "2025-09-19")


def test_a_jump_waits_for_a_second_reading() -> None:
    rut = observed("RUT", *zip(WEEK, (2400, 2410, 1700, 1690, 1710), strict=True))
    found = seen([rut], "RUT", WEEK[0], WEEK[-1])
    assert found == [2400, 2410, 2410, 1690, 1710]


def test_a_jump_is_confirmed_by_a_reading_that_lies_nearer_to_it() -> None:
    rut = observed("RUT", *zip(WEEK, (2400, 2410, 1680, 1850, 1900), strict=True))
    last = np.datetime64(WEEK[-1])
    track = Market([rut], first=np.datetime64(WEEK[0]), last=last).track("RUT")
    assert [value for _, value in vector(track, last)] == [2400, 2410, 1680, 1850, 1900]


def test_a_single_wrong_reading_is_never_believed() -> None:
    rut = observed("RUT", *zip(WEEK, (2400, 2410, 1500, 2420, 2430), strict=True))
    assert seen([rut], "RUT", WEEK[0], WEEK[-1]) == [2400, 2410, 2410, 2420, 2430]


@pytest.mark.parametrize(("series", "factor"), [("RUT", 1.3), ("RUT", 1.26), (BTC, 2.4)])
def test_a_single_spike_upward_is_never_believed(series: str, factor: float) -> None:
    item = observed(series, *zip(WEEK, (2400, 2410, 2400 * factor, 2420, 2430), strict=True))
    last = np.datetime64(WEEK[-1])
    track = Market([item], first=np.datetime64(WEEK[0]), last=last).track(series)
    assert [value for _, value in vector(track, last)] == [2400, 2410, 2420, 2430]


def test_a_move_of_exactly_the_limit_is_no_jump() -> None:
    rut = observed("RUT", *zip(WEEK[:2], (2000, 2500), strict=True))
    assert seen([rut], "RUT", WEEK[0], WEEK[1]) == [2000, 2500]


def test_listings_wait_for_their_day_too() -> None:
    day = dt.date(2025, 9, 1)
    late = Listing(day, ("coin:c1",), dt.datetime(2025, 9, 20))
    raw = Raw((), (late,))
    assert cut(raw, np.datetime64("2025-09-18")).listings == ()
    assert cut(raw, np.datetime64("2025-09-19")).listings == (late,)


def test_nothing_observed_is_an_empty_track() -> None:
    empty = np.empty(0, "datetime64[D]")
    at = np.empty(0, "datetime64[us]")
    nothing = Observations("RUT", empty, np.empty(0), at, at, "test")
    for items in ([], [nothing], [observed("RUT", ("2025-09-18", N))]):
        assert same(seen(items, "RUT", "2025-09-18", "2025-09-19"), [N, N])


def test_the_oracle_of_what_was_known_sees_no_later_row() -> None:
    oracle: World = WORLDS[0]
    day = (FIRST + 700).item()
    for name in ("RUT", "NFCI", BTC):
        assert all(p.date <= day for p in oracle.known(name, day))
        assert len(oracle.known(name, day)) > 50
