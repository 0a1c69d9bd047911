"""Which coins are altcoins."""

from __future__ import annotations

import pytest

from feeds.coins import excluded, listed


def row(id: str, name: str = "", cap: float | None = 1e9, price: float | None = 12.0, **more):
    spread = {"high_24h": (price or 1) * 1.04, "low_24h": (price or 1) * 0.97}
    facts = {"id": id, "name": name or id.title(), "market_cap": cap, "current_price": price}
    return facts | spread | more


def test_largest_first() -> None:
    rows = [row("a", cap=1e9), row("b", cap=3e9), row("c", cap=2e9)]
    assert listed(rows, frozenset()) == ("b", "c", "a")


def test_no_cap_no_place() -> None:
    assert listed([row("a", cap=None), row("b", cap=0)], frozenset()) == ()


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("bitcoin", "Bitcoin"),
        ("tether", "Tether"),
        ("pax-gold", "PAX Gold"),
        ("x", "Wrapped Thing"),
        ("x", "Restaked Swell ETH"),
        ("x", "Polygon Bridged DAI"),
        ("x", "Binance-Peg XRP"),
        ("x", "Some Tokenised Bond"),
        ("x", "US T-Bill Token"),
        ("x", "Janus Henderson Anemoy AAA CLO Fund"),
        ("../x", "Path"),
        ("of-the-category", "Yen"),
    ],
)
def test_left_out(id: str, name: str) -> None:
    assert listed([row(id, name)], frozenset({"of-the-category"})) == ()


def test_pegged_to_a_dollar() -> None:
    peg = row("new", price=1.001, high_24h=1.002, low_24h=0.999)
    moves = row("new", price=1.001, high_24h=1.05, low_24h=0.98)
    assert listed([peg], frozenset()) == ()
    assert listed([moves], frozenset()) == ("new",)


@pytest.mark.parametrize(
    "id", ["ethereum", "lido-dao", "stable-2", "bitcoin-gold", "render-token", "yearn-finance"]
)
def test_kept(id: str) -> None:
    assert listed([row(id)], frozenset()) == (id,)


def test_the_list_is_versioned_and_clean() -> None:
    assert len(excluded()) > 100
    assert all(id == id.strip().lower() and " " not in id for id in excluded())
    assert not excluded() & {"bitcoin", "ethereum", "solana", "ripple", "binancecoin"}
