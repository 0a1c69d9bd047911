"""Discord's permission bits and how a channel's permissions are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .discord_world import Channel, Member

BITS = {
    name: 1 << shift
    for shift, name in {
        1: "kick_members",
        2: "ban_members",
        3: "administrator",
        4: "manage_channels",
        5: "manage_guild",
        6: "add_reactions",
        10: "view_channel",
        11: "send_messages",
        12: "send_tts_messages",
        13: "manage_messages",
        14: "embed_links",
        15: "attach_files",
        16: "read_message_history",
        17: "mention_everyone",
        18: "use_external_emojis",
        20: "connect",
        21: "speak",
        28: "manage_roles",
        29: "manage_webhooks",
        31: "use_application_commands",
        34: "manage_threads",
        35: "create_public_threads",
        36: "create_private_threads",
        38: "send_messages_in_threads",
        40: "moderate_members",
        50: "use_external_apps",
        51: "pin_messages",
    }.items()
}
ALL = (1 << 53) - 1
_IMPLIED_BY_SENDING = (
    "mention_everyone",
    "send_tts_messages",
    "attach_files",
    "embed_links",
)


def bits(*names: str) -> int:
    """Return the permissions named as one number."""
    total = 0
    for name in names:
        total |= BITS[name]
    return total


# What @everyone holds in a newly made guild.
EVERYONE = bits(
    "add_reactions",
    "view_channel",
    "send_messages",
    "embed_links",
    "attach_files",
    "read_message_history",
    "mention_everyone",
    "use_external_emojis",
    "connect",
    "speak",
    "use_application_commands",
    "create_public_threads",
    "create_private_threads",
    "send_messages_in_threads",
    "use_external_apps",
)
# What an app holds in a direct message with its own bot, and elsewhere.
APP_IN_BOT_DM = bits("attach_files", "embed_links", "mention_everyone", "use_external_emojis")
APP_IN_PRIVATE = bits("attach_files", "embed_links", "mention_everyone")


def in_guild(member: Member) -> int:
    """Return what a member may do in the guild, before any channel's overwrites."""
    guild = member.guild
    if guild.owner is member.user:
        return ALL
    held = guild.everyone.permissions
    for role in member.roles:
        held |= role.permissions
    return ALL if held & BITS["administrator"] else held


def in_channel(member: Member, channel: Channel) -> int:
    """Return what a member may do in a channel, by Discord's order of overwrites."""
    held = in_guild(member)
    if held & BITS["administrator"]:
        return ALL
    place = channel.parent if channel.is_thread and channel.parent else channel
    everyone = place.overwrites.get(member.guild.id)
    if everyone:
        held = (held & ~everyone.deny) | everyone.allow
    allow = deny = 0
    for role in member.roles:
        overwrite = place.overwrites.get(role.id)
        if overwrite:
            allow |= overwrite.allow
            deny |= overwrite.deny
    held = (held & ~deny) | allow
    own = place.overwrites.get(member.user.id)
    if own:
        held = (held & ~own.deny) | own.allow
    return held


def effective(member: Member, channel: Channel) -> int:
    """Return the permissions with what Discord implies (unseen: nothing)."""
    held = in_channel(member, channel)
    if not held & BITS["view_channel"]:
        return 0
    speaking = "send_messages_in_threads" if channel.is_thread else "send_messages"
    if not held & BITS[speaking]:
        held &= ~bits(*_IMPLIED_BY_SENDING)
    return held
