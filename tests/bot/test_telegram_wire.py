"""What the Telegram adapter waits for, and the order in which it works."""

import asyncio

import httpx
import pytest

from bot import telegram_wire as wire
from bot.adapter import Retry


async def test_turns_are_taken_in_order_and_nobody_waits_for_another():
    turns, seen, gate = wire.Turns(), [], asyncio.Event()

    async def work(key, number):
        async with turns.of(key):
            if number == 1:
                await gate.wait()
            seen.append((key, number))

    tasks = [asyncio.create_task(work("a", number)) for number in (1, 2, 3)]
    await work("b", 2)
    assert seen == [("b", 2)]
    gate.set()
    await asyncio.gather(*tasks)
    assert seen[1:] == [("a", 1), ("a", 2), ("a", 3)]
    assert not turns._locks


async def test_a_poll_waits_for_what_it_confirms_but_never_twice(monkeypatch):
    monkeypatch.setattr(wire, "CONFIRM_WITHIN", 0.05)
    hand = wire.Hand()
    await asyncio.wait_for(hand.emptied(), 0.01)
    hand.take([1, 2])
    poll = asyncio.create_task(hand.emptied())
    for number in (1, 2):
        await asyncio.sleep(0)
        assert not poll.done()
        assert hand.holds(number)
        hand.done(number)
    await asyncio.wait_for(poll, 0.01)
    hand.take([3])
    await hand.emptied()
    assert hand.holds(3), "for a poll that fails confirms nothing"
    hand.take([4])
    assert not hand.holds(3)
    hand.done(3)
    hand.done(4)
    await asyncio.wait_for(hand.emptied(), 0.01)
    hand.take([5])
    hand.take([])
    await asyncio.wait_for(hand.emptied(), 0.01)


@pytest.mark.parametrize("steps", range(6))
async def test_a_poll_that_is_called_off_ends_also_when_the_last_update_is_just_done(steps):
    hand = wire.Hand()
    hand.take([1])
    poll = asyncio.create_task(hand.emptied())
    await asyncio.sleep(0.01)
    hand.done(1)
    for _ in range(steps):
        await asyncio.sleep(0)
    called_off = poll.cancel()
    await asyncio.wait({poll})
    assert poll.cancelled() is called_off


def test_proxies_of_the_environment_are_kept(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    assert wire.client_options("https://api.telegram.org", 9) == {}
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy",
                 "NO_PROXY", "no_proxy"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    options = wire.client_options("http://127.0.0.1:8081", 9)
    assert isinstance(options["transport"], httpx.AsyncHTTPTransport)


def test_what_may_have_arrived_is_known_by_its_cause():
    assert wire.FailedError(Retry(1), "x", httpx.ReadTimeout("x")).unsure
    assert not wire.FailedError(Retry(1), "x", httpx.ConnectError("x")).unsure
    assert not wire.FailedError(Retry(1), "x", None).unsure


def test_a_webhook_listens_where_its_address_points():
    hook = wire.Webhook("https://bot.example.org/deep/hook")
    assert hook.arguments["url_path"] == "/deep/hook"
    assert hook.arguments["webhook_url"] == hook.url
    assert hook.arguments["listen"] == "127.0.0.1"
