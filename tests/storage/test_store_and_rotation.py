"""What the core computes from the store is what it computes from memory, for ever."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.files import read_folder
from rotation.inputs import BTC, Observations, decided_at
from rotation.market import Market, Track
from rotation.timeline import Timeline
from storage.database import Database
from storage.listings import append_listing, listings
from storage.live import go_live, live_since
from storage.observations import KEPT_REVISIONS, append, load, prune
from tests.rotation.made_markets import LIVE, Raw, made, market
from tests.storage.said import START, at, only, said, tell

SERIES = ("RUT", "NFCI", "BAA10Y", "IORB")
FIRST, LAST = np.datetime64(START.date()) - 5, np.datetime64(START.date()) + 400


def market_of(database: Database, first=FIRST, last=LAST, prefer=("a", "b")) -> Market:
    with database.reading() as db:
        since = live_since(db)
        return Market(
            load(db, prefer),
            listings(db),
            first=first,
            last=last,
            live_since=None if since is None else np.datetime64(since, "us"),
        )


def same_tracks(left: Track, right: Track) -> bool:
    names = ("start", "date", "value", "released", "known")
    return len(left.epochs) == len(right.epochs) and all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in zip(left.epochs, right.epochs, strict=True)
        for name in names
    )


def known_on(track: Track, day: np.datetime64) -> list[tuple[object, ...]]:
    """The vector that a decision saw."""
    epoch = track.as_known(day)
    seen = epoch.known <= day
    columns = (epoch.date, epoch.value, epoch.released)
    return list(zip(*(column[seen].tolist() for column in columns), strict=True))


# --- the store against memory ------------------------------------------------------------


@st.composite
def histories(draw) -> list[tuple[str, list[tuple[float, float, float, float]]]]:
    """Series as sources serve them: each date once or revised later, fetched in time or late."""
    found = []
    for series in draw(st.lists(st.sampled_from(SERIES), unique=True, min_size=1)):
        rows = []
        for day in draw(st.lists(st.integers(0, 25), unique=True, max_size=10)):
            released, fetched, value = day + 1.0, 0.0, 100.0 + day
            for _ in range(draw(st.integers(1, 3))):
                fetched = max(fetched + 0.001, released + draw(st.sampled_from([0.005, 0.5, 4])))
                rows.append((day, value / (1 if series == "RUT" else 20), released, fetched))
                released += draw(st.sampled_from([0.25, 1, 6]))
                value += draw(st.sampled_from([-1.0, 0.5, 60.0]))
        if rows:
            found.append((series, sorted(rows, key=lambda row: row[3])))
    return found


@settings(max_examples=60, deadline=None)
@given(histories(), st.sampled_from([None, 0.0, 8.0, 99.0]))
def test_revisions_and_late_fetches_as_in_memory(tmp_path_factory, histories, live):
    everything = [said(rows, series) for series, rows in histories]
    arrivals = sorted({row[3] for _, rows in histories for row in rows})
    path = tmp_path_factory.mktemp("memory") / "store.db"
    with Database(path) as database:
        is_live = False
        for now in arrivals:
            if live is not None and now > live and not is_live:
                is_live = database.write(lambda db: go_live(db, at(live))).result() is not None
            came = [only(x, x.fetched_at == np.datetime64(at(now), "us")) for x in everything]
            tell(database, now, *came)
        if live is not None and not is_live:
            database.write(lambda db: go_live(db, at(live))).result()
        stored = market_of(database)
    since = None if live is None else np.datetime64(at(live), "us")
    memory = Market(everything, first=FIRST, last=LAST, live_since=since)
    for series, _ in histories:
        assert same_tracks(stored.track(series), memory.track(series))
    assert set(stored.withheld) == set(memory.withheld)


def test_a_large_made_market_as_in_memory(tmp_path: Path):
    raw = made(7)
    raw = Raw(tuple(map(in_order, raw.observations)), raw.listings, raw.live_since)
    live: dt.datetime = LIVE.item()
    with Database(tmp_path / "store.db") as database:

        def bring(begin: np.datetime64, end: np.datetime64, now: dt.datetime) -> None:
            came = ((x, (x.fetched_at > begin) & (x.fetched_at <= end)) for x in raw.observations)
            parts = [only(item, keep) for item, keep in came]
            database.write(lambda db: append(db, parts, now)).result()

        bring(np.datetime64("1900-01-01"), LIVE, live)
        for listing in raw.listings:
            database.write(lambda db, item=listing: append_listing(db, item, live)).result()
        database.write(lambda db: go_live(db, live)).result()
        edges = np.arange(LIVE, np.datetime64("2024-06-01"), np.timedelta64(20, "D"))
        for begin, end in pairwise(edges):
            bring(begin, end, begin.item())
        stored = market_of(database, np.datetime64("2021-06-01"), np.datetime64("2024-03-01"))
    memory = market(raw, stored.days[0], stored.days[-1])
    assert stored.listings == memory.listings
    assert len({item.series for item in raw.observations}) > 70
    for item in raw.observations:
        assert same_tracks(stored.track(item.series), memory.track(item.series)), item.series
    pd.testing.assert_frame_equal(Timeline.of(stored).frame(), Timeline.of(memory).frame())


def in_order(item: Observations) -> Observations:
    """A revision is never seen before what it revises."""
    order = np.lexsort((item.released_at, item.date))
    fetched, date = item.fetched_at.copy(), item.date
    for before, after in pairwise(order):
        if date[before] == date[after] and fetched[after] <= fetched[before] > LIVE:
            fetched[after] = fetched[before] + 1
    return replace(item, fetched_at=fetched)


# --- past decisions stay -----------------------------------------------------------------

WORDS = st.lists(
    st.tuples(
        st.floats(0.05, 9),
        st.sampled_from(["RUT", "NFCI"]),
        st.sampled_from(["a", "b", "c"]),
        st.lists(
            st.tuples(st.integers(0, 40), st.sampled_from([1.0, 1.1, 1.2, 2.9]),
                      st.sampled_from([0.0, 0.0, 0.0, 5.0]), st.integers(-60, 5)),
            min_size=1, max_size=5,
        ),
    ),
    min_size=2, max_size=10,
)  # fmt: skip


def speak(database: Database, now: float, series: str, source: str, words) -> None:
    """Rows as (date, value, delay of release, days since the fetch, as the source claims)."""
    scale = 100 if series == "RUT" else 1
    rows = [
        (day, value * scale, day + 1 + delay, max(day + 1, now + ago))
        for day, value, delay, ago in words
    ]
    tell(database, now, said(rows, series, source))


@settings(max_examples=60, deadline=None)
@given(WORDS, st.integers(0, 4))
def test_nothing_that_arrives_after_going_live_changes_an_earlier_decision(
    tmp_path_factory, words, history
):
    path = tmp_path_factory.mktemp("past") / "store.db"
    now = 20.0
    with Database(path) as database:
        for _, series, source, rows in words[:history]:
            speak(database, now, series, source, rows)
        database.write(lambda db: go_live(db, at(now))).result()
        for pause, series, source, rows in words[history:]:
            now += pause
            before = market_of(database)
            speak(database, now, series, source, rows)
            after = market_of(database)
            past = before.days[decided_at(before.days) < np.datetime64(at(now), "us")]
            for name in ("RUT", "NFCI"):
                for day in past[::3]:
                    assert known_on(before.track(name), day) == known_on(after.track(name), day)


def test_a_value_fetched_late_does_not_change_the_day_that_lacked_it(tmp_path: Path):
    """The same in one example: Friday's close comes on Monday."""
    with Database(tmp_path / "store.db") as database:
        tell(database, 3.2, said([(1, 100.0, 1.9, 3.2), (2, 101.0, 2.9, 3.2)], source="a"))
        database.write(lambda db: go_live(db, at(3.2))).result()
        day = np.datetime64(START.date())
        before = market_of(database).track("RUT").daily()
        tell(database, 7.4, said([(3, 102.0, 3.9, 7.4)], source="a"))
        after = market_of(database).track("RUT").daily()
        rows = [int((day + n - FIRST).astype(int)) for n in (2, 3, 6, 7)]
        assert before.value[rows].tolist() == [101, 101, 101, 101]
        assert after.value[rows].tolist() == [101, 101, 101, 102]


