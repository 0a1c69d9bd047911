"""One door for all sources: limits, clocks, and a FeedError in words for everything else."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from feeds import http
from feeds.feed import FeedError
from feeds.gecko_client import GeckoClient
from feeds.http import Vendor, Watch, broken, expected, refused, retry_after
from tests.feeds.vendor_truth import NOW
from tests.servers.vendors import Vendors


@pytest.mark.parametrize(
    ("status", "words", "retry"),
    [
        (401, "refused the question", False),
        (403, "not available from this country", False),
        (404, "does not know the moon", False),
        (429, "asks to be left alone", True),
        (418, "asks to be left alone", True),
        (451, "not available from this country", False),
        (500, "out of order", True),
        (503, "out of order", True),
        (522, "out of order", True),
        (302, "refused the question", False),
    ],
)
def test_statuses(status: int, words: str, retry: bool) -> None:
    error = refused("Source", status, {}, "the moon")
    assert words in str(error)
    assert error.retry is retry
    assert error.after is None


@pytest.mark.parametrize(
    ("status", "words"), [(400, "refused the question or the key"), (401, "refused the key")]
)
def test_a_refused_key_names_the_setting(status: int, words: str) -> None:
    error = str(refused("FRED", status, {}, "x", "FRED_API_KEY"))
    assert words in error
    assert "check FRED_API_KEY" in error


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "99999999999999"}, 86_400),
        ({"retry-after": "inf"}, 86_400),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, 86_400),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 -0100"}, None),
        ({"retry-after": "Thu, 01 Jan 0001 00:00:00 +0100"}, 0),
        ({}, None),
        (
            {
                "retry-after": "Tue, 30 Jun 2026 00:12:00 GMT",
                "date": "Tue, 30 Jun 2026 00:10:00 GMT",
            },
            120,
        ),
        (
            {
                "retry-after": "Tue, 30 Jun 2026 00:00:00 GMT",
                "date": "Tue, 30 Jun 2026 00:10:00 GMT",
            },
            0,
        ),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_long_waits_are_told_in_hours() -> None:
    assert "for 2 hours" in str(refused("S", 429, {"retry-after": "7200"}, "x"))


@pytest.mark.parametrize(
    ("error", "words", "retry"),
    [
        (httpx.ReadTimeout("key=secret"), "in time", True),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] secret"), "not trusted", False),
        (httpx.RemoteProtocolError("secret"), "broke off", True),
        (OSError("secret"), "broke off", True),
    ],
)
def test_transport(error: Exception, words: str, retry: bool) -> None:
    found = broken("Source", error)
    assert words in str(found)
    assert found.retry is retry
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("trip", "words"),
    [
        (lambda: {}["close"], "no field 'close'"),
        (lambda: list[int]().pop(), "fields of another shape"),
        (lambda: float("twelve"), "could not convert"),
        (lambda: None.x, "fields of another shape"),
    ],
)
def test_a_parser_that_trips(trip, words: str) -> None:
    with pytest.raises(FeedError, match=words), expected("Source"):
        trip()


class TestWatch:
    def watch(self, **ahead: float) -> Watch:
        machine = NOW + dt.timedelta(**ahead)
        watch = Watch("Source", lambda: machine)
        watch.hear({"date": "Tue, 30 Jun 2026 00:10:00 GMT"})
        return watch

    def test_a_clock_that_is_right(self) -> None:
        watch = self.watch(seconds=50)
        assert watch.now() == NOW + dt.timedelta(seconds=50)
        assert not watch.problems()

    def test_a_clock_ahead_gives_the_source_s_time(self) -> None:
        watch = self.watch(hours=22)
        assert watch.now() == NOW
        assert watch.problems() == (
            "This machine's clock is 22 hours ahead of that of Source. Cure: set it.",
        )

    def test_a_clock_behind_is_kept(self) -> None:
        watch = self.watch(days=-3)
        assert watch.now() == NOW - dt.timedelta(days=3)
        assert "3 days behind" in watch.problems()[0]

    @pytest.mark.parametrize(
        "told",
        ["Thu, 01 Jan 1970 00:00:10 GMT", "Thu, 01 Jan 0001 00:00:00 +0100",
         "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 26 Jun 2026 00:10:00 GMT"],
    )  # fmt: skip
    @pytest.mark.parametrize("age", ["0", "nan", "inf", "-1"])
    def test_a_source_that_is_days_away_is_not_believed(self, told: str, age: str) -> None:
        watch = Watch("Source", lambda: NOW)
        watch.hear({"date": told, "age": age})
        assert watch.now() == NOW

    def test_an_answer_out_of_a_cache(self) -> None:
        watch = Watch("Source", lambda: NOW)
        watch.hear({"date": "Mon, 29 Jun 2026 21:10:00 GMT", "age": "10800"})
        assert watch.now() == NOW

    def test_without_a_date_nothing_is_known(self) -> None:
        watch = Watch("Source", lambda: NOW.replace(tzinfo=dt.UTC))
        watch.hear({"date": "yesterday"})
        assert watch.now() == NOW


class TestVendor:
    def vendor(self, vendors: Vendors, **options: object) -> Vendor:
        return Vendor("Source", vendors.urls["fred"], now=lambda: NOW, **options)

    def test_says_who_it_is(self, vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[str] = []
        monkeypatch.setattr(
            vendors, "answer", lambda handler: seen.append(handler.headers["User-Agent"])
        )
        with pytest.raises(FeedError):
            self.vendor(vendors, timeout=1).text("/graph/fredgraph.csv", {"id": "WALCL"})
        assert seen[0].startswith("spillover/")

    def test_a_body_too_large(self, vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "MOST_BYTES", 1000)
        with pytest.raises(FeedError, match="more than 0 MB") as caught:
            self.vendor(vendors).text("/graph/fredgraph.csv", {"id": "RRPONTSYD"})
        assert not caught.value.retry

    def test_a_body_too_slow(self, vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "TOTAL", -1)
        with pytest.raises(FeedError, match="took over") as caught:
            self.vendor(vendors).text("/graph/fredgraph.csv", {"id": "RRPONTSYD"})
        assert caught.value.retry

    def test_proxy_from_the_environment(
        self, vendors: Vendors, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Asked through a proxy that is not there: so the environment is read."""
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        with pytest.raises(FeedError, match="connection"):
            self.vendor(vendors).text("/graph/fredgraph.csv", {"id": "WALCL"})


