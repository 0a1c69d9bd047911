"""The real market and its timeline, computed once."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from feeds.files import read_folder
from rotation.calendars import sessions
from rotation.market import Market
from rotation.timeline import Timeline
from tests.oracles.clock import exchange_sessions
from tests.oracles.folder import FILES, Folder
from tests.rotation.made_markets import FIRST, LAST, Raw, guards, made, market

with warnings.catch_warnings():  # exchange_calendars warns of pandas 4
    warnings.simplefilter("ignore")
    sessions(), exchange_sessions()

REAL_FIRST, REAL_LAST = np.datetime64("1987-09-10"), np.datetime64("2026-08-21")


@pytest.fixture(scope="session")
def real(market_data: Path) -> Raw:
    harvest = read_folder(market_data)
    return Raw(harvest.observations, harvest.listings)


@pytest.fixture(scope="session")
def timeline(real: Raw) -> Timeline:
    """Every day since 1987, from the folder of real data."""
    return Timeline.of(market(real, REAL_FIRST, REAL_LAST))


@pytest.fixture(scope="session")
def frame(timeline: Timeline) -> pd.DataFrame:
    return timeline.frame().set_index("date")


@pytest.fixture(scope="session")
def made_market() -> Market:
    """A random one, with revisions, late fetches, jumps and holes."""
    return market(made(41), FIRST, LAST)


@pytest.fixture(scope="session")
def made_timeline(made_market: Market) -> Timeline:
    return Timeline.of(made_market)


@pytest.fixture(scope="session", params=["timeline", "made_timeline"], ids=["real", "made"])
def any_timeline(request: pytest.FixtureRequest) -> Timeline:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def folder(market_data: Path) -> Folder:
    """The same folder for the oracles."""
    return Folder(market_data, guards([*FILES]))
