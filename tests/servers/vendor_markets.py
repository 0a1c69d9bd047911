"""Yahoo, FRED, the Treasury, iShares and Cboe as they answer, field by field as recorded
(``../shared/vendor-samples``) or documented, from a ``World``.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from tests.servers.vendor_world import NotFoundError, Point, Query, World, as_text, unix

NEW_YORK = ZoneInfo("America/New_York")
YAHOO = {"^RUT": "RUT", "^GSPC": "SPX", "^MOVE": "MOVE", "BTC-USD": "coin:bitcoin",
         "ETH-USD": "coin:ethereum"}  # fmt: skip
YAHOO_VOLUME = {"IWM": "IWM.volume", "BTC-USD": "coin:bitcoin.volume"}
FRED = {
    "WALCL": ("WALCL", 1e6), "WDTGAL": ("TGA", 1e6), "WSHOBL": ("BILLS", 1e6),
    "WSHOMCB": ("MBS", 1e6), "RRPONTSYD": ("RRP", 1e9), "BAA10Y": ("BAA10Y", 1),
    "BAMLH0A0HYM2": ("HY_OAS", 1), "SOFR": ("SOFR", 1), "IORB": ("IORB", 1),
    "DGS10": ("DGS10", 1), "MORTGAGE30US": ("MORTGAGE30", 1), "NFCI": ("NFCI", 1),
}  # fmt: skip
SPLIT_DAYS = 3


# --- Yahoo -------------------------------------------------------------------------------------


def yahoo(world: World, path: str, query: Query) -> Any:
    if path == "/v1/test/getcrumb":
        return "crumb"
    if path == "/v7/finance/spark":
        return _spark(world, query)
    symbol = path.removeprefix("/v8/finance/chart/")
    series = YAHOO.get(symbol, symbol)
    if symbol == path or world.fault == "delisted" or series not in world.series:
        raise NotFoundError(
            {
                "chart": {
                    "result": None,
                    "error": {
                        "code": "Not Found",
                        "description": "No data found, symbol may be delisted",
                    },
                }
            }
        )
    crypto = series.startswith("coin:")
    points = world.points(series)
    stamps = [_opened(point.date, crypto) for point in points]
    first = int(query.get("period1", stamps[-1]))
    keep = [i for i, stamp in enumerate(stamps) if stamp >= first]
    closes, events = _split(world, points, stamps)
    volumes = world.points(YAHOO_VOLUME[symbol]) if symbol in YAHOO_VOLUME else []
    volume = {point.date: point.value for point in reversed(volumes)}
    close = [closes[i] for i in keep]
    quote = dict.fromkeys(("open", "high", "low", "close"), close)
    quote["volume"] = [volume.get(points[i].date, 0) for i in keep]
    adjusted = [{"adjclose": [None if c is None else c * 0.9 for c in close]}]
    result = {
        "meta": _meta(symbol, crypto, stamps[-1]),
        "timestamp": [stamps[i] for i in keep],
        "indicators": {"quote": [quote], "adjclose": adjusted},
    }
    if not keep:
        del result["timestamp"]
        result["indicators"] = {"quote": [{}]}
    if events:
        result["events"] = {"splits": events}
    return {"chart": {"result": [result], "error": None}}


def _spark(world: World, query: Query) -> Any:
    """Several charts at once, closes alone; unknown symbols are left out."""
    found = []
    for symbol in query["symbols"].split(","):
        points = world.points(YAHOO.get(symbol, symbol))[-65:]
        if points and world.fault != "delisted":
            found.append({"symbol": symbol, "response": [_sparkled(world, symbol, points)]})
    return {"spark": {"result": found or None, "error": None}}


def _sparkled(world: World, symbol: str, points: list[Point]) -> dict[str, Any]:
    stamps = [_opened(point.date, crypto=False) for point in points]
    now = int(world.now().replace(tzinfo=dt.UTC).timestamp())
    told = {"regularMarketTime": min(now, stamps[-1] + 23_400),
            "regularMarketPrice": points[-1].value}  # fmt: skip
    close = [point.value for point in points]
    return {"meta": _meta(symbol, False, stamps[-1]) | told, "timestamp": stamps,
            "indicators": {"quote": [{"close": close}]}}  # fmt: skip


def _opened(day: dt.date, crypto: bool) -> int:
    if crypto:
        return unix(day)
    return int(dt.datetime.combine(day, dt.time(9, 30), NEW_YORK).timestamp())


def _split(
    world: World, points: list[Point], stamps: list[int]
) -> tuple[list[float | None], dict[str, Any]]:
    """Two for one, some sessions ago: all closes are halved, also those of before."""
    closes = [point.value for point in points]
    if world.fault != "split":
        return closes, {}
    stamp = stamps[-SPLIT_DAYS]
    event = {"date": stamp, "numerator": 2, "denominator": 1, "splitRatio": "2:1"}
    return [None if value is None else value / 2 for value in closes], {str(stamp): event}


def _meta(symbol: str, crypto: bool, newest: int) -> dict[str, Any]:
    zone = "UTC" if crypto else "America/New_York"
    period = {"timezone": zone, "start": newest, "end": newest + 23_400, "gmtoffset": 0}
    return {
        "currency": "USD", "symbol": symbol, "exchangeName": "CCC" if crypto else "NYQ",
        "instrumentType": "CRYPTOCURRENCY" if crypto else "ETF", "firstTradeDate": 1410912000,
        "regularMarketTime": newest, "gmtoffset": 0, "timezone": zone,
        "exchangeTimezoneName": zone, "regularMarketPrice": 1.0, "chartPreviousClose": 1.0,
        "priceHint": 2, "dataGranularity": "1d", "range": "",
        "currentTradingPeriod": {"pre": period, "regular": dict(period), "post": dict(period)},
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    }  # fmt: skip


# --- the Fed, the Treasury, the issuer ------------------------------------------------------------


def fred(world: World, path: str, query: Query) -> str:
    code = query["id"]
    if code not in FRED or world.fault == "delisted":
        raise NotFoundError({})
    series, unit = FRED[code]
    points = world.points(series, released=True)
    rows = [f"{p.date},{as_text(p.value and p.value / unit)}" for p in points]
    return "\n".join([f"observation_date,{code}", *rows]) + "\n"


def fred_api(world: World, path: str, query: Query) -> Any:
    code = query["series_id"]
    if code not in FRED or world.fault == "delisted":
        raise NotFoundError({"error_code": 400, "error_message": "The series does not exist."})
    series, unit = FRED[code]
    told = [
        {
            "realtime_start": str(p.date + dt.timedelta(days=5)),
            "realtime_end": "9999-12-31",
            "date": str(p.date),
            "value": as_text(p.value and p.value / unit, "."),
        }
        for p in world.points(series, released=True)
    ]
    return {"units": "lin", "file_type": "json", "count": len(told), "observations": told}


def treasury(world: World, path: str, query: Query) -> Any:
    if world.fault == "delisted":
        raise NotFoundError({"error": "Invalid Query Param"})
    first = query["filter"].removeprefix("record_date:gte:")
    size, page = int(query["page[size]"]), int(query["page[number]"])
    rows = [
        row
        for p in world.points("TGA_DAILY", released=True)
        if str(p.date) >= first
        for row in _statement(p)
    ]
    pages = max(1, -(-len(rows) // size))
    return {
        "data": rows[(page - 1) * size : page * size],
        "meta": {"count": len(rows), "total-count": len(rows), "total-pages": pages},
        "links": {"self": "&page%5Bnumber%5D=1", "next": None},
    }


def _statement(point: Point) -> list[dict[str, str]]:
    amount = as_text(point.value and point.value / 1e6, "null")
    names = {"Treasury General Account (TGA) Opening Balance": "1", "Total TGA Deposits (Table II)":
             "2", "Treasury General Account (TGA) Closing Balance": amount}  # fmt: skip
    return [
        {"record_date": str(point.date), "account_type": name, "open_today_bal": balance,
         "close_today_bal": "null"}
        for name, balance in names.items()
    ]  # fmt: skip


def ishares(world: World, path: str, query: Query) -> str:
    if world.fault == "delisted":
        raise NotFoundError({})
    point = world.points("IWM_SHARES", released=True)[-1]
    return (
        "iShares Russell 2000 ETF\n"
        f'Fund Holdings as of,"{point.date:%b %d, %Y}"\n'
        'Inception Date,"May 22, 2000"\n'
        f'Shares Outstanding,"{point.value or 0:,.2f}"\n'
        'Stock,"-"\n\nTicker,Name,Sector\n"AAA","A CORP","Industrials"\n'
    )


def cboe(world: World, path: str, query: Query) -> Any:
    series = path.rpartition("/_")[2].removesuffix(".json")
    if series not in world.series or world.fault == "delisted":
        raise NotFoundError({})
    rows = [
        {"date": str(p.date), "open": "0.0", "high": "0.0", "low": "0.0", "volume": "0.0",
         "close": "0.0" if p.value is None else repr(p.value)}
        for p in world.points(series)
    ]  # fmt: skip
    return {"timestamp": str(world.now()), "symbol": f"_{series}", "data": rows}
