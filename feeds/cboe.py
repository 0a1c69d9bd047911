"""Cboe: daily closes of the Russell 2000 and the S&P 500, a second source for both.

``cdn.cboe.com/api/global/delayed_quotes/charts/historical/_RUT.json``: ``{data: [{date, open,
high, low, close, volume}]}``, numbers or strings; an index has a leading underscore. Whole
history in one call; a close of 0 is none.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from feeds.feed import Harvest, Task
from feeds.http import expected
from feeds.readings import Points, number
from feeds.web import WebFeed

PATH = "/api/global/delayed_quotes/charts/historical"
INDICES = {"RUT": "_RUT", "SPX": "_SPX"}


class Cboe(WebFeed):
    """Index closes."""

    source = "cboe"
    name = "Cboe"
    base = "https://cdn.cboe.com"

    def tasks(self) -> tuple[Task, ...]:
        """One an index."""
        return tuple(Task(f"cboe/{series}", "cboe", (series,)) for series in INDICES)

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """Unadjusted closes, in index points."""
        series = task.series[0]
        answer = self._vendor.json(f"{PATH}/{INDICES[series]}.json", {}, f"the index {series}")
        with expected(self.name):
            rows = answer["data"]
            day = np.array([date.fromisoformat(row["date"][:10]) for row in rows], "datetime64[D]")
            value = np.array([number(row["close"]) or np.nan for row in rows])
        return self._harvest(since, Points(series, day, value))
