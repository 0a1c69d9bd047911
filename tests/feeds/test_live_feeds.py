"""Every live feed against the stand-in vendors: what is true comes through, to the last digit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from feeds.catalogue import ALL, FeedSettings
from feeds.coingecko import PRICE_BEFORE, SHARE_BEFORE, CoinGecko, _ended_day
from feeds.feed import Feed, FeedError, Harvest, Task
from feeds.sample import sample_market
from feeds.yahoo import Yahoo
from rotation.inputs import BTC_VOLUME, ETH, INPUTS, input_of
from tests.feeds.vendor_truth import NOW, YESTERDAY, coins, truth
from tests.servers.vendors import Vendors

SINCE = dt.date(2026, 6, 1)
NO_FEED = {"ETF_FLOW"}
"""Imported by an admin; no public interface has it."""


def released(series: str, now: dt.datetime = NOW, known: Collection[dt.date] = ()) -> list[dt.date]:
    """The true dates that were public at a moment, by the release clock."""
    days = np.array(sorted(known or truth()[series]), "datetime64[D]")
    at = input_of(series).clock.released(days)
    return days[at <= np.datetime64(now, "us")].tolist()


def values(harvest: Harvest) -> dict[str, dict[dt.date, float]]:
    return {
        item.series: dict(zip(item.date.tolist(), item.value.tolist(), strict=True))
        for item in harvest.observations
    }


def every(feeds: dict[str, Feed]) -> Iterator[tuple[Feed, Task]]:
    for feed in feeds.values():
        for task in feed.tasks():
            yield feed, task


def wrong(harvest: Harvest) -> list[str]:
    """Delivered values that are not the true ones, as text."""
    return [
        f"{series} {day}: {value} is {truth().get(series, {}).get(day)}"
        for series, found in values(harvest).items()
        for day, value in found.items()
        if value != pytest.approx(truth().get(series, {}).get(day), rel=1e-9)
    ]


def test_history_is_whole_and_true(feeds: dict[str, Feed]) -> None:
    """No since: every released date of every series, and no other."""
    brought: set[str] = set()
    for feed, task in every(feeds):
        harvest = feed.fetch(task, None)
        assert not harvest.problems, (task.id, harvest.problems)
        assert not harvest.withheld, (task.id, harvest.withheld)
        assert not wrong(harvest), task.id
        found = values(harvest)
        assert set(task.series) <= set(found), task.id
        for series in task.series:
            days = released(series)
            first = min(found[series])
            expected = [day for day in days if day >= first]
            if series == "IORB":
                expected = [day for day in days if first <= day <= dt.date(2026, 6, 29)]
            assert sorted(found[series]) == expected, (task.id, series)
        brought |= set(found)
    assert set(INPUTS) - brought == NO_FEED


@pytest.mark.parametrize(
    ("source", "days"),
    [("yahoo", 540), ("fred", 540), ("treasury", 540), ("defillama", 540), ("alternative", 540),
     ("binance", 540), ("okx", 85), ("coinbase", 540), ("cboe", 540)],
)  # fmt: skip
def test_history_goes_back(feeds: dict[str, Feed], source: str, days: int) -> None:
    for task in feeds[source].tasks():
        found = values(feeds[source].fetch(task, None))
        for series in task.series:
            assert min(found[series]) <= YESTERDAY - dt.timedelta(days), (task.id, series)


def test_increment_begins_at_since(feeds: dict[str, Feed]) -> None:
    for feed, task in every(feeds):
        found = values(feed.fetch(task, SINCE))
        for series, got in found.items():
            if series != "NFCI":  # re-estimated: always whole
                assert min(got) >= SINCE, (task.id, series)
            newest = max(released(series))
            assert max(got) == newest, (task.id, series)


def test_facts_of_an_observation(feeds: dict[str, Feed]) -> None:
    """Base columns, sorted, released by the clock, fetched now, known by the source's name."""
    for feed, task in every(feeds):
        for item in feed.fetch(task, SINCE).observations:
            assert (np.diff(item.date.astype(np.int64)) > 0).all()
            assert item.released_at.dtype == item.fetched_at.dtype == np.dtype("datetime64[us]")
            clock = input_of(item.series).clock.released(item.date)
            assert (item.released_at == clock).all()
            assert (item.released_at <= item.fetched_at).all()
            assert (item.fetched_at == np.datetime64(NOW, "us")).all()
            assert item.source == feed.source
            assert item.caveat == ("revised data" if item.series == "NFCI" else "")


