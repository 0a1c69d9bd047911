"""Which of several sources of one series is heard on which date.

The better one, as soon as it has spoken of the date; until then whoever was there. So a second
source fills holes, and its slightly different numbers never look like revisions of the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from rotation.inputs import Days, Instants, Observations, first_decision

Flags = npt.NDArray[np.bool_]


def heard(best_first: Iterable[Observations], live: np.datetime64 | None) -> list[Observations]:
    """One series by its sources, with the readings that count; the best source comes last.

    A reading does not count if a better source's first one of its date was known by the same
    decision or an earlier one. That looks only at what was known then, so a later reading of
    either never changes what counted before.
    """
    items, counted = list(best_first), list[Observations]()
    if len(items) == 1:
        return [item for item in items if item.date.size]
    dates, since = np.empty(0, "datetime64[D]"), np.empty(0, "datetime64[D]")
    for item in items:
        known = _known_day(item, live)
        spoken = _spoken_before(item.date, known, dates, since)
        counted.append(_only(item, ~spoken) if spoken.any() else item)
        dates, since = _earliest(np.append(dates, item.date), np.append(since, known))
    worse_first = [item for item in reversed(counted) if item.date.size]
    for better in range(1, len(worse_first)):
        worse_first[better] = _outlasting(worse_first[better], worse_first[:better])
    return worse_first


def _outlasting(item: Observations, worse: Iterable[Observations]) -> Observations:
    """The readings of a source, none released before what worse ones have said of its date. Those
    that still count came before it spoke; but a silent change bears its arrival as its release,
    and of a date the reading that was released last counts.
    """
    released = item.released_at
    for other in worse:
        again = np.isin(other.date, item.date)
        order = np.lexsort((other.released_at[again], other.date[again]))
        date, last = other.date[again][order], other.released_at[again][order]
        at = np.searchsorted(date, item.date, side="right") - 1
        there = at >= 0
        there[there] = date[at[there]] == item.date[there]
        released = released.copy()
        released[there] = np.maximum(released[there], last[at[there]])
    return replace(item, released_at=released)


def _known_day(item: Observations, live: np.datetime64 | None) -> Days:
    """The decision that first knew of each reading, as ``Market`` sees it."""
    known: Instants = item.released_at
    if live is not None:
        arrived = np.maximum(item.released_at, item.fetched_at)
        known = np.where(item.fetched_at > live, arrived, known)
    return first_decision(known)


def _spoken_before(date: Days, known: Days, dates: Days, since: Days) -> Flags:
    at = np.searchsorted(dates, date)
    spoken = np.zeros(len(date), np.bool_)
    inside = np.flatnonzero(at < len(dates))
    there = inside[dates[at[inside]] == date[inside]]
    spoken[there] = known[there] >= since[at[there]]
    return spoken


def _earliest(dates: Days, since: Days) -> tuple[Days, Days]:
    """Each date once, with the earliest day."""
    order = np.lexsort((since, dates))
    unique, first = np.unique(dates[order], return_index=True)
    return unique, since[order][first]


def _only(item: Observations, keep: Flags) -> Observations:
    return replace(
        item,
        date=item.date[keep],
        value=item.value[keep],
        released_at=item.released_at[keep],
        fetched_at=item.fetched_at[keep],
    )
