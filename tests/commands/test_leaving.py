"""How a chat stops what comes of its own accord, takes things back and erases itself."""

import datetime as dt

import pytest

from storage.alerts import alerts_of
from storage.chats import OFF, chat_of
from storage.deliveries import BROADCAST, Message, post
from storage.digests import digest_of
from storage.notes import notes_of
from storage.watches import watched

A = "telegram:1"


def kept(talk, read):
    with talk.store.reading() as db:
        return read(db)


def offered(reply):
    return [button.command for button in reply.buttons]


def test_one_word_stops_all_that_comes_and_keeps_what_was_set(talk):
    talk("/digest 18:30")
    talk("/settings events on")
    talk("/alert altseason above 60")
    talk("/watch add ETH")
    reply = talk("/stop")
    assert reply.headline == "Nothing comes of its own accord any more."
    assert list(reply.lines) == ["The digest is off.", "Events are off.", "1 threshold is paused."]
    assert not kept(talk, lambda db: digest_of(db, chat=A)).wanted
    assert kept(talk, lambda db: chat_of(db, A)).events == OFF
    assert all(item.paused for item in kept(talk, lambda db: alerts_of(db, chat=A)))
    assert kept(talk, lambda db: watched(db, chat=A))
    assert "18:30" in talk("/digest on").headline
    for line in offered(reply):
        assert not talk(line).failed


def test_a_chat_to_which_nothing_comes_keeps_nothing_by_stopping(talk):
    assert not talk("/stop").failed
    assert talk("/forget").headline == "Nothing is kept of this chat."


@pytest.mark.parametrize("word", ["stop", "pause", "no", "never", "unsubscribe", "off"])
def test_every_word_for_it_turns_the_digest_off(talk, word):
    talk("/digest 08:00")
    assert talk(f"/digest {word}").headline == "The digest is off."


@pytest.mark.parametrize(
    "line", ["/digest monthly", "/digest saturn", "/digest 25 Uhr", "/digest x"]
)
def test_what_is_no_time_sets_none_and_every_offer_works(talk, line):
    reply = talk(line)
    assert reply.failed
    assert not kept(talk, lambda db: digest_of(db, chat=A)).wanted
    for offer in offered(reply):
        assert not talk(offer).failed


def test_german_days_are_known_by_their_names_alone(talk):
    assert talk("/digest mittags", locale="de").failed
    assert talk("/digest montags um 9", locale="de").headline.endswith("Mo.")


def test_a_note_can_be_taken_out(talk):
    talk("/note regulation yes stablecoin act signed, congress.gov")
    assert kept(talk, lambda db: notes_of(db, chat=A))
    assert talk("/note regulation delete").headline == "The note is taken out: Regulatory clarity."
    assert not kept(talk, lambda db: notes_of(db, chat=A))
    assert talk("/note regulation undo").headline == "There is no note: Regulatory clarity."


@pytest.mark.parametrize("evidence", ["", " because", " delete"])
def test_a_word_alone_is_no_evidence(talk, evidence):
    assert talk(f"/note regulation no{evidence}").failed
    assert not kept(talk, lambda db: notes_of(db, chat=A))


def test_to_erase_can_be_called_off_and_the_data_taken_along(talk):
    talk("/watch add ETH")
    asked = talk("/forget")
    assert offered(asked) == ["/forget yes", "/export chat", "/forget no"]
    assert talk("/forget no").headline == "Nothing is erased."
    assert kept(talk, lambda db: watched(db, chat=A))


def test_the_watch_list_is_cleared_after_a_question(talk):
    talk("/watch add BTC ETH")
    for line in ("/watch clear", "/watch remove all"):
        assert offered(talk(line)) == ["/watch clear yes", "/watch list"]
    assert len(kept(talk, lambda db: watched(db, chat=A))) == 2
    talk("/watch clear yes")
    assert not kept(talk, lambda db: watched(db, chat=A))
    assert "empty" in talk("/watch clear").headline


# thresholds


@pytest.fixture
def three(talk):
    for level in (60, 70, 80):
        talk(f"/alert altseason above {level}")
    return talk


def ids(talk, paused=None):
    found = kept(talk, lambda db: alerts_of(db, chat=A))
    return [item.id for item in found if paused is None or bool(item.paused) is paused]


def test_several_thresholds_at_once(three):
    assert three("/alerts pause 1 and 3").headline == "Thresholds 1 and 3 are paused."
    assert ids(three, paused=True) == [1, 3]
    assert three("/alerts resume all").headline == "Thresholds 1, 2 and 3 run."
    assert ids(three, paused=True) == []
    assert three("/alerts delete 1, #2").headline == "Thresholds 1 and 2 are deleted."
    assert ids(three) == [3]
    assert three("/alerts delete 3 4").failed
    assert ids(three) == [3], "all of them or none"


def test_all_are_deleted_after_a_question(three):
    assert offered(three("/alerts delete all")) == ["/alerts delete all yes", "/alerts"]
    assert ids(three) == [1, 2, 3]
    three("/alerts delete all yes")
    assert ids(three) == []
    assert three("/alerts delete all").failed


@pytest.mark.parametrize(
    "line",
    ["/alert btc above 90k", "/alert mrs below -2.5 once silent margin 3 readings 1 cooldown 12h",
     "/alert net_liquidity above 6.5tn for 30d"],
)  # fmt: skip
def test_one_that_was_deleted_can_be_put_back(talk, line):
    talk(line)
    (before,) = kept(talk, lambda db: alerts_of(db, chat=A))
    (back, *_) = offered(talk("/alerts delete 1"))
    assert not talk(back).failed
    (after,) = kept(talk, lambda db: alerts_of(db, chat=A))
    assert (after.rule, after.once, after.silent) == (before.rule, before.once, before.silent)
    assert (after.expires is None) is (before.expires is None)


