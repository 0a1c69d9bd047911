"""From a line to values: names of several words, offers, and what is typed without a slash."""

import re

import pytest

from bot.render.telegram import spoken
from commands import REGISTRY, words
from commands.dispatch import request_of


def offered(reply):
    assert reply.failed, reply.headline
    return [button.command for button in reply.buttons]


@pytest.mark.parametrize(
    ("line", "plain"),
    [("/chart small caps", "/chart small_caps_score"),
     ("/chart net liquidity 5y", "/chart net_liquidity 5y"),
     ("/chart Bitcoin from its 200-day average max", "/chart btc_distance_200 max"),
     ("/chart net liquidity 2 years", "/chart net_liquidity 2y"),
     ("/chart mrs 18 months", "/chart mrs 18m"), ("/chart mrs 2years", "/chart mrs 2y"),
     ("/chart eth btc 1y", "/chart eth_btc 1y"), ("/chart liquidity", "/chart liquidity_score"),
     ("/chart majors", "/chart majors_score"), ("/chart alts 2y", "/chart alts_score 2y")],
)  # fmt: skip
def test_a_name_may_have_several_words(say, sample, line, plain):
    assert say(sample, line) == say(sample, plain)


def test_the_longest_name_is_taken(say, sample):
    assert "13-week change" in say(sample, "/chart net liquidity, 13-week change 5y").headline


@pytest.mark.parametrize(
    ("line", "offers"),
    [("/chart net liquidty 5y", "/chart net_liquidity 5y"),
     ("/chart net liquidity 5x", "/chart net liquidity 90d"),
     ("/alert net liquidty above 6tn", "/alert net_liquidity above 6tn"),
     ("/chart small capz 5y", "/chart small_caps_score 5y")],
)  # fmt: skip
def test_a_slip_in_a_name_of_several_words_keeps_what_follows(say, sample, line, offers):
    assert offers in offered(say(sample, line))


@pytest.mark.parametrize(
    ("line", "offers"),
    [("/alert btc 100k", ["/alert btc above 100k", "/alert btc below 100k"]),
     ("/alert btc 100k once", ["/alert btc above 100k once", "/alert btc below 100k once"]),
     ("/watch eth", ["/watch add eth"]),
     ("/history breakout 2021", ["/history breakout"]),
     ("/history early warning soon", ["/history early-warning"]),
     ("/forget maybe", ["/forget yes", "/forget no"]), ("/help foo", ["/help"]),
     ("/chart mrs 2y more", ["/chart mrs 2y"]),
     ("/explain foo", ["/explain breakout", "/explain mrs", "/explain metrics"]),
     ("/chart foo",
      ["/chart mrs", "/chart altseason", "/chart net_liquidity", "/explain metrics"])],
)  # fmt: skip
def test_offers(say, sample, line, offers):
    assert offered(say(sample, line)) == offers


def test_the_evidence_of_a_note_is_never_made_up_for_a_tap(say, sample):
    for line in ("/note", "/note institutions", "/note regulation yes"):
        assert offered(say(sample, line)) == ["/checklist"]


@pytest.mark.parametrize("line", ["/chart solana", "/alert sol above 200", "/chart $SOL 2y"])
def test_a_coin_is_no_number_but_can_be_watched(say, sample, line):
    reply = say(sample, line)
    assert "watch list" in reply.headline
    assert offered(reply) == ["/watch add SOL"]


@pytest.mark.parametrize(
    ("line", "offers"),
    [("altseason above 60", "/alert altseason above 60"),
     ("btc below 50k once", "/alert btc below 50k once"),
     ("net liquidity above 6tn", "/alert net liquidity above 6tn"),
     ("/altseason above 60", "/alert altseason above 60")],
)  # fmt: skip
def test_a_threshold_without_its_command_is_understood(say, sample, line, offers):
    assert offered(say(sample, line)) == [offers]


@pytest.mark.parametrize(
    ("line", "offers"),
    [("hello", "/rotation"), ("should i ask now", "/rotation"), ("help me!", "/help"),
     ("wie steht der markt?", "/rotation"), ("rotatoin", "/rotation"), ("rusell", "/russell"),
     ("fed or bitcoin", "/liquidity"), ("fed or bitcoin", "/crypto"), ("please stop", "/stop"),
     ("🙂", "/help"),
     ("alles löschen", "/forget")],
)  # fmt: skip
def test_plain_words_are_no_wrong_command(say, sample, line, offers):
    reply = say(sample, line)
    if line != "help me!":  # a command with a word too many
        assert reply.headline == "I answer commands, such as /rotation."
    assert offers in offered(reply)


