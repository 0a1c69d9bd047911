"""Every live source, built from one set of options, in order of preference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
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
from feeds.treasury import Treasury
from feeds.web import WebFeed
from feeds.yahoo import Yahoo

_REST: tuple[type[WebFeed], ...] = (
    Treasury, DefiLlama, Alternative, Binance, IShares, Coinbase, Cboe, Okx,
)  # fmt: skip
PREFERENCE = (Yahoo.source, Fred.source, CoinGecko.source, *(kind.source for kind in _REST))
"""Of two sources of a series the earlier one is believed."""


def _no_date(_: str) -> date | None:
    return None


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Options of the sources.

    ``cache``: a folder that yfinance may write to. ``urls``: other base addresses by source
    ('fred', 'fred_api' …). ``coins``: the coins to follow (``coin:ID``), those of the newest
    list first, largest first, then those of lists that are still in use. ``newest``: the date
    of the newest value that is kept of a series. ``per_minute``: calls to CoinGecko; 0 is what
    its plan allows.
    """

    cache: Path
    coingecko_key: str = field(default="", repr=False)
    fred_key: str = field(default="", repr=False)
    urls: Mapping[str, str] = field(default_factory=dict)
    coins: Callable[[], Sequence[str]] = tuple
    newest: Callable[[str], date | None] = _no_date
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
    )
    return (yahoo, fred, coingecko, *(web(kind) for kind in _REST))


ALL: Callable[[FeedSettings], tuple[Feed, ...]] = _all
"""Of two sources of a series, the earlier one is preferred: Yahoo before Coinbase, Cboe and
CoinGecko, Binance before OKX."""