@pytest.mark.parametrize("hour", [3, 14, 21, 23.9])
def test_a_running_day_is_no_close(settings: FeedSettings, vendors: Vendors, hour: float) -> None:
    """At any hour: what is delivered has its final value, and of crypto nothing is of today."""
    moment = dt.datetime(2026, 6, 30) + dt.timedelta(hours=hour)
    vendors.now = lambda: moment
    feeds = {feed.source: feed for feed in ALL(replace(settings, now=lambda: moment))}
    for feed, task in every(feeds):
        if task.id in {"yahoo/^RUT", "yahoo/BTC-USD", "coingecko/market"} or feed.source not in {
            "yahoo",
            "coingecko",
        }:
            harvest = feed.fetch(task, SINCE)
            assert not wrong(harvest), task.id
            assert not harvest.problems, task.id
            for series, got in values(harvest).items():
                assert max(got) == max(released(series, moment)), (task.id, series)


class TestYahoo:
    def test_calls(self, feeds: dict[str, Feed], vendors: Vendors) -> None:
        """History: time zone and chart; afterwards one call. Cookie and crumb come once."""
        yahoo, task = feeds["yahoo"], feeds["yahoo"].tasks()[0]
        yahoo.fetch(task, None)
        assert vendors.calls["yahoo"] <= task.history_calls + 2
        vendors.calls.clear()
        yahoo.fetch(task, SINCE)
        assert vendors.calls["yahoo"] <= task.calls + 1  # the stand-in sets no cookie to keep

    def test_a_split_brings_the_whole_history(self, feeds: dict[str, Feed], vendors: Vendors):
        yahoo = feeds["yahoo"]
        task = next(task for task in yahoo.tasks() if task.id == "yahoo/XLK")
        vendors.fault("yahoo", "split")
        found = values(yahoo.fetch(task, SINCE))["XLK"]
        assert min(found) == min(truth()["XLK"])
        assert {day: value * 2 for day, value in found.items()} == pytest.approx(
            {day: truth()["XLK"][day] for day in released("XLK")}
        )

    def test_closes_are_not_adjusted_for_dividends(self, feeds: dict[str, Feed]) -> None:
        task = next(task for task in feeds["yahoo"].tasks() if task.id == "yahoo/HYG")
        found = values(feeds["yahoo"].fetch(task, SINCE))["HYG"]
        assert found[YESTERDAY] == truth()["HYG"][YESTERDAY]

    def test_volume(self, feeds: dict[str, Feed]) -> None:
        for id, series in (("yahoo/IWM", "IWM.volume"), ("yahoo/BTC-USD", BTC_VOLUME)):
            task = next(task for task in feeds["yahoo"].tasks() if task.id == id)
            found = values(feeds["yahoo"].fetch(task, SINCE))[series]
            assert found[YESTERDAY] == pytest.approx(truth()[series][YESTERDAY], rel=1e-6)

    def test_yfinance_is_imported_late(self) -> None:
        import subprocess
        import sys

        code = "import sys, feeds.catalogue; sys.exit('yfinance' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestCoinGecko:
    def market(self, feed: Feed) -> Harvest:
        return feed.fetch(feed.tasks()[0], SINCE)

    def test_the_list(self, feeds: dict[str, Feed]) -> None:
        """Altcoins by market cap: no bitcoin, no pegs, by list, by rule and by category."""
        (listing,) = self.market(feeds["coingecko"]).listings
        ranked = sorted(
            (coin for coin in coins() if coin not in {"bitcoin", "fallen"}),
            key=lambda coin: -coins()[coin].supply * truth()[f"coin:{coin}"][YESTERDAY],
        )
        assert listing.coins == tuple(f"coin:{coin}" for coin in ranked)
        assert listing.date == NOW.date()
        assert listing.known == NOW

    def test_closes_just_after_midnight(self, feeds: dict[str, Feed]) -> None:
        found = values(self.market(feeds["coingecko"]))
        assert set(found) == {
            "BTC_CAP", "DOMINANCE", *(f"coin:{coin}" for coin in coins() if coin != "fallen")
        }  # fmt: skip
        assert all(set(got) == {YESTERDAY} for got in found.values())

    def test_later_a_list_and_bitcoins_cap_alone(
        self, settings: FeedSettings, vendors: Vendors
    ) -> None:
        moment = NOW + dt.timedelta(hours=9)
        vendors.now = lambda: moment
        feed = CoinGecko(base=vendors.urls["coingecko"], now=lambda: moment, per_minute=1e6)
        harvest = self.market(feed)
        assert set(values(harvest)) == {"BTC_CAP"}
        assert len(harvest.listings[0].coins) == 78

    def test_a_coin_that_left_the_page_is_followed(
        self, settings: FeedSettings, vendors: Vendors
    ) -> None:
        feed = CoinGecko(
            base=vendors.urls["coingecko"],
            now=lambda: NOW,
            per_minute=1e6,
            coins=lambda: (ETH, "coin:fallen"),
        )
        assert values(self.market(feed))["coin:fallen"] == pytest.approx(
            {YESTERDAY: truth()["coin:fallen"][YESTERDAY]}
        )

    def test_histories_are_offered_where_closes_lack(self, vendors: Vendors) -> None:
        newest = {ETH: YESTERDAY, "coin:coin-3": YESTERDAY - dt.timedelta(1)}
        moment = NOW
        feed = CoinGecko(
            base=vendors.urls["coingecko"],
            now=lambda: moment,
            per_minute=1e6,
            coins=lambda: (ETH, "coin:coin-3", "coin:coin-4"),
            newest=newest.get,
        )
        assert [task.id for task in feed.tasks()] == ["coingecko/market", "coingecko/coin-4"]
        moment = NOW + dt.timedelta(hours=1)  # the page of midnight was missed
        assert [task.id for task in feed.tasks()][1:] == ["coingecko/coin-3", "coingecko/coin-4"]
        for task in feed.tasks()[1:]:
            assert not wrong(feed.fetch(task, None))
        assert len(feed.tasks()) == 1
        assert feed.tasks()[0].calls + sum(t.calls for t in feed.tasks()[1:]) <= 11

    def test_calls(self, feeds: dict[str, Feed], vendors: Vendors) -> None:
        feed = feeds["coingecko"]
        task = feed.tasks()[0]
        feed.fetch(task, None)
        assert vendors.calls["coingecko"] <= task.calls
        vendors.calls.clear()
        feed.fetch(feed.tasks()[0], SINCE)
        assert vendors.calls["coingecko"] == 2  # the page and the global market

    def test_the_key_goes_into_a_header_alone(self, vendors: Vendors) -> None:
        feed = CoinGecko(
            base=vendors.urls["coingecko"], key="CG-secret", now=lambda: NOW, per_minute=1e6
        )
        self.market(feed)
        assert not any("secret" in path for _, path in vendors.asked)

    def test_pace(self, vendors: Vendors) -> None:
        import time

        feed = CoinGecko(base=vendors.urls["coingecko"], now=lambda: NOW, per_minute=600)
        begin = time.monotonic()
        self.market(feed)
        assert time.monotonic() - begin >= (vendors.calls["coingecko"] - 1) * 0.1


