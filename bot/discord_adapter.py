"""Discord: slash commands and buttons in, embeds and pictures out.

This and ``discord_exchange`` are all that knows the library ``discord``. It is transport alone: no
command tree, no stored views. The registry is published as it is; every interaction, also a tap on
a button from before a restart, comes to one place and becomes one ``Request``.

**A chat** is a channel: ``discord:<channel id>``. A thread, a forum post and a direct conversation
are channels of their own on Discord, so ``Place.thread`` stays None.

**How an answer goes out.** Discord waits three seconds for a first sign. An answer takes
milliseconds, so it is awaited first, for ``QUICK`` seconds at most. Without a picture or a file it
is the first sign itself, for the asker alone if it is private: one request, no 'thinking…'. With
one the interaction is deferred, and the message filled in when the picture is drawn: no upload
runs against the three seconds, and nothing is marked as edited. What takes longer than ``QUICK``
is deferred in public; should it turn out to be private, that message goes away and the answer
comes as a private one. A tap changes the message that it is on, unless others see that message
and the answer is for the tapper alone.

**Who is an admin** is a fact of the interaction: what the member may do in this channel (the
owner: everything). In a direct conversation with the bot everyone is. Where the bot itself is not,
in a foreign guild or group to which a person brought the app along, nobody is.

**It asks for** the scopes ``bot`` and ``applications.commands``; the intent ``guilds``, which is
not privileged; the rights to view channels, send messages, also in threads, embed links and attach
files.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, MutableMapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal, cast

import discord
import yarl
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapter import (
    Answer,
    Changed,
    Draw,
    Gone,
    Outcome,
    Picture,
    Place,
    Rejected,
    Retry,
    Sent,
    TokenRefusedError,
)
from bot.discord_exchange import OFFLINE, TAPS, Exchange, Interaction, Json, parts
from bot.discord_rules import SOON, nonce_of, outcome, plainer
from bot.recent import Recent
from bot.render.discord import Keys, expired, filled, modal, plain, post
from bot.render.discord_commands import fingerprint, named, published, suggested
from bot.render.text import unmarked
from commands.dispatch import Registry, Request, request_of
from commands.reply import Reply
from commands.snapshot import Snapshot
from commands.words import language, speak

log = logging.getLogger(__name__)

LOGIN_REFUSED = "Discord refuses the token. The developer portal makes a new one: Bot, Reset Token."
QUICK = 1.0
"""Seconds that an answer may take before the interaction is deferred."""
SEND_WITHIN, CLOSE_WITHIN = 90.0, 10.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 32.0

FOR_A_PERSON = frozenset({4004, 4012, 4013, 4014})
"""Close codes that no new connection mends: token, version, intents."""

Type = discord.InteractionType


@dataclass(eq=False)
class DiscordAdapter:
    """One bot account. ``answer`` and ``draw`` are the desk's, ``snapshot`` gives what suggestions
    are made from. ``state`` remembers what was published, so that it is not done again;
    ``languages`` are those with a translation.
    """

    token: str = field(repr=False)
    answer: Answer
    draw: Draw
    registry: Registry
    snapshot: Callable[[], Snapshot | None]
    _: KW_ONLY
    api_url: str = ""
    gateway_url: str = ""
    state: MutableMapping[str, str] = field(default_factory=dict)
    languages: Collection[str] = ()
    changed: Changed | None = None
    name: str = field(default="discord", init=False)
    _keys: Keys = field(default_factory=Keys, init=False, repr=False)
    _seen: Recent[int, bool] = field(default_factory=lambda: Recent(1000), init=False, repr=False)
    """Discord may deliver an interaction twice after a break."""
    _in_hand: set[asyncio.Task[Any]] = field(default_factory=set, init=False, repr=False)
    _closing: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)
    _client: _Client | None = field(default=None, init=False, repr=False)

    async def run(self) -> None:
        """See ``Adapter``. The library resumes and reconnects; what ends it is begun anew."""
        _point(self.api_url.rstrip("/"), self.gateway_url)
        pause = 0.0
        while not self._closing.is_set():
            self._client = client = _Client(self)
            try:
                error = await client.serve(self.token)
            finally:
                await client.end()
            if self._closing.is_set():
                return
            if isinstance(error, discord.LoginFailure):
                raise TokenRefusedError(LOGIN_REFUSED) from None
            closed = isinstance(error, discord.ConnectionClosed) and error.code not in FOR_A_PERSON
            if isinstance(error, discord.ClientException) and not closed:
                raise error
            was_on = bool(client.shards)
            pause = FIRST_PAUSE if was_on or not pause else min(2 * pause, LONGEST_PAUSE)
            log.warning("the connection ended (%r); again in %.0f s", error, pause)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._closing.wait()

    async def close(self) -> None:
        """Take no more interactions, finish those in hand, log out."""
        self._closing.set()
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=CLOSE_WITHIN)
        if self._client is not None:
            await self._client.end()

    async def publish(self, client: discord.Client) -> None:
        """Make Discord's list of commands the registry's, unless it is already."""
        commands, app = published(self.registry, self.languages), client.application_id or 0
        key, mark = f"{self.name}:{app}:published", fingerprint(commands)
        while self.state.get(key) != mark:
            try:
                await client.http.bulk_upsert_global_commands(app, commands)
            except (discord.DiscordServerError, discord.RateLimited, *OFFLINE) as error:
                log.warning("the commands are not published yet: %s", error)
                await asyncio.sleep(LONGEST_PAUSE)
            except discord.HTTPException as error:
                log.error("the commands are refused: %s", error)  # noqa: TRY400 - says it all
                return
            else:
                self.state[key] = mark
                log.info("%d commands published", len(commands))

    async def take(self, interaction: Interaction) -> None:
        """One interaction, once."""
        if self._closing.is_set() or self._seen.get(interaction.id):
            return
        self._seen.put(interaction.id, value=True)
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._in_hand.add(task)
        speak(str(interaction.locale))
        try:
            if interaction.type is Type.autocomplete:
                await self._suggest(interaction)
            elif interaction.type in (Type.application_command, *TAPS):
                await self._serve(interaction)
        except (discord.DiscordException, *OFFLINE) as error:
            log.warning("an answer did not arrive: %r", error)
        except Exception:
            log.exception("an interaction could not be answered")
        finally:
            self._in_hand.discard(task)

    async def _suggest(self, interaction: Interaction) -> None:
        found = await suggested(self.registry, interaction.data, self.snapshot())
        choices = [discord.app_commands.Choice(name=text, value=text) for text in found]
        await interaction.response.autocomplete(choices)

    async def _serve(self, interaction: Interaction) -> None:
        """A command or a tap; the module's docstring says how its answer goes out."""
        exchange = Exchange(interaction)
        form = self._keys.form(self._line(interaction) or "")
        if form is not None:
            await exchange.open(modal(form, self._keys))
            return
        asking = asyncio.ensure_future(self._ask(interaction))
        await asyncio.wait({asking}, timeout=QUICK)
        if not asking.done():
            await exchange.defer(private=False)
        reply = await asking
        speak(reply.language or language.get())
        picture = None
        if reply.chart is not None or reply.document is not None:
            await exchange.defer(private=reply.private)
            picture = await self._picture(reply)
        try:
            await exchange.show(post(reply, self._keys, picture=bool(picture)), picture)
        except discord.HTTPException as error:
            if not plainer(error.status, error.code):
                raise
            log.warning("an answer goes as plain text: %s", error)
            await exchange.show(plain(reply))

    async def _ask(self, interaction: Interaction) -> Reply:
        data: Any = interaction.data
        facts: Json = {
            "chat": f"{self.name}:{interaction.channel_id or 0}",
            "user": str(interaction.user.id),
            "locale": str(interaction.locale).partition("-")[0],
            "private": bool(interaction.guild_id is None and interaction.context.dm_channel),
            "is_admin": lambda: _is_admin(interaction),
        }
        if interaction.type is Type.application_command:
            return await self.answer(Request(data["name"], named=named(data), **facts))
        line = self._line(interaction)
        if interaction.type is Type.modal_submit:
            facts["filled"] = filled(data)
        return expired() if line is None else await self.answer(request_of(line, **facts))

    def _line(self, interaction: Interaction) -> str | None:
        """The command line of a tap or a choice, of a form its mark; of a submitted window the
        line that its values follow.
        """
        data: Any = interaction.data
        if interaction.type is Type.component:
            line = self._keys.line(data.get("values", [data["custom_id"]])[0])
        elif interaction.type is Type.modal_submit:
            line = self._keys.line(data["custom_id"])
        else:
            return None
        return line and (line if self._keys.form(line) else unmarked(line))

    async def _picture(self, reply: Reply) -> Picture | None:
        """The picture of a reply, if it has one; without it the words still go out."""
        try:
            return await self.draw(reply.chart) if reply.chart else None
        except Exception:
            log.exception("a picture could not be drawn")
            return None

    async def left(self, channel: int, reason: str) -> None:
        """A channel is no more, or no longer ours."""
        if self.changed is not None:
            await self.changed(f"{self.name}:{channel}", Gone(reason))

    async def send(
        self, place: Place, reply: Reply, *, silent: bool = False, nonce: str = ""
    ) -> Outcome:
        """See ``Adapter``. Discord remembers a nonce for about two minutes."""
        client, channel = self._client, (place.thread or place.chat).removeprefix(f"{self.name}:")
        if not channel.isdecimal():
            return Rejected(f"{place.chat} is no channel of Discord")
        if client is None or client.user is None or client.is_closed():
            return Retry(SOON)
        target = client.get_partial_messageable(int(channel))
        marks: Json = {"silent": silent, "nonce": nonce_of(target.id, nonce)}
        picture = await self._picture(reply)
        try:
            async with asyncio.timeout(SEND_WITHIN):
                return await self._sent(target, reply, picture, marks)
        except discord.RateLimited as error:
            return Retry(error.retry_after)
        except discord.HTTPException as error:
            return outcome(error.status, error.code, error.text, topic=bool(place.thread))
        except OFFLINE:
            return Retry(SOON)
        except Exception as error:
            log.exception("a message could not be sent")
            return Rejected(type(error).__name__)

    async def _sent(
        self, to: discord.PartialMessageable, reply: Reply, picture: Picture | None, marks: Json
    ) -> Sent:
        """Send; as plain text if the message, its embed or its picture is refused."""
        try:
            rich = post(reply, self._keys, picture=bool(picture), unasked=True)
            message = await to.send(**parts(rich, picture), **marks)
        except discord.HTTPException as error:
            if not plainer(error.status, error.code):
                raise
            log.warning("a message goes as plain text: %s", error)
            message = await to.send(**parts(plain(reply)), **marks)
        return Sent(str(message.id))


