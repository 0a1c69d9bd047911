"""/status: how old everything is, and what is wrong; with a source, all about that one."""

from __future__ import annotations

import datetime as dt

from commands.dispatch import as_buttons
from commands.facts import PHASES, caveat_words, freshness_line
from commands.kinds import MOST_SUGGESTIONS, closest, normal
from commands.registry import Call, Command, CommandError, Option
from commands.reply import Reply, Tone
from commands.snapshot import Snapshot
from commands.words import _, day, listed, number, plural
from rotation.hindsight import BREAKOUT, PHASE, Difference
from rotation.inputs import N_, Freshness, Withheld, input_of
from rotation.ladder import LADDER
from rotation.phase import Phase
from rotation.status import Reading, RotationStatus
from rotation.timeline import RULE_VERSION
from storage.sources import SourceHealth, TaskHealth

MOST_NAMES = 5
MOST_DIFFERENCES = 3
MOST_CHARACTERS = 890
LONGEST_PROBLEM = 120
STATES = (
    N_("none"), N_("near"), N_("attempt"), N_("confirmed"), N_("retest"), N_("failed"),
    N_("broken"), N_("expired"), N_("lit"), N_("unlit"),
)  # fmt: skip
"""What a ``Difference`` can say of a breakout or a rung."""
RUNGS = {rung.id: rung.name for rung in LADDER}


class SourceKind:
    """A live source, by its id or its name."""

    def parse(self, text: str, snapshot: Snapshot) -> str:
        names = _typed(snapshot)
        if normal(text) in names:
            return names[normal(text)]
        if not names:
            raise CommandError(
                _("There are no live sources here. Data: {source}.").format(
                    source=_(snapshot.source)
                )
            )
        near = closest(text, names) or sorted(snapshot.names)[:3]
        raise CommandError(_("“{text}” is no source.").format(text=text[:40]), *near)

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        names, wanted = _typed(snapshot), normal(text)
        found = [key for name, key in names.items() if name.startswith(wanted)]
        return list(dict.fromkeys(found + closest(text, names)))[:MOST_SUGGESTIONS]


def _typed(snapshot: Snapshot) -> dict[str, str]:
    """What may be typed for a source."""
    forms = {normal(id): id for id in snapshot.names}
    return forms | {normal(name): id for id, name in snapshot.names.items()}


def run(call: Call) -> Reply:
    if "source" in call.values:
        return _one_source(call, call.values["source"])
    timeline, snapshot = call.snapshot.timeline, call.snapshot
    now = call.status()
    fresh = len(now.inputs(Freshness.FRESH))
    total = sum(len(now.inputs(code)) for code in Freshness)
    headline = _("{n} of {all} inputs of the ladder are fresh.").format(n=fresh, all=total)
    reason = _("Data: {source}, {first} to {last}. Rules {rule}, Spillover {version}.").format(
        source=_(snapshot.source), first=day(timeline.first), last=day(timeline.last),
        rule=RULE_VERSION, version=snapshot.version,
    )  # fmt: skip
    if snapshot.running_since is not None:
        reason += " " + _("Started {age}.").format(age=_ago(call.now - snapshot.running_since))
    lines = [
        _filling(snapshot),
        _group(_("Late"), now.inputs(Freshness.LATE), now),
        _group(_("Stale, not scored"), now.inputs(Freshness.STALE), now),
        _group(_("Missing"), now.inputs(Freshness.MISSING), now),
        _sources(call),
        _problems(snapshot.problems),
        _withheld(timeline.withheld + snapshot.doubted),
        _revisions(snapshot, now),
        _caveats(now),
    ]
    footer = freshness_line(now)
    return Reply(
        headline,
        reason,
        lines=_fitting(lines, MOST_CHARACTERS - len(headline + reason + footer) - 3),
        footer=footer,
        buttons=as_buttons((_("Rotation"), "/rotation"), *_ailing(snapshot)),
        tone=Tone.GOOD if fresh == total else Tone.WARM,
        sample=now.sample,
    )


def _fitting(lines: list[str], room: int) -> tuple[str, ...]:
    """As much of the lines as there is room for; the one that does not fit is cut short."""
    kept: list[str] = []
    for line in filter(None, lines):
        if len(line) > room:
            return (*kept, line[: room - 1] + "…") if room > LONGEST_PROBLEM / 2 else tuple(kept)
        kept.append(line)
        room -= len(line) + 1
    return tuple(kept)


