"""DefiLlama: the supply of stablecoins pegged to the dollar, in USD, a point a UTC day.

``stablecoins.llama.fi/stablecoincharts/all``: a list of ``{date, totalCirculatingUSD}`` where the
date is Unix seconds as a string and a peg can be missing. The source revises its history when it
adds a coin; it always sends all of it.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from feeds.feed import Harvest, Task
from feeds.http import expected, odd
from feeds.readings import Points, Unit, days_of, number
from feeds.web import WebFeed


class DefiLlama(WebFeed):
    """Stablecoin supply."""

    source = "defillama"
    name = "DefiLlama"
    base = "https://stablecoins.llama.fi"

    def tasks(self) -> tuple[Task, ...]:
        """One call brings everything."""
        return (Task("defillama/STABLECOINS", "defillama", ("STABLECOINS",)),)

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """Days that are over; the running day's point is left out."""
        rows = self._vendor.json("/stablecoincharts/all", {}, "the chart of stablecoins")
        with expected(self.name):
            day = days_of(float(row["date"]) for row in rows)
            value = np.array([number(row["totalCirculatingUSD"].get("peggedUSD")) for row in rows])
        if not np.isfinite(value).any():
            raise odd(self.name, "no supply of dollar stablecoins")
        return self._harvest(since, Points("STABLECOINS", day, value, Unit("USD", 1e9)))
