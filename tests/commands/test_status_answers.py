"""/status at its longest, and of sources that are not there."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.render.text import text
from feeds.catalogue import NAMES
from rotation.hindsight import BREAKOUT, PHASE, Difference, Hindsight
from rotation.inputs import Quote, Withheld
from storage.sources import SourceHealth, TaskHealth

NOW = dt.datetime.now(dt.UTC).replace(tzinfo=None)
LONG = "It is out of order at the moment and nobody knows why or for how long (HTTP 503). " * 4
HOUR = dt.timedelta(hours=1)


def failing(source):
    tasks = tuple(
        TaskHealth(f"{source}/{n}", source, NOW, NOW - 30 * HOUR, 4, LONG[:300], NOW + HOUR,
                   n > 1)
        for n in range(5)
    )  # fmt: skip
    return SourceHealth(source, False, NOW, NOW - 30 * HOUR, 4, LONG[:300], NOW + HOUR, tasks)


@pytest.fixture
def worst(real):
    """Everything that can go wrong at a time."""
    day = real.timeline.last
    return replace(
        real,
        source="live",
        sources=tuple(map(failing, NAMES)),
        names=NAMES,
        problems=tuple(f"{name}: {LONG[:300]}" for name in NAMES.values()),
        doubted=tuple(Withheld("RUT", day, 1.0, LONG[:80]) for _ in range(9)),
        series=dict.fromkeys(NAMES, ("RUT", "SPX", "NFCI")),
        filling=(12, 140),
        hindsight=Hindsight(
            ("NFCI", "RUT", "SPX", "WALCL"),
            (
                Difference(PHASE, day, day, 1, "mixed", "risk-on"),
                Difference(BREAKOUT, day, day, 2, "near", "attempt"),
                Difference("credit", day, day, 3, "lit", "unlit"),
            ),
        ),
    )


@pytest.mark.parametrize("line", ["/status", *(f"/status {source}" for source in NAMES)])
def test_the_worst_answer_fits_a_phone(say, worst, line):
    reply = say(worst, line)
    assert not reply.failed
    assert len(text(reply)) <= 900
    assert reply.footer.startswith("As of ")


def test_first_things_first(say, worst):
    shown = text(say(worst, "/status"))
    assert "The history is being filled in: 12 of 140 steps." in shown
    assert "Yahoo Finance failing, 30 h ago (unverified live)" in shown
    assert say(worst, "/status").buttons[1].command == "/status yahoo"


def test_what_would_have_been_otherwise(say, worst):
    calm = replace(worst, sources=(), problems=(), doubted=(), filling=None)
    shown = text(say(calm, "/status"))
    assert "Revised since (Chicago Fed financial conditions" in shown
    assert "phase on 1 day" in shown
    assert "(Mixed then, Risk-on now)" in shown
    assert "Credit on 3 days up to" in shown
    assert "(lit then, unlit now)" in shown


def test_one_source_in_detail(say, worst):
    shown = text(say(worst, "/status fred"))
    assert "FRED (St. Louis Fed) failed 4 times in a row." in shown
    assert "left alone until then" in shown
    assert "3 of 5 histories are filled in." in shown


def test_a_source_that_is_not_enrolled_yet(say, worst):
    shown = text(say(replace(worst, sources=()), "/status okx"))
    assert "OKX has not been asked yet." in shown


def test_no_live_source_in_a_folder(say, real):
    reply = say(real, "/status fred")
    assert reply.failed
    assert "There are no live sources here." in reply.headline


def test_live_prices_only_beside_the_newest_decision(say, real):
    told = [
        Quote("coin:bitcoin", "Bitcoin", 93_120.0, dt.datetime(2026, 8, 22, 14, 20), 1.2, rank=1),
        Quote("RUT", "Russell 2000", 2451.1, dt.datetime(2026, 8, 22, 14, 25)),
    ]
    live = replace(real, quotes={quote.asset: quote for quote in told})
    shown = text(say(live, "/rotation")).replace("\N{NO-BREAK SPACE}", " ")
    wanted = "Live 14:20 UTC: BTC 93,120 USD (+1.2 % on the day), Russell 2000 2,451.10."
    assert wanted in shown
    assert "Live" not in text(say(live, f"/rotation {real.timeline.first}"))
    assert text(say(real, "/rotation")) == text(say(replace(live, quotes={}), "/rotation"))
    for line in ("/rotation", "/russell", "/crypto"):
        assert len(text(say(live, line))) <= 900
        assert len(say(live, line).lines) <= 6


def test_it_says_since_when_the_bot_runs(talk):
    from dataclasses import replace
    from datetime import timedelta

    assert "Started" not in talk("/status").reason
    since = talk.moment - timedelta(days=3)
    talk.snapshot = replace(talk.snapshot, running_since=since)
    assert talk("/status").reason.endswith("Started 3 d ago.")
