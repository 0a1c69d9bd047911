"""Sentences that several answers share: rungs, breakout, record, freshness."""

from __future__ import annotations

import datetime as dt

from commands.reply import Tone
from commands.words import (
    SPACE,
    _,
    amount,
    day,
    listed,
    number,
    percent,
    plural,
    reading,
    weekday,
)
from rotation.breakout import IN_WINDOW, WINDOW_FIRST, WINDOW_LAST, State, Tier
from rotation.checklist import Answer
from rotation.history import Record
from rotation.inputs import N_, Freshness, Group
from rotation.phase import Phase
from rotation.status import GroupStatus, Reading, RotationStatus, RungStatus

LAMP = {True: "●", False: "○", None: "–"}
TICK = {Answer.YES: "✓", Answer.NO: "✗", Answer.UNKNOWN: "?"}

PHASES = {
    Phase.DATA_HOLD: N_("Data hold"),
    Phase.EXHAUSTION: N_("Exhaustion"),
    Phase.ALTSEASON: N_("Altseason"),
    Phase.SPILLOVER: N_("Spillover"),
    Phase.SMALL_CAP_LEAD: N_("Small-cap lead"),
    Phase.RISK_ON: N_("Risk-on"),
    Phase.CREDIT_THAW: N_("Credit thaw"),
    Phase.TIGHTENING: N_("Tightening"),
    Phase.MIXED: N_("Mixed"),
}
TONES = {
    Phase.DATA_HOLD: Tone.MUTED,
    Phase.EXHAUSTION: Tone.BAD,
    Phase.ALTSEASON: Tone.WARM,
    Phase.SPILLOVER: Tone.GOOD,
    Phase.SMALL_CAP_LEAD: Tone.GOOD,
    Phase.RISK_ON: Tone.CALM,
    Phase.CREDIT_THAW: Tone.CALM,
    Phase.TIGHTENING: Tone.BAD,
    Phase.MIXED: Tone.MUTED,
}
TIERS = {
    Tier.MAJOR: N_("major"),
    Tier.STANDARD: N_("standard"),
    Tier.CONTINUATION: N_("continuation"),
}
GROUPS = {
    Group.EQUITIES: N_("equities"),
    Group.LIQUIDITY: N_("liquidity"),
    Group.CREDIT: N_("credit"),
    Group.CRYPTO: N_("crypto"),
    Group.FLOWS: N_("flows"),
}
ENDS = {
    State.FAILED: N_("failed"),
    State.BROKEN: N_("broken"),
    State.EXPIRED: N_("window expired"),
}


EXHAUSTED = {
    Answer.YES: N_("sellers are exhausted"),
    Answer.NO: N_("sellers are not exhausted yet"),
    Answer.UNKNOWN: N_("exhaustion of sellers unknown"),
}
HEAT_NAMES = {
    "funding_pct": N_("funding"),
    "oi_cap_pct": N_("open interest"),
    "fear_greed_pct": N_("fear and greed"),
}


def rung_names(rungs: list[RungStatus]) -> str:
    return listed([_(rung.name) for rung in rungs])


def lamps(status: RotationStatus) -> str:
    """'Liquidity 63 ● · Credit 71 ● · …'."""
    return " · ".join(
        f"{_(rung.name)}{SPACE}{amount(rung.score, 'score', 0)}{SPACE}{LAMP[rung.lit]}"
        for rung in status.rungs
    )


def small_caps(status: RotationStatus) -> str:
    """'Small caps beat large caps and stand 1.1 % below their high.'"""
    strength, below = status.readings["mrs"], status.readings["rut_drawdown"]
    if strength.value is None or below.value is None:
        return _("Small caps cannot be measured: an index is missing.")
    leads = strength.value > 0
    who = _("Small caps beat large caps") if leads else _("Large caps beat small caps")
    if below.value > -0.05:
        return _("{who}; the Russell 2000 stands at its high.").format(who=who)
    return _("{who}; the Russell 2000 stands {gap} below its high.").format(
        who=who, gap=percent(-below.value)
    )


def crypto_moves(status: RotationStatus) -> str:
    """'BTC +4.2 % and ETH/BTC −1.0 % in 30 days.'"""
    return _("BTC {btc} and ETH/BTC {eth} in 30 days.").format(
        btc=reading(status.readings["btc_30d"], sign=True),
        eth=reading(status.readings["eth_btc_30d"], sign=True),
    )


def index_words(status: RotationStatus) -> str:
    """'16 of 42 large coins ahead of bitcoin over 90 days (index 38)'; 'n/a' with a reason."""
    index, season = status.readings["altseason_index"], status.altseason
    if index.value is None or season.counted is None:
        return _("altcoin season index n/a: too few coins with prices")
    text = _("{k} of {n} large coins ahead of bitcoin over 90 days (index {index})").format(
        k=season.beating, n=season.counted, index=number(index.value)
    )
    if index.date is not None and index.date != status.date:
        text += " " + _("on {date}").format(date=day(index.date, status.date))
    return text + _(", with a borrowed list") if season.borrowed else text


def breakout_line(status: RotationStatus) -> str:
    """The open breakout and its window, or the last one and how it ended."""
    event, today = status.breakout.event, status.date
    if event is None:
        return _("No breakout of the Russell 2000 so far.")
    if status.breakout.state is State.ATTEMPT:
        return _("Breakout attempt of {day} over {level}, not confirmed yet.").format(
            day=day(event.attempt, today), level=number(event.level, 2)
        )
    if status.breakout.state in IN_WINDOW and event.confirmed is not None:
        text = _("Breakout confirmed {day}: {window}.").format(
            day=day(event.confirmed, today), window=window_words(status.breakout.window_day)
        )
        since = status.breakout.btc_since
        if since is None:
            return text
        return f"{text} " + _("BTC since the next close: {btc}.").format(
            btc=percent(since, sign=True)
        )
    return last_breakout(status)


