"""CoinGecko: the largest coins, their closes, bitcoin's market cap, dominance.

One page of ``/coins/markets`` has the price of the 250 largest coins, but that of the moment:
read just after 00:00 UTC it is the close of the day that has ended, so a day costs three calls.
At any other hour the page brings the list of coins and no price. Closes that were missed, and
the history of a new coin, come from ``/coins/ID/market_chart``: a call a coin, 365 days in the
free plan. ``/global`` has the dominance of the moment, and nobody serves its history.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import isnan
from typing import Any

import numpy as np

from feeds.coins import CATEGORIES, listed
from feeds.feed import FeedError, Harvest, Task
from feeds.gecko_client import TIMEOUT, GeckoClient
from feeds.http import Now, Watch, expected, odd, utc_now
from feeds.quotes import coin_quote
from feeds.readings import SLIP, Points, days_of, merged, number
from feeds.web import harvest
from rotation.inputs import BTC, Listing, Quote, Withheld

BASE_URL = "https://api.coingecko.com/api/v3"
PAGE = 250
LEAST_COINS = 60
"""A shorter page is no list of the largest coins."""
LEAST_LISTED = 50
"""Nor is what has fewer altcoins: the index takes so many, and a list is kept for good."""
HISTORIES = 100
"""So many of the largest coins get their history: the index takes 50, the rest is room for
those that rise. Without a key they take ten minutes, with one four."""
PRICE_BEFORE, SHARE_BEFORE = timedelta(minutes=5), timedelta(minutes=15)
AFTER = timedelta(minutes=30)
"""A price stamped so near to 00:00 UTC stands for the close, and so does a dominance, which is
computed every ten minutes."""
HISTORY_READY = timedelta(minutes=35)
"""After midnight, until the daily point of the day that ended is in ``market_chart``."""
CATEGORIES_KEPT = timedelta(days=7)
SUPPLY_AGREES = (0.5, 2.0)
"""Price × supply ÷ market cap of a coin; it is 1 within 2 % where a price is right."""
BITCOINS = (15e6, 21.1e6)
"""Dominance × total cap counted in bitcoin is the number of bitcoins there are."""
MARKET = "coingecko/market"

Row = dict[str, Any]


class CoinGecko:
    """One task for the day, and one a coin whose closes are missed.

    ``coins`` tells the coins to follow, those of the newest list first, largest first;
    ``newest`` the date of the newest close that is kept of a series, ``filled`` whether the
    history that a task brings is there.
    """

    source = "coingecko"
    name = "CoinGecko"
    verified = True

    def __init__(
        self,
        *,
        base: str = "",
        key: str = "",
        now: Now = utc_now,
        timeout: float = TIMEOUT,
        per_minute: float = 0.0,
        coins: Callable[[], Sequence[str]] = tuple,
        newest: Callable[[str], date | None] = lambda _: None,
        filled: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._watch = Watch(self.name, now)
        self._client = GeckoClient(
            self.name,
            base or BASE_URL,
            self._watch,
            key=key,
            timeout=timeout,
            per_minute=per_minute,
        )
        self._coins = coins
        self._newest = newest
        self._filled = filled
        self._read: dict[str, date] = {}
        self._last_list: tuple[str, ...] = ()
        self._categories: frozenset[str] = frozenset()
        self._categories_at: datetime | None = None

    @property
    def ahead(self) -> timedelta | None:
        """As in ``Feed``."""
        return self._watch.ahead

    # --- what there is to do -------------------------------------------------------------

    def tasks(self) -> tuple[Task, ...]:
        """The market, and the histories of coins that lack closes. They cost no call a day.

        The market's clock is bitcoin's cap, which can always be had; dominance and closes come
        along while they can.
        """
        coins = self._followed()
        calls = 3 + len(CATEGORIES)
        unknown = 0 if coins else HISTORIES
        market = Task(MARKET, "coingecko", ("BTC_CAP",), calls, calls + 1 + unknown)
        histories = (coin for coin in coins[:HISTORIES] if self._lacks(coin))
        return market, *(Task(_history(coin), "coingecko", (coin,), calls=0) for coin in histories)

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """The market of this moment, or one coin's closes, in USD."""
        if task.id == MARKET:
            found = self._market(since)
        else:
            points = self._chart(task.series[0])
            found = harvest(self.source, self.name, self._watch, since, points)
        self._read |= {item.series: item.date[-1].item() for item in found.observations}
        return found

    def quotes(self) -> tuple[Quote, ...]:
        """The latest prices of the 250 largest coins, of one call."""
        rows = self._rows(page=1, price_change_percentage="24h,7d,30d")
        with expected(self.name):
            return tuple(
                coin_quote(row, _instant(row["last_updated"]), price)
                for row in rows
                if row["last_updated"]
                and (price := number(row["current_price"])) > 0
                and not _doubt(row, price)
            )

    def _followed(self) -> tuple[str, ...]:
        """Coins of the newest list first, then those kept from older ones."""
        return tuple(dict.fromkeys((*self._last_list, *self._coins())))

    def _lacks(self, coin: str) -> bool:
        """A close of the day alone, from the market's page, is no history."""
        if not self._filled(_history(coin)):
            return True
        kept = max(self._newest(coin) or date.min, self._read.get(coin, date.min))
        return kept < (self._watch.now() - HISTORY_READY).date() - timedelta(days=1)

    # --- the market ----------------------------------------------------------------------

    def _market(self, since: date | None) -> Harvest:
        page = self._page()
        problems: list[str] = []
        with expected(self.name):
            closes, withheld = self._closes(page)
            lost, more = self._closes(self._gone(page, problems))
            dominance, doubted = self._tolerated(problems, self._dominance) or ([], [])
            coins = listed(page, self._excluded(problems))
            if len(coins) < LEAST_LISTED:
                raise odd(self.name, f"{len(coins)} altcoins with a market cap among {len(page)}")
            self._last_list = tuple(f"coin:{id}" for id in coins)
        wanted = {BTC, "BTC_CAP", *self._followed()}
        points = dominance + [item for item in closes + lost if item.series in wanted]
        withheld = [item for item in withheld if item.series in wanted]
        if not any(item.series == "BTC_CAP" for item in points):
            chart = self._tolerated(problems, self._chart, coin=BTC) or []
            points += [item for item in chart if item.series == "BTC_CAP"]
        found = harvest(self.source, self.name, self._watch, since, points)
        now = self._watch.now()
        listing = Listing(now.date(), self._last_list, now)
        extra = Harvest((), (listing,), tuple(problems), (*withheld, *more, *doubted))
        return merged(found, extra)

    def _page(self) -> list[Row]:
        rows = self._rows(page=1)
        if len(rows) < LEAST_COINS:
            raise odd(self.name, f"{len(rows)} coins where {PAGE} were asked for")
        return rows

    def _rows(self, **which: Any) -> list[Row]:
        rows = self._client.ask(
            "get_coins_markets",
            "these coins",
            vs_currency="usd",
            order="market_cap_desc",
            per_page=PAGE,
            precision="full",
            **which,
        )
        if not isinstance(rows, list):
            raise odd(self.name, "no list of coins")
        return rows

    def _gone(self, page: list[Row], problems: list[str]) -> list[Row]:
        """Rows of followed coins that have left the page: it is the losers that must be kept."""
        ids = {row["id"] for row in page}
        gone = [id for id in map(_id, self._followed()) if id not in ids]
        rows = self._tolerated(problems, self._rows, ids=gone[:PAGE]) if gone else []
        return rows or []

    def _tolerated(self, problems: list[str], ask: Callable[..., Any], **options: Any) -> Any:
        """What a lesser question brings; None where it failed and trying again would not help."""
        try:
            return ask(**options)
        except FeedError as error:
            if error.retry:
                raise
            problems.append(str(error))
            return None

    def _excluded(self, problems: list[str]) -> frozenset[str]:
        """Coins of the source's categories, read once a week; the last ones where it fails."""
        now = self._watch.now()
        if self._categories_at is not None and now - self._categories_at < CATEGORIES_KEPT:
            return self._categories
        found: set[str] = set()
        try:
            for category in CATEGORIES:
                ids = {
                    row["id"] for row in self._tolerated([], self._rows, category=category) or ()
                }
                found |= ids if "bitcoin" not in ids else set()  # else it was not understood
        except FeedError as error:
            problems.append(f"{error} So the lists of excluded coins are those of before.")
            return self._categories | found
        self._categories, self._categories_at = frozenset(found), now
        return self._categories

    # --- values of the moment ------------------------------------------------------------

    @staticmethod
    def _closes(rows: list[Row]) -> tuple[list[Points], list[Withheld]]:
        points: list[Points] = []
        withheld: list[Withheld] = []
        for row in rows:
            coin, stamp = f"coin:{row['id']}", row["last_updated"]
            day = _ended_day(_instant(stamp), PRICE_BEFORE) if stamp else None
            if day is None:
                continue
            price = number(row["current_price"])
            if isnan(price):
                continue
            doubt = _doubt(row, price)
            if doubt:
                withheld.append(Withheld(coin, day, price, doubt))
                continue
            points.append(_point(coin, day, price))
            if coin == BTC:
                points.append(_point("BTC_CAP", day, number(row["market_cap"])))
        return points, withheld

    def _dominance(self) -> tuple[list[Points], list[Withheld]]:
        """Bitcoin's share of the market cap of everything, stablecoins included, in %."""
        answer = self._client.ask("get_global", "the global market")
        with expected(self.name):
            day = _ended_day(_from_unix(answer["updated_at"]), SHARE_BEFORE)
            share = number(answer["market_cap_percentage"]["btc"])
            bitcoins = share / 100 * number(answer["total_market_cap"]["btc"])
        if day is None or isnan(bitcoins):
            return [], []
        if not BITCOINS[0] <= bitcoins <= BITCOINS[1]:
            reason = f"it means {bitcoins / 1e6:.1f} million bitcoins"
            return [], [Withheld("DOMINANCE", day, share, reason)]
        return [_point("DOMINANCE", day, share)], []

    def _chart(self, coin: str) -> list[Points]:
        """Daily closes of 365 days: the point stamped 00:00 UTC is the close of the day before.
        The last point, off that grid, is the price of the moment.
        """
        answer = self._client.ask(
            "get_coin_market_chart_by_id", f"the coin {_id(coin)}",
            id=_id(coin), vs_currency="usd", days=365,
        )  # fmt: skip
        with expected(self.name):
            points = [_daily(coin, answer["prices"])]
            if coin == BTC:
                points.append(_daily("BTC_CAP", answer["market_caps"]))
        if not len(points[0].date):
            raise odd(self.name, f"no daily prices of {_id(coin)}")
        return points


