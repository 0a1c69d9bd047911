"""Chats and messages as the stand-in keeps them, and as the Bot API shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .telegram_html import render_html
from .telegram_people import MEMBERS_MAY, PERMISSIONS, Member, User

if TYPE_CHECKING:
    from .telegram_files import StoredFile
    from .telegram_html import Entity
    from .telegram_wire import Json


@dataclass
class Topic:
    """A topic of a forum."""

    id: int
    name: str
    closed: bool = False


@dataclass(eq=False)
class Chat:
    """A private chat, group, supergroup (perhaps a forum) or channel."""

    id: int
    type: str
    title: str = ""
    username: str = ""
    user: User | None = None
    is_forum: bool = False
    permissions: frozenset[str] = MEMBERS_MAY
    started: bool = True
    """In a private chat: the person has talked to the bot at least once."""
    blocked: bool = False
    general_closed: bool = False
    migrated_to: int = 0
    last_bot: int = 0
    """The bot that spoke last, for the privacy mode; 0 for none."""
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)
    """What sendChatAction showed: action and thread."""

    @property
    def is_group(self) -> bool:
        """Group or supergroup."""
        return self.type in {"group", "supergroup"}

    def member(self, user: User) -> Member:
        """How somebody stands; 'left' for a stranger."""
        return self.members.get(user.id) or Member(user, "left")

    def json(self) -> Json:
        """As Chat."""
        chat: Json = {"id": self.id, "type": self.type}
        if self.user is not None:
            user = self.user.json()
            names = ("first_name", "last_name", "username")
            return chat | {name: user[name] for name in names if name in user}
        chat["title"] = self.title
        if self.type == "group":
            everyone = set(PERMISSIONS) == self.permissions
            chat["all_members_are_administrators"] = everyone
        if self.username:
            chat["username"] = self.username
        if self.is_forum:
            chat["is_forum"] = True
        return chat

    def full_json(self) -> Json:
        """As ChatFullInfo."""
        gifts = ("unlimited", "limited", "unique")
        accepted = {f"{kind}_gifts": True for kind in gifts}
        accepted |= {"premium_subscription": True, "gifts_from_channels": True}
        chat = self.json() | {"accent_color_id": 0, "max_reaction_count": 11}
        chat["accepted_gift_types"] = accepted
        if self.is_group:
            chat["permissions"] = {name: name in self.permissions for name in PERMISSIONS}
        if self.username:
            chat["active_usernames"] = [self.username]
        if self.pinned:
            chat["pinned_message"] = self.messages[self.pinned[-1]].json(deep=False)
        return chat


@dataclass(eq=False)
class Message:
    """One message as people see it now, edits applied."""

    id: int
    chat: Chat
    date: int
    sender: User | None
    sender_chat: Chat | None = None
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    media: list[StoredFile] = field(default_factory=list)
    """Sizes of a photo, or one document; then ``text`` is the caption."""
    markup: Json | None = None
    """Inline keyboard, or what else the bot asked to show below."""
    reply_to: Message | None = None
    thread: int = 0
    """message_thread_id; 0 for none and for the General topic."""
    in_topic: bool = False
    silent: bool = False
    protected: bool = False
    link_preview: Json | None = None
    service: Json = field(default_factory=dict)
    """Fields of a service message."""
    outgoing: bool = False
    edit_date: int = 0
    edits: list[str] = field(default_factory=list)
    """Methods that changed it, in order."""
    deleted: bool = False

    @property
    def html(self) -> str:
        """Text or caption with its formatting."""
        return render_html(self.text, self.entities)

    @property
    def photo(self) -> bytes | None:
        """The bytes of the picture."""
        return self.media[-1].data if self.media and self.media[0].kind == "photo" else None

    @property
    def document(self) -> bytes | None:
        """The bytes of the document."""
        return self.media[-1].data if self.media and self.media[0].kind == "document" else None

    @property
    def filename(self) -> str:
        """Name of the document."""
        return self.media[-1].name if self.document is not None else ""

    @property
    def file_id(self) -> str:
        """Of the largest size."""
        return self.media[-1].file_id if self.media else ""

    @property
    def keyboard(self) -> list[list[Json]]:
        """Rows of inline buttons."""
        rows: list[list[Json]] = (self.markup or {}).get("inline_keyboard", [])
        return rows

    @property
    def buttons(self) -> list[list[str]]:
        """Rows of labels."""
        return [[button["text"] for button in row] for row in self.keyboard]

    def button(self, label: str) -> Json:
        """The first button with this label."""
        for row in self.keyboard:
            for button in row:
                if button["text"] == label:
                    return button
        raise AssertionError(f"no button {label!r} among {self.buttons}")

    def __repr__(self) -> str:
        shown = self.text or list(self.service) or [file.kind for file in self.media]
        return f"<message {self.id} in {self.chat.id}: {shown!r} {self.buttons}>"

    def json(self, *, deep: bool = True) -> Json:
        """As Message; a reply is shown one level deep."""
        message: Json = {"message_id": self.id, "chat": self.chat.json(), "date": self.date}
        if self.sender:
            message["from"] = self.sender.json()
        if self.sender_chat:
            message["sender_chat"] = self.sender_chat.json()
        if self.edit_date:
            message["edit_date"] = self.edit_date
        if self.thread:
            message["message_thread_id"] = self.thread
        if self.in_topic:
            message["is_topic_message"] = True
        if deep and (reply := self.shown_reply()):
            message["reply_to_message"] = reply.json(deep=False)
        if self.keyboard:
            message["reply_markup"] = {"inline_keyboard": self.keyboard}
        if self.protected:
            message["has_protected_content"] = True
        return message | self._content() | self.service

    def shown_reply(self) -> Message | None:
        """In a topic every message answers at least the one that opened the topic."""
        if self.reply_to is None and self.in_topic and self.thread != self.id:
            return self.chat.messages.get(self.thread)
        return None if self.reply_to is None or self.reply_to.deleted else self.reply_to

    def _content(self) -> Json:
        content: Json = {}
        words = "caption" if self.media else "text"
        if self.text:
            content[words] = self.text
        if self.entities:
            content["caption_entities" if self.media else "entities"] = self.entities
        if self.photo is not None:
            content["photo"] = [size.json() for size in self.media]
        elif self.media:
            content["document"] = self.media[0].json()
        if self.link_preview and not self.media:
            content["link_preview_options"] = self.link_preview
        return content

    def same_as(self, other: dict[str, Any]) -> bool:
        """Whether an edit to these fields would change nothing that people see."""
        keyboard = (other["markup"] or {}).get("inline_keyboard", [])
        media = [file.unique_id for file in other.get("media", self.media)]
        return (
            self.text == other.get("text", self.text)
            and self.entities == other.get("entities", self.entities)
            and media == [file.unique_id for file in self.media]
            and keyboard == self.keyboard
            and (self.link_preview or None) == (other.get("link_preview", self.link_preview))
        )
