"""/russell: the Russell 2000 and its breakouts."""

from __future__ import annotations

from math import ceil, floor

from commands.dispatch import as_buttons
from commands.facts import (
    TICK,
    TIERS,
    dated,
    freshness_line,
    last_breakout,
    record_line,
    when_words,
    window_words,
)
from commands.kinds import DATE
from commands.live import with_live
from commands.pictures import russell_chart
from commands.registry import Call, Command, Option
from commands.reply import Reply, Tone
from commands.words import _, amount, day, number, percent, reading
from rotation.breakout import OPEN, Breakout, Rules, State
from rotation.day import TICKS
from rotation.inputs import N_
from rotation.status import RotationStatus

TONES = {
    State.NONE: Tone.MUTED,
    State.NEAR: Tone.CALM,
    State.ATTEMPT: Tone.WARM,
    State.CONFIRMED: Tone.GOOD,
    State.RETEST: Tone.WARM,
    State.FAILED: Tone.BAD,
    State.BROKEN: Tone.BAD,
    State.EXPIRED: Tone.MUTED,
}
ROUND_STEP = 100
LOW_RETEST = 1 - Rules().retest_band


def run(call: Call) -> Reply:
    timeline, now = call.snapshot.timeline, call.status()
    event = now.breakout.event
    is_open = now.breakout.state in OPEN
    lines = [
        _where(now),
        _event(now) if is_open else last_breakout(now),
        "" if is_open else _continuation(now),
        _ticks(now) if is_open else _today(now),
        _fails(now),
        record_line(now) if event is not None else "",
    ]
    reply = Reply(
        headline=_headline(now),
        reason=_strength(now),
        lines=tuple(line for line in lines if line),
        footer=freshness_line(now),
        buttons=as_buttons(
            (_("Rotation"), f"/rotation {now.date}"),
            (_("Strength"), "/chart mrs 2y"),
            (_("Past breakouts"), "/history"),
            (_("What is a breakout?"), "/explain breakout"),
        ),
        chart=russell_chart(timeline, now),
        tone=TONES[now.breakout.state],
        sample=now.sample,
    )
    return with_live(call, reply, "RUT", "IWM")


def _headline(now: RotationStatus) -> str:
    state, event = now.breakout.state, now.breakout.event
    gap = now.readings["rut_drawdown"].value
    if gap is None:
        return _("No closes of the Russell 2000.")
    if state in OPEN and event is not None:
        return _open_headline(now, event.level)
    if state in (State.FAILED, State.BROKEN) and event is not None:
        text = _("The breakout over {level} failed {day}.")
        return text.format(level=number(event.level, 2), day=_ended(event, now))
    if state is State.EXPIRED and event is not None:
        return _("The window of the last breakout closed {day}.").format(day=_ended(event, now))
    if now.breakout.short_base:
        return _("New high, base too short for a breakout ({base} of {least} sessions).").format(
            base=now.breakout.base, least=Rules().base_min
        )
    if state is State.NEAR:
        return _("Near its high: {gap} below. No breakout.").format(gap=percent(-gap))
    return _("No breakout: {gap} below its high.").format(gap=percent(-gap))


def _ended(event: Breakout, now: RotationStatus) -> str:
    return _("today") if event.ended == now.date else when_words(event.ended or now.date, now.date)


def _open_headline(now: RotationStatus, level: float) -> str:
    state, close = now.breakout.state, now.readings["rut_close"].value or level
    gap = percent(100 * (close / level - 1), sign=True)
    if close < LOW_RETEST * level and state is State.RETEST:
        return _("Breakout back under the old high of {level}: {gap}.").format(
            gap=gap, level=number(level, 2)
        )
    words = {
        State.ATTEMPT: _("Breakout attempt: {gap} from the old high of {level}."),
        State.CONFIRMED: _("Breakout confirmed: {gap} from the old high of {level}."),
        State.RETEST: _("Breakout in retest: {gap} from the old high of {level}."),
    }
    return words[state].format(gap=gap, level=number(level, 2))


def _strength(now: RotationStatus) -> str:
    strength = now.readings["mrs"]
    if strength.value is None:
        return _("Strength against large caps: n/a.")
    words = (
        _("Small caps beat large caps: Mansfield strength {mrs}.")
        if strength.value > 0
        else _("Large caps beat small caps: Mansfield strength {mrs}.")
    )
    return words.format(mrs=dated(strength, now.date, sign=True))


def _where(now: RotationStatus) -> str:
    close, year = now.readings["rut_close"], now.readings["rut_year"]
    if close.value is None:
        return ""
    step = ROUND_STEP if close.value >= 10 * ROUND_STEP else ROUND_STEP / 10
    below, above = step * floor(close.value / step), step * ceil(close.value / step)
    near = below if close.value - below < above - close.value else above
    return _("Close {close}, {year} this year; nearest round level {near}.").format(
        close=number(close.value, 2), year=reading(year, sign=True), near=number(near)
    )


def _event(now: RotationStatus) -> str:
    event, today = now.breakout.event, now.date
    if event is None:
        return ""
    text = _(
        "Over the high of {high_day} after a base of {base} sessions ({tier}); attempt {attempt}"
    )
    text = text.format(
        high_day=day(event.level_date, today), base=number(event.base), tier=_(TIERS[event.tier]),
        attempt=day(event.attempt, today),
    )  # fmt: skip
    if event.confirmed:
        text += _(", confirmed {day}").format(day=day(event.confirmed, today))
    if event.first_retest:
        text += _(", retest from {day}").format(day=day(event.first_retest, today))
    if event.confirmed is None:
        return text + "."
    return f"{text}: {window_words(now.breakout.window_day)}."


def _continuation(now: RotationStatus) -> str:
    found = now.breakout.continuation
    if found is None or (now.date - found.date).days > 180:
        return ""
    return _(
        "Continuation high {day} over {level} (base {base} sessions): it opens no window."
    ).format(day=day(found.date, now.date), level=number(found.level, 2), base=found.base)


def _ticks(now: RotationStatus) -> str:
    parts = []
    for tick in now.breakout.ticks:
        value = reading(tick.reading, sign=tick.id != "breadth")
        parts.append(f"{_(TICKS[tick.id])} {value} {TICK[tick.answer]}")
    return _("At the attempt: {parts}").format(parts=" · ".join(parts))


def _today(now: RotationStatus) -> str:
    volume, breadth = now.readings["volume_ratio"], now.readings["small_breadth"]
    inflow = now.readings["iwm_creations"]
    text = _("Volume against normal {volume} · sectors above average {breadth} · inflow {inflow}")
    return text.format(
        volume=dated(volume, now.date),
        breadth=dated(breadth, now.date),
        inflow=amount(inflow.value, "USD", 0, sign=True),
    )


def _fails(now: RotationStatus) -> str:
    level, close = now.breakout.fails_at, now.readings["rut_close"].value
    if level is None:
        return ""
    if close is not None and close < level:
        text = _("One close below {level} has come; a second in a row ends it.")
    else:
        text = _("It fails with two closes in a row below {level}.")
    return text.format(level=number(level, 2))


COMMAND = Command(
    name="russell",
    summary=N_("Breakout of the Russell 2000: level, base, volume, breadth, where it fails"),
    run=run,
    options=(Option("date", DATE, N_("a day, such as 2025-09-26"), rest=True),),
    examples=("/russell", "/russell 2025-09-26"),
)
