"""alternative.me: the crypto fear and greed index, 0 to 100, a value a UTC day since 2018-02.

``api.alternative.me/fng/?limit=N``, newest first, numbers as strings, ``timestamp`` 00:00 UTC of
the day; ``limit=0`` is everything. The index of a day is published at its start; it is used from
the day's end on, like everything else of that day.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from feeds.feed import Harvest, Task
from feeds.http import expected
from feeds.readings import Points, Unit, days_of, number
from feeds.web import WebFeed


class Alternative(WebFeed):
    """Fear and greed."""

    source = "alternative"
    name = "alternative.me"
    verified = True
    base = "https://api.alternative.me"

    def tasks(self) -> tuple[Task, ...]:
        """One call, history or not."""
        return (Task("alternative/FEAR_GREED", "alternative", ("FEAR_GREED",)),)

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """The index of the days that are over."""
        limit = max((self._vendor.watch.now().date() - since).days + 2, 2) if since else 0
        answer = self._vendor.json("/fng/", {"limit": limit}, "the fear and greed index")
        with expected(self.name):
            rows = answer["data"]
            day = days_of(float(row["timestamp"]) for row in rows)
            value = np.array([number(row["value"]) for row in rows])
        return self._harvest(since, Points("FEAR_GREED", day, value, Unit(floor=2.0)))
