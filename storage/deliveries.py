"""The outbox: what is to be sent unasked, claimed under a key before and marked after.

A message that was claimed by a process that died, and never marked, is handed out again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database as Tables

from storage.moments import micros, moment

NEWS, DIGEST, BROADCAST = "news", "digest", "broadcast"
PRIORITY = {NEWS: 0, DIGEST: 1, BROADCAST: 2}
WAITING = "waiting"
SENT, GONE, REJECTED, EXPIRED = "sent", "gone", "rejected", "expired"
SKIPPED, UNWANTED = "skipped", "unwanted"
"""Missed by hours; no longer wished for when its turn came."""
GIVE_UP = timedelta(days=3)
"""A message that could not be sent for so long is out of date."""
KEPT = timedelta(days=90)
"""Messages that are done are kept so long: their keys cannot come again."""


@dataclass(frozen=True, slots=True)
class Message:
    """To be sent: unique by chat, kind and ``period`` (a local date, a decision, a name)."""

    chat: str
    kind: str
    period: str
    body: dict[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message in hand. ``attempts`` counts those before this one."""

    id: int
    chat: str
    kind: str
    period: str
    body: dict[str, Any]
    attempts: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """How long the outbox is: messages that wait, those of them due by now, and since when the
    oldest of these waits.
    """

    waiting: int
    due: int
    oldest: datetime | None


def post(db: Tables, messages: Iterable[Message], now: datetime) -> int:
    """Put messages into the outbox. One whose key is there already is not posted again, nor one
    to a chat that has been forgotten; returns how many were new.
    """
    return _insert(db, messages, now, WAITING, "", None)


def skipped(db: Tables, messages: Iterable[Message], now: datetime, why: str) -> int:
    """Write down messages that are not sent, and why."""
    return _insert(db, messages, now, SKIPPED, why, micros(now))


def _insert(
    db: Tables, messages: Iterable[Message], now: datetime, state: str, why: str, done: int | None
) -> int:
    made = micros(now)
    # the column 'silent' is read no more: how loud a message is, is decided when it is sent
    rows = (
        (
            item.chat, item.chat.partition(":")[0], item.kind, item.period,
            PRIORITY[item.kind],
            json.dumps(item.body, ensure_ascii=False, separators=(",", ":")),
            made, micros(item.not_before) if item.not_before else made, state, why, done,
        )
        for item in messages
    )  # fmt: skip
    before = db.conn.total_changes
    db.conn.executemany(
        """INSERT OR IGNORE INTO deliveries
        (chat, platform, kind, period, priority, silent, body, made_at, not_before,
        state, detail, done_at) SELECT ?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11
        WHERE EXISTS (SELECT 1 FROM chats WHERE chat = ?1)""",
        rows,
    )
    return db.conn.total_changes - before


def held_back(db: Tables, chat: str, now: datetime) -> tuple[int, dict[str, Any]] | None:
    """The news that waits for the end of a chat's quiet hours: its id and body."""
    row = db.execute(
        """SELECT id, body FROM deliveries WHERE chat = ? AND kind = ? AND done_at IS NULL
        AND claimed_at IS NULL AND not_before > ? AND attempts = 0 LIMIT 1""",
        [chat, NEWS, micros(now)],
    ).fetchone()
    return (row[0], json.loads(row[1])) if row else None