# --- pruning -----------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(WORDS, st.integers(0, 4), st.integers(0, 200))
def test_pruning_leaves_the_decisions_of_13_weeks_as_they_were(
    tmp_path_factory, words, history, wait
):
    path = tmp_path_factory.mktemp("prune") / "store.db"
    now = 20.0
    with Database(path) as database:
        for number, (pause, series, source, rows) in enumerate(words):
            if number == history:
                database.write(lambda db, at_=now: go_live(db, at(at_))).result()
            now += pause * 4
            speak(database, now, series, source, rows)
        now += wait
        cutoff = np.datetime64(at(now) - KEPT_REVISIONS, "us")
        before = market_of(database)
        rut = load_rows(database, "RUT")
        database.write(lambda db: prune(db, at(now))).result()
        assert load_rows(database, "RUT") == rut, "only what is re-estimated is pruned"
        after = market_of(database)
        for day in before.days[::7]:
            seen, now_seen = (known_on(m.track("NFCI"), day) for m in (before, after))
            if decided_at(day) >= cutoff:
                assert seen == now_seen
            else:
                assert [row[0] for row in seen] == [row[0] for row in now_seen], "no date is lost"
        assert not database.write(lambda db: prune(db, at(now))).result()


def load_rows(database: Database, series: str) -> list[tuple[object, ...]]:
    with database.reading() as db:
        return db.execute(
            """SELECT observations.* FROM observations JOIN origins ON id = origin
            WHERE series = ? ORDER BY origin, date, nth""",
            [series],
        ).fetchall()


