"""What is stored of what a source says: examples, and a plain model that must agree."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.inputs import Listing, Withheld
from storage.database import Database
from storage.errors import StoreError
from storage.listings import append_listing, listings
from storage.live import go_live, live_since
from storage.observations import AppendResult, append, load, newest
from storage.withheld import MOST, withheld, withhold
from tests.storage.said import START, Row, at, readings, said, tell, told


def live(database: Database, now: float) -> None:
    database.write(lambda db: go_live(db, at(now))).result()


def test_history_keeps_the_time_of_its_release(database: Database):
    history = [(0, 1.0, 1, 300), (1, 2.0, 2, 300), (2, 3.0, 3, 300)]
    assert tell(database, 300, said(history)) == AppendResult(new=3)
    assert readings(database) == history


def test_the_same_again_is_not_stored_again(database: Database):
    rows = [(0, 1.0, 1, 1), (1, 2.0, 2, 2)]
    tell(database, 2, said(rows))
    again = [(day, value * (1 + 1e-14), released, 9) for day, value, released, _ in rows]
    assert tell(database, 9, said(again)) == AppendResult(same=2)
    assert readings(database) == rows


def test_a_silent_change_is_known_from_its_arrival(database: Database):
    tell(database, 2, said([(0, 1.0, 1, 2)]))
    assert tell(database, 9.5, said([(0, 1.5, 1, 9)])) == AppendResult(revised=1)
    assert readings(database) == [(0, 1.0, 1, 2), (0, 1.5, 9.5, 9.5)]
    assert tell(database, 12, said([(0, 1.0, 1, 12)])) == AppendResult(revised=1), "and back"
    assert readings(database)[-1] == (0, 1.0, 12, 12)


def test_silent_changes_keep_their_order_when_the_clock_steps_back(database: Database):
    tell(database, 2, said([(0, 1.0, 1, 2)]))
    tell(database, 9.5, said([(0, 1.5, 1, 9.5)]))
    tell(database, 9.25, said([(0, 1.6, 1, 9.25)]))
    assert readings(database) == [(0, 1.0, 1, 2), (0, 1.5, 9.5, 9.5), (0, 1.6, 9.5, 9.5)]


def test_a_vintage_keeps_the_time_of_its_release(database: Database):
    story = [(0, 1.0, 1, 300), (0, 1.5, 8, 300), (0, 1.0, 15, 300)]
    assert tell(database, 300, said(story)) == AppendResult(new=1, revised=2)
    assert readings(database) == story
    assert tell(database, 301, said(story)) == AppendResult(same=3), "told again it is no news"
    assert tell(database, 302, said([*story, (0, 2.0, 22, 302)])).revised == 1
    assert readings(database)[-1] == (0, 2.0, 22, 302)


def test_entries_may_come_in_any_order(database: Database):
    story = [(0, 1.0, 1, 300), (0, 1.5, 8, 300), (1, 7.0, 2, 300)]
    tell(database, 300, said(story[::-1]))
    assert readings(database) == story


def test_once_live_nothing_is_known_before_it_arrived(database: Database):
    tell(database, 10, said([(0, 1.0, 1, 10)]))
    live(database, 10)
    tell(database, 20.5, said([(1, 2.0, 2, 20)]))
    tell(database, 30, said([(2, 3.0, 3, 3)]), said([(0, 9.0, 1, 1)], source="RUT.csv"))
    assert readings(database) == [(0, 1.0, 1, 10), (1, 2.0, 2, 20.5), (2, 3.0, 3, 30)]
    assert told(database)[0].source == "yahoo"
    assert len(told(database)) == 1, "the file has nothing to say of a date that is known"


def test_live_counts_once_and_lasts(path: Path):
    with Database(path) as database:
        with database.reading() as db:
            assert live_since(db) is None
        assert database.write(lambda db: go_live(db, at(5))).result() == at(5)
        assert database.write(lambda db: go_live(db, at(9))).result() == at(5)
    with Database(path) as database, database.reading() as db:
        assert live_since(db) == at(5)


def test_instants_with_a_zone_are_understood(database: Database):
    berlin = dt.timezone(dt.timedelta(hours=1))
    moment = dt.datetime(2024, 1, 6, 1, 0, tzinfo=berlin)
    assert database.write(lambda db: go_live(db, moment)).result() == at(5)


def test_a_clock_behind_the_live_store_is_refused(database: Database):
    live(database, 10)
    with pytest.raises(StoreError, match=r"clock says 2024-01-02.*live since 2024-01-11"):
        tell(database, 1, said([(0, 1.0, 1, 1)]))
    assert told(database) == ()


@pytest.mark.parametrize("is_live", [False, True])
def test_a_clock_that_ran_ahead_heals(database: Database, is_live: bool):
    if is_live:
        live(database, 0)
    tell(database, 4000, said([(0, 1.0, 1, 4000)]))
    assert tell(database, 2, said([(0, 1.0, 1, 2)])).revised == 1
    assert readings(database)[-1] == (0, 1.0, 1, 2)
    assert tell(database, 3, said([(0, 1.0, 1, 3)])).same == 1


def test_gaps_are_no_observations(database: Database):
    rows = [(0, float("nan"), 1, 1), (1, 2.0, 2, 2)]
    assert tell(database, 2, said(rows), said(rows[:1], "SPX"), said([], "IWM")).new == 1
    assert [item.series for item in told(database)] == ["RUT"]


def test_an_unfinished_bar_is_no_observation(database: Database):
    tell(database, 0.7, said([(0, 1.0, 1, 0.7)]))
    assert told(database) == ()
    tell(database, 1.2, said([(0, 1.0, 1, 0.9), (1, 1.5, 2, 1.2), (0, 1.0, 1, 1.2)]))
    assert readings(database) == [(0, 1.0, 1, 1.2)]


def test_an_entry_without_an_instant_is_a_fault_of_the_feed(database: Database):
    item = said([(0, 1.0, 1, 1)])
    broken = dataclasses.replace(item, released_at=np.array(["NaT"], "datetime64[us]"))
    with pytest.raises(ValueError, match="RUT of yahoo"):
        tell(database, 1, said([(0, 1.0, 1, 1)], "SPX"), broken)
    assert told(database) == (), "the whole batch is undone"


def test_a_caveat_is_kept_until_another_replaces_it(database: Database):
    for caveat, stands in (("week average", "week average"), ("", "week average"), ("x", "x")):
        tell(database, 2, said([(0, 1.0, 1, 1)], caveat=caveat))
        assert told(database)[0].caveat == stands


def test_the_newest_dates(database: Database):
    tell(
        database, 9,
        said([(0, 1.0, 1, 1), (4, 1.0, 5, 5)]),
        said([(6, 1.0, 7, 7)], source="cboe"),
        said([(2, 1.0, 3, 3)], "NFCI", "fred"),
    )  # fmt: skip
    with database.reading() as db:
        assert newest(db) == {"RUT": at(6).date(), "NFCI": at(2).date()}
        assert newest(db, "yahoo") == {"RUT": at(4).date()}
        assert newest(db, "nobody") == {}


def test_microseconds_and_old_dates_come_back(database: Database):
    item = said([(-9000.25, -1.5, -8999.000000123, 0.000001)])
    tell(database, 1, item)
    (found,) = told(database)
    for column in ("date", "value", "released_at", "fetched_at"):
        mine, its = getattr(item, column), getattr(found, column)
        assert mine.dtype == its.dtype
        assert mine.tolist() == its.tolist()


# --- several sources ---------------------------------------------------------------------


def by_source(database: Database, *prefer: str) -> dict[str, list[tuple[int, float]]]:
    with database.reading() as db:
        found = load(db, prefer)
    assert [item.source for item in found] == list(dict.fromkeys(item.source for item in found))
    return {
        item.source: [
            ((day - START.date()).days, value)
            for day, value in zip(item.date.tolist(), item.value.tolist(), strict=True)
        ]
        for item in found
    }


def test_a_second_source_fills_holes_of_the_first(database: Database):
    tell(database, 9, said([(0, 1.0, 1, 9), (2, 3.0, 3, 9)], source="yahoo"))
    second = [(day, day + 1.1, day + 1, 9) for day in range(4)]
    tell(database, 9, said(second, source="cboe"))
    assert by_source(database) == {"cboe": [(1, 2.1), (3, 4.1)], "yahoo": [(0, 1.0), (2, 3.0)]}
    assert list(by_source(database)) == ["cboe", "yahoo"], "the best comes last, as Market wants"
    assert by_source(database, "cboe") == {"cboe": [(r[0], r[1]) for r in second]}
    assert by_source(database, "yahoo", "cboe") == by_source(database)


def test_whoever_was_there_counts_until_the_better_one_speaks(database: Database):
    live(database, 0)
    tell(database, 1.01, said([(0, 1.1, 1, 1.01)], source="cboe"))
    tell(database, 3.01, said([(0, 1.0, 1, 3.01)], source="yahoo"))
    tell(database, 4.01, said([(0, 1.2, 1, 4.01)], source="cboe"))
    assert by_source(database, "yahoo") == {"cboe": [(0, 1.1)], "yahoo": [(0, 1.0)]}


def test_in_the_first_backfill_it_does_not_matter_who_came_first(database: Database):
    tell(database, 7, said([(0, 1.1, 1, 7), (1, 2.1, 2, 7)], source="cboe"))
    tell(database, 9, said([(0, 1.0, 1, 9)], source="yahoo"))
    expected = {"cboe": [(1, 2.1)], "yahoo": [(0, 1.0)]}
    assert by_source(database, "yahoo") == expected
    live(database, 10)
    assert by_source(database, "yahoo") == expected


def test_both_in_time_for_one_decision_the_better_alone_counts(database: Database):
    live(database, 0)
    tell(database, 1.001, said([(0, 1.1, 1, 1.001)], source="cboe"))
    tell(database, 1.005, said([(0, 1.0, 1, 1.005)], source="yahoo"))
    assert by_source(database, "yahoo") == {"yahoo": [(0, 1.0)]}


# --- against a model ---------------------------------------------------------------------

INSTANTS = st.integers(0, 12)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from([1.0, 2.0, 3.0, float("nan")]), INSTANTS, INSTANTS
    ),
    max_size=6,
)
BATCHES = st.lists(
    st.tuples(
        st.integers(0, 3), ROWS, st.sampled_from(["RUT", "NFCI"]), st.sampled_from(["a", "b"])
    ),
    max_size=8,
)
Key = tuple[str, str, float]


class Model:
    """The rules once more, without a database: a dict of lists."""

    def __init__(self) -> None:
        self.said: dict[Key, list[tuple[float, float, float]]] = {}
        self.live = False

    def tell(self, now: float, rows: Sequence[Row], series: str, source: str) -> AppendResult:
        result = AppendResult()
        for day in sorted({row[0] for row in rows}):
            mine = [row for row in rows if row[0] == day and row[1] == row[1] and row[3] >= row[2]]
            mine.sort(key=lambda row: row[2])
            for place, (_, value, released, fetched) in enumerate(mine):
                last_of_batch = place == len(mine) - 1
                result += self.hear(
                    (series, source, day), value, released, fetched, now, last_of_batch
                )
        return result

    def hear(self, key: Key, value, released, fetched, now, last_of_batch) -> AppendResult:
        story = self.said.setdefault(key, [])
        arrival = max(fetched, now)
        if not story:
            story.append((value, released, arrival if self.live else fetched))
            return AppendResult(new=1)
        before, its_release, its_fetch = story[-1]
        if its_fetch > now + 1:
            story.append((value, released, arrival if self.live else fetched))
            return AppendResult(revised=1)
        if value == before:
            return AppendResult(same=1)
        if released > its_release:
            story.append((value, released, arrival if self.live else fetched))
            return AppendResult(revised=1)
        if last_of_batch:
            arrival = max(its_release, arrival)
            story.append((value, arrival, arrival))
            return AppendResult(revised=1)
        return AppendResult(same=1)

    def rows(self) -> dict[Key, list[tuple[float, float, float]]]:
        return {key: story for key, story in self.said.items() if story}


def stored(database: Database) -> dict[Key, list[tuple[float, float, float]]]:
    """Every row, whatever counts of it."""
    found: dict[Key, list[tuple[float, float, float]]] = {}
    day = dt.timedelta(days=1)
    with database.reading() as db:
        for series, source, date, value, released, fetched in db.execute(
            """SELECT series, source, date, value, released_at, fetched_at
            FROM observations JOIN origins ON origin = id ORDER BY date, nth"""
        ):
            zero = (START - dt.datetime(1970, 1, 1)) / day
            row = (value, released / 864e8 - zero, fetched / 864e8 - zero)
            found.setdefault((series, source, date - zero), []).append(row)
    return found


@settings(max_examples=80, deadline=None)
@given(BATCHES, st.integers(0, 8))
def test_the_store_agrees_with_a_dict(tmp_path_factory, batches, goes_live_at: int):
    model, now = Model(), 0
    path = tmp_path_factory.mktemp("model") / "store.db"
    with Database(path) as database:
        for number, (pause, rows, series, source) in enumerate(batches):
            now += pause
            if number == goes_live_at:
                live(database, now)
                model.live = True
            result = tell(database, now, said(rows, series, source))
            assert result == model.tell(now, rows, series, source)
            assert stored(database) == model.rows()
    with Database(path) as database:
        assert stored(database) == model.rows()


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(0, 30), st.floats(1, 9), min_size=1, max_size=12).flatmap(
        lambda values: st.permutations(sorted(values.items()))
    ),
    st.lists(st.integers(0, 12), max_size=3),
)
def test_history_in_any_order_and_any_batches_is_one_history(tmp_path_factory, items, cuts):
    rows = [(day, value, day + 1, 40) for day, value in items]
    edges = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    path = tmp_path_factory.mktemp("order") / "store.db"
    with Database(path) as database:
        for start, stop in pairwise(edges):
            tell(database, 40, said(rows[start:stop]))
        assert readings(database) == sorted(rows)


# --- lists and withheld values -----------------------------------------------------------


def test_lists_are_stored_once_a_date(path: Path):
    first = Listing(at(0).date(), ("coin:ethereum", "coin:solana"), at(1))
    other = Listing(at(0).date(), ("coin:solana",), at(1))
    second = Listing(at(30).date(), (), at(31))
    with Database(path) as database:

        def keep(listing: Listing, now: float) -> bool:
            return database.write(lambda db: append_listing(db, listing, at(now))).result()

        assert [keep(second, 40), keep(first, 40), keep(other, 40)] == [True, True, False]
        live(database, 40)
        late = Listing(at(60).date(), ("coin:solana",), at(61))
        assert keep(late, 99)
    with Database(path) as database, database.reading() as db:
        assert listings(db) == (first, second, dataclasses.replace(late, known=at(99)))


def test_withheld_values_are_kept_newest_first_and_bounded(database: Database):
    def note(items: list[Withheld], now: float) -> None:
        database.write(lambda db: withhold(db, items, at(now))).result()

    note([Withheld("RUT", at(day).date(), day, "odd") for day in range(MOST + 20)], 1)
    again = Withheld("RUT", at(3).date(), 7.0, "odder")
    note([again, Withheld("BTC", at(5).date(), float("nan"), "not a number")], 2)
    with database.reading() as db:
        found = withheld(db)
        recent = withheld(db, at(2))
    assert len(found) == MOST
    assert found[0].date == at(MOST + 19).date()
    assert found[-1] == again
    assert [item.reason for item in recent] == ["not a number", "odder"]
    assert np.isnan(recent[0].value)


def test_append_may_share_a_transaction(database: Database):
    def half(db):
        append(db, [said([(0, 1.0, 1, 1)])], at(1))
        go_live(db, at(1))
        raise KeyError("the rest went wrong")

    with pytest.raises(KeyError):
        database.write(half).result()
    assert told(database) == ()
    with database.reading() as db:
        assert live_since(db) is None