def test_what_a_second_line_changes_is_said(talk):
    talk("/alert btc above 90k once")
    assert talk("/alert btc above 90k").headline.startswith("Threshold 1 is changed: ")
    talk("/alerts pause 1")
    assert talk("/alerts edit 1 95k").headline.startswith("Threshold 1 runs: ")


def test_terms_are_shown_where_one_is_looked_at(talk):
    talk("/alert mrs above 0 once readings 1 cooldown 12h")
    shown = " ".join(talk("/alerts 1").lines)
    assert "1 reading" in shown
    assert "12 h" in shown
    assert "Once" in shown
    assert "(once)" in talk("/alerts").lines[0]


def test_an_example_lies_beyond_the_level(talk):
    talk("/alert btc above 120k")
    assert "126,000 USD, above 120,000 USD" in talk("/alerts test 1").headline.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("line", "offers"),
    [("/alert net liquidity below 5800", ["/alert net_liquidity below 5800bn"]),
     ("/alert fed assets above 7", ["/alert fed_assets above 7tn"]),
     ("/alert bitcoin over 100.000", ["/alert btc_close above 100k"]),
     ("/alert altseason above 150", ["/alert altseason_index above 90"])],
)  # fmt: skip
def test_a_level_that_cannot_be_meant_is_asked_back(talk, line, offers):
    assert offered(talk(line)) == offers
    for offer in offers:
        assert not talk(offer).failed


def test_a_level_that_cannot_be_meant_changes_no_threshold(talk):
    talk("/alert btc above 90k")
    assert talk("/alerts edit 1 99").failed
    (same,) = kept(talk, lambda db: alerts_of(db, chat=A))
    assert same.rule.level == 90_000


@pytest.mark.parametrize(
    ("line", "level", "locale"),
    [("/alert net liquidity above 6 trillion", 6e12, "en"),
     ("/alert net liquidity above 6.2t", 6.2e12, "en"),
     ("/alert fed assets below 6500 billion", 6.5e12, "en"),
     ("/alert net liquidity über 6 Billionen", 6e12, "de"),
     ("/alert fed assets unter 6500 Milliarden", 6.5e12, "de"),
     ("/alert bitcoin steigt über 70 Tausend", 70_000, "de")],
)  # fmt: skip
def test_words_for_large_numbers(talk, line, level, locale):
    assert not talk(line, locale=locale).failed
    (alert,) = kept(talk, lambda db: alerts_of(db, chat=A))
    assert alert.rule.level == pytest.approx(level)


# kinds of events


def muted(talk):
    return sorted(kept(talk, lambda db: chat_of(db, A)).muted)


def test_kinds_by_lists_all_and_none(talk):
    talk("/settings kinds all off")
    assert len(muted(talk)) == 9
    talk("/settings kinds only breakouts, phases")
    assert "breakout" not in muted(talk)
    assert len(muted(talk)) == 7
    talk("/settings kinds heat and rungs on")
    assert len(muted(talk)) == 5
    talk("/settings kinds -heat")
    assert "heat" in muted(talk)
    talk("/settings kinds all")
    assert muted(talk) == []
    for bad in ("/settings kinds", "/settings kinds breakout"):
        talk(bad)
        assert muted(talk) == []


# what a review has found


def test_what_waits_for_the_chat_does_not_come_after_a_stop(talk):
    message = Message(A, BROADCAST, "1", {"text": "hello"})

    def waiting(db):
        return db.execute("SELECT count(*) FROM deliveries WHERE done_at IS NULL").fetchone()[0]

    talk("/digest 08:00")
    talk.store.write(lambda db: post(db, [message], dt.datetime(2026, 7, 1))).result()
    assert kept(talk, waiting) == 1
    talk("/stop")
    assert kept(talk, waiting) == 0


@pytest.mark.parametrize("line", ["/subscribe", "/shop", "subscribe"])
def test_a_slip_never_offers_to_stop_everything_by_a_tap(talk, line):
    assert "/stop" not in offered(talk(line))


@pytest.mark.parametrize("line", ["who are you?", "events today?", "theme park"])
def test_a_question_is_no_setting(talk, line):
    assert not [offer for offer in offered(talk(line)) if offer.startswith("/settings")]


@pytest.mark.parametrize("rest", ["but 1", "yes please", "of them"])
def test_all_but_some_are_not_all(three, rest):
    assert three(f"/alerts pause all {rest}").headline == "Which threshold?"
    assert ids(three, paused=True) == []


def test_help_of_a_note_changes_none(talk):
    talk("/note regulation yes stablecoin act signed, congress.gov")
    for offer in offered(talk("/help note")):
        talk(offer)
    assert kept(talk, lambda db: notes_of(db, chat=A))


@pytest.mark.parametrize(
    ("line", "time"),
    [("/digest 12 am Wochenende", "12:00"), ("/digest 20:30 am Wochenende", "20:30"),
     ("/digest 8 Uhr am Montag", "08:00")],
)  # fmt: skip
def test_a_german_am_is_no_morning(talk, line, time):
    assert time in talk(line, locale="de").headline


def test_odd_letters_are_no_incident(talk):
    assert "ncident" not in talk("/alert btc über 90 MİO", locale="de").headline
    assert not talk("/digest 8 weds").failed
