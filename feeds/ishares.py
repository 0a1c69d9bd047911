"""iShares: how many shares of IWM are outstanding, from the head of the issuer's holdings file.

The file is what the fund's page offers for download; its first lines are ``Fund Holdings as
of,"Aug 21, 2026"`` and ``Shares Outstanding,"285,150,000.00"``. It has the newest day only, so
the series grows from the first day on; what was before, an admin can import.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime

import numpy as np

from feeds.feed import FeedError, Harvest, Task
from feeds.http import Params, expected
from feeds.readings import Points, number
from feeds.web import WebFeed

FUND = "/us/products/239710/ishares-russell-2000-etf"
FILE: Params = {"fileType": "csv", "fileName": "IWM_holdings", "dataType": "fund"}
PLACES: tuple[tuple[str, Params], ...] = (
    (f"{FUND}/1467271812596.ajax", FILE),
    (f"{FUND}/latest-holdings.csv", {}),
)
"""Where the file is; the second is asked where the first is gone."""
HEAD = 12


class IShares(WebFeed):
    """Shares outstanding of IWM."""

    source = "ishares"
    name = "iShares"
    base = "https://www.ishares.com"

    def tasks(self) -> tuple[Task, ...]:
        """One small question a business day."""
        return (Task("ishares/IWM_SHARES", "ishares", ("IWM_SHARES",)),)

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """The newest count, dated as the file says."""
        lines = self._file().splitlines(keepends=True)[:HEAD]
        ended = [line for line in lines if line.endswith("\n")]  # else the number may be cut off
        with expected(self.name):
            head = {row[0]: row[1] for row in csv.reader(ended) if len(row) > 1}
            day = datetime.strptime(head["Fund Holdings as of"], "%b %d, %Y").replace(tzinfo=UTC)
            count = number(head["Shares Outstanding"].replace(",", ""))
        days = np.array([day.date()], "datetime64[D]")
        return self._harvest(since, Points("IWM_SHARES", days, np.array([count])))

    def _file(self) -> str:
        (path, params), (other, options) = PLACES
        try:
            return self._vendor.text(path, params, "the holdings file of IWM")
        except FeedError as error:
            if "HTTP 404" not in str(error):
                raise
        return self._vendor.text(other, options, "the holdings file of IWM")
