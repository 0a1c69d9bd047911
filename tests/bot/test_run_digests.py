"""Digests of the real process, `spillover run`, on both platforms' stand-in servers: to those who
want them, once, whatever has become of the chat.
"""

from __future__ import annotations

import asyncio
import datetime as dt

from storage.chats import chat_of, settle
from storage.database import Database
from storage.deliveries import outcomes
from storage.digests import digest_of, subscribe
from storage.moments import micros
from tests.bot.test_run import DISCORD_TOKEN, filled, running
from tests.servers.discord_server import DiscordServer
from tests.servers.telegram import TelegramServer


def now():
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def want_digests(path, chats):
    """Every one of these is due just now."""

    def work(db):
        for chat, thread in chats.items():
            settle(db, chat, now(), thread=thread)
            subscribe(db, chat=chat, now=now())
        db.execute("UPDATE digests SET due_at = ?", [micros(now())])

    with Database(path) as database:
        database.write(work).result()


def left(path):
    with Database(path, read_only=True) as database, database.reading() as db:
        found = outcomes(db, dt.datetime(2000, 1, 1))
        return {(platform, state): n for (platform, _kind, state), n in found.items()}


async def test_digests_of_both_platforms_once_whatever_has_become_of_the_chats(tmp_path):
    path = filled(tmp_path / "x.db")
    async with TelegramServer() as telegram, DiscordServer(token=DISCORD_TOKEN) as discord:
        ann, bob = (telegram.private(user_id=n, name=f"U{n}") for n in (77, 78))
        club = telegram.forum("Club")
        group = telegram.group("Old group")
        for room in (ann, bob):
            room.chat.started = True
        thread = await club.open_topic("Markets")
        guild = discord.guild("The Den")
        general, gone = guild.text_channel("general"), guild.text_channel("gone")
        await bob.block()
        want_digests(
            path,
            {
                f"telegram:{ann.id}": None, f"telegram:{bob.id}": None,
                f"telegram:{club.id}": str(thread), f"telegram:{group.id}": None,
                f"discord:{general.id}": None, f"discord:{gone.id}": None,
            },
        )  # fmt: skip
        moved = await group.upgrade()
        gone.delete()
        settings = {
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.base_url.removesuffix("/bot"),
            "DISCORD_TOKEN": DISCORD_TOKEN, "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
        }  # fmt: skip
        for _ in range(2):  # a restart tells nobody again
            before = len(telegram.log)
            async with running(path, **settings) as ended:
                await asyncio.wait_for(arrived(general, ann, moved, club), 60)
                await discord.bot_is_online(seconds=60)
                while not any("updates" in c.method.lower() for c in telegram.log[before:]):
                    await asyncio.sleep(0.1)
                await asyncio.sleep(2)
            assert ended["code"] == 0, ended["log"]
        assert "rungs lit" in ann.last.text
        assert len(ann.answers) == len(moved.answers) == len(club.answers) == 1
        assert club.last.thread == thread
        assert len(general.messages) == 1
        assert not bob.answers
        assert left(path) == {
            ("telegram", "sent"): 3, ("telegram", "gone"): 1,
            ("discord", "sent"): 1, ("discord", "gone"): 1,
        }  # fmt: skip
        with Database(path, read_only=True) as database, database.reading() as db:
            assert chat_of(db, f"telegram:{bob.id}").paused
            assert digest_of(db, chat=f"telegram:{bob.id}").wanted
            assert digest_of(db, chat=f"telegram:{moved.id}").due_at > now()
            assert not digest_of(db, chat=f"telegram:{group.id}").wanted


async def arrived(general, *rooms):
    while not (general.messages and all(room.answers for room in rooms)):
        await asyncio.sleep(0.1)
