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
BREAKER_AFTER, ODD_BREAKER_AFTER = 3, 6
"""So many tasks in a row that were well before: the source is out of order, or answers to all of
them what none can use."""
FIRST_PAUSE = dt.timedelta(minutes=15)
LONGEST_PAUSE = dt.timedelta(hours=6)
LONGEST_ODD_PAUSE = dt.timedelta(hours=12)
"""For a task that is unknown, refused or answered oddly: asking again seldom helps."""
SHORTEST_POLL = dt.timedelta(minutes=20)
LONGEST_POLL = dt.timedelta(hours=6)
AFTER_RELEASE = dt.timedelta(minutes=2)
OVERLAP = dt.timedelta(days=14)
"""Asked again with every increment, to see revisions."""
REVISED_OVERLAP = dt.timedelta(weeks=13)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered of a task: ``newest`` date of each of its series, failures in a row,
    when it is due again, how long it waited for that since it failed; until when the breaker of
    its source is open, and for how long it was opened, if the source has not answered since.
    """

    newest: Mapping[str, dt.date]
    complete: bool = False
    failures: int = 0
    due_at: dt.datetime | None = None
    open_until: dt.datetime | None = None
    waited: dt.timedelta = dt.timedelta()
    pause: dt.timedelta = dt.timedelta()

    def is_due(self, now: dt.datetime) -> bool:
        waits = (self.due_at, self.open_until)
        return all(until is None or until <= now for until in waits)


class Sink(Protocol):
    """Where results go, as they come; called from several threads."""

    def stored(self, task: Task, harvest: Harvest, due_at: dt.datetime) -> None:
        """A task has brought something, or found nothing new. FeedError if it cannot be kept."""

    def failed(
        self, task: Task, error: FeedError, due_at: dt.datetime, open_until: dt.datetime | None
    ) -> None:
        """A task has failed, also after its retries. ``open_until``: the source is left alone until
        then; None if its breaker is closed.
        """


def refresh(
    feeds: Sequence[Feed],
    standings: Mapping[str, Standing],
    sink: Sink,
    now: Callable[[], dt.datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Fetch every task that is due and hand the results to the sink. Returns how many succeeded.

    Blocks. A source whose breaker trips is left alone for the rest of this refresh. Once
    ``stopping`` says so nothing further is asked; what is on its way is still handed over. What
    the sink raises is raised here, once all sources had their turn.
    """

    def run(feed: Feed) -> int:
        return _source(feed, standings, sink, now, stopping)

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="feed") as pool:
        asked = [pool.submit(run, feed) for feed in feeds]
    return sum(future.result() for future in asked)


def due(feed: Feed, standings: Mapping[str, Standing], now: dt.datetime) -> list[Task]:
    """The tasks of a source that are due: failing ones last, histories that were never filled in
    first.
    """
    tasks = [task for task in feed.tasks() if standings.get(task.id, NEW).is_due(now)]
    return sorted(tasks, key=lambda task: _place(standings.get(task.id, NEW)))


def _place(standing: Standing) -> tuple[int, bool]:
    return standing.failures, standing.complete


NEW = Standing({})


def _source(
    feed: Feed,
    standings: Mapping[str, Standing],
    sink: Sink,
    now: Callable[[], dt.datetime],
    stopping: Callable[[], bool],
) -> int:
    succeeded, row = 0, 0
    for task in due(feed, standings, now()):
        if stopping():
            break
        standing = standings.get(task.id, NEW)
        try:
            harvest, due_at = _fetch(feed, task, standing, now, stopping)
            sink.stored(task, harvest, due_at)
        except FeedError as error:
            row += _counts(error, standing)
            alone = _breaker(error, standing, row)
            longest = LONGEST_PAUSE if error.retry else LONGEST_ODD_PAUSE
            until = now() + (alone or longer(standing.waited, 1, longest))
            sink.failed(task, error, until, until if alone else None)
            if alone:
                break
        else:
            succeeded, row = succeeded + 1, 0
    return succeeded


def _counts(error: FeedError, standing: Standing) -> bool:
    """Whether a failure says something of the source. What failed before while the source was
    well is dead by itself: such a task must not keep the others waiting.
    """
    if error.after is not None or not standing.failures:
        return True
    return error.retry and bool(standing.pause)


def _breaker(error: FeedError, standing: Standing, row: int) -> dt.timedelta | None:
    """How long to leave a source alone after so many failures in a row that count: twice as long
    each time that it opens again, never shorter than the source asked. None: not yet.
    """
    if not _counts(error, standing):
        return None
    if not error.after and not standing.pause and row < _limit(error):
        return None
    pause = longer(standing.pause, min(row, BREAKER_AFTER), LONGEST_PAUSE)
    return max(pause, dt.timedelta(seconds=error.after or 0))


def _limit(error: FeedError) -> int:
    return BREAKER_AFTER if error.retry else ODD_BREAKER_AFTER


def _fetch(
    feed: Feed,
    task: Task,
    standing: Standing,
    now: Callable[[], dt.datetime],
    stopping: Callable[[], bool],
) -> tuple[Harvest, dt.datetime]:
    """What a task brings, and when it is due again. FeedError, whatever went wrong."""
    try:
        harvest = _asked(feed, task, since(task, standing), stopping)
        if harvest.problems and not (harvest.observations or harvest.listings):
            raise FeedError(harvest.problems[0], withheld=harvest.withheld)
        return harvest, next_time(task, harvest, standing, now())
    except FeedError:
        raise
    except Exception as error:
        log.exception("%s", task.id)  # a fault of ours or of a library: the others go on
        raise unexpected(feed.name, error) from None


def _asked(feed: Feed, task: Task, start: dt.date | None, stopping: Callable[[], bool]) -> Harvest:
    """Ask, and ask again where that may help, as long as the source itself wants."""
    import stamina

    def again(error: Exception) -> bool | float:
        if not isinstance(error, FeedError) or not error.retry or stopping():
            return False
        if error.after is None:
            return True
        return error.after if error.after <= LONGEST_WAIT else False

    for attempt in stamina.retry_context(
        on=again, attempts=ATTEMPTS, timeout=None, wait_initial=1.0, wait_max=30.0
    ):
        with attempt:
            return feed.fetch(task, start)
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


def longer(before: dt.timedelta, row: int, longest: dt.timedelta) -> dt.timedelta:
    """A pause twice as long as the one before, or as long as after so many failures in a row,
    whichever is longer; with jitter.
    """
    pause = max(2 * before, FIRST_PAUSE * (1 << max(0, min(row - 1, 10))))
    jitter: float = 1 + random.random() / 10
    return min(pause, longest) * jitter
