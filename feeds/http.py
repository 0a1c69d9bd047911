"""HTTP for every feed: one way to ask, one clock to trust, every fault a FeedError in words.

A message names the source and what happened, never an address: addresses can hold a key.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from math import isnan
from typing import Any

from feeds.feed import FeedError

USER_AGENT = "spillover/0.1"
CONNECT = 10.0
READ = 20.0
TOTAL = 90.0
"""Seconds to connect, to wait for the next piece of an answer, and for all of it."""
MOST_BYTES = 32 * 1024 * 1024
LONGEST_WISH = 86_400.0
"""Seconds: whatever a header says, no source is left alone for longer, nor is one so far away
from this machine's clock believed about the time.
"""
SHOWN = 80
"""Characters of an odd answer that a message quotes."""

TOO_MANY = (418, 429)
OUT_OF_ORDER = (408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524)
NOT_FROM_HERE = (403, 451)
UNKNOWN = (404, 410)
REFUSED_KEY, REFUSED_EITHER = 401, 400
"""With a key set: how sources refuse it, and how some refuse either it or the question."""

Params = Mapping[str, str | int]
Now = Callable[[], datetime]

logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs addresses, with keys


def utc_now() -> datetime:
    """The time of this machine, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


class Watch:
    """The time, never later than the source's own clock says.

    On a machine whose clock runs ahead the running day would look like an ended one, and its
    last price like a close. A source that is more than a day away is wrong itself.
    """

    TOLERATED = timedelta(minutes=2)
    TOLD = timedelta(minutes=10)

    def __init__(self, name: str, now: Now) -> None:
        self._name = name
        self._now = now
        self._ahead = timedelta()
        self.ahead: timedelta | None = None
        """How far this machine's clock is ahead of the source's, as last heard; None: never."""

    def hear(self, headers: Mapping[str, str]) -> None:
        """Compare with the ``Date`` (and ``Age`` in a cache) of an answer."""
        told = _http_date(headers.get("date", ""))
        if told is not None:
            ahead = self._machine() - told - timedelta(seconds=_seconds(headers.get("age")) or 0)
            self.ahead = ahead
            self._ahead = ahead if abs(ahead) > self.TOLERATED else timedelta()

    def now(self) -> datetime:
        """Naive UTC."""
        believed = self._ahead <= timedelta(seconds=LONGEST_WISH)
        return self._machine() - (max(self._ahead, timedelta()) if believed else timedelta())

    def problems(self) -> tuple[str, ...]:
        """What is wrong with this machine's clock, if it is."""
        if abs(self._ahead) <= self.TOLD:
            return ()
        way = "ahead of" if self._ahead > timedelta() else "behind"
        span = _span(abs(self._ahead).total_seconds())
        return (f"This machine's clock is {span} {way} that of {self._name}. Cure: set it.",)

    def _machine(self) -> datetime:
        moment = self._now()
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


class Vendor:
    """One source over HTTPS. Blocks; each question has a connection of its own, so that none
    stays open from one day to the next. Proxy and CA come from the environment.
    """

    def __init__(
        self,
        name: str,
        base: str,
        *,
        now: Now = utc_now,
        timeout: float = READ,
        headers: Mapping[str, str] | None = None,
        key: str = "",
    ) -> None:
        self.name = name
        self.watch = Watch(name, now)
        self._base = base.rstrip("/")
        self._timeout = timeout
        self._headers = {"User-Agent": USER_AGENT, **(headers or {})}
        self._key = key

    def text(self, path: str, params: Params, what: str = "what was asked for") -> str:
        """The answer as text. ``what`` is the thing that a 404 means is unknown."""
        body = self._ask(path, params, what).decode("utf-8-sig", "replace")
        if body.lstrip()[:1] == "<":
            raise odd(self.name, "a web page")
        return body

    def json(self, path: str, params: Params, what: str = "what was asked for") -> Any:
        """The answer's JSON."""
        text = self.text(path, params, what)
        try:
            return json.loads(text)
        except ValueError:
            raise odd(self.name, "no valid JSON") from None

    def _ask(self, path: str, params: Params, what: str) -> bytes:
        import httpx

        try:
            with (
                httpx.Client(
                    timeout=httpx.Timeout(self._timeout, connect=min(CONNECT, self._timeout)),
                    headers=self._headers,
                    verify=_certificates(),
                    follow_redirects=True,
                ) as client,
                client.stream("GET", self._base + path, params=dict(params)) as answer,
            ):
                self.watch.hear(answer.headers)
                if answer.status_code != 200:
                    raise refused(self.name, answer.status_code, answer.headers, what, self._key)
                return whole(self.name, answer.iter_bytes())
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise broken(self.name, error) from None


