"""The world of the stand-in Discord server: people, guilds, roles and who has what.

Channels and messages are in ``discord_channels``. A change of the world goes to the
bot over the gateway through ``World.announce``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import discord_permissions as permissions
from .discord_channels import Channel, Kind, Message, Overwrite
from .discord_people import Hands

if TYPE_CHECKING:
    from .discord_commands import Registry
    from .discord_desk import Desk
    from .discord_events import Announcer

__all__ = ["Channel", "Clock", "Guild", "Member", "Message", "Overwrite", "World"]

EPOCH_MS = 1_420_070_400_000
PRIVILEGED = {"presences": 1 << 8, "members": 1 << 1, "message_content": 1 << 15}


class Clock:
    """The machine's time, which a test can move forward without waiting."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let this many seconds pass at once."""
        self._ahead += seconds


@dataclass(eq=False, repr=False)
class User(Hands):
    """A Discord account: a person, or the bot."""

    world: World
    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    dms_open: bool = True
    has_installed_app: bool = False

    def __repr__(self) -> str:
        """Show the name."""
        return f"<User {self.name}>"

    @property
    def user(self) -> User:
        """The account itself (so that members and users act alike)."""
        return self

    def account(self) -> User:
        """Return the account that acts."""
        return self

    @property
    def mention(self) -> str:
        """How a message mentions this account."""
        return f"<@{self.id}>"

    def install_app(self) -> None:
        """Add the app to this account (integration type 1)."""
        self.has_installed_app = True

    def close_dms(self) -> None:
        """Take no more direct messages from the bot (or block it)."""
        self.dms_open = False

    def dm(self) -> Channel:
        """Return the direct channel between this person and the bot."""
        return self.world.private_channel(self, self.world.bot)


@dataclass(eq=False, repr=False)
class Role:
    """A role of a guild; ``@everyone`` has the guild's own id."""

    guild: Guild
    id: int
    name: str
    permissions: int = 0
    managed: bool = False

    def __repr__(self) -> str:
        """Show the name."""
        return f"<Role {self.name}>"

    def set(self, *names: str) -> None:
        """Make exactly these its permissions."""
        with self.guild.world.announce.watching(self.guild):
            self.permissions = permissions.bits(*names)
            self.guild.world.announce.role_updated(self)

    def grant(self, *names: str) -> None:
        """Add permissions."""
        with self.guild.world.announce.watching(self.guild):
            self.permissions |= permissions.bits(*names)
            self.guild.world.announce.role_updated(self)

    def revoke(self, *names: str) -> None:
        """Take permissions away."""
        with self.guild.world.announce.watching(self.guild):
            self.permissions &= ~permissions.bits(*names)
            self.guild.world.announce.role_updated(self)


@dataclass(eq=False, repr=False)
class Member(Hands):
    """An account in a guild."""

    guild: Guild
    user: User
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None
    joined_at: float = 0.0

    def __repr__(self) -> str:
        """Show who it is, and where."""
        return f"<Member {self.user.name} of {self.guild.name}>"

    @property
    def id(self) -> int:
        """The account's id."""
        return self.user.id

    @property
    def world(self) -> World:
        """The world this member lives in."""
        return self.guild.world

    def account(self) -> User:
        """Return the account that acts."""
        return self.user

    def give(self, role: Role) -> None:
        """Give a role."""
        with self.world.announce.watching(self.guild):
            self.roles.append(role)
            self.world.announce.member_updated(self)

    def take(self, role: Role) -> None:
        """Take a role away."""
        with self.world.announce.watching(self.guild):
            self.roles.remove(role)
            self.world.announce.member_updated(self)

    def can(self, channel: Channel, *names: str) -> bool:
        """Return whether this member may do all of these in a channel."""
        wanted = permissions.bits(*names)
        return permissions.effective(self, channel) & wanted == wanted


