"""The replay says of every day what a computation says that knew only what was known then."""

import json
import os
import random
from datetime import date, timedelta

import numpy as np
import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.replay import alerts_of, replay
from commands.snapshot import Snapshot
from feeds.files import read_folder
from rotation.market import Market
from rotation.timeline import Timeline, UnknownDayError

DAYS = int(os.environ.get("SPILLOVER_REPLAY_DAYS", "10"))
ALERTS = ("altseason above 60", "btc_30d below -10", "rut above 2000")


@pytest.fixture(scope="module")
def harvest(market_data):
    return read_folder(market_data)


def known_on(harvest, day):
    """A snapshot of the data as it was known on a day: nothing later was even released."""
    edge = np.datetime64(day)
    first = min(item.date.min() for item in harvest.observations if item.series == "RUT")
    market = Market(harvest.observations, harvest.listings, first=first, last=edge)
    return Snapshot(Timeline.of(market), source="then")


def test_random_days_are_the_same_from_what_was_known_then(harvest):
    whole = known_on(harvest, date(2026, 6, 30))
    dice = random.Random(11)
    span = (date(2026, 6, 30) - date(2015, 1, 1)).days
    days = [date(2015, 1, 1) + timedelta(days=dice.randrange(span)) for _ in range(DAYS)]
    told = 0
    for day in days:
        then = known_on(harvest, day)
        first = day - timedelta(days=6)
        assert list(replay(then, first, day)) == list(replay(whole, first, day)), day
        told += sum(len(said.told) for said in replay(then, first, day))
    assert told > 0


def test_a_replay_in_one_go_is_the_replay_of_its_days(sample):
    first, last = date(2025, 9, 1), date(2025, 12, 31)
    whole = list(replay(sample, first, last))
    assert [said.date for said in whole] == [first + timedelta(days=n) for n in range(122)]
    for said in whole[::17]:
        assert list(replay(sample, said.date, said.date)) == [said]


def test_thresholds_are_those_of_the_chats(sample):
    alerts = alerts_of(ALERTS, sample)
    lines = [text for said in replay(sample, date(2015, 1, 1), date(2026, 6, 30), alerts)
             for text in said.told if text.startswith("Threshold")]  # fmt: skip
    assert any("Altcoin season index" in text for text in lines)
    assert len(lines) == len(set(lines)) or len(lines) > 3


def test_the_command_prints_a_line_a_day_or_an_object(monkeypatch):
    run = CliRunner().invoke
    plain = run(main, ["replay", "2025-09-18", "2025-09-24", "--alert", "btc above 100k"])
    assert plain.exit_code == 0
    assert plain.output.startswith("2025-09-18 Spillover")
    assert "Breakout confirmed" in plain.output
    assert "Threshold 1: Bitcoin" in plain.output
    rows = run(main, ["replay", "2025-09-18", "2025-09-24", "--jsonl"]).output.splitlines()
    facts = [json.loads(row) for row in rows]
    assert [fact["date"][-2:] for fact in facts] == ["18", "19", "20", "21", "22", "23", "24"]
    assert facts[-1]["calls"][0]["replay"] is True
    bad = run(main, ["replay", "2025-09-18", "2025-09-24", "--alert", "btc sideways 3"])
    assert bad.exit_code == 2
    assert "no side" in bad.output
    assert run(main, ["replay", "1950-01-01", "1950-01-02"]).exit_code == 2


def test_days_without_a_decision_are_refused(sample):
    with pytest.raises(UnknownDayError):
        list(replay(sample, date(2025, 1, 1), date(2050, 1, 1)))