class TestFred:
    def test_first_releases_with_a_key(self, settings: FeedSettings, vendors: Vendors) -> None:
        """NFCI as it was published first, known from its publication on, which is told."""
        feeds = {f.source: f for f in ALL(replace(settings, fred_key="secret-key"))}
        task = next(task for task in feeds["fred"].tasks() if task.id == "fred/NFCI")
        (item,) = feeds["fred"].fetch(task, None).observations
        assert item.caveat == "as first released"
        assert (item.released_at.astype("datetime64[D]") - item.date).astype(int).min() == 5
        assert "secret" not in repr(settings)
        other = next(task for task in feeds["fred"].tasks() if task.id == "fred/WALCL")
        assert not wrong(feeds["fred"].fetch(other, None))

    def test_no_key_in_any_log(
        self, settings: FeedSettings, vendors: Vendors, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(0)
        feeds = {f.source: f for f in ALL(replace(settings, fred_key="secret-key"))}
        feeds["fred"].fetch(feeds["fred"].tasks()[0], None)
        assert "secret-key" not in caplog.text


def test_yahoo_writes_only_into_its_folder(settings: FeedSettings, vendors: Vendors) -> None:
    yahoo = Yahoo(settings.cache, base=vendors.urls["yahoo"], now=lambda: NOW)
    yahoo.fetch(yahoo.tasks()[0], SINCE)
    assert settings.cache.is_dir()


def test_settings_keep_keys_to_themselves(tmp_path: Path) -> None:
    text = repr(FeedSettings(tmp_path, coingecko_key="CG-secret", fred_key="fred-secret"))
    assert "secret" not in text


def test_real_addresses(tmp_path: Path) -> None:
    """Without other addresses every source is asked at its own, over HTTPS."""
    for key in ("", "key"):
        for feed in ALL(FeedSettings(tmp_path, fred_key=key)):
            door = getattr(feed, "_vendor", None) or getattr(feed, "_client", None)
            if door is not None:
                assert door._base.startswith("https://"), feed.source


@pytest.mark.parametrize(
    ("stamp", "price", "share"),
    [
        ("2026-06-29T23:40:00", None, None),
        ("2026-06-29T23:50:00", None, 29),
        ("2026-06-29T23:57:00", 29, 29),
        ("2026-06-30T00:00:00", 29, 29),
        ("2026-06-30T00:30:00", 29, 29),
        ("2026-06-30T00:31:00", None, None),
        ("2026-06-30T12:00:00", None, None),
    ],
)
def test_which_day_a_price_closes(stamp: str, price: int | None, share: int | None) -> None:
    moment = dt.datetime.fromisoformat(stamp)
    for day, before in ((price, PRICE_BEFORE), (share, SHARE_BEFORE)):
        assert _ended_day(moment, before) == (day and dt.date(2026, 6, day))


def test_vendors_of_the_sample_market(settings: FeedSettings) -> None:
    """A whole market served and read back: four years, every series."""
    sample = sample_market()
    since = np.datetime64("2022-01-01")
    recent = [
        replace(item, date=item.date[item.date >= since], value=item.value[item.date >= since])
        for item in sample.observations
        if item.date[-1] >= since
    ]
    newest = max(sample.listings, key=lambda item: item.date)
    moment = dt.datetime(2026, 6, 30, 0, 12)
    known = {
        item.series: dict(zip(item.date.tolist(), item.value.tolist(), strict=True))
        for item in recent
    }
    with Vendors.of(recent, newest, lambda: moment) as vendors:
        own = replace(settings, urls=vendors.urls, now=lambda: moment, coins=lambda: newest.coins)
        for feed in ALL(own):
            for task in feed.tasks():
                if not set(task.series) <= set(known):
                    continue
                for series, found in values(feed.fetch(task, None)).items():
                    truth = {day: known[series].get(day) for day in found}
                    assert found == pytest.approx(truth, rel=2e-5), (task.id, series)
                    assert max(found) == max(released(series, moment, known[series]))


def test_the_cookie_of_yahoo_is_asked_for_once_however_many_charts_are(feeds, vendors):
    """The stand-in gives none, as a network that drops its host: charts need none."""
    yahoo = feeds["yahoo"]
    for task in yahoo.tasks()[:5]:
        assert yahoo.fetch(task, SINCE).observations
    charts = [path for source, path in vendors.asked if source == "yahoo" and "chart" in path]
    others = [path for source, path in vendors.asked if source == "yahoo" and "chart" not in path]
    assert len(charts) == 5
    assert len(others) <= 1


def test_a_page_that_is_missing_is_no_hole(
    feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes back short is asked again, not kept as all there is."""
    feed = feeds["coinbase"]
    asked: list[str] = []
    whole = type(feed)._candles

    def short(self: object, product: str, start: dt.date, end: dt.date) -> list[object]:
        rows = whole(self, product, start, end)
        asked.extend([str(start)] if rows else [])
        return rows if len(asked) != 2 else rows[:200]

    monkeypatch.setattr(type(feed), "_candles", short)
    monkeypatch.setattr("feeds.coinbase.WINDOW", dt.timedelta(days=280))
    with pytest.raises(FeedError, match="200 days of 280 from"):
        feed.fetch(feed.tasks()[0], None)


def test_a_table_that_is_cut_off_is_not_read(settings: FeedSettings, vendors: Vendors) -> None:
    """Wherever it breaks off: the last number might be part of one."""
    body = "observation_date,DGS10\n2026-06-25,4.12\n2026-06-26,4.57\n"
    task = "fred/DGS10"
    for cut in (1, 2, 3):
        vendors.fixed["fred"] = body[:-cut]
        feed = next(feed for feed in ALL(settings) if feed.source == "fred")
        with pytest.raises(FeedError, match="breaks off"):
            feed.fetch(next(item for item in feed.tasks() if item.id == task), None)


def test_a_count_that_is_cut_off_is_not_read(settings: FeedSettings, vendors: Vendors) -> None:
    head = 'Fund Holdings as of,"Jun 26, 2026"\nShares Outstanding,"285,150,000.00"\nStock,"-"\n'
    feed = next(feed for feed in ALL(settings) if feed.source == "ishares")
    for cut in range(1, len(head)):
        vendors.fixed["ishares"] = head[:-cut]
        try:
            found = values(feed.fetch(feed.tasks()[0], None))
        except FeedError:
            continue
        assert found["IWM_SHARES"] == {dt.date(2026, 6, 26): 285_150_000}


def test_a_list_of_few_coins_is_not_kept(settings: FeedSettings, vendors: Vendors) -> None:
    """Such as one of coins whose market caps are missing: it would be used for months."""
    few = {
        name: replace(coin, supply=coin.supply if rank < 40 else 0.0)
        for rank, (name, coin) in enumerate(vendors.coins.items())
    }
    vendors.world = replace(vendors.world, coins=few)
    feed = next(feed for feed in ALL(settings) if feed.source == "coingecko")
    with pytest.raises(FeedError, match="altcoins with a market cap"):
        feed.fetch(feed.tasks()[0], None)
