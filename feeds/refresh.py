"""What is due, fetched with retries behind a circuit breaker, and handed to a sink."""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from feeds.feed import Feed, FeedError, Harvest, Task
from feeds.http import unexpected
from rotation.calendars import next_due
from rotation.inputs import input_of

log = logging.getLogger(__name__)

WORKERS = 4
"""Sources asked at the same time; each source gets one request after the other."""
ATTEMPTS = 3
LONGEST_WAIT = 60.0
"""A source that asks for a longer pause within one refresh is left for the next one."""
BREAKER_AFTER = 3
FIRST_PAUSE = dt.timedelta(minutes=15)
LONGEST_PAUSE = dt.timedelta(hours=6)
SHORTEST_POLL = dt.timedelta(minutes=20)
LONGEST_POLL = dt.timedelta(hours=6)
AFTER_RELEASE = dt.timedelta(minutes=2)
OVERLAP = dt.timedelta(days=14)
"""Asked again with every increment, to see revisions."""
REVISED_OVERLAP = dt.timedelta(weeks=13)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered of a task: ``newest`` date of each of its series, failures in a row,
    when it is due again, until when the breaker of its source is open.
    """

    newest: Mapping[str, dt.date]
    complete: bool = False
    failures: int = 0
    due_at: dt.datetime | None = None
    open_until: dt.datetime | None = None

    def is_due(self, now: dt.datetime) -> bool:
        waits = (self.due_at, self.open_until)
        return all(until is None or until <= now for until in waits)


class Sink(Protocol):
    """Where results go, as they come; called from several threads."""

    def stored(self, task: Task, harvest: Harvest, due_at: dt.datetime) -> None:
        """A task has brought something, or found nothing new."""

    def failed(
        self, task: Task, error: str, due_at: dt.datetime, open_until: dt.datetime | None
    ) -> None:
        """A task has failed, also after its retries."""


def refresh(
    feeds: Sequence[Feed],
    standings: Mapping[str, Standing],
    sink: Sink,
    now: Callable[[], dt.datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Fetch every task that is due and hand the results to the sink. Returns how many succeeded.

    Blocks. A source whose breaker trips is left alone for the rest of this refresh. Once
    ``stopping`` says so nothing further is asked; what is on its way is still handed over.
    """

    def run(feed: Feed) -> int:
        return _source(feed, standings, sink, now, stopping)

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="feed") as pool:
        return sum(pool.map(run, feeds))


def due(feed: Feed, standings: Mapping[str, Standing], now: dt.datetime) -> list[Task]:
    """The tasks of a source that are due, histories that were never filled in first."""
    tasks = [task for task in feed.tasks() if standings.get(task.id, NEW).is_due(now)]
    return sorted(tasks, key=lambda task: standings.get(task.id, NEW).complete)


NEW = Standing({})


def _source(
    feed: Feed,
    standings: Mapping[str, Standing],
    sink: Sink,
    now: Callable[[], dt.datetime],
    stopping: Callable[[], bool],
) -> int:
    succeeded, failures = 0, 0
    for task in due(feed, standings, now()):
        if stopping():
            break
        standing = standings.get(task.id, NEW)
        try:
            harvest = _fetch(feed, task, since(task, standing), stopping)
        except FeedError as error:
            failures += 1
            streak = max(standing.failures + 1, failures)
            due_at, open_until = after_failure(streak, error.after, now())
            sink.failed(task, str(error), due_at, open_until)
            if open_until is not None:
                break
        else:
            succeeded, failures = succeeded + 1, 0
            sink.stored(task, harvest, next_time(task, harvest, standing, now()))
    return succeeded


def _fetch(feed: Feed, task: Task, start: dt.date | None, stopping: Callable[[], bool]) -> Harvest:
    """Ask, and ask again where that may help, as long as the source itself wants."""
    import stamina

    def again(error: Exception) -> bool | float:
        if not isinstance(error, FeedError) or not error.retry or stopping():
            return False
        if error.after is None:
            return True
        return error.after if error.after <= LONGEST_WAIT else False

    try:
        for attempt in stamina.retry_context(
            on=again, attempts=ATTEMPTS, timeout=None, wait_initial=1.0, wait_max=30.0
        ):
            with attempt:
                return feed.fetch(task, start)
    except FeedError:
        raise
    except Exception as error:
        log.exception("%s", task.id)  # a fault of ours or of a library: the others go on
        raise unexpected(feed.name, error) from None
    raise AssertionError("stamina ends with a result or an error")


def since(task: Task, standing: Standing) -> dt.date | None:
    """The date from which to ask: None for a whole history that is not there yet."""
    known = [standing.newest[series] for series in task.series if series in standing.newest]
    if not standing.complete or not known:
        return None
    revised = any(input_of(series).revised for series in task.series)
    return min(known) - (REVISED_OVERLAP if revised else OVERLAP)


def next_time(task: Task, harvest: Harvest, standing: Standing, now: dt.datetime) -> dt.datetime:
    """When to ask again: just after the next release; while a source is behind its own release
    clock, in half the time that it has been, and never past a release.
    """
    newest = dict(standing.newest)
    for item in harvest.observations:
        if len(item.date):
            newest[item.series] = max(newest.get(item.series, dt.date.min), item.date.max().item())
    expected = [next_due(input_of(id), newest[id]) for id in task.series if id in newest]
    moment = min(expected, default=now + LONGEST_POLL) + AFTER_RELEASE
    if moment > now:
        return moment
    poll = now + min(max((now - moment) / 2, SHORTEST_POLL), LONGEST_POLL)
    yesterday = now.date() - dt.timedelta(days=1)
    coming = [next_due(input_of(id), yesterday) + AFTER_RELEASE for id in task.series]
    return min([poll, *(release for release in coming if release > now)])


def after_failure(
    streak: int, after: float | None, now: dt.datetime
) -> tuple[dt.datetime, dt.datetime | None]:
    """When to try a task again, and until when its source is left alone: from the third failure
    in a row on, twice as long each time, with jitter; never sooner than the source asked.
    """
    pause = min(FIRST_PAUSE * 2 ** min(streak - 1, 10), LONGEST_PAUSE)
    pause *= 1 + random.random() / 10
    due_at = now + max(pause, dt.timedelta(seconds=after or 0))
    return due_at, due_at if streak >= BREAKER_AFTER or after else None
