"""The entries of a chat's admins in the checklist."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database as Tables

from rotation.checklist import Answer, Note
from storage.chats import enter
from storage.moments import day, days


def note(db: Tables, *, chat: str, entry: Note, now: datetime) -> None:
    """Write an entry, in place of the chat's last one for that item."""
    enter(db, chat, now)
    db.execute(
        "INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?, ?)",
        [chat, entry.item, entry.answer.value, entry.evidence, entry.author, days(entry.date)],
    )


def unnote(db: Tables, *, chat: str, item: str) -> bool:
    """Take an entry out; whether there was one."""
    return bool(db.execute("DELETE FROM notes WHERE chat = ? AND item = ?", [chat, item]).rowcount)


def notes_of(db: Tables, *, chat: str) -> tuple[Note, ...]:
    """The entries of a chat."""
    rows = db.execute(
        "SELECT item, answer, evidence, author, date FROM notes WHERE chat = ?", [chat]
    )
    return tuple(
        Note(item, Answer(answer), evidence, author, day(date))
        for item, answer, evidence, author, date in rows
    )
