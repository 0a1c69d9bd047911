"""How long the event loop stands still while the bot refreshes and computes:
`python -m benchmarks.stall`. Goal: never over 50 ms.

A heartbeat on the loop wakes every few milliseconds; what it is late by is a stall. Meanwhile
the real scheduler brings a fortnight of every series into a store with the whole history, in
pieces as sources do, then computes and swaps, as often as ``ROUNDS``.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.heartbeat import beating
from benchmarks.market import harvest, moment
from bot.desk import Desk
from bot.keeper import Keeper, put
from bot.scheduler import Scheduler
from feeds.feed import Harvest, Task
from rotation.inputs import Observations
from storage.database import Database
from storage.live import go_live

GOAL_MS = 50.0
ROUNDS = 5
PIECES = 4
"""Sources that bring something at the same time."""


class Pieces:
    """A source that brings the same series again, with one value more and one revised."""

    verified = True
    ahead = None

    def __init__(self, source: str, items: list[Observations]) -> None:
        self.source = self.name = source
        self._items = {item.series: item for item in items}
        self.round = 0

    def tasks(self) -> tuple[Task, ...]:
        return tuple(Task(f"{self.source}/{id}", self.source, (id,)) for id in self._items)

    def fetch(self, task: Task, since: dt.date | None) -> Harvest:
        item = self._items[task.series[0]]
        recent = slice(-90 if task.series[0] == "NFCI" else -14, None)
        value = item.value[recent].copy()
        value[-1] *= 1 + 1e-4 * self.round
        columns = (item.date[recent], item.released_at[recent], item.fetched_at[recent])
        date, released, fetched = columns
        part = replace(item, date=date, value=value, released_at=released, fetched_at=fetched)
        return Harvest((part,))


def measure() -> dict[str, float]:
    """Milliseconds that the loop was late: the middle, the 99th percentile and the most, while
    nothing else happens and during the work; and seconds of one round.
    """
    found = harvest()
    with tempfile.TemporaryDirectory() as folder, Database(Path(folder) / "s.db") as database:
        now = [moment(found)]
        database.write(lambda db: put(db, found, now[0])).result()
        database.write(lambda db: go_live(db, now[0])).result()
        feeds = tuple(_sources(found))
        keeper = Keeper(database, feeds, lambda: now[0])
        return asyncio.run(_measured(keeper, feeds, now))


def _sources(found: Harvest) -> Iterator[Pieces]:
    items = [item for item in found.observations if len(item.date) > 100]
    for n in range(PIECES):
        source = items[0].source if n == 0 else f"{items[0].source}-{n}"
        yield Pieces(source, items[n::PIECES])


async def _measured(
    keeper: Keeper, feeds: tuple[Pieces, ...], now: list[dt.datetime]
) -> dict[str, float]:
    desk = Desk(await asyncio.to_thread(keeper.snapshot))
    scheduler = Scheduler(keeper, desk, lambda: now[0])
    gc.collect()
    gc.freeze()  # as `bot.serve` does
    idle = await beating(asyncio.sleep(2))
    begin = time.perf_counter()
    busy = await beating(_rounds(scheduler, feeds, now))
    seconds = (time.perf_counter() - begin) / ROUNDS
    desk.close()
    middle, high, most = np.percentile(busy, [50, 99, 100])
    return {
        "idle_max_ms": float(idle.max()),
        "p50_ms": float(middle),
        "p99_ms": float(high),
        "max_ms": float(most),
        "over_50_ms": float((busy > GOAL_MS).sum()),
        "round_s": seconds,
    }


async def _rounds(scheduler: Scheduler, feeds: tuple[Pieces, ...], now: list[dt.datetime]) -> None:
    for round_ in range(ROUNDS):
        now[0] += dt.timedelta(days=1)
        for feed in feeds:
            feed.round = round_
        await scheduler.tick()


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:>12} {value:10.2f}")