def test_coingecko_does_not_sleep_in_the_library(vendors: Vendors) -> None:
    """A Retry-After comes back at once, to be waited for outside."""
    vendors.fault("coingecko", "429 with Retry-After")
    watch = Watch("CoinGecko", lambda: NOW)
    client = GeckoClient("CoinGecko", vendors.urls["coingecko"], watch, per_minute=1e6)
    begin = time.monotonic()
    with pytest.raises(FeedError) as caught:
        client.ask("get_global", "the global market")
    assert time.monotonic() - begin < 5
    assert caught.value.after == 37
    assert vendors.calls["coingecko"] == 1


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends a byte every twentieth of a second."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            caller, _ = server.accept()
            with caller:
                caller.recv(9_999)
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
                while True:
                    caller.sendall(b" ")
                    time.sleep(0.05)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    thread.join(5)


class TestCoinGecko:
    def ask(self, base: str) -> FeedError:
        watch = Watch("CoinGecko", lambda: NOW)
        client = GeckoClient("CoinGecko", base, watch, timeout=1, per_minute=1e6)
        with pytest.raises(FeedError) as caught:
            client.ask("get_global", "the global market")
        return caught.value

    def test_an_answer_that_drips(self, dripping: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "TOTAL", 0.3)
        begin = time.monotonic()
        error = self.ask(dripping)
        assert time.monotonic() - begin < 20
        assert "took over" in str(error)
        assert error.retry

    def test_an_answer_too_large(self, vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "MOST_BYTES", 10)
        assert "more than 0 MB" in str(self.ask(vendors.urls["coingecko"]))

    def test_an_answer_that_breaks_off(self, vendors: Vendors) -> None:
        vendors.fault("coingecko", "reset")
        assert self.ask(vendors.urls["coingecko"]).retry