@pytest.mark.parametrize(
    ("words", "line"),
    [("what is the price of bitcoin?", "/crypto"), ("will ALTCOINS follow", "/crypto"),
     ("?", "/help"), ("hilfe", "/help"), ("what about small-caps", "/russell"),
     ("fed", "/liquidity"), ("is it alt season", "/crypto"), ("what is a rung?", "/explain rung"),
     ("What does MRS mean?", "/explain mrs"), ("yesterday", "/rotation yesterday"),
     ("2025-09-18", "/rotation 2025-09-18")],
)  # fmt: skip
def test_a_plain_question_about_one_thing_is_answered(say, sample, words, line):
    assert say(sample, words) == say(sample, line)


def test_words_of_the_language_count_too(say, sample):
    answer = say(sample, "wie ist die Liquidität?", locale="de")
    assert answer == say(sample, "/liquidity", locale="de")


@pytest.mark.parametrize(
    ("line", "offers"),
    [("/timezone berlin", ["/settings timezone berlin"]), ("/quiet 22-7", ["/settings quiet 22-7"]),
     ("/erase", ["/forget"]), ("/eth", ["/crypto"]), ("/notify btc", ["/help note"]),
     ("/xyzzy", ["/help"])],
)  # fmt: skip
def test_an_unknown_command_offers_nothing_that_changes_anything(say, sample, line, offers):
    assert offered(say(sample, line)) == offers


def test_with_a_slash_it_was_meant_as_a_command(say, sample):
    assert say(sample, "/what is this").headline == "There is no command “/what”."


def test_only_words_without_a_slash_are_plain():
    assert request_of("rotation").plain
    assert not request_of(" /rotation").plain
    assert not request_of("").plain


def test_what_a_direct_chat_on_telegram_hands_over_keeps_whether_there_was_a_slash():
    for text in ("what is up", "/what is up"):
        heard = spoken(text, "spillover_bot", REGISTRY, direct=True)
        assert request_of(heard).plain is (text[0] != "/")
    assert spoken("what is up", "spillover_bot", REGISTRY, direct=False) is None


GERMAN = {
    "greater": "größer", "than": "als", "when": "wenn", "once": "einmal", "for": "für",
    "silent": "lautlos", "days": "Tage", "years": "Jahre", "edit": "ändern", "add": "hinzufügen",
    "and": "und", "last": "letzten", "weekdays": "werktags", "from": "von", "to": "bis",
}  # fmt: skip


@pytest.mark.parametrize(
    ("german", "english"),
    [("/alert btc größer als 100k", "/alert btc > 100k"),
     ("/alert wenn btc über 100k einmal", "/alert btc above 100k once"),
     ("/alert btc unter 10k für 30 Tage, lautlos", "/alert btc below 10k for 30d silent"),
     ("/alerts ändern 1", "/alerts edit 1"), ("/digest 8 uhr werktags", "/digest 8 weekdays"),
     ("/settings quiet von 22 bis 7 uhr", "/settings quiet 22-7"),
     ("/watch hinzufügen btc und sol", "/watch add btc sol"),
     ("/rotation letzten Freitag", "/rotation friday"), ("/chart mrs 2 jahre", "/chart mrs 2y")],
)  # fmt: skip
def test_words_of_the_catalogue_are_understood(talk, monkeypatch, german, english):
    for word, translated in GERMAN.items():
        monkeypatch.setitem(words._catalogue("de")._catalog, word, translated)
    talk("/alert mrs above 1")
    first = talk(german, locale="de")
    assert not first.failed, first.headline
    talk("/alert mrs above 1")
    again = talk(english, locale="de").headline.replace(" ist geändert", "")
    assert re.sub(r"\d+", "n", first.headline) == re.sub(r"\d+", "n", again)


def test_values_of_a_form_are_each_for_one_option(say, sample):
    shown = say(sample, "/chart", filled=("Net liquidity", "2 y"))
    assert shown == say(sample, "/chart net_liquidity 2y")
    assert say(sample, "/chart net_liquidity", filled=("",)) == say(sample, "/chart net_liquidity")
