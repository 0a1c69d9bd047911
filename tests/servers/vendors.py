"""A stand-in for every vendor of market data, on loopback, with faults to switch on.

It is built from what is true: ``{series: {date: value}}`` in base units, by our ids. Each
vendor's own symbols, units, stamps and fields are in ``vendor_shapes``; nothing of ``feeds`` is
used there. A vendor shows what would be public by the server's clock, and of a day that is not
over a price that its close will not have.

    with Vendors(series, now=lambda: moment) as vendors:
        vendors.fault("fred", "429 with Retry-After")
        feeds = ALL(FeedSettings(cache, urls=vendors.urls, now=lambda: moment))
"""

from __future__ import annotations

import datetime as dt
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from rotation.inputs import Listing, Observations
from tests.servers.vendor_shapes import COLUMNS, SHAPES
from tests.servers.vendor_world import BITCOINS, CONTENT_FAULTS, Coin, NotFoundError, World

SOURCES = (
    "yahoo", "fred", "fred_api", "coingecko", "treasury", "defillama", "alternative",
    "binance", "okx", "coinbase", "cboe", "ishares",
)  # fmt: skip
STATUS_FAULTS = {
    "429": 429,
    "429 with Retry-After": 429,
    "500": 500,
    "502": 502,
    "503": 503,
    "451": 451,
    "404": 404,
}
TRANSPORT_FAULTS = (*STATUS_FAULTS, "timeout", "reset", "empty", "html", "changed column")
FAULTS = (*TRANSPORT_FAULTS, *CONTENT_FAULTS)
RETRY_AFTER = 37
HTML = "<!DOCTYPE html><html><head><title>Just a moment</title></head><body>…</body></html>"


@dataclass
class Switched:
    """A fault that is on: for so many more answers, or until it is cleared."""

    kind: str
    left: int | None = None


@dataclass
class Vendors:
    """The server. ``calls`` counts answers by vendor, ``asked`` lists vendor and path."""

    series: Mapping[str, Mapping[dt.date, float]]
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC).replace(tzinfo=None)
    coins: Mapping[str, Coin] = field(default_factory=dict)
    hang: float = 30.0
    """Seconds that a time-out lasts, if the server is not stopped before."""
    fixed: dict[str, str] = field(default_factory=dict)
    """A body, such as a recorded one, by vendor or by vendor and path ('fred/graph/…')."""
    calls: Counter[str] = field(default_factory=Counter)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock = lambda: self.now()  # noqa: E731, PLW0108 - a test may set another clock
        self.world = World(self.series, clock, self.coins)
        self._faults: dict[str, Switched] = {}
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    @classmethod
    def of(
        cls,
        observations: Iterable[Observations],
        listing: Listing,
        now: Callable[[], dt.datetime],
        **options: Any,
    ) -> Self:
        """Vendors who know what a market holds, coins ranked as its newest list has them."""
        series = {
            item.series: dict(zip(item.date.tolist(), item.value.tolist(), strict=True))
            for item in observations
        }
        coins = {"bitcoin": Coin("Bitcoin", "btc", BITCOINS)}
        for rank, name in enumerate((coin for coin in listing.coins if coin in series), 2):
            coin = name.removeprefix("coin:")
            newest = series[name][max(series[name])]
            coins[coin] = Coin(coin.title(), coin[:4], 1e12 / rank / newest)
        return cls(series, now, coins, **options)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def urls(self) -> dict[str, str]:
        """Base addresses for ``FeedSettings.urls``."""
        host = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {source: f"{host}/{source}" for source in SOURCES}

    def fault(self, source: str, kind: str, times: int | None = None) -> None:
        """Switch a fault of a vendor on, in place of the one before."""
        assert kind in FAULTS, kind
        assert source in SOURCES, source
        self._faults[source] = Switched(kind, times)

    def clear(self, source: str | None = None) -> None:
        """All is well again, with one vendor or with all."""
        for name in SOURCES if source is None else (source,):
            self._faults.pop(name, None)

    def _fault(self, source: str) -> str:
        with self._lock:
            fault = self._faults.get(source)
            if fault is None or fault.left == 0:
                return ""
            if fault.left is not None:
                fault.left -= 1
            return fault.kind

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One request: count it, spoil it if a fault is on, or serve it."""
        parts = urlsplit(handler.path)
        _, source, *rest = unquote(parts.path).split("/")
        path = "/" + "/".join(rest)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with self._lock:
            self.calls[source] += 1
            self.asked.append((source, path))
        kind = self._fault(source)
        if kind in STATUS_FAULTS:
            self._refuse(handler, kind)
        elif kind == "timeout":
            self._stopped.wait(self.hang)
            handler.close_connection = True
        elif kind == "empty":
            _send(handler, 200, b"")
        elif kind == "html":
            _send(handler, 200, HTML.encode(), "text/html")
        else:
            self._serve(handler, source, path, query, kind)

    def _refuse(self, handler: BaseHTTPRequestHandler, kind: str) -> None:
        status = STATUS_FAULTS[kind]
        extra = {"Retry-After": str(RETRY_AFTER)} if "Retry-After" in kind else {}
        body = json.dumps({"status": {"error_code": status, "error_message": "no"}})
        _send(handler, status, body.encode(), extra=extra)

    def _serve(
        self,
        handler: BaseHTTPRequestHandler,
        source: str,
        path: str,
        query: Mapping[str, str],
        kind: str,
    ) -> None:
        try:
            fixed = self.fixed.get(source + path) or self.fixed.get(source)
            found = fixed or SHAPES[source](self.world.spoiled(kind), path, query)
        except (NotFoundError, KeyError) as missing:
            found = (
                missing.args[0] if isinstance(missing, NotFoundError) else {"error": "not found"}
            )
            _send(handler, 404, json.dumps(found).encode())
            return
        text = found if isinstance(found, str) else json.dumps(found)
        if kind == "changed column":
            for old, new in COLUMNS[source]:
                text = text.replace(old, new)
        kind_of_body = "text/csv" if isinstance(found, str) else "application/json"
        _send(handler, 200, text.encode(), kind_of_body, cut=kind == "reset")


def _handler(vendors: Vendors) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "vendors"

        def do_GET(self) -> None:
            with suppress(ConnectionError):
                vendors.answer(self)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(vendors.now().replace(tzinfo=dt.UTC), usegmt=True)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def _send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    kind: str = "application/json",
    *,
    extra: Mapping[str, str] | None = None,
    cut: bool = False,
) -> None:
    handler.send_response(status)
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    for name, value in (headers | dict(extra or {})).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2] if cut else body)
    handler.close_connection = True
    if cut:
        handler.wfile.flush()
        linger = struct.pack("ii", 1, 0)  # close with a reset instead of a goodbye
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.connection.close()
