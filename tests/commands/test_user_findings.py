"""What readers stumbled over: each of these was typed by somebody who tried the bot."""

import datetime as dt
from pathlib import Path

import pytest

from commands.assets import price_words, resolve
from commands.dates import begin_of, meant, read_day
from commands.metric_list import names, origin, pages, publisher, series_of
from commands.registry import CommandError
from commands.words import language
from feeds.catalogue import ALL, NAMES, FeedSettings
from rotation.catalogue import METRICS
from rotation.inputs import Quote
from rotation.phase import Phase

LAST = dt.date(2026, 6, 30)


def lines(reply):
    return [button.command for button in reply.buttons]


def text(reply):
    parts = (reply.headline, reply.reason, *reply.lines, reply.footer)
    return "\n".join(part for part in parts if part)


@pytest.mark.parametrize(
    ("typed", "days"),
    [("march 2020", ["2020-03-31"]), ("September", ["2025-09-30"]), ("2015-02-30", ["2015-02-28"]),
     ("31.2.2020", ["2020-02-29"]), ("31 Feb", ["2026-02-28"]), ("2024-31-12", ["2024-12-31"]),
     ("5/6/2024", ["2024-06-05", "2024-05-06"]), ("foo", []), ("32.1.2020", [])],
)  # fmt: skip
def test_the_day_that_was_meant_is_offered(typed, days):
    assert read_day(typed, LAST) is None
    assert [day.isoformat() for day in meant(typed, LAST)] == days


def test_more_ways_to_write_a_day():
    assert read_day("12/24/2024", LAST) == read_day("24/12/2024", LAST) == dt.date(2024, 12, 24)
    assert read_day("5. Mai", LAST) == dt.date(2026, 5, 5)
    assert read_day("the day before yesterday", LAST) == dt.date(2026, 6, 28)


@pytest.mark.parametrize(
    ("typed", "day"),
    [("2020", "2020-01-01"), ("2020-03", "2020-03-01"), ("march 2020", "2020-03-01"),
     ("2020-03-05", "2020-03-05"), ("2026", "2026-01-01"), ("2031", None), ("foo", None)],
)  # fmt: skip
def test_where_a_span_begins(typed, day):
    assert begin_of(typed, LAST) == (day and dt.date.fromisoformat(day))


def test_of_two_days_both_are_offered(say, sample):
    reply = say(sample, "/rotation 5/6/2024")
    assert "could be two days" in reply.headline
    assert lines(reply) == ["/rotation 2024-06-05", "/rotation 2024-05-06"]


@pytest.mark.parametrize(
    ("period", "since"),
    [("ytd", "1 Jan"), ("this year", "1 Jan"), ("since 2020", "1 Jan 2020"),
     ("since March 2020", "1 Mar 2020"), ("from 5 May 2021", "5 May 2021"), ("max", ""),
     ("2 years", "")],
)  # fmt: skip
def test_spans_of_a_picture(say, sample, period, since):
    reply = say(sample, f"/chart btc {period}")
    assert not reply.failed, reply.headline
    assert since in text(reply)


@pytest.mark.parametrize(
    ("typed", "said", "offered"),
    [("btc 2020-01-01 to 2021-01-01", "ends with the newest day", "/chart btc since 2020-01-01"),
     ("btc 2020", "ends with the newest day", "/chart btc since 2020"),
     ("btc vs eth", "shows one number", "/chart eth_btc"),
     ("btc vs nfci 2y", "shows one number", "/chart nfci"),
     ("btc since 2031", "no time to begin", "/chart btc ytd"),
     ("btc forever", "no period", "/chart btc max"),
     ("btc dominanc", "no metric", "/chart dominance"), ("foo", "no metric", "/explain metrics")],
)  # fmt: skip
def test_what_a_picture_cannot_show_is_said_kindly(say, sample, typed, said, offered):
    reply = say(sample, f"/chart {typed}")
    assert reply.failed
    assert said in reply.headline
    assert offered in lines(reply)
    for line in lines(reply):
        assert not say(sample, line).failed, line


@pytest.mark.parametrize(
    ("typed", "headline"),
    [("btc dominance", "Bitcoin dominance"), ("ethbtc 2y", "ETH/BTC"), ("mrs max", "Small caps"),
     ("netliquidity", "Net liquidity")],
)  # fmt: skip
def test_other_names_of_numbers(say, sample, typed, headline):
    assert say(sample, f"/chart {typed}").headline.startswith(headline)


