"""The keeper with feeds that fail as a test says, and the way in of folders and stores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import stamina
import time_machine

from bot import app
from bot.keeper import Keeper
from bot.settings import Settings
from feeds.feed import FeedError, Harvest, Task
from rotation.calendars import sessions
from rotation.inputs import BTC, Cadence, Listing, Observations, Withheld, input_of
from storage.database import Database
from storage.errors import StoreError
from storage.listings import append_listing, listings
from storage.live import FIRST_COINS, awaited, live_since
from storage.observations import load, newest
from storage.sources import health
from storage.withheld import withheld

START = dt.datetime(2026, 6, 26, 23, 30)
MINUTES = dt.timedelta(minutes=5)
DAY = dt.timedelta(days=1)
LEVELS = {"RUT": 2000.0, "SPX": 5000.0, BTC: 5e4, "STABLECOINS": 1e11}


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> dt.datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "spillover.db") as opened:
        yield opened


def history(series: str, now: dt.datetime, factor: float = 1.0) -> Harvest:
    """All closes since 2024 that are out by now."""
    known = input_of(series)
    day = np.arange(np.datetime64("2024-01-02"), np.datetime64(now, "D") + 1)
    if known.cadence is Cadence.SESSION:
        day = day[np.isin(day, sessions())]
    released = known.clock.released(day)
    day, released = (x[released <= np.datetime64(now, "us")] for x in (day, released))
    value = LEVELS.get(series, 100.0) * factor * (1 + (day.astype(int) % 97) / 500)
    fetched = np.full(len(day), now, "datetime64[us]")
    return Harvest((Observations(series, day, value, released, fetched, "x"),))


class Feed:
    """Brings ``history`` of its series, or what ``fault`` says instead."""

    verified, ahead = True, None

    def __init__(self, clock: Clock, source: str, *series: str) -> None:
        self.clock, self.source, self.name, self.series = clock, source, source.title(), series
        self.fault: Callable[[str], Exception | Harvest | None] = lambda _: None

    def tasks(self) -> tuple[Task, ...]:
        return tuple(Task(f"{self.source}/{id}", self.source, (id,)) for id in self.series)

    def fetch(self, task: Task, since: dt.date | None) -> Harvest:
        found = self.fault(task.series[0])
        if isinstance(found, Exception):
            raise found
        found = found or history(task.series[0], self.clock())
        return replace(
            found, observations=tuple(replace(x, source=self.source) for x in found.observations)
        )


def run(keeper: Keeper, clock: Clock, span: dt.timedelta) -> None:
    end = clock.time + span
    while clock.time < end:
        keeper.refresh()
        clock.time += MINUTES


class TestAnOutageAtTheStart:
    def made(self, database: Database, clock: Clock, down: dt.timedelta) -> Keeper:
        """A store that was set up while a source was down."""
        core, other = Feed(clock, "yahoo", "RUT", "SPX", BTC), Feed(clock, "llama", "STABLECOINS")
        other.fault = lambda _: (
            FeedError("Out of order.", retry=True) if clock.time < START + down else None
        )
        keeper = Keeper(database, (core, other), clock)
        run(keeper, clock, 3 * DAY)
        return keeper

    def known(self, keeper: Keeper) -> np.ndarray:
        return keeper.snapshot().timeline.metrics["stablecoins"].value

    def test_the_history_counts_as_in_a_store_that_had_it_at_once(self, tmp_path: Path) -> None:
        found = []
        for n, minutes in enumerate((0, 300)):
            clock = Clock()
            with Database(tmp_path / f"{n}.db") as database:
                keeper = self.made(database, clock, dt.timedelta(minutes=minutes))
                found.append(self.known(keeper))
                with database.reading() as db:
                    assert awaited(db) - {FIRST_COINS} == ({"STABLECOINS"} if minutes else set())
                    assert live_since(db) < START + dt.timedelta(hours=2)
        assert np.isfinite(found[0]).all()
        np.testing.assert_array_equal(*found)

    def test_what_came_out_meanwhile_is_known_from_its_arrival(
        self, database: Database, clock: Clock
    ) -> None:
        keeper = self.made(database, clock, dt.timedelta(hours=40))
        timeline = keeper.snapshot().timeline
        dates = timeline.metrics["stablecoins"].date.astype(str)
        at = {str(timeline.last - n * DAY): dates[-1 - n] for n in range(6)}
        assert at["2026-06-25"] == "2026-06-25"
        assert at["2026-06-27"] == "2026-06-26", "what came out after the start was not there yet"
        assert at["2026-06-28"] == "2026-06-28"

    def test_a_later_change_or_a_second_source_is_no_history(
        self, database: Database, clock: Clock
    ) -> None:
        keeper = self.made(database, clock, dt.timedelta(minutes=50))
        before = self.known(keeper)
        second = Feed(clock, "second", "STABLECOINS")
        second.fault = lambda name: history(name, clock(), 3.0)
        keeper.feeds[1].fault = lambda name: history(name, clock(), 2.0)
        keeper.feeds = (*keeper.feeds, second)
        run(keeper, clock, 2 * DAY)
        np.testing.assert_array_equal(self.known(keeper)[: len(before) - 1], before[:-1])
        assert self.known(keeper)[-1] > 1.5 * before[-1]


def test_one_dead_symbol_starves_nobody(database: Database, clock: Clock) -> None:
    feed = Feed(clock, "yahoo", "RUT", "SPX", "PSCU", "XLB", BTC)
    unknown = FeedError("Yahoo does not know the symbol PSCU (HTTP 404).")
    feed.fault = {"PSCU": unknown}.get
    keeper = Keeper(database, (feed,), clock)
    run(keeper, clock, 8 * DAY)
    with database.reading() as db:
        found, (source,) = newest(db), health(db)
    assert found.keys() == {"RUT", "SPX", "XLB", BTC}
    assert found["XLB"] == dt.date(2026, 7, 2)
    assert found[BTC] == dt.date(2026, 7, 3)
    assert any(str(unknown) in text for text in keeper.snapshot().problems), "it is said"
    assert source.open_until is None


def test_a_harvest_that_cannot_be_stored_is_a_failure_of_its_task(
    database: Database, clock: Clock
) -> None:
    feed = Feed(clock, "yahoo", "RUT", "SPX", BTC)
    broken = history("SPX", START)
    broken = replace(broken, withheld=(Withheld("SPX", None, 1.0, "no date"),))  # type: ignore[arg-type]
    feed.fault = {"SPX": broken}.get
    keeper = Keeper(database, (feed,), clock)
    assert keeper.refresh() == 2
    with database.reading() as db:
        errors = {task.task: task.error for task in health(db)[0].tasks if task.error}
    assert list(errors) == ["yahoo/SPX"]
    assert "unexpected fault" in errors["yahoo/SPX"]


def test_trouble_of_the_store_is_told_as_such(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr("bot.keeper.put", full)
    with pytest.raises(StoreError, match="disk is full"):
        Keeper(database, (Feed(clock, "yahoo", "RUT"),), clock).refresh()


def test_problems_are_failures_or_remarks(database: Database, clock: Clock) -> None:
    feed = Feed(clock, "yahoo", "RUT", "SPX", BTC)
    doubt = Withheld("SPX", dt.date(2026, 6, 26), 1.0, "a wrong unit")
    told = {
        "SPX": Harvest((), problems=("A wrong unit.",), withheld=(doubt,)),
        "RUT": replace(history("RUT", START), problems=("The clock is off.",)),
    }
    feed.fault = told.get
    keeper = Keeper(database, (feed, Feed(clock, "cboe", "SPX")), clock)
    keeper.refresh()
    with database.reading() as db:
        tasks = {task.task: task for source in health(db) for task in source.tasks}
        assert withheld(db) == (doubt,)
    assert tasks["yahoo/SPX"].error == "A wrong unit."
    assert not tasks["yahoo/SPX"].complete
    assert tasks["yahoo/RUT"].complete
    problems = keeper.snapshot().problems
    assert "The clock is off." in problems
    assert any("A wrong unit." in text for text in problems)
    told.clear()
    clock.time += 4 * DAY
    keeper.refresh()
    assert keeper.snapshot().problems == ()


def test_lists_are_read_once_a_refresh(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(db: object) -> None:
        for n in range(400):
            day = START.date() - n * DAY
            coins = (f"coin:new-{n // 100}", "coin:old")
            append_listing(db, Listing(day, coins, START - n * DAY), START)

    database.write(fill).result()
    read = []

    def counted(db: object, since: dt.date | None = None) -> tuple[Listing, ...]:
        read.append(since)
        return listings(db, since)

    monkeypatch.setattr("bot.keeper.listings", counted)
    keeper = Keeper(database, (), clock)
    assert keeper.coins() == ("coin:new-0", "coin:old", "coin:new-1")
    for _ in range(5):
        assert len(keeper.coins()) == 3
    assert len(read) == 1
    with database.reading() as db:
        assert len(listings(db, START.date() - 9 * DAY)) == 10
        assert len(listings(db, START.date() + 9 * DAY)) == 1, "the newest in any case"
        assert len(listings(db)) == 400


# --- folders and stores --------------------------------------------------------------------------


def folder(path: Path, last: str) -> Path:
    days = np.arange(np.datetime64("2025-01-01"), np.datetime64(last) + 1)
    for name, dates in {"RUT": days[np.isin(days, sessions())], "BTC": days}.items():
        rows = "".join(f"{day},{1000 + n}\n" for n, day in enumerate(dates))
        (path / f"{name}.csv").write_text(f"date,close\n{rows}")
    return path


class TestADecisionThatIsNotTaken:
    """At noon of the 22nd the newest decision is that for the 21st, whatever a folder holds."""

    NOON = dt.datetime(2026, 6, 22, 12, tzinfo=dt.UTC)

    def test_of_a_folder(self, tmp_path: Path) -> None:
        with time_machine.travel(self.NOON, tick=False):
            found = app.snapshot(folder(tmp_path, "2026-06-22")).timeline
            assert found.last == dt.date(2026, 6, 21)
            closes = found.metrics["btc_close"]
            assert str(closes.date[-1]) == "2026-06-21"
            for day in ("2026-06-22", "2030-01-01", "2024-01-01"):
                with pytest.raises(FeedError, match="from 2025-01-02 to 2026-06-21"):
                    app.snapshot(tmp_path, dt.date.fromisoformat(day))
            assert app.snapshot(tmp_path, dt.date(2026, 6, 20)).timeline.last.day == 20

    def test_before_it_is_taken(self, tmp_path: Path) -> None:
        with time_machine.travel(self.NOON.replace(hour=0, minute=14), tick=False):
            assert app.snapshot(folder(tmp_path, "2026-06-22")).timeline.last.day == 20

    def test_of_a_store(self, tmp_path: Path, clock: Clock) -> None:
        settings = Settings(_env_file=None, SPILLOVER_STORE=tmp_path / "spillover.db")
        clock.time = self.NOON.replace(tzinfo=None)
        with Database(settings.store) as database:
            Keeper(database, (Feed(clock, "yahoo", "RUT", "SPX", BTC),), clock).refresh()
        with time_machine.travel(self.NOON, tick=False):
            assert app.store_snapshot(settings).timeline.last == dt.date(2026, 6, 21)
            assert app.store_snapshot(settings, dt.date(2026, 6, 21)).timeline.last.day == 21
            for day in ("2026-06-22", "2030-01-01", "2020-01-01"):
                with pytest.raises(FeedError, match="from 2024-01-02 to 2026-06-21"):
                    app.store_snapshot(settings, dt.date.fromisoformat(day))


def test_the_coins_of_a_list_that_came_late_count_from_their_releases(
    database: Database, clock: Clock
) -> None:
    coin = "coin:late"
    core, coins = Feed(clock, "yahoo", "RUT", "SPX", BTC), Feed(clock, "gecko", "BTC_CAP")
    coins.fault = lambda _: (
        FeedError("Busy.", retry=True, after=60.0) if clock.time < START + DAY else None
    )
    keeper = Keeper(database, (core, coins), clock)
    run(keeper, clock, DAY)
    with database.reading() as db:
        since = live_since(db)
        assert since is not None
        assert FIRST_COINS in awaited(db)
    coins.series = ("BTC_CAP", coin)
    today = clock.time.date()
    database.write(
        lambda db: append_listing(db, Listing(today, (coin,), clock.time), clock.time)
    ).result()
    run(keeper, clock, DAY)
    with database.reading() as db:
        (found,) = (item for item in load(db) if item.series == coin)
    old = found.released_at <= np.datetime64(since)
    assert old.sum() > 500
    assert (found.fetched_at[old] == found.released_at[old]).all()


def test_a_source_of_many_parts_that_is_down_does_not_keep_the_store_from_going_live(
    database: Database, clock: Clock
) -> None:
    parts = ("WALCL", "TGA", "RRP", "BAA10Y", "NFCI", "SOFR", "IORB", "DGS10")
    core, fred = Feed(clock, "yahoo", "RUT", "SPX", BTC), Feed(clock, "fred", *parts)
    fred.fault = lambda _: FeedError("Out of order.", retry=True)
    run(Keeper(database, (core, fred), clock), clock, DAY / 2)
    with database.reading() as db:
        assert live_since(db) is not None
        assert awaited(db) >= set(parts)


def test_nobody_is_asked_for_what_the_store_refuses_to_keep(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    core = Feed(clock, "yahoo", "RUT", "SPX", BTC)
    core.fault = asked.append
    keeper = Keeper(database, (core,), clock)

    def full(_work: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(keeper, "_enrol", lambda: None)
    monkeypatch.setattr(database, "write", full)
    for _ in range(12):
        with pytest.raises(StoreError):
            keeper.refresh()
        clock.time += MINUTES
    assert len(asked) == 4, "once in a quarter of an hour"


def test_a_part_that_a_source_has_no_more_is_no_problem_any_more(
    database: Database, clock: Clock
) -> None:
    core = Feed(clock, "yahoo", "RUT", "SPX", BTC, "HYG")
    core.fault = lambda series: FeedError("Unknown symbol.") if series == "HYG" else None
    keeper = Keeper(database, (core,), clock)
    run(keeper, clock, DAY)
    assert any("Unknown symbol" in text for text in keeper.snapshot().problems)
    core.series = ("RUT", "SPX", BTC)
    run(keeper, clock, DAY)
    assert not any("Unknown symbol" in text for text in keeper.snapshot().problems)
