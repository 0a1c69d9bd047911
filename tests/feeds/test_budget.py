"""What the sources cost, from their tasks and from what the stand-in counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from feeds.budget import (
    COINGECKO_A_MINUTE,
    MOST_A_DAY,
    MOST_BACKFILL,
    backfill_calls,
    budget,
    daily_calls,
    due_a_day,
)
from feeds.catalogue import ALL, FeedSettings
from feeds.coingecko import HISTORIES
from feeds.feed import Feed, Task
from feeds.gecko_client import PER_MINUTE_WITH_KEY
from tests.feeds.vendor_truth import NOW, YESTERDAY
from tests.servers.vendors import Vendors

WEEKLY = Task("a/b", "a", ("WALCL",), calls=7)
DAILY = Task("a/c", "a", ("WALCL", "RUT"), calls=2)


def tasks(feeds: dict[str, Feed]) -> list[Task]:
    return [task for feed in feeds.values() for task in feed.tasks()]


def test_how_often_a_task_is_due() -> None:
    assert due_a_day(WEEKLY) == 1 / 7
    assert due_a_day(DAILY) == 1
    assert daily_calls([WEEKLY, DAILY]) == 3


def test_all_limits_are_kept(feeds: dict[str, Feed]) -> None:
    found = budget(tasks(feeds))
    print(found)
    assert found.kept
    assert found.busiest_day <= MOST_A_DAY / 2  # as many again for values that come late
    assert found.backfill < MOST_BACKFILL
    assert PER_MINUTE_WITH_KEY <= COINGECKO_A_MINUTE


def test_the_same_with_a_full_list(settings: FeedSettings) -> None:
    """Once the coins are known their histories stand for themselves, and cost nothing a day."""
    coins = tuple(f"coin:c{number}" for number in range(200))
    empty = budget(task for feed in ALL(settings) for task in feed.tasks())
    listed = [t for feed in ALL(replace(settings, coins=lambda: coins)) for t in feed.tasks()]
    assert sum(task.calls == 0 for task in listed) == HISTORIES
    assert budget(listed) == empty
    kept = replace(settings, coins=lambda: coins, newest=lambda _: YESTERDAY)
    steady = [task for feed in ALL(kept) for task in feed.tasks()]
    assert all(task.calls for task in steady)
    assert budget(steady).busiest_day == empty.busiest_day


def test_first_backfill_as_counted(settings: FeedSettings, vendors: Vendors) -> None:
    """Everything from nothing, against the stand-in: no more than was promised."""
    feeds = ALL(settings)
    promised = backfill_calls(task for feed in feeds for task in feed.tasks())
    for feed in feeds:
        for task in feed.tasks():
            feed.fetch(task, None)
        for task in feed.tasks():
            if task.calls == 0:
                feed.fetch(task, None)
    cookies = sum(path == "/" for _, path in vendors.asked)
    assert vendors.calls.total() - cookies <= promised < MOST_BACKFILL


def test_a_day_as_counted(settings: FeedSettings, vendors: Vendors) -> None:
    """The day after: every task once, at its price."""
    feeds = ALL(replace(settings, newest=lambda _: YESTERDAY))
    for feed in feeds:
        for task in feed.tasks():
            vendors.asked.clear()
            feed.fetch(task, NOW.date() - dt.timedelta(days=14))
            asked = [path for _, path in vendors.asked if path not in {"/", "/v1/test/getcrumb"}]
            most = task.history_calls if feed.source == "yahoo" else task.calls
            assert len(asked) <= most, (task.id, asked)


def test_ids_and_series(feeds: dict[str, Feed]) -> None:
    found = tasks(feeds)
    assert len({task.id for task in found}) == len(found)
    for source, feed in feeds.items():
        assert feed.source == source
        assert feed.name
        for task in feed.tasks():
            assert task.source == source
            assert task.id.startswith(f"{source}/")
