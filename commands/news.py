"""What is said unasked: events and thresholds in one message, the digest, the operator's word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from commands import rotation
from commands.alert import crossing
from commands.assets import moves, row_of
from commands.changes import record_of, sentence_of, weight
from commands.dispatch import as_buttons
from commands.facts import TONES, freshness_line
from commands.help import NO_ADVICE
from commands.pictures import ladder, russell_chart
from commands.registry import Call, decision
from commands.reply import Button, Chart, Reply
from commands.snapshot import Snapshot
from commands.wall_clock import clock
from commands.words import _, day, listed, plural
from rotation.changes import Event, EventKind, events
from rotation.status import RotationStatus
from rotation.threshold import Threshold, Watched
from storage.alerts import Alert
from storage.chats import HIGH, OFF, Chat
from storage.wall_time import local

MOST_LINES = 6
MOST_WATCHED = 10
MOST_DAYS = 31
LATE_FROM = dt.timedelta(minutes=10)
"""From here on a digest says that it is late."""

Body = dict[str, Any]
Crossing = tuple[Alert, float, dt.datetime]
"""A threshold that has fired, the value that crossed, and the moment for which it was read."""


def body_of(found: Sequence[Event], crossed: Sequence[Crossing], calls: Sequence[str] = ()) -> Body:
    """Events, thresholds with the value that crossed and its moment, and hashes of calls, as the
    outbox keeps them.
    """
    body: Body = {}
    if found:
        body["events"] = [
            [
                event.kind.value,
                str(event.day),
                event.what,
                event.subject,
                event.value,
                event.short,
            ]
            for event in found
        ]
    if crossed:
        body["thresholds"] = [
            [alert.id, alert.rule.metric, alert.rule.above, alert.rule.level, value, str(at)]
            for alert, value, at in crossed
        ]
    if calls:
        body["calls"] = list(calls)
    return body


def joined(first: Body, second: Body) -> Body:
    """Two messages in one."""
    return {key: [*first.get(key, ()), *second.get(key, ())] for key in {**first, **second}}


def still_wanted(body: Body, chat: Chat, alerts: Collection[int]) -> Body:
    """What a chat wants to hear of a message that has waited: no events that it has switched off
    meanwhile, no thresholds but ``alerts``. Empty if that is nothing.
    """
    off = chat.events == OFF
    found = [row for row in body.get("events", ()) if not off and row[0] not in chat.muted]
    crossed = [row for row in body.get("thresholds", ()) if row[0] in alerts]
    calls = body.get("calls", ()) if found else ()
    parts = {"events": found, "thresholds": crossed, "calls": list(calls)}
    return {name: rows for name, rows in parts.items() if rows}


def news(snapshot: Snapshot, body: Body) -> Reply:
    """Events, then thresholds: one message, however many there are. The main one leads, with
    its record.
    """
    today = snapshot.timeline.last
    found = sorted((_event(row) for row in body.get("events", ())), key=weight)
    crossed = [(_crossing(row, today), "") for row in body.get("thresholds", ())]
    room = max(MOST_LINES + 1 - len(crossed), 1)  # what a chat has asked for is never left out
    told = [(sentence_of(event, today), record_of(event, snapshot)) for event in found[:room]]
    (headline, reason), *rest = [*told, *crossed]
    lines = [f"{text} {record}".strip() for text, record in rest]
    if len(found) > room:
        lines.append(_("and {n} more").format(n=len(found) - room))
    if body.get("calls"):
        lines.append(_("Frozen as {calls}: /record keeps the score.").format(
            calls=listed(body["calls"])
        ))  # fmt: skip
    now = decision(snapshot.timeline, today)
    return Reply(
        headline,
        reason,
        tuple(lines),
        footer=freshness_line(now),
        buttons=as_buttons((_("Where are we now?"), "/rotation"), (_("Alerts"), "/alerts")),
        chart=_picture(found, now, snapshot),
        tone=TONES[now.phase],
        sample=now.sample,
    )


def digest(
    call: Call,
    watched: Sequence[str],
    *,
    due: dt.datetime | None = None,
    missed: Sequence[dt.date] = (),
) -> Reply:
    """What ``/rotation`` answers at this moment, and behind it what has changed since the chat's
    last digest, its watch list, and whether this one is late or one was missed.
    """
    snapshot, chat = call.snapshot, call.chat
    answer = rotation.run(call)
    rows = [row_of(moves(asset, snapshot), snapshot) for asset in watched[:MOST_WATCHED]]
    if len(watched) > MOST_WATCHED:
        rows.append(_("and {n} more: /watch list").format(n=len(watched) - MOST_WATCHED))
    own = [_changed(snapshot, chat), *rows, _late(call, due), _missed(missed)]
    return replace(
        answer,
        lines=(*answer.lines, *(line for line in own if line)),
        footer=f"{answer.footer}\n{_(NO_ADVICE)}",
        buttons=(*answer.buttons, Button(_("Digest"), "/digest")),
    )


def broadcast(body: Body) -> Reply:
    """A word of the operator to the subscribers: its first line leads, the others follow as lines,
    as every platform shows them.
    """
    lines = (line.strip().removeprefix("- ") for line in body["text"].splitlines())
    headline, *others = [line for line in lines if line] or [""]
    return Reply(headline, lines=tuple(others), buttons=as_buttons((_("Settings"), "/settings")))


def changes_since(snapshot: Snapshot, chat: Chat) -> list[Event]:
    """What has changed after the decision that the chat's last digest told of."""
    timeline = snapshot.timeline
    if chat.last_digest is None:
        return []
    first = max(
        chat.last_digest + dt.timedelta(days=1),
        timeline.last - dt.timedelta(days=MOST_DAYS), timeline.first,
    )  # fmt: skip
    days = [first + dt.timedelta(days=n) for n in range((timeline.last - first).days + 1)]
    sensitive = chat.sensitivity == HIGH
    return [event for date in days for event in events(timeline, date, sensitive=sensitive)]


