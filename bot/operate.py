"""What the operator's commands do: import, backup, doctor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bot.app import keeper
from bot.settings import Settings
from feeds.budget import MOST_A_DAY, MOST_BACKFILL, budget
from feeds.feed import Feed, FeedError, Harvest
from feeds.files import read_folder
from feeds.flows import read_flows
from feeds.http import utc_now
from storage.backup import problems
from storage.database import Database
from storage.errors import StoreError
from storage.listings import append_listing
from storage.observations import AppendResult, append
from storage.withheld import withhold

GOOD, MIND, BAD = "ok", "mind", "BAD"


def import_data(settings: Settings, path: Path) -> tuple[AppendResult, Harvest]:
    """A folder of CSV, or one file of fund flows, into the store. FeedError, StoreError."""
    now = utc_now()
    harvest = read_folder(path) if path.is_dir() else read_flows(path, now)
    with Database(settings.store) as database:
        result = database.write(lambda db: append(db, harvest.observations, now)).result()
        database.write(
            lambda db: [append_listing(db, listing, now) for listing in harvest.listings]
        ).result()
        database.write(lambda db: withhold(db, harvest.withheld, now)).result()
    return result, harvest


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: how it stands and what to do."""

    verdict: str
    text: str


def examine(settings: Settings, *, online: bool) -> Iterator[Finding]:
    """Settings, store, and with ``online`` each source, in plain words."""
    yield Finding(GOOD, "settings read")
    tokens = {"Telegram": settings.telegram_token, "Discord": settings.discord_token}
    for name, token in tokens.items():
        yield Finding(*((GOOD, f"{name}: token set") if token else (MIND, f"{name}: no token")))
    yield from _store(settings)
    if online:
        yield from _sources(settings)


def _store(settings: Settings) -> Iterator[Finding]:
    if not settings.store.is_file():
        yield Finding(MIND, f"store {settings.store}: not made yet, `spillover run` makes it")
        return
    try:
        with Database(settings.store, read_only=True) as database:
            found = problems(database)
    except StoreError as error:
        yield Finding(BAD, str(error))
        return
    yield Finding(*((BAD, "; ".join(found)) if found else (GOOD, f"store {settings.store}: whole")))


def _sources(settings: Settings) -> Iterator[Finding]:
    """Ask each source for a little, in a store of its own that is thrown away."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        aside = settings.model_copy(update={"store": Path(folder) / "doctor.db"})
        with Database(aside.store) as database, ThreadPoolExecutor(8) as pool:
            yield from pool.map(_ask, keeper(aside, database, utc_now).feeds)


def _ask(feed: Feed) -> Finding:
    tasks = feed.tasks()
    if not tasks:
        return Finding(MIND, f"{feed.name}: nothing to ask yet")
    doubt = "" if feed.verified else " (unverified live until its first success)"
    try:
        harvest = feed.fetch(tasks[0], utc_now().date() - dt.timedelta(days=10))
    except FeedError as error:
        return Finding(MIND, f"{feed.name}: {error}{doubt}")
    count = sum(len(item.date) for item in harvest.observations)
    return Finding(GOOD, f"{feed.name}: answered with {count} values")


def budget_lines(settings: Settings) -> list[str]:
    """What the sources cost, in calls; depends on the clock alone."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        aside = settings.model_copy(update={"store": Path(folder) / "budget.db"})
        with Database(aside.store) as database:
            feeds = keeper(aside, database, utc_now).feeds
            found = budget(task for feed in feeds for task in feed.tasks())
    lines = [
        f"{found.average_day:.0f} calls on an average day, at most {MOST_A_DAY} allowed",
        f"{found.busiest_day} calls on the busiest day",
        f"{found.backfill} calls for the first backfill (under {MOST_BACKFILL})",
        f"{found.coingecko_month} calls to CoinGecko a month (at most 10,000)",
    ]
    return lines + [f"  {source}: {calls}" for source, calls in found.by_source.items()]
