"""The thresholds of each chat, and where each of them stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database as Tables

from rotation.threshold import Threshold, Watched
from storage.chats import enter
from storage.moments import micros, micros_or_none, moment, moment_or_none

MOST = 50
"""Thresholds a chat may have."""
BY_HAND, FIRED, EXPIRED = "by hand", "fired", "expired"
"""Why a threshold is paused; '' while it runs."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One threshold of one chat. ``expires`` is naive UTC."""

    id: int
    chat: str
    rule: Threshold
    state: Watched
    once: bool = False
    silent: bool = False
    expires: datetime | None = None
    paused: str = ""


_COLUMNS = (
    "id, chat, metric, above, level, margin, persistence, cooldown, once, silent, expires_at, "
    "paused, armed, streak, seen, fired_at"
)
_OWN = _COLUMNS.removeprefix("id, chat, ")


def add_alert(db: Tables, *, alert: Alert, now: datetime) -> Alert | None:
    """Keep a threshold under an id of its own, which no other ever gets; None if the chat has as
    many as it may. The same metric, side and level again takes the place of the old one.
    """
    enter(db, alert.chat, now)
    rule = alert.rule
    old = db.execute(
        "SELECT id FROM alerts WHERE chat = ? AND metric = ? AND above = ? AND level = ?",
        [alert.chat, rule.metric, rule.above, rule.level],
    ).fetchone()
    count = db.execute("SELECT count(*) FROM alerts WHERE chat = ?", [alert.chat]).fetchone()[0]
    if old is None and count >= MOST:
        return None
    done = db.execute(
        """INSERT OR REPLACE INTO alerts (id, chat, metric, above, level, margin, persistence,
        cooldown, once, silent, expires_at, made_at, armed)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            old and old[0], alert.chat, *_cells(alert)[:9], micros(now), alert.state.armed,
        ],
    )  # fmt: skip
    return replace(alert, id=int(done.lastrowid or 0))


def alerts_of(db: Tables, *, chat: str) -> list[Alert]:
    """All thresholds of a chat, oldest first."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM alerts WHERE chat = ? ORDER BY id", [chat])
    return [_alert(row) for row in rows]


def running(db: Tables, metrics: Collection[str] = ()) -> list[Alert]:
    """The thresholds of all chats that can be reached, paused ones left out; by chat. Of some
    ``metrics``, or of all.
    """
    columns = ", ".join(f"a.{name}" for name in _COLUMNS.split(", "))
    some = f"AND a.metric IN ({', '.join('?' * len(metrics))})" if metrics else ""
    rows = db.execute(
        f"""SELECT {columns} FROM alerts a JOIN chats c ON c.chat = a.chat
        WHERE a.paused = '' AND c.paused = ''
        {some} ORDER BY a.chat, a.id""",
        list(metrics),
    )
    return [_alert(row) for row in rows]


def keep_states(db: Tables, moved: Iterable[tuple[Alert, Alert]]) -> set[int]:
    """Write where thresholds stand after an evaluation, each as it was read and as it is now;
    returns the ids of those. One that its chat has changed meanwhile stays as the chat wants it.
    """
    kept = set()
    for before, after in moved:
        done = db.execute(
            f"""UPDATE alerts SET paused = ?, armed = ?, streak = ?, seen = ?, fired_at = ?
            WHERE id = ? AND ({_OWN}) IS ({", ".join("?" * len(_cells(before)))})""",
            [*_cells(after)[-5:], before.id, *_cells(before)],
        )
        if done.rowcount:
            kept.add(before.id)
    return kept


def change_alert(db: Tables, *, alert: Alert) -> None:
    """Another level, state, expiry or pause for a threshold that there is."""
    rule, state = alert.rule, alert.state
    db.execute(
        """UPDATE alerts SET level = ?, margin = ?, armed = ?, streak = ?, seen = ?, fired_at = ?,
        paused = ?, expires_at = ? WHERE chat = ? AND id = ?""",
        [
            rule.level, rule.margin, state.armed, state.streak, micros_or_none(state.seen),
            micros_or_none(state.fired), alert.paused, micros_or_none(alert.expires), alert.chat,
            alert.id,
        ],
    )  # fmt: skip


def pause_alert(db: Tables, *, chat: str, id: int, why: str) -> bool:
    """Pause a threshold of a chat, or with '' let it run again; False if there is none."""
    done = db.execute("UPDATE alerts SET paused = ? WHERE chat = ? AND id = ?", [why, chat, id])
    return bool(done.rowcount)


def delete_alert(db: Tables, *, chat: str, id: int) -> bool:
    """False if there is none."""
    return bool(db.execute("DELETE FROM alerts WHERE chat = ? AND id = ?", [chat, id]).rowcount)


def _cells(alert: Alert) -> list[Any]:
    """An alert as its columns, without id and chat."""
    rule, state = alert.rule, alert.state
    return [
        rule.metric, rule.above, rule.level, rule.margin, rule.persistence,
        int(rule.cooldown.total_seconds()), alert.once, alert.silent,
        micros_or_none(alert.expires), alert.paused, state.armed, state.streak,
        micros_or_none(state.seen), micros_or_none(state.fired),
    ]  # fmt: skip


def _alert(row: tuple[Any, ...]) -> Alert:
    id, chat, metric, above, level, margin, persistence, cooldown = row[:8]
    once, silent, expires, paused, armed, streak, seen, fired = row[8:]
    return Alert(
        id, chat,
        Threshold(metric, bool(above), level, margin, persistence, timedelta(seconds=cooldown)),
        Watched(bool(armed), streak, moment_or_none(seen), moment_or_none(fired)),
        bool(once), bool(silent), None if expires is None else moment(expires), paused,
    )  # fmt: skip