def last_breakout(status: RotationStatus) -> str:
    """'Last breakout: 18 Sep 2025, confirmed 22 Sep 2025, window expired 22 Dec 2025.'"""
    event, today = status.breakout.event, status.date
    if event is None or event.end is None or event.ended is None:
        return ""
    level = _("{day} over {level}, base {base} sessions")
    parts = [
        level.format(day=day(event.attempt, today), level=number(event.level, 2), base=event.base)
    ]
    if event.confirmed is None:
        parts.append(_("never confirmed"))
    else:
        parts.append(_("confirmed {day}").format(day=day(event.confirmed, today)))
    parts.append(f"{_(ENDS[event.end])} {day(event.ended, today)}")
    return _("Last breakout: {parts}.").format(parts=", ".join(parts))


def window_words(window_day: int | None) -> str:
    if window_day is None:
        return _("no window open")
    if window_day < WINDOW_FIRST:
        return _("day {n}, before the {first}–{last} day window").format(
            n=window_day, first=WINDOW_FIRST, last=WINDOW_LAST
        )
    if window_day <= WINDOW_LAST:
        return _("day {n} of the {first}–{last} day window of the popular story").format(
            n=window_day, first=WINDOW_FIRST, last=WINDOW_LAST
        )
    return _("day {n}, the window is over").format(n=window_day)


def warning_line(status: RotationStatus) -> str:
    """The early warning while it is on, with its own record; else empty."""
    warning = status.warning
    if warning is None or warning.off is not None:
        return ""
    told = _("Early warning since {day}: small caps led, crypto lagged.").format(
        day=day(warning.on, status.date)
    )
    return told + " " + record_words(status.records["early-warning"])


def record_words(record: Record) -> str:
    """'BTC higher 90 days on in 2 of 6 (33 %, 10–70 %); any day 58 %.' and what is left out."""
    base = amount(record.base_rate, "%", 0)
    if record.n == 0 or record.rate is None or record.interval is None:
        return _("No past case yet; BTC higher after any day: {base}.").format(base=base)
    low, high = record.interval
    text = _("BTC higher {h} days on in {k} of {n} ({rate}, {low}–{high}); any day {base}.")
    text = text.format(
        h=record.horizon, k=record.hits, n=record.n, rate=percent(record.rate, 0),
        low=number(low), high=percent(high, 0), base=base,
    )  # fmt: skip
    if record.open:
        text += " " + plural("{n} still open.", "{n} still open.", record.open).format(
            n=record.open
        )
    if record.uncounted:
        text += " " + _("{n} more within 90 days, not counted.").format(n=record.uncounted)
    return text


def record_line(status: RotationStatus) -> str:
    """The record of confirmed breakouts; stands in every answer that shows the signal."""
    record = status.records["breakout"]
    return _("Record of confirmed breakouts since {year}: {words}").format(
        year=record.since.year, words=record_words(record)
    )


def freshness_line(status: RotationStatus) -> str:
    """'Decision for 26 Sep 2025 · equities Fri close · liquidity Wed, out Thu · …'."""
    parts = [_("As of {day}").format(day=day(status.date))]
    parts += [_group(group, status.date) for group in status.groups]
    late, stale, missing = (
        len(status.inputs(fresh)) for fresh in (Freshness.LATE, Freshness.STALE, Freshness.MISSING)
    )
    if late:
        parts.append(plural("{n} input late", "{n} inputs late", late).format(n=late))
    if stale:
        parts.append(plural("{n} input stale", "{n} inputs stale", stale).format(n=stale))
    if missing:
        parts.append(plural("{n} input n/a", "{n} inputs n/a", missing).format(n=missing))
    return " · ".join(parts)


def _group(group: GroupStatus, today: dt.date) -> str:
    name = _(GROUPS[group.group])
    if group.date is None or group.oldest is None or group.released is None:
        return _("{group} n/a").format(group=name)
    when = when_words(group.date, today)
    if group.oldest != group.date:
        text = _("{group} {first} to {last}")
        return text.format(
            group=name, first=when_words(group.oldest, today), last=when
        ) + freshness_mark(group.fresh)
    if group.group is Group.CRYPTO:
        text = _("{group} {when} 24:00 UTC").format(group=name, when=when)
    elif group.group is Group.EQUITIES:
        text = _("{group} {when} close").format(group=name, when=when)
    elif group.released.date() == group.date or (today - group.date).days >= 7:
        text = f"{name} {when}"
    else:
        out = weekday(group.released.date())
        text = _("{group} {when}, out {out}").format(group=name, when=when, out=out)
    return text + freshness_mark(group.fresh)


def when_words(date: dt.date, today: dt.date) -> str:
    """The weekday within a week, else the date."""
    return weekday(date) if (today - date).days < 7 else day(date, today)


def caveat_words(caveat: str) -> str:
    """What is to be known of a series; a feed joins several with '; '."""
    return "; ".join(_(part) for part in caveat.split("; "))


def freshness_mark(fresh: Freshness) -> str:
    """', late' or ', stale'; nothing for what is fresh."""
    if fresh is Freshness.LATE:
        return ", " + _("late")
    return ", " + _("stale") if fresh is Freshness.STALE else ""


def dated(item: Reading, today: dt.date, *, sign: bool = False) -> str:
    """A reading with its date where that is not today's, and a mark where it is old."""
    text = reading(item, sign=sign)
    if item.date is None or item.date == today:
        return text
    return f"{text} ({when_words(item.date, today)}{freshness_mark(item.fresh)})"
