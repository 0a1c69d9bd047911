"""Recorded answers of the vendors, and a stand-in that speaks like them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.catalogue import ALL, FeedSettings
from feeds.feed import Feed
from tests.feeds.vendor_truth import NOW, coins, truth
from tests.servers.vendors import Vendors


@pytest.fixture(scope="session")
def vendor_samples() -> Path:
    """The folder of recorded answers; the test is skipped where it is absent."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "vendor-samples"
    folder = Path(os.environ.get("SPILLOVER_VENDOR_SAMPLES") or beside)
    if not (folder / "coingecko_global.json").is_file():
        pytest.skip(f"no recorded answers in {folder}; name it in SPILLOVER_VENDOR_SAMPLES")
    return folder


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    """All vendors on loopback, at ``NOW``, a while after the true closes of the day."""
    with Vendors(truth(), now=lambda: NOW, coins=coins(), hang=5) as server:
        yield server


@pytest.fixture
def settings(vendors: Vendors, tmp_path: Path) -> FeedSettings:
    return FeedSettings(
        tmp_path / "yahoo", urls=vendors.urls, now=lambda: NOW, timeout=10, per_minute=1e6
    )


@pytest.fixture
def feeds(settings: FeedSettings) -> dict[str, Feed]:
    """Every live feed by its source, pointed at the stand-in."""
    return {feed.source: feed for feed in ALL(settings)}
