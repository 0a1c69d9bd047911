"""A word of the operator to all subscribers: left in a folder beside the store, where the running
bot finds it. So the one process that may write the store stays the only one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlite_utils import Database as Tables

from bot.files import whole
from storage.chats import subscribers
from storage.database import Database
from storage.deliveries import BROADCAST, Message, post

log = logging.getLogger(__name__)


def folder_of(store: Path) -> Path:
    return store.with_name(f"{store.name}.words")


@dataclass(frozen=True, slots=True)
class Word:
    """``period`` is its key in the outbox: the same words twice on a day reach nobody twice."""

    path: Path
    period: str
    text: str


def leave(store: Path, text: str, now: dt.datetime) -> None:
    """Put a word where the bot finds it; whole or not at all."""
    folder = folder_of(store)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    period = f"{now:%Y-%m-%d} {hashlib.sha256(text.encode()).hexdigest()[:12]}"
    path = folder / f"{period.replace(' ', '-')}.json"
    whole(path, json.dumps({"period": period, "text": text}).encode())


def found(store: Path) -> Iterator[Word]:
    """Words that wait, oldest first. A file that is none is set aside."""
    for path in sorted(folder_of(store).glob("*.json")):
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            yield Word(path, str(read["period"]), str(read["text"]))
        except (ValueError, KeyError, TypeError):
            path.replace(path.with_suffix(".bad"))
        except OSError as error:
            log.error("%s cannot be read: %s", path, error)  # noqa: TRY400 - says all


def spread(database: Database, now: dt.datetime) -> int:
    """Put every word that waits into the outbox, for all subscribers; returns how many messages.
    Blocks. After a crash in between, the keys of the outbox keep anyone from hearing it twice.
    """
    count = 0
    for word in found(database.path):
        count += database.write(partial(_to_all, word=word, now=now)).result()
        word.path.unlink()
    return count


def _to_all(db: Tables, *, word: Word, now: dt.datetime) -> int:
    body = {"text": word.text}
    messages = [Message(chat.chat, BROADCAST, word.period, body) for chat in subscribers(db)]
    return post(db, messages, now)
