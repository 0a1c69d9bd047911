"""All numbers of the catalogue in pages by rung, what is typed for them, where they come from."""

from __future__ import annotations

from functools import cache

import numpy as np

from commands.dispatch import as_buttons
from commands.kinds import metric_names, no_page, normal
from commands.reply import Reply
from commands.snapshot import Snapshot
from commands.words import _, listed, sentence
from rotation.catalogue import METRICS
from rotation.inputs import BTC, BTC_VOLUME, ETH, N_, input_of
from rotation.market import Market, Track
from rotation.metrics import Bench

LIST = "metrics"
LINE = f"/explain {LIST}"
ROOM = 700
"""Characters of a page."""
MOST_INPUTS = 3
_WORDS = (N_("metrics"), N_("numbers"), N_("list"))
_GROUPS = {
    "liquidity_score": N_("rungs"),
    "rut_close": N_("stocks and small caps"),
    "net_liquidity": N_("liquidity"),
    "baa10y": N_("credit"),
    "btc_close": N_("majors"),
    "altseason_index": N_("alts"),
}
"""The first number of each group, in the order of the catalogue."""
_MORE = {"btc dominance": "dominance", "btc d": "dominance", "dom": "dominance"}
_COINS = frozenset({"altseason_index", "altseason_k", "altseason_n", "alts_score"})
"""Made of a list of coins, not only of series with a name."""
_PUBLISHERS = {
    "Yahoo Finance": frozenset({BTC, ETH, BTC_VOLUME, "MOVE", "HYG", "IEF", "IWM"}),
    "CoinGecko": frozenset({"DOMINANCE", "BTC_CAP"}),
    "US Treasury Fiscal Data": frozenset({"TGA_DAILY"}),
    "DefiLlama": frozenset({"STABLECOINS"}),
    "alternative.me": frozenset({"FEAR_GREED"}),
    "Binance": frozenset({"FUNDING"}),
    "OKX": frozenset({"OPEN_INTEREST"}),
    "iShares": frozenset({"IWM_SHARES"}),
    "": frozenset({"ETF_FLOW"}),
}
"""Who is asked first for a series; no source gives the flows of the bitcoin funds, a file does."""


def names() -> dict[str, str]:
    """What may be typed for a number here: also in one word, such as 'ethbtc'."""
    known = metric_names() | _MORE
    joined = {name.replace(" ", ""): id for name, id in known.items()}
    return joined | known


def asked(text: str) -> int | None:
    """The page that is meant by 'metrics', 'numbers 2' or 'list'; None if it is none of them.
    CommandError if there is no such page.
    """
    words, _space, page = normal(text).partition(" ")
    if words not in {form for word in _WORDS for form in (word, normal(_(word)))}:
        return None
    if page and not (page.isdecimal() and len(page) <= 3):
        return None
    n, last = int(page or 1), len(pages())
    if not 1 <= n <= last:
        raise no_page(last, LINE)
    return n


def pages() -> list[tuple[str, list[str]]]:
    """The name of its group and the lines of each page."""
    groups: dict[str, list[str]] = {}
    for id, metric in METRICS.items():
        if id in _GROUPS:
            lines = groups.setdefault(_(_GROUPS[id]), [])
        lines.append(f"{id} — {_(metric.name)}")
    found: list[tuple[str, list[str]]] = []
    for name, lines in groups.items():
        many = -(-sum(len(line) + 1 for line in lines) // ROOM)
        each = -(-len(lines) // many)
        found += [(name, lines[n : n + each]) for n in range(0, len(lines), each)]
    return found


def page(n: int, snapshot: Snapshot) -> Reply:
    """One page of the list."""
    every = pages()
    group, lines = every[n - 1]
    same = [m for m, (name, _lines) in enumerate(every, 1) if name == group and m != n]
    firsts = {name: m for m, (name, _lines) in reversed([*enumerate(every, 1)]) if name != group}
    jumps = [(_("Page {n}").format(n=m), f"{LINE} {m}") for m in same]
    jumps += [(sentence(name), f"{LINE} {m}") for name, m in reversed(firsts.items())]
    return Reply(
        headline=_("{n} numbers, page {page} of {pages}: {group}").format(
            n=len(METRICS), page=n, pages=len(every), group=group
        ),
        reason=_("Each works with /chart, /explain and /alert."),
        lines=tuple(lines),
        buttons=as_buttons(*jumps),
        sample=snapshot.timeline.sample,
    )


class _Asking(Market):
    """An empty market that remembers which series were asked of it."""

    def __init__(self) -> None:
        day = np.datetime64("2020-01-01")
        super().__init__((), first=day, last=day + 1)
        self.asked: dict[str, None] = {}

    def track(self, series: str) -> Track:
        self.asked[series] = None
        return super().track(series)


@cache
def series_of(metric: str) -> tuple[str, ...]:
    """The series that a number is made of."""
    market = _Asking()
    Bench(market, METRICS).daily(metric)
    return tuple(market.asked)


def publisher(series: str) -> str:
    """Who publishes a series as this bot reads it; '' where no source does."""
    for name, known in _PUBLISHERS.items():
        if series in known:
            return name
    equity = series.partition(".")[0]
    return "Yahoo Finance" if input_of(equity).group == "Equities" else "FRED (St. Louis Fed)"


def origin(metric: str, snapshot: Snapshot) -> str:
    """'Made of Fed total assets and reverse repo, from FRED (St. Louis Fed).' Where no source is
    asked, also what is read instead.
    """
    series = series_of(metric)
    sources = list(dict.fromkeys(filter(None, map(publisher, series))))
    inputs = list(dict.fromkeys(_(input_of(item).name) for item in series))
    if metric in _COINS:
        text = _("Made of the prices of large coins, from {sources}.")
        sources = list(dict.fromkeys(("CoinGecko", *sources)))
    elif not sources:
        text = _("Source: a file of the operator.")
    elif len(inputs) == 1:
        text = _("Source: {sources}.")
    elif len(inputs) > MOST_INPUTS:
        text = _("Made of {n} series, from {sources}.")
    else:
        text = _("Made of {inputs}, from {sources}.")
    said = text.format(inputs=listed(inputs), sources=listed(sources), n=len(series))
    here = "" if snapshot.names else _("Here: {source}.").format(source=_(snapshot.source))
    return f"{said} {here}".strip()
