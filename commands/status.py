"""/status: how old everything is, and what is wrong."""

from __future__ import annotations

import datetime as dt

from commands.dispatch import as_buttons
from commands.facts import freshness_line
from commands.registry import Call, Command
from commands.reply import Reply, Tone
from commands.snapshot import Snapshot
from commands.words import _, day, plural
from rotation.inputs import N_, Freshness, input_of
from rotation.ladder import LADDER
from rotation.status import Reading, RotationStatus
from rotation.timeline import RULE_VERSION

MOST_NAMES = 5


def run(call: Call) -> Reply:
    timeline, snapshot = call.snapshot.timeline, call.snapshot
    now = call.status()
    fresh = len(now.inputs(Freshness.FRESH))
    total = sum(len(now.inputs(code)) for code in Freshness)
    lines = [
        _group(_("Late"), now.inputs(Freshness.LATE), now),
        _group(_("Stale, not scored"), now.inputs(Freshness.STALE), now),
        _group(_("Missing"), now.inputs(Freshness.MISSING), now),
        _caveats(now),
        _withheld(call),
        _sources(snapshot),
        _problems(snapshot.problems),
    ]
    return Reply(
        headline=_("{n} of {all} inputs of the ladder are fresh.").format(
            n=fresh, all=total
        ),
        reason=_("Data: {source}, {first} to {last}. Rules {rule}, Spillover {version}.").format(
            source=_(snapshot.source), first=day(timeline.first), last=day(timeline.last),
            rule=RULE_VERSION, version=snapshot.version,
        ),
        lines=tuple(line for line in lines if line),
        footer=freshness_line(now),
        buttons=as_buttons((_("Rotation"), "/rotation")),
        tone=Tone.GOOD if fresh == total else Tone.WARM,
        sample=now.sample,
    )  # fmt: skip


def _group(label: str, items: tuple[Reading, ...], now: RotationStatus) -> str:
    if not items:
        return ""
    names = [
        _(item.name) + (f" ({day(item.date, now.date)})" if item.date else "")
        for item in items[:MOST_NAMES]
    ]
    return f"{label}: {', '.join(names)}{_more(len(items))}"


def _more(n: int) -> str:
    return _(" and {n} more").format(n=n - MOST_NAMES) if n > MOST_NAMES else ""


def _caveats(now: RotationStatus) -> str:
    shown = {series for rung in LADDER for series in (rung.driver,)} | {"TGA", "NFCI"}
    found = [
        f"{_(input_of(series).name)}: {_(text)}"
        for series, text in now.caveats.items()
        if series in shown
    ]
    return _("Mind: {caveats}").format(caveats="; ".join(found)) if found else ""


def _withheld(call: Call) -> str:
    items = call.snapshot.timeline.withheld + call.snapshot.doubted
    if not items:
        return ""
    last = max(items, key=lambda item: item.date)
    text = plural("{n} value withheld", "{n} values withheld", len(items)).format(n=len(items))
    return _("{text}, last: {name} of {day}, {reason}").format(
        text=text, name=_(input_of(last.series).name), day=day(last.date), reason=last.reason
    )


def _sources(snapshot: Snapshot) -> str:
    """'Sources: Yahoo Finance 5 min ago, FRED never (unverified live), …'."""
    if not snapshot.sources or snapshot.made_at is None:
        return ""
    parts = []
    for source in snapshot.sources:
        name = snapshot.names.get(source.source, source.source)
        age = _("never")
        if source.succeeded_at is not None:
            age = _ago(snapshot.made_at - source.succeeded_at)
        doubt = "" if source.verified else " " + _("(unverified live)")
        parts.append(f"{name} {age}{doubt}")
    return _("Sources: {parts}").format(parts=", ".join(parts))


def _ago(age: dt.timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return _("{n} min ago").format(n=minutes)
    hours = minutes // 60
    return _("{n} h ago").format(n=hours) if hours < 48 else _("{n} d ago").format(n=hours // 24)


def _problems(problems: tuple[str, ...]) -> str:
    if not problems:
        return ""
    shown = "; ".join(text[:120] for text in problems[:2])
    return plural("{n} problem: {text}", "{n} problems: {text}", len(problems)).format(
        n=len(problems), text=shown
    )


COMMAND = Command(
    name="status",
    summary=N_("How old every source is, and what is withheld or missing"),
    run=run,
    examples=("/status",),
)
