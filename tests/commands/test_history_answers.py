"""/history, /record and /explain lag: word by word on known days, by their shape on many."""

import datetime as dt
import random
import re
from dataclasses import replace

import pytest

from bot.render.chart import figure
from bot.render.text import text
from commands.explain import lag_title
from commands.history_kinds import kind_names, slug
from commands.snapshot import Snapshot
from rotation.events import KINDS
from rotation.evidence import Evidence
from rotation.inputs import BTC, ETH
from rotation.lead_lag import Lag, LeadLag
from rotation.record import calls_due, replayed, score
from rotation.timeline import Timeline
from tests.bot.render.test_chart import assert_legible
from tests.invariants import FORBIDDEN
from tests.rotation.made_markets import FIRST, LAST, Raw, made, market

GOLDEN = [
    "/history", "/history early-warning", "/history rung-small-caps", "/history rung-stocks 4",
    "/history phase-spillover", "/history breakout numbers", "/history breakout numbers 2",
    "/history mrs", "/history list", "/history 2025-09-22",
    "/history 2024-11-06", "/history 2026-08-01", "/history 2013-02-01", "/record",
    "/record replay 5", "/record live", "/explain lag",
]  # fmt: skip


def plain(reply):
    return text(reply).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("line", GOLDEN)
def test_answers_of_today(say, real, snapshot, line):
    assert text(say(real, line)) == snapshot


@pytest.mark.parametrize("line", ["/history", "/record", "/explain lag"])
@pytest.mark.parametrize("day", ["1999-05-03", "2015-01-20", "2021-12-01"])
def test_answers_of_past_days(say, real, at, snapshot, line, day):
    assert text(say(at(real, day), line)) == snapshot


@pytest.fixture(scope="module")
def at(market_data):
    """A snapshot as of a day, each made once."""
    from bot.app import snapshot

    made = {}

    def as_of(_now, day):
        if day not in made:
            made[day] = snapshot(market_data, dt.date.fromisoformat(day))
        return made[day]

    return as_of


def assert_fit(reply):
    shown = text(reply)
    assert not reply.failed, shown
    assert len(shown) <= 900, f"{len(shown)} characters: {shown}"
    assert len(reply.lines) <= 6
    assert reply.footer.startswith("As of ")
    assert not re.search(rf"\b({'|'.join(FORBIDDEN)})\b", shown, re.IGNORECASE), shown
    assert not {"None", "nan", "NaN"} & set(re.split(r"\W+", shown))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_on_every_page_fits_a_phone(say, real, sample, kind):
    for current in (real, sample):
        page = 1
        while True:
            line = f"/history {slug(kind)} {page}"
            reply = say(current, line)
            assert_fit(reply)
            found = current.known().record(kind)
            assert str(len(found.events)) in reply.headline
            if found.uncounted:
                counted = f"{len(found.outcomes)} counted, at least 90 days apart"
                assert any(line.startswith(counted) for line in reply.lines)
            older = [b.command for b in reply.buttons if b.label == "Older"]
            if not older:
                break
            page += 1
            assert older == [f"/history {slug(kind)} {page}"]
        listed = [say(current, f"/history {slug(kind)} {n + 1}").table for n in range(page)]
        rows = sum(len(table.rows) for table in listed if table)
        assert rows == len(found.events), "misses stand beside hits, all of them"


@pytest.mark.parametrize("kind", KINDS)
def test_all_numbers_of_a_kind_fit_a_phone(say, real, sample, kind):
    for current in (real, sample):
        for page in (1, 2):
            reply = say(current, f"/history {slug(kind)} numbers {page}")
            assert_fit(reply)
            if current.known().record(kind).n:
                assert len(reply.table.rows) == 6


def test_any_day_in_detail_fits_a_phone(say, real):
    rng = random.Random(6)
    first = dt.date(2012, 1, 1)
    for _ in range(60):
        day = first + dt.timedelta(days=rng.randrange((real.timeline.last - first).days + 1))
        assert_fit(say(real, f"/history {day}"))


@pytest.mark.parametrize("day", ["1990-06-01", "2014-10-01", "2016-06-01", "2018-06-11"])
def test_any_past_day_fits_a_phone(say, real, at, day):
    current = at(real, day)
    for line in ("/history", "/history list", "/history rung-credit", "/record", "/explain lag"):
        assert_fit(say(current, line))


def test_every_page_of_the_record_fits_and_lists_every_call(say, real):
    shown, page = 0, 1
    while True:
        reply = say(real, f"/record replay {page}")
        assert_fit(reply)
        shown += len(reply.table.rows)
        if not any(b.label == "Older" for b in reply.buttons):
            break
        page += 1
    assert shown == len(replayed(real.timeline, real.timeline.last))


# What is said


def test_the_numbers_of_the_answer_are_those_of_every_signal_line(say, real):
    shown = plain(say(real, "/rotation"))
    assert "in 2 of 6 (33 %, 10–70 %); any day 58 %" in shown
    assert "in 2 (33 %, 10–70 %); any day 58 %" in plain(say(real, "/history"))


def test_the_story_is_told_with_what_the_rule_finds(say, real):
    shown = plain(say(real, "/history"))
    assert "2016–17 found, 2020–21 found, January 2026 not (base of 18 sessions)" in shown
    assert "216 tests shown, none called significant" in shown
    assert "With data from 2010 on: 4 of 8 (any day 61 %)" in shown


def test_an_open_event_reads_open(say, at, real):
    rows = say(at(real, "2025-11-03"), "/history").table.rows
    assert rows[0][1:] == ("open", "open", "open")
    assert len(rows) == 6


