"""What the operator's commands do: import, backup, doctor."""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click import UsageError

from bot.app import keeper
from bot.keeper import Keeper, put
from bot.render.discord import MOST_CONTENT, escaped, size
from bot.render.text import text as words
from bot.settings import Settings
from bot.spool import leave
from commands.news import broadcast
from feeds.budget import COINGECKO_A_MONTH, MOST_A_DAY, MOST_BACKFILL, budget
from feeds.feed import Feed, FeedError, Harvest
from feeds.files import read_folder
from feeds.flows import read_flows
from feeds.http import Watch, unexpected, utc_now
from feeds.quotes import QuoteSource
from storage.backup import problems
from storage.calls import broken, count_of
from storage.chats import counts, subscribers
from storage.database import Database
from storage.deliveries import outcomes, queue
from storage.errors import StoreError
from storage.observations import AppendResult, newest

log = logging.getLogger(__name__)

GOOD, MIND, BAD = "ok", "mind", "BAD"
PLATFORMS = ("telegram", "discord")


def import_data(settings: Settings, path: Path) -> tuple[AppendResult, Harvest]:
    """A folder of CSV, or one file of fund flows, into the store. FeedError, StoreError."""
    now = utc_now()
    harvest = read_folder(path) if path.is_dir() else read_flows(path, now)
    with Database(settings.store) as database:
        result = database.write(lambda db: put(db, harvest, now)).result()
    return result, harvest


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: how it stands and what to do."""

    verdict: str
    text: str


def examine(settings: Settings, *, online: bool) -> Iterator[Finding]:
    """Settings, store, and with ``online`` each source, in plain words."""
    yield _env()
    tokens = {"Telegram": settings.telegram_token, "Discord": settings.discord_token}
    for name, token in tokens.items():
        yield Finding(*((GOOD, f"{name}: token set") if token else (MIND, f"{name}: no token")))
    yield from _store(settings)
    if not settings.refresh:
        yield Finding(MIND, "SPILLOVER_REFRESH=false: no source is ever asked, the data only ages")
    if not online:
        yield Finding(GOOD, "clock: not checked, that needs a source to compare with")
        return
    yield from _sources(settings)


def _env() -> Finding:
    """Which file was read: another folder has another one."""
    file = Path(".env").resolve()
    if not file.is_file():
        return Finding(GOOD, f"settings read; no .env in {file.parent}")
    if file.stat().st_mode & 0o077:
        return Finding(MIND, f"settings read, from {file}; others can read it: chmod 600 {file}")
    return Finding(GOOD, f"settings read, from {file}")


def _store(settings: Settings) -> Iterator[Finding]:
    store = settings.store.resolve()
    if (closed := _closed(store)) is not None:
        yield Finding(BAD, f"store {store}: this user may not write {closed}")
    if not store.is_file():
        yield Finding(MIND, f"store {store}: not made yet, `spillover run` makes it")
        return
    try:
        with Database(store, read_only=True) as database:
            found = problems(database)
            with database.reading() as db:
                empty = not newest(db)
    except StoreError as error:
        yield Finding(BAD, str(error))
        return
    if found:
        yield Finding(BAD, "; ".join(found))
    elif empty:
        yield Finding(MIND, f"store {store}: whole, but without data yet")
    else:
        yield Finding(GOOD, f"store {store}: whole")


def _closed(store: Path) -> Path | None:
    """What of the store this user may not write; None if all of it can be."""
    folder = store.parent
    while not folder.exists():
        folder = folder.parent
    for path in (store, folder):
        if path.exists() and not os.access(path, os.W_OK):
            return path
    return None


@contextmanager
def _aside(settings: Settings) -> Iterator[Keeper]:
    """All sources, over a store of their own that is thrown away."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        everything = settings.model_copy(update={"refresh": True})
        with Database(Path(folder) / "aside.db") as database:
            yield keeper(everything, database, utc_now)


def _sources(settings: Settings) -> Iterator[Finding]:
    """Ask each source for a little, and the clock of those that answer."""
    with _aside(settings) as held, ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(_ask, held.feeds), *pool.map(_ask_price, held.board.sources)]
        yield from answers
        if not any(answer.verdict == GOOD for answer in answers):
            yield Finding(BAD, "no source has answered: is there a network, are names found?")
        yield _clock([feed.ahead for feed in held.feeds])


