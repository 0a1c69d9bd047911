"""What a watch list takes, and how."""

import datetime as dt
from dataclasses import replace

import pytest

from commands.assets import ASSET, label, moves, resolve, row_of, typed
from commands.registry import CommandError
from rotation.inputs import Quote
from storage.watches import watched


def mine(talk):
    with talk.store.reading() as db:
        return set(watched(db, chat="telegram:1"))


def offered(reply):
    assert reply.failed, reply.headline
    return [button.command for button in reply.buttons]


@pytest.mark.parametrize(
    ("typed", "assets"),
    [("btc, eth sol", {"coin:bitcoin", "coin:ethereum", "coin:solana"}),
     ("btc,eth", {"coin:bitcoin", "coin:ethereum"}), ("$ETH and IWM", {"coin:ethereum", "IWM"}),
     ("S&P 500", {"SPX"}), ("Russell 2000, S&P 500", {"RUT", "SPX"}),
     ("russell 2000 btc", {"RUT", "coin:bitcoin"}), ("eth eth", {"coin:ethereum"})],
)  # fmt: skip
def test_several_can_be_added_at_once(talk, typed, assets):
    assert not talk(f"/watch add {typed}").failed
    assert mine(talk) == assets


def test_what_was_added_is_named_and_shown_first(talk):
    talk("/watch add btc")
    reply = talk("/watch add eth sol")
    assert reply.headline == "ETH and SOL are on the watch list."
    assert [line.split()[0] for line in reply.lines] == ["ETH", "SOL", "BTC"]


def test_several_can_be_removed_at_once_or_none(talk):
    talk("/watch add btc eth sol IWM")
    reply = talk("/watch remove sol and eth")
    assert reply.headline == "SOL and ETH are off the watch list."
    assert mine(talk) == {"coin:bitcoin", "IWM"}
    assert talk("/watch remove btc, ada").failed
    assert mine(talk) == {"coin:bitcoin", "IWM"}


def test_one_unknown_name_adds_nothing(talk):
    reply = talk("/watch add btc, ethreum")
    assert "ethreum" in reply.headline
    assert "/watch add ETH" in offered(reply)
    assert mine(talk) == set()


def test_a_list_with_too_little_room_takes_none(talk, monkeypatch):
    monkeypatch.setattr("storage.watches.MOST", 2)
    talk("/watch add btc")
    assert "is full" in talk("/watch add eth sol").headline
    assert mine(talk) == {"coin:bitcoin"}


@pytest.mark.parametrize(
    ("line", "offers"),
    [("/watch add", ["/watch add ETH", "/watch add IWM"]), ("/watch remove", ["/watch list"]),
     ("/watch ad eth", ["/watch add eth"])],
)  # fmt: skip
def test_an_asset_is_asked_for(talk, line, offers):
    assert offered(talk(line)) == offers


def test_the_largest_coins_are_known_by_their_symbols(real):
    for symbol in ("uni", "XMR", "ton", "hype", "link", "$sui"):
        (asset,) = resolve(symbol, real)
        assert label(asset, real) == symbol.strip("$").upper()


def test_a_coin_without_a_price_for_months_is_not_offered(real):
    last = real.timeline.last
    with pytest.raises(CommandError) as caught:
        resolve("ftx-tokn", real)
    for button in caught.value.buttons:
        (asset,) = resolve(button.command, real)
        dates = real.timeline.closes[asset].epochs[-1].date
        assert (last - dates[-1].item()).days <= 61
    assert "ONE" not in ASSET.suggest("on", real)


def test_a_month_is_not_set_against_one_that_ended_long_after(real):
    stale, fresh = (row_of(moves(id, real), real) for id in ("coin:harmony", "coin:solana"))
    assert "month" in stale
    assert "BTC" not in stale
    assert "BTC" in fresh


def test_a_shared_symbol_is_not_the_name_of_one(sample):
    at = dt.datetime(2026, 7, 1, 11)
    quotes = {
        id: Quote(id, id.removeprefix("coin:"), 1.0, at, symbol="DUP")
        for id in ("coin:dup-one", "coin:dup-two")
    }
    current = replace(sample, quotes=quotes)
    assert typed("coin:dup-one", current) == "dup-one"
    with pytest.raises(CommandError) as caught:
        resolve("dup", current)
    assert [button.command for button in caught.value.buttons] == ["dup-one", "dup-two"]


def test_a_long_list_is_shown_page_by_page(talk, sample):
    coins = ("BTC", "ETH", "SOL", "XRP", "ADA", "LINK", "AVAX", "UNI")
    for coin in coins:
        added = talk(f"/watch add {coin}")
    assert added.lines[0].startswith("UNI ")
    assert added.buttons[-1].command == "/watch list"
    first, second = talk("/watch"), talk("/watch 2")
    lines = (*first.lines, *second.lines)
    assert sorted(line.split()[0] for line in lines) == sorted(coins)
    assert first.buttons[-1].command == "/watch list 2"
    assert second.buttons[-1].command == "/watch list 1"
    for page in ("0", "3", "9" * 5000):
        refused = talk(f"/watch list {page}")
        assert refused.failed
        assert [button.command for button in refused.buttons] == ["/watch list 2"]
    assert not talk("/watch list foo").failed
