"""The Daily Treasury Statement: the closing balance of the Treasury's account at the Fed.

``api.fiscaldata.treasury.gov``, operating_cash_balance, in millions, back to 2005-10-03. The row
changed its name on 2021-10-01 and 2022-04-18; since then the closing balance is a row of its own
and stands in ``open_today_bal``, while ``close_today_bal`` is the word 'null'.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import isnan
from typing import Any

import numpy as np

from feeds.feed import Harvest, Task
from feeds.http import expected, odd
from feeds.readings import Points, Unit, number
from feeds.web import WebFeed

PATH = "/services/api/fiscal_service/v1/accounting/dts/operating_cash_balance"
FIRST = date(2005, 10, 3)
BALANCES = {
    "Federal Reserve Account": "close_today_bal",
    "Treasury General Account (TGA)": "close_today_bal",
    "Treasury General Account (TGA) Closing Balance": "open_today_bal",
}
"""Names of the row over the years, and the column in which it has the closing balance."""
PAGE = 10_000
MOST_PAGES = 12
CONTEXT = timedelta(days=14)
"""So much before ``since`` is read too: a slip shows against the days before."""


class Treasury(WebFeed):
    """The Treasury's account, daily."""

    source = "treasury"
    name = "US Treasury Fiscal Data"
    base = "https://api.fiscaldata.treasury.gov"

    def tasks(self) -> tuple[Task, ...]:
        """One series; its whole history takes about three pages."""
        return (Task("treasury/TGA_DAILY", "treasury", ("TGA_DAILY",), history_calls=4),)

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """Closing balances, in USD."""
        rows = self._rows(since - CONTEXT if since else FIRST)
        with expected(self.name):
            closing = [row for row in rows if row["account_type"] in BALANCES]
            day = [date.fromisoformat(row["record_date"]) for row in closing]
            value = [_balance(row) for row in closing]
        points = Points(
            "TGA_DAILY", np.array(day, "datetime64[D]"), np.array(value), Unit("USD millions", 1e9)
        )
        return self._harvest(since, points)

    def _rows(self, first: date) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for page in range(1, MOST_PAGES + 1):
            answer = self._vendor.json(
                PATH,
                {
                    "fields": "record_date,account_type,open_today_bal,close_today_bal",
                    "filter": f"record_date:gte:{first}",
                    "sort": "record_date",
                    "page[size]": PAGE,
                    "page[number]": page,
                },
                "the operating cash balance",
            )
            with expected(self.name):
                rows += answer["data"]
                last = int(answer["meta"]["total-pages"])
            if page >= last:
                return rows
        raise odd(self.name, f"more than {MOST_PAGES} pages")


def _balance(row: dict[str, Any]) -> float:
    """Millions: what the closing column has, else, in the new layout, the opening one."""
    closing = number(row["close_today_bal"])
    return number(row[BALANCES[row["account_type"]]]) if isnan(closing) else closing
