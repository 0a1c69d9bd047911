"""What each chat wants, and whether it can be reached.

All that belongs to a chat (digest, watch list, alerts, messages, notes) hangs on its row: it
moves along and is erased with it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database as Tables

from storage.moments import day_or_none, days, micros

ADMINS, EVERYBODY = "admins", "everybody"
ON, OFF, SILENT = "on", "off", "silent"
STANDARD, HIGH = "standard", "high"


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat's settings; those of a chat that has set nothing are the defaults.

    ``thread``: the forum topic for what goes out unasked, '' for the main chat where that was
    chosen, None where nothing was. ``language``, ``theme``: '' for that of the asker and of the
    operator. ``quiet``: from and to, minutes of the local day. ``muted``: kinds of events not
    told. ``paused``: why nothing is sent, '' while it is.
    """

    chat: str
    thread: str | None = None
    timezone: str = "UTC"
    language: str = ""
    quiet: tuple[int, int] | None = None
    events: str = OFF
    muted: frozenset[str] = frozenset()
    who: str = ADMINS
    sensitivity: str = STANDARD
    theme: str = ""
    paused: str = ""
    last_digest: date | None = None
    """The decision that the last digest told of."""


_COLUMNS = (
    "chat, thread, timezone, language, quiet_from, quiet_to, events, muted, who, sensitivity, "
    "theme, paused, last_digest"
)


_REACHED = "paused = '' AND chat LIKE '%:%'"
"""Not paused, and on a platform: to a terminal nothing is delivered."""


def chat_of(db: Tables, chat: str) -> Chat:
    """The settings of a chat."""
    row = db.execute(f"SELECT {_COLUMNS} FROM chats WHERE chat = ?", [chat]).fetchone()
    return _chat(row) if row else Chat(chat)


def chats_with_events(db: Tables) -> list[Chat]:
    """Every chat that hears events and can be reached."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM chats WHERE events <> 'off' AND {_REACHED}")
    return [_chat(row) for row in rows]


def chats_by_name(db: Tables, names: list[str]) -> dict[str, Chat]:
    """The settings of some chats, by name."""
    marks = ", ".join("?" * len(names))
    rows = db.execute(f"SELECT {_COLUMNS} FROM chats WHERE chat IN ({marks})", names)
    return {row[0]: _chat(row) for row in rows}


def subscribers(db: Tables) -> list[Chat]:
    """Every chat that wants a digest or events and can be reached."""
    rows = db.execute(
        f"""SELECT {_COLUMNS} FROM chats WHERE {_REACHED} AND (events <> 'off' OR EXISTS
        (SELECT 1 FROM digests d WHERE d.chat = chats.chat AND d.wanted)) ORDER BY chat"""
    )
    return [_chat(row) for row in rows]


def counts(db: Tables) -> dict[str, int]:
    """How many of everything, for the operator; no chat is named."""
    wanted = {
        "chats": "chats",
        "chats paused": "chats WHERE paused <> ''",
        "chats that hear events": "chats WHERE events <> 'off'",
        "digests": "digests WHERE wanted",
        "watches": "watches",
        "thresholds": "alerts",
        "notes": "notes",
        "calls": "calls",
    }
    return {
        name: db.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]
        for name, rows in wanted.items()
    }


def enter(db: Tables, chat: str, now: datetime) -> None:
    """Make a row for a chat, if it has none: all that belongs to it needs one."""
    db.execute("INSERT OR IGNORE INTO chats (chat, made_at) VALUES (?, ?)", [chat, micros(now)])


def settle(db: Tables, chat: str, now: datetime, **changes: Any) -> Chat:
    """Change settings, by the names of ``Chat``; returns them all."""
    enter(db, chat, now)
    _change(db, chat, changes)
    return chat_of(db, chat)


def _change(db: Tables, chat: str, changes: dict[str, Any]) -> None:
    columns = {
        _name: value for key, found in changes.items() for _name, value in _cells(key, found)
    }
    if columns:
        names = ", ".join(f"{name} = ?" for name in columns)
        db.execute(f"UPDATE chats SET {names} WHERE chat = ?", [*columns.values(), chat])


def tell(db: Tables, chat: str, decision: date) -> None:
    """A digest has told of this decision; nothing if the chat has been forgotten meanwhile."""
    db.execute("UPDATE chats SET last_digest = ? WHERE chat = ?", [days(decision), chat])


def resume(db: Tables, chat: str) -> None:
    """It can be reached again; nothing if the chat has been forgotten."""
    db.execute("UPDATE chats SET paused = '' WHERE chat = ?", [chat])


def leave_topic(db: Tables, chat: str, thread: str) -> None:
    """Its topic is gone: what goes out unasked goes to the main chat."""
    db.execute("UPDATE chats SET thread = NULL WHERE chat = ? AND thread = ?", [chat, thread])


def pause(db: Tables, chat: str, why: str) -> None:
    """Nothing is sent there any more; everything is kept."""
    db.execute("UPDATE chats SET paused = ? WHERE chat = ?", [why[:200] or "gone", chat])
    db.execute("UPDATE digests SET due_at = NULL WHERE chat = ?", [chat])


def move(db: Tables, old: str, new: str) -> None:
    """A chat lives on under another id, with all that it has. What the new one has set already
    comes first.
    """
    if old == new or not db.execute("SELECT 1 FROM chats WHERE chat = ?", [old]).fetchone():
        return
    if db.execute("SELECT 1 FROM chats WHERE chat = ?", [new]).fetchone():
        had, has, unset = chat_of(db, old), chat_of(db, new), Chat(new)
        names = (item.name for item in fields(Chat) if item.name not in ("chat", "paused"))
        _change(
            db, new,
            {n: getattr(had, n) for n in names if getattr(has, n) == getattr(unset, n)},
        )  # fmt: skip
        for table in ("digests", "watches", "alerts", "deliveries", "notes"):
            db.execute(f"UPDATE OR IGNORE {table} SET chat = ? WHERE chat = ?", [new, old])
        db.execute("DELETE FROM chats WHERE chat = ?", [old])
    else:
        db.execute("UPDATE chats SET chat = ? WHERE chat = ?", [new, old])


def forget(db: Tables, *, chat: str) -> None:
    """Erase everything of a chat."""
    db.execute("DELETE FROM chats WHERE chat = ?", [chat])


def everything(db: Tables, *, chat: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of a chat, by table: for the chat itself, on its wish."""
    return {
        table: list(db.query(f"SELECT * FROM {table} WHERE chat = ?", [chat]))
        for table in ("chats", "digests", "watches", "alerts", "deliveries", "notes")
    }


def _cells(key: str, value: Any) -> list[tuple[str, Any]]:
    """A setting as columns."""
    if key == "quiet":
        begin, end = value or (None, None)
        return [("quiet_from", begin), ("quiet_to", end)]
    if key == "muted":
        return [("muted", " ".join(sorted(value)))]
    if key == "last_digest":
        return [("last_digest", None if value is None else days(value))]
    if key not in Chat.__dataclass_fields__:
        raise TypeError(f"a chat has no setting {key!r}")
    return [(key, value)]


def _chat(row: tuple[Any, ...]) -> Chat:
    chat, thread, timezone, language, begin, end, events, muted, who, sensitivity = row[:10]
    theme, paused, last = row[10:]
    quiet = None if begin is None else (begin, end)
    return Chat(
        chat, thread, timezone, language, quiet, events, frozenset(muted.split()), who,
        sensitivity, theme, paused, day_or_none(last),
    )  # fmt: skip
