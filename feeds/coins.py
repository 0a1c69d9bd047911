"""Which coins are altcoins: not bitcoin, and not what follows the price of something else.

Stablecoins, wrapped, staked, bridged and commodity-backed tokens and tokenised funds are left
out: by the project's own list (``excluded_coins.txt``, versioned), by the source's categories,
and by rules that catch a newcomer before either has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from feeds.readings import number

CATEGORIES = (
    "stablecoins",
    "wrapped-tokens",
    "liquid-staking-tokens",
    "liquid-restaking-tokens",
    "bridged-tokens",
    "crypto-backed-tokens",
    "tokenized-assets",
    "tokenized-gold",
)
"""CoinGecko's ids; one that it has given up is passed over."""
NAMES = re.compile(
    r"\b(wrapped|(re)?staked|bridged|binance-peg|tokeni[sz]ed|fund|treasury|t-bills?)\b",
    re.IGNORECASE,
)
ID = re.compile(r"\w+([.-]\w+)*", re.ASCII)
PEG, DAILY_RANGE = 0.02, 1.01
"""So near to one dollar, with so small a range of a day: it is pegged."""


@cache
def excluded() -> frozenset[str]:
    """The project's list."""
    text = files("feeds").joinpath("excluded_coins.txt").read_text("utf-8")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return frozenset(line for line in lines if line)


def listed(rows: Iterable[Mapping[str, Any]], categories: frozenset[str]) -> tuple[str, ...]:
    """Ids of the altcoins among rows of ``/coins/markets``, largest market cap first."""
    caps = {
        row["id"]: number(row["market_cap"])
        for row in rows
        if _is_altcoin(row, categories) and number(row["market_cap"]) > 0
    }
    return tuple(sorted(caps, key=lambda coin: -caps[coin]))


def _is_altcoin(row: Mapping[str, Any], categories: frozenset[str]) -> bool:
    id = row["id"]
    if id == "bitcoin" or not ID.fullmatch(id) or id in excluded() or id in categories:
        return False
    return not NAMES.search(row["name"]) and not _pegged(row)


def _pegged(row: Mapping[str, Any]) -> bool:
    price, high, low = (number(row.get(key)) for key in ("current_price", "high_24h", "low_24h"))
    return abs(price - 1) <= PEG and 0 < high <= low * DAILY_RANGE