@pytest.mark.parametrize("locale", ["en", "de"])
def test_every_number_is_in_the_list_once(say, sample, locale):
    token = language.set(locale)
    try:
        found = [line.partition(" — ")[0] for _group, lines in pages() for line in lines]
        last = len(pages())
    finally:
        language.reset(token)
    assert found == list(METRICS)
    for n in range(1, last + 1):
        reply = say(sample, f"/explain metrics {n}", locale=locale)
        assert len(text(reply)) <= 900
        assert not any(say(sample, line, locale=locale).failed for line in lines(reply))
    assert say(sample, f"/explain metrics {last + 1}").failed


@pytest.mark.parametrize("line", ["/explain numbers", "/explain list", "/chart list",
                                  "/help metrics"])  # fmt: skip
def test_ways_to_the_list(say, sample, line):
    assert say(sample, line).headline == say(sample, "/explain metrics").headline


def test_a_number_in_one_word_is_no_other_one():
    assert names()["ethbtc"] == "eth_btc"
    assert names()["btc"] == "btc_close"


@pytest.mark.parametrize(
    ("typed", "name"),
    [("n/a", "n/a"), ("any day", "Base rate"), ("day 90", "Window"), ("sample data", "Sample data"),
     ("stale", "Freshness")],
)  # fmt: skip
def test_words_of_the_answers_are_explained(say, sample, typed, name):
    assert say(sample, f"/explain {typed}").headline == name


def test_a_number_names_its_source(say, sample, real):
    assert "Source: FRED (St. Louis Fed). Here: sample data." in text(say(sample, "/explain nfci"))
    assert "Source: Yahoo Finance." in text(say(real, "/explain move"))
    assert "Treasury account and reverse repo, from FRED" in origin("net_liquidity", sample)
    assert "large coins, from CoinGecko" in origin("altseason_index", sample)


def test_sources_are_those_that_the_feeds_have(tmp_path: Path):
    offered: dict[str, set[str]] = {"DOMINANCE": {"CoinGecko"}}
    for feed in ALL(FeedSettings(tmp_path)):
        for series in {series for task in feed.tasks() for series in task.series}:
            offered.setdefault(series, set()).add(NAMES[feed.source])
    for metric in METRICS:
        assert series_of(metric), metric
        for series in series_of(metric):
            assert publisher(series) in offered.get(series, {""}), series


def test_why_record_and_history_count_differently(say, sample):
    assert "/history counts only events 90 days apart" in text(say(sample, "/record"))
    assert "/history counts" not in text(say(sample, "/record replay 2"))


def test_a_phase_that_is_held_is_named_beside_the_index(say, real):
    reply = say(real, "/crypto 2025-09-26")
    assert reply.headline.startswith("Neither season")
    assert "/rotation still says Altseason" in reply.reason
    assert real.timeline.phase[real.timeline.row(dt.date(2025, 9, 26))] is Phase.ALTSEASON


def test_all_dark_rungs_are_named_or_the_first_gap(say, real, sample):
    assert "not Liquidity and Alts." in say(real, "/rotation 2025-10-20").headline
    assert "first gap: Liquidity." in say(sample, "/rotation 2026-03-05").headline


@pytest.mark.parametrize(
    ("typed", "near"),
    [("index 75", "/history phase-altseason"), ("heat 80", "/history phase-exhaustion"),
     ("heat", "/history phase-exhaustion"), ("btc above 100k", "/history breakout")],
)  # fmt: skip
def test_what_is_not_counted_is_said(say, sample, typed, near):
    reply = say(sample, f"/history {typed}")
    assert "is not counted as an event" in reply.headline
    assert lines(reply)[0] == near


def test_numbers_that_had_not_begun_are_named_in_one_line(say, sample):
    assert "There was no data yet; it begins: ETH/BTC" in say(sample, "/crypto 2013-01-01").reason
    assert "no data yet" not in text(say(sample, "/crypto"))


@pytest.mark.parametrize(
    ("price", "words"), [(0.00000937, "0.00000937"), (0.0000119, "0.0000119"), (0.0123, "0.0123")]
)
def test_a_small_price_has_figures_that_say_something(price, words):
    quote = Quote("coin:pepe", "Pepe", price, dt.datetime(2026, 6, 30))
    assert price_words(quote) == f"{words}\N{NO-BREAK SPACE}USD"


@pytest.mark.parametrize("typed", ["nasdaq", "op", "qqq"])
def test_what_is_hardly_alike_is_not_offered(sample, typed):
    with pytest.raises(CommandError) as error:
        resolve(typed, sample)
    assert [button.command for button in error.value.buttons] == ["BTC", "ETH", "IWM"]
