"""A small bot on the real discord.py, with which the stand-in Discord server is proven."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from .discord_server import DiscordServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .discord_server import Channel, Guild, Member


@contextlib.contextmanager
def pointed_at(server: DiscordServer) -> Iterator[None]:
    """Let the library talk to the stand-in server."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = server.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


class Probe(discord.AutoShardedClient):
    """A client that notes what the library dispatches and waits for nothing."""

    def __init__(self, intents: discord.Intents | None = None, **options: Any) -> None:
        options.setdefault("guild_ready_timeout", 0.05)
        chosen = discord.Intents.default() if intents is None else intents
        super().__init__(intents=chosen, **options)
        self.tree = app_commands.CommandTree(self)
        self.seen: list[tuple[str, Any]] = []

    async def before_identify_hook(self, shard_id: int | None, **_: Any) -> None:
        """Do not wait the five seconds between two shards."""

    def dispatch(self, event: str, /, *args: Any, **options: Any) -> None:
        """Note every event, then dispatch it as usual."""
        self.seen.append((event, args))
        super().dispatch(event, *args, **options)

    def names(self) -> list[str]:
        """Return the names of the events so far."""
        return [name for name, _ in self.seen]

    def last(self, event: str) -> Any:
        """Return what came with the newest event of a name."""
        return next(args for name, args in reversed(self.seen) if name == event)


@contextlib.asynccontextmanager
async def online(
    server: DiscordServer, probe: Probe | None = None, *, sync: bool = True
) -> AsyncIterator[Probe]:
    """Run a probe against the server, ready and with its commands published."""
    with pointed_at(server):
        probe = probe or Probe()
        task = asyncio.create_task(probe.start(server.token))
        try:
            await server.until(lambda: "ready" in probe.names() or task.done())
            if task.done():
                task.result()
            if sync:
                await probe.tree.sync()
            yield probe
        finally:
            await probe.close()
            with contextlib.suppress(Exception, asyncio.CancelledError):
                await asyncio.wait_for(task, 15)


@dataclass
class Den:
    """A server with one guild, one channel, one admin and a probe that is online."""

    server: DiscordServer
    guild: Guild
    general: Channel
    ann: Member
    probe: Probe

    async def raw(self, method: str, path: str, json: Any = None) -> Any:
        """Send a request that the library itself would not make, through its client."""
        options = {} if json is None else {"json": json}
        return await self.probe.http.request(Route(method, path), **options)

    async def refused(self, method: str, path: str, json: Any = None) -> discord.HTTPException:
        """Send a request that the server is to refuse, and return its answer."""
        try:
            await self.raw(method, path, json)
        except discord.HTTPException as error:
            return error
        raise AssertionError(f"{method} {path} was not refused")

    @property
    def here(self) -> discord.TextChannel:
        """The channel as the library has it."""
        channel = self.probe.get_channel(self.general.id)
        assert isinstance(channel, discord.TextChannel)
        return channel


@contextlib.asynccontextmanager
async def den(
    probe: Probe | None = None, server: DiscordServer | None = None, *, sync: bool = True
) -> AsyncIterator[Den]:
    """Make a den and take it away again."""
    async with server or DiscordServer() as running:
        guild = running.guild("The Den")
        general = guild.text_channel("general")
        ann = guild.member("ann", admin=True)
        async with online(running, probe, sync=sync) as ready:
            yield Den(running, guild, general, ann, ready)
