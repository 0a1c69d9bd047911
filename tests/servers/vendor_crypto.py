"""CoinGecko, DefiLlama, alternative.me and the exchanges as they answer, field by field as
recorded (``../shared/vendor-samples``) or documented, from a ``World``.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.servers.vendor_world import (
    BITCOINS,
    RUNNING,
    NotFoundError,
    Point,
    Query,
    World,
    as_text,
    pegs,
    unix,
)

PRODUCTS = {"BTC-USD": "coin:bitcoin", "ETH-USD": "coin:ethereum"}


def coingecko(world: World, path: str, query: Query) -> Any:
    if path == "/global":
        return _global(world)
    if path == "/coins/markets":
        return _markets(world, query)
    coin = path.split("/")[2]
    if f"coin:{coin}" not in world.series or world.fault == "delisted":
        raise NotFoundError({"error": "coin not found"})
    points = world.points(f"coin:{coin}")
    caps = world.points("BTC_CAP") if coin == "bitcoin" else points
    return {"prices": _chart(world, points), "market_caps": _chart(world, caps),
            "total_volumes": _chart(world, points)}  # fmt: skip


def _chart(world: World, points: list[Point]) -> list[list[float | None]]:
    """A close is stamped with the midnight after it; the running day's price with this moment."""
    grid = [[(unix(p.date) + 86_400) * 1000, p.value] for p in points if p.over][-365:]
    moment = int(world.now().replace(tzinfo=dt.UTC).timestamp() * 1000)
    running = next((p.value for p in points if not p.over), grid[-1][1])
    return [*grid, [moment + 40_321, running]]


def _global(world: World) -> Any:
    day = world.today() - dt.timedelta(days=1)
    total = BITCOINS / (world.series["DOMINANCE"][day] / 100)
    point = next(p for p in reversed(world.points("DOMINANCE")) if p.date <= day)
    midnight = world.now() - dt.datetime.combine(world.today(), dt.time())
    fresh = midnight <= dt.timedelta(minutes=30)
    share = point.value if fresh or point.value is None else point.value * RUNNING
    return {"data": {
        "active_cryptocurrencies": 18_618,
        "total_market_cap": {"btc": total, "usd": total * 9e4},
        "market_cap_percentage": {"btc": share, "eth": 11.0},
        "updated_at": int(world.now().replace(tzinfo=dt.UTC).timestamp()) - 20,
    }}  # fmt: skip


def _markets(world: World, query: Query) -> Any:
    known = [*(coin for coin in world.coins if world.trades(coin)), *pegs()]
    if "ids" in query:
        wanted = query["ids"].split(",")
        known = [coin for coin in known if coin in wanted]
    elif "category" in query:
        known = [c for c, about in pegs().items() if about.category == query["category"]]
        if query["category"] == "bridged-tokens":
            raise NotFoundError({"error": "category not found"})
    rows = sorted((_row(world, coin) for coin in known), key=lambda row: -row["market_cap"])
    rows = [row | {"market_cap_rank": rank} for rank, row in enumerate(rows, 1)]
    spans = query.get("price_change_percentage", "")
    moves = {
        f"price_change_percentage_{span}_in_currency": 1.5 for span in spans.split(",") if span
    }
    rows = [row | moves for row in rows]
    if "ids" not in query:
        rows = [row for row in rows if row["id"] != "fallen"]
    return rows[: int(query["per_page"])]


def _row(world: World, coin: str) -> dict[str, Any]:
    about = world.coins.get(coin) or pegs()[coin]
    price = world.price(coin)
    steady = coin in ("tether", "usd-coin")
    stamp = world.now() - dt.timedelta(seconds=45)
    cap = world.true_cap(coin)
    supply = BITCOINS if coin == "bitcoin" else about.supply
    return {
        "id": coin, "symbol": about.symbol, "name": about.name, "current_price": price,
        "market_cap": cap, "market_cap_rank": 1, "total_volume": 1e9,
        "high_24h": (price or 1) * (1.001 if steady else 1.05),
        "low_24h": (price or 1) * (0.999 if steady else 0.95),
        "price_change_percentage_24h": 1.5, "circulating_supply": supply, "total_supply": supply,
        "last_updated": stamp.isoformat(timespec="milliseconds") + "Z",
    }  # fmt: skip


