"""pycoingecko, kept on a short lead: no key in an address, no silent waiting, a pace to keep."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from typing import Any

from feeds.feed import FeedError
from feeds.http import Watch, broken, odd, refused, whole

TIMEOUT = 15.0
PIECE = 65_536
PER_MINUTE_WITH_KEY = 28.0
PER_MINUTE_WITHOUT = 10.0
"""The plan with a free key allows 30 calls a minute; without one it is 5 to 15, by traffic."""


class GeckoClient:
    """Calls of pycoingecko by the name of its method, one after the other, evenly paced.

    Its own retries sleep as long as a ``Retry-After`` says, so they are off: to ask again is for
    the refresh.
    """

    def __init__(
        self,
        name: str,
        base: str,
        watch: Watch,
        *,
        key: str = "",
        timeout: float = TIMEOUT,
        per_minute: float = 0.0,
    ) -> None:
        self._name = name
        self._base = base.rstrip("/") + "/"
        self._watch = watch
        self._key = key
        self._timeout = timeout
        pace = per_minute or (PER_MINUTE_WITH_KEY if key else PER_MINUTE_WITHOUT)
        self._gap = 60.0 / pace
        self._next = 0.0
        self._lock = threading.Lock()
        self._library: Any = None

    def ask(self, method: str, what: str, **options: Any) -> Any:
        """What the library's method returns. ``what`` is the thing that a 404 means is unknown."""
        with self._lock:
            self._wait()
            library = self._opened(what)
            try:
                return getattr(library, method)(**options)
            except FeedError:
                raise
            except OSError as error:  # what requests raises
                raise broken(self._name, error) from None
            except KeyError as error:
                raise odd(self._name, f"no field {error.args[0]!r}") from None
            except (TypeError, ValueError):
                raise odd(self._name, "no valid JSON") from None

    def _wait(self) -> None:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._gap

    def _opened(self, what: str) -> Any:
        if self._library is None:
            self._library = self._open()
        self._library.session.hooks["response"] = [self._check(what)]
        return self._library

    def _open(self) -> Any:
        from pycoingecko import CoinGeckoAPI  # type: ignore[import-untyped]
        from requests.adapters import HTTPAdapter

        library = CoinGeckoAPI()
        library.api_base_url = self._base
        library.extra_params = None
        library.request_timeout = self._timeout
        library.session.mount("https://", HTTPAdapter())  # instead of the one that retries
        library.session.max_redirects = 0  # a redirect would carry the key along
        library.session.headers["Connection"] = "close"
        if self._key:
            library.session.headers["x-cg-demo-api-key"] = self._key
        return library

    def _check(self, what: str) -> Callable[..., None]:
        setting = "COINGECKO_API_KEY" if self._key else ""

        def check(answer: Any, *_: object, **__: object) -> None:
            self._watch.hear(answer.headers)
            if answer.status_code != 200:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                answer.close()
                raise refused(self._name, answer.status_code, headers, what, setting)
            with closing(answer.raw) as raw:
                # The library would wait for all of the body, however long it drips.
                answer.raw = BytesIO(whole(self._name, self._pieces(raw)))

        return check

    def _pieces(self, raw: Any) -> Iterator[bytes]:
        """A body as it comes."""
        try:
            while piece := raw.read1(PIECE, decode_content=True):
                yield piece
        except Exception as error:  # noqa: BLE001 - urllib3's, which nobody translates here
            raise broken(self._name, error) from None
