"""The adapter in process, against the stand-in server over real HTTP and WebSocket.

A test module takes the fixtures by giving them a name of its own.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field

import discord.gateway
import discord.http
import discord.shard
import pytest

from bot import discord_adapter, discord_exchange
from bot.adapter import Picture
from bot.desk import Desk
from bot.discord_adapter import DiscordAdapter
from commands import REGISTRY
from commands.dispatch import dispatch
from tests.bot.calls import call_in
from tests.servers.discord_server import DiscordServer

CANARY = "canary.token-of-the-operator.never-to-be-seen"
PATIENCE = 15.0
"""Seconds until a first sign in place of three, and until the end of a task."""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@dataclass
class House:
    """A server, a guild with a channel and people, and how to bring the bot to life."""

    server: DiscordServer
    snapshot: object
    desk: Desk
    registry: object = REGISTRY
    state: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)
    drawn: list = field(default_factory=list)
    wait: float = 0.0
    """Seconds that every answer takes."""

    def __post_init__(self):
        self.server.world.desk.ack_seconds = PATIENCE
        self.guild = self.server.guild("The Den")
        self.general = self.guild.text_channel("general")
        self.ann = self.guild.member("ann", admin=True)
        self.bob = self.guild.member("bob")

    async def answer(self, request):
        self.requests.append(request)
        await asyncio.sleep(self.wait)
        if self.registry is REGISTRY:
            return await self.desk.answer(request)

        async def run(command, call):
            return command.run(call)

        return await dispatch(self.registry, request, call_in(request, self.snapshot), run)

    async def draw(self, chart):
        self.drawn.append(chart)
        return Picture("key", PNG)

    def adapter(self, **options):
        facts = {"answer": self.answer, "draw": self.draw, "state": self.state, **options}
        return DiscordAdapter(
            token=facts.pop("token", CANARY), registry=self.registry,
            snapshot=lambda: self.snapshot, api_url=self.server.api_url,
            gateway_url=self.server.gateway_url, **facts,
        )  # fmt: skip

    @contextlib.asynccontextmanager
    async def awake(self, **options):
        """The adapter, online, and closed at the end."""
        adapter = self.adapter(**options)
        task = asyncio.create_task(adapter.run())
        try:
            await self.server.until(lambda: self.server.gateway.connected or task.done())
            if task.done():
                task.result()
            await self.server.until(lambda: self.server.published_commands)
            yield adapter
        finally:
            await adapter.close()
            await asyncio.wait_for(task, PATIENCE)


@contextlib.asynccontextmanager
async def house(snapshot, **options):
    """A house whose server runs."""
    desk = Desk(snapshot)
    try:
        async with DiscordServer(CANARY) as server:
            yield House(server, snapshot, desk, **options)
    finally:
        desk.close()


async def _at_once(self, shard_id, *, initial=False):
    """In place of five seconds between two shards."""


@pytest.fixture
def quick_discord(monkeypatch, caplog):
    """What the adapter sets in the library for the whole process is put back; the library tries
    again at once; the token appears nowhere in the log, at no level.
    """
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    socket = discord.gateway.DiscordWebSocket
    monkeypatch.setattr(socket, "DEFAULT_GATEWAY", socket.DEFAULT_GATEWAY)
    monkeypatch.setattr(discord.shard, "ExponentialBackoff", discord.shard.ExponentialBackoff)
    monkeypatch.setattr("discord.backoff.ExponentialBackoff.delay", lambda _: 0.02)
    monkeypatch.setattr("discord.client.Client.before_identify_hook", _at_once)
    monkeypatch.setattr(discord_adapter, "QUICK", 30.0)
    monkeypatch.setattr(discord_adapter, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(discord_adapter, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(discord_exchange, "EDIT_PAUSES", (0.02, 0.02, 0.05))
    monkeypatch.setattr(discord_exchange, "SIGN_PAUSES", (0.02,))
    caplog.set_level(logging.DEBUG)
    yield
    assert CANARY not in caplog.text


@pytest.fixture
def naps(monkeypatch):
    """The library's own pauses before a retry, shortened and noted."""
    slept, real = [], asyncio.sleep

    async def nap(seconds):
        slept.append(seconds)
        await real(min(seconds, 0.01))

    class Shim:
        sleep = staticmethod(nap)

        def __getattr__(self, name):
            return getattr(asyncio, name)

    monkeypatch.setattr("discord.http.asyncio", Shim())
    monkeypatch.setattr("discord.webhook.async_.asyncio", Shim())
    return slept
