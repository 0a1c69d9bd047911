"""What every test may use: real data where there is some, and snapshots made once."""

from __future__ import annotations

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
    import asyncio

    from bot.desk import Desk
    from commands.dispatch import request_of

    def ask(current, line, **facts):
        desk = Desk(current)
        try:
            return asyncio.run(desk.answer(request_of(line, **facts)))
        finally:
            desk.close()

    return ask
