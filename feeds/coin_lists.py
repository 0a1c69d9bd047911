"""CRYPTO_UNIVERSE.csv: which coins were the largest at which date, which have prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from feeds.csv_table import (
    DATE_CURE,
    ISO_DATE,
    SHOWN,
    Faults,
    TableError,
    positions,
    read_text,
)  # fmt: skip
from rotation.inputs import BTC, ETH, Listing

LISTS = "CRYPTO_UNIVERSE.csv"
COLUMNS = ("date", "rank", "symbol", "coingecko_id", "kind", "has_price_file")
KINDS = ("coin", "stable_or_rwa", "wrapped_or_staked")
RESERVED = {BTC: "BTC", ETH: "ETH"}
"""Files that belong to a coin whatever a list says."""


@dataclass(frozen=True, slots=True)
class CoinLists:
    """Lists by date, and the symbol of each coin (``coin:ID``) that has a price file."""

    listings: tuple[Listing, ...]
    symbols: dict[str, str]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    date: date
    rank: float
    coin: str
    symbol: str


def read_lists(path: Path, *, today: date) -> CoinLists:
    """The lists of coins, bitcoin left out; stablecoins and wrapped or staked tokens too.

    Coins without a rank come first, in file order: they are large coins that a list lacks.
    A list is known from 00:00 UTC after its date. Raises TableError where none is usable.
    """
    text = read_text(path)
    at = positions(text, COLUMNS, ())
    faults = Faults(text.file)
    rows: list[_Row] = []
    for line, cells in text.rows():
        if len(cells) != len(text.header):
            what = f"{len(cells)} fields where the header has {len(text.header)}"
            faults.add("fields", line, f"{what}, so the row is left out", "complete it")
            continue
        row = _row(line, {name: cells[i].strip() for name, i in at.items()}, today, faults)
        if row:
            rows.append(row)
    if not rows:
        reason = " ".join(faults.sentences()) or "a header and no coins. Cure: fill it."
        raise TableError(f"{text.file}: {reason}")
    symbols = _symbols(rows, faults)
    return CoinLists(_listings(rows, faults), symbols, faults.sentences())


def _row(line: int, cell: dict[str, str], today: date, faults: Faults) -> _Row | None:
    if cell["kind"] not in KINDS:
        what = f"the kind '{cell['kind'][:SHOWN]}' is unknown, so the row is left out"
        faults.add("kind", line, what, f"write {', '.join(KINDS)}")
    if cell["kind"] != "coin":
        return None
    try:
        day = date.fromisoformat(cell["date"]) if ISO_DATE.fullmatch(cell["date"]) else None
    except ValueError:
        day = None
    if day is None:
        what = f"'{cell['date'][:SHOWN]}' is no date, so the row is left out"
        faults.add("date", line, what, DATE_CURE)
        return None
    if day > today:
        what = f"{day} lies after today ({today}), so the row is left out"
        faults.add("future", line, what, "correct the date or the clock")
        return None
    if not cell["coingecko_id"]:
        faults.add("id", line, "no coingecko_id, so the row is left out", "fill it in")
        return None
    if cell["rank"] and not cell["rank"].isdecimal():
        what = f"the rank '{cell['rank'][:SHOWN]}' is no whole number, so the row is left out"
        faults.add("rank", line, what, "write 1, 2, 3 …, or leave the cell blank")
        return None
    priced = cell["has_price_file"] == "1"
    if cell["has_price_file"] not in ("0", "1"):
        what = f"has_price_file is '{cell['has_price_file'][:SHOWN]}', so no prices are read"
        faults.add("priced", line, what, "write 1 or 0")
    rank = float(cell["rank"] or 0)
    return _Row(line, day, rank, f"coin:{cell['coingecko_id']}", cell["symbol"] if priced else "")


def _listings(rows: list[_Row], faults: Faults) -> tuple[Listing, ...]:
    by_date: dict[date, dict[str, _Row]] = {}
    for row in rows:
        coins = by_date.setdefault(row.date, {})
        if row.coin in coins:
            what = f"{row.coin.removeprefix('coin:')} is in the list of {row.date} twice"
            faults.add("twice", row.line, f"{what}, so the first counts", "remove one")
        elif row.coin != BTC:
            coins[row.coin] = row
    return tuple(
        Listing(
            day,
            tuple(row.coin for row in sorted(coins.values(), key=lambda row: row.rank)),
            datetime.combine(day + timedelta(days=1), time()),
        )
        for day, coins in sorted(by_date.items())
        if coins
    )


def _symbols(rows: list[_Row], faults: Faults) -> dict[str, str]:
    """One symbol a coin, one coin a symbol; a claim that another coin makes too is void."""
    symbols = dict(RESERVED)
    for row in rows:
        if not row.symbol:
            continue
        if "/" in row.symbol or "\\" in row.symbol or row.symbol.startswith("."):
            what = f"the symbol '{row.symbol[:SHOWN]}' is no file name, so no prices of it"
            faults.add("symbol", row.line, what, "correct the symbol")
        elif row.coin in RESERVED:
            continue
        elif symbols.setdefault(row.coin, row.symbol) != row.symbol:
            what = f"{row.coin.removeprefix('coin:')} was {symbols[row.coin]} further up"
            faults.add("renamed", row.line, f"{what}, so that file is read", "name one symbol")
    owners: dict[str, list[str]] = {}
    for coin, symbol in symbols.items():
        owners.setdefault(symbol, []).append(coin)
    for symbol, coins in owners.items():
        losers = coins[1:] if coins[0] in RESERVED else coins
        if len(coins) < 2:
            continue
        line = max(min(r.line for r in rows if r.coin == coin) for coin in losers)
        both = " and ".join(coin.removeprefix("coin:") for coin in coins[:3])
        who = "those" if losers == coins else "the others"
        what = f"{both} share the file {symbol}.csv, so no prices of {who}"
        faults.add("shared", line, what, "give each coin its own symbol")
        for coin in losers:
            del symbols[coin]
    return symbols
