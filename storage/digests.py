"""Who gets a digest, at which wall time, and when the next one is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlite_utils import Database as Tables

from storage.chats import chat_of, enter
from storage.deliveries import DIGEST, Message, post, skipped
from storage.moments import micros, moment
from storage.wall_time import EVERY_DAY, next_moment, zone

MORNING = 8 * 60
LATE_UNTIL = timedelta(hours=6)
"""A digest that was missed by less is sent late; one missed by more is skipped and noted."""
LONGEST_DAY, LONGEST_WEEK = timedelta(hours=26), timedelta(days=8)
"""No daily digest, and no other one, is further away than that."""
MOST_NOTED = timedelta(days=31)
"""Digests that were missed are noted so far back."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A chat's subscription: ``minute`` of the local day, ``days`` a mask from Monday (bit 0).
    ``due_at`` is naive UTC, None while it is off or the chat is paused.
    """

    chat: str
    minute: int = MORNING
    days: int = EVERY_DAY
    wanted: bool = False
    due_at: datetime | None = None


def digest_of(db: Tables, *, chat: str) -> Digest:
    """The subscription of a chat."""
    row = db.execute(
        "SELECT minute, days, wanted, due_at FROM digests WHERE chat = ?", [chat]
    ).fetchone()
    if row is None:
        return Digest(chat)
    return Digest(chat, row[0], row[1], bool(row[2]), None if row[3] is None else moment(row[3]))


def subscribe(
    db: Tables, *, chat: str, now: datetime, minute: int | None = None, days: int | None = None
) -> Digest:
    """Switch the digest on, at its last or at another time; returns it with its next moment."""
    enter(db, chat, now)
    had = digest_of(db, chat=chat)
    minute = had.minute if minute is None else minute
    days = had.days if days is None else days
    due = next_moment(now, minute, days, chat_of(db, chat).timezone)
    db.execute(
        "INSERT OR REPLACE INTO digests VALUES (?, ?, ?, 1, ?)",
        [chat, minute, days, micros(due)],
    )
    return Digest(chat, minute, days, True, due)


def unsubscribe(db: Tables, *, chat: str) -> None:
    """Switch it off; the time is remembered."""
    db.execute("UPDATE digests SET wanted = 0, due_at = NULL WHERE chat = ?", [chat])


def reckon(db: Tables, chat: str, now: datetime) -> None:
    """Compute the next moment anew: the zone has changed, or the chat is back."""
    had = digest_of(db, chat=chat)
    if had.wanted:
        due = next_moment(now, had.minute, had.days, chat_of(db, chat).timezone)
        db.execute("UPDATE digests SET due_at = ? WHERE chat = ?", [micros(due), chat])


def post_due(db: Tables, now: datetime, most: int = 500) -> int:
    """Put the digests that are due into the outbox and set each its next moment. Returns how
    many were due, at most ``most``: call again while it is as many.

    Each that was missed by hours is not sent: that is written down, and the next one says so.
    """
    rows = db.execute(
        """SELECT d.chat, d.minute, d.days, d.due_at, c.timezone FROM digests d
        JOIN chats c ON c.chat = d.chat
        WHERE d.due_at <= ? ORDER BY d.due_at LIMIT ?""",
        [micros(now), most],
    ).fetchall()
    messages: list[Message] = []
    skips: list[Message] = []
    for chat, minute, days, due, name in rows:
        when = moment(due)
        if when < now - MOST_NOTED:
            when = next_moment(now - MOST_NOTED, minute, days, name)
        while when <= now:
            message = _message(chat, when, name)
            (skips if now - when >= LATE_UNTIL else messages).append(message)
            when = next_moment(when, minute, days, name)
        db.execute("UPDATE digests SET due_at = ? WHERE chat = ?", [micros(when), chat])
    skipped(db, skips, now, "missed by more than six hours")
    post(db, messages, now)
    return len(rows)


def set_right(db: Tables, now: datetime) -> int:
    """After a clock that was ahead is put back: digests that it has put off beyond their next
    moment, and those noted as missed on days that have not come. What was sent stays sent, since
    the clock may be behind now instead. Returns how many were put off.
    """
    put_off = db.execute(
        "SELECT chat FROM digests WHERE due_at > ?1 AND (days = ?3 OR due_at > ?2)",
        [micros(now + LONGEST_DAY), micros(now + LONGEST_WEEK), EVERY_DAY],
    ).fetchall()
    for (chat,) in put_off:
        reckon(db, chat, now)
    db.execute(
        """DELETE FROM deliveries WHERE kind = ? AND state = 'skipped' AND made_at > ?""",
        [DIGEST, micros(now + timedelta(hours=1))],
    )
    return len(put_off)


def _message(chat: str, when: datetime, name: str) -> Message:
    """Its key has the offset from UTC, too: after a move westwards the same wall time comes again
    on the same date, and the chat has been promised it.
    """
    wall = when.replace(tzinfo=UTC).astimezone(zone(name))
    return Message(chat, DIGEST, f"{wall:%Y-%m-%d %H:%M%z}", {"due": when.isoformat()})


def missed_digests(db: Tables, chat: str) -> list[date]:
    """Local dates of the digests that were skipped since the last one that was sent."""
    rows = db.execute(
        """SELECT period FROM deliveries WHERE chat = ?1 AND kind = ?2 AND state = 'skipped'
        AND id > coalesce((SELECT max(id) FROM deliveries WHERE chat = ?1 AND kind = ?2
        AND state = 'sent'), 0) ORDER BY id""",
        [chat, DIGEST],
    )
    return [date.fromisoformat(period[:10]) for (period,) in rows]