def rewrite(db: Tables, id: int, body: dict[str, Any]) -> None:
    """Another body for a message that still waits."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    db.execute("UPDATE deliveries SET body = ? WHERE id = ?", [text, id])


def claim(
    db: Tables, platform: str, now: datetime, most: int, busy: Collection[str] = ()
) -> list[Delivery]:
    """Take messages that are due into hand: alerts first, then by age, none of a ``busy`` chat.
    Each is handed out once, until it is put back or the process ends.
    """
    others = ", ".join(f"?{4 + n}" for n in range(len(busy)))
    rows = db.execute(
        f"""UPDATE deliveries SET claimed_at = ?1, attempts = attempts + 1 WHERE id IN (
            SELECT d.id FROM deliveries d JOIN chats c ON c.chat = d.chat
            WHERE d.platform = ?2 AND d.done_at IS NULL AND d.claimed_at IS NULL
            AND d.not_before <= ?1 AND c.paused = ''
            AND d.chat NOT IN ({others})
            ORDER BY d.priority, d.id LIMIT ?3
        ) RETURNING id, chat, kind, period, body, attempts, made_at, priority""",
        [micros(now), platform, most, *busy],
    ).fetchall()
    return [
        Delivery(
            row[0], row[1], row[2], row[3], json.loads(row[4]), row[5] - 1, moment(row[6])
        )
        for row in sorted(rows, key=lambda row: (row[7], row[0]))
    ]  # fmt: skip


def release(db: Tables) -> int:
    """At the start: what a process had in hand when it ended is handed out again."""
    done = db.execute(
        "UPDATE deliveries SET claimed_at = NULL WHERE claimed_at IS NOT NULL AND done_at IS NULL"
    )
    return int(done.rowcount)


def unclaim(db: Tables, id: int) -> None:
    """Out of hand again, as if it had not been taken."""
    db.execute(
        "UPDATE deliveries SET claimed_at = NULL, attempts = attempts - 1 WHERE id = ?", [id]
    )


def put_back(db: Tables, id: int, not_before: datetime, why: str = "") -> None:
    """Again later."""
    db.execute(
        "UPDATE deliveries SET claimed_at = NULL, not_before = ?, detail = ? WHERE id = ?",
        [micros(not_before), why[:200], id],
    )


def hold(db: Tables, id: int, until: datetime) -> None:
    """Until the quiet hours of its chat end; then as if it had never been taken."""
    db.execute(
        "UPDATE deliveries SET claimed_at = NULL, attempts = 0, not_before = ? WHERE id = ?",
        [micros(until), id],
    )


def judge_anew(db: Tables, chat: str, now: datetime) -> None:
    """What waits for the end of quiet hours is due: they, or what is wanted, have changed."""
    db.execute(
        """UPDATE deliveries SET not_before = ?1 WHERE chat = ?2 AND done_at IS NULL
        AND claimed_at IS NULL AND attempts = 0 AND not_before > ?1""",
        [micros(now), chat],
    )


def mark(db: Tables, id: int, state: str, now: datetime, detail: str = "") -> None:
    """How it ended."""
    db.execute(
        "UPDATE deliveries SET state = ?, detail = ?, done_at = ? WHERE id = ?",
        [state, detail[:200], micros(now), id],
    )


def queue(db: Tables, platform: str, now: datetime) -> Queue:
    """How long the outbox of a platform is."""
    row = db.execute(
        """SELECT count(*), coalesce(sum(not_before <= ?1), 0), min(CASE WHEN not_before <= ?1
        THEN not_before END) FROM deliveries d JOIN chats c ON c.chat = d.chat
        WHERE platform = ?2 AND done_at IS NULL AND c.paused = ''""",
        [micros(now), platform],
    ).fetchone()
    return Queue(row[0], row[1], None if row[2] is None else moment(row[2]))


def outcomes(db: Tables, since: datetime) -> dict[tuple[str, str, str], int]:
    """Finished messages since a moment, by platform, kind and outcome."""
    rows = db.execute(
        """SELECT platform, kind, state, count(*) FROM deliveries WHERE done_at >= ?
        GROUP BY platform, kind, state""",
        [micros(since)],
    )
    return {(platform, kind, state): count for platform, kind, state, count in rows}


def call_off(db: Tables, chat: str, now: datetime) -> None:
    """What waits for a chat is not wanted any more."""
    db.execute(
        """UPDATE deliveries SET state = ?, done_at = ? WHERE chat = ? AND done_at IS NULL
        AND claimed_at IS NULL""",
        [UNWANTED, micros(now), chat],
    )


def tidy(db: Tables, now: datetime) -> int:
    """Give up what has waited for days, such as for a chat that is gone, and drop what was done
    long ago; returns how many were dropped.
    """
    db.execute(
        """UPDATE deliveries SET state = ?, done_at = ? WHERE done_at IS NULL
        AND claimed_at IS NULL AND made_at < ?""",
        [EXPIRED, micros(now), micros(now - GIVE_UP)],
    )
    done = db.execute("DELETE FROM deliveries WHERE done_at < ?", [micros(now - KEPT)])
    return int(done.rowcount)
