"""Perpetual funding and open interest of bitcoin, from exchanges that need no key.

Binance (``fapi.binance.com``): funding since 2019-09, 1,000 settlements a call, forward from
``startTime``. It answers HTTP 451 in some countries; then there is OKX (``www.okx.com``) with
about three months, 100 a call, backward. Their rates go together.

Open interest does not: each exchange counts its own contracts, several times those of another,
and a hole filled from elsewhere would look like a fall of the market. So it is OKX's alone, who
serves a hundred days where Binance serves thirty: one contract in USD, a bar a day, opened at
16:00 UTC, its value that of the bar's end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from feeds.feed import Harvest, Task
from feeds.http import Params, expected, odd
from feeds.readings import Points, Unit, days_of, number
from feeds.web import WebFeed

FUNDING_SINCE = date(2019, 9, 10)
YEAR = 365 * 24.0
DAY = 86_400
MOST_INTERVAL = 8.0
"""Hours: no contract settles funding less often; a longer gap is a settlement that is missing."""
BINANCE_PAGE, BINANCE_MOST_PAGES = 1_000, 40
OKX_PAGE, OKX_MOST_PAGES = 100, 8
CONTEXT = timedelta(days=10)

Rates = list[tuple[float, float]]
"""Unix seconds of a settlement, and its rate as a fraction."""


class Binance(WebFeed):
    """BTCUSDT perpetual."""

    source = "binance"
    name = "Binance"
    base = "https://fapi.binance.com"

    def tasks(self) -> tuple[Task, ...]:
        """Three settlements a day."""
        days = (self._vendor.watch.now().date() - FUNDING_SINCE).days
        return (Task("binance/FUNDING", "binance", ("FUNDING",), 1, 3 * days // BINANCE_PAGE + 2),)

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """Funding in % a year."""
        return self._harvest(since, self._funding(since))

    def _funding(self, since: date | None) -> Points:
        rates: Rates = []
        start = _milliseconds(since - CONTEXT if since else FUNDING_SINCE)
        for _ in range(BINANCE_MOST_PAGES):
            params: Params = {"symbol": "BTCUSDT", "startTime": start, "limit": BINANCE_PAGE}
            answer = self._vendor.json("/fapi/v1/fundingRate", params, "BTCUSDT")
            with expected(self.name):
                rates += [(row["fundingTime"] / 1e3, number(row["fundingRate"])) for row in answer]
            if len(answer) < BINANCE_PAGE:
                return _annual(self.name, rates)
            start = int(rates[-1][0] * 1e3) + 1
        raise odd(self.name, f"more than {BINANCE_MOST_PAGES} pages")


class Okx(WebFeed):
    """BTC-USDT-SWAP."""

    source = "okx"
    name = "OKX"
    base = "https://www.okx.com"

    def tasks(self) -> tuple[Task, ...]:
        """Funding goes back about three months, open interest 100 days."""
        return (
            Task("okx/FUNDING", "okx", ("FUNDING",), 1, OKX_MOST_PAGES),
            Task("okx/OPEN_INTEREST", "okx", ("OPEN_INTEREST",)),
        )

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """Funding in % a year, or open interest in USD."""
        if task.series[0] == "FUNDING":
            return self._harvest(since, self._funding(since))
        return self._harvest(since, self._open_interest())

    def _funding(self, since: date | None) -> Points:
        rates: Rates = []
        params: dict[str, str | int] = {"instId": "BTC-USDT-SWAP", "limit": OKX_PAGE}
        first = _milliseconds(since - CONTEXT) if since else 0
        for _ in range(OKX_MOST_PAGES):
            rows = self._rows("/api/v5/public/funding-rate-history", params)
            with expected(self.name):
                rates += [(float(row["fundingTime"]) / 1e3, _realised(row)) for row in rows]
            oldest = int(min(at for at, _ in rates) * 1e3) if rates else 0
            if len(rows) < OKX_PAGE or oldest <= first:
                break
            params["after"] = oldest
        return _annual(self.name, rates)

    def _open_interest(self) -> Points:
        params: Params = {"instId": "BTC-USDT-SWAP", "period": "1D", "limit": OKX_PAGE}
        rows = self._rows("/api/v5/rubik/stat/contracts/open-interest-history", params)
        with expected(self.name):
            day = days_of(float(row[0]) / 1e3 + DAY - 1 for row in rows)
            value = np.array([number(row[3]) for row in rows], "float64")
        return Points("OPEN_INTEREST", day, value, Unit("USD", 1e8))

    def _rows(self, path: str, params: Params) -> list[Any]:
        answer = self._vendor.json(path, params, "BTC-USDT-SWAP")
        with expected(self.name):
            if str(answer["code"]) != "0":
                raise odd(self.name, f"code {answer['code']}")
            return list(answer["data"])


def _realised(row: Mapping[str, Any]) -> float:
    """What was paid; older rows have the rate that had been announced."""
    return number(row.get("realizedRate") or row["fundingRate"])


def _annual(name: str, rates: Rates) -> Points:
    """Mean over the settlements of a UTC day, each as % a year: rate ÷ hours since the one
    before × hours of a year.
    """
    if not rates:
        raise odd(name, "no funding rates")
    ordered = np.array(sorted(dict(rates).items()))
    at, rate = ordered[:, 0], ordered[:, 1]
    hours = np.diff(at, prepend=at[0] - MOST_INTERVAL * 3_600) / 3_600
    hours = np.clip(np.round(hours), 1.0, MOST_INTERVAL)
    annual = 100 * rate * YEAR / hours
    day = days_of(at)
    days, place = np.unique(day, return_inverse=True)
    mean = np.bincount(place, annual) / np.bincount(place)
    return Points("FUNDING", days, mean)


def _milliseconds(day: date) -> int:
    return int(np.datetime64(day, "ms").astype(np.int64))
