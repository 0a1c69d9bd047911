"""What the Telegram adapter remembers, and the order in which it works."""

import asyncio

import httpx

from bot import telegram_wire as wire
from bot.adapter import Retry


def test_the_oldest_is_forgotten_and_so_is_what_is_out_of_date():
    now = [0.0]
    recent = wire.Recent(2, 60, lambda: now[0])
    for key in "abc":
        recent.put(key, key.upper())
    assert [recent.get(key) for key in "abc"] == [None, "B", "C"]
    assert recent.get("b") == "B"
    recent.put("d", "D")
    assert [recent.get(key) for key in "bcd"] == ["B", None, "D"]
    now[0] = 60.0
    assert recent.get("b") == "B"
    now[0] = 60.1
    assert recent.get("b") is None
    recent.put("b", "again")
    assert recent.get("b") == "again"


def test_a_known_no_is_known():
    recent = wire.Recent(2)
    recent.put("a", value=False)
    assert recent.get("a") is False
    assert recent.get("b") is None


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
