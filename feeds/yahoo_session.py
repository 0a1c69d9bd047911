"""The HTTP session that yfinance gets: ours to point elsewhere, to time, and to stop at once.

yfinance answers a refusal with a new cookie, a new crumb and a second try: one 429 costs seven
requests, one 404 up to twenty. This session turns a refused chart into a FeedError right away,
which yfinance lets through, so it costs one.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from curl_cffi import requests

from feeds.http import Watch, refused

CHART, SPARK = "/v8/finance/chart/", "/v7/finance/spark"
"""Prices of one symbol, and of twenty at a time."""
COOKIE_HOST, COOKIE_EVERY = "//fc.yahoo.com", 12 * 3600.0
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
        self._cookie_due = 0.0
        self._cookie_answer: requests.Response | None = None

    def request(self, method: Any, url: str, *args: Any, **options: Any) -> requests.Response:
        """One request; FeedError where prices are refused, save for a stale cookie (401)."""
        if COOKIE_HOST in url:
            return self._cookie(method, url, *args, **options)
        is_chart = CHART in url or SPARK in url
        options["timeout"] = self._limit if is_chart else min(COOKIE_TIMEOUT, self._limit)
        answer = super().request(method, self._address(url), *args, **options)
        if is_chart:
            headers = {name.lower(): value or "" for name, value in answer.headers.items()}
            self._watch.hear(headers)
            if answer.status_code >= 400 and answer.status_code != 401:
                what = f"the symbol {url.rpartition('/')[2]}" if CHART in url else "these symbols"
                raise refused(self._name, answer.status_code, headers, what)
        return answer

    def _cookie(self, method: Any, url: str, *args: Any, **options: Any) -> requests.Response:
        """The cookie is asked for twice a day at most: where Yahoo gives none, or a network drops
        its host, yfinance would ask anew before every chart.
        """
        if time.monotonic() >= self._cookie_due:
            self._cookie_due, self._cookie_answer = time.monotonic() + COOKIE_EVERY, None
            options["timeout"] = min(COOKIE_TIMEOUT, self._limit)
            self._cookie_answer = super().request(method, self._address(url), *args, **options)
        if self._cookie_answer is None:
            raise requests.exceptions.ConnectionError("the host of the cookie did not answer")
        return self._cookie_answer

    def _address(self, url: str) -> str:
        if not self._elsewhere:
            return url
        parts = urlsplit(url)
        return f"{self._elsewhere}{parts.path}" + (f"?{parts.query}" if parts.query else "")
