"""The world as Discord's JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import discord_permissions as permissions
from .discord_channels import Channel, Kind

if TYPE_CHECKING:
    from .discord_world import Guild, Member, Role, User, World

Json = dict[str, Any]

OBFUSCATED = 1 << 17
HIDDEN_NAME = "___hidden___"


def stamp(seconds: float) -> str:
    """Return a time in Discord's ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def user(account: User) -> Json:
    """Return the user object."""
    return {
        "id": str(account.id),
        "username": account.name,
        "global_name": None if account.bot else account.name.title(),
        "discriminator": "0000" if account.bot else "0",
        "avatar": None,
        "bot": account.bot,
        "public_flags": 0,
        "clan": None,
        "primary_guild": None,
    }


def me(world: World) -> Json:
    """Return the bot's own user object."""
    return {**user(world.bot), "mfa_enabled": True, "verified": True, "flags": 0}


def application(world: World) -> Json:
    """Return the application object."""
    shifts = {"presences": 13, "members": 15, "message_content": 19}
    flags = sum(1 << shifts[name] for name in world.privileged) | 1 << 23
    return {
        "id": str(world.app_id),
        "name": world.app_name,
        "description": "",
        "icon": None,
        "bot": user(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": user(world.owner),
        "team": None,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "approximate_guild_count": sum(1 for g in world.guilds.values() if g.bot),
        "approximate_user_install_count": 0,
        "interactions_endpoint_url": None,
        "integration_types_config": {str(t): {} for t in world.integration_types},
    }


def role(one: Role) -> Json:
    """Return the role object."""
    return {
        "id": str(one.id),
        "name": one.name,
        "color": 0,
        "colors": {
            "primary_color": 0,
            "secondary_color": None,
            "tertiary_color": None,
        },
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": list(one.guild.roles).index(one.id),
        "permissions": str(one.permissions),
        "managed": one.managed,
        "mentionable": False,
        "flags": 0,
        **({"tags": {"bot_id": str(one.guild.world.bot.id)}} if one.managed else {}),
    }


def member(one: Member, *, with_user: bool = True) -> Json:
    """Return the guild member object."""
    data: Json = {
        "roles": [str(role.id) for role in one.roles],
        "nick": one.nick,
        "avatar": None,
        "joined_at": stamp(one.joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return {"user": user(one.user), **data} if with_user else data


def channel(one: Channel) -> Json:
    """Return the channel object, with nothing hidden."""
    data: Json = {
        "id": str(one.id),
        "type": int(one.kind),
        "flags": one.flags,
        "last_message_id": str(max(one.history)) if one.history else None,
    }
    if one.guild is None:
        people = [person for person in one.recipients if not person.bot]
        return {**data, "recipients": [user(person) for person in people]}
    data |= {"guild_id": str(one.guild.id), "name": one.name}
    data |= {"parent_id": str(one.parent.id) if one.parent else None}
    if one.is_thread:
        return {**data, **_thread(one)}
    return {**data, **_placed(one)}


def channel_for_bot(one: Channel) -> Json:
    """Return a channel as the gateway shows it: obfuscated if the bot cannot see it.

    Since 16 November 2026 this is so for every bot.
    """
    bot = one.guild.bot if one.guild else None
    if one.guild is None or bot is None or bot.can(one, "view_channel"):
        return channel(one)
    veil = {
        "id": str(one.guild.id),
        "type": 0,
        "allow": "0",
        "deny": str(permissions.bits("view_channel")),
    }
    return {
        **channel(one),
        "name": HIDDEN_NAME,
        "topic": None,
        "last_message_id": None,
        "flags": OBFUSCATED,
        "permission_overwrites": [veil],
    }


def _placed(one: Channel) -> Json:
    data: Json = {
        "position": one.position,
        "topic": one.topic,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "permission_overwrites": [
            {
                "id": str(key),
                "type": int(held.is_member),
                "allow": str(held.allow),
                "deny": str(held.deny),
            }
            for key, held in one.overwrites.items()
        ],
    }
    if one.kind is Kind.VOICE:
        data |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    if one.kind is Kind.FORUM:
        data |= {
            "available_tags": [_tag(key, name) for key, name in one.tags.items()],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
        }
    return data


def _tag(key: int, name: str) -> Json:
    tag: Json = {"id": str(key), "name": name, "moderated": False}
    return {**tag, "emoji_id": None, "emoji_name": None}


def _thread(one: Channel) -> Json:
    return {
        "owner_id": str(one.owner.id) if one.owner else None,
        "message_count": len(one.messages),
        "total_message_sent": len(one.history),
        "member_count": len(one.joined),
        "rate_limit_per_user": 0,
        "applied_tags": [str(tag) for tag in one.applied_tags],
        "thread_metadata": {
            "archived": one.archived,
            "auto_archive_duration": one.auto_archive,
            "archive_timestamp": stamp(one.world.clock.now()),
            "locked": one.locked,
            "create_timestamp": stamp(one.world.clock.now()),
        },
    }


def guild(one: Guild) -> Json:
    """Return what a guild is, without its members and channels."""
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "banner": None,
        "description": None,
        "owner_id": str(one.owner.id),
        "roles": [role(held) for held in one.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
        "preferred_locale": one.locale,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "max_members": 500000,
        "vanity_url_code": None,
    }


def guild_create(one: Guild, *, everybody: bool) -> Json:
    """Return the GUILD_CREATE payload; without presences only the bot is in it."""
    world = one.world
    shown = one.members.values() if everybody else [one.bot]
    threads = [
        channel(thread)
        for thread in world.channels.values()
        if thread.guild is one
        and thread.is_thread
        and not (thread.archived or thread.deleted)
        and thread.visible_to(world.bot)
    ]
    return {
        **guild(one),
        "joined_at": stamp(one.bot.joined_at if one.bot else 0),
        "large": len(one.members) >= 250,
        "member_count": len(one.members),
        "members": [member(held) for held in shown if held],
        "channels": [channel_for_bot(held) for held in one.channels.values() if not held.deleted],
        "threads": threads,
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
