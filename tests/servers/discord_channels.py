"""Channels, threads and messages, as a person in front of Discord sees them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import discord_permissions as permissions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .discord_interactions import Interaction
    from .discord_world import Guild, Member, Role, User, World

Json = dict[str, Any]

SUPPRESS_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SILENT = 1 << 12
COMPONENTS_V2 = 1 << 15
SELECTS = (3, 5, 6, 7, 8)


class Kind(enum.IntEnum):
    """The types of channel that are modelled."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


THREADS = (Kind.ANNOUNCEMENT_THREAD, Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD)


@dataclass
class Overwrite:
    """What a channel allows and denies to one role or member."""

    allow: int = 0
    deny: int = 0
    is_member: bool = False


@dataclass(eq=False, repr=False)
class Attachment:
    """A file of a message, with its bytes."""

    id: int
    filename: str
    data: bytes
    content_type: str
    description: str | None = None
    url: str = ""
    shown_inside: bool = False

    def __repr__(self) -> str:
        """Show the name and the size."""
        return f"<Attachment {self.filename}, {len(self.data)} bytes>"


@dataclass(frozen=True)
class Button:
    """A button as a person sees it."""

    label: str
    custom_id: str | None
    url: str | None
    style: int
    disabled: bool
    emoji: str | None = None


