"""The watch list of each chat."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database as Tables

from storage.chats import enter
from storage.moments import micros

MOST = 50
"""Watches a chat may have."""


def watch(db: Tables, *, chat: str, asset: str, now: datetime) -> bool:
    """Add an asset; False if the list is full."""
    enter(db, chat, now)
    count = db.execute(
        "SELECT count(*) FROM watches WHERE chat = ? AND asset <> ?", [chat, asset]
    ).fetchone()[0]
    if count >= MOST:
        return False
    db.execute("INSERT OR IGNORE INTO watches VALUES (?, ?, ?)", [chat, asset, micros(now)])
    return True


def unwatch(db: Tables, *, chat: str, asset: str) -> bool:
    """Remove an asset; False if it was not on the list."""
    done = db.execute("DELETE FROM watches WHERE chat = ? AND asset = ?", [chat, asset])
    return bool(done.rowcount)


def watched(db: Tables, *, chat: str) -> list[str]:
    """The assets of a chat, in the order in which they were added."""
    rows = db.execute("SELECT asset FROM watches WHERE chat = ? ORDER BY added_at, asset", [chat])
    return [asset for (asset,) in rows]
