"""The composition root: settings → store, feeds, desk, adapters."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from commands.snapshot import Snapshot
from feeds.feed import FeedError, Harvest
from rotation.evidence import Evidence
from rotation.inputs import BTC, DECISION_OFFSET, N_, newest_decision
from rotation.market import Market
from rotation.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.keeper import Keeper
    from bot.settings import Settings
    from storage.database import Database


def current_snapshot(
    settings: Settings, folder: Path | None, as_of: dt.date | None = None
) -> Snapshot:
    """From a folder if one is named, else from the store if there is one, else the sample.

    FeedError or StoreError, in plain words, if the data cannot be read or does not reach.
    """
    folder = folder or settings.data
    if folder is None and settings.store.is_file():
        return store_snapshot(settings, as_of)
    return snapshot(folder, as_of)


def snapshot(folder: Path | None = None, as_of: dt.date | None = None) -> Snapshot:
    """Everything known by the decision for ``as_of``, by default the newest one the data has."""
    found = _harvest(folder)
    first, last = _span(found)
    _check(as_of, first, last)
    market = Market(
        found.observations,
        found.listings,
        first=np.datetime64(first),
        last=np.datetime64(as_of or last),
        sample=found.sample,
    )
    timeline = Timeline.of(market)
    return Snapshot(
        timeline,
        evidence=Evidence.of(timeline),
        source=N_("sample data") if folder is None else folder.name,
        problems=found.problems,
        version=version("spillover"),
        doubted=found.withheld,
    )


def _harvest(folder: Path | None) -> Harvest:
    if folder is None:
        from feeds.sample import sample_market

        return sample_market()
    from feeds.files import read_folder

    return read_folder(folder)


def _span(found: Harvest) -> tuple[dt.date, dt.date]:
    """From the first close of the Russell 2000 to the newest close of it or of bitcoin on which a
    decision has been taken.
    """
    ends = {item.series: item for item in found.observations if item.series in ("RUT", BTC)}
    if not ends:
        raise FeedError("The data has neither the Russell 2000 nor bitcoin.")
    lead = ends.get("RUT") or ends[BTC]
    first: dt.date = lead.date.min().item()
    last: dt.date = max(item.date.max() for item in ends.values()).item()
    if not found.sample:
        last = min(last, _newest_decision())
    if first > last:
        raise FeedError(f"The data begins on {first}, and no decision has been taken on it yet.")
    return first, last


def _newest_decision() -> dt.date:
    from feeds.http import utc_now

    return newest_decision(utc_now())


def _check(as_of: dt.date | None, first: dt.date, last: dt.date) -> None:
    """FeedError if there is no decision of that day."""
    if as_of is not None and not first <= as_of <= last:
        raise FeedError(f"--as-of {as_of}: the data reaches from {first} to {last}.")


def store_snapshot(settings: Settings, as_of: dt.date | None = None) -> Snapshot:
    """The same from the store; another process may be writing it meanwhile."""
    from bot.keeper import Keeper
    from feeds.http import utc_now
    from storage.database import Database
    from storage.observations import oldest

    moment = None
    if as_of is not None:
        moment = dt.datetime.combine(as_of, dt.time()) + DECISION_OFFSET
    with Database(settings.store, read_only=True) as database:
        with database.reading() as db:
            first = oldest(db, "RUT") or oldest(db, BTC)
        if first is not None:
            _check(as_of, first, _newest_decision())
        kept = None if as_of else kept_beside(settings.store)
        keeper = Keeper(database, (), lambda: moment or utc_now(), kept=kept)
        found = keeper.snapshot()
    if found is None:
        raise FeedError(f"{settings.store}: no index and no bitcoin in it yet.")
    keeper.shelf.write()
    return found


def kept_beside(store: Path) -> Path:
    """Where the newest timeline of a store is kept between two runs."""
    return cache_beside(store) / "timeline"


def cache_beside(store: Path) -> Path:
    """The folder beside a store for what can be made anew."""
    return store.with_name(f"{store.name}.cache")


def keeper(
    settings: Settings,
    database: Database,
    now: Callable[[], dt.datetime],
    *,
    urls: Mapping[str, str] | None = None,
    per_minute: float = 0.0,
) -> Keeper:
    """The store with all live sources, which may be another one than that of the settings.
    ``urls``: other base addresses by source; ``per_minute``: calls to CoinGecko, 0 for what its
    plan allows.
    """
    from bot.keeper import Keeper
    from feeds.catalogue import ALL, FeedSettings, quote_sources
    from feeds.quotes import Board

    cache = cache_beside(settings.store)
    cache.mkdir(parents=True, exist_ok=True)
    made = Keeper(database, (), now, kept=kept_beside(settings.store))
    options = FeedSettings(
        cache,
        coingecko_key=_clear(settings.coingecko_api_key),
        fred_key=_clear(settings.fred_api_key),
        urls=urls or {},
        per_minute=per_minute,
        coins=made.coins,
        newest=made.newest,
        filled=made.filled,
        now=now,
    )
    made.feeds = ALL(options) if settings.refresh else ()
    with_key = bool(options.coingecko_key)
    made.board = Board(quote_sources(made.feeds, with_key=with_key), now)
    if not with_key:
        made.board.room = made.room_for_prices
    return made


def _clear(secret: object) -> str:
    from pydantic import SecretStr

    return secret.get_secret_value() if isinstance(secret, SecretStr) else ""