@dataclass(eq=False, repr=False)
class Message:
    """A message; edits are applied to it in place."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    tts: bool = False
    nonce: str | int | None = None
    ephemeral_to: User | None = None
    reply_to: Message | None = None
    interaction: Interaction | None = None
    pinged: list[User] = field(default_factory=list)
    pinged_roles: list[int] = field(default_factory=list)
    pings_everyone: bool = False
    created_at: float = 0.0
    edited_at: float | None = None
    versions: list[str] = field(default_factory=list)
    deleted: bool = False

    def __repr__(self) -> str:
        """Show who said what."""
        return f"<Message by {self.author.name} in {self.channel!r}: {self.text!r}>"

    @property
    def edited(self) -> bool:
        """Whether Discord shows '(edited)' or it was a loading message."""
        return self.edited_at is not None

    @property
    def loading(self) -> bool:
        """Whether it still says 'is thinking…'."""
        return bool(self.flags & LOADING)

    @property
    def silent(self) -> bool:
        """Whether it came without a notification."""
        return bool(self.flags & SILENT)

    @property
    def uses_components_v2(self) -> bool:
        """Whether it is made of components alone."""
        return bool(self.flags & COMPONENTS_V2)

    @property
    def text(self) -> str:
        """All that can be read in it, line by line."""
        lines = [self.content]
        for embed in [] if self.flags & SUPPRESS_EMBEDS else self.embeds:
            lines.extend(_embed_lines(embed))
        lines.extend(c["content"] for c in self.walk() if c["type"] == 10)
        return "\n".join(line for line in lines if line)

    @property
    def buttons(self) -> list[Button]:
        """All buttons, top to bottom."""
        return [
            Button(
                part.get("label", ""),
                part.get("custom_id"),
                part.get("url"),
                part["style"],
                part.get("disabled", False),
                (part.get("emoji") or {}).get("name"),
            )
            for part in self.walk()
            if part["type"] == 2
        ]

    @property
    def selects(self) -> list[Json]:
        """All select menus, top to bottom."""
        return [part for part in self.walk() if part["type"] in SELECTS]

    def walk(self) -> Iterator[Json]:
        """Yield every component, those inside others too."""
        return walk_components(self.components)

    def visible_to(self, who: User | Member) -> bool:
        """Return whether somebody sees it."""
        if self.deleted or (self.ephemeral_to and self.ephemeral_to is not who.user):
            return False
        return self.channel.visible_to(who)

    def delete(self) -> None:
        """Remove it, as its author or a moderator does."""
        self.deleted = True
        self.channel.world.announce.message_deleted(self)


def walk_components(components: list[Json]) -> Iterator[Json]:
    """Yield every component of a list, depth first."""
    for part in components:
        yield part
        yield from walk_components(part.get("components") or [])
        for key in ("accessory", "component"):
            if isinstance(part.get(key), dict):
                yield from walk_components([part[key]])


def _embed_lines(embed: Json) -> Iterator[str]:
    yield (embed.get("author") or {}).get("name", "")
    yield embed.get("title", "")
    yield embed.get("description", "")
    for one in embed.get("fields", []):
        yield f"{one['name']}: {one['value']}"
    yield (embed.get("footer") or {}).get("text", "")


@dataclass(eq=False, repr=False)
class Channel:
    """A channel of any kind; a thread is one too."""

    world: World
    id: int
    kind: Kind
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    recipients: list[User] = field(default_factory=list)
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    history: dict[int, Message] = field(default_factory=dict)
    position: int = 0
    topic: str | None = None
    flags: int = 0
    tags: dict[int, str] = field(default_factory=dict)
    applied_tags: list[int] = field(default_factory=list)
    owner: User | None = None
    archived: bool = False
    locked: bool = False
    auto_archive: int = 1440
    joined: set[User] = field(default_factory=set)
    deleted: bool = False

    def __repr__(self) -> str:
        """Show the name, or whose direct channel it is."""
        names = " and ".join(person.name for person in self.recipients)
        return f"<Channel #{self.name or names}>"

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread or a forum post."""
        return self.kind in THREADS

    @property
    def messages(self) -> list[Message]:
        """What stands in the channel now (with everybody's ephemeral messages)."""
        return [message for message in self.history.values() if not message.deleted]

    @property
    def last(self) -> Message:
        """The newest message."""
        assert self.messages, f"#{self.name} is empty"
        return self.messages[-1]

    @property
    def threads(self) -> list[Channel]:
        """The threads under this channel."""
        return [c for c in self.world.channels.values() if c.is_thread and c.parent is self]

    def seen_by(self, who: User | Member) -> list[Message]:
        """Return the messages that somebody sees."""
        return [message for message in self.messages if message.visible_to(who)]

    def visible_to(self, who: User | Member) -> bool:
        """Return whether somebody sees the channel."""
        if self.deleted:
            return False
        if self.guild is None:
            return who.user in self.recipients
        member = self.guild.members.get(who.user.id)
        return bool(member) and member is not None and member.can(self, "view_channel")

    def allow(self, whom: Role | Member, *names: str) -> None:
        """Allow things here to a role or a member."""
        self._overwrite(whom, permissions.bits(*names), 0)

    def deny(self, whom: Role | Member, *names: str) -> None:
        """Deny things here to a role or a member."""
        self._overwrite(whom, 0, permissions.bits(*names))

    def reset(self, whom: Role | Member) -> None:
        """Forget what was allowed or denied to a role or a member."""
        with self.world.announce.watching(self.guild, self):
            self.overwrites.pop(whom.id, None)

    def thread(self, name: str, owner: User | Member | None = None) -> Channel:
        """Open a public thread (in a forum: a post without the bot)."""
        thread = self.open_thread(name, (owner.user if owner else self.world.owner))
        self.world.announce.thread_created(thread)
        return thread

    def open_thread(
        self,
        name: str,
        owner: User,
        *,
        thread_id: int | None = None,
        kind: Kind = Kind.PUBLIC_THREAD,
    ) -> Channel:
        """Make a thread without telling the gateway yet."""
        thread = Channel(
            self.world,
            thread_id or self.world.new_id(),
            kind,
            name,
            self.guild,
            self,
            owner=owner,
            joined={owner},
        )
        self.world.channels[thread.id] = thread
        return thread

    def archive(self, *, locked: bool = False) -> None:
        """Archive a thread, and lock it if asked."""
        self.archived = True
        self.locked = locked
        self.world.announce.thread_updated(self)

    def rename(self, name: str) -> None:
        """Give it another name."""
        with self.world.announce.watching(self.guild, self):
            self.name = name

    def delete(self) -> None:
        """Delete the channel with its threads."""
        for thread in self.threads:
            thread.deleted = True
        self.deleted = True
        self.world.announce.channel_deleted(self)

    def _overwrite(self, whom: Role | Member, allow: int, deny: int) -> None:
        is_member = hasattr(whom, "user")
        with self.world.announce.watching(self.guild, self):
            held = self.overwrites.setdefault(whom.id, Overwrite(is_member=is_member))
            held.allow = (held.allow & ~deny) | allow
            held.deny = (held.deny & ~allow) | deny
