"""Answers on real data: known days word by word, and hundreds of days by their shape."""

import datetime as dt
import random
import re

import pytest

from bot.render.text import text
from rotation.day import status
from tests.invariants import FORBIDDEN

GOLDEN = [
    ("/rotation", "2015-08-24"), ("/rotation", "2017-12-18"), ("/rotation", "2020-03-18"),
    ("/rotation", "2021-11-09"), ("/rotation", "2025-10-20"), ("/rotation", "2026-01-16"),
    ("/russell", "2021-11-29"), ("/russell", "2025-09-26"), ("/liquidity", "2022-09-30"),
    ("/crypto", "2024-12-05"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "day"), GOLDEN)
def test_answers_of_known_days(say, real, snapshot, command, day):
    assert text(say(real, f"{command} {day}")) == snapshot


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2025-09-26", ["Breakout in retest", "2,442.74", "8 Nov 2021", "base of 968 sessions",
                        "attempt 18 Sep", "confirmed 22 Sep", "retest from 23 Sep"]),
        ("2026-01-16", ["base too short", "Continuation high 8 Jan", "window expired 22 Dec 2025",
                        "+7.9 % this year", "normal 0.82×", "average 100 %"]),
        ("2020-11-20", ["Breakout confirmed", "attempt 13 Nov", "confirmed 17 Nov"]),
        ("2021-11-05", ["Breakout confirmed", "attempt 2 Nov", "confirmed 4 Nov"]),
        ("2021-11-29", ["failed today", "confirmed 4 Nov", "failed 29 Nov"]),
        ("2021-12-10", ["No breakout", "confirmed 4 Nov", "failed 29 Nov"]),
    ],
)  # fmt: skip
def test_the_russell_on_the_days_of_the_story(say, real, day, says):
    shown = text(say(real, f"/russell {day}")).replace("\N{NO-BREAK SPACE}", " ")
    for words in says:
        assert words in shown


@pytest.fixture(scope="module")
def days(real):
    pick = random.Random(20260822)
    first = dt.date(2015, 1, 1)
    span = (real.timeline.last - first).days
    return [first + dt.timedelta(days=pick.randrange(span + 1)) for _ in range(200)]


@pytest.mark.parametrize("command", ["/rotation", "/russell", "/liquidity", "/crypto"])
def test_any_day_fits_a_phone_and_tells_its_age(say, real, days, command):
    for day in days:
        reply = say(real, f"{command} {day}")
        shown = text(reply)
        assert not reply.failed, shown
        assert len(shown) <= 900, f"{len(shown)} characters on {day}: {shown}"
        assert len(reply.lines) <= 6
        assert reply.footer.startswith("As of ")
        assert "crypto" in reply.footer
        assert not re.search(rf"\b({'|'.join(FORBIDDEN)})\b", shown, re.IGNORECASE), shown
        assert "None" not in shown
        assert "nan" not in shown.split()


def test_a_signal_line_carries_its_record(say, real, days):
    for day in days:
        shown = text(say(real, f"/rotation {day}"))
        assert "Record of confirmed breakouts since 2014: " in shown
        assert "any day" in shown or "after any day" in shown


def test_nine_of_ten_days_score_at_least_four_rungs(real, days):
    scored = [status(real.timeline, day).scored for day in days]
    assert sum(n >= 4 for n in scored) >= 0.9 * len(days)


def test_at_a_past_date_no_later_outcome_is_shown(real, days):
    for day in days:
        for record in status(real.timeline, day).records.values():
            for outcome in record.outcomes:
                assert outcome.event <= day
                assert (outcome.gain is None) == (outcome.matures > day)