def defillama(world: World, path: str, query: Query) -> Any:
    return [
        {"date": str(unix(p.date)), "totalCirculating": {"peggedUSD": p.value},
         "totalCirculatingUSD": {"peggedUSD": p.value, "peggedEUR": 5e8}}
        for p in world.points("STABLECOINS")
    ]  # fmt: skip


def alternative(world: World, path: str, query: Query) -> Any:
    rows = [
        {"value": as_text(p.value), "value_classification": "Fear", "timestamp": str(unix(p.date))}
        for p in world.points("FEAR_GREED")[::-1]
    ]
    limit = int(query.get("limit", 1))
    return {"name": "Fear and Greed Index", "data": rows[: limit or None],
            "metadata": {"error": None}}  # fmt: skip


def coinbase(world: World, path: str, query: Query) -> Any:
    product = path.split("/")[2]
    if PRODUCTS.get(product, "") not in world.series or world.fault == "delisted":
        raise NotFoundError({"message": "NotFoundError"})
    return [
        [unix(p.date), *(None if p.value is None else p.value * k for k in sorted_range(p.value)),
         p.value, 902.2]
        for p in world.points(PRODUCTS[product])[::-1]
        if query["start"][:10] <= str(p.date) <= query["end"][:10]
    ]  # fmt: skip


def sorted_range(value: float | None) -> tuple[float, float, float]:
    """Factors for low, high and open around a close."""
    return (1.03, 0.97, 1.0) if value is not None and value < 0 else (0.97, 1.03, 1.0)


SETTLED = (0, 8, 16)


def _rates(world: World) -> list[tuple[int, float | None]]:
    now = int(world.now().replace(tzinfo=dt.UTC).timestamp())
    return [
        (stamp, p.value and p.value / 100 / 365 / 3)
        for p in world.points("FUNDING")
        for hour in SETTLED
        if (stamp := unix(p.date, hour)) <= now or not p.over
    ]


def binance(world: World, path: str, query: Query) -> Any:
    if world.fault == "delisted":
        raise NotFoundError({"code": -1121, "msg": "Invalid symbol."})
    start, limit = int(query["startTime"]), int(query["limit"])
    rows = [
        {"symbol": "BTCUSDT", "fundingTime": stamp * 1000, "markPrice": "1.0",
         "fundingRate": None if rate is None else f"{rate:.14f}"}
        for stamp, rate in _rates(world)
        if stamp * 1000 >= start
    ]  # fmt: skip
    return rows[:limit]


def okx(world: World, path: str, query: Query) -> Any:
    if world.fault == "delisted":
        return {"code": "51001", "msg": "Instrument ID does not exist", "data": []}
    rows: list[Any]
    if path == "/api/v5/public/funding-rate-history":
        before = int(query.get("after", 10**15))
        rows = [
            {"instId": "BTC-USDT-SWAP", "fundingTime": str(stamp * 1000),
             "fundingRate": "9", "realizedRate": None if rate is None else f"{rate:.14f}"}
            for stamp, rate in _rates(world)[::-1]
            if stamp * 1000 < before
        ][:100]  # fmt: skip
        if world.fault == "NaN today":
            rows = [row | {"fundingRate": None} for row in rows]
    else:
        rows = [
            [
                str((unix(p.date) - 8 * 3600) * 1000),
                "1",
                "1",
                None if p.value is None else f"{p.value:.4f}",
            ]
            for p in world.points("OPEN_INTEREST")[:-101:-1]
        ]
    return {"code": "0", "msg": "", "data": rows}
