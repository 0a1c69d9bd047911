"""The German catalogue: complete, compiled, the same placeholders, no promise; and what it makes
of the answers.
"""

import asyncio
import contextvars
import datetime as dt
import re
from dataclasses import replace
from string import Formatter

import pytest
from babel.messages.mofile import read_mo

from bot.desk import Desk
from bot.render.text import text
from commands import COMMANDS, words
from commands.dispatch import request_of
from commands.levels import LEVEL, typed
from commands.registry import CommandError
from commands.wall_clock import days_of
from storage.database import Database
from tests import translations

NBSP = "\N{NO-BREAK SPACE}"
NOW = dt.datetime(2026, 7, 1, 9, 30)
FORBIDDEN = re.compile(
    r"\b(kursziele?|kaufen?|kaufst|kauft|gekauft|verkaufen?|verkaufst|verkauft|garantiert\w*|"
    r"garantie|unvermeidlich\w*|zwangsläufig\w*|sicherer gewinn|target|buy|sell)\b"
    r"|\b(wird|werden)\b[^.;]*\b(steigen|fallen|explodieren|folgen)\b",
    re.IGNORECASE,
)
LINES = sorted({e for command in COMMANDS for e in (f"/{command.name}", *command.examples)})


@pytest.fixture(scope="module")
def german():
    (path,) = [path for path in translations.catalogues() if path.parts[-3] == "de"]
    return translations.read(path)


@pytest.fixture
def speaking():
    """German for one call: ``speaking(words.number, 1.5, 1)``."""

    def call(function, *args, **options):
        def run():
            words.speak("de")
            return function(*args, **options)

        return contextvars.copy_context().run(run)

    return call


def pairs(catalogue):
    """Each form with its translation."""
    for message in catalogue:
        if isinstance(message.id, str):
            yield from ([(message.id, message.string)] if message.id else ())
        else:
            yield from ((message.id[min(n, 1)], form) for n, form in enumerate(message.string))


def fields(sentence):
    return sorted({(name, spec) for _, name, spec, _ in Formatter().parse(sentence) if name})


# the catalogue


def test_the_compiled_catalogue_is_that_of_the_text(german):
    path = translations.LOCALES / "de" / "LC_MESSAGES" / "spillover.mo"
    with path.open("rb") as file:
        kept = dict(pairs(read_mo(file)))
    assert kept == dict(pairs(german))


def test_every_sentence_of_the_code_is_in_the_catalogue_and_almost_all_in_german(german):
    path = translations.LOCALES / "de" / "LC_MESSAGES" / "spillover.po"
    now = translations.updated(path)
    missing = translations.untranslated(now)
    assert len(missing) <= 0.05 * len(now), missing
    assert not [message.id for message in german if message.fuzzy and message.id]


def test_placeholders_are_the_same(german):
    for english, translation in pairs(german):
        if translation:
            assert fields(translation) == fields(english), translation


def test_plurals_have_two_forms_and_a_space_at_an_end_stays(german):
    for message in german:
        if not isinstance(message.id, str):
            assert len(message.string) == 2, message.id
    for english, translation in pairs(german):
        for end in (slice(0, 1), slice(-1, None)):
            assert (english[end] == " ") == (translation[end] == " "), translation
        assert english.startswith(", ") == translation.startswith(", "), translation


def test_no_sentence_promises_or_advises_and_none_is_formal(german):
    for _english, translation in pairs(german):
        assert not FORBIDDEN.search(translation), translation
        assert not re.search(r"\b(Ihnen|Ihrem|Sie (können|haben|möchten))\b", translation)
        assert '"' not in translation, translation


def test_the_forbidden_words_are_found():
    for bad in ("Das Kursziel liegt bei 5.", "Jetzt kaufen!", "BTC wird bald steigen."):
        assert FORBIDDEN.search(bad)


# numbers, dates, units


@pytest.mark.parametrize(
    ("value", "decimals", "sign", "shown"),
    [(2442.74, 2, False, "2.442,74"), (-4.04, 1, False, "−4,0"), (7.9, 1, True, "+7,9"),
     (-0.04, 1, True, "+0,0"), (1e6, 0, False, "1.000.000"), (12, 0, False, "12")],
)  # fmt: skip
def test_number(speaking, value, decimals, sign, shown):
    assert speaking(words.number, value, decimals, sign=sign) == shown


def test_money_units_and_dates(speaking):
    assert speaking(words.money, 5.7729e12) == f"5,77{NBSP}Bio.{NBSP}USD"
    assert speaking(words.money, -9.5e9, sign=True) == f"−9,50{NBSP}Mrd.{NBSP}USD"
    assert speaking(words.money, 2e8) == f"200{NBSP}Mio.{NBSP}USD"
    assert speaking(words.money, 0.0564) == f"0,0564{NBSP}USD"
    assert speaking(words.percent, 4.25) == f"4,2{NBSP}%"
    assert speaking(words.amount, -0.01, "pp", 2) == f"−0,01{NBSP}PP"
    assert speaking(words.amount, 73.4, "points", 1) == f"73,4{NBSP}Punkte"
    assert speaking(words.amount, 42, "pctl", 0) == "42 von 100"
    assert speaking(words.amount, None, "%", 0) == f"k.{NBSP}A."
    day = dt.date(2025, 9, 26)
    assert speaking(words.day, day) == "26. Sep 2025"
    assert speaking(words.day, day, day) == "26. Sep"
    assert (speaking(words.month, day), speaking(words.weekday, day)) == ("Sep 2025", "Fr")
    assert speaking(words.listed, ["a", "b", "c"]) == "a, b und c"


def test_english_stays_as_it_is_beside_it(speaking):
    speaking(words.number, 1234.5, 1)
    assert words.number(1234.5, 1) == "1,234.5"
    assert words.day(dt.date(2025, 9, 26)) == "26 Sep 2025"


