"""/crypto: bitcoin, ether, the altcoin season index, heat."""

from __future__ import annotations

import numpy as np

from commands.dispatch import as_buttons
from commands.facts import EXHAUSTED, PHASES, dated, freshness_line, index_words
from commands.kinds import DATE
from commands.live import with_live
from commands.pictures import crypto_chart
from commands.registry import Call, Command, Option
from commands.reply import Reply, Tone
from commands.words import SPACE, _, day, number, reading, sentence
from rotation.catalogue import HEAT_PARTS
from rotation.inputs import BTC, ETH, N_
from rotation.phase import Phase
from rotation.signals import HOT, SEASON
from rotation.status import RotationStatus
from rotation.timeline import Timeline

BITCOIN_SEASON = 25
COLD = 20
SHOWN = (
    "btc_close", "eth_btc", "dominance", "stablecoins", "funding", "oi_cap", "fear_greed",
    "etf_flow_20d",
)  # fmt: skip
"""What the lines are made of, named where it has not begun."""


def run(call: Call) -> Reply:
    timeline, now = call.snapshot.timeline, call.status()
    lines = [_bitcoin(now), _ether(now), _dominance(now), _heat(now), _washed_out(now), _flows(now)]
    reply = Reply(
        headline=_headline(now),
        reason=_reason(now, timeline),
        lines=tuple(lines),
        footer=freshness_line(now),
        buttons=as_buttons(
            (_("Rotation"), f"/rotation {now.date}"),
            (_("Index, 5 years"), "/chart altseason_index 5y"),
            (_("What is the index?"), "/explain altseason_index"),
        ),
        chart=crypto_chart(timeline, now),
        tone=Tone.WARM if now.tail_end else Tone.MUTED,
        sample=now.sample,
    )
    return with_live(call, reply, BTC, ETH)


def _reason(now: RotationStatus, timeline: Timeline) -> str:
    """Coins behind the index, and a phase that says otherwise. Where the first line says that
    there is none: what else had not begun.
    """
    if now.readings["altseason_index"].value is None:
        return _not_yet(now, timeline)
    return " ".join(filter(None, (sentence(index_words(now)) + ".", _beside(now))))


def _beside(now: RotationStatus) -> str:
    """The phase of /rotation, where it and the index do not say the same; else empty."""
    index = now.readings["altseason_index"].usable
    season = index is not None and index >= SEASON
    if season == (now.phase is Phase.ALTSEASON):
        return ""
    if now.match is not now.phase:
        words = _("/rotation still says {phase}: a phase lasts at least 5 sessions.")
    elif now.phase in (Phase.EXHAUSTION, Phase.DATA_HOLD):
        words = _("/rotation says {phase}, which goes before altseason.")
    else:
        words = _("/rotation says {phase}: altseason takes 3 days at 75 or more.")
    return words.format(phase=_(PHASES[now.phase]))


def _not_yet(now: RotationStatus, timeline: Timeline) -> str:
    """'Not measured before: ETH/BTC 2015, …', where most of what is shown had not begun."""
    missing = [id for id in SHOWN if now.readings[id].value is None]
    begun = {
        id: timeline.days[~np.isnan(timeline.metrics[id].value)][:1].tolist() for id in missing
    }
    parts = [
        f"{_(now.readings[id].name)}{SPACE}{days[0].year}"
        for id, days in begun.items()
        if days and days[0] > now.date
    ]
    if not parts or 2 * len(missing) < len(SHOWN):
        return ""
    return _("There was no data yet; it begins: {parts}.").format(parts=" · ".join(parts))


def _headline(now: RotationStatus) -> str:
    index = now.readings["altseason_index"]
    if index.usable is None:
        return _("Altcoin season index n/a: too few coins with fresh prices.")
    n = number(index.usable)
    if index.usable >= SEASON:
        return _("Altcoin season: index {n}, the line is 75.").format(n=n)
    if index.usable <= BITCOIN_SEASON:
        return _("Bitcoin season: index {n}, the line is 25.").format(n=n)
    return _("Neither season: index {n}, between 25 and 75.").format(n=n)


def _bitcoin(now: RotationStatus) -> str:
    return _(
        "BTC {close}: {month} in 30 days, {trend} from its 200-day average, {high} from its high"
    ).format(
        close=dated(now.readings["btc_close"], now.date),
        month=reading(now.readings["btc_30d"], sign=True),
        trend=reading(now.readings["btc_distance_200"], sign=True),
        high=reading(now.readings["btc_drawdown"]),
    )


def _ether(now: RotationStatus) -> str:
    return _("ETH/BTC {ratio}: {month} in 30 days, Mansfield {mrs}").format(
        ratio=dated(now.readings["eth_btc"], now.date),
        month=reading(now.readings["eth_btc_30d"], sign=True),
        mrs=reading(now.readings["eth_btc_mrs"], sign=True),
    )


def _dominance(now: RotationStatus) -> str:
    return _(
        "Dominance, stablecoins in the total: {dom} · stablecoins {stable}, {growth} in 30 days"
    ).format(
        dom=dated(now.readings["dominance"], now.date),
        stable=reading(now.readings["stablecoins"]),
        growth=reading(now.readings["stablecoins_30d"], sign=True),
    )


def _heat(now: RotationStatus) -> str:
    heat = now.readings["heat"]
    words = ""
    if heat.value is not None:
        words = _("hot") if heat.value >= HOT else _("cold") if heat.value <= COLD else _("mild")
        parts = [now.readings[id].usable is not None for id in HEAT_PARTS]
        if not all(parts):
            words += " " + _("(from {n} of 3 inputs)").format(n=sum(parts))
    text = _("Heat {heat} · funding {funding} · open interest ÷ cap {oi} · fear and greed {mood}")
    return text.format(
        heat=f"{reading(heat)} {words}".strip(),
        funding=reading(now.readings["funding"]),
        oi=reading(now.readings["oi_cap"]),
        mood=dated(now.readings["fear_greed"], now.date),
    )


def _washed_out(now: RotationStatus) -> str:
    if now.capitulation is None:
        known = now.readings["btc_7d_pct"].usable is not None
        return _("No capitulation in the last 60 days") if known else _("Capitulation n/a")
    return _("Capitulation {day}; {exhausted}").format(
        day=day(now.capitulation, now.date), exhausted=_(EXHAUSTED[now.exhaustion])
    )


def _flows(now: RotationStatus) -> str:
    flow = now.readings["etf_flow_20d"]
    return _("Spot bitcoin ETFs, 20 days: {flow}").format(flow=dated(flow, now.date, sign=True))


COMMAND = Command(
    name="crypto",
    summary=N_("Bitcoin, ether, altcoin season index, dominance, heat"),
    run=run,
    options=(Option("date", DATE, N_("a day, such as 2025-09-26"), rest=True),),
    aliases=("altseason",),
    examples=("/crypto", "/crypto 2025-09-26"),
)
