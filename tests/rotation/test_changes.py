"""Events against plain loops over the exported columns, which know nothing of them."""

import datetime as dt
from math import isnan

import pandas as pd
import pytest

from bot.app import snapshot
from rotation.changes import EventKind, events
from rotation.inputs import Freshness
from rotation.timeline import UnknownDayError

DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def whole(market_data):
    return snapshot(market_data).timeline


@pytest.fixture(scope="module", params=["sample", "real"])
def timeline(request):
    if request.param == "real":
        return request.getfixturevalue("whole")
    return snapshot().timeline


@pytest.fixture(scope="module")
def told(timeline):
    """Every event of the last twelve years, in order."""
    first = max(timeline.first, timeline.last - 12 * 365 * DAY)
    days = [first + n * DAY for n in range((timeline.last - first).days + 1)]
    return first, [event for day in days for event in events(timeline, day)]


def of_kind(told, *kinds):
    return [(e.day, e.what, e.subject) for e in told[1] if e.kind in kinds]


def rows(timeline, told):
    frame = timeline.frame()
    frame["day"] = frame["date"].dt.date
    before = frame.shift(1)
    keep = (frame["day"] >= told[0]) & (frame.index > 0)
    return frame[keep].to_dict("records"), before[keep].to_dict("records"), frame


def test_phases(timeline, told):
    now, before, _ = rows(timeline, told)
    expected = [
        (a["day"], a["phase"], b["phase"])
        for a, b in zip(now, before, strict=True)
        if a["phase"] != b["phase"]
    ]
    assert of_kind(told, EventKind.PHASE) == expected
    assert len(expected) > 50


def test_rungs(timeline, told):
    now, _, frame = rows(timeline, told)
    expected = []
    last = {}
    for row in frame.to_dict("records"):
        for id in timeline.rungs:
            lit = row[f"{id}_lit"]
            if isnan(lit):
                continue
            if id in last and last[id] != lit and row["day"] >= told[0]:
                expected.append((row["day"], "lit" if lit else "unlit", id))
            last[id] = lit
    assert of_kind(told, EventKind.RUNG) == expected
    assert now


def test_breakouts(timeline, told):
    """By the columns of the state machine, in the order in which its steps became known."""
    now, before, _ = rows(timeline, told)
    expected = []
    for a, b in zip(now, before, strict=True):
        news = {
            name
            for name in ("breakout_attempt", "breakout_confirmed", "breakout_end")
            if not pd.isna(a[name]) and (pd.isna(b[name]) or a[name] != b[name])
        }
        if "breakout_attempt" in news:
            expected.append((a["day"], "attempt"))
        if "breakout_confirmed" in news:
            expected.append((a["day"], "confirmed"))
        if "breakout_end" in news and a["breakout_end"] in ("failed", "broken"):
            expected.append((a["day"], a["breakout_end"]))
    found = [(day, what) for day, what, _ in of_kind(told, EventKind.BREAKOUT) if what != "retest"]
    assert found == expected
    retests = [day for day, what, _ in of_kind(told, EventKind.BREAKOUT) if what == "retest"]
    states = {row["day"]: row["breakout_state"] for row in now}
    assert all(states[day] in ("retest", "confirmed", "failed", "broken") for day in retests)


def test_the_window(timeline, told):
    now, _, _ = rows(timeline, told)
    expected = [
        (row["day"], str(int(row["window_day"])), "")
        for row in now
        if row["window_day"] in (30, 60, 90)
    ]
    assert of_kind(told, EventKind.WINDOW) == expected


def test_early_warnings(timeline, told):
    now, before, _ = rows(timeline, told)
    on = [
        a["day"]
        for a, b in zip(now, before, strict=True)
        if a["early_warning"] and not b["early_warning"]
    ]
    off = [
        a["day"]
        for a, b in zip(now, before, strict=True)
        if b["early_warning"] and not a["early_warning"]
    ]
    found = of_kind(told, EventKind.WARNING)
    assert [day for day, what, _ in found if what == "on"] == on
    assert [day for day, what, _ in found if what != "on"] == off


@pytest.mark.parametrize(
    ("kind", "column", "line", "up"),
    [
        (EventKind.SEASON, "altseason_index", 75, True),
        (EventKind.SEASON, "altseason_index", 25, False),
        (EventKind.HEAT, "heat", 80, True),
    ],
)
def test_gauges_cross_a_line_once_until_they_have_come_back(timeline, told, kind, column, line, up):
    daily = timeline.metrics[column]
    expected, armed = [], None
    for n, day in enumerate(timeline.days.tolist()):
        value = daily.value[n]
        if isnan(value) or daily.fresh[n] >= Freshness.STALE:
            continue
        over = value >= line if up else value <= line
        back = value <= line - 2 if up else value >= line + 2
        if over and armed:
            if day >= told[0]:
                expected.append((day, str(line), made_of(timeline, n) if kind == "heat" else ""))
            armed = False
        elif over:
            armed = False
        elif back:
            armed = True
    found = [item for item in of_kind(told, kind) if item[1] == str(line)]
    assert found == expected


def test_every_step_of_every_breakout_is_told_however_many_came_after(timeline):
    for sensitive, machine in ((False, timeline.breakout), (True, timeline.sensitive)):
        for event in machine.events:
            day = machine.known_on[event.attempt]
            if day <= timeline.first:
                continue
            found = events(timeline, day, sensitive=sensitive)
            assert any((e.what, e.subject) == ("attempt", str(event.attempt)) for e in found)


def made_of(timeline, row):
    parts = ("funding_pct", "oi_cap_pct", "fear_greed_pct")
    known = (id for id in parts if not isnan(timeline.metrics[id].value[row]))
    return " ".join(id for id in known if timeline.metrics[id].fresh[row] < Freshness.STALE)


def test_a_source_is_called_stale_once_on_its_second_stale_day(timeline, told):
    expected = []
    for series, daily in timeline.inputs.items():
        stale = (daily.fresh >= Freshness.STALE).tolist()
        for n in range(2, len(stale)):
            if stale[n] and stale[n - 1] and not stale[n - 2]:
                day = timeline.days[n].item()
                if day >= told[0]:
                    expected.append((day, series, ""))
    assert sorted(of_kind(told, EventKind.STALE)) == sorted(expected)


def test_the_first_decision_has_nothing_before_it_and_others_do_not_exist(timeline):
    assert events(timeline, timeline.first) == ()
    with pytest.raises(UnknownDayError):
        events(timeline, timeline.last + DAY)


def test_what_is_told_of_a_day_does_not_depend_on_what_came_after(whole, market_data):
    """The events of a cut timeline are those of the whole one."""
    cut = whole.last - 200 * DAY
    short = snapshot(market_data, as_of=cut).timeline
    for n in range(60):
        day = cut - n * DAY
        assert events(short, day) == events(whole, day)
        assert events(short, day, sensitive=True) == events(whole, day, sensitive=True)


def test_high_sensitivity_hears_of_breakouts_after_short_bases_too(whole):
    timeline, start = whole, dt.date(2012, 1, 1)
    days = [start + n * DAY for n in range((timeline.last - start).days + 1)]
    plain = [e for day in days for e in events(timeline, day) if e.what == "attempt"]
    high = [e for day in days for e in events(timeline, day, sensitive=True) if e.what == "attempt"]
    assert len(high) > len(plain)
    assert {e.kind for e in high} == {EventKind.BREAKOUT}
