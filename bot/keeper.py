"""Keeps the store fresh and makes snapshots of it. Everything here blocks: run it in a thread."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database as Tables

from bot.holdings import (
    TRIES_BEFORE_LIVE,
    believed,
    is_tried,
    market_of,
    revisions,
    standings,
    troubles,
)  # fmt: skip
from bot.kept import Kept, Shelf, name_of
from commands.snapshot import Snapshot
from feeds.budget import MOST_A_DAY, busiest_day
from feeds.catalogue import NAMES, PREFERENCE
from feeds.feed import Feed, FeedError, Harvest, Task
from feeds.http import unexpected
from feeds.quotes import Board
from feeds.refresh import ATTEMPTS, Standing, refresh
from rotation.evidence import Evidence
from rotation.hindsight import Hindsight, hindsight
from rotation.inputs import BTC, INPUTS, N_, Listing, Observations, newest_decision
from rotation.market import Market
from rotation.timeline import Timeline
from storage.calls import frozen
from storage.database import Database
from storage.edition import edition
from storage.errors import StoreError
from storage.listings import append_listing, listings
from storage.live import FIRST_COINS, go_live, live_since
from storage.observations import AppendResult, append, load, newest, prune
from storage.sources import enrol, failed, health, progress, succeeded
from storage.withheld import withheld, withhold

log = logging.getLogger(__name__)

T = TypeVar("T")
STORE_PAUSE = dt.timedelta(minutes=15)
"""So long nobody is asked for what the store has just refused to keep."""
LISTS_IN_USE = dt.timedelta(days=120)
"""The altcoin season index takes lists that are 90 days old, with a month to spare."""
DEAD_AFTER = dt.timedelta(days=1)
CORE = ("RUT", "SPX", BTC)


def put(db: Tables, harvest: Harvest, now: dt.datetime) -> AppendResult:
    """A whole harvest into the store, within one transaction: the only way in."""
    result = append(db, harvest.observations, now)
    for listing in harvest.listings:
        append_listing(db, listing, now)
    withhold(db, harvest.withheld, now)
    return result


@dataclass(frozen=True, slots=True)
class _Holdings:
    """What the feeds ask of the store: newest dates by series, tasks whose history is there, and
    the coins to follow.
    """

    newest: Mapping[str, dt.date]
    filled: frozenset[str]
    coins: tuple[str, ...]


class Keeper:
    """One store and its feeds. ``now`` gives naive UTC. ``shown``: called with steps done and all
    steps, from any thread, while the history is being filled in for the first time.
    """

    def __init__(
        self,
        database: Database,
        feeds: Sequence[Feed],
        now: Callable[[], dt.datetime],
        *,
        kept: Path | None = None,
    ) -> None:
        self._database = database
        self._now = now
        self._started = now()
        self.shelf = Shelf(kept)
        self.feeds: Sequence[Feed] = tuple(feeds)
        self.board = Board((), now)
        self.shown: Callable[[int, int], None] = lambda *_: None
        self._enrolled: dict[str, tuple[str, ...]] = {}
        self._known: _Holdings | None = None
        self._remarks: dict[str, tuple[str, ...]] = {}
        self._trouble: tuple[StoreError, dt.datetime] | None = None
        self._asked = Counter[dt.date]()
        self._counting = threading.Lock()
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._hindsight: tuple[object, Hindsight] = (None, Hindsight())

    def refresh(self) -> int:
        """Fetch what is due into the store; returns how many tasks brought something. StoreError
        where that cannot be kept: then nobody is asked for a while.
        """
        if self._trouble is not None and self._now() < self._trouble[1]:
            raise self._trouble[0]
        self._trouble, self._known = None, None
        self._enrol()
        done = refresh(self.feeds, self._standings(), self, self._now, self._stopping.is_set)
        self._go_live_if_complete()
        return done

    def room_for_prices(self) -> int:
        """How many of today's calls are left for the latest prices, so that all together stay
        within the budget of a day without keys, also where late values are asked for again.
        """
        ordinary = busiest_day(self._offered())
        return MOST_A_DAY - max(self._asked[self._now().date()], ordinary)

    def day(self) -> dt.date:
        """The newest decision that can have been taken."""
        return newest_decision(self._believed())

    def _believed(self) -> dt.datetime:
        return believed(self._now(), [feed.ahead for feed in self.feeds])

    def stop(self) -> None:
        """Let a refresh that is under way end with the task at hand."""
        self._stopping.set()

    def coins(self) -> tuple[str, ...]:
        """The coins to follow: those of the newest list first, then those of lists in use."""
        return self._holds().coins

    def newest(self, series: str) -> dt.date | None:
        """The date of the newest value that the store has of a series."""
        return self._holds().newest.get(series)

    def filled(self, task: str) -> bool:
        """Whether the history of a task is complete."""
        return task in self._holds().filled

    def _holds(self) -> _Holdings:
        """Read once a refresh and after each harvest, not for each series."""
        known = self._known
        if known is None:
            with self._database.reading() as db:
                tasks = (task for source in health(db) for task in source.tasks)
                filled = frozenset(task.task for task in tasks if task.complete)
                used = listings(db, (self._now() - LISTS_IN_USE).date())
                coins = dict.fromkeys(coin for item in reversed(used) for coin in item.coins)
                known = self._known = _Holdings(newest(db), filled, tuple(coins))
        return known

    def prune(self) -> int:
        """Drop revisions that no decision of the last 13 weeks was taken on."""
        return self._database.write(lambda db: prune(db, self._now())).result()

    def stored(self, task: Task, harvest: Harvest, due_at: dt.datetime) -> None:
        """Sink of the refresh: observations, health and progress in one transaction."""
        now = self._now()

        def work(db: Tables) -> AppendResult:
            result = put(db, harvest, now)
            enrol(db, task.source, [task.id])  # it may have become due since the others were
            succeeded(db, task.id, now, due=due_at)
            return result

        self._count(task.calls)
        try:
            result = self._kept(work)
        except StoreError:
            raise
        except Exception as error:
            log.exception("%s", task.id)  # what it brought is not fit to be stored
            raise unexpected(NAMES.get(task.source, task.source), error) from None
        self._remark(task, harvest.problems)
        self._known = None
        if result.new or result.revised or harvest.listings:
            self._news.set()
        self._show()

    def failed(
        self, task: Task, error: FeedError, due_at: dt.datetime, open_until: dt.datetime | None
    ) -> None:
        """Sink of the refresh: what went wrong, and when to try again."""
        log.warning("%s: %s", task.id, error)
        now = self._now()
        tries = ATTEMPTS if error.retry else 1
        self._remark(task, ())
        self._count(max(task.calls, 1) * tries)  # a coin's history is free only when it comes

        def work(db: Tables) -> None:
            withhold(db, error.withheld, now)
            enrol(db, task.source, [task.id])
            failed(db, task.id, now, str(error), due=due_at, open_until=open_until)

        self._kept(work)

    def _kept(self, work: Callable[[Tables], T]) -> T:
        try:
            return self._database.write(work).result()
        except StoreError as error:
            self._trouble = error, self._now() + STORE_PAUSE
            raise

    def _remark(self, task: Task, problems: Sequence[str]) -> None:
        """What was wrong although values came; /status shows it until the task brings others."""
        if problems and problems != self._remarks.get(task.id):
            log.warning("%s: %s", task.id, " ".join(problems))
        self._remarks[task.id] = tuple(problems)

    def snapshot(self) -> Snapshot | None:
        """The newest decision from the store; None while it has no index and no bitcoin, or,
        during the first backfill, while one of the core series is missing.
        """
        self._news.clear()
        try:
            found = self._found()
        except BaseException:
            self._news.set()  # it is in no snapshot yet
            raise
        if found is None:
            return None
        return self.freshened(
            Snapshot(
                found.evidence.timeline,
                source=N_("live"),
                version=version("spillover"),
                series=_series_of(self.feeds),
                evidence=found.evidence,
                hindsight=found.hindsight,
            )
        )

    def _found(self) -> Kept | None:
        """What was kept of the newest decision, or computed now."""
        now = self._believed()
        with self._database.reading() as db:
            name = _name(db, now)
            lists, since = listings(db), live_since(db)
            found = None if self.feeds and since is None else self.shelf.take(name)
            observations = () if found else load(db, prefer=PREFERENCE)
        if found is None:
            found = self._computed(observations, lists, now, since)
            if found is not None:
                self.shelf.put(name, found)
        return found

    def freshened(self, snapshot: Snapshot) -> Snapshot:
        """The same decision with the health of the sources and the prices of this moment."""
        with self._database.reading() as db:
            sources, doubted, filling = health(db), withheld(db), self._filling(db)
            calls = frozen(db)
        names = NAMES | {feed.source: feed.name for feed in self.feeds}
        offered = {task.id for task in self._offered()}
        return replace(
            snapshot,
            problems=troubles(sources, names, dict(self._remarks), offered),
            sources=sources,
            names=names,
            made_at=self._now(),
            running_since=self._started if self.feeds else None,
            doubted=doubted,
            filling=filling,
            quotes=self.board.quotes(),
            calls=calls,
        )

    def _offered(self) -> list[Task]:
        """The tasks that the sources have now; a coin that left the list has none any more."""
        return [task for feed in self.feeds for task in feed.tasks()]

    def has_news(self) -> bool:
        """Whether something came that no snapshot has yet."""
        return self._news.is_set()

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
            and (item.succeeded_at or self._started) < oldest
        }

    def progress(self) -> tuple[int, int]:
        """Tasks whose history is complete, and all tasks."""
        with self._database.reading() as db:
            found = progress(db)
        return found.complete, found.total

    def _computed(
        self, observations: Sequence[Observations], lists: Sequence[Listing],
        now: dt.datetime, since: dt.datetime | None,
    ) -> Kept | None:  # fmt: skip
        here = {item.series for item in observations}
        if self.feeds and since is None and not here.issuperset(CORE):
            return None
        market = market_of(observations, lists, now, since)
        if market is None:
            return None
        timeline = Timeline.of(market)
        looked_back = self._looked_back(market, timeline, observations)
        return Kept(Evidence.of(timeline), looked_back)

    def _count(self, calls: int) -> None:
        """Called by several threads; only today is remembered."""
        today = self._now().date()
        with self._counting:
            self._asked = Counter({today: self._asked[today] + calls})

    def _looked_back(
        self, market: Market, timeline: Timeline, observations: Sequence[Observations]
    ) -> Hindsight:
        """Computed again only on a new day or after a new revision: it costs a timeline."""
        key = (timeline.last, revisions(observations))
        if self._hindsight[0] != key:
            self._hindsight = key, hindsight(market, timeline)
        return self._hindsight[1]

    def _filling(self, db: Tables) -> tuple[int, int] | None:
        if live_since(db) is not None:
            return None
        found = progress(db)
        if not self.feeds and found.complete >= found.total:
            return None
        return found.complete, found.total

    def _show(self) -> None:
        with self._database.reading() as db:
            filling = self._filling(db)
        if filling is not None:
            self.shown(*filling)

    def _enrol(self) -> None:
        """Make the tasks known to the store, where they are not what they were."""
        tasks = {feed.source: tuple(task.id for task in feed.tasks()) for feed in self.feeds}
        if tasks == self._enrolled:
            return

        def work(db: Tables) -> None:
            for feed in self.feeds:
                enrol(db, feed.source, tasks[feed.source], verified=feed.verified)

        self._database.write(work).result()
        self._enrolled = tasks

    def _standings(self) -> Mapping[str, Standing]:
        with self._database.reading() as db:
            return standings(db, self._now())

    def _go_live_if_complete(self) -> None:
        """From now on nothing is known before it arrives. Waits for the core series, and for all
        that the sources have to bring by now: the coins are known only after the first list.
        """
        with self._database.reading() as db:
            if live_since(db) is not None:
                return
            sources, dates = health(db), newest(db)
            coins = {FIRST_COINS} if not listings(db) else set()
        tried = {task.task for source in sources for task in source.tasks if is_tried(source, task)}
        offered = self._offered()
        if tried.issuperset(task.id for task in offered) and all(id in dates for id in CORE):
            moment = self._now()
            missing = coins | {series for task in offered for series in task.series} - dates.keys()
            self._database.write(lambda db: go_live(db, moment, sorted(missing))).result()
            self._news.set()
            log.info("the history is filled in; live since %s UTC", moment)


def _name(db: Tables, now: dt.datetime) -> str | None:
    """The name of what the newest decision is computed from."""
    told = edition(db)
    return told and name_of(told, newest_decision(now), PREFERENCE)


def _series_of(feeds: Sequence[Feed]) -> Mapping[str, tuple[str, ...]]:
    """What each source brings, without the coins: there are too many."""
    return {
        feed.source: tuple(
            dict.fromkeys(id for task in feed.tasks() for id in task.series if id in INPUTS)
        )
        for feed in feeds
    }
