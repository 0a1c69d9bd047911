"""What was known by the decision for a day: every observation is asked, one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from tests.oracles.clock import decision


class Row(NamedTuple):
    """One observation, or the newest of a date."""

    date: date
    value: float
    released: datetime
    fetched: datetime = datetime.min


@dataclass(frozen=True, slots=True)
class Guard:
    """Values outside are withheld; so is a jump (a share) that no second reading confirms."""

    low: float = -math.inf
    high: float = math.inf
    jump: float | None = None


@dataclass(frozen=True, slots=True)
class CoinList:
    """Coins at a date, largest first, and the instant from which the list was known."""

    date: date
    coins: tuple[str, ...]
    known: datetime


def known_at(row: Row, live_since: datetime | None) -> datetime:
    """``released`` for what was backfilled; once live, the later of release and fetch."""
    if live_since is None or row.fetched <= live_since:
        return row.released
    return max(row.released, row.fetched)


def newest(rows: Iterable[Row], day: date, live_since: datetime | None) -> list[Row]:
    """By date, the revision released last of those known; in date order."""
    best: dict[date, Row] = {}
    decided = decision(day)
    for row in rows:
        if known_at(row, live_since) > decided or math.isnan(row.value):
            continue
        old = best.get(row.date)
        if old is None or (row.released, row.fetched) >= (old.released, old.fetched):
            best[row.date] = row
    return [best[day] for day in sorted(best)]


def without_jumps(points: list[Row], jump: float | None) -> list[Row]:
    """A jump counts once the next reading agrees: no jump from there, and nearer to it than to
    the level before."""
    if jump is None or not points:
        return points
    kept, before = points[:1], points[0].value
    for i, point in enumerate(points[1:], 1):
        value = point.value
        if abs(value / before - 1) > jump:
            after = points[i + 1].value if i + 1 < len(points) else before
            if abs(after / value - 1) > jump or abs(after - value) >= abs(after - before):
                continue
        kept.append(point)
        before = value
    return kept


class World:
    """All observations of a market, seen from one day after another."""

    def __init__(
        self,
        rows: Mapping[str, Sequence[Row]],
        guards: Mapping[str, Guard],
        lists: Sequence[CoinList] = (),
        live_since: datetime | None = None,
    ) -> None:
        self.rows = rows
        self.guards = guards
        self.lists = sorted(lists, key=lambda item: item.date)
        self.live_since = live_since
        self._seen: dict[object, list[Row]] = {}
        self._day = date.min

    def known(self, series: str, day: date) -> list[Row]:
        """The newest values of a series by the decision for a day, in date order."""
        return self.remember(series, day, lambda: self._believed(series, day))

    def remember(self, key: object, day: date, compute: Callable[[], list[Row]]) -> list[Row]:
        """What was computed on the day that was asked for last."""
        if day != self._day:
            self._seen, self._day = {}, day
        if key not in self._seen:
            self._seen[key] = compute()
        return self._seen[key]

    def _believed(self, series: str, day: date) -> list[Row]:
        return without_jumps(self._newest(series, day), self._guard(series).jump)

    def _newest(self, series: str, day: date) -> list[Row]:
        guard = self._guard(series)
        rows = (r for r in self.rows.get(series, ()) if guard.low <= r.value <= guard.high)
        return newest(rows, day, self.live_since)

    def _guard(self, series: str) -> Guard:
        return self.guards.get(series, Guard())