def _changed(snapshot: Snapshot, chat: Chat) -> str:
    if chat.last_digest is None:
        return ""
    found = sorted(changes_since(snapshot, chat), key=weight)
    last = snapshot.timeline.last
    since = day(max(chat.last_digest, last - dt.timedelta(days=MOST_DAYS + 1)), last)
    if not found:
        return _("Nothing has changed since {day}.").format(day=since)
    told = " ".join(sentence_of(event, snapshot.timeline.last) for event in found[:MOST_LINES])
    more = _("and {n} more").format(n=len(found) - MOST_LINES) if len(found) > MOST_LINES else ""
    record = record_of(found[0], snapshot) if found[0].kind is not EventKind.BREAKOUT else ""
    return _("Since {day}: {changes}").format(
        day=since, changes=" ".join(part for part in (told, record, more) if part)
    )


def _late(call: Call, due: dt.datetime | None) -> str:
    if due is None or call.now - due < LATE_FROM:
        return ""
    wall = local(due, call.chat.timezone)
    return _("This digest is late: it was due at {time}.").format(
        time=clock(wall.hour * 60 + wall.minute)
    )


def _missed(days: Sequence[dt.date]) -> str:
    if not days:
        return ""
    return plural(
        "A digest was missed, that of {day}.",
        "{n} digests were missed, the last one that of {day}.",
        len(days),
    ).format(n=len(days), day=day(days[-1]))


def _picture(found: Sequence[Event], now: RotationStatus, snapshot: Snapshot) -> Chart | None:
    """Of the Russell 2000 for a breakout, of the ladder for phases and rungs."""
    kinds = {event.kind for event in found}
    if EventKind.BREAKOUT in kinds:
        return russell_chart(snapshot.timeline, now)
    return ladder(now) if kinds & {EventKind.PHASE, EventKind.RUNG, EventKind.WARNING} else None


def _event(row: Sequence[Any]) -> Event:
    kind, date, what, subject, value, short = row
    return Event(EventKind(kind), dt.date.fromisoformat(date), what, subject, value, short)


def _crossing(row: Sequence[Any], today: dt.date) -> str:
    """A threshold with the value that crossed, and its day or moment where that is not the
    decision's.
    """
    id, metric, above, level, value, stamp = row
    alert = Alert(id, "", Threshold(metric, above, level, 0.0), Watched(armed=False))
    text, at = crossing(alert, value), dt.datetime.fromisoformat(stamp)
    closed = (at - dt.timedelta(days=1)).date()
    if at.time() != dt.time():
        when = _("live {time} UTC").format(time=f"{at:%H:%M}")
        return (
            f"{text} ({when})" if at.date() > today else f"{text} ({when}, {day(at.date(), today)})"
        )
    return text if closed == today else f"{text} ({day(closed, today)})"
