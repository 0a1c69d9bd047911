"""What the keeper reads out of the holdings of its store: a market, and what is wrong with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping, Sequence

import numpy as np
from sqlite_utils import Database as Tables

from feeds.http import Watch
from feeds.refresh import Standing
from rotation.inputs import BTC, Days, Listing, Observations, newest_decision
from rotation.market import Market
from storage.observations import newest
from storage.sources import SourceHealth, TaskHealth, health

TRIES_BEFORE_LIVE = 3
"""A task that has failed so often does not keep the store from going live."""
LONG_DOWN = dt.timedelta(hours=2)
"""A source that is left alone for so long has failed for an hour at least."""


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
    last = newest_decision(now)
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


def revisions(observations: Sequence[Observations]) -> tuple[tuple[str, int], ...]:
    """How many readings of each series are not the first of their date."""
    dates: dict[str, list[Days]] = {}
    for item in observations:
        dates.setdefault(item.series, []).append(item.date)
    found = []
    for series, parts in dates.items():
        together = np.concatenate(parts)
        again = len(together) - len(np.unique(together))
        if again:
            found.append((series, again))
    return tuple(found)


def troubles(
    sources: Iterable[SourceHealth],
    names: Mapping[str, str],
    remarks: Mapping[str, Sequence[str]],
    offered: Container[str],
) -> tuple[str, ...]:
    """What fails: a source, or parts of one that is well; then the ``remarks`` of tasks. Only of
    tasks that are ``offered`` still.
    """
    told = []
    for item in sources:
        parts = [task.error for task in item.tasks if task.error and task.task in offered]
        errors = [item.error] if item.error else parts
        told += [f"{names.get(item.source, item.source)}: {error}" for error in errors]
    told += [text for task, found in remarks.items() if task in offered for text in found]
    return tuple(dict.fromkeys(told))


def believed(now: dt.datetime, ahead: Iterable[dt.timedelta | None]) -> dt.datetime:
    """The time; where this machine's clock is ahead of most sources' (``ahead``, None for one that
    has not told), it is those that count.
    """
    told = sorted(item for item in ahead if item is not None)
    median = told[(len(told) - 1) // 2] if told else dt.timedelta()
    return now - median if median > Watch.TOLD else now


def standings(db: Tables, now: dt.datetime) -> Mapping[str, Standing]:
    """What a refresh has to know of each task."""
    sources = health(db)
    dates = {source.source: newest(db, source.source) for source in sources}
    return {
        task.task: Standing(
            dates[source.source],
            task.complete,
            task.failures,
            _until(task.due_at, task.attempted_at, now),
            _until(source.open_until, source.attempted_at, now),
            pause_of(task.attempted_at, task.due_at if task.failures else None),
            pause_of(source.attempted_at, source.open_until),
        )
        for source in sources
        for task in source.tasks
    }


def _until(
    moment: dt.datetime | None, since: dt.datetime | None, now: dt.datetime
) -> dt.datetime | None:
    """Until when to wait; not at all where that was decided in the future, by a clock that was
    ahead then.
    """
    return None if since is not None and since > now else moment


def pause_of(attempted: dt.datetime | None, until: dt.datetime | None) -> dt.timedelta:
    """How long a failed attempt has put off the next one."""
    if attempted is None or until is None:
        return dt.timedelta()
    return max(until - attempted, dt.timedelta())


def is_tried(source: SourceHealth, task: TaskHealth) -> bool:
    """Brought, or asked for often enough; a source that is down for long is not asked for each of
    its parts.
    """
    down = pause_of(source.attempted_at, source.open_until) >= LONG_DOWN
    return task.complete or task.failures >= TRIES_BEFORE_LIVE or down
