"""One day of the past in detail: what was known and said then, and what came after."""

from __future__ import annotations

import datetime as dt

from commands.dispatch import as_buttons
from commands.evidence_pictures import day_chart
from commands.facts import freshness_line, lamps, record_words
from commands.history_kinds import ASSET_NAMES, event_name
from commands.reply import Reply, Table
from commands.rotation import headline
from commands.words import _, day, listed, number, percent
from rotation.changes import Event, EventKind, events
from rotation.day import status
from rotation.events import BREAKOUT, KINDS
from rotation.evidence import Evidence
from rotation.history import ASSETS, HORIZONS
from rotation.inputs import N_, decided_at
from rotation.ladder import LADDER
from rotation.record import calls_due
from rotation.status import RotationStatus

_UNCOUNTED = {
    (EventKind.BREAKOUT, "attempt"): N_("breakout attempt"),
    (EventKind.BREAKOUT, "retest"): N_("first retest of the breakout"),
    (EventKind.BREAKOUT, "failed"): N_("breakout failed"),
    (EventKind.BREAKOUT, "broken"): N_("breakout broken"),
    (EventKind.WINDOW, "30"): N_("day 30 of the window"),
    (EventKind.WINDOW, "60"): N_("day 60 of the window"),
    (EventKind.WINDOW, "90"): N_("day 90 of the window"),
    (EventKind.SEASON, "75"): N_("altcoin season index at 75"),
    (EventKind.SEASON, "25"): N_("altcoin season index at 25"),
    (EventKind.HEAT, "80"): N_("heat at 80"),
    (EventKind.WARNING, "converted"): N_("early warning ended: crypto has moved"),
    (EventKind.WARNING, "void"): N_("early warning void"),
    (EventKind.WARNING, "expired"): N_("early warning expired"),
}
"""What happens beside the events that are counted."""


def _uncounted(event: Event) -> str:
    if event.kind is EventKind.RUNG and event.what == "unlit":
        name = next(rung.name for rung in LADDER if rung.id == event.subject)
        return _("rung {name} unlit").format(name=_(name))
    known = _UNCOUNTED.get((event.kind, event.what))
    return _(known) if known else ""


def one_day(evidence: Evidence, when: dt.date, now: RotationStatus) -> Reply:
    """The answer of /history for a day, event or not."""
    then = status(evidence.timeline, when)
    happened = [event_name(kind) for kind in KINDS if when in evidence.events(kind)]
    happened += [text for event in events(evidence.timeline, when) if (text := _uncounted(event))]
    what = listed(happened) if happened else _("nothing that is told as an event")
    rows = _after(evidence, when)
    lines = [
        lamps(then),
        _calls(evidence, when),
        _("Breakouts by then: {words}").format(words=record_words(then.records[BREAKOUT])),
    ]
    return Reply(
        headline=f"{day(when)}: {what}.",
        reason=_("By the rules that day: {words}").format(words=headline(then)),
        lines=tuple(line for line in lines if line),
        table=Table((_("After, %"), *(_("{n} d").format(n=n) for n in HORIZONS)), rows)
        if rows else None,
        footer=freshness_line(now),
        buttons=as_buttons(
            (_("Answer of that day"), f"/rotation {when}"),
            (_("Russell 2000"), f"/russell {when}"),
            (_("Breakouts"), "/history breakout"),
        ),
        chart=day_chart(evidence, when),
        sample=now.sample,
    )  # fmt: skip


def _calls(evidence: Evidence, when: dt.date) -> str:
    """The calls that the rules make of the decision of the day, whether a bot ran then or not."""
    timeline = evidence.timeline
    made_at = decided_at(timeline.days[[timeline.row(when)]])[0].item()
    parts = [
        _("{question} {p} (any day {base})").format(
            question=_(call.asked.short), p=percent(100 * call.probability, 0),
            base=percent(100 * call.base, 0),
        )
        for call in calls_due(timeline, when, made_at)
    ]  # fmt: skip
    return _("Calls by the rules: {calls}.").format(calls=" · ".join(parts)) if parts else ""


def _after(evidence: Evidence, when: dt.date) -> tuple[tuple[str, ...], ...]:
    """What each asset did after the next close; nothing where nothing is known."""
    rows = []
    for asset in ASSETS:
        gains = [evidence.gain(when, asset, horizon) for horizon in HORIZONS]
        if any(gain is not None for gain in gains):
            cells = (_gain(evidence, when, *pair) for pair in zip(gains, HORIZONS, strict=True))
            rows.append((_(ASSET_NAMES[asset]), *cells))
    return tuple(rows)


def _gain(evidence: Evidence, when: dt.date, gain: float | None, horizon: int) -> str:
    """'+36', 'open' before the horizon, 'n/a' for a close that never came."""
    if gain is not None:
        return number(gain, sign=True)
    return _("open") if when + dt.timedelta(days=1 + horizon) > evidence.day else _("n/a")
