"""Tells the bot, over the gateway, what changes in the world."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol

from . import discord_message_payloads as message_payloads
from . import discord_payloads as payloads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .discord_channels import Channel, Message
    from .discord_interactions import Interaction
    from .discord_world import Guild, Member, Role, World

Json = dict[str, Any]

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
MESSAGE_CONTENT = 1 << 15


class Sender(Protocol):
    """What the gateway does with an event."""

    def __call__(self, event: str, data: Json, *, guild_id: int | None, intent: int) -> None:
        """Send it to every session that is to have it."""


def censored(data: Json, world: World) -> Json:
    """Empty a message for a bot without the message content intent.

    Its own messages, direct messages and mentions of it stay as they are.
    """
    bot = str(world.bot.id)
    mentioned = any(person["id"] == bot for person in data["mentions"])
    if "guild_id" not in data or data["author"]["id"] == bot or mentioned:
        return data
    return {**data, "content": "", "embeds": [], "attachments": [], "components": []}


class Announcer:
    """Turns changes into events; silent until the gateway gives it a sender."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sender: Sender | None = None

    def _send(self, event: str, data: Json, guild: Guild | None, intent: int) -> None:
        if self.sender and (guild is None or guild.bot or event == "GUILD_DELETE"):
            guild_id = guild.id if guild else None
            self.sender(event, data, guild_id=guild_id, intent=intent)

    @contextlib.contextmanager
    def watching(self, guild: Guild | None, changed: Channel | None = None) -> Iterator[None]:
        """Send CHANNEL_UPDATE for a changed channel, and where the bot's sight changes."""
        before = self._visible(guild)
        yield
        if guild is None:
            return
        after = self._visible(guild)
        for key, one in guild.channels.items():
            if one is changed or before.get(key) != after.get(key):
                self._send("CHANNEL_UPDATE", payloads.channel_for_bot(one), guild, GUILDS)
            if one.threads and after.get(key) and not before.get(key):
                self._thread_list(one)

    def _thread_list(self, parent: Channel) -> None:
        threads = [payloads.channel(one) for one in parent.threads if not one.archived]
        guild = parent.guild
        data = {
            "guild_id": str(guild.id) if guild else None,
            "channel_ids": [str(parent.id)],
            "threads": threads,
            "members": [],
        }
        self._send("THREAD_LIST_SYNC", data, guild, GUILDS)

    def _visible(self, guild: Guild | None) -> dict[int, bool]:
        if guild is None or guild.bot is None:
            return {}
        return {key: one.visible_to(guild.bot) for key, one in guild.channels.items()}

    def guild_joined(self, guild: Guild) -> None:
        """Send GUILD_CREATE of a join (without the field ``unavailable``)."""
        data = payloads.guild_create(guild, everybody=False)
        self._send("GUILD_CREATE", data, guild, GUILDS)

    def guild_left(self, guild: Guild) -> None:
        """Send GUILD_DELETE: the bot was removed."""
        self._send("GUILD_DELETE", {"id": str(guild.id)}, guild, GUILDS)

    def guild_down(self, guild: Guild) -> None:
        """Send GUILD_DELETE of an outage."""
        data = {"id": str(guild.id), "unavailable": True}
        self._send("GUILD_DELETE", data, guild, GUILDS)

    def guild_back(self, guild: Guild) -> None:
        """Send GUILD_CREATE at the end of an outage."""
        data = payloads.guild_create(guild, everybody=False)
        self._send("GUILD_CREATE", {**data, "unavailable": False}, guild, GUILDS)

    def role_created(self, role: Role) -> None:
        """Send GUILD_ROLE_CREATE."""
        self._role("GUILD_ROLE_CREATE", role)

    def role_updated(self, role: Role) -> None:
        """Send GUILD_ROLE_UPDATE."""
        self._role("GUILD_ROLE_UPDATE", role)

    def _role(self, event: str, role: Role) -> None:
        data = {"guild_id": str(role.guild.id), "role": payloads.role(role)}
        self._send(event, data, role.guild, GUILDS)

    def member_joined(self, member: Member) -> None:
        """Send GUILD_MEMBER_ADD."""
        data = {**payloads.member(member), "guild_id": str(member.guild.id)}
        self._send("GUILD_MEMBER_ADD", data, member.guild, GUILD_MEMBERS)

    def member_updated(self, member: Member) -> None:
        """Send GUILD_MEMBER_UPDATE (of the bot itself: without any intent)."""
        intent = 0 if member.user.bot else GUILD_MEMBERS
        data = {**payloads.member(member), "guild_id": str(member.guild.id)}
        self._send("GUILD_MEMBER_UPDATE", data, member.guild, intent)

    def channel_created(self, channel: Channel) -> None:
        """Send CHANNEL_CREATE."""
        data = payloads.channel_for_bot(channel)
        self._send("CHANNEL_CREATE", data, channel.guild, GUILDS)

    def channel_deleted(self, channel: Channel) -> None:
        """Send CHANNEL_DELETE or THREAD_DELETE."""
        if channel.is_thread:
            keys = ("id", "guild_id", "parent_id", "type")
            whole = payloads.channel(channel)
            data = {key: whole[key] for key in keys}
            self._send("THREAD_DELETE", data, channel.guild, GUILDS)
        else:
            data = payloads.channel_for_bot(channel)
            self._send("CHANNEL_DELETE", data, channel.guild, GUILDS)

    def thread_created(self, thread: Channel) -> None:
        """Send THREAD_CREATE."""
        if thread.visible_to(self.world.bot):
            data = {**payloads.channel(thread), "newly_created": True}
            self._send("THREAD_CREATE", data, thread.guild, GUILDS)

    def thread_updated(self, thread: Channel) -> None:
        """Send THREAD_UPDATE."""
        if thread.visible_to(self.world.bot):
            data = payloads.channel(thread)
            self._send("THREAD_UPDATE", data, thread.guild, GUILDS)

    def message_created(self, message: Message) -> None:
        """Send MESSAGE_CREATE."""
        self._message("MESSAGE_CREATE", message)

    def message_updated(self, message: Message) -> None:
        """Send MESSAGE_UPDATE, which has the whole message."""
        self._message("MESSAGE_UPDATE", message)

    def message_deleted(self, message: Message) -> None:
        """Send MESSAGE_DELETE."""
        guild = None if message.ephemeral_to else message.channel.guild
        data: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if guild:
            data["guild_id"] = str(guild.id)
        self._send("MESSAGE_DELETE", data, guild, GUILD_MESSAGES if guild else DIRECT_MESSAGES)

    def _message(self, event: str, message: Message) -> None:
        channel = message.channel
        data = message_payloads.message(message)
        if message.ephemeral_to or channel.guild is None:
            # Ephemeral messages go straight to the bot, as if they were direct.
            if message.ephemeral_to or self.world.bot in channel.recipients:
                self._send(event, data, None, DIRECT_MESSAGES)
            return
        if not channel.visible_to(self.world.bot):
            return
        data["guild_id"] = str(channel.guild.id)
        author = channel.guild.members.get(message.author.id)
        if author:
            data["member"] = payloads.member(author, with_user=False)
        self._send(event, data, channel.guild, GUILD_MESSAGES)

    def interaction(self, interaction: Interaction, data: Json) -> None:
        """Send INTERACTION_CREATE, which needs no intent and no bot in the guild."""
        if self.sender:
            guild = interaction.channel.guild
            guild_id = guild.id if guild else None
            self.sender("INTERACTION_CREATE", data, guild_id=guild_id, intent=0)
