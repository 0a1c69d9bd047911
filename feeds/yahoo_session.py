"""The HTTP session that yfinance gets: ours to point elsewhere, to time, and to stop at once.

yfinance answers a refusal with a new cookie, a new crumb and a second try: one 429 costs seven
requests, one 404 up to twenty. This session turns a refused chart into a FeedError right away,
which yfinance lets through, so it costs one.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from curl_cffi import requests

from feeds.http import Watch, refused

CHART, SPARK = "/v8/finance/chart/", "/v7/finance/spark"
"""Prices of one symbol, and of twenty at a time."""
COOKIE_TIMEOUT = 5.0
"""Cookie and crumb are optional for charts, and some networks drop their hosts silently."""


class YahooSession(requests.Session[requests.Response]):
    """A session of curl_cffi, which looks like a browser; Yahoo turns others away. Proxy and CA
    come from the environment. ``base`` replaces every host of Yahoo's, where it is given.
    """

    def __init__(self, name: str, base: str, watch: Watch, timeout: float) -> None:
        super().__init__(impersonate="chrome")
        self._name = name
        self._elsewhere = base.rstrip("/")
        self._watch = watch
        self._limit = timeout

    def request(self, method: Any, url: str, *args: Any, **options: Any) -> requests.Response:
        """One request; FeedError where prices are refused, save for a stale cookie (401)."""
        is_chart = CHART in url or SPARK in url
        options["timeout"] = self._limit if is_chart else min(COOKIE_TIMEOUT, self._limit)
        if self._elsewhere:
            parts = urlsplit(url)
            url = f"{self._elsewhere}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        answer = super().request(method, url, *args, **options)
        if is_chart:
            headers = {name.lower(): value or "" for name, value in answer.headers.items()}
            self._watch.hear(headers)
            if answer.status_code >= 400 and answer.status_code != 401:
                what = f"the symbol {url.rpartition('/')[2]}" if CHART in url else "these symbols"
                raise refused(self._name, answer.status_code, headers, what)
        return answer
