"""Which vendor answers how, and how each looks after it has renamed a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.servers.vendor_crypto import (
    alternative,
    binance,
    coinbase,
    coingecko,
    defillama,
    okx,
)
from tests.servers.vendor_markets import cboe, fred, fred_api, ishares, treasury, yahoo
from tests.servers.vendor_world import Query, World

COLUMNS = {
    "yahoo": (('"close"', '"last"'),),
    "fred": (("observation_date,", "observation_date,X"),),
    "fred_api": (('"value"', '"level"'),),
    "coingecko": (('"current_price"', '"price"'), ('"prices"', '"price"'),
                  ('"market_cap_percentage"', '"shares"')),
    "treasury": (("open_today_bal", "open_balance"), ("close_today_bal", "close_balance")),
    "defillama": (("totalCirculatingUSD", "totalUSD"),),
    "alternative": (('"value"', '"index"'),),
    "binance": (("fundingRate", "rate"),),
    "okx": (("realizedRate", "rate"), ("fundingRate", "nextRate"), ('"data"', '"rows"')),
    "coinbase": (("[", "[0, "),),
    "cboe": (('"close"', '"last"'),),
    "ishares": (("Shares Outstanding", "Units Outstanding"),),
}  # fmt: skip
"""What a changed column looks like: text of the answer, and what stands there instead."""

SHAPES: dict[str, Callable[[World, str, Query], Any]] = {
    "yahoo": yahoo, "fred": fred, "fred_api": fred_api, "coingecko": coingecko,
    "treasury": treasury, "defillama": defillama, "alternative": alternative,
    "binance": binance, "okx": okx, "coinbase": coinbase, "cboe": cboe, "ishares": ishares,
}  # fmt: skip