# what is typed


@pytest.mark.parametrize(
    ("written", "value"),
    [("1.234,5", 1234.5), ("0,5", 0.5), ("50.000", 50_000), ("1.234.567", 1_234_567), ("1.5", 1.5),
     ("-1,25", -1.25), ("0.500", 0.5), ("50000", 50_000), ("1,2340", 1.234), ("5,5 Mrd", 5.5e9),
     ("$1,2 Bio.", 1.2e12), ("100k", 1e5), ("12,5 %", 12.5), ("0,125", 0.125), ("50'000", 50_000)],
)  # fmt: skip
def test_a_german_number_is_read_as_germans_write_it(speaking, written, value):
    assert speaking(LEVEL.parse, written, None) == value


def test_a_number_that_could_be_two_is_asked_back(speaking):
    with pytest.raises(CommandError) as asked:
        speaking(LEVEL.parse, "50,000", None)
    assert [button.command for button in asked.value.buttons] == ["50000", "50,0000"]
    assert [speaking(LEVEL.parse, text, None) for text in ("50000", "50,0000")] == [50_000, 50]


@pytest.mark.parametrize("written", ["1,2,3", "1.2.3", "50,000.5", "1.23,4.5", "lots", ""])
def test_what_is_no_number_is_none(speaking, written):
    with pytest.raises(CommandError):
        speaking(LEVEL.parse, written, None)


@pytest.mark.parametrize(("written", "value"), [("1.234", 1.234), ("50,000", 50_000)])
def test_english_reads_the_same_marks_the_other_way(written, value):
    assert LEVEL.parse(written, None) == value


@pytest.mark.parametrize("value", [60, -5, 1.234, 0.5, 1234.5, 1e6, 123456.75, -2.125, 5e12])
def test_what_a_form_shows_is_read_back(speaking, value):
    assert speaking(lambda: LEVEL.parse(typed(value), None)) == value
    assert LEVEL.parse(typed(value), None) == value


def test_weekdays_in_both_languages(speaking):
    assert speaking(days_of, "mo,mi") == days_of("mon,wed") == speaking(days_of, "mon wed")
    assert speaking(days_of, "Montag-Freitag") == days_of("weekdays")
    with pytest.raises(CommandError):
        days_of("mittwoch")


@pytest.mark.parametrize(
    ("german", "english"),
    [("/rotation gestern", "/rotation yesterday"), ("/history heute", "/history today"),
     ("/explain kapitulation", "/explain capitulation"),
     ("/chart nettoliquidität", "/chart net_liquidity"),
     ("/history small-cap-führung", "/history small-cap-lead"), ("/digest jetzt", "/digest now")],
)  # fmt: skip
def test_german_words_mean_the_same(say, sample, german, english):
    assert text(say(sample, german, locale="de")) == text(say(sample, english, locale="de"))


# answers


@pytest.fixture
def asked_in(sample, tmp_path):
    """The reply to a line in a language, in a chat of its own."""

    def ask(line, locale="de"):
        with Database(tmp_path / f"{locale}.db") as store:
            desk = Desk(replace(sample, version="1.2.3"), store=store, now=lambda: NOW)
            try:
                facts = {"chat": "telegram:42", "user": "42", "locale": locale}
                return asyncio.run(desk.answer(request_of(line, **facts)))
            finally:
                desk.close()

    return ask


@pytest.mark.parametrize(
    "line",
    ["/rotation", "/russell", "/history", "/record", "/settings", "/help", "/digest now",
     "/liquidity", "/crypto", "/checklist", "/alert btc unter 50.000"],
)  # fmt: skip
def test_german_answers(asked_in, snapshot, line):
    reply = asked_in(line)
    assert reply.language == "de"
    assert text(reply) == snapshot


@pytest.mark.parametrize("line", LINES)
def test_an_answer_fits_where_the_english_one_does(asked_in, line):
    english, german = text(asked_in(line, "en")), text(asked_in(line))
    assert len(german) <= max(900, len(english)), german
    assert not FORBIDDEN.search(german)
    assert "None" not in german


def test_any_day_fits_a_phone(say, real):
    first, span = dt.date(2015, 1, 1), (real.timeline.last - dt.date(2015, 1, 1)).days
    for n in range(0, span, 97):
        for command in ("/rotation", "/russell", "/liquidity", "/crypto"):
            reply = say(real, f"{command} {first + dt.timedelta(days=n)}", locale="de")
            assert len(text(reply)) <= 900, text(reply)
            assert reply.footer.startswith("Stand "), reply.footer


def test_every_sentence_of_an_answer_is_in_the_catalogue(asked_in, german, monkeypatch):
    """What reaches gettext has been marked, but for names."""
    asked = set()
    spoken = words._catalogue("de")
    real = spoken.gettext
    monkeypatch.setattr(spoken, "gettext", lambda text: (asked.add(text), real(text))[1])
    for line in LINES:
        asked_in(line)
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in german}
    assert asked - known <= {"BTC", "ETH", "na", "p", "k. a.", "k.a."}


def test_a_chat_is_answered_in_its_language_from_the_change_on(talk):
    assert talk("/settings language de").headline == "Sprache: Deutsch."
    assert talk("/rotation").language == "de"
    assert talk("/settings sprache en").headline == "Language: English."
    assert talk("/rotation", locale="de").footer.startswith("As of ")


def test_what_a_platform_adds_is_in_the_language_of_the_chat(talk):
    def of(locale):
        reply = talk("/rotation", locale=locale)
        words.speak(reply.language)
        return text(reply)

    talk("/settings language de")
    assert "BEISPIELDATEN" in contextvars.copy_context().run(of, "en")