def test_replayed_calls_are_never_mixed_with_live_ones(say, real):
    day = dt.date(2025, 9, 22)
    frozen = dt.datetime(2025, 9, 23, 0, 16)
    live = calls_due(real.timeline, day, frozen)
    late = calls_due(real.timeline, day, frozen + dt.timedelta(days=3))
    current = replace(real, calls=(*live, *late))
    shown = plain(say(current, "/record"))
    assert shown.startswith("Live calls: 3 calls, 3 scored, 0 came true.")
    assert "Too few to judge: 1 scored event, 20 are needed." in shown
    assert "Replay" not in shown
    for call in live:
        assert call.short in shown
        assert score(call, real.timeline, real.timeline.last) == "miss"
    replay = plain(say(current, "/record replay"))
    assert replay.startswith("Replay, not live: 22 calls")
    assert plain(say(real, "/record")).startswith("No live call yet. Replay of the rules")


def test_a_call_says_until_when_it_is_open(say, at, real):
    current = at(real, "2025-11-03")
    day = dt.date(2025, 9, 22)
    current = replace(current, calls=calls_due(current.timeline, day, dt.datetime(2025, 9, 23)))
    shown = plain(say(current, "/record"))
    assert "no call has reached its horizon" in shown
    assert "open until 22 Dec" in shown
    assert "Open: 3, void: 0" in shown


def test_a_snapshot_without_evidence_makes_its_own(say, real):
    assert say(replace(real, evidence=None), "/history") == say(real, "/history")


@pytest.mark.parametrize(
    ("typed", "means"),
    [("smallcaps", "rung-small-caps"), ("rung smallcaps", "rung-small-caps"),
     ("RUNG-SMALLCAPS", "rung-small-caps"), ("Small caps", "rung-small-caps"),
     ("altseason", "phase-altseason"), ("small-cap lead", "phase-small-cap-lead"),
     ("early warnings", "early-warning"), ("mansfield", "mrs"), ("breakouts", "breakout")],
)  # fmt: skip
def test_a_kind_may_be_typed_in_many_ways(say, sample, typed, means):
    assert say(sample, f"/history {typed}") == say(sample, f"/history {means}")


def test_every_form_of_a_kind_is_answered(say, sample):
    for typed in kind_names():
        assert not say(sample, f"/history {typed}").failed, typed


@pytest.mark.parametrize(
    ("line", "says"),
    [("/history breakot", "“breakot” is no kind of event."),
     ("/history rung-small-caps 99", "There are"),
     ("/history list 9", "There is 1 page"),
     ("/history breakout numbers 3", "There are 2 pages"),
     ("/history 2031-01-01", "has not been decided yet"),
     ("/history 31.2.2020", "is no date"),
     ("/record replay 99", "There are"),
     ("/record moon", "“moon” is no part of the record."),
     ("/record 0", "is no part"), ("/record live live", "is no part")],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_kindly(say, sample, line, says):
    reply = say(sample, line)
    assert reply.failed
    assert says in reply.headline
    for button in reply.buttons:
        assert not say(sample, button.command).failed, button.command


def test_every_button_of_the_evidence_leads_somewhere(say, real):
    for line in GOLDEN:
        for button in say(real, line).buttons:
            assert not say(real, button.command).failed, button


def test_the_pictures_say_the_finding(say, real):
    assert say(real, "/history").chart.title == "6 breakouts of the rule: BTC higher in 2 of 6"
    assert say(real, "/record").chart.title == "Replay: 10 scored events, too few to judge"
    assert say(real, "/record live").chart is None
    assert "Small caps do not lead" in say(real, "/explain lag").chart.title
    title = say(real, "/history 2024-11-06").chart.title.replace("\N{NO-BREAK SPACE}", " ")
    assert title == "BTC +27 % 90 days after 6 Nov 2024"
    assert say(real, "/history 2026-08-01").chart.title == "BTC after 1 Aug 2026: still open"


def test_the_default_evidence_is_that_of_the_newest_decision(real):
    assert isinstance(real.timeline, Timeline)
    assert isinstance(real.known(), Evidence)
    assert real.known().day == real.timeline.last


@pytest.mark.parametrize("kept", [("RUT",), ("RUT", BTC), (BTC, ETH)])
def test_a_market_with_little_in_it_is_answered(say, kept):
    raw = made(76)
    parts = tuple(item for item in raw.observations if item.series in kept)
    current = Snapshot(Timeline.of(market(Raw(parts, ()), FIRST, LAST)), "made")
    lines = [f"/history {slug(kind)}" for kind in KINDS]
    lines += [f"/history {slug(kind)} numbers" for kind in KINDS]
    for line in [*lines, "/history list", "/history 2023-01-01", "/record", "/explain lag"]:
        reply = say(current, line)
        assert_fit(reply)
        if reply.chart:
            assert_legible(figure(reply.chart))


@pytest.mark.parametrize(
    ("at_week", "correlation", "says"),
    [(4, 0.20, "Small caps lead bitcoin by 4 weeks: correlation 0.20"),
     (4, 0.12, "No lead of small caps holds: the best of 13, 4 weeks, is what chance gives"),
     (0, 0.20, "Small caps do not lead bitcoin: they move in the same week (0.20)"),
     (-4, 0.20, "Small caps do not lead bitcoin: no lead is clear of zero")],
)  # fmt: skip
def test_what_is_said_of_leads(at_week, correlation, says):
    lags = []
    for weeks in range(-13, 14):
        value = correlation if weeks == at_week else 0.01
        lags.append(Lag(weeks, value, value - 0.1, value + 0.1, 500))
    found = LeadLag(dt.date(2014, 9, 17), dt.date(2026, 8, 21), 500, tuple(lags))
    assert lag_title(found) == says
