"""A stand-in Discord server (REST v10 and gateway) for end-to-end tests.

    async with DiscordServer(token="t") as server:
        guild = server.guild("The Den")
        general = guild.text_channel("general")
        ann = guild.member("ann", admin=True)
        ...  # start a bot that talks to server.api_url and server.gateway_url
        answer = await ann.slash(general, "rotation", date="2025-09-26")
        assert "Small-cap lead" in answer.text

It listens on the loopback interface only. Time can be moved with ``server.clock``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from .discord_access import Access
from .discord_channels import Channel, Message
from .discord_commands import Registry
from .discord_desk import Desk
from .discord_events import Announcer
from .discord_gateway import Gateway
from .discord_interactions import Interaction
from .discord_people import NoAnswerError, NotPossibleError, until
from .discord_rest import MAX_BODY, Rest
from .discord_routes_app import AppRoutes
from .discord_routes_channels import ChannelRoutes
from .discord_routes_messages import MessageRoutes
from .discord_traffic import Faults, Limits, Log, Request
from .discord_world import Clock, Guild, Member, User, World

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Channel",
    "Clock",
    "DiscordServer",
    "Guild",
    "Interaction",
    "Member",
    "Message",
    "NoAnswerError",
    "NotPossibleError",
    "Request",
    "User",
]

Json = dict[str, Any]


HOST = "127.0.0.1"
TOKEN = "stand-in.token.for-tests"


class DiscordServer:
    """The server, its world and its switches."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        clock: Clock | None = None,
        app_name: str = "Spillover",
        intents: tuple[str, ...] = (),
        shards: int = 1,
    ) -> None:
        self.token = token
        self.clock = clock or Clock()
        self.log = Log()
        self.faults = Faults()
        self.limits = Limits(self.clock)
        self.world = World(self.clock, app_name)
        self.world.privileged = set(intents)
        self.world.announce = Announcer(self.world)
        self.world.registry = Registry(self.world)
        self.world.desk = Desk(self.world)
        self.gateway = Gateway(self.world, self.log, token)
        self.gateway.recommended_shards = shards
        self.rest = Rest(self.world, self.log, self.limits, self.faults, token)
        self.access = Access(self.world)
        self.messages = MessageRoutes(self.world, self.access)
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    async def __aenter__(self) -> Self:
        """Start to listen on a free port."""
        assert self._runner is None, "the server is started already"
        app = web.Application(client_max_size=MAX_BODY)
        routes = AppRoutes(self.world, self.gateway).routes()
        routes += ChannelRoutes(self.world, self.access).routes()
        self.rest.add_to(app, routes + self.messages.routes())
        app.router.add_get("/attachments/{channel}/{attachment}/{name}", self.messages.attachment)
        app.router.add_get("/gateway{tail:.*}", self.gateway.connect)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await self.recover()
        self.world.base_url = f"http://{HOST}:{self._port}"
        self.gateway.url = f"ws://{HOST}:{self._port}/gateway"
        self.world.announce.sender = self.gateway.send
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        """Stop listening, end all connections, and tell if the server itself broke."""
        self.world.announce.sender = None
        await self.gateway.stop()
        if self._runner:
            await self._runner.cleanup()
        if self.log.crashes and kind is None:
            raise ExceptionGroup("the stand-in server broke", self.log.crashes)

    @property
    def api_url(self) -> str:
        """What takes the place of ``https://discord.com/api/v10``."""
        return f"{self.world.base_url}/api/v10"

    @property
    def gateway_url(self) -> str:
        """What takes the place of ``wss://gateway.discord.gg/``."""
        return self.gateway.url

    # The world

    def guild(self, name: str, *grants: str, bot: bool = True) -> Guild:
        """Make a guild, with the bot in it unless told otherwise."""
        return self.world.guild(name, *grants, bot=bot)

    def user(self, name: str, locale: str = "en-US") -> User:
        """Make a person who is in no guild yet."""
        return self.world.user(name, locale)

    def private_channel(self, one: User, other: User) -> Channel:
        """Return the direct channel between two people (the bot is not in it)."""
        return self.world.private_channel(one, other)

    @property
    def bot(self) -> User:
        """The bot's account."""
        return self.world.bot

    @property
    def published_commands(self) -> dict[str, Json]:
        """The app's global commands by name."""
        return {one["name"]: one for one in self.world.registry.commands()}

    def guild_commands(self, guild: Guild) -> dict[str, Json]:
        """Return the app's commands of one guild by name."""
        return {one["name"]: one for one in self.world.registry.commands(guild.id)}

    @property
    def interactions(self) -> list[Interaction]:
        """All interactions so far."""
        return self.world.desk.all

    # Waiting

    async def until(self, true: Callable[[], object], seconds: float = 15.0) -> None:
        """Wait until something is true, or fail."""
        if not await until(lambda: bool(true()), seconds):
            raise AssertionError(f"not so within {seconds} s")

    async def bot_is_online(self, shards: int = 1, seconds: float = 15.0) -> None:
        """Wait until the bot has a session on every shard."""
        await self.until(lambda: len(self.gateway.connected) >= shards, seconds)

    # Outages

    async def outage(self, *, refuse: bool = False) -> None:
        """Cut all connections; then reset each new one, or refuse them."""
        if refuse and self._site:
            await self._site.stop()
            self._site = None
        self.faults.outage()
        self.gateway.refusing = True
        await self.gateway.drop()

    async def recover(self) -> None:
        """Take connections again."""
        assert self._runner is not None, "the server is not started"
        self.faults.clear()
        self.gateway.refusing = False
        if self._site is None:
            self._site = web.TCPSite(self._runner, HOST, self._port, reuse_address=True)
            await self._site.start()
            self._port = self._runner.addresses[0][1]

    def revoke_token(self) -> None:
        """Make the bot's token invalid: 401 and close code 4004 from now on."""
        self.rest.token = self.gateway.token = None
        self.gateway.forget_sessions()