def _id(coin: str) -> str:
    return coin.removeprefix("coin:")


def _history(coin: str) -> str:
    """The task of a coin's history."""
    return f"coingecko/{_id(coin)}"


def _daily(series: str, pairs: list[list[Any]]) -> Points:
    day = 86_400_000
    grid = [(stamp, value) for stamp, value in pairs if stamp % day == 0]
    dates = days_of(stamp / 1e3 - 1 for stamp, _ in grid)
    return Points(series, dates, np.array([number(value) for _, value in grid], "float64"))


def _point(series: str, day: date, value: float) -> Points:
    return Points(series, np.array([day], "datetime64[D]"), np.array([value]))


def _doubt(row: Row, price: float) -> str:
    """Why a price is not believed: it does not go with the coin's supply and market cap, or it
    is many times that of yesterday; or ''.
    """
    cap, supply = number(row["market_cap"]), number(row["circulating_supply"])
    if cap > 0 and supply > 0:
        agrees = price * supply / cap
        if not SUPPLY_AGREES[0] <= agrees <= SUPPLY_AGREES[1]:
            return f"price times supply is {agrees:.3g} of its market cap"
    factor = 1 + number(row.get("price_change_percentage_24h")) / 100
    if factor > SLIP or factor < 1 / SLIP:
        return f"{factor:.3g} times the price of the day before"
    return ""


def _ended_day(stamp: datetime, before: timedelta) -> date | None:
    """The UTC day for whose end a value stamped so stands; None in the middle of a day."""
    midnight = datetime.combine((stamp + before).date(), time())
    return midnight.date() - timedelta(days=1) if stamp - midnight <= AFTER else None


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _from_unix(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
