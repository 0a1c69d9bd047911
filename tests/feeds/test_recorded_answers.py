"""The vendors' real answers, as recorded, through the whole feed: what they say is what we read.

SPILLOVER_VENDOR_SAMPLES names their folder; without it these tests are skipped.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from feeds.catalogue import ALL, FeedSettings
from feeds.coingecko import CoinGecko
from feeds.coins import excluded, listed
from feeds.feed import FeedError, Harvest
from feeds.fred import parse_file
from tests.feeds.test_live_feeds import values
from tests.servers.vendors import Vendors

LATER = dt.datetime(2026, 9, 1, 12)


def answered(
    vendors: Vendors,
    settings: FeedSettings,
    task_id: str,
    body: str,
    now: dt.datetime = LATER,
    since: dt.date | None = None,
) -> Harvest:
    """What a feed makes of a vendor that answers everything with this body."""
    source = task_id.partition("/")[0]
    vendors.fixed[source] = body
    vendors.now = lambda: now
    feed = next(f for f in ALL(replace(settings, now=lambda: now)) if f.source == source)
    if source == "coingecko":
        feed = CoinGecko(
            base=vendors.urls[source],
            now=lambda: now,
            per_minute=1e6,
            coins=lambda: ("coin:terra-luna",),
        )
    task = next(task for task in feed.tasks() if task.id == task_id)
    return feed.fetch(task, since)


def dated(seconds: float) -> dt.date:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date()


class TestYahoo:
    def test_bitcoin(self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path) -> None:
        text = (vendor_samples / "yahoo_chart_BTC-USD_1d.json").read_text()
        found = values(answered(vendors, settings, "yahoo/BTC-USD", text))
        assert found["coin:bitcoin"] == {
            dt.date(2020, 1, 1): 7200.17431640625,
            dt.date(2020, 1, 2): 6985.47021484375,
            dt.date(2020, 1, 3): 7344.88427734375,
        }
        assert found["coin:bitcoin.volume"][dt.date(2020, 1, 3)] == 28_111_481_032

    @pytest.mark.parametrize(
        "name", ["MSFT_dividends_1y", "NVDA_split_1y", "AAPL_events", "historical02"]
    )
    def test_closes_and_sessions(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path, name: str
    ) -> None:
        """The close column as it is, by the exchange's own dates, without the empty rows."""
        text = (vendor_samples / f"yahoo_chart_{name}.json").read_text()
        chart = json.loads(text)["chart"]["result"][0]
        chart["meta"] |= {"symbol": "SPY", "currency": "USD", "dataGranularity": "1d"}
        body = json.dumps({"chart": {"result": [chart], "error": None}})
        found = values(answered(vendors, settings, "yahoo/SPY", body))["SPY"]
        zone = chart["meta"]["exchangeTimezoneName"]
        from zoneinfo import ZoneInfo

        expected = {
            dt.datetime.fromtimestamp(stamp, ZoneInfo(zone)).date(): close
            for stamp, close in zip(
                chart["timestamp"], chart["indicators"]["quote"][0]["close"], strict=True
            )
            if close is not None
        }
        assert found == pytest.approx(expected, rel=1e-12)

    def test_another_currency_or_symbol_is_refused(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path
    ) -> None:
        text = (vendor_samples / "yahoo_chart_WSU.DE_adjclose_differs.json").read_text()
        with pytest.raises(FeedError, match=r"EUR, 1d, WSU\.DE instead of SPY"):
            answered(vendors, settings, "yahoo/SPY", text)

    def test_a_range_without_trades(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path
    ) -> None:
        text = (vendor_samples / "yahoo_chart_AAPL_1m_no_rows.json").read_text()
        with pytest.raises(FeedError, match="has no prices of SPY"):
            answered(vendors, settings, "yahoo/SPY", text)