@dataclass(eq=False, repr=False)
class Guild:
    """A server with its roles, members and channels."""

    world: World
    id: int
    name: str
    owner: User
    locale: str = "en-US"
    available: bool = True
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Show the name."""
        return f"<Guild {self.name}>"

    @property
    def everyone(self) -> Role:
        """The role that all hold."""
        return self.roles[self.id]

    @property
    def bot(self) -> Member | None:
        """The bot's membership, if it is here."""
        return self.members.get(self.world.bot.id)

    def role(self, name: str, *names: str) -> Role:
        """Make a role with these permissions."""
        role = Role(self, self.world.new_id(), name, permissions.bits(*names))
        self.roles[role.id] = role
        self.world.announce.role_created(role)
        return role

    def member(self, who: str | User, *grants: str, admin: bool = False) -> Member:
        """Let somebody join: a new person by name, or one who exists."""
        user = self.world.user(who) if isinstance(who, str) else who
        member = self._join(user)
        names = (*grants, "administrator") if admin else grants
        if names:
            role = self.role(f"{user.name}'s", *names)
            member.roles.append(role)
        self.world.announce.member_joined(member)
        return member

    def text_channel(self, name: str, parent: Channel | None = None) -> Channel:
        """Make a text channel."""
        return self._channel(Kind.TEXT, name, parent)

    def announcement_channel(self, name: str) -> Channel:
        """Make an announcement channel."""
        return self._channel(Kind.ANNOUNCEMENT, name)

    def voice_channel(self, name: str) -> Channel:
        """Make a voice channel (it has a text chat of its own)."""
        return self._channel(Kind.VOICE, name)

    def category(self, name: str) -> Channel:
        """Make a category."""
        return self._channel(Kind.CATEGORY, name)

    def forum(self, name: str, tags: tuple[str, ...] = (), *, need: bool = False) -> Channel:
        """Make a forum; ``need`` asks for a tag on every post."""
        channel = self._channel(Kind.FORUM, name, announce=False)
        channel.tags = {self.world.new_id(): tag for tag in tags}
        channel.flags = 1 << 4 if need else 0
        self.world.announce.channel_created(channel)
        return channel

    def add_bot(self, *grants: str) -> Member:
        """Invite the bot; a managed role carries what the invitation grants."""
        member = self._join(self.world.bot)
        role = Role(self, self.world.new_id(), "the app", permissions.bits(*grants), managed=True)
        self.roles[role.id] = role
        member.roles.append(role)
        self.world.announce.guild_joined(self)
        return member

    def remove_bot(self) -> None:
        """Kick the bot."""
        self.members.pop(self.world.bot.id)
        self.world.announce.guild_left(self)

    def go_down(self) -> None:
        """Become unavailable, as in an outage of Discord."""
        self.available = False
        self.world.announce.guild_down(self)

    def come_back(self) -> None:
        """Become available again."""
        self.available = True
        self.world.announce.guild_back(self)

    def _join(self, user: User) -> Member:
        member = Member(self, user, joined_at=self.world.clock.now())
        self.members[user.id] = member
        return member

    def _channel(
        self,
        kind: Kind,
        name: str,
        parent: Channel | None = None,
        *,
        announce: bool = True,
    ) -> Channel:
        channel = Channel(self.world, self.world.new_id(), kind, name, self, parent)
        channel.position = len(self.channels)
        self.channels[channel.id] = self.world.channels[channel.id] = channel
        if announce:
            self.world.announce.channel_created(channel)
        return channel


class World:
    """Everything that exists, and the app with its bot."""

    announce: Announcer
    registry: Registry
    desk: Desk

    def __init__(self, clock: Clock, app_name: str = "Spillover") -> None:
        self.clock = clock
        self.base_url = ""
        self.patience = 10.0
        self.upload_limit = 10 * 1024 * 1024
        self.integration_types = (0, 1)
        self.privileged: set[str] = set()
        self._last_ms = 0
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.app_id = self.new_id()
        self.app_name = app_name
        self.bot = self._account(app_name, bot=True, user_id=self.app_id)
        self.owner = self._account("the operator")

    def new_id(self) -> int:
        """Return a new snowflake, later than any before."""
        now = int(self.clock.now() * 1000) - EPOCH_MS
        self._last_ms = max(now, self._last_ms + 1)
        return self._last_ms << 22

    def user(self, name: str, locale: str = "en-US") -> User:
        """Make a person."""
        user = self._account(name)
        user.locale = locale
        return user

    def guild(self, name: str, *grants: str, bot: bool = True) -> Guild:
        """Make a guild; the bot joins it with these extra permissions, or stays out."""
        guild = Guild(self, self.new_id(), name, self.owner)
        guild.roles[guild.id] = Role(guild, guild.id, "@everyone", permissions.EVERYONE)
        self.guilds[guild.id] = guild
        guild.member(self.owner)
        if bot:
            guild.add_bot(*grants)
        return guild

    def private_channel(self, one: User, other: User) -> Channel:
        """Return the direct channel between two accounts."""
        pair = {one, other}
        for channel in self.channels.values():
            if channel.kind is Kind.DM and set(channel.recipients) == pair:
                return channel
        channel = Channel(self, self.new_id(), Kind.DM, "", recipients=[one, other])
        self.channels[channel.id] = channel
        return channel

    def shares_guild_with_bot(self, user: User) -> bool:
        """Return whether the bot and a person are in one guild."""
        return any(g.bot and user.id in g.members for g in self.guilds.values())

    def allowed_intents(self) -> int:
        """Return the privileged intents switched on for the app, as bits."""
        return sum(PRIVILEGED[name] for name in self.privileged)

    def _account(self, name: str, *, bot: bool = False, user_id: int | None = None) -> User:
        user = User(self, user_id or self.new_id(), name, bot)
        self.users[user.id] = user
        return user
