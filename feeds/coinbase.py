"""Coinbase Exchange: daily candles of BTC and ETH in USD, a second source, and for ETH the one
before November 2017.

``api.exchange.coinbase.com/products/BTC-USD/candles?granularity=86400``: rows of ``[time, low,
high, open, close, volume]``, newest first, ``time`` the start of the UTC day, at most 300 a call.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from feeds.feed import Harvest, Task
from feeds.http import expected, odd
from feeds.readings import Points, days_of, number
from feeds.web import WebFeed
from rotation.inputs import BTC, ETH

PRODUCTS = {BTC: ("BTC-USD", date(2015, 7, 20)), ETH: ("ETH-USD", date(2016, 5, 18))}
"""The product of a series, and its first day there."""
WINDOW = timedelta(days=300)
LEAST_ROWS = 270
"""Of a whole window that is over, once the product is traded: fewer would be a hole for good."""
CONTEXT = timedelta(days=10)


class Coinbase(WebFeed):
    """Closes of BTC and ETH at one exchange."""

    source = "coinbase"
    name = "Coinbase Exchange"
    verified = True
    base = "https://api.exchange.coinbase.com"

    def tasks(self) -> tuple[Task, ...]:
        """One a coin; 300 days a call."""
        today = self._vendor.watch.now().date()
        return tuple(
            Task(
                f"coinbase/{product}",
                "coinbase",
                (series,),
                history_calls=(today - first) // WINDOW + 1,
            )
            for series, (product, first) in PRODUCTS.items()
        )

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """Closes at 24:00 UTC, in USD."""
        series = task.series[0]
        product, first = PRODUCTS[series]
        start = max(first, since - CONTEXT) if since else first
        rows: list[list[Any]] = []
        today = self._vendor.watch.now().date()
        while start <= today:
            end = start + WINDOW - timedelta(days=1)
            page = self._candles(product, start, end)
            if rows and end < today and len(page) < LEAST_ROWS:
                raise odd(self.name, f"{len(page)} days of {WINDOW.days} from {start} on")
            rows += page
            start = end + timedelta(days=1)
        with expected(self.name):
            value = np.array([_close(row) for row in rows])
            points = Points(series, days_of(row[0] for row in rows), value)
        return self._harvest(since, points)

    def _candles(self, product: str, start: date, end: date) -> list[list[Any]]:
        answer = self._vendor.json(
            f"/products/{product}/candles",
            {"granularity": 86_400, "start": f"{start}T00:00:00Z", "end": f"{end}T00:00:00Z"},
            f"the product {product}",
        )
        if not isinstance(answer, list):
            raise odd(self.name, "no list of candles")
        return answer


def _close(row: list[Any]) -> float:
    """The close of a candle. ValueError where the columns are not what they were."""
    low, high, _, close = (number(cell) for cell in row[1:5])
    if close < low or close > high:
        raise ValueError("a close outside its day's range")
    return close
