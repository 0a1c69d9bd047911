"""The 'super cycle' list: yes, no or unknown, each with its date."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from rotation.checklist import ITEMS, Answer, Note, answer, noted
from rotation.day import status
from rotation.status import RotationStatus
from rotation.timeline import Timeline

TODAY = dt.date(2025, 9, 26)


def note(on: dt.date, found: Answer = Answer.YES, item: str = "regulation") -> Note:
    return Note(item, found, "a law was signed", "admin", on)


def test_three_values() -> None:
    assert [answer(x) for x in (None, float("nan"), 0.0, 1.0, False, True)] == [
        Answer.UNKNOWN, Answer.UNKNOWN, Answer.NO, Answer.YES, Answer.NO, Answer.YES,
    ]  # fmt: skip


@pytest.mark.parametrize(("age", "expected"), [(0, "yes"), (90, "yes"), (91, "unknown")])
def test_a_note_is_forgotten_after_90_days(age: int, expected: str) -> None:
    found = noted("regulation", (note(TODAY - dt.timedelta(days=age)),), TODAY)
    assert (found.answer.value, found.date) == (expected, TODAY - dt.timedelta(days=age))


def test_the_newest_note_counts_and_none_of_tomorrow() -> None:
    notes = (
        note(TODAY - dt.timedelta(days=2), Answer.NO),
        note(TODAY - dt.timedelta(days=9)),
        note(TODAY + dt.timedelta(days=1)),
        note(TODAY, item="institutions"),
    )
    assert noted("regulation", notes, TODAY).answer is Answer.NO
    assert noted("regulation", (), TODAY).answer is Answer.UNKNOWN


def answers(found: RotationStatus) -> dict[str, str]:
    return {item.id: item.answer.value for item in found.checklist}


def word(flag: bool | None) -> str:
    return "unknown" if flag is None else "yes" if flag else "no"


def test_all_eight_items_in_their_order(timeline: Timeline) -> None:
    found = status(timeline, TODAY)
    assert [item.id for item in found.checklist] == list(ITEMS)
    assert len(ITEMS) == 8
    assert answers(found)["regulation"] == answers(found)["institutions"] == "unknown"
    assert answers(found)["leverage"] == "unknown"  # no open interest in the folder
    with_note = status(timeline, TODAY, (note(TODAY),))
    assert answers(with_note)["regulation"] == "yes"


def test_answers_of_many_days(made_timeline: Timeline) -> None:
    """Rungs, flows, leverage and sellers, in the words of section 8."""
    seen: dict[str, set[str]] = {}
    for row in range(300, len(made_timeline.days), 7):
        found = status(made_timeline, made_timeline.days[row].item())
        lit = {rung.id: rung.lit for rung in found.rungs}
        given = answers(found)
        assert given["liquidity"] == word(lit["liquidity"])
        assert given["credit"] == word(lit["credit"])
        assert given["small-caps"] == word(lit["small_caps"])
        flow = found.readings["etf_flow_20d"].usable
        assert given["etf-flows"] == word(None if flow is None else flow > 0)
        assert given["leverage"] == word(leverage_reset(made_timeline, row))
        since = made_timeline.signals.since_capitulation[row]
        if since <= 120:
            exhausted = made_timeline.signals.exhaustion[row]
            assert given["washed-out"] == word(None if np.isnan(exhausted) else exhausted == 1)
        for id, value in given.items():
            seen.setdefault(id, set()).add(value)
    for id in ("small-caps", "etf-flows", "leverage"):
        assert {"yes", "no"} <= seen[id], id


def test_sellers_of_long_ago_are_not_washed_out(timeline: Timeline) -> None:
    since = timeline.signals.since_capitulation
    rows = [row for row in range(len(since) - 4000, len(since), 29) if since[row] > 120]
    found = [answers(status(timeline, timeline.days[row].item())) for row in rows]
    assert len(rows) > 10
    assert {given["washed-out"] for given in found} == {"no"}


def leverage_reset(timeline: Timeline, row: int) -> bool | None:
    """Open interest ÷ cap at or below its 1-year median and |funding| at most 10 % a year."""
    funding = timeline.metrics["funding"].scored()[row]
    ratio = timeline.metrics["oi_cap"].scored()[row]
    if np.isnan(funding) or np.isnan(ratio):
        return None
    year = timeline.metrics["oi_cap"].value[max(row - 364, 0) : row + 1].tolist()
    middle = sorted(v for v in year if v == v)
    half = len(middle) // 2
    median = middle[half] if len(middle) % 2 else (middle[half - 1] + middle[half]) / 2
    return ratio <= median and abs(funding) <= 10
