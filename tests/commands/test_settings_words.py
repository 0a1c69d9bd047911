"""Settings, times and days as people write them."""

import pytest

from commands.wall_clock import minute_of, span_of
from storage.chats import chat_of


def offered(reply):
    assert reply.failed, reply.headline
    return [button.command for button in reply.buttons]


@pytest.mark.parametrize(
    ("text", "span"),
    [("22:00-07:00", (1320, 420)), ("22-7", (1320, 420)), ("22:00 7:00", (1320, 420)),
     ("from 10pm to 7am", (1320, 420)), ("10 pm – 7 am", (1320, 420)),
     ("22h30 until 6h", (1350, 360)),
     ("between 22 and 6", (1320, 360)), ("22 Uhr 6 Uhr", (1320, 360)), ("22.30−6.15", (1350, 375)),
     ("lala", None), ("22", None), ("22-22", None), ("25:00-7:00", None), ("1-2-3", None),
     ("22 or 7", None), ("", None), ("0700", None), ("2200", None), ("9.5", None), ("22:5", None)],
)  # fmt: skip
def test_a_span_of_the_day(text, span):
    assert span_of(text) == span


def test_a_time_in_german():
    assert minute_of("8 Uhr") == minute_of("8:00") == 480


def test_quiet_hours_are_understood_and_kept(talk):
    assert talk("/settings quiet from 10pm to 7am").headline == "Quiet hours: 22:00–07:00."
    with talk.store.reading() as db:
        assert chat_of(db, "telegram:1").quiet == (1320, 420)


@pytest.mark.parametrize(
    ("line", "offers"),
    [("/settings foo bar", ["/settings"]), ("/settings foo", ["/settings"]),
     ("/settings evnts bar", ["/settings events"]), ("/settings evnts", ["/settings events"])],
)  # fmt: skip
def test_a_setting_that_is_guessed_keeps_no_value(talk, line, offers):
    assert offered(talk(line)) == offers


@pytest.mark.parametrize(
    ("line", "offer"),
    [("/settings Deutsch", "/settings language de"), ("/settings dark", "/settings theme dark"),
     ("/settings Berlin", "/settings timezone Europe/Berlin")],
)  # fmt: skip
def test_a_value_without_its_setting_is_known_by_its_choices(talk, line, offer):
    assert offered(talk(line)) == [offer]
    assert not talk(offer).failed


def test_kinds_of_events_show_how_they_stand_and_can_be_changed_one_after_the_other(talk):
    labels = [button.label for button in talk("/settings kinds breakout off").buttons]
    assert "✗ breakouts" in labels
    assert "✓ phases" in labels


def test_an_offset_is_asked_back_and_a_tap_on_a_city_works(talk):
    reply = talk("/settings timezone UTC+2")
    assert "summer time" in reply.headline
    for line in offered(reply):
        assert talk(line).headline.startswith("Time zone: ")


def test_a_language_by_its_own_name(talk):
    assert talk("/settings language Deutsch").headline == "Sprache: Deutsch."


def test_words_of_settings_in_the_language_of_the_chat(talk):
    talk("/settings language de")
    for line, kept in (("/settings events an", "on"), ("/settings ereignisse aus", "off")):
        assert not talk(line).failed
        with talk.store.reading() as db:
            assert chat_of(db, "telegram:1").events == kept