def _filling(snapshot: Snapshot) -> str:
    if snapshot.filling is None:
        return ""
    done, total = snapshot.filling
    return _("The history is being filled in: {done} of {total} steps.").format(
        done=done, total=total
    )


def _ailing(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Buttons to the sources that fail."""
    ill = [item.source for item in snapshot.sources if item.error and item.source in snapshot.names]
    return [(snapshot.names[source], f"/status {source}") for source in ill[:3]]


def _group(label: str, items: tuple[Reading, ...], now: RotationStatus) -> str:
    if not items:
        return ""
    names = [
        _(item.name) + (f" ({day(item.date, now.date)})" if item.date else "")
        for item in items[:MOST_NAMES]
    ]
    return f"{label}: {'; '.join(names)}{_more(len(items))}"


def _more(n: int, shown: int = MOST_NAMES) -> str:
    return _(" and {n} more").format(n=n - shown) if n > shown else ""


def _caveats(now: RotationStatus) -> str:
    shown = {series for rung in LADDER for series in (rung.driver,)} | {"TGA", "NFCI"}
    found = [
        f"{_(input_of(series).name)}: {caveat_words(text)}"
        for series, text in now.caveats.items()
        if series in shown
    ]
    return _("Mind: {caveats}").format(caveats="; ".join(found)) if found else ""


def _withheld(items: tuple[Withheld, ...]) -> str:
    if not items:
        return ""
    last = max(items, key=lambda item: item.date)
    text = plural("{n} value withheld", "{n} values withheld", len(items)).format(n=len(items))
    return _("{text}, last: {value}").format(text=text, value=_doubted(last))


def _doubted(item: Withheld) -> str:
    return _("{name} of {day}, {reason}").format(
        name=_(input_of(item.series).name), day=day(item.date), reason=item.reason
    )


def _revisions(snapshot: Snapshot, now: RotationStatus) -> str:
    """What today's values would have decided otherwise; the decisions themselves stand."""
    found = snapshot.hindsight
    if not found.revised:
        return ""
    names = listed([_(input_of(series).name) for series in found.revised[:3]])
    more = _more(len(found.revised), 3)
    if not found.differences:
        return _("Revised since ({names}{more}): no state of 90 days would differ").format(
            names=names, more=more
        )
    told = "; ".join(_difference(x, now.date) for x in found.differences[:MOST_DIFFERENCES])
    return _("Revised since ({names}{more}), decided otherwise by today's values: {told}").format(
        names=names, more=more, told=told
    )


def _difference(found: Difference, today: dt.date) -> str:
    """'Credit on 3 days up to 14 Jun (lit then, unlit now)'."""
    subjects = {PHASE: _("phase"), BREAKOUT: _("breakout")}
    subject = subjects.get(found.what) or _(RUNGS[found.what])
    when = plural("on {n} day, {day}", "on {n} days up to {day}", found.days)
    return _("{subject} {when} ({then} then, {now} now)").format(
        subject=subject,
        when=when.format(n=found.days, day=day(found.last, today)),
        then=_state(found.what, found.then),
        now=_state(found.what, found.now),
    )


def _state(what: str, value: str) -> str:
    return _(PHASES[Phase(value)]) if what == PHASE else _(value)


def _sources(call: Call) -> str:
    """'Sources: Yahoo Finance 5 min ago, FRED failing, 6 d ago, Okx never (unverified live)'."""
    snapshot = call.snapshot
    parts = [
        _short(snapshot, item) + " " + _last_success(call, item) + _doubt(item)
        for item in snapshot.sources
        if item.source in snapshot.names
    ]
    return _("Sources: {parts}").format(parts=", ".join(parts)) if parts else ""


def _short(snapshot: Snapshot, item: SourceHealth) -> str:
    """The name without what is in brackets."""
    name = snapshot.names[item.source].partition(" (")[0]
    return f"{name} {_('failing,')}" if item.error else name


def _last_success(call: Call, item: SourceHealth) -> str:
    if item.succeeded_at is None:
        return _("never")
    return _ago(call.now - item.succeeded_at)


def _doubt(item: SourceHealth) -> str:
    return "" if item.verified else " " + _("(unverified live)")


def _ago(age: dt.timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 120:
        return _("{n} min ago").format(n=minutes)
    hours = minutes // 60
    return _("{n} h ago").format(n=hours) if hours < 48 else _("{n} d ago").format(n=hours // 24)


def _problems(problems: tuple[str, ...]) -> str:
    if not problems:
        return ""
    shown = "; ".join(text[:LONGEST_PROBLEM] for text in problems[:2])
    return plural("{n} problem: {text}", "{n} problems: {text}", len(problems)).format(
        n=len(problems), text=shown
    )


# --- one source ----------------------------------------------------------------------------------


def _one_source(call: Call, source: str) -> Reply:
    snapshot, now = call.snapshot, call.status()
    name = snapshot.names[source]
    item = next((found for found in snapshot.sources if found.source == source), None)
    buttons = as_buttons((_("All sources"), "/status"), (_("Rotation"), "/rotation"))
    if item is None:
        never = _("{name} has not been asked yet.").format(name=name)
        return Reply(never, footer=freshness_line(now), buttons=buttons, sample=now.sample)
    headline, reason = _headline(call, name, item), _reason(item)
    lines = [
        _times(call, item),
        _histories(item.tasks),
        *_failing(item.tasks),
        _brings(snapshot, source),
        *_doubted_of(snapshot, source),
    ]
    footer = freshness_line(now)
    return Reply(
        headline,
        reason,
        lines=_fitting(lines, MOST_CHARACTERS - len(headline + reason + footer) - 3),
        footer=footer,
        buttons=buttons,
        tone=Tone.BAD if item.error else Tone.GOOD,
        sample=now.sample,
    )


def _headline(call: Call, name: str, item: SourceHealth) -> str:
    if item.error:
        text = plural("{name} failed at the last try.", "{name} failed {n} times in a row.",
                      item.failures)  # fmt: skip
        return text.format(name=name, n=number(item.failures))
    if item.succeeded_at is None:
        return _("{name} has not answered yet.").format(name=name)
    return _("{name} answered {age}.").format(name=name, age=_last_success(call, item))


def _reason(item: SourceHealth) -> str:
    if item.error:
        return item.error
    if not item.verified:
        return _("Unverified live: no real answer of it was at hand when this was written.")
    return _("No fault.")


def _times(call: Call, item: SourceHealth) -> str:
    """Last success, next question, and until when it is left alone."""
    parts = []
    if item.succeeded_at is not None:
        parts.append(
            _("Last success {time} ({age})").format(
                time=_time(item.succeeded_at, call.now), age=_last_success(call, item)
            )
        )
    waits = [task.due_at for task in item.tasks if task.due_at is not None]
    if waits:
        due = max(min(waits), item.open_until or min(waits))
        parts.append(_("next expected {time}").format(time=_time(due, call.now)))
    if item.open_until is not None and item.open_until > call.now:
        parts.append(_("left alone until then"))
    return ", ".join(parts)


def _time(moment: dt.datetime, now: dt.datetime) -> str:
    """'14:20 UTC', on another day '30 Jun 14:20 UTC'."""
    date = "" if moment.date() == now.date() else day(moment.date(), now.date()) + " "
    return _("{date}{time} UTC").format(date=date, time=f"{moment:%H:%M}")


def _histories(tasks: tuple[TaskHealth, ...]) -> str:
    done = sum(task.complete for task in tasks)
    if done == len(tasks):
        return ""
    return _("{done} of {total} histories are filled in.").format(done=done, total=len(tasks))


def _failing(tasks: tuple[TaskHealth, ...]) -> list[str]:
    """The first parts of it that fail, each with its error."""
    ill = [task for task in tasks if task.error]
    return [f"{task.task.partition('/')[2]}: {task.error[:LONGEST_PROBLEM]}" for task in ill[:3]]


def _brings(snapshot: Snapshot, source: str) -> str:
    names = list(dict.fromkeys(_(input_of(id).name) for id in snapshot.series.get(source, ())))
    if not names:
        return ""
    return _("It brings: {names}").format(names=", ".join(names[:MOST_NAMES]) + _more(len(names)))


def _doubted_of(snapshot: Snapshot, source: str) -> list[str]:
    """Values of its series that were withheld, the newest first."""
    mine = snapshot.series.get(source, ())
    items = [x for x in snapshot.timeline.withheld + snapshot.doubted if x.series in mine]
    newest = sorted(items, key=lambda item: item.date, reverse=True)[:3]
    return [_("Withheld: {value}").format(value=_doubted(item)) for item in newest]


COMMAND = Command(
    name="status",
    summary=N_("How old every source is, and what is withheld or missing"),
    run=run,
    options=(Option("source", SourceKind(), N_("one source, such as fred"), rest=True),),
    examples=("/status",),
)
