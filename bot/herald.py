"""What is to be said unasked: events and thresholds after each decision, due digests; and each
message as it reads at the moment of sending. Everything here blocks: run it in a thread.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlite_utils import Database as Tables

from commands.news import (
    LATE_FROM,
    Body,
    Crossing,
    body_of,
    broadcast,
    digest,
    joined,
    news,
    still_wanted,
)
from commands.registry import Call
from commands.reply import Reply
from commands.snapshot import Snapshot
from commands.words import language, speak
from rotation.changes import Event, EventKind, events
from rotation.inputs import newest_decision
from rotation.record import FrozenCall, Score, calls_due, score
from rotation.threshold import PRICED, Watched, latest, reading, step
from rotation.timeline import Timeline
from storage.alerts import BY_HAND, EXPIRED, FIRED, Alert, alerts_of, keep_states, running
from storage.calls import freeze, frozen
from storage.chats import HIGH, ON, Chat, chat_of, chats_by_name, chats_with_events
from storage.database import Database
from storage.deliveries import (
    BROADCAST,
    DIGEST,
    NEWS,
    SKIPPED,
    UNWANTED,
    WAITING,
    Delivery,
    Message,
    held_back,
    post,
    rewrite,
)
from storage.digests import LATE_UNTIL, digest_of, missed_digests, post_due
from storage.errors import StoreError
from storage.live import live_since, set_told_of, told_of
from storage.wall_time import quiet_until
from storage.watches import watched

MOST_DAYS = 7
"""Decisions that passed while the process was down are told up to so many days back."""
AT_ONCE = 500
DAY = dt.timedelta(days=1)

Readings = Mapping[str, Sequence[tuple[dt.datetime, float]]]
"""What was read of each metric, and when, oldest first."""
Judged = tuple[Alert, Alert]
"""A threshold as it was before an evaluation and as it is after it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it goes out. ``tells``: the decision that a digest tells of."""

    reply: Reply
    thread: str | None = None
    language: str = ""
    tells: dt.date | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Unsent:
    """Why a message does not go out when its turn comes, and the state in which it ends: WAITING
    for the end of quiet hours.
    """

    state: str
    why: str


@dataclass(slots=True)
class _Due:
    """What a chat is to hear of one evaluation."""

    events: tuple[Event, ...] = ()
    crossed: list[Crossing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Herald:
    """``current`` gives the newest snapshot, ``now`` naive UTC, ``language`` that of chats that
    have chosen none.
    """

    database: Database
    current: Callable[[], Snapshot | None]
    now: Callable[[], dt.datetime]
    language: str = "en"

    def post_due(self) -> int:
        """Put the digests that are due into the outbox; returns how many were."""
        total = 0
        while True:
            count = self.database.write(lambda db: post_due(db, self.now(), AT_ONCE)).result()
            total += count
            if count < AT_ONCE:
                return total

    def letter(self, delivery: Delivery) -> Letter | Unsent:
        """A message as it reads now, or why it is not to be sent any more."""
        snapshot = self.current()
        if snapshot is None:
            raise RuntimeError("nothing is known yet")
        with self.database.reading() as db:
            chat = chat_of(db, delivery.chat)
            if self._quiet(delivery, chat):
                return Unsent(WAITING, "quiet hours")
            spoken = chat.language or self.language
            token = speak(spoken)
            try:
                letter = self._written(db, delivery, snapshot, chat)
            finally:
                language.reset(token)
        if isinstance(letter, Unsent):
            return letter
        reply, thread = letter.reply.themed(chat.theme), chat.thread or None
        return replace(letter, reply=reply, thread=thread, language=spoken)

    def _quiet(self, delivery: Delivery, chat: Chat) -> bool:
        """Whether it waits for the end of quiet hours. A digest on time does not: the chat chose
        its hour.
        """
        now = self.now()
        if delivery.kind == DIGEST:
            due = dt.datetime.fromisoformat(delivery.body["due"])
            if now - due < LATE_FROM:
                return False
        return quiet_until(now, chat.quiet, chat.timezone) > now

    def _written(
        self, db: Tables, delivery: Delivery, snapshot: Snapshot, chat: Chat
    ) -> Letter | Unsent:
        if delivery.kind == DIGEST:
            return self._digest(db, delivery, snapshot, chat)
        if delivery.kind == BROADCAST:
            return Letter(broadcast(delivery.body))
        mine = {
            alert.id: alert for alert in alerts_of(db, chat=chat.chat) if alert.paused != BY_HAND
        }
        body = still_wanted(delivery.body, chat, mine)
        if not body:
            return Unsent(UNWANTED, "events or threshold off")
        loud = ("events" in body and chat.events == ON) or any(
            not mine[row[0]].silent for row in body.get("thresholds", ())
        )
        return Letter(news(snapshot, body), silent=not loud)

    def _digest(
        self, db: Tables, delivery: Delivery, snapshot: Snapshot, chat: Chat
    ) -> Letter | Unsent:
        if not digest_of(db, chat=chat.chat).wanted:
            return Unsent(UNWANTED, "the digest is off")
        due = dt.datetime.fromisoformat(delivery.body["due"])
        if self.now() - due >= LATE_UNTIL:
            return Unsent(SKIPPED, "out of date")
        call = Call({}, snapshot, chat, self.now(), self.database)
        assets, missed = watched(db, chat=chat.chat), missed_digests(db, chat.chat)
        reply = digest(call, assets, due=due, missed=missed)
        return Letter(reply, tells=snapshot.timeline.last)

    def evaluate(self) -> int:
        """Look at the newest decisions and prices: events, thresholds, calls. What is found goes
        into the outbox together with the new states, in one transaction, so that nothing is told
        twice or lost. Returns how many chats hear of something.
        """
        snapshot = self.current()
        if snapshot is None:
            return 0
        with self.database.reading() as db:
            if live_since(db) is None:
                return 0
            last, hearing, calls = told_of(db), chats_with_events(db), frozen(db)
            days = _days(snapshot.timeline, last)
            alerts = running(db, () if days else PRICED)
        timeline, now = snapshot.timeline, self.now()
        found = {high: _events(timeline, days, calls, sensitive=high) for high in (False, True)}
        issued = [call for day in days for call in calls_due(timeline, day, now)]
        due: defaultdict[str, _Due] = defaultdict(_Due)
        for chat in hearing:
            told = found[chat.sensitivity == HIGH]
            told = tuple(event for event in told if event.kind.value not in chat.muted)
            if told:
                due[chat.chat].events = told
        moved = self._thresholds(alerts, _readings(timeline, days, snapshot), due)
        told_of_future = last is not None and last > newest_decision(now)  # by a clock put back
        upto = timeline.last if last is None or told_of_future else max(last, timeline.last)
        return self._write(_Finding(upto, issued, moved, dict(due)), now)

    def _thresholds(
        self, alerts: Iterable[Alert], readings: Readings, due: Mapping[str, _Due]
    ) -> list[Judged]:
        """Carry every threshold over the new readings; those that fire go to their chats. Returns
        those whose state is to be kept.
        """
        moved, now = [], self.now()
        for alert in alerts:
            state, paused = alert.state, alert.paused
            if alert.expires is not None and alert.expires <= now:
                moved.append((alert, replace(alert, paused=EXPIRED)))
                continue
            for at, value in readings.get(alert.rule.metric, ()):
                state, fires = step(alert.rule, state, value, at, now)
                if fires:
                    due[alert.chat].crossed.append((alert, value, at))
                    if alert.once:
                        paused = FIRED
                        break
            if paused != alert.paused or _differs(alert.state, state):
                moved.append((alert, replace(alert, state=state, paused=paused)))
        return moved

    def _write(self, found: _Finding, now: dt.datetime) -> int:
        def work(db: Tables) -> int:
            kept = keep_states(db, found.moved)
            fresh = freeze(db, found.issued)
            hashes = [call.short for call in found.issued if not call.replay] if fresh else []
            chats = _in_parts(db, list(found.due))
            if len(chats) < len(found.due):
                raise StoreError("a chat has moved or is forgotten: they are counted once more")
            messages, told = [], 0
            for name, part in found.due.items():
                crossed = [item for item in part.crossed if item[0].id in kept]
                body = body_of(part.events, crossed, hashes if _has_call(part) else ())
                told += bool(body)
                if body and (message := _message(db, chats[name], body, now)):
                    messages.append(message)
            post(db, messages, now)
            set_told_of(db, found.upto)
            return told

        return self.database.write(work).result()


@dataclass(frozen=True, slots=True)
class _Finding:
    """All that one evaluation writes."""

    upto: dt.date
    issued: list[FrozenCall]
    moved: list[Judged]
    due: dict[str, _Due]


def _days(timeline: Timeline, last: dt.date | None) -> list[dt.date]:
    """Decisions that have not been told of; none at the very first time."""
    if last is None:
        return []
    first = max(last + DAY, timeline.last - (MOST_DAYS - 1) * DAY, timeline.first)
    return [first + n * DAY for n in range((timeline.last - first).days + 1)]


def _events(
    timeline: Timeline, days: Sequence[dt.date], calls: Iterable[FrozenCall], *, sensitive: bool
) -> tuple[Event, ...]:
    found = [event for day in days for event in events(timeline, day, sensitive=sensitive)]
    for day in days:
        for call in calls:
            ended = score(call, timeline, day)
            if ended is not Score.OPEN and score(call, timeline, day - DAY) is Score.OPEN:
                found.append(Event(EventKind.SCORED, day, call.short, ended.value))
    return tuple(found)


def _readings(timeline: Timeline, days: Sequence[dt.date], snapshot: Snapshot) -> Readings:
    """What was read at each new decision, then the latest prices."""
    found: defaultdict[str, list[tuple[dt.datetime, float]]] = defaultdict(list)
    for day in days:
        row = timeline.row(day)
        for metric, daily in timeline.metrics.items():
            if (read := reading(daily, row)) is not None:
                found[metric].append(read)
    for metric in PRICED:
        now = latest(metric, snapshot.quotes)
        if now is not None:
            found[metric].append(now)
    return found


def _differs(before: Watched, after: Watched) -> bool:
    """Whether anything has changed that the next reading depends on: all but when it was."""
    one = (before.armed, before.streak, before.fired)
    return one != (after.armed, after.streak, after.fired)


def _has_call(part: _Due) -> bool:
    """Whether a chat hears of an event that a call was frozen for."""
    said = {(event.kind, event.what) for event in part.events}
    return bool(said & {(EventKind.BREAKOUT, "confirmed"), (EventKind.WARNING, "on")})


def _in_parts(db: Tables, names: list[str]) -> dict[str, Chat]:
    """The settings of many chats; SQLite takes a limited number of values at a time."""
    found: dict[str, Chat] = {}
    for start in range(0, len(names), AT_ONCE):
        found |= chats_by_name(db, names[start : start + AT_ONCE])
    return found


def _message(db: Tables, chat: Chat, body: Body, now: dt.datetime) -> Message | None:
    """One message for all that a chat is to hear; in its quiet hours it waits for their end, and
    what comes meanwhile goes into the same message.
    """
    later = quiet_until(now, chat.quiet, chat.timezone)
    if later > now:
        held = held_back(db, chat.chat, now)
        if held is not None:
            rewrite(db, held[0], joined(held[1], body))
            return None
    return Message(chat.chat, NEWS, now.isoformat(), body, not_before=later)
