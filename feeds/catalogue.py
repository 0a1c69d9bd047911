"""Every live source, built from one set of options, in order of preference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from feeds.alternative import Alternative
from feeds.cboe import Cboe
from feeds.coinbase import Coinbase
from feeds.coingecko import CoinGecko
from feeds.defillama import DefiLlama
from feeds.feed import Feed
from feeds.fred import Fred
from feeds.gecko_client import TIMEOUT
from feeds.http import READ, Now, utc_now
from feeds.ishares import IShares
from feeds.perpetuals import Binance, Okx
from feeds.quotes import QuoteSource
from feeds.treasury import Treasury
from feeds.web import WebFeed
from feeds.yahoo import AT_ONCE, QUOTED, Yahoo

_REST: tuple[type[WebFeed], ...] = (
    Treasury, DefiLlama, Alternative, Binance, IShares, Coinbase, Cboe, Okx,
)  # fmt: skip
PREFERENCE = (Yahoo.source, Fred.source, CoinGecko.source, *(kind.source for kind in _REST))
"""Of two sources of a series the earlier one is believed."""

COINS_WITH_KEY, COINS_WITHOUT = timedelta(minutes=5), timedelta(minutes=30)
SHARES = timedelta(minutes=30)
NAMES = {
    Yahoo.source: Yahoo.name,
    CoinGecko.source: CoinGecko.name,
    Fred.source: Fred.name,
    **{kind.source: kind.name for kind in _REST},
}
"""What a reader calls each source."""


def _no_date(_: str) -> date | None:
    return None


def _yes(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Options of the sources.

    ``cache``: a folder that yfinance may write to. ``urls``: other base addresses by source
    ('fred', 'fred_api' …). ``coins``: the coins to follow (``coin:ID``), those of the newest
    list first, largest first, then those of lists that are still in use. ``newest``: the date
    of the newest value that is kept of a series. ``filled``: whether the history that a task
    brings is there. ``per_minute``: calls to CoinGecko; 0 is what
    its plan allows.
    """

    cache: Path
    coingecko_key: str = field(default="", repr=False)
    fred_key: str = field(default="", repr=False)
    urls: Mapping[str, str] = field(default_factory=dict)
    coins: Callable[[], Sequence[str]] = tuple
    newest: Callable[[str], date | None] = _no_date
    filled: Callable[[str], bool] = _yes
    now: Now = utc_now
    timeout: float = READ
    per_minute: float = 0.0


def _all(settings: FeedSettings) -> tuple[Feed, ...]:
    def url(source: str) -> str:
        return settings.urls.get(source, "")

    def web(kind: type[WebFeed]) -> WebFeed:
        return kind(base=url(kind.source), now=settings.now, timeout=settings.timeout)

    yahoo = Yahoo(settings.cache, base=url("yahoo"), now=settings.now, timeout=settings.timeout)
    fred = Fred(
        base=url("fred"),
        api=url("fred_api"),
        key=settings.fred_key,
        now=settings.now,
        timeout=settings.timeout,
    )
    coingecko = CoinGecko(
        base=url("coingecko"),
        key=settings.coingecko_key,
        now=settings.now,
        timeout=min(settings.timeout, TIMEOUT),
        per_minute=settings.per_minute,
        coins=settings.coins,
        newest=settings.newest,
        filled=settings.filled,
    )
    return (yahoo, fred, coingecko, *(web(kind) for kind in _REST))


ALL: Callable[[FeedSettings], tuple[Feed, ...]] = _all
"""Of two sources of a series, the earlier one is preferred: Yahoo before Coinbase, Cboe and
CoinGecko, Binance before OKX."""


def quote_sources(feeds: Iterable[Feed], *, with_key: bool) -> tuple[QuoteSource, ...]:
    """Who tells the latest prices, and how often: with a key of CoinGecko's the coins every five
    minutes, else every half an hour; indices and funds every half an hour of a session.
    """
    found: list[QuoteSource] = []
    for feed in feeds:
        if isinstance(feed, CoinGecko):
            every = COINS_WITH_KEY if with_key else COINS_WITHOUT
            found.append(QuoteSource(feed.source, feed.name, feed.quotes, every, verified=True))
        elif isinstance(feed, Yahoo):
            calls = -(-len(QUOTED) // AT_ONCE)
            found.append(
                QuoteSource(feed.source, feed.name, feed.quotes, SHARES, calls, in_sessions=True)
            )
    return tuple(found)