class _Client(discord.AutoShardedClient):
    """The library's client, with nothing in memory that is not needed."""

    def __init__(self, adapter: DiscordAdapter) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_ratelimit_timeout=30.0,
        )
        self._adapter = adapter
        self._publishing: asyncio.Future[None] | None = None
        self._serving: asyncio.Future[None] | None = None

    async def setup_hook(self) -> None:
        self._publishing = asyncio.ensure_future(self._adapter.publish(self))

    async def launch_shard(
        self, gateway: yarl.URL, shard_id: int, *, initial: bool = False
    ) -> None:
        """The gateway of the settings comes before the one that Discord recommends."""
        chosen = self._adapter.gateway_url or gateway
        await super().launch_shard(yarl.URL(chosen), shard_id, initial=initial)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        for channel in (*guild.text_channels, *guild.threads, *guild.voice_channels):
            await self._adapter.left(channel.id, "the bot was shown out of the server")

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self._adapter.left(channel.id, "the channel was deleted")

    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        await self._adapter.left(thread.thread_id, "the thread was deleted")

    async def on_interaction(self, interaction: Interaction) -> None:
        await self._adapter.take(interaction)

    async def serve(self, token: str) -> BaseException | None:
        """Until it ends; what ended it."""
        self._serving = asyncio.ensure_future(self.start(token))
        await asyncio.wait({self._serving})
        return None if self._serving.cancelled() else self._serving.exception()

    async def end(self) -> None:
        """Close, however far it has come; the library alone would go on to try to connect."""
        closing = asyncio.gather(self.close(), return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await closing
        for task in (self._publishing, self._serving):
            if task is not None:
                task.cancel()
                await asyncio.wait({task}, timeout=CLOSE_WITHIN)


async def _is_admin(interaction: Interaction) -> bool:
    if interaction.channel_id is None:  # a kind of channel that the library does not know
        return False
    if interaction.guild_id is None:
        return bool(interaction.context.dm_channel)
    held = interaction.permissions
    return interaction.is_guild_integration() and (held.administrator or held.manage_guild)


class _Backoff(ExponentialBackoff[Literal[False]]):
    """The library's pauses between two connections reach 17 minutes; these, half a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._max = 5


def _point(api_url: str, gateway_url: str) -> None:
    """Set what the library keeps for the whole process."""
    Route.BASE = api_url or Route.BASE
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url or DiscordWebSocket.DEFAULT_GATEWAY)
    discord.shard.ExponentialBackoff = _Backoff  # type: ignore[attr-defined, assignment]
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
