"""Yahoo Finance through yfinance: closes of indices, ETFs, BTC and ETH, volume of IWM and BTC.

Closes are unadjusted for dividends (``auto_adjust=False``) and adjusted for splits, all of them,
also those of the past: after a split the whole history is read again. Coins other than BTC and
ETH are not taken from here: a symbol such as UNI-USD names several coins, or another one
tomorrow.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from feeds.feed import FeedError, Harvest, Task
from feeds.http import READ, Now, Watch, broken, expected, odd, utc_now
from feeds.quotes import batched, share_quote
from feeds.readings import Points
from feeds.web import harvest
from rotation.inputs import BTC, BTC_VOLUME, ETH, LARGE_CAP_SECTORS, SMALL_CAP_SECTORS, Quote

if TYPE_CHECKING:
    from feeds.yahoo_session import YahooSession

SYMBOLS = {
    "RUT": "^RUT",
    "SPX": "^GSPC",
    **{id: id for id in ("IWM", "SPY", "IWC", "RSP", *SMALL_CAP_SECTORS, *LARGE_CAP_SECTORS)},
    "MOVE": "^MOVE",
    "HYG": "HYG",
    "IEF": "IEF",
    BTC: "BTC-USD",
    ETH: "ETH-USD",
}
VOLUMES = {"IWM": "IWM.volume", BTC: BTC_VOLUME}
"""Shares for IWM, USD for BTC."""
QUOTED = tuple(id for id in SYMBOLS if id not in {BTC, ETH})
SPARK_URL = "https://query1.finance.yahoo.com/v7/finance/spark"
AT_ONCE = 20
"""Symbols that one question for the latest prices may name."""
FIRST = date(1980, 1, 1)
FAR = date(2050, 1, 1)
"""As the end of every question: one that lies in the past would be answered from a memory."""
AGREE = 0.005
CONTEXT = timedelta(days=10)
"""So much before ``since`` is read too: there is always a session in it, and every split."""


class Yahoo:
    """One task a symbol. ``cache``: the folder for yfinance's time zones and cookies."""

    source = "yahoo"
    name = "Yahoo Finance"
    verified = True

    def __init__(
        self, cache: Path, *, base: str = "", now: Now = utc_now, timeout: float = READ
    ) -> None:
        self._cache = cache
        self._base = base
        self._timeout = timeout
        self._watch = Watch(self.name, now)
        self._session: YahooSession | None = None
        self._lock = threading.Lock()

    @property
    def ahead(self) -> timedelta | None:
        """As in ``Feed``."""
        return self._watch.ahead

    def tasks(self) -> tuple[Task, ...]:
        """A refresh is one call; the first one asks for the time zone too."""
        return tuple(
            Task(
                f"yahoo/{symbol}",
                "yahoo",
                (series, VOLUMES[series]) if series in VOLUMES else (series,),
                history_calls=2,
            )
            for series, symbol in SYMBOLS.items()
        )

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """Closes of sessions, or UTC days, that are over; the whole history after a split."""
        series = task.series[0]
        with self._lock:
            frame = self._history(SYMBOLS[series], since)
            if since and (frame["Stock Splits"] != 0).any():
                since = None
                frame = self._history(SYMBOLS[series], None)
        day = pd.DatetimeIndex(frame.index).tz_localize(None).to_numpy().astype("datetime64[D]")
        close, volume = (frame[name].to_numpy("float64") for name in ("Close", "Volume"))
        volume = np.where(volume > 0, volume, np.nan)
        other = _contradicted(frame)
        if other is not None:
            day, close = np.append(day, day[-1]), np.append(close, other)
            volume = np.append(volume[:-1], [np.nan, np.nan])
        points = [Points(series, day, close)]
        if series in VOLUMES:
            points.append(Points(VOLUMES[series], day, volume))
        return harvest(self.source, self.name, self._watch, since, points)

    def quotes(self) -> tuple[Quote, ...]:
        """The latest prices of all indices and funds, twenty symbols a call."""
        symbols = [(id, SYMBOLS[id]) for id in QUOTED]
        found: list[Quote] = []
        with self._lock:
            for part in batched(symbols, AT_ONCE):
                found += self._spark(dict(part))
        if not found:
            raise odd(self.name, "no prices of this moment")
        return tuple(found)

    def _spark(self, symbols: dict[str, str]) -> list[Quote]:
        library = self._library()
        params = {"symbols": ",".join(symbols.values()), "range": "3mo", "interval": "1d"}
        with self._in_words("these symbols"), expected(self.name):
            ask = library.data.YfData(session=self._session).get_raw_json
            answer = ask(SPARK_URL, params=params, timeout=self._timeout)
            rows = {item["symbol"]: item["response"][0] for item in answer["spark"]["result"]}
            found = [share_quote(id, rows[name]) for id, name in symbols.items() if name in rows]
        return [quote for quote in found if quote is not None]

    def _history(self, symbol: str, since: date | None) -> pd.DataFrame:
        library = self._library()
        with self._in_words(symbol), expected(self.name):
            ticker = library.Ticker(symbol, session=self._session)
            start = since - CONTEXT if since else FIRST
            frame: pd.DataFrame = ticker.history(
                start=start, end=FAR, auto_adjust=False, timeout=self._timeout
            )
            facts = ticker.history_metadata
            asked = {"currency": "USD", "dataGranularity": "1d", "symbol": symbol}
            told = {key: facts.get(key) or asked[key] for key in asked}
            frame.attrs["twin"] = facts.get("lastTrade")
        if told != asked:
            raise odd(self.name, f"{', '.join(told.values())} instead of {symbol}")
        return frame

    @contextmanager
    def _in_words(self, symbol: str) -> Iterator[None]:
        """What yfinance and its transport raise, as a FeedError."""
        from yfinance import exceptions as raised  # type: ignore[import-untyped]

        try:
            yield
        except raised.YFRateLimitError:
            reason = f"{self.name} asks to be left alone (too many questions)."
            raise FeedError(reason, retry=True) from None
        except (raised.YFPricesMissingError, raised.YFTzMissingError):
            reason = f"{self.name} has no prices of {symbol}: it may be delisted or renamed."
            raise FeedError(reason) from None
        except raised.YFException:
            raise odd(self.name, f"nothing usable of {symbol}") from None
        except OSError as error:  # what curl_cffi raises
            raise broken(self.name, error) from None

    def _library(self) -> Any:
        """yfinance, imported late (0.3 s) and set up once; it keeps its state by process."""
        import yfinance

        warnings.filterwarnings("ignore", module="yfinance")
        if self._session is None:
            from feeds.yahoo_session import YahooSession

            self._cache.mkdir(parents=True, exist_ok=True)
            yfinance.set_tz_cache_location(str(self._cache))
            yfinance.config.debug.hide_exceptions = False
            self._session = YahooSession(self.name, self._base, self._watch, self._timeout)
        return yfinance


def _contradicted(frame: pd.DataFrame) -> float | None:
    """Where Yahoo gave the last day twice yfinance keeps one of the two: the close of the other
    if it says something else, so that neither need be believed.
    """
    twin = frame.attrs["twin"]
    if not twin or not len(frame) or abs(twin["Price"] / frame["Close"].iloc[-1] - 1) <= AGREE:
        return None
    return float(twin["Price"])
