"""How many calls the sources cost. They depend on the clock alone, never on users."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from feeds.feed import Task
from feeds.quotes import QuoteSource
from rotation.inputs import Cadence, input_of

MOST_A_DAY = 150
MOST_BACKFILL = 400
COINGECKO_A_MONTH = 10_000
COINGECKO_A_MINUTE = 30
MONTH = 31
A_DAY = dict.fromkeys(Cadence, 1.0) | {Cadence.WEEK: 1 / 7}
"""How often a task is due, by the busiest rhythm among its series: on a business day."""


def due_a_day(task: Task) -> float:
    """How often the clock makes a task due on a business day."""
    return max(A_DAY[input_of(series).cadence] for series in task.series)


def daily_calls(tasks: Iterable[Task]) -> float:
    """Calls on an average business day when every source answers at the first try."""
    return sum(task.calls * due_a_day(task) for task in tasks)


def busiest_day(tasks: Iterable[Task]) -> int:
    """The same on a day when everything weekly is due as well."""
    return sum(task.calls for task in tasks)


def backfill_calls(tasks: Iterable[Task]) -> int:
    """Calls that bring the whole history of everything into an empty store."""
    return sum(task.history_calls for task in tasks)


def busiest_by_source(tasks: Iterable[Task]) -> dict[str, int]:
    """Calls of the busiest day by source, most first."""
    count = Counter[str]()
    for task in tasks:
        count[task.source] += task.calls
    return dict(count.most_common())


@dataclass(frozen=True, slots=True)
class Budget:
    """What the doctor prints. ``live``: calls a day for the latest prices, by source; they are in
    ``average_day``, ``busiest_day`` and ``coingecko_month`` too. ``with_key``: CoinGecko's key is
    set, so that its own limit holds instead of that of a day.
    """

    average_day: float
    busiest_day: int
    backfill: int
    coingecko_month: int
    by_source: dict[str, int]
    live: dict[str, int] = field(default_factory=dict)
    with_key: bool = False

    @property
    def kept(self) -> bool:
        """Whether all limits hold."""
        return (
            (self.with_key or self.busiest_day <= MOST_A_DAY)
            and self.backfill < MOST_BACKFILL
            and self.coingecko_month <= COINGECKO_A_MONTH
        )


def budget(
    tasks: Iterable[Task], live: Iterable[QuoteSource] = (), *, with_key: bool = False
) -> Budget:
    """The sums over all tasks of all sources, and over those of the latest prices."""
    tasks = tuple(tasks)
    by_source = busiest_by_source(tasks)
    prices = {item.source: item.calls_a_day for item in live}
    coins = by_source.get("coingecko", 0) + prices.get("coingecko", 0)
    return Budget(
        daily_calls(tasks) + sum(prices.values()),
        busiest_day(tasks) + sum(prices.values()),
        backfill_calls(tasks),
        coins * MONTH,
        by_source,
        prices,
        with_key,
    )
