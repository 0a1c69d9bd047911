"""The folder of real data, read row by row, with names, columns and units as its README says."""

from __future__ import annotations

import csv
from bisect import bisect_right
from datetime import date, datetime, time, timedelta
from pathlib import Path

from tests.oracles.clock import decision, rhythm
from tests.oracles.known import CoinList, Guard, Row, World

MILLIONS, BILLIONS = 1e6, 1e9
FILES: dict[str, tuple[str, str, float]] = {
    "RUT": ("RUT", "close", 1),
    "SPX": ("GSPC", "close", 1),
    "IWM": ("IWM", "close", 1),
    "IWM.volume": ("IWM", "volume", 1),
    "IWC": ("IWC", "adj_close", 1),
    "RSP": ("RSP", "close", 1),
    "WALCL": ("WALCL", "value", MILLIONS),
    "TGA": ("WTREGEN", "value", MILLIONS),
    "MBS": ("WSHOMCB", "value", MILLIONS),
    "RRP": ("RRPONTSYD", "value", BILLIONS),
    "TGA_DAILY": ("DTS_TGA", "value", MILLIONS),
    "BAA10Y": ("BAA10Y", "value", 1),
    "HY_OAS": ("BAMLH0A0HYM2", "value", 1),
    "SOFR": ("SOFR", "value", 1),
    "IORB": ("IORB", "value", 1),
    "DGS10": ("DGS10", "value", 1),
    "MORTGAGE30": ("MORTGAGE30US", "value", 1),
    "NFCI": ("NFCI", "value", 1),
    "MOVE": ("MOVE", "close", 1),
    "HYG": ("HYG", "close", 1),
    "IEF": ("IEF", "close", 1),
    "ETF_FLOW": ("BTC_ETF_FLOW", "value", MILLIONS),
    "DOMINANCE": ("BTC_DOMINANCE", "value", 1),
    "STABLECOINS": ("STABLECOIN_SUPPLY", "value", 1),
    "FEAR_GREED": ("CRYPTO_FNG", "value", 1),
    "coin:bitcoin": ("BTC", "close", 1),
    "coin:bitcoin.volume": ("BTC", "volume", 1),
    "BTC_CAP": ("BTC", "market_cap", 1),
    "coin:ethereum": ("ETH", "close", 1),
} | {
    f"PSC{letter}": (f"PSC{letter}", "adj_close", 1) for letter in "THFIDCEMU"
} | {
    id: (id, "close", 1)
    for id in ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
}  # fmt: skip


def rows(path: Path, column: str) -> list[tuple[date, float]]:
    """Date and number of each row that has one."""
    with path.open(newline="") as lines:
        cells = csv.reader(lines)
        at = next(cells).index(column)
        return [(date.fromisoformat(row[0]), float(row[at])) for row in cells if row[at]]


def coin_lists(folder: Path) -> tuple[list[CoinList], dict[str, str]]:
    """Coins by date, those without a rank first; and the file of each coin that has one."""
    by_date: dict[date, list[tuple[float, str]]] = {}
    files: dict[str, str] = {}
    with (folder / "CRYPTO_UNIVERSE.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            coin = f"coin:{row['coingecko_id']}"
            if row["kind"] != "coin" or coin in ("coin:", "coin:bitcoin"):
                continue
            day = date.fromisoformat(row["date"])
            by_date.setdefault(day, []).append((float(row["rank"] or 0), coin))
            if row["has_price_file"] == "1":
                files.setdefault(coin, row["symbol"])
    lists = []
    for day, ranked in sorted(by_date.items()):
        coins = [coin for _, coin in sorted(ranked, key=lambda item: item[0])]
        known = datetime.combine(day + timedelta(days=1), time())
        lists.append(CoinList(day, tuple(dict.fromkeys(coins)), known))
    return lists, files


class Folder(World):
    """The folder as a world; a file is read when it is first asked for. It has no revisions, so
    what was known is the beginning of a file."""

    def __init__(self, folder: Path, guards: dict[str, Guard]) -> None:
        lists, coins = coin_lists(folder)
        super().__init__({}, guards, lists)
        self.folder = folder
        self.files = {coin: (symbol, "close", 1.0) for coin, symbol in coins.items()} | FILES
        self._read: dict[str, list[Row]] = {}

    def _newest(self, series: str, day: date) -> list[Row]:
        if series not in self._read:
            self._read[series] = self._points(series)
        points = self._read[series]
        return points[: bisect_right(points, decision(day), key=lambda p: p.released)]

    def _points(self, series: str) -> list[Row]:
        if series not in self.files:
            return []
        name, column, scale = self.files[series]
        _, clock = rhythm(series)
        found = rows(self.folder / f"{name}.csv", column)
        return [Row(day, value * scale, clock(day)) for day, value in sorted(found)]
