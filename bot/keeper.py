"""Keeps the store fresh and makes snapshots of it. Everything here blocks: run it in a thread."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version

import numpy as np
from sqlite_utils import Database as Tables

from commands.snapshot import Snapshot
from feeds.catalogue import PREFERENCE
from feeds.feed import Feed, Harvest, Task
from feeds.refresh import Standing, refresh
from rotation.inputs import BTC, DECISION_OFFSET, Listing, Observations
from rotation.market import Market
from rotation.timeline import Timeline
from storage.database import Database
from storage.listings import append_listing, listings
from storage.live import go_live, live_since
from storage.observations import append, load, newest, prune
from storage.sources import SourceHealth, advance, enrol, failed, health, progress, succeeded
from storage.withheld import withheld, withhold

log = logging.getLogger(__name__)

TRIES_BEFORE_LIVE = 3
"""A task that has failed so often does not keep the store from going live."""
LISTS_IN_USE = dt.timedelta(days=120)
"""The altcoin season index takes lists that are 90 days old, with a month to spare."""
DEAD_AFTER = dt.timedelta(days=1)
CORE = ("RUT", "SPX", BTC)


class Keeper:
    """One store and its feeds. ``now`` gives naive UTC."""

    def __init__(
        self, database: Database, feeds: Sequence[Feed], now: Callable[[], dt.datetime]
    ) -> None:
        self._database = database
        self._now = now
        self.feeds: Sequence[Feed] = tuple(feeds)

    def refresh(self) -> int:
        """Fetch what is due into the store; returns how many tasks brought something."""
        self._enrol()
        done = refresh(self.feeds, self._standings(), self, self._now)
        self._go_live_if_complete()
        return done

    def snapshot(self) -> Snapshot | None:
        """The newest decision from the store; None while it has no index and no bitcoin."""
        with self._database.reading() as db:
            observations, lists = load(db, prefer=PREFERENCE), listings(db)
            since, sources, doubted = live_since(db), health(db), withheld(db)
        market = market_of(observations, lists, self._now(), since)
        if market is None:
            return None
        timeline = Timeline.of(market)
        names = {feed.source: feed.name for feed in self.feeds}
        return Snapshot(
            timeline,
            source="live",
            problems=tuple(_trouble(item, names) for item in sources if item.error),
            version=version("spillover"),
            sources=sources,
            names=names,
            made_at=self._now(),
            doubted=doubted,
        )

    def dead(self) -> dict[str, str]:
        """Sources that have failed for a day and longer: what a reader calls each, and why."""
        names = {feed.source: feed.name for feed in self.feeds}
        with self._database.reading() as db:
            sources = health(db)
        oldest = self._now() - DEAD_AFTER
        return {
            names[item.source]: item.error
            for item in sources
            if item.source in names
            and item.failures >= TRIES_BEFORE_LIVE
            and (item.succeeded_at is None or item.succeeded_at < oldest)
        }

    def progress(self) -> tuple[int, int]:
        """Tasks whose history is complete, and all tasks."""
        with self._database.reading() as db:
            found = progress(db)
        return found.complete, found.total

    def coins(self) -> tuple[str, ...]:
        """The coins to follow: those of the newest list first, then those of lists in use."""
        with self._database.reading() as db:
            lists = listings(db)
        oldest = (self._now() - LISTS_IN_USE).date()
        used = [item for item in lists if item.date >= oldest] or list(lists[-1:])
        return tuple(dict.fromkeys(coin for item in reversed(used) for coin in item.coins))

    def newest(self, series: str) -> dt.date | None:
        """The date of the newest value that the store has of a series."""
        with self._database.reading() as db:
            return newest(db).get(series)

    def prune(self) -> int:
        """Drop revisions that no decision of the last 13 weeks was taken on."""
        return self._database.write(lambda db: prune(db, self._now())).result()

    def stored(self, task: Task, harvest: Harvest, due_at: dt.datetime) -> None:
        """Sink of the refresh: observations, health and progress in one transaction."""
        now = self._now()

        def work(db: Tables) -> None:
            append(db, harvest.observations, now)
            for listing in harvest.listings:
                append_listing(db, listing, now)
            withhold(db, harvest.withheld, now)
            advance(db, task.id, None, complete=True)
            succeeded(db, task.id, now, due=due_at)

        self._database.write(work).result()

    def failed(
        self, task: Task, error: str, due_at: dt.datetime, open_until: dt.datetime | None
    ) -> None:
        """Sink of the refresh: what went wrong, and when to try again."""
        log.warning("%s: %s", task.id, error)
        now = self._now()
        self._database.write(
            lambda db: failed(db, task.id, now, error, due=due_at, open_until=open_until)
        ).result()

    def _enrol(self) -> None:
        def work(db: Tables) -> None:
            for feed in self.feeds:
                tasks = [task.id for task in feed.tasks()]
                enrol(db, feed.source, tasks, verified=feed.verified)

        self._database.write(work).result()

    def _standings(self) -> Mapping[str, Standing]:
        with self._database.reading() as db:
            sources = health(db)
            dates = {source.source: newest(db, source.source) for source in sources}
        return {
            task.task: Standing(
                dates[source.source],
                task.complete,
                task.failures,
                task.due_at,
                source.open_until,
            )
            for source in sources
            for task in source.tasks
        }

    def _go_live_if_complete(self) -> None:
        """From now on nothing is known before it arrives. Waits for the core series."""
        with self._database.reading() as db:
            if live_since(db) is not None:
                return
            sources, dates = health(db), newest(db)
        tried = all(
            task.complete or task.failures >= TRIES_BEFORE_LIVE
            for source in sources
            for task in source.tasks
        )
        if tried and all(series in dates for series in CORE):
            moment = self._now()
            self._database.write(lambda db: go_live(db, moment)).result()
            log.info("the history is filled in; live since %s UTC", moment)


def _trouble(source: SourceHealth, names: Mapping[str, str]) -> str:
    return f"{names.get(source.source, source.source)}: {source.error}"


def market_of(
    observations: Sequence[Observations],
    lists: Sequence[Listing],
    now: dt.datetime,
    since: dt.datetime | None,
) -> Market | None:
    """The market up to the newest decision before ``now``."""
    lead = [item for item in observations if item.series == "RUT"] or [
        item for item in observations if item.series == BTC
    ]
    last = (now - DECISION_OFFSET).date()
    if not lead:
        return None
    first = min(item.date.min() for item in lead)
    if first > np.datetime64(last):
        return None
    return Market(
        observations,
        lists,
        first=first,
        last=np.datetime64(last),
        live_since=None if since is None else np.datetime64(since, "us"),
    )
