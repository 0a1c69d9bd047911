"""German on the platforms and on pictures: everything fits its place."""

import asyncio
import contextvars
import datetime as dt
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.desk import Desk
from bot.render import scales, telegram
from bot.render.chart import Theme, figure
from bot.render.discord_commands import published
from commands import COMMANDS, REGISTRY, words
from commands.dispatch import request_of
from storage.database import Database
from tests.bot.render.test_chart import assert_legible, texts
from tests.bot.render.test_every_answer import as_discord, as_telegram

NOW = dt.datetime(2026, 7, 1, 9, 30)
LINES = sorted({e for command in COMMANDS for e in (f"/{command.name}", *command.examples)})
PICTURES = [
    "/rotation", "/rotation 2025-09-26", "/russell", "/russell 2025-09-26", "/liquidity", "/crypto",
    "/history", "/history early-warning", "/history phase-small-cap-lead", "/history 2025-09-22",
    "/explain lag", "/record", "/chart net_liquidity 1y", "/chart rs_slope 6m", "/chart btc max",
    "/chart iwm_creations 90d", "/chart stablecoins_30d_pct 2y", "/chart mortgage_spread 5y",
]  # fmt: skip


def in_german(function, *args):
    """Called with German as the language of the context."""

    def run():
        words.speak("de")
        return function(*args)

    return contextvars.copy_context().run(run)


@pytest.fixture
def answered(sample, tmp_path):
    def ask(line):
        with Database(tmp_path / "store.db") as store:
            desk = Desk(replace(sample, version="1.2.3"), store=store, now=lambda: NOW)
            try:
                request = request_of(line, chat="telegram:42", user="42", locale="de-DE")
                return asyncio.run(desk.answer(request))
            finally:
                desk.close()

    return ask


@pytest.mark.parametrize("line", LINES)
def test_every_german_answer_fits_both_platforms(answered, line):
    reply = answered(line)
    assert reply.language == "de"
    shown = in_german(as_telegram, reply)
    assert not reply.sample or "BEISPIELDATEN" in shown
    in_german(as_discord, reply)


@pytest.mark.parametrize("line", PICTURES)
@pytest.mark.parametrize("theme", list(Theme))
def test_german_words_fit_a_picture(answered, line, theme):
    reply = answered(line)
    assert reply.chart is not None
    drawn = in_german(figure, reply.chart, theme)
    assert_legible(drawn)
    assert not [text.get_text() for text in texts(drawn) if text.get_text().endswith("…")]


def test_numbers_on_a_picture():
    def of(value, unit, **axis):
        return in_german(lambda: scales.number(value, unit, **axis))

    assert of(5.79e12, "USD") == "5,79\u202fBio."
    assert of(-317e6, "USD") == "−317\u202fMio."
    assert of(75_100, "USD") == "75,1k"
    assert of(9_999, "USD") == "9.999"
    assert of(-0.25, "pp") == "−0,25\u202fPP"
    assert of(1234.5, "%") == "1.234\u202f%"
    assert of(0.05, "ratio", step=0.025, peak=0.05) == "0,050"
    days = in_german(scales.day_ticks, dt.date(2025, 2, 3), dt.date(2025, 8, 3), "de")
    assert [tick.label for tick in days] == ["Mär 2025", "Apr", "Mai", "Jun", "Jul", "Aug"]


def test_discord_shows_german_names_and_summaries():
    for command in published(REGISTRY, words.languages()[1:]):
        assert command["description_localizations"].keys() == {"de"}, command["name"]
        for item in (command, *command["options"]):
            for text in item["description_localizations"].values():
                assert 1 <= len(text) <= 100
                assert not text.endswith("…"), "cut"
            for name in item["name_localizations"].values():
                assert re.fullmatch(r"[-_\w]{1,32}", name)
                assert name == name.lower()
    assert len(json.dumps(published(REGISTRY, words.languages()[1:]))) < 8 * 8000


def test_telegram_has_a_german_menu():
    menu = dict(telegram.menu(COMMANDS, "de"))
    assert menu["rotation"].startswith("Wo Kapital auf dem Weg")
    assert max(map(len, menu.values())) <= 256
    assert words.languages() == ("en", "de")


@pytest.fixture
def run(tmp_path):
    def process(*args, language, typed=""):
        done = subprocess.run(
            [sys.executable, "-m", "bot", *args], capture_output=True, text=True, timeout=120,
            cwd=Path(__file__).resolve().parents[3], check=False, input=typed,
            env={**os.environ, "SPILLOVER_LANGUAGE": language,
                 "SPILLOVER_STORE": str(tmp_path / "none.db")},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return process


def test_the_command_line_speaks_german(run, tmp_path):
    shown = run("ask", "/rotation", "--image", str(tmp_path / "de.png"), language="de")
    assert "von 6 Stufen aktiv" in shown
    assert "BEISPIELDATEN · Stand " in shown
    assert "SAMPLE DATA" not in shown
    assert "SAMPLE DATA · As of " in run("ask", "/rotation", language="en")


def test_the_console_speaks_german(run):
    shown = run("console", language="de", typed="/russell\n")
    assert "BEISPIELDATEN · Stand " in shown
    assert "Bild: " in shown
    assert "SAMPLE DATA" not in shown
