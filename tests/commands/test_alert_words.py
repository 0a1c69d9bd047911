"""How a threshold is typed, and what is asked back."""

import pytest

from commands.alert_words import tidy
from storage.alerts import alerts_of


def offered(reply):
    assert reply.failed, reply.headline
    return [button.command for button in reply.buttons]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("btc above 60", "btc above 60"), ("btc>90000", "btc > 90000"), ("btc >= 9", "btc > 9"),
     ("altseason > 60", "altseason > 60"), ("when btc hits 100k", "btc 100k"),
     ("tell me when the price of btc is above 100 k once", "btc above 100k once"),
     ("btc greater than 90000 USD", "btc greater 90000"), ("btc 100k above", "btc above 100k"),
     ("volume of iwm above 1.5", "volume of iwm above 1.5"), ("mrs above 5 %", "mrs above 5%"),
     ("btc above 1 margin 3", "btc above 1 margin 3"), ("", ""), ("if", ""), (">", ">"),
     ("net liquidity below 6 tn for 30 days", "net liquidity below 6tn for 30 days")],
)  # fmt: skip
def test_words_that_say_nothing_are_left_out(typed, plain):
    assert tidy(typed) == plain


@pytest.mark.parametrize(
    ("line", "rule"),
    [("/alert btc>90000", ("btc_close", True, 90_000)),
     ("/alert btc >90000", ("btc_close", True, 90_000)),
     ("/alert altseason <= 60", ("altseason_index", False, 60)),
     ("/alert net liquidity above 6 tn", ("net_liquidity", True, 6e12)),
     ("/alert small caps below 50 once", ("small_caps_score", False, 50)),
     ("/alert eth is lower than 1,000 dollars", ("eth_close", False, 1_000))],
)  # fmt: skip
def test_a_threshold_may_be_written_in_many_ways(talk, line, rule):
    assert not talk(line).failed
    with talk.store.reading() as db:
        (kept,) = (alert.rule for alert in alerts_of(db, chat="telegram:1"))
    assert (kept.metric, kept.above, kept.level) == rule


@pytest.mark.parametrize("typed", ["btc 100k", "when btc hits 100k", "btc reaches 100 k"])
def test_a_level_without_a_side_is_offered_on_both(talk, typed):
    assert offered(talk(f"/alert {typed}")) == ["/alert btc above 100k", "/alert btc below 100k"]


def test_a_number_alone_says_where_it_stands_and_offers_levels_around_it(talk, sample):
    reply = talk("/alert btc")
    assert reply.headline.startswith("Bitcoin: 58,600")
    above, below = offered(reply)
    close = sample.timeline.metrics["btc_close"].value[-1]
    assert float(below.split()[-1]) < close < float(above.split()[-1])
    assert offered(talk("/alert net liquidity")) == [
        "/alert net_liquidity above 6.5tn", "/alert net_liquidity below 5.3tn",
    ]  # fmt: skip
    assert offered(talk("/alert btc below")) == [below]


@pytest.fixture
def three(talk):
    for level in (60, 70, 80):
        talk(f"/alert altseason above {level}")
    return talk


@pytest.mark.parametrize("word", ["", " foo"])
@pytest.mark.parametrize("action", ["pause", "test", "delete", "resume", "edit"])
def test_which_threshold_is_asked_with_those_of_the_chat(three, action, word):
    reply = three(f"/alerts {action}{word}")
    assert reply.headline == "Which threshold?"
    assert offered(reply) == [*(f"/alerts {action} {n}" for n in (1, 2, 3)), "/alerts"]


def test_a_number_alone_shows_that_threshold(three):
    for line in ("/alerts 2", "/alerts #2", "/alerts show 2"):
        assert three(line).headline == "Threshold 2: Altcoin season index above 70."
    assert offered(three("/alerts 9"))[-1] == "/alerts"
    assert three("/alerts edit 2 75").headline.endswith("above 75.")


def test_to_show_one_is_for_everybody_to_change_it_for_admins(three):
    async def no():
        return False

    facts = {"is_admin": no, "private": False}
    assert not three("/alerts 2", **facts).failed
    assert three("/alerts 2 75", **facts).headline == "Only admins of this chat can do that."


@pytest.mark.parametrize(
    ("line", "offer"),
    [("/alert btc falls 10%", "/alert btc_30d below -10"),
     ("/alert btc rises 5 %", "/alert btc_30d above 5"),
     ("/alert btc above 10%", "/alert btc_30d above 10"),
     ("/alert volume of iwm above 20%", "/alert volume_ratio")],
)  # fmt: skip
def test_a_share_is_no_price(talk, line, offer):
    assert offered(talk(line)) == [offer]


def test_levels_that_are_offered_for_a_score_lie_between_0_and_100(talk):
    for metric in ("liquidity_score", "stocks", "credit", "altseason", "baa10y_pct"):
        for line in offered(talk(f"/alert {metric}")):
            assert 1 <= float(line.split()[3]) <= 99, line


@pytest.mark.parametrize(
    ("line", "offer"),
    [("/alert list", "/alerts list"), ("/alert delete 2", "/alerts delete 2"),
     ("/alert remove #2 please", "/alerts"), ("/alert breakout", "/settings events on"),
     ("/alert Early warning", "/settings events on"), ("/alert exhaustion", "/settings events on"),
     ("/alert scored calls", "/settings events on")],
)  # fmt: skip
def test_what_belongs_elsewhere_is_sent_there(talk, line, offer):
    assert offered(talk(line))[0] == offer


@pytest.mark.parametrize("metric", ["heat", "season", "altcoin season", "liquidity"])
def test_a_number_that_is_called_like_an_event_is_meant(talk, metric):
    assert not talk(f"/alert {metric} above 60").failed


def test_in_the_list_a_tap_shows_one_and_only_there_can_it_be_deleted(three):
    commands = [choice.command for menu in three("/alerts").menus for choice in menu.choices]
    assert commands == ["/alerts edit 1", "/alerts edit 2", "/alerts edit 3"]
    assert "/alerts delete 2" in [button.command for button in three(commands[1]).buttons]
