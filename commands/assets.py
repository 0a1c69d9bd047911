"""What a watch list can hold: the largest coins, and the indices and funds of the catalogue."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from math import floor, log10

import numpy as np

from commands.kinds import longest, normal
from commands.registry import CommandError
from commands.snapshot import Snapshot
from commands.words import SPACE, _, day, listed, money, number, percent, weekday
from rotation.inputs import BTC, ETH, WATCHABLE, Quote, input_of
from rotation.market import Track

SPANS = (1, 7, 30)
CARRIED = 4
"""A close this many days older than asked for still stands for it (a weekend, a holiday)."""
CENT, FIGURES = 0.01, 3
ALIKE, LEAST_PART = 0.72, 4
"""How alike a name is to what is offered for it, and letters of one that say which is meant."""
LATELY = dt.timedelta(days=60)
"""What has had no price for longer is not offered."""
_SYMBOLS = {
    "BTC": BTC, "ETH": ETH, "SOL": "coin:solana", "XRP": "coin:ripple", "BNB": "coin:binancecoin",
    "ADA": "coin:cardano", "DOGE": "coin:dogecoin", "LTC": "coin:litecoin",
    "LINK": "coin:chainlink", "AVAX": "coin:avalanche-2", "DOT": "coin:polkadot",
    "TRX": "coin:tron", "HYPE": "coin:hyperliquid", "ZEC": "coin:zcash", "LEO": "coin:leo-token",
    "XMR": "coin:monero", "XLM": "coin:stellar", "BCH": "coin:bitcoin-cash",
    "CC": "coin:canton-network", "TON": "coin:the-open-network", "HBAR": "coin:hedera-hashgraph",
    "SUI": "coin:sui", "SHIB": "coin:shiba-inu", "CRO": "coin:crypto-com-chain",
    "UNI": "coin:uniswap", "NEAR": "coin:near", "OKB": "coin:okb", "TAO": "coin:bittensor",
    "AAVE": "coin:aave", "WLFI": "coin:world-liberty-financial", "PUMP": "coin:pump-fun",
    "ONDO": "coin:ondo-finance", "ASTER": "coin:aster-2", "PEPE": "coin:pepe",
    "MNT": "coin:mantle", "SKY": "coin:sky", "ENA": "coin:ethena", "MORPHO": "coin:morpho",
    "WLD": "coin:worldcoin-wld", "ICP": "coin:internet-computer", "ETC": "coin:ethereum-classic",
    "POL": "coin:polygon-ecosystem-token", "KCS": "coin:kucoin-shares", "PI": "coin:pi-network",
    "QNT": "coin:quant-network", "JST": "coin:just", "ALGO": "coin:algorand",
    "ATOM": "coin:cosmos", "NEXO": "coin:nexo", "GT": "coin:gatechain-token",
    "FIL": "coin:filecoin", "ARB": "coin:arbitrum", "OP": "coin:optimism", "APT": "coin:aptos",
    "INJ": "coin:injective-protocol", "VET": "coin:vechain", "XTZ": "coin:tezos",
    "GRT": "coin:the-graph", "SEI": "coin:sei-network", "TIA": "coin:celestia",
    "KAS": "coin:kaspa", "ONE": "coin:harmony",
}  # fmt: skip
"""Where no source of live prices tells symbols: those of the largest coins of 2026."""
_BY_ID = {asset: symbol for symbol, asset in _SYMBOLS.items()}


@dataclass(frozen=True, slots=True)
class Moves:
    """An asset as a list shows it: its price, since when, and moves in %, None where unknown."""

    asset: str
    label: str
    quote: Quote | None

    def against(self, other: Quote | None) -> float | None:
        """Its month less that of another asset, in percentage points; None where one is unknown,
        or their prices are not of the same days.
        """
        mine = self.quote
        if mine is None or other is None or mine.month is None or other.month is None:
            return None
        apart = abs(mine.at - other.at) > dt.timedelta(days=CARRIED)
        return None if apart else mine.month - other.month


def spans(quote: Quote | None) -> tuple[float | None, ...]:
    """Day, week and month."""
    return (quote.day, quote.week, quote.month) if quote else (None, None, None)


def label(asset: str, snapshot: Snapshot) -> str:
    """'ETH', 'Russell 2000', 'IWM'."""
    quote = snapshot.quotes.get(asset)
    if quote is not None and quote.symbol:
        return quote.symbol
    if asset in ("RUT", "SPX"):
        return _(input_of(asset).name)
    return _BY_ID.get(asset, asset.removeprefix("coin:"))


def quote_of(asset: str, snapshot: Snapshot) -> Quote | None:
    """The live price, else the last close that the decision knows; None without either."""
    live = snapshot.quotes.get(asset)
    if live is not None:
        return live
    track = snapshot.timeline.closes.get(asset)
    return None if track is None else _closing(asset, track, snapshot.timeline.last)


def moves(asset: str, snapshot: Snapshot) -> Moves:
    return Moves(asset, label(asset, snapshot), quote_of(asset, snapshot))


def _closing(asset: str, track: Track, today: dt.date) -> Quote | None:
    known = track.as_known(np.datetime64(today))
    held = (known.known <= np.datetime64(today)) & ~np.isnan(known.value)
    date, value = known.date[held], known.value[held]
    if not len(date):
        return None
    quote = Quote(
        asset, input_of(asset).name, float(value[-1]),
        dt.datetime.combine(date[-1].item(), dt.time()) + dt.timedelta(days=1),
    )  # fmt: skip
    changes = [_change(date, value, span) for span in SPANS]
    return replace(quote, day=changes[0], week=changes[1], month=changes[2])


def _change(date: np.ndarray, value: np.ndarray, span: int) -> float | None:
    """In %, against the last close at least so many days ago."""
    wanted = date[-1] - np.timedelta64(span, "D")
    row = int(np.searchsorted(date, wanted, side="right")) - 1
    if row < 0 or (wanted - date[row]).astype(int) > CARRIED:
        return None
    return float(100 * (value[-1] / value[row] - 1))


def price_words(quote: Quote) -> str:
    """'2,442.74', '73,033 USD'; of what is below a cent three figures that say something."""
    if quote.asset in ("RUT", "SPX", "MOVE"):
        return number(quote.price, 2)
    if 0 < quote.price < CENT:
        return f"{number(quote.price, FIGURES - 1 - floor(log10(quote.price)))}{SPACE}USD"
    return money(quote.price)


def row_of(item: Moves, snapshot: Snapshot) -> str:
    """'ETH 3,120 USD: day +1.2 %, week −3.4 %, month +8.0 %; month against BTC +2, SPX +5 pp'."""
    quote = item.quote
    if quote is None:
        return _("{asset}: n/a").format(asset=item.label)
    words = (_("day"), _("week"), _("month"))
    parts = [
        f"{word} {percent(move, sign=True)}"
        for word, move in zip(words, spans(quote), strict=True)
        if move is not None
    ]
    text = (
        f"{item.label} {price_words(quote)}{_age(quote, snapshot)}: {', '.join(parts) or _('n/a')}"
    )
    beside = [
        f"{name} {number(gap, 1, sign=True)}"
        for name, other in (("BTC", BTC), ("S&P 500", "SPX"))
        if other != item.asset and (gap := item.against(quote_of(other, snapshot))) is not None
    ]
    return f"{text} ({', '.join(beside)} {_('pp')})" if beside else text


def _age(quote: Quote, snapshot: Snapshot) -> str:
    """'' for a price of today, else its day; 'live' for a price between decisions."""
    if quote.asset in snapshot.quotes:
        return " " + _("live {time} UTC").format(time=quote.at.strftime("%H:%M"))
    date, last = (quote.at - dt.timedelta(days=1)).date(), snapshot.timeline.last
    if date == last:
        return ""
    return f" ({weekday(date) if (last - date).days < 7 else day(date, last)})"


def _names(snapshot: Snapshot) -> dict[str, set[str]]:
    """Everything that may be typed, and the assets that it could mean."""
    quoted = [quote for id, quote in snapshot.quotes.items() if id.startswith("coin:")]
    coins = [id for id in snapshot.timeline.closes if id.startswith("coin:")]
    forms = [
        *((form, quote.asset) for quote in quoted for form in (quote.symbol, quote.name)),
        *((form, id) for id in (*coins, *(quote.asset for quote in quoted))
          for form in (id, id.removeprefix("coin:"))),
    ]  # fmt: skip
    names: dict[str, set[str]] = {}
    for form, asset in forms:
        names.setdefault(normal(form), set()).add(asset)
    known = {*coins, *(quote.asset for quote in quoted)}
    plain = {symbol: asset for symbol, asset in _SYMBOLS.items() if asset in known}
    plain |= {series: series for series in WATCHABLE}
    plain |= {"Russell 2000": "RUT", "S&P 500": "SPX"}
    names |= {normal(form): {asset} for form, asset in plain.items()}
    names.pop("", None)
    return names


def resolve(text: str, snapshot: Snapshot) -> list[str]:
    """The assets of some symbols, names or ids. CommandError with names that would do."""
    names = _names(snapshot)
    found: list[str] = []
    for part in [text] if normal(text) in names else re.split(r"[,;+]", text):
        words = part.replace("$", " ").split()
        while words:
            count = longest(words, names)
            if count or normal(words[0]) not in ("and", normal(_("and"))):
                count = count or len(words)
                found.append(_one(" ".join(words[:count]), names, snapshot))
            words = words[count or 1 :]
    return list(dict.fromkeys(found)) or [_one("", names, snapshot)]


def _one(text: str, names: Mapping[str, set[str]], snapshot: Snapshot) -> str:
    found = sorted(names.get(normal(text), ()))
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(
            _("“{text}” could be {names}. Which one?").format(
                text=text[:40], names=listed([_full(asset, snapshot) for asset in found])
            ),
            *(asset.removeprefix("coin:") for asset in found[:5]),
        )
    first = {form: min(ids) for form, ids in names.items()}
    lately = {asset for asset in set(first.values()) if _priced(asset, snapshot)}
    forms = {form: asset for form, asset in first.items() if asset in lately}
    near = _near(text, forms) or [BTC, ETH, "IWM"]
    unknown = _("“{text}” is none of the 250 largest coins, indices and funds.")
    if not snapshot.quotes:
        unknown = _("“{text}” is no coin, index or fund that has a price here now.")
    raise CommandError(unknown.format(text=text[:40]), *(typed(asset, snapshot) for asset in near))


def _near(text: str, forms: Mapping[str, str]) -> list[str]:
    """Up to three assets that a slip of the pen can have meant, or whose name holds the text."""
    wanted = normal(text)
    found = get_close_matches(wanted, list(forms), n=9, cutoff=ALIKE)
    found += [form for form in forms if len(wanted) >= LEAST_PART and wanted in form]
    return list(dict.fromkeys(forms[form] for form in found))[:3]


def _priced(asset: str, snapshot: Snapshot) -> bool:
    """Whether it has had a price lately."""
    quote = quote_of(asset, snapshot)
    return quote is not None and snapshot.timeline.last - quote.at.date() <= LATELY


def coin_of(text: str, snapshot: Snapshot) -> str:
    """What to type for the one coin that has this name here; '' if there is none."""
    found = _names(snapshot).get(normal(text.removeprefix("$")), set())
    coins = [asset for asset in found if asset.startswith("coin:")]
    return typed(coins[0], snapshot) if len(coins) == 1 else ""


def typed(asset: str, snapshot: Snapshot) -> str:
    """The shortest that is read as this asset again: 'ETH', else 'render-token'."""
    symbol, names = label(asset, snapshot), _names(snapshot)
    return symbol if names.get(normal(symbol)) == {asset} else asset.removeprefix("coin:")


class AssetKind:
    """A coin, index or fund by symbol, name or id. Only what is done with it says which are
    meant, so the words are taken as they are.
    """

    def parse(self, text: str, snapshot: Snapshot) -> str:
        return text.strip()

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        wanted = normal(text)
        coins = sorted(
            snapshot.quotes.values(), key=lambda quote: (quote.rank is None, quote.rank or 0)
        )
        symbols = [quote.symbol for quote in coins if quote.symbol]
        symbols += [symbol for symbol, asset in _SYMBOLS.items() if _priced(asset, snapshot)]
        known = dict.fromkeys([*symbols, *WATCHABLE])
        return [name for name in known if normal(name).startswith(wanted)][:25]


def _full(asset: str, snapshot: Snapshot) -> str:
    quote = snapshot.quotes.get(asset)
    return quote.name if quote else asset.removeprefix("coin:")


ASSET = AssetKind()