class TestCoinGecko:
    def test_market_chart(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path
    ) -> None:
        """1,157 points of Terra's three years: a point at midnight is the close of the day
        before; the one of the moment, off the grid, is none; the crash is withheld until a
        second reading.
        """
        text = (vendor_samples / "coingecko_market_chart_days_max.json").read_text()
        harvest = answered(vendors, settings, "coingecko/terra-luna", text)
        found = values(harvest)["coin:terra-luna"]
        points = json.loads(text)["prices"]
        expected = {dated(at / 1e3 - 1): value for at, value in points[:-1]}
        held = {item.date for item in harvest.withheld}
        assert found == {day: value for day, value in expected.items() if day not in held}
        assert max(found) == dt.date(2022, 7, 5)
        assert held <= {dt.date(2022, 5, day) for day in (11, 12, 13)}

    def test_hourly_points_are_no_closes(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path
    ) -> None:
        text = (vendor_samples / "coingecko_market_chart_7d_hourly.json").read_text()
        with pytest.raises(FeedError, match="no daily prices of terra-luna"):
            answered(vendors, settings, "coingecko/terra-luna", text)

    def test_the_hundred_largest(self, vendor_samples: Path) -> None:
        rows = json.loads((vendor_samples / "coingecko_coins_markets_top100.json").read_text())
        coins = listed(rows, frozenset())
        assert coins[:6] == (
            "ethereum", "ripple", "binancecoin", "solana", "tron", "hyperliquid"
        )  # fmt: skip
        assert len(coins) == 70
        names = " ".join(row["name"] for row in rows if row["id"] in coins)
        for word in ("USD", "Dollar", "Fund", "Treasury", "Gold", "Wrapped", "Staked"):
            assert word not in names

    def test_rules_catch_what_no_list_has(
        self, vendor_samples: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without the list, by names and pegs alone: most of it, and no altcoin too many."""
        rows = json.loads((vendor_samples / "coingecko_coins_markets_top100.json").read_text())
        whole = set(listed(rows, frozenset()))
        monkeypatch.setattr("feeds.coins.excluded", frozenset)
        by_rule = set(listed(rows, frozenset()))
        assert whole <= by_rule
        assert len(by_rule - whole) <= 10

    def test_market_of_the_moment(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path
    ) -> None:
        """Read at 18:12: a list and no price. The same page just after midnight: closes."""
        rows = json.loads((vendor_samples / "coingecko_coins_markets_top100.json").read_text())
        world = (vendor_samples / "coingecko_global.json").read_text()
        chart = (vendor_samples / "coingecko_market_chart_days_max.json").read_text()
        now = dt.datetime(2026, 8, 22, 18, 14)

        def fetch(moment: dt.datetime, stamp: str) -> Harvest:
            for row in rows:
                row["last_updated"] = stamp
            facts = json.loads(world)
            facts["data"]["updated_at"] = int(moment.replace(tzinfo=dt.UTC).timestamp())
            vendors.now = lambda: moment
            vendors.fixed |= {
                "coingecko": chart,
                "coingecko/coins/markets": json.dumps(rows),
                "coingecko/global": json.dumps(facts),
            }
            feed = CoinGecko(base=vendors.urls["coingecko"], now=lambda: moment, per_minute=1e6)
            return feed.fetch(feed.tasks()[0], None)

        evening = fetch(now, "2026-08-22T18:12:20.000Z")
        assert set(values(evening)) == {"BTC_CAP"}
        assert len(evening.listings[0].coins) == 70
        night = fetch(dt.datetime(2026, 8, 23, 0, 3), "2026-08-23T00:02:11.000Z")
        found = values(night)
        day = dt.date(2026, 8, 22)
        assert found["DOMINANCE"] == {day: 58.810008529045874}
        assert found["BTC_CAP"] == {day: 1_549_717_781_515}
        assert found["coin:ethereum"] == {day: 2425.7}
        assert not night.withheld
        assert "coin:tether" not in found

    def test_the_project_s_list_against_known_kinds(self, market_data: Path) -> None:
        import csv

        with (market_data / "CRYPTO_UNIVERSE.csv").open() as file:
            rows = list(csv.DictReader(file))
        others = {row["coingecko_id"] for row in rows if row["kind"] != "coin"}
        coins = {row["coingecko_id"] for row in rows if row["kind"] == "coin"}
        assert others <= excluded()
        assert coins & excluded() <= {"solv-protocol-solvbtc-bbn"}  # it is staked bitcoin


class TestOthers:
    def test_fear_and_greed(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path
    ) -> None:
        rows = json.loads((vendor_samples / "alternative_me_fng_data_array.json").read_text())
        body = json.dumps({"name": "Fear and Greed Index", "data": rows, "metadata": {}})
        found = values(answered(vendors, settings, "alternative/FEAR_GREED", body))["FEAR_GREED"]
        assert found == {dated(int(row["timestamp"])): float(row["value"]) for row in rows}
        assert len(found) == 3044

    def test_fear_and_greed_of_one_day(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path
    ) -> None:
        """The index of the 22nd is out at its start, and is used from its end on."""
        body = (vendor_samples / "alternative_me_fng_limit1.json").read_text()
        noon = dt.datetime(2026, 8, 22, 12)
        assert not answered(vendors, settings, "alternative/FEAR_GREED", body, noon).observations
        found = values(answered(vendors, settings, "alternative/FEAR_GREED", body))
        assert found == {"FEAR_GREED": {dt.date(2026, 8, 22): 71}}

    def test_csv_that_is_none(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path
    ) -> None:
        body = (vendor_samples / "alternative_me_fng_format_csv.txt").read_text()
        with pytest.raises(FeedError, match="no valid JSON"):
            answered(vendors, settings, "alternative/FEAR_GREED", body)

    def test_fred(self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path) -> None:
        body = (vendor_samples / "fredgraph_two_series_monthly.csv").read_text()
        found = values(answered(vendors, settings, "fred/MORTGAGE30", body))["MORTGAGE30"]
        assert found[dt.date(1999, 12, 1)] == 7.91
        assert found[dt.date(2025, 11, 1)] == 6.24
        assert len(found) == len(body.splitlines()) - 1
        with pytest.raises(FeedError, match="columns observation_date, FEDFUNDS, MORTGAGE30US"):
            answered(vendors, settings, "fred/DGS10", body)

    def test_fred_names_its_dates_as_it_likes(self) -> None:
        for head in ("DATE", "observation_date", "date"):
            day, value = parse_file(f"{head},SOFR\n2026-06-25,.\n2026-06-26,3.6\n", "SOFR", "FRED")
            assert list(day.astype(str)) == ["2026-06-25", "2026-06-26"]
            assert np.isnan(value[0])
            assert value[1] == 3.6

    def test_fred_with_a_key(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path
    ) -> None:
        body = (vendor_samples / "fred_api_observations_SHAPE.json").read_text()
        vendors.fixed["fred_api"] = body
        vendors.now = lambda: LATER
        fred = ALL(replace(settings, fred_key="secret", now=lambda: LATER))[1]
        task = next(task for task in fred.tasks() if task.id == "fred/DGS10")
        assert list(values(fred.fetch(task, None))["DGS10"].values()) == [4.1, 4.2, 4.3, 4.25]

    def test_stablecoins(
        self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path
    ) -> None:
        """The shape alone: its first value is another series' and falls to the slip guard."""
        body = (vendor_samples / "defillama_stablecoincharts_all_SHAPE.json").read_text()
        harvest = answered(vendors, settings, "defillama/STABLECOINS", body)
        found = values(harvest).get("STABLECOINS", {})
        told = found | {item.date: item.value for item in harvest.withheld}
        assert told == {dt.date(2024, 2, 15): 88_718_597, dt.date(2025, 9, 27): 305e9}

    def test_candles(self, vendors: Vendors, settings: FeedSettings, vendor_samples: Path) -> None:
        """The same answer to every question for a window: so only the newest one is asked for."""
        body = (vendor_samples / "coinbase_candles_BTC-USD.json").read_text()
        since = dt.date(2026, 7, 23)
        found = values(answered(vendors, settings, "coinbase/BTC-USD", body, since=since))
        assert found["coin:bitcoin"] == {since: 65_051.23, dt.date(2026, 7, 24): 65_307.0}


def test_verified_is_what_was_recorded(settings: FeedSettings) -> None:
    verified = {feed.source for feed in ALL(settings) if feed.verified}
    assert verified == {"yahoo", "fred", "coingecko", "alternative", "coinbase"}
    assert not ALL(replace(settings, fred_key="x"))[1].verified
