"""Events in words: what happened, and how often that has been followed by what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from commands.facts import HEAT_NAMES, PHASES, record_words
from commands.snapshot import Snapshot
from commands.words import _, day, listed, number
from rotation.changes import Event, EventKind
from rotation.events import BREAKOUT, PHASE, RUNG, WARNING
from rotation.inputs import N_, input_of
from rotation.ladder import LADDER
from rotation.phase import Phase

KINDS = {
    EventKind.PHASE: N_("phases"),
    EventKind.BREAKOUT: N_("breakouts"),
    EventKind.WINDOW: N_("days of the window"),
    EventKind.WARNING: N_("early warnings"),
    EventKind.RUNG: N_("rungs"),
    EventKind.SEASON: N_("altcoin season"),
    EventKind.HEAT: N_("heat"),
    EventKind.STALE: N_("stale sources"),
    EventKind.SCORED: N_("scored calls"),
}
_BREAKOUT = {
    "attempt": N_("Breakout attempt: the Russell 2000 closed above {level}, not confirmed yet."),
    "confirmed": N_("Breakout confirmed: three closes of the Russell 2000 above {level}."),
    "retest": N_("First retest: the Russell 2000 is back within 1 % of {level}."),
    "failed": N_("The breakout over {level} has failed."),
    "broken": N_("The breakout over {level} is broken: two closes more than 5 % below."),
}
_WINDOW = {
    "30": N_("Day 30 after the breakout: the window of the popular story opens."),
    "60": N_("Day 60 after the breakout: the middle of the window of the popular story."),
    "90": N_("Day 90 after the breakout: the window of the popular story ends."),
}
_WARNING = {
    "on": N_(
        "Early warning: small caps lead while BTC is below +10 % and ETH/BTC below +5 % in 30 days."
    ),
    "converted": N_(
        "The early warning of {since} has ended: crypto has moved (BTC +10 % in 30 "
        "days, or index 60)."
    ),
    "void": N_("The early warning of {since} is void: small caps no longer lead."),
    "expired": N_("The early warning of {since} has expired after 90 days."),
}
_GAUGES = {
    "75": N_("Altcoin season index {value}, at or above 75. It looks back: it confirms, it does "
             "not warn."),
    "25": N_("Altcoin season index {value}, at or below 25: Bitcoin season. It looks back."),
    "80": N_("Heat {value}, at or above 80."),
}  # fmt: skip
_SCORES = {
    "hit": N_("Call {short} is scored: a hit."),
    "miss": N_("Call {short} is scored: a miss."),
    "void": N_("Call {short} is void: over half of its days had no data."),
}
_RUNGS = {rung.id: rung.name for rung in LADDER}


def sentence_of(event: Event, today: dt.date) -> str:
    """What happened, with its day where that is not today's."""
    text = _SENTENCES[event.kind](event)
    if event.day == today:
        return text
    return _("{day}: {text}").format(day=day(event.day, today), text=text)


def record_of(event: Event, snapshot: Snapshot) -> str:
    """The record of such events as known on that day; '' for those that are no signal."""
    kind = _record_kind(event)
    if not kind:
        return ""
    words = record_words(snapshot.known().at(event.day).record(kind))
    return _("Record: {words}").format(words=words)


def weight(event: Event) -> int:
    """The order in which events are told: the main one first."""
    return list(EventKind).index(event.kind) if event.kind is not EventKind.BREAKOUT else -1


def _record_kind(event: Event) -> str:
    match event.kind:
        case EventKind.PHASE:
            return PHASE + event.what
        case EventKind.RUNG if event.what == "lit":
            return RUNG + event.subject
        case EventKind.WARNING if event.what == "on":
            return WARNING
        case EventKind.BREAKOUT | EventKind.WINDOW if not event.short:
            return BREAKOUT
        case _:
            return ""


def _phase(event: Event) -> str:
    return _("Phase: {before} → {now}.").format(
        before=_(PHASES[Phase(event.subject)]), now=_(PHASES[Phase(event.what)])
    )


def _breakout(event: Event) -> str:
    text = _(_BREAKOUT[event.what]).format(level=number(event.value or 0.0, 2))
    if event.short:
        text += " " + _("Its base was short: it opens no window and is not in the record.")
    return text


def _warning(event: Event) -> str:
    since = day(dt.date.fromisoformat(event.subject)) if event.subject else ""
    return _(_WARNING[event.what]).format(since=since)


def _rung(event: Event) -> str:
    words = _("{rung} lit at {score}.") if event.what == "lit" else _("{rung} unlit at {score}.")
    return words.format(rung=_(_RUNGS[event.subject]), score=number(event.value or 0.0))


def _stale(event: Event) -> str:
    return _("{name} is stale: shown, but not scored until a new value comes.").format(
        name=_(input_of(event.what).name)
    )


def _heat(event: Event) -> str:
    """Heat with the inputs that it had on the day: sources of derivatives are often missing."""
    text = _(_GAUGES[event.what]).format(value=number(event.value or 0.0))
    names = [_(HEAT_NAMES[part]) for part in event.subject.split()]
    if not names:
        return text
    return f"{text} " + _("Made of: {parts}.").format(parts=listed(names))


_SENTENCES: dict[EventKind, Callable[[Event], str]] = {
    EventKind.PHASE: _phase,
    EventKind.BREAKOUT: _breakout,
    EventKind.WINDOW: lambda event: _(_WINDOW[event.what]),
    EventKind.WARNING: _warning,
    EventKind.RUNG: _rung,
    EventKind.SEASON: lambda event: _(_GAUGES[event.what]).format(value=number(event.value or 0.0)),
    EventKind.HEAT: _heat,
    EventKind.STALE: _stale,
    EventKind.SCORED: lambda event: _(_SCORES[event.subject]).format(short=event.what),
}
