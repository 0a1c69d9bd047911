"""Who gets a digest, at which wall time, and when the next one is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlite_utils import Database as Tables

from storage.chats import chat_of, enter
from storage.deliveries import DIGEST, Message, post, skipped
from storage.moments import micros, moment
from storage.wall_time import EVERY_DAY, local, next_moment

MORNING = 8 * 60
LATE_UNTIL = timedelta(hours=6)
"""A digest that was missed by less is sent late; one missed by more is skipped and noted."""


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


def next_due(db: Tables) -> datetime | None:
    """The earliest moment at which any digest is due."""
    row = db.execute("SELECT min(due_at) FROM digests WHERE due_at IS NOT NULL").fetchone()
    return None if row[0] is None else moment(row[0])


def post_due(db: Tables, now: datetime, most: int = 500) -> int:
    """Put the digests that are due into the outbox and set each its next moment. Returns how
    many were due, at most ``most``: call again while it is as many.

    One that was missed by hours is not sent: that is written down, and the next one says so.
    """
    rows = db.execute(
        """SELECT d.chat, d.minute, d.days, d.due_at, c.timezone FROM digests d
        JOIN chats c ON c.chat = d.chat
        WHERE d.due_at <= ? ORDER BY d.due_at LIMIT ?""",
        [micros(now), most],
    ).fetchall()
    messages: list[Message] = []
    skips: list[Message] = []
    for chat, minute, days, due, zone in rows:
        when = moment(due)
        late = now - when
        period = f"{local(when, zone):%Y-%m-%d %H:%M}"
        message = Message(chat, DIGEST, period, {"due": when.isoformat()})
        (skips if late >= LATE_UNTIL else messages).append(message)
        following = micros(next_moment(now, minute, days, zone))
        db.execute("UPDATE digests SET due_at = ? WHERE chat = ?", [following, chat])
    post(db, messages, now)
    skipped(db, skips, now, "missed by more than six hours")
    return len(rows)


def missed_digests(db: Tables, chat: str) -> list[date]:
    """Local dates of the digests that were skipped since the last one that was sent."""
    rows = db.execute(
        """SELECT period FROM deliveries WHERE chat = ?1 AND kind = ?2 AND state = 'skipped'
        AND period > coalesce((SELECT max(period) FROM deliveries WHERE chat = ?1 AND kind = ?2
        AND state = 'sent'), '') ORDER BY period""",
        [chat, DIGEST],
    )
    return [date.fromisoformat(period[:10]) for (period,) in rows]
