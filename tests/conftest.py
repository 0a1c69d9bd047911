"""What every test may use: real data where there is some, and snapshots made once."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)  # a busy machine is no failure
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def market_data() -> Path:
    """The folder of real market data; the test is skipped where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "market-data"
    folder = Path(os.environ.get("SPILLOVER_MARKET_DATA") or beside)
    if not (folder / "RUT.csv").is_file():
        pytest.skip(f"no market data in {folder}; name its folder in SPILLOVER_MARKET_DATA")
    return folder


@pytest.fixture(scope="session")
def real(market_data):
    """A snapshot of the real data."""
    from bot.app import snapshot

    return snapshot(market_data)


@pytest.fixture(scope="session")
def sample():
    """A snapshot of the embedded sample market."""
    from bot.app import snapshot

    return snapshot()


@pytest.fixture
def say():
    """A dialogue in one line: ``say(snapshot, "/rotation")`` is the reply."""
    from commands.dispatch import request_of

    def ask(current, line, **facts):
        return answered(current, request_of(line, **facts))

    return ask


def answered(current, request, store=None, now=None):
    """The answer of a desk of its own."""
    from bot.desk import Desk

    desk = Desk(current, store=store, **({"now": now} if now else {}))
    try:
        return asyncio.run(desk.answer(request))
    finally:
        desk.close()


class Talk:
    """Chats with a store and a clock: ``talk("/watch add ETH", chat="telegram:1")``."""

    def __init__(self, snapshot, store):
        self.snapshot, self.store = snapshot, store
        self.moment = dt.datetime(2026, 7, 1, 12)

    def __call__(self, line, **facts):
        from commands.dispatch import request_of

        facts = {"chat": "telegram:1", "user": "7", **facts}
        return answered(self.snapshot, request_of(line, **facts), self.store, lambda: self.moment)


@pytest.fixture
def talk(sample, tmp_path):
    """Chats on the sample market, with a store of their own."""
    from storage.database import Database

    with Database(tmp_path / "talk.db") as store:
        yield Talk(sample, store)