def test_an_estimate_that_came_late_does_not_oust_the_one_in_force(tmp_path: Path):
    """The third was public in time, but here it was known only within the 13 weeks."""
    story = [(0, 1.0, 1, 1.2), (0, 1.1, 8, 8.2), (0, 1.2, 15, 120)]
    with Database(tmp_path / "store.db") as database:
        database.write(lambda db: go_live(db, at(0))).result()
        for row in story:
            tell(database, row[3], said([row], "NFCI"))
        assert database.write(lambda db: prune(db, at(150))).result() == 0
        day = np.datetime64(at(100).date())
        assert [row[1] for row in known_on(market_of(database).track("NFCI"), day)] == [1.1]
        assert database.write(lambda db: prune(db, at(220))).result() == 1


def test_a_year_of_weekly_estimates_keeps_thirteen(tmp_path: Path):
    with Database(tmp_path / "store.db") as database:
        for week in range(52):
            rows = [(7 * n, n + week / 100, 7 * n + 5, 7 * week + 5) for n in range(week + 1)]
            tell(database, 7 * week + 5, said(rows, "NFCI", "fred"))
        weeks = 52 * 53 // 2
        assert len(load_rows(database, "NFCI")) == weeks
        dropped = database.write(lambda db: prune(db, at(7 * 52))).result()
        left = load_rows(database, "NFCI")
        assert dropped == weeks - len(left)
        assert len(left) < 52 * 2 + 52 * 14
        assert {row[2] for row in left if row[1] == left[0][1]} == {0, *range(38, 52)}
        assert all(isinstance(row[3], float) for row in left)


# --- real data ---------------------------------------------------------------------------


def test_the_folder_of_real_data_through_the_store(market_data: Path, tmp_path: Path):
    harvest = read_folder(market_data)
    now = dt.datetime(2100, 1, 1)
    with Database(tmp_path / "store.db") as database:
        result = database.write(lambda db: append(db, harvest.observations, now)).result()
        assert result.new == sum(len(item.date) for item in harvest.observations)
        for listing in harvest.listings:
            database.write(lambda db, item=listing: append_listing(db, item, now)).result()
        rut = next(item for item in harvest.observations if item.series == "RUT")
        bitcoin = next(item for item in harvest.observations if item.series == BTC)
        first, last = rut.date.min(), max(rut.date.max(), bitcoin.date.max())
        database.write(lambda db: go_live(db, now)).result()
        stored = market_of(database, first, last)
    direct = Timeline.of(Market(harvest.observations, harvest.listings, first=first, last=last))
    timeline = Timeline.of(stored)
    pd.testing.assert_frame_equal(timeline.frame(), direct.frame())
    assert timeline.caveats == direct.caveats
    assert timeline.withheld == direct.withheld


@pytest.mark.parametrize("moment", [START, dt.datetime(1999, 12, 31, 23, 59, 59, 999_999)])
def test_live_since_is_what_market_takes(tmp_path: Path, moment: dt.datetime):
    with Database(tmp_path / "store.db") as database:
        database.write(lambda db: go_live(db, moment)).result()
        with database.reading() as db:
            assert live_since(db) == moment
