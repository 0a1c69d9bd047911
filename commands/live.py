"""The line of latest prices beside a decision, marked live."""

from __future__ import annotations

from dataclasses import replace

from commands.registry import Call
from commands.reply import Reply
from commands.words import _, money, number, percent
from rotation.inputs import BTC, ETH, Quote, input_of

MOST_LINES = 6
MOST_CHARACTERS = 890
NAMES = {BTC: "BTC", ETH: "ETH"}


def with_live(call: Call, reply: Reply, *assets: str) -> Reply:
    """The answer with the latest prices of these assets, where it is the newest decision, there
    are prices, and they fit: as a line of their own, else behind the reason.
    """
    snapshot = call.snapshot
    if call.values.get("date", snapshot.timeline.last) != snapshot.timeline.last:
        return reply
    quotes = [snapshot.quotes[asset] for asset in assets if asset in snapshot.quotes]
    if not quotes or reply.failed:
        return reply
    line = live_line(quotes)
    parts = (reply.headline, reply.reason, *reply.lines, reply.footer)
    if sum(len(part) + 1 for part in parts) + len(line) > MOST_CHARACTERS:
        return reply
    if len(reply.lines) < MOST_LINES:
        return replace(reply, lines=(line, *reply.lines))
    return replace(reply, reason=f"{reply.reason} {line}")


def live_line(quotes: list[Quote]) -> str:
    """'Live 14:20 UTC: BTC 93,120 USD (+1.2 % on the day), Russell 2000 2,451.10 (…).' The time
    is that of the oldest of the prices.
    """
    oldest = min(quote.at for quote in quotes)
    return _("Live {time} UTC: {prices}.").format(
        time=f"{oldest:%H:%M}", prices=", ".join(map(_price, quotes))
    )


def _price(quote: Quote) -> str:
    coin = quote.asset.startswith("coin:")
    name = NAMES.get(quote.asset) or (quote.name if coin else _(quote.name))
    points = not coin and input_of(quote.asset).unit == "points"
    price = number(quote.price, 2) if points else money(quote.price)
    if quote.day is None:
        return f"{name} {price}"
    move = percent(quote.day, sign=True)
    return _("{name} {price} ({move} on the day)").format(name=name, price=price, move=move)
