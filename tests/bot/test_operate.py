"""import, doctor and budget as functions, the sources being stand-ins."""

from __future__ import annotations

import datetime as dt
import functools

import pytest

from bot import operate
from bot.settings import Settings
from tests.feeds.vendor_truth import NOW, coins, truth
from tests.servers.vendors import Vendors


@pytest.fixture
def settings(tmp_path):
    return Settings(_env_file=None, SPILLOVER_STORE=tmp_path / "spillover.db")


@pytest.fixture
def vendors(monkeypatch):
    with Vendors(truth(), now=lambda: NOW, coins=coins(), hang=1.0) as server:
        made = functools.partial(operate.keeper, urls=server.urls, per_minute=1e6)
        monkeypatch.setattr(operate, "keeper", made)
        monkeypatch.setattr(operate, "utc_now", lambda: NOW)
        yield server


def test_prices_that_were_never_seen_are_called_unverified(settings, vendors):
    vendors.fault("yahoo", "451")
    found = told(settings)
    lines = [text for text in found if text.startswith("Yahoo Finance, latest prices")]
    assert "unverified live" in lines[0]


def told(settings, online=True):
    return {item.text: item.verdict for item in operate.examine(settings, online=online)}


def test_every_source_and_the_clock_are_looked_at(settings, vendors):
    found = told(settings)
    assert sum(": answered with" in text for text in found) == 13
    assert found["clock: agrees with that of 11 sources"] == operate.GOOD
    assert not settings.store.exists()


def test_a_wrong_clock_is_bad(settings, vendors):
    vendors.now = lambda: NOW - dt.timedelta(hours=3)
    found = told(settings)
    assert found["clock: 180 min ahead of that of 11 sources. Set it."] == operate.BAD


def test_without_sources_the_clock_cannot_be_checked(settings, vendors):
    found = told(settings, online=False)
    assert any("clock: not checked, that needs a source" in text for text in found)
    assert not vendors.calls
    for source in vendors.urls:
        vendors.fault(source, "timeout")


def test_a_bot_that_asks_nobody_says_so(settings, vendors):
    found = told(settings.model_copy(update={"refresh": False}), online=False)
    assert any("SPILLOVER_REFRESH=false" in text for text in found)


def test_the_budget_is_printed_with_the_latest_prices(settings):
    lines = "\n".join(operate.budget_lines(settings))
    print(lines)
    assert "at most 150 allowed" in lines
    assert "coingecko, latest prices: 48" in lines
    assert "yahoo, latest prices: 28" in lines


def test_what_is_imported_twice_is_known_already(settings, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "RUT.csv").write_text("date,value\n2020-01-02,1668.47\n2020-01-03,1660.87\n")
    first, _ = operate.import_data(settings, folder)
    again, _ = operate.import_data(settings, folder)
    assert (first.new, again.new, again.same) == (2, 0, 2)
