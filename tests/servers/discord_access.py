"""What the bot may see and do: the checks that the REST routes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import discord_errors as errors
from . import discord_message_payloads as message_payloads
from .discord_channels import Channel, Kind, Message
from .discord_errors import ApiError
from .discord_events import censored

if TYPE_CHECKING:
    from .discord_drafts import Draft
    from .discord_rest import Call
    from .discord_world import World

Json = dict[str, Any]


class Access:
    """Finds channels and messages for the bot, and refuses what it may not do."""

    def __init__(self, world: World) -> None:
        self.world = world

    def channel(self, call: Call) -> Channel:
        """Return a channel of the path, if the bot sees it."""
        channel = self.world.channels.get(call.id("channel"))
        if channel is None or channel.deleted:
            raise errors.unknown("Channel")
        if not channel.visible_to(self.world.bot):
            raise errors.missing_access()
        return channel

    def message(self, call: Call) -> tuple[Channel, Message]:
        """Return a message of the path with its channel."""
        channel = self.channel(call)
        message = channel.history.get(call.id("message"))
        if message is None or message.deleted or message.ephemeral_to:
            raise errors.unknown("Message")
        return channel, message

    def can(self, channel: Channel, *names: str) -> bool:
        """Return whether the bot may do all of these in a channel."""
        if channel.guild is None:
            return True
        return channel.guild.bot is not None and channel.guild.bot.can(channel, *names)

    def need(self, channel: Channel, *names: str) -> None:
        """Refuse what the bot may not do in a channel."""
        if not self.can(channel, *names):
            raise errors.missing_permissions()

    def may_send(self, channel: Channel) -> None:
        """Refuse a message that the bot may not send here."""
        if channel.kind is Kind.FORUM:
            raise ApiError(400, 40058, "Cannot send a message in a forum channel")
        if channel.kind is Kind.CATEGORY:
            raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
        speaking = "send_messages_in_threads" if channel.is_thread else "send_messages"
        self.need(channel, speaking)
        if channel.locked and not self.can(channel, "manage_threads"):
            raise ApiError(400, 160005, "Thread is locked")
        for person in channel.recipients:
            if not person.bot and not person.dms_open:
                raise errors.cannot_message_user()
            if not person.bot and not self._reaches(person.id):
                raise errors.no_mutual_guilds()

    def _reaches(self, user_id: int) -> bool:
        person = self.world.users[user_id]
        return person.has_installed_app or self.world.shares_guild_with_bot(person)

    def may_send_this(self, channel: Channel, draft: Draft) -> None:
        """Refuse embeds, files or speech that the bot may not send here."""
        if draft.embeds:
            self.need(channel, "embed_links")
        if draft.uploads:
            self.need(channel, "attach_files")
        if draft.tts:
            self.need(channel, "send_tts_messages")

    def shown(self, message: Message) -> Json:
        """Return a message as the bot gets it (empty without message content)."""
        data = message_payloads.message(message)
        if "message_content" in self.world.privileged:
            return data
        guild = message.channel.guild
        marked = {**data, "guild_id": str(guild.id)} if guild else data
        return {key: censored(marked, self.world)[key] for key in data}