def _clock(told: list[dt.timedelta | None]) -> Finding:
    """This machine's clock against those of the sources; one source alone may be the wrong one."""
    heard = [ahead for ahead in told if ahead is not None]
    if not heard:
        return Finding(MIND, "clock: not checked, no source has told its time")
    ahead = sorted(heard)[len(heard) // 2].total_seconds()
    if abs(ahead) <= Watch.TOLERATED.total_seconds():
        return Finding(GOOD, f"clock: agrees with that of {len(heard)} sources")
    way = "ahead of" if ahead > 0 else "behind"
    verdict = BAD if abs(ahead) > Watch.TOLD.total_seconds() else MIND
    return Finding(
        verdict, f"clock: {abs(ahead) / 60:.0f} min {way} that of {len(heard)} sources. Set it."
    )


def _ask(feed: Feed) -> Finding:
    tasks = feed.tasks()
    if not tasks:
        return Finding(MIND, f"{feed.name}: nothing to ask yet")
    doubt = _unverified(feed.verified)
    try:
        harvest = feed.fetch(tasks[0], utc_now().date() - dt.timedelta(days=10))
    except FeedError as error:
        return Finding(MIND, f"{feed.name}: {error}{doubt}")
    except Exception as error:
        log.exception("%s", feed.name)
        return Finding(BAD, str(unexpected(feed.name, error)))
    count = sum(len(item.date) for item in harvest.observations)
    return Finding(GOOD, f"{feed.name}: answered with {count} values")


def _ask_price(source: QuoteSource) -> Finding:
    try:
        found = source.fetch()
    except FeedError as error:
        return Finding(MIND, f"{source.name}, latest prices: {error}{_unverified(source.verified)}")
    return Finding(GOOD, f"{source.name}, latest prices: answered with {len(found)}")


def _unverified(verified: bool) -> str:
    return "" if verified else " (unverified live until its first success)"


def budget_lines(settings: Settings) -> list[str]:
    """What the sources cost, in calls; depends on the clock alone."""
    with _aside(settings) as held:
        with_key = settings.coingecko_api_key is not None
        tasks = (task for feed in held.feeds for task in feed.tasks())
        found = budget(tasks, held.board.sources, with_key=with_key)
    limit = (
        "no limit a day with a key of CoinGecko" if with_key else f"at most {MOST_A_DAY} allowed"
    )
    lines = [
        f"{found.average_day:.0f} calls on an average day, {limit}",
        f"{found.busiest_day} calls on the busiest day",
        f"{found.backfill} calls for the first backfill (under {MOST_BACKFILL})",
        f"{found.coingecko_month} calls to CoinGecko a month (at most {COINGECKO_A_MONTH:,})",
    ]
    lines += [f"  {source}: {calls}" for source, calls in found.by_source.items()]
    return lines + [f"  {source}, latest prices: {calls}" for source, calls in found.live.items()]


def spread(settings: Settings, text: str, *, dry_run: bool) -> int:
    """Leave a word for every subscriber, for the running bot to send; returns how many there are
    now. StoreError if there is no store, UsageError if it would not arrive whole.
    """
    if not text.strip():
        raise UsageError("There is nothing to say: the text is empty.")
    if (needed := _needed(text)) > MOST_CONTENT:
        raise UsageError(
            f"The text takes {needed} characters, and a message on Discord has {MOST_CONTENT}. "
            "Shorten it, or say it in two."
        )
    with Database(settings.store, read_only=True) as database, database.reading() as db:
        count = len(subscribers(db))
    if count and not dry_run:
        leave(settings.store, text, utc_now())
    return count


def _needed(text: str) -> int:
    """The length of a word where a server allows the bot no embed: nowhere is less room."""
    lines = words(broadcast({"text": text})).splitlines()
    return size("\n".join(escaped(line) for line in lines))


def stats_lines(settings: Settings) -> list[str]:
    """Who is there and what was sent. No chat is named."""
    now = utc_now()
    with Database(settings.store, read_only=True) as database, database.reading() as db:
        lines = [f"{name}: {count}" for name, count in counts(db).items()]
        for span in (dt.timedelta(days=1), dt.timedelta(days=7)):
            for (platform, kind, state), count in sorted(outcomes(db, now - span).items()):
                lines.append(f"last {span.days} d, {platform}: {count} {kind} {state}")
        for platform in PLATFORMS:
            waiting = queue(db, platform, now)
            lines.append(f"outbox of {platform}: {waiting.waiting} wait, {waiting.due} of them due")
    return lines


def forged(settings: Settings) -> tuple[int, list[str]]:
    """How many calls the log has, and what is wrong with it, in words."""
    with Database(settings.store, read_only=True) as database, database.reading() as db:
        return count_of(db), broken(db)
