"""Kill −9 at random moments of a fan-out: nothing is lost, and next to nothing comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import random
import sys
from pathlib import Path

from bot.outbox import IN_FLIGHT
from storage.chats import enter
from storage.database import Database
from storage.deliveries import BROADCAST, Message, outcomes, post
from tests.servers.discord_server import DiscordServer
from tests.servers.telegram import TelegramServer

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789ab"
KILLS = int(os.environ.get("SPILLOVER_KILLS", "10"))
CHATS = int(os.environ.get("SPILLOVER_KILL_CHATS", "300"))
PATIENCE = 90 + CHATS / 20
"""Seconds until what has not come counts as lost."""


def fill(path, chats):
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)

    def work(db):
        for chat in chats:
            enter(db, chat, now)
        post(
            db, (Message(chat, BROADCAST, "w", {"text": f"word for {chat}"}) for chat in chats), now
        )

    with Database(path) as database:
        database.write(work).result()


def ends(path):
    with Database(path, read_only=True) as database, database.reading() as db:
        found = outcomes(db, dt.datetime(2000, 1, 1))
    return {state: count for (_platform, _kind, state), count in found.items()}


async def started(path, *words):
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.fan_out_worker", str(path), *words, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def torment(path, counts, words):
    """Kill the process again and again once it has sent some more, then let it finish. ``counts``
    says how many messages each chat has.
    """
    dice = random.Random(7)
    for _ in range(KILLS):
        process = await started(path, *words)
        goal = sum(counts()) + dice.randint(1, 2 * CHATS // KILLS)
        while sum(counts()) < goal and min(counts()) == 0 and process.returncode is None:
            await asyncio.sleep(0.002)
        if process.returncode is not None:
            raise AssertionError((await process.stdout.read()).decode())
        await asyncio.sleep(dice.random() / 50)
        process.kill()
        await process.wait()
    process = await started(path, *words)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while min(counts()) == 0 or await asyncio.to_thread(ends, path) != {"sent": CHATS}:
                await asyncio.sleep(0.1)
    await asyncio.sleep(2)  # what would come twice has its chance
    process.kill()
    await process.wait()


async def test_telegram_loses_nothing_and_repeats_at_most_what_was_in_flight(tmp_path):
    path = tmp_path / "x.db"
    async with TelegramServer() as server:
        rooms = [server.private(user_id=1_000 + n, name=f"U{n}") for n in range(CHATS)]
        for room in rooms:
            room.chat.started = True
        fill(path, [f"telegram:{room.id}" for room in rooms])

        def counts():
            return [len(room.answers) for room in rooms]

        words = ("telegram", server.base_url.removesuffix("/bot"), "", server.token)
        await torment(path, counts, words)
        assert min(counts()) > 0
        extra = sum(counts()) - CHATS
        assert extra <= KILLS * IN_FLIGHT
        print(f"telegram: {KILLS} kills, {CHATS} chats, lost 0, twice {extra}")
    assert ends(path) == {"sent": CHATS}


async def test_discord_loses_nothing_and_repeats_nothing(tmp_path):
    path = tmp_path / "x.db"
    async with DiscordServer(token=TOKEN) as server:
        guilds = [server.guild(f"Den {n}") for n in range(-(-CHATS // 100))]
        channels = [guilds[n // 100].text_channel(f"c{n}") for n in range(CHATS)]
        fill(path, [f"discord:{channel.id}" for channel in channels])

        def counts():
            return [len(channel.messages) for channel in channels]

        await torment(path, counts, ("discord", server.api_url, server.gateway_url, TOKEN))
        assert set(counts()) == {1}
        print(f"discord: {KILLS} kills, {CHATS} chats, lost 0, twice 0")
    assert ends(path) == {"sent": CHATS}