def whole(name: str, parts: Iterable[bytes]) -> bytes:
    """The body of an answer, put together; FeedError if it is too long, too slow, or empty."""
    found = bytearray()
    end = time.monotonic() + TOTAL
    for part in parts:
        found += part
        if len(found) > MOST_BYTES:
            raise odd(name, f"more than {MOST_BYTES // 1024**2} MB")
        if time.monotonic() > end:
            raise FeedError(f"{name} took over {TOTAL:.0f} s to answer.", retry=True)
    if not found:
        raise odd(name, "nothing")
    return bytes(found)


@cache
def _certificates() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()


def refused(
    name: str, status: int, headers: Mapping[str, str], what: str, key: str = ""
) -> FeedError:
    """The FeedError of an HTTP status. ``key`` is the name of the setting with the key, if the
    question was asked with one.
    """
    if status in TOO_MANY:
        after = retry_after(headers)
        wait = f" for {_span(after)}" if after else ""
        return FeedError(
            f"{name} asks to be left alone{wait} (too many questions, HTTP {status}).",
            retry=True,
            after=after,
        )
    code = f"(HTTP {status})"
    if status in OUT_OF_ORDER:
        what_happened = f"{name} is out of order at the moment {code}."
        return FeedError(what_happened, retry=True, after=retry_after(headers))
    if key and status == REFUSED_KEY:
        return FeedError(f"{name} refused the key {code}. Cure: check {key}.")
    if key and status == REFUSED_EITHER:
        return FeedError(f"{name} refused the question or the key {code}. Cure: check {key}.")
    if status in NOT_FROM_HERE:
        return FeedError(f"{name} is not available from this country or network {code}.")
    if status in UNKNOWN:
        return FeedError(f"{name} does not know {what} {code}.")
    return FeedError(f"{name} refused the question {code}.")


def broken(name: str, error: Exception) -> FeedError:
    """The FeedError of a transport's exception, whichever library raised it."""
    kind = type(error).__name__
    if "Timeout" in kind:
        return FeedError(f"{name} did not answer in time.", retry=True)
    if "CERTIFICATE" in str(error).upper():
        return FeedError(f"{name}'s certificate is not trusted here. Cure: check clock and CA.")
    return FeedError(f"The connection to {name} failed or broke off.", retry=True)


def odd(name: str, found: str) -> FeedError:
    """The source answered, but something else than it used to."""
    return FeedError(f"{name} answered something else than expected ({found}).")


def unexpected(name: str, error: Exception) -> FeedError:
    """What no feed has foreseen, such as a library that cannot write its cache."""
    return FeedError(f"{name} could not be read: an unexpected fault, {type(error).__name__}.")


@contextmanager
def expected(name: str) -> Iterator[None]:
    """What a parser trips over is an odd answer."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise odd(name, _found(error)[:SHOWN]) from None


def _found(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "no valid JSON"
    if isinstance(error, KeyError):
        return f"no field {error.args[0]!r}"
    return str(error) if isinstance(error, ValueError) else "fields of another shape"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the source asks to wait, a day at most: a number, or a date against its own
    ``Date``.
    """
    wish = headers.get("retry-after", "")
    seconds = _seconds(wish)
    if seconds is not None:
        return seconds
    until = _http_date(wish)
    if until is None:
        return None
    told = _http_date(headers.get("date", "")) or utc_now()
    return _clamped((until - told).total_seconds())


def _seconds(text: str | None) -> float | None:
    try:
        return _clamped(float(text or ""))
    except ValueError:
        return None


def _clamped(seconds: float) -> float | None:
    return None if isnan(seconds) else min(max(0.0, seconds), LONGEST_WISH)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
