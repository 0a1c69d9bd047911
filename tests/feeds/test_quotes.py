"""The latest prices: from the stand-ins, by the clock, never older than an hour."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from feeds.budget import COINGECKO_A_MONTH, MOST_A_DAY, budget
from feeds.catalogue import ALL, quote_sources
from feeds.feed import FeedError
from feeds.quotes import Board, QuoteSource, share_quote
from feeds.yahoo import QUOTED
from rotation.calendars import in_session
from rotation.inputs import Quote
from tests.feeds.vendor_truth import NOW, truth
from tests.servers.vendor_world import RUNNING

MIDDAY = dt.datetime(2026, 6, 30, 17, 0)
"""A Tuesday, one in the afternoon in New York."""
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def clock(vendors):
    told = [MIDDAY]
    vendors.now = lambda: told[0]
    return told


@pytest.fixture
def board(settings, vendors, clock):
    feeds = ALL(replace(settings, now=lambda: clock[0]))
    return Board(quote_sources(feeds, with_key=False), lambda: clock[0])


def test_prices_of_the_moment_in_session(board, vendors):
    assert board.refresh() == 2
    found = board.quotes()
    assert set(QUOTED) <= set(found)
    rut, btc = found["RUT"], found["coin:bitcoin"]
    day = dt.date(2026, 6, 30)
    assert rut.price == pytest.approx(truth()["RUT"][day] * RUNNING)
    assert rut.day == pytest.approx(
        100 * (rut.price / truth()["RUT"][dt.date(2026, 6, 29)] - 1), rel=1e-9
    )
    assert rut.month is not None
    assert rut.week is not None
    assert (btc.rank, btc.day, btc.week, btc.month) == (1, 1.5, 1.5, 1.5)
    assert btc.price == pytest.approx(truth()["coin:bitcoin"][dt.date(2026, 6, 29)] * RUNNING)
    assert MIDDAY - btc.at < 2 * MINUTE


def test_one_call_for_the_coins_and_two_for_the_shares(board, vendors):
    board.refresh()
    asked = [path for _, path in vendors.asked if path not in {"/", "/v1/test/getcrumb"}]
    assert sorted(asked) == ["/coins/markets", "/v7/finance/spark", "/v7/finance/spark"]
    for source in board.sources:
        assert sum(source.name in item for item in ("CoinGecko", "Yahoo Finance")) == 1


def test_a_whole_day_keeps_to_the_budget(board, vendors, clock):
    clock[0] = dt.datetime(2026, 6, 30, 0, 0)
    for _ in range(24 * 60):
        board.refresh()
        clock[0] += MINUTE
    asked = [path for _, path in vendors.asked if path not in {"/", "/v1/test/getcrumb"}]
    assert asked.count("/coins/markets") == 48
    assert asked.count("/v7/finance/spark") <= 28
    assert len(asked) <= sum(source.calls_a_day for source in board.sources)


@pytest.mark.parametrize("with_key", [False, True])
def test_the_budget_counts_them(settings, with_key):
    feeds = ALL(settings)
    tasks = [task for feed in feeds for task in feed.tasks()]
    found = budget(tasks, quote_sources(feeds, with_key=with_key), with_key=with_key)
    print(found)
    assert found.kept
    assert found.coingecko_month <= COINGECKO_A_MONTH
    assert with_key or found.busiest_day <= MOST_A_DAY
    assert found.busiest_day == budget(tasks).busiest_day + sum(found.live.values())


@pytest.mark.parametrize("kind", ["429", "503", "reset", "html", "empty", "changed column"])
def test_a_dead_source_is_silent_after_an_hour(board, vendors, clock, kind):
    board.refresh()
    for source in ("yahoo", "coingecko"):
        vendors.fault(source, kind)
    clock[0] += 31 * MINUTE
    assert board.refresh() == 0
    assert board.quotes()["RUT"].at <= MIDDAY
    clock[0] += 31 * MINUTE
    board.refresh()
    assert not board.quotes()
    vendors.clear()
    clock[0] += 31 * MINUTE
    assert board.refresh() == 2
    assert board.quotes()["coin:bitcoin"].at > MIDDAY


@pytest.mark.parametrize("kind", ["×10", "÷10", "negative", "zero", "NaN today"])
def test_a_price_that_is_not_believed_is_not_shown(board, vendors, kind):
    for source in ("yahoo", "coingecko"):
        vendors.fault(source, kind)
    board.refresh()
    shown = board.quotes()
    right = truth()["coin:bitcoin"][dt.date(2026, 6, 29)]
    for quote in shown.values():
        assert quote.price > 0
    if "coin:bitcoin" in shown:
        assert shown["coin:bitcoin"].price == pytest.approx(right, rel=0.1)


def test_shares_are_left_alone_while_the_exchange_is_closed(board, vendors, clock):
    clock[0] = dt.datetime(2026, 7, 3, 17, 0)  # the holiday of Independence Day
    board.refresh()
    assert not vendors.calls["yahoo"]
    assert "RUT" not in board.quotes()
    assert "coin:bitcoin" in board.quotes()


def test_hours_of_the_exchange():
    assert in_session(dt.datetime(2026, 6, 30, 13, 30))
    assert not in_session(dt.datetime(2026, 6, 30, 13, 29))
    assert not in_session(dt.datetime(2026, 6, 30, 20, 0))
    assert in_session(dt.datetime(2026, 1, 5, 20, 30))  # winter: an hour later
    assert not in_session(dt.datetime(2026, 11, 27, 18, 30))  # a half-day


def test_a_source_that_asks_for_patience_gets_it():
    clock, asked = [NOW], []

    def refuse():
        asked.append(clock[0])
        raise FeedError("busy", retry=True, after=7200)

    board = Board((QuoteSource("x", "X", refuse, 5 * MINUTE),), lambda: clock[0])
    for _ in range(119):
        board.refresh()
        clock[0] += MINUTE
    assert len(asked) == 1


def test_a_fault_that_nobody_foresaw_stays_with_its_source():
    def broken():
        raise RuntimeError("a library's own")

    told = [Quote("coin:a", "A", 1.0, NOW)]
    sources = QuoteSource("x", "X", broken, MINUTE), QuoteSource("y", "Y", lambda: told, MINUTE)
    board = Board(sources, lambda: NOW)
    assert board.refresh() == 1
    assert set(board.quotes()) == {"coin:a"}


def test_what_lies_ahead_is_not_shown():
    told = [Quote("coin:a", "A", 1.0, NOW + dt.timedelta(hours=2))]
    board = Board((QuoteSource("x", "X", lambda: told, MINUTE),), lambda: NOW)
    board.refresh()
    assert not board.quotes()


def test_a_chart_without_a_price_is_no_quote():
    chart = {"meta": {}, "timestamp": [1], "indicators": {"quote": [{"close": [1.0]}]}}
    assert share_quote("RUT", chart) is None
