"""/rotation: where capital stands."""

from __future__ import annotations

from commands.dispatch import as_buttons
from commands.facts import (
    PHASES,
    TONES,
    breakout_line,
    crypto_moves,
    freshness_line,
    index_words,
    lamps,
    record_line,
    rung_names,
    small_caps,
    warning_line,
)
from commands.kinds import DATE
from commands.live import with_live
from commands.pictures import ladder
from commands.registry import Call, Command, Option
from commands.reply import Reply
from commands.words import _, plural, sentence
from rotation.inputs import BTC, N_
from rotation.phase import LEAST_SCORES, Cause, Phase
from rotation.status import RotationStatus

MOST_DARK = 2
"""More dark rungs are not named in the first line."""
_CAUSES = {
    Cause.UNDONE: N_("A breakout has failed within 10 sessions while a crypto rung is lit."),
    Cause.SEASON_OVER: N_("Altcoin season is over: the index was 75 or more within 30 days."),
    Cause.HOT_AND_FALLING: N_("Heat is 80 or more while small caps fall below 50."),
}


def run(call: Call) -> Reply:
    return with_live(call, answer(call.status()), BTC, "RUT")


def answer(now: RotationStatus) -> Reply:
    """The answer for one day; the digest sends the same."""
    lines = [
        lamps(now),
        breakout_line(now),
        warning_line(now),
        _off_script(now),
        _tail_end(now),
        record_line(now),
    ]
    return Reply(
        headline=headline(now),
        reason=reason(now),
        lines=tuple(line for line in lines if line),
        footer=freshness_line(now),
        buttons=as_buttons(
            (_("Russell 2000"), f"/russell {now.date}"),
            (_("Liquidity"), f"/liquidity {now.date}"),
            (_("Crypto"), f"/crypto {now.date}"),
            (_("Past events"), "/history"),
            (_("What is this?"), f"/explain {now.phase.value}"),
        ),
        chart=ladder(now),
        tone=TONES[now.phase],
        sample=now.sample,
    )


def headline(now: RotationStatus) -> str:
    """'Small-cap lead, day 12. 4 of 6 rungs lit, unbroken up to Small caps.'"""
    age = (now.date - now.phase_since).days + 1
    name = _(PHASES[now.phase])
    if now.phase is Phase.DATA_HOLD and now.previous_phase is not None:
        name = _("{phase} (last: {last})").format(phase=name, last=_(PHASES[now.previous_phase]))
    return _("{phase}, day {age}. {lit} of 6 rungs lit{position}.").format(
        phase=name, age=age, lit=now.lit, position=_position(now)
    )


def _position(now: RotationStatus) -> str:
    """How far up the ladder is lit without a break; nothing if it is dark or lit throughout."""
    if now.lit in (0, len(now.rungs)):
        return ""
    if now.position:
        return _(", unbroken up to {rung}").format(rung=_(now.rungs[now.position - 1].name))
    first, dark = now.rungs[0], [rung for rung in now.rungs if not rung.lit]
    if first.lit is None:
        return _(", {rung} n/a").format(rung=_(first.name))
    if len(dark) <= MOST_DARK and all(rung.lit is False for rung in dark):
        return _(", but not {rung}").format(rung=rung_names(dark))
    return _(", first gap: {rung}").format(rung=_(first.name))


def reason(now: RotationStatus) -> str:
    """Why this phase, in one sentence or two."""
    if now.match is not now.phase:
        text = _("{phase} lasts at least 5 sessions; today alone would be {match}. {caps}")
        return text.format(
            phase=_(PHASES[now.phase]), match=_(PHASES[now.match]), caps=small_caps(now)
        )
    match now.phase:
        case Phase.DATA_HOLD:
            return plural(
                "Only {n} of 6 rungs has a score; a phase needs {least}.",
                "Only {n} of 6 rungs have a score; a phase needs {least}.", now.scored,
            ).format(n=now.scored, least=LEAST_SCORES)  # fmt: skip
        case Phase.EXHAUSTION:
            why = _(_CAUSES[now.cause]) if now.cause else ""
            return f"{why} {sentence(index_words(now))}; {crypto_moves(now)}"
        case Phase.ALTSEASON:
            return _("{index}. It looks back: it confirms, it does not warn.").format(
                index=sentence(index_words(now))
            )
        case Phase.RISK_ON:
            return _("Credit and stocks are lit, small caps are not. {caps}").format(
                caps=small_caps(now)
            )
        case Phase.CREDIT_THAW:
            return _("Credit is lit, stocks are not. {caps}").format(caps=small_caps(now))
        case Phase.TIGHTENING:
            return _("Neither liquidity nor credit is lit. {caps}").format(caps=small_caps(now))
        case Phase.MIXED:
            return _disagreement(now)
        case _:
            return f"{small_caps(now)} {crypto_moves(now)}"


def _disagreement(now: RotationStatus) -> str:
    lit = [rung for rung in now.rungs if rung.lit]
    dark = [rung for rung in now.rungs if rung.lit is False]
    unknown = [rung for rung in now.rungs if rung.lit is None]
    if not lit:
        return _("No rung is lit, and no rule of the ladder fits.")
    words = {"lit": rung_names(lit), "dark": rung_names(dark) or _("none")}
    if unknown:
        text = _("No rule fits while there is no score of {unknown}. Lit: {lit}; not lit: {dark}.")
        return text.format(unknown=rung_names(unknown), **words)
    return _("The rungs disagree. Lit: {lit}; not lit: {dark}.").format(**words)


def _off_script(now: RotationStatus) -> str:
    off = [rung for rung in now.rungs if rung.id in now.off_script]
    if not off:
        return ""
    return _("Off script: {rungs} lit over two dark rungs. That speaks against the ladder.").format(
        rungs=rung_names(off)
    )


def _tail_end(now: RotationStatus) -> str:
    if not now.tail_end or now.phase is Phase.ALTSEASON:
        return ""
    return _("Tail end: late in the move. {index}.").format(index=sentence(index_words(now)))


COMMAND = Command(
    name="rotation",
    summary=N_("Where capital stands on its way from US liquidity to altcoins"),
    run=run,
    options=(Option("date", DATE, N_("a day, such as 2025-09-26"), rest=True),),
    examples=("/rotation", "/rotation 2025-09-26"),
)
