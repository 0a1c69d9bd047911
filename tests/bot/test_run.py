"""The real process, `spillover run`, between both platforms' stand-in servers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from feeds.sample import sample_market
from storage.database import Database
from storage.listings import append_listing
from storage.observations import append
from tests.servers.discord_server import DiscordServer
from tests.servers.telegram import TelegramServer

ROOT = Path(__file__).resolve().parents[2]
CANARY = "canary-of-the-operator-0123456789"
DISCORD_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789ab"


def filled(path):
    """A store that holds the sample market."""
    found = sample_market()
    day = max(item.fetched_at.max() for item in found.observations if item.series == "RUT").item()
    with Database(path) as database:
        database.write(lambda db: append(db, found.observations, day)).result()
        for listing in found.listings:
            database.write(lambda db, item=listing: append_listing(db, item, day)).result()
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("store") / "spillover.db")


@asynccontextmanager
async def running(store, **settings):
    """The process with these settings; what it printed is in ``log`` once it has ended."""
    env = {
        "PATH": os.environ["PATH"], "SPILLOVER_STORE": str(store), "SPILLOVER_REFRESH": "false",
        "LOG_LEVEL": "DEBUG", "COINGECKO_API_KEY": CANARY, **settings,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", cwd=ROOT, env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    ended: dict[str, object] = {"log": ""}
    out = asyncio.create_task(_kept(process.stdout, ended))
    try:
        yield ended
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        ended["code"] = await asyncio.wait_for(process.wait(), 30)
        await out


async def _kept(stream, ended):
    """What is printed, as it comes."""
    async for line in stream:
        ended["log"] += line.decode()


async def said(ended, words, seconds=60):
    """Waits until the process has printed these words."""
    end = time.monotonic() + seconds
    while words not in ended["log"]:
        assert time.monotonic() < end, ended["log"]
        await asyncio.sleep(0.05)


async def test_one_process_serves_both_and_stops_cleanly(store):
    async with TelegramServer() as telegram, DiscordServer(token=DISCORD_TOKEN) as discord:
        ann = telegram.private(user_id=77, name="Ann")
        guild = discord.guild("The Den")
        general, bob = guild.text_channel("general"), guild.member("bob")
        async with running(
            store,
            TELEGRAM_TOKEN=telegram.token,
            TELEGRAM_API_URL=telegram.base_url.removesuffix("/bot"),
            DISCORD_TOKEN=DISCORD_TOKEN,
            DISCORD_API_URL=discord.api_url,
            DISCORD_GATEWAY_URL=discord.gateway_url,
        ) as ended:
            await ann.say("/rotation")
            reply = await ann.next_message(timeout=60)
            assert "rungs" in (reply.text or "")
            assert reply.photo
            await discord.bot_is_online(seconds=60)
            await discord.until(lambda: "russell" in discord.published_commands, 60)
            answer = await bob.slash(general, "russell")
            assert "Russell" in answer.text or "high" in answer.text
        assert ended["code"] == 0, ended["log"]
    for secret in (telegram.token, DISCORD_TOKEN, CANARY):
        assert secret not in str(ended["log"])


async def test_a_dead_platform_never_touches_the_other(store):
    async with TelegramServer() as telegram:
        ann = telegram.private(user_id=77, name="Ann")
        async with running(
            store,
            TELEGRAM_TOKEN=telegram.token,
            TELEGRAM_API_URL=telegram.base_url.removesuffix("/bot"),
            DISCORD_TOKEN=DISCORD_TOKEN,
            DISCORD_API_URL="http://127.0.0.1:9/api/v10",
            DISCORD_GATEWAY_URL="ws://127.0.0.1:9",
        ) as ended:
            for line in ("/rotation", "/russell", "/help"):
                await ann.say(line)
                assert await ann.next_message(timeout=60)
        assert ended["code"] == 0, ended["log"]
        assert DISCORD_TOKEN not in str(ended["log"])


async def test_without_a_token_it_says_what_to_do(store):
    async with running(store) as ended:
        await said(ended, "TELEGRAM_TOKEN or DISCORD_TOKEN")
    assert ended["code"] == 0, ended["log"]
    assert "TELEGRAM_TOKEN or DISCORD_TOKEN" in str(ended["log"])
